"""Last layers tuned on what a frozen detector shows, and masks behind it: trials, kept, and told with intervals."""

import json

import numpy as np
import pytest

from keras_models.datasets import TASKS
from tests.keras_models.tiny_detectors import BARS, NAMES, REGION_SIZES, detector, pictures
from tests.tools.calling import typed
from tflite.batched.executor import Executor
from tools import compare_fine_tuning, compare_masks, train
from tools.pipeline.judge import of_chain
from tools.pipeline.sweep import declared, keras_parts, with_tables
from tools.studies import fine_tuning, fine_tuning_pages, fine_tuning_study, mask_pages, mask_study, trials

FOUND = pictures(10)
IMAGES = FOUND.images.astype(np.float32) * np.float32(1 / 255)
STAGE = {"epochs": 1, "batch_size": 16, "peak_learning_rate": 0.02}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of a small detector on bright bars, of which the wide ones are new."""
    folder = tmp_path_factory.mktemp("fine_tuning")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, BARS.name, BARS)
        preset = {"family": "two_stage", "task": BARS.name, "arguments": REGION_SIZES | {"novel": ["bar"]}}
        preset |= {"stages": {"base": STAGE}, "source": "none", "expected": "seconds"}
        (folder / "bars.json").write_text(json.dumps(preset))
        assert typed(train, folder / "bars.json", "--out", folder / "run") == 0
        yield folder / "run"


@pytest.mark.parametrize("classifier", ["cosine", "dense"])
def test_what_is_found_is_what_the_program_answers(classifier):
    network = detector(classifier=classifier)
    specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
    executor = Executor(network.program(), keras_parts(network, network.program()), specs, declared(network))
    outcomes = executor.run(with_tables(network, {"image": IMAGES}))
    expected = of_chain(network, BARS).of_outcomes(outcomes)
    found = fine_tuning.detections(fine_tuning.last_layers(network), fine_tuning.see(network, IMAGES), network.most)
    assert (expected[..., 5] >= 0).any()
    for one, other in zip(found, expected, strict=True):  # in any order, for some scores are equal
        own, said = (sorted(np.round(boxes[boxes[:, 5] >= 0], 3).tolist()) for boxes in (one, other))
        np.testing.assert_allclose(own, said, atol=2e-3)


def test_regions_of_a_picture_become_examples_of_the_thing_that_they_overlap():
    regions = np.array([[[0, 0, 0.4, 0.4], [0, 0, 0.4, 0.1], [0.6, 0.6, 1, 1]]], np.float32)
    seen = fine_tuning.Seen(regions, np.ones((1, 3), bool), np.arange(6, dtype=np.float32).reshape(1, 3, 2))
    boxes, kinds = np.array([[[0, 0, 0.4, 0.36]]], np.float32), np.array([[2]])
    near = fine_tuning.examples(seen, boxes, kinds)
    assert near.answers.tolist() == [2, -1] and near.embedded.tolist() == [[0, 1], [2, 3]]
    np.testing.assert_allclose(near.moved[0], [0, -0.5, 0, 5 * np.log(0.9)], atol=1e-5)  # 0.02 of 0.4 to the left
    assert fine_tuning.examples(seen, boxes, kinds, everything=True).answers.tolist() == [2, -1, -1]


def test_tuning_learns_rows_and_the_regression():
    rng = np.random.default_rng(0)
    answers = rng.integers(-1, 2, 60)
    embedded = np.eye(3, 4, dtype=np.float32)[answers + 1] + 0.1 * rng.normal(size=(60, 4)).astype(np.float32)
    known = fine_tuning.Examples(embedded, answers, np.full((60, 4), 0.5, np.float32))
    rows, none = rng.normal(size=(2, 4)).astype(np.float32), np.zeros((4, 4), np.float32)
    before = fine_tuning.LastLayers("cosine", rows, np.ones((1, 4), np.float32), none, none[0])
    after = fine_tuning.tune(before, known, 100, 0.05)
    right = [
        np.mean(one.scores(embedded)[answers >= 0].argmax(axis=1) == answers[answers >= 0]) for one in (before, after)
    ]
    assert right[1] == 1 > right[0]
    moved = (embedded @ after.kernel + after.bias)[answers >= 0]
    assert np.abs(moved - 0.5).mean() < 0.2
    assert (before.rows == rows).all()


def test_trials_are_kept_and_told(run, tmp_path, capsys):
    ways = [word for name in fine_tuning_study.METHODS for word in ("--method", name)]
    arguments = [run, "--shots", 1, 2, "--draws", 2, "--steps", 5, "--whole-steps", 2, "--folder", tmp_path / "trials"]
    page = tmp_path / "page.md"
    assert typed(compare_fine_tuning, *arguments, *ways, "--out", page) == 0
    report = json.loads(page.with_suffix(".json").read_text())
    (split,) = report["splits"]
    assert split["novel"] == ["bar"] and len(split["trials"]) == 2 * 2 * 4 + 2
    assert [row["regions"] for row in split["allowance"]] == [1, 2, 3, 4]
    assert all(0 <= row["novel_ap50"] <= 100 for row in split["trials"])
    text = page.read_text()
    assert "rendered, not photographs" in text and "(2)" in text and "loses" in text
    assert page.with_suffix(".png").exists() and page.with_name("page_pictures.png").exists()
    capsys.readouterr()
    assert typed(compare_fine_tuning, *arguments, *ways) == 0
    assert "draw 1" not in capsys.readouterr().out, "nothing is tuned again"
    assert typed(compare_fine_tuning, *arguments, "--rate", 0.5) == 2
    assert typed(compare_fine_tuning, *arguments, "--method", "yolo") == 2


def test_the_network_is_put_back_after_it_was_tuned_as_a_whole(run):
    base = fine_tuning_study.Base(run, trials.TuningTrials(whole_steps=2))
    before = [np.array(weight) for weight in base.network.weights]
    base.whole(1, 0)
    assert all(np.array_equal(one, other) for one, other in zip(before, base.network.weights, strict=True))


def test_a_table_has_intervals_and_the_sources_numbers():
    rows = [
        {"method": "cosine", "shots": 1, "draw": draw, "novel_ap50": value, "base_ap50": 60.0}
        for draw, value in enumerate((10.0, 14.0))
    ]
    shown = fine_tuning_pages.table({"split": 1, "trials": rows}, "novel_ap50").text()
    assert "12.0" in shown and "39.8" in shown
    said = fine_tuning_pages.orders({"split": 1, "trials": rows, "base_only": {"base_ap50": 61.5}})
    assert said == ["k = 1: TFA w/ cos loses 1.5 points of the base kinds."]


def test_masks_are_trained_behind_a_detector_and_judged(run, tmp_path):
    options = trials.MaskTrials(steps=3, folder=str(tmp_path), variant=("baseline", "shapeprop"))
    study = mask_study.Masks(run, ["post"], options)
    assert [NAMES[kind] for kind in study.masked] == ["square"]
    assert len(study.things["kinds"]) == len(study.things["targets"]) == len(study.things["pieces"])
    network = study.trained("shapeprop", 0)
    found = study.precision(network)
    assert set(found) == {f"{side}_{name}" for side in ("without", "masked") for name in ("ap", "ap50", "ap75")}
    assert set(study.box_precision()) == {f"{side}_{name}" for side in ("without", "masked") for name in ("ap", "ap50")}
    np.testing.assert_array_equal(network.rows, study.network.rows)
    with pytest.raises(ValueError, match="expected kinds that the detector knows, received bar"):
        mask_study.Masks(run, ["bar"], options)
    assert typed(compare_masks, run, "--folder", tmp_path / "none") == 2, "kinds of the scenes are not these"


def test_the_page_of_masks_tells_what_shapes_add():
    names = [f"{side}_{column}" for side in ("without", "masked") for column in ("ap", "ap50", "ap75")]
    rows = [
        {"variant": variant, **dict.fromkeys(names, value)}
        for variant, value in (("baseline", 20.0), ("shapeprop", 26.5))
    ]
    assert mask_pages.gain(rows).startswith("ShapeProp against the mask head alone, on kinds without masks: +6.5 AP")
    assert "34.4" in mask_pages.table(rows).text()
