"""Conversion from a run to a bundle, on a network of four convolutions that answers for 12 x 12 pictures."""

import functools
import json
import shutil

import numpy as np
import pytest

from tests.tools import blobs
from tests.tools.blobs import BLOBS
from tools.pipeline import conversion, runs

MODES = ("float32", "int8", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("float16", "dynamic")))


@pytest.fixture(autouse=True, scope="module")
def small():
    """The pictures as a task, and little fitting."""
    with blobs.registered():
        yield


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    """A run as tools/train.py leaves it, but for its training."""
    return blobs.make_run(tmp_path_factory.mktemp("runs") / "tïny 🎉")


def call(*arguments):
    """Exit status of the command."""
    return blobs.convert(*arguments)


def converted(run, folder, mode, *arguments):
    """The folder of a bundle, made with few calibration images."""
    assert call(run, "--out", folder, "--quantize", mode, "--calibration-images", 16, *arguments) == 0
    return folder


@pytest.fixture(scope="module")
def bundles(run, tmp_path_factory):
    """Mode -> folder of a bundle with all exits, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("bundles")

    @functools.cache
    def bundle(mode):
        refit = ["--no-refit"] if mode == "float32" else []
        return converted(run, folder / mode, mode, "--exits", "all", *refit)

    return bundle


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_makes_a_bundle_that_answers(bundles, mode):
    from tflite.runtime.chain import Chain

    chain = Chain.load(bundles(mode))
    assert chain.self_test() == []
    result = chain.run(BLOBS.load(runs.HELD_OUT_SPLIT)[0][0])
    assert result.name in BLOBS.labels and result.exit in {f"exit_{i}" for i in range(1, 5)}
    manifest = manifest_of(bundles(mode))
    assert len(manifest["parts"]) == 4 and manifest["provenance"]["quantize"] == mode
    assert manifest["name"] == f"tiny__-{mode}"
    assert manifest["provenance"]["command"] == f"python tools/convert.py 'runs/tïny 🎉' --quantize {mode}"
    types = {t["type"] for p in manifest["parts"].values() for v, t in p["outputs"].items() if v.startswith("activ")}
    assert types == {"int8" if mode == "int8" else "float32"}


@pytest.mark.parametrize("mode", MODES)
def test_operating_points_are_measured_on_the_bundle_itself(bundles, mode):
    from tflite.runtime.chain import Chain

    chain, (images, labels, _) = Chain.load(bundles(mode)), BLOBS.load(runs.HELD_OUT_SPLIT)
    for point in manifest_of(bundles(mode))["operating_points"]:
        results = [chain.run(image, operating_point=point["name"]) for image in images]
        assert np.mean([r.label for r in results] == labels) == pytest.approx(point["accuracy"])
        assert np.mean([r.costs["macs"] for r in results]) == pytest.approx(point["costs"]["macs"])
        assert point["samples"] == len(labels) == 45


@pytest.mark.parametrize("mode", MODES)
def test_the_card_and_the_report_name_every_point_and_exit(bundles, mode):
    card = (bundles(mode) / "MODEL_CARD.md").read_text()
    report = json.loads((bundles(mode) / "validation.json").read_text())
    points = manifest_of(bundles(mode))["operating_points"]
    assert [row["name"] for row in report["operating_points"]] == [point["name"] for point in points]
    for point in points:
        assert f"| {point['name']} |" in card and f"{point['accuracy']:.2%}" in card
    assert [row["exit"] for row in report["exits"]] == [f"exit_{i}" for i in range(1, 5)]
    assert ("Calibration:" in card) == (mode == "int8")


def test_parts_of_16_bits_answer_and_are_told(run, tmp_path):
    from tflite.runtime.chain import Chain

    named = "trunk_2,head_*"
    folder = converted(run, tmp_path / "b", "int8", "--exits", "all", "--no-refit", "--int16", named)
    assert Chain.load(folder).self_test() == []
    manifest, card = manifest_of(folder), (folder / "MODEL_CARD.md").read_text()
    types = {v: t["type"] for p in manifest["parts"].values() for v, t in p["outputs"].items() if v.startswith("activ")}
    assert types == {"activation_1": "int8", "activation_2": "int16", "activation_3": "int8"}
    assert manifest["provenance"]["options"]["int16"] == named
    assert manifest["provenance"]["command"].endswith(f"--quantize int8 --int16 '{named}'")
    assert "activations of 16 bits over weights of 8 in head_1, trunk_2, head_2, head_3, head_4, which take" in card


def test_a_part_of_16_bits_that_is_none_is_refused(run, tmp_path, capsys):
    problem = refused(capsys, tmp_path, run, "--out", tmp_path / "b", "--int16", "trunk_9")
    assert "expected --int16 as parts of trunk_1, " in problem and "received 'trunk_9'" in problem


def test_float32_changes_nothing(bundles):
    report = json.loads((bundles("float32") / "validation.json").read_text())
    assert all(row["answers_changed"] == 0.0 and row["confidence_change"] < 1e-5 for row in report["exits"])
    assert all(row["decisions_moved"] == 0.0 for row in report["operating_points"])


def test_batched_keras_and_the_chain_take_the_same_exits(run, bundles):
    """At prices over the whole range, with a threshold that leaves every image well on one side."""
    from keras_models.policies import controllers
    from tflite.runtime.chain import Chain

    network, chain = runs.load_model(runs.read(run)), Chain.load(bundles("float32"))
    images = BLOBS.load("test")[0]
    inputs = network.observe(BLOBS.normalise(images))
    answers = controllers.answers(inputs).argmax(-1)
    assert len(images) == 1000
    taken = set()
    for kappa in (network.kappa[0], 0.01, network.kappa[1]):
        stop = controllers.stop_probabilities(network, inputs, kappa)
        for quantile in (0.1, 0.5, 0.9):
            seen = np.sort(stop.ravel())
            place = int(quantile * len(seen))
            gap = place + int(np.argmax(np.diff(seen[place : place + 100])))
            threshold = float(seen[gap : gap + 2].mean())
            expected = np.concatenate([stop >= threshold, np.ones((len(stop), 1), bool)], 1).argmax(1)
            results = [chain.run(image, parameters={"kappa": kappa, "threshold": threshold}) for image in images]
            assert [int(r.exit.removeprefix("exit_")) - 1 for r in results] == list(expected)
            assert [r.label for r in results] == list(answers[np.arange(len(images)), expected])
            taken |= set(expected)
    assert taken == {0, 1, 2, 3}


def test_listed_exits_are_kept_and_the_last_always_is(run, tmp_path):
    manifest = manifest_of(converted(run, tmp_path / "b", "float32", "--exits", "1,3", "--no-refit"))
    assert [step["name"] for step in manifest["programs"]["main"] if "name" in step] == ["exit_1", "exit_3", "exit_4"]
    units = [unit for part in manifest["parts"].values() for unit in part["units"]]
    assert "trunk_2" in units and not {"head_2", "pool_2", "controller_2"} & set(units)


def test_exits_that_the_policy_may_not_take_are_refused(run, tmp_path, capsys):
    config = json.loads((run / "config.json").read_text())
    config["stages"]["controllers"]["exits"] = "2"
    (tmp_path / "config.json").write_text(json.dumps(config))
    shutil.copy(run / "model.keras", tmp_path)
    problem = refused(capsys, tmp_path, tmp_path, "--out", tmp_path / "b", "--quantize", "float32", "--exits", "1,2")
    assert "expected exits among 2,4, which were trained to be taken, received '1,2'" in problem
    for wanted in ("all", "auto"):
        manifest = manifest_of(converted(tmp_path, tmp_path / wanted, "float32", "--exits", wanted, "--no-refit"))
        names = [step["name"] for step in manifest["programs"]["main"] if "name" in step]
        assert set(names) <= {"exit_2", "exit_4"} and names[-1] == "exit_4"


@pytest.mark.slow
def test_auto_keeps_the_last_exit_at_least(run, tmp_path):
    from tflite.runtime.chain import Chain

    folder = converted(run, tmp_path / "b", "float32", "--cost", "latency")
    names = [step["name"] for step in manifest_of(folder)["programs"]["main"] if "name" in step]
    assert names == sorted(names) and names[-1] == "exit_4"
    assert Chain.load(folder).self_test() == []


@pytest.mark.slow
def test_one_file_answers_as_many_do_bit_for_bit(run, tmp_path):
    from tflite.runtime.chain import Chain

    folders = [tmp_path / layout for layout in ("parts", "single")]
    for folder in folders:
        converted(run, folder, "float32", "--exits", "1,3", "--no-refit", "--layout", folder.name)
    assert [f.name for f in (folders[1] / "parts").iterdir()] == ["model.tflite"]
    chains = [Chain.load(folder) for folder in folders]
    for image in BLOBS.load("test")[0][:10]:
        one, other = (chain.run(image, parameters={"threshold": 0.5, "kappa": 0.01}) for chain in chains)
        assert one.path == other.path and one.exit == other.exit
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["float32", "int8"])
def test_a_seed_gives_the_same_parts_again(run, tmp_path, mode):
    folders = [converted(run, tmp_path / name, mode, "--exits", "1,3") for name in ("one", "two")]
    files = [{f.name: f.read_bytes() for f in (folder / "parts").iterdir()} for folder in folders]
    assert files[0] == files[1] and files[0]
    programs = [manifest_of(folder)["programs"]["main"] for folder in folders]
    assert programs[0] == programs[1]


def refused(capsys, folder, *arguments):
    """The one sentence of a conversion that ends with status 2 and leaves nothing behind."""
    capsys.readouterr()
    before = sorted(folder.iterdir())
    assert call(*arguments) == 2
    assert sorted(folder.iterdir()) == before
    lines = capsys.readouterr().err.strip().splitlines()
    return lines[-1]


@pytest.mark.parametrize("exits", ["0", "1,5", "two", "1,,3", "-1"])
def test_bad_exits_are_refused(run, tmp_path, capsys, exits):
    arguments = (run, "--out", tmp_path / "b", "--quantize", "float32", f"--exits={exits}")
    problem = refused(capsys, tmp_path, *arguments)
    assert "expected exits: all, auto, or numbers from 1 to 4" in problem and repr(exits) in problem


def test_a_missing_run_is_refused(tmp_path, capsys):
    problem = refused(capsys, tmp_path, tmp_path / "nowhere", "--out", tmp_path / "b")
    assert "is not a run: expected a folder with config.json" in problem


def test_an_unfinished_run_is_refused(run, tmp_path, capsys):
    (tmp_path / "config.json").write_text((run / "config.json").read_text())
    problem = refused(capsys, tmp_path, tmp_path, "--out", tmp_path / "b")
    assert "has no model.keras: expected a finished run" in problem


def test_an_existing_bundle_is_left_alone(run, tmp_path, capsys):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/mine").write_text("kept")
    problem = refused(capsys, tmp_path, run, "--out", tmp_path / "b")
    assert "exists: expected a new folder; give --force" in problem
    assert (tmp_path / "b/mine").read_text() == "kept"


def test_one_calibration_image_is_refused(run, tmp_path, capsys):
    problem = refused(capsys, tmp_path, run, "--out", tmp_path / "b", "--calibration-images", 1)
    assert "expected at least 2 calibration images, received 1" in problem


def test_a_loss_beyond_what_is_allowed_leaves_nothing(run, tmp_path, capsys, monkeypatch):
    """The whole conversion is stood in for: what counts is what happens with its report."""

    def convert_badly(run, options, draft):
        (draft / "manifest.json").write_text("{}")
        return {"operating_points": [{"name": "fast", "accuracy": 0.90, "float_accuracy": 0.95}]}

    monkeypatch.setattr(conversion, "convert", convert_badly)
    problem = refused(capsys, tmp_path, run, "--out", tmp_path / "b", "--max-accuracy-drop", 4)
    assert "operating point fast loses 5.00 points against float: expected at most 4" in problem


def test_a_loss_within_what_is_allowed_passes():
    rows = [
        {"name": "fast", "accuracy": 0.90, "float_accuracy": 0.92},
        {"name": "up", "accuracy": 1.0, "float_accuracy": 0.5},
    ]
    assert conversion.check_drop({"operating_points": rows}, 2.5) is None


def images_of(*wanted):
    values, labels = conversion.take(BLOBS, *wanted)
    return values["image"], labels


def test_images_are_drawn_without_replacement_by_the_seed():
    first, labels = images_of("validation", 40, 1)
    again, _ = images_of("validation", 40, 1)
    other, _ = images_of("validation", 40, 2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other) and len(np.unique(first.reshape(40, -1), axis=0)) == 40
    every, every_label = images_of("validation", 9999, 1)
    np.testing.assert_array_equal(every, BLOBS.normalise(BLOBS.load("validation")[0]))
    assert len(labels) == 40 and len(every_label) == 255
