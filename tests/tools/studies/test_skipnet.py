"""SkipNet's study on decisions checked by hand, and on a tiny network with random weights, whole and as int8."""

import json

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import TASKS
from keras_models.functional.block_costs import Prices
from tests.tools.stripes import Stripes
from tflite.bundle import Bundle
from tools import compare_skipping, console
from tools.pipeline import conversion, distillation, runs
from tools.pipeline.options import ConversionOptions
from tools.studies import skipnet, skipnet_pages, skipnet_study
from tools.studies.finished import Labelled
from tools.studies.skipnet_study import Decided, SkipStudy

SIZES = (("train", 64), ("validation", 34), ("test", 24), ("held_out", 12))
TRUNK = {"blocks": (1, 2), "filters": (4, 6)}
STAGE = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}
PRICES = Prices(10.0, np.array([5.0, 7.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0]))

WIDE = 8.0  # standard deviation of weights


def decided(answers, run):
    return Decided(np.array(answers), np.array(run, bool))


# Four images of the classes 0, 0, 1, 1, the third answered wrongly; block 2 runs for two, block 3 for three of them.
LABELS = np.array([0, 0, 1, 1])
FOUR = decided([0, 0, 0, 1], [[0, 1], [1, 1], [1, 1], [0, 0]])


@pytest.fixture(scope="module", autouse=True)
def stripes():
    """The task, known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            TASKS, "stripes", Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,))
        )
        yield


def scatter(network):
    """Gates and answers that differ from image to image: their weights far from small, their middle taken away."""
    images, draws = TASKS["stripes"].normalise(TASKS["stripes"].load("test")[0]), np.random.default_rng(5)
    for layer in (*network.gates.projections, network.gates.output_layer, network.head):
        layer.kernel.assign(WIDE * draws.normal(size=layer.kernel.shape))
    for layer, name in ((network.gates.output_layer, "gate_logits"), (network.head, "logits")):
        logits = np.array(network.route(images, lambda _, logit: logit > 0)[name])
        layer.bias.assign(-np.median(logits.reshape(-1, layer.units), axis=0))


def make_run(folder, family, stages, **arguments):
    """A finished run of an untrained network whose gates differ from image to image."""
    arguments, stages = presets.resolve(family, TRUNK | arguments, stages)
    config = {
        "preset": family,
        "family": family,
        "task": "stripes",
        "arguments": arguments,
        "stages": stages,
        "seed": 0,
    }
    run = runs.start(folder, config | distillation.settings())
    keras.utils.set_random_seed(6)
    network = presets.build(run.config, (12, 12, 1), 2)
    if family == "skipnet" and "gate" not in arguments:
        scatter(network)
    run.save(network, run.model_file)
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs by name, and an int8 bundle of the first."""
    folder = tmp_path_factory.mktemp("runs")
    reinforced, alone = {"supervised": STAGE, "reinforced": {"epochs": 2, "alpha": 0.5}}, {"reinforced": {"epochs": 0}}
    found = {
        "skip": make_run(folder / "skip", "skipnet", reinforced),
        "first": make_run(folder / "first", "skipnet", {"supervised": STAGE} | alone),
        "random": make_run(folder / "random", "skipnet", {"supervised": STAGE} | alone, gate="random", rate=0.25),
        "same": make_run(folder / "same", "resnet", {"classifier": STAGE}),
        "small": make_run(folder / "small", "resnet", {"classifier": STAGE}, blocks=(1, 1)),
    }
    (folder / "bundle").mkdir()
    conversion.convert(found["skip"], ConversionOptions(calibration_images=16), folder / "bundle")
    return found | {"bundle": folder / "bundle"}


@pytest.fixture(scope="module")
def study(made):
    """All of them, at three thresholds."""
    return SkipStudy(
        (made["skip"], made["first"]),
        (made["small"], made["random"], made["same"]),
        (Bundle.load(made["bundle"]),),
        thresholds=(0.0, 0.5, 1.1),
        gallery=5,
    )


def test_what_decisions_cost():
    """10 for all and 2 for the gates; 5 and 7 for blocks that run, nothing and 2 for those that are skipped."""
    assert PRICES.reference == 22
    assert PRICES.spent(FOUR.run).tolist() == [19, 24, 24, 14]
    assert PRICES.spent(FOUR.run, gates=False).tolist() == [17, 22, 22, 12]
    assert FOUR.blocks.tolist() == [2, 3, 3, 1]


def test_a_summary():
    found = skipnet.summary(FOUR, LABELS, PRICES)
    assert found["accuracy"] == 0.75 and found["error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 3))
    assert (found["macs"], found["macs_without_gates"], found["blocks"]) == (20.25, 18.25, 2.25)


def test_the_cheapest_that_is_accurate_enough_else_the_most_accurate():
    rows = [{"accuracy": a, "macs": m} for a, m in ((0.9, 30), (0.89, 20), (0.9, 25), (0.5, 5))]
    assert skipnet.cheapest(rows, 0.89) == (rows[1], True)
    assert skipnet.cheapest(rows, 0.895) == (rows[2], True)
    assert skipnet.cheapest(rows, 0.95) == (rows[2], False)


def test_decisions_that_a_conversion_moved():
    """One of eight decisions is another one; the image's answer, too."""
    now = decided([0, 0, 0, 0], [[0, 1], [1, 1], [1, 1], [0, 1]])
    found = skipnet.moved(FOUR, now, LABELS, PRICES)
    assert (found["decisions_moved"], found["images_moved"], found["answers_moved"]) == (0.125, 0.25, 0.25)
    assert found["decisions_moved_by_gate"] == [0.0, 0.25]
    assert (found["float"]["accuracy"], found["converted"]["accuracy"]) == (0.75, 0.5)
    assert found["converted"]["blocks"] == 2.5


def test_figures_of_decisions_by_hand(study, monkeypatch):
    monkeypatch.setattr(SkipStudy, "looked_at", lambda _: FOUR)
    images = np.zeros((4, 12, 12, 1), np.uint8)
    images[1:3], images[3, :6] = 80, 100
    monkeypatch.setattr(SkipStudy, "judged", Labelled(images, LABELS))

    assert skipnet.figure_2_10(study)["groups"] == [[], [0.5, 0.25]]

    found = skipnet.figure_2_12(study)
    assert [image["row"] for image in found["galleries"]["easy"]] == [3, 0, 1, 2]
    assert [image["row"] for image in found["galleries"]["hard"]] == [1, 2, 0, 3]
    assert found["galleries"]["hard"][1] == {"row": 2, "label": "row", "answer": "column", "blocks": 3}
    assert found["looks"]["all"] == {"accuracy": 0.75, "brightness": 52.5, "contrast": 12.5, "blocks": 2.25}

    columns, rows = skipnet.figure_2_13(study)["rows"]
    assert columns == {"label": "column", "quartiles": [2, 2.25, 2.5, 2.75, 3], "mean": 2.5, "accuracy": 1.0}
    assert (rows["label"], rows["mean"], rows["accuracy"]) == ("row", 2.0, 0.5)
    assert skipnet.figure_2_13(study)["correlation"] == pytest.approx(1.0)


def test_decisions_are_the_networks_own_and_so_are_the_prices(study):
    network, task = study.network(study.run), study.task
    images = task.normalise(study.judged.images)
    for threshold, found in zip((0.0, 0.5, 1.1), study.decided(study.run, "test", (0.0, 0.5, 1.1)), strict=True):
        expected = network.decisions(images, threshold)
        np.testing.assert_array_equal(found.run, expected["run"])
        np.testing.assert_array_equal(found.answers, expected["logits"][:, 0].argmax(-1))
    shares = study.looked_at().run.mean(axis=0)
    assert (shares > 0).all() and (shares < 1).all()
    assert len(set(study.looked_at().answers)) == 2
    [outcomes] = [skipnet_study.network_executor(network).run({"image": images}, {"threshold": 0.5})]
    spent = outcomes.costs({part: {"macs": macs} for part, macs in network.part_macs.items()})["macs"]
    np.testing.assert_allclose(study.prices(study.run).spent(study.looked_at().run), spent)


def test_decisions_are_kept(study, monkeypatch):
    """The second time nothing is computed, but for another threshold."""
    [before] = study.decided(study.run, "test", (0.5,))
    asked = []

    def decide(executor, images, settings):
        asked.extend(settings)
        return [FOUR]

    monkeypatch.setattr(skipnet_study, "decide", decide)
    [again] = study.decided(study.run, "test", (0.5,))
    np.testing.assert_array_equal(again.run, before.run)
    np.testing.assert_array_equal(again.answers, before.answers)
    one, other = study.decided(study.run, "test", (0.5, 0.77))
    assert asked == [{"threshold": 0.77}] and one.run.shape == before.run.shape
    np.testing.assert_array_equal(other.run, FOUR.run)


def test_accuracy_against_cost(study, made):
    found = skipnet.figure_2_6(study)
    assert [row["name"] for row in found["rows"][::3]] == ["SkipNet-8+HRL+SP, alpha 0.5", "SkipNet-8+SP"]
    assert [row["threshold"] for row in found["rows"]] == [0.0, 0.5, 1.1] * 2
    assert [row["blocks"] for row in found["rows"][::3]] == [3, 3]  # all of them
    assert [row["blocks"] for row in found["rows"][2::3]] == [1, 1]  # the first alone
    whole, some, none = found["rows"][:3]
    assert none["share"] < some["share"] < 1 < whole["share"]  # gates are counted
    assert whole["macs_without_gates"] == study.reference == sum(study.network(made["same"]).part_macs.values())
    assert sum(row["chosen"] for row in found["rows"][:3]) == 1

    names = ["SDV-8, random gates, rate 0.25", "ResNet-6", "ResNet-8"]
    assert {row["name"] for row in found["baselines"]} == set(names)
    assert [row["macs"] for row in found["baselines"]] == sorted(row["macs"] for row in found["baselines"])
    by_name = {row["name"]: row for row in found["baselines"]}
    assert by_name["ResNet-8"]["share"] == 1.0 and by_name["ResNet-8"]["blocks"] == 3 == by_name["ResNet-8"]["of"]
    task = study.task
    answers = study.network(made["small"]).predict(task.normalise(study.judged.images), verbose=0)[:, 0].argmax(-1)
    assert by_name["ResNet-6"]["accuracy"] == np.mean(answers == study.judged.labels)
    assert skipnet.twin(study, made["skip"]) is made["same"]


def test_what_is_printed_of_a_run(study, made, monkeypatch):
    """Of CIFAR-10 and the source's widths alone."""
    assert skipnet_study.printed(study, made["skip"]) == []
    network = type("Network", (), {"block_counts": (18, 18, 18), "filters": (16, 32, 64)})()
    monkeypatch.setattr(SkipStudy, "network", lambda *_: network)
    monkeypatch.setitem(vars(study), "task", type("Task", (), {"name": "cifar10"}))
    both, released = skipnet_study.printed(study, made["skip"])
    assert (both["saved"], released["accuracy"], released["saved"]) == (50.0, 93.30, 50.5)
    [first] = skipnet_study.printed(study, made["first"])
    assert first == {"accuracy": 88.11, "macs": 0.18e8, "saved": None, "where": "table 2.3"}
    [static] = skipnet_study.printed(study, made["same"])
    assert static["accuracy"] == 93.6 and skipnet_study.printed(study, made["random"]) == []


def test_a_conversion_beside_the_float_network(study):
    found = skipnet.table_int8(study)
    assert found["images"] == 24 and [row["threshold"] for row in found["rows"]] == [0.0, 0.5, 1.1]
    everything, some, nothing = found["rows"]
    assert everything["decisions_moved"] == nothing["decisions_moved"] == 0.0  # whatever the probabilities are
    assert everything["converted"]["blocks"] == 3 and nothing["converted"]["blocks"] == 1
    assert some["decisions_moved"] < 0.5 and 1 < some["converted"]["blocks"] < 3


def test_runs_that_do_not_belong_together_are_refused(made):
    with pytest.raises(ValueError, match="of the family skipnet, at least one, received \\['resnet'\\]"):
        SkipStudy((made["same"],))
    with pytest.raises(ValueError, match="at least one, received \\[\\]"):
        SkipStudy(())
    other = runs.Run(made["same"].folder, made["same"].config | {"task": "cifar10"})
    with pytest.raises(ValueError, match="one data set, received cifar10, stripes"):
        SkipStudy((made["skip"],), (other,))
    with pytest.raises(ValueError, match="expected bundles of .*first, received .* of another"):
        SkipStudy((made["first"],), bundles=(Bundle.load(made["bundle"]),))


def test_pages_pictures_and_numbers(made, tmp_path, capsys):
    from matplotlib import image

    arguments = [str(made["skip"].folder), "--baseline", str(made["same"].folder), "--bundle", str(made["bundle"])]
    arguments += ["--out", str(tmp_path), "--converted-images", "6"]
    assert console.main(compare_skipping.build_parser, compare_skipping.command, arguments) == 0
    assert "wrote" in capsys.readouterr().out
    for item in skipnet.ITEMS:
        stem = f"{item.replace(' ', '_')}_stripes"
        page = (tmp_path / f"{stem}.md").read_text()
        result = json.loads((tmp_path / f"{stem}.json").read_text())
        assert page.startswith(f"# SkipNet, {item}: stripes\n") and f"`{result['command']}`" in page
        assert "`skipnet`: 1 epochs supervised, 2 epochs reinforced, seed 0; `resnet`: 1 epochs classifier" in page
        if not skipnet.ITEMS[item].paint:
            assert item == "table int8" and not (tmp_path / f"{stem}.png").exists()
            continue
        assert f"![{item}]({stem}.png)" in page
        pixels = image.imread(tmp_path / f"{stem}.png")[..., :3]
        assert 0.005 < np.mean(pixels.min(-1) < 0.9) < 0.95  # neither empty nor full
    assert json.loads((tmp_path / "table_int8_stripes.json").read_text())["images"] == 6
    table = (tmp_path / "figure_2.6_stripes.md").read_text()
    assert (
        table.count("| SkipNet-8+HRL+SP, alpha 0.5 |") == 9 and table.count("| **SkipNet-8+HRL+SP, alpha 0.5** |") == 1
    )


def test_a_wrong_number_is_refused(made, capsys):
    arguments = [str(made["skip"].folder), "--images", "0"]
    assert console.main(compare_skipping.build_parser, compare_skipping.command, arguments) == 2
    assert capsys.readouterr().err == "error: expected --images of at least 1, received 0\n"


def test_what_the_source_prints_stands_beside_a_chosen_row():
    names = ("accuracy", "macs", "saved", "where")
    printed = [dict(zip(names, row, strict=True)) for row in skipnet_study.PRINTED["+SP", 38]]
    printed += [dict(zip(names, row, strict=True)) for row in skipnet_study.PRINTED["+HRL+SP", 110]]
    row = {"name": "SkipNet-8", "threshold": 0.5, "of": 3, "share": 0.75, "chosen": True, "reached": False}
    row |= skipnet.summary(FOUR, LABELS, PRICES) | {"printed": printed}
    paragraph, table = skipnet_pages.write_figure_2_6({"rows": [row], "baselines": [], "tolerance": 0.005})
    text, note = paragraph.splitlines()
    assert "loses at most 0.5 points" in text
    assert note == "No threshold of SkipNet-8 is that accurate: the most accurate one is bold."
    cells = [cell.strip("* ") for cell in table.splitlines()[-1].strip("|").split("|")]
    assert cells[:7] == ["SkipNet-8", "0.5", "75.00 (25.00)", "20.2", "18.2", "75.0%", "2.2 of 3"]
    source = "90.83 %, 58 M (table 2.3); -50 % (figure 2.4); 93.30 %, -50.5 % (released code)"
    assert cells[7] == source
