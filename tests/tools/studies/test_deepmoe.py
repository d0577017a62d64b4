"""DeepMoE's study on tiny networks whose gates differ from image to image: rows, goals by hand, and the page."""

import json

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import TASKS
from keras_models.policies.experts import Clustered
from tests.families.case import Noise
from tools import compare_experts, console
from tools.pipeline import distillation, runs
from tools.studies import deepmoe, deepmoe_pages, deepmoe_study
from tools.studies.deepmoe_study import ExpertStudy

SIZES = (("train", 640), ("validation", 16), ("test", 40), ("held_out", 8))
BASE = {"blocks": [1, 1], "filters": [3, 4], "embedding": [3, 4], "dim": 4}
JOINT = {"joint": {"epochs": 1, "sparsity": 0.25}}
CLUSTERS = JOINT | {"clusters": {"epochs": 5, "rare": 0.5}, "refined": {"epochs": 1}}
UNIT = "arm64_instructions"


@pytest.fixture(scope="module", autouse=True)
def noise():
    """The task, known; and no laboratory, which takes seconds a network."""
    task = Noise("noise", "none", (12, 12, 1), ("a", "b", "c", "d"), SIZES, (1 / 255,), (0.0,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "noise", task)
        patch.setattr(deepmoe_study.laboratory, "missing", lambda: ["qemu"])
        yield task


def make_run(folder, stages, task, **arguments):
    """A finished run of an untrained network, half of whose gates are open."""
    arguments, stages = presets.resolve("deepmoe", BASE | arguments, stages)
    config = {"preset": folder.name, "family": "deepmoe", "task": "noise", "arguments": arguments}
    run = runs.start(folder, config | {"stages": stages, "seed": 0} | distillation.settings())
    keras.utils.set_random_seed(6)
    network = presets.build(run.config, (12, 12, 1), 4)
    if network.gated:
        images = task.normalise(task.load("test")[0])
        network.embedding.mix.kernel.assign(40 * network.embedding.mix.kernel)
        mixed = np.asarray(network.look(images)["mixture"]) @ np.asarray(network.gates.kernel)
        network.gates.kernel.assign(network.gates.kernel - np.median(mixed, axis=0))
    if network.gated and network.clusters:
        run.save(network, run.folder / "clusters.keras")
        own = {"gates": network.gates_of(images)}
        Clustered(network.clusters, network.gate_widths, rare=0.5).fit(own, epochs=5)
    run.save(network, run.model_file)
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("runs")
    return {
        "wide": make_run(folder / "wide", JOINT, noise, widen=2.0),
        "plain": make_run(folder / "plain", {"joint": {"epochs": 1}}, noise, gated=False),
        "widened": make_run(folder / "widened", {"joint": {"epochs": 1}}, noise, gated=False, widen=2.0),
        "clustered": make_run(folder / "clustered", CLUSTERS, noise, widen=2.0, deploy="clusters", clusters=2),
    }


@pytest.fixture(scope="module")
def study(made):
    return ExpertStudy(
        (made["wide"],), (made["plain"], made["widened"]), (made["clustered"],), group=("a", "b"), shuffled=20, draws=2
    )


@pytest.fixture(scope="module")
def found(study):
    return deepmoe.measured(study)


def test_three_costs_of_a_network(study, found):
    plain, widened, wide = found["networks"]
    assert [row["name"] for row in found["networks"]] == ["plain", "widened to 200%", "wide DeepMoE, lambda 0.25"]
    assert plain["theory"] == plain["int8"]["macs"] < widened["theory"] == widened["int8"]["macs"]
    looking = deepmoe_study.looking_macs(study.network(study.gated[0]))
    assert wide["theory"] < wide["int8"]["macs"] == widened["int8"]["macs"] + looking
    assert 0.2 < wide["open"] < 0.8 and wide["int8"][UNIT] is None


def test_clusters_cost_less_than_the_whole_network(found):
    (row,) = found["clusters"]
    assert row["int8"]["macs"] < found["networks"][2]["int8"]["macs"]
    assert sum(row["members"]) == pytest.approx(1) and len(row["members"]) == 2
    assert row["before"] is not None and 0 <= row["accuracy"] <= 1
    assert 0 <= row["int8"]["clusters_moved"] < 0.5 and 0 <= row["int8"]["gates_moved"] < 0.2


def test_what_int8_moves_by_hand(study, made):
    """All gates as they are, then all of one image's closed; of two clusters' scores one pair is turned around."""
    network, images = study.network(made["clustered"]), study.judged[0][:4]
    gates = network.gates_of(images)
    scores = np.array(network.clusters(gates))
    same = deepmoe_study.moved(network, images, {"gates": gates, "scores": scores})
    assert same == {"gates_moved": 0.0, "clusters_moved": 0.0}
    closed, turned = gates.copy(), scores.copy()
    closed[0], turned[1] = 0, scores[1, ::-1]
    found = deepmoe_study.moved(network, images, {"gates": closed, "scores": turned})
    assert found == {"gates_moved": pytest.approx((gates[0] > 0).sum() / gates.size), "clusters_moved": 0.25}
    assert deepmoe_study.moved(network, images, {}) == {}


def networks(*rows):
    names = ("gated", "accuracy", "theory", "int8")
    return [dict(zip(names, row, strict=True)) for row in rows]


def int8(accuracy, macs):
    return {"accuracy": accuracy, "macs": macs, UNIT: None}


def test_goals_by_hand():
    """The wide network at 104 of 100 counts, that at 120 does not; of two clusters the one within the cost counts."""
    rows = networks(
        (False, 0.70, 100.0, int8(0.69, 100)),
        (True, 0.72, 104.0, int8(0.72, 200)),
        (True, 0.90, 120.0, int8(0.90, 200)),
    )
    clusters = [{"int8": int8(0.705, 100)}, {"int8": int8(0.8, 150)}]
    goals = deepmoe.goals(rows, clusters)
    assert goals["gain"] == pytest.approx(2.0) and goals["kept"] == pytest.approx(1.5) and goals["unit"] == "macs"
    assert deepmoe.goals(rows[:1], [])["gain"] is None is deepmoe.goals(rows[:1], [])["kept"]


def test_the_verdict_says_what_is_kept_and_what_is_not_there():
    """Of the networks above the best is 20 points up, at 1.2 of the cost; within the cost 2 points are gained."""
    rows = networks(
        (False, 0.70, 100.0, int8(0.69, 100)),
        (True, 0.72, 104.0, int8(0.72, 200)),
        (True, 0.90, 120.0, int8(0.90, 200)),
    )
    rows[2]["name"] = "wide"
    for clusters, end in (
        ([{"int8": int8(0.705, 100)}], "the best clusters are +1.50 points from it in int8: at least half of that."),
        ([{"int8": int8(0.695, 100)}], "the best clusters are +0.50 points from it in int8: less than half of that."),
        ([], "executed multiply-adds there are no clusters."),
    ):
        found = {"networks": rows, "clusters": clusters, "goals": deepmoe.goals(rows, clusters)}
        told = deepmoe_pages.verdict(found)
        assert "wide, is +20.00 points from the plain one, at 1.20 of" in told and "+2.00 points" in told
        assert told.endswith(end)


def test_the_static_network_of_a_cost_is_the_most_accurate_within():
    rows = networks((False, 0, 0, int8(0.6, 50)), (False, 0, 0, int8(0.7, 100)), (True, 0, 0, int8(0.9, 10)))
    assert deepmoe.static_at(rows, 96, "macs") is rows[1]
    assert deepmoe.static_at(rows, 60, "macs") is rows[0]
    assert deepmoe.static_at(rows, 40, "macs") is None


def test_layers_by_hand():
    network = type("Two", (), {"gate_widths": (2, 1)})
    rows = deepmoe_study.layer_shares(network, np.array([[1.0, 0, 0], [2, 0.5, 0]]))
    assert [row["open"] for row in rows] == [0.75, 0.0]
    assert [(row["always"], row["never"], row["sometimes"]) for row in rows] == [(0.5, 0, 0.5), (0, 1, 0)]


def test_gates_of_others_and_by_class(study, found):
    seen, gates = found["shuffled"], found["gates"]
    assert [row["label"] for row in seen["classes"]] == ["a", "b", "c", "d"] and seen["images"] == 20
    assert np.shape(gates["open"]) == (4, 14) and gates["layers"] == [6, 8]
    assert set(gates["labels"][2:]) == {"a", "b"}, "groups stand together"
    assert ((np.array(gates["open"]) >= 0) & (np.array(gates["open"]) <= 1)).all()


def test_runs_of_other_kinds_are_refused(made):
    with pytest.raises(ValueError, match="expected runs of the family deepmoe, one with gates and one without"):
        ExpertStudy((made["wide"],), ())
    with pytest.raises(ValueError, match="in the place of another kind"):
        ExpertStudy((made["wide"],), (made["plain"],), (made["wide"],), group=("a",))
    with pytest.raises(ValueError, match="expected labels of noise as the group, received cat"):
        ExpertStudy((made["wide"],), (made["plain"],), group=("cat",))


def test_the_command_writes_a_page_its_numbers_and_its_picture(made, tmp_path, capsys):
    out = tmp_path / "page.md"
    arguments = [str(made["wide"].folder), "--static", str(made["plain"].folder), "--group", "a", "b"]
    arguments += ["--clustered", str(made["clustered"].folder), "--images", "24", "--shuffled", "8", "--draws", "1"]
    assert console.main(compare_experts.build_parser, compare_experts.command, [*arguments, "--out", str(out)]) == 0
    text, numbers = out.read_text(), json.loads(out.with_suffix(".json").read_text())
    assert "6.55 %" in text and "wide DeepMoE, lambda 0.25" in text and "](page.png)" in text
    assert {"task", "samples", "networks", "clusters", "goals", "shuffled", "gates", "command", "machine"} == set(
        numbers
    )
    assert out.with_suffix(".png").stat().st_size > 10_000
    for file in (out, out.with_suffix(".png")):
        file.unlink()
    again = ["--page", str(out.with_suffix(".json"))]
    assert console.main(compare_experts.build_parser, compare_experts.command, again) == 0
    assert out.read_text() == text
    capsys.readouterr()
    assert (
        console.main(compare_experts.build_parser, compare_experts.command, ["--page", str(tmp_path / "no.json")]) == 2
    )
    assert "expected --page FILE.json of such a comparison" in capsys.readouterr().err
    assert console.main(compare_experts.build_parser, compare_experts.command, [*arguments, "--out", "x.txt"]) == 2
    assert capsys.readouterr().err.startswith("error: expected --out FILE.md, beside which ")
