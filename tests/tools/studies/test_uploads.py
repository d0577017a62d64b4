"""What is computed and sent of an image, from tiny runs to the page: the command, the numbers, the pictures."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_models.datasets import TASKS, jpeg
from tests.families.tiny import TINY
from tests.tools.stripes import STRIPES
from tflite.conversion.deploy import deploy
from tools import compare_uploads, console
from tools.pipeline import runs, training
from tools.reporting import evaluation, samples
from tools.studies import compressed, uploads, uploads_bundles, uploads_pages

CINET = {"end_to_end": {"epochs": 2, "batch_size": 16, "peak_learning_rate": 0.005}}


def train(preset, folder, arguments, stages):
    config = training.configure(preset, dataset="stripes", arguments=arguments, stages=stages)
    run = training.start(config, folder)
    training.train(run)
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folders of two CiNets, of which the second has a smaller piece, and two plain networks."""
    room = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stripes", STRIPES)
        cinet = TINY["cinet"].arguments
        train("cinet_digits", room / "first", cinet, CINET)
        train("cinet_digits", room / "smaller", dict(cinet) | {"crop": 3}, CINET)
        for name, filters in (("cnn7", (2, 2)), ("cnn6", (3, 4))):
            own = {"classifier": {"epochs": 2, "batch_size": 16, "peak_learning_rate": 0.02}}
            train(f"{name}_digits", room / name, {"filters": filters, "hidden": (5,)}, own)
    return room


@pytest.fixture
def room(trained, tmp_path, monkeypatch):
    """A copy of them in the working folder."""
    monkeypatch.setitem(TASKS, "stripes", STRIPES)
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(trained, tmp_path / "runs")


@pytest.fixture
def study(room):
    cinets, ladder = (tuple(runs.read(room / n) for n in some) for some in (("first", "smaller"), ("cnn7", "cnn6")))
    return uploads.Uploads(cinets, ladder, compressed.Retraining(16, 1))


def call(*arguments):
    return console.main(compare_uploads.build_parser, compare_uploads.command, [str(a) for a in arguments])


def test_from_the_command_to_the_page(room, capsys):
    """Numbers are those of the JSON, pictures are there, nothing is trained twice."""
    arguments = [room / "first", room / "smaller", "--ladder", room / "cnn7", "--ladder", room / "cnn6"]
    arguments += ["--retrain-images", 16, "--note", "Tiny ones.", "--out", "page.md"]
    assert call(*arguments) == 0
    text, found = Path("page.md").read_text(), json.loads(Path("page.json").read_text())
    for kind in ("trade_off", "crops", "figure_2_3"):
        assert f"(page_{kind}.png)" in text and Path(f"page_{kind}.png").read_bytes()[:4] == b"\x89PNG"
    assert [row["name"] for row in found["ladder"]] == ["cnn6", "cnn7"], "the most expensive first"
    assert [row["name"] for row in found["cloud"]] == ["original", *compressed.QUALITIES]
    assert "Tiny ones." in text and found["cloud_network"] == "cnn6"
    for row in (*found["ladder"], *found["cloud"], *found["cinets"]):
        assert f"{100 * row['accuracy']:.2f} (" in text, row["name"]
    kept = sorted((room / "cnn6/compressed").glob("*.npz"))
    before = [file.stat().st_mtime_ns for file in kept]
    capsys.readouterr()
    assert len(kept) == 3, "at the lowest quality both tables are the same"
    assert call(*arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)["cloud"] == found["cloud"]
    assert [file.stat().st_mtime_ns for file in kept] == before


def test_costs_by_hand(study):
    """12x12 pictures: 144 x 25 x 3 and 36 x 25 x 3 x 4 of cnn6; the phone's of CiNet without the cloud's."""
    (_, large), (_, small) = study.sorted_ladder
    assert uploads.convolution_macs(large) == 144 * 25 * 3 + 36 * 25 * 3 * 4
    assert uploads.convolution_macs(small) == 144 * 25 * 2 + 36 * 25 * 2 * 2
    cinet = runs.load_model(study.cinets[0])
    assert uploads.convolution_macs(cinet) == 144 * 25 * 2 + 36 * 25 * 2 * 3
    assert uploads.device_macs(cinet) == uploads.convolution_macs(cinet) + 3 * 3 * 3 * 5 + 5 * 4 + 4 * 4 * 4


def test_a_cut_network_sends_what_passes_there(study):
    rows = uploads.partition(study)
    assert [row["name"] for row in rows] == ["cut behind conv_1", "cut behind conv_2", "cut behind dense_1"]
    assert [row["values"] for row in rows] == [6 * 6 * 3, 3 * 3 * 4, 5]
    assert all(0 <= row["nonzero"] <= row["values"] for row in rows)
    assert rows[0]["conv_macs"] == 144 * 25 * 3 and rows[2]["macs"] == rows[1]["macs"] + 3 * 3 * 4 * 5


def test_rows_of_cinet_are_what_the_network_does(study):
    first, smaller = uploads.cinets(study)
    images, labels = study.judged
    seen = runs.load_model(study.cinets[0]).seen(study.task.normalise(images))
    assert first["accuracy"] == np.mean(seen["logits"][:, 0].argmax(-1) == labels)
    assert first["alone"] == np.mean(seen["local"][:, 0].argmax(-1) == labels)
    assert (first["values"], smaller["values"]) == (16, 9) and smaller["crop"] == 3
    assert len(uploads.examples(study)) == len(labels)


def test_the_network_is_trained_again_on_what_comes_through_the_encoder(study):
    run, network = study.sorted_ladder[0]
    table = jpeg.scaled(jpeg.STANDARD, 5)
    again = compressed.retrained(run, network, study.task, "coarse", table, study.retraining)
    assert any(not np.array_equal(*pair) for pair in zip(again.get_weights(), network.get_weights(), strict=True))
    read = compressed.retrained(run, network, study.task, "coarse", table, study.retraining)
    for one, other in zip(again.get_weights(), read.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_bundle_is_judged_with_its_server_half_and_alone(study, tmp_path):
    network = runs.load_model(study.cinets[0])
    images, labels = study.judged
    (tmp_path / "made").mkdir()
    entry = {"kind": "image", "scale": [1 / 255], "offset": [0.0]}
    given = {"inputs": {"image": (entry, (1, 12, 12, 1))}, "labels": ("column", "row")}
    bundle = deploy(network, tmp_path / "made", name="tiny", goldens=list(images[:2]), **given)
    row = uploads_bundles.judge(bundle, images, labels)
    seen = network.seen(study.task.normalise(images))
    assert row["alone"] == np.mean(seen["local"][:, 0].argmax(-1) == labels)
    assert row["bytes"] == 16 and row["macs"] == network.static_cost()
    data = samples.load(bundle.manifest, "stripes", "test", None, None)
    report = evaluation.evaluate(bundle, data, ["full"], {}, server_half=True)
    (point,) = report["operating_points"]
    assert point["accuracy"] == row["accuracy"] and point["bytes_sent"] == 16
    assert evaluation.title(report).endswith("with its server half in this process, 16 bytes sent")
    (point,) = evaluation.evaluate(bundle, data, ["full"], {})["operating_points"]
    assert point["accuracy"] == row["alone"] and point["bytes_sent"] == 0
    shutil.rmtree(tmp_path / "made/server")
    with pytest.raises(console.UserError, match="expected a bundle with a server half"):
        uploads_bundles.judge(bundle, images, labels)


def test_verdicts_say_who_is_better():
    first = {"accuracy": 0.9, "conv_macs": 100, "values": 100}
    ladder = [{"name": "near", "accuracy": 0.8, "conv_macs": 900}, {"name": "far", "accuracy": 0.99, "conv_macs": 2000}]
    cloud = [
        {"name": "original", "accuracy": 1.0, "bytes": 100},
        {"name": "small", "accuracy": 0.95, "bytes": 1000},
        {"name": "large", "accuracy": 0.99, "bytes": 1001},
    ]
    one, other = uploads_pages._verdicts({"ladder": ladder, "cloud": cloud}, first)
    assert "near: +10.00 points" in one and "small: -5.00 points" in other


def test_runs_of_another_kind_are_refused(room, capsys):
    assert call(room / "cnn7", "--ladder", room / "cnn6") == 2
    assert "expected a run of the family cinet on stripes" in capsys.readouterr().err
    assert call(room / "first", "--ladder", room / "first") == 2
    assert "expected a run of the family cnn on stripes" in capsys.readouterr().err
    assert call(room / "first", "--ladder", room / "cnn6", "--out", "page.txt") == 2
    assert "expected --out FILE.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "bilinear gradient"),
        ({"gradient": "averaged", "scattered": 0.1, "jitter": 0.25}, "averaged gradient, scattered 0.1, jitter 0.25"),
        ({"method": "reinforce", "jitter": 0.3}, "reinforce"),
    ],
)
def test_a_way_of_training_in_words(settings, words):
    stage = {"method": "backpropagation", "gradient": "bilinear", "scattered": 0.0, "jitter": 0.0} | settings
    assert uploads.method(stage) == words
