"""The end of a conversion: what is written into the manifest, and on which images a bundle tests itself."""

import dataclasses
import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

import tflite
from keras_models.policies.operating_points import Measured, Setting
from tests.goldens.make import HERE
from tests.tools import learned
from tests.tools.pipeline.test_sweep import Learned
from tflite.bundle import manifest, queries
from tflite.conversion.chain_units import ChainUnits
from tools.pipeline import bundling, runs
from tools.pipeline.judge import LabelJudge
from tools.pipeline.options import ConversionOptions


def setting(way, accuracy=0.5, **parameters):
    """A setting whose images go those ways; every other one is right, or as many as the accuracy says."""
    right = np.arange(len(way)) < accuracy * len(way)
    return Setting(Measured(parameters, right, np.ones(len(way)), np.array(way)), 1.0)


def rows(images, *points):
    """Which of some images, that are their own number, the self-test takes."""
    return bundling.golden_images(dict(enumerate(points)), images)


def test_a_self_test_has_the_first_images_and_one_of_every_other_common_way():
    """Nobody among the first six goes the ways 1, 2 and 3; the three most frequent ways are 0, 1 and 3."""
    assert rows(12, setting([0] * 8 + [1, 1, 2, 3])) == [0, 1, 2, 3, 4, 5, 8, 10]
    assert rows(12, setting([0, 1, 2] * 4)) == [0, 1, 2, 3, 4, 5], "they have been seen"


def test_of_several_tasks_there_are_images_from_end_to_end():
    assert bundling.golden_images({"full": setting([0] * 6 + [1] * 6)}, 12, tasks=True) == [0, 2, 4, 6, 8, 11]
    assert bundling.golden_images({"full": setting([0, 1, 1])}, 3, tasks=True) == [0, 1, 2]


def test_every_point_has_its_ways_and_an_image_serves_more_than_one():
    first, second = [0] * 7 + [1] * 3, [5] * 7 + [6] * 3
    assert rows(10, setting(first), setting(second)) == [0, 1, 2, 3, 4, 5, 7]


def test_every_case_of_a_select_has_an_image():
    """The first six take cases 0 and 1; the earliest image of case 2 comes too, and serves the other select."""
    taken = {("main[1]", 0): {0, 7}, ("main[1]", 1): {3}, ("main[1]", 2): {9, 8}, ("main[2]", 1): {8, 11}}
    found = bundling.golden_images({"point": setting([0] * 12)}, 12, taken=taken)
    assert found == [0, 1, 2, 3, 4, 5, 8]


@pytest.mark.parametrize("images", [1, 3, 6])
def test_few_images_are_all_taken(images):
    assert rows(images, setting([0] * images)) == list(range(images))


@dataclasses.dataclass(frozen=True)
class Pixels(learned.Pixels):
    """The task of the hand-made bundle as one that a network was trained for."""

    scale: tuple = (1 / 255,)
    offset: tuple = (0.0,)
    input_shape: tuple = (1, 2, 1)
    title: str = ""
    question: str = "Which pixel is the brighter one?"

    def load(self, split):
        assert split == runs.HELD_OUT_SPLIT
        return super().load("test")


CONFIG = {"preset": "tiny", "family": "hand-made", "stages": {}, "seed": 3}


@pytest.fixture
def work():
    """A conversion of the network behind the hand-made bundle."""
    work = ChainUnits(chain=Learned())
    work.judge = LabelJudge()
    work.task, work.run = Pixels(), runs.Run(Path("runs/my run"), CONFIG)
    work.options = ConversionOptions(quantize="float32")
    return work


def written(parts, program):
    """What is written of a chain of one program."""
    return SimpleNamespace(parts=parts, programs={"main": program}, tables={}, halves={})


def made(work, bundle, points, **given):
    program = msgspec.to_builtins(list(bundle.manifest.programs["main"]))
    return bundling.manifest(work, written(bundle.manifest.parts, program), points, **given)


def test_a_manifest_promises_what_was_measured_and_before_that_what_the_grid_gave(work, bundle):
    points = {"fast": setting([0, 1], accuracy=0.5, kappa=0.05), "full": setting([2, 2], accuracy=1.0, kappa=0.0)}
    draft = made(work, bundle, points)
    assert [point.accuracy for point in draft.operating_points] == [0.5, 1.0]
    assert [point.costs for point in draft.operating_points] == [{"macs": 0.0}] * 2
    measured = [{"name": "full", "accuracy": 0.75, "macs": 1000.0, "share": 1.0, "unknown": "x"}]
    final = made(work, bundle, points, rows=measured)
    assert [(point.name, point.accuracy, point.samples) for point in final.operating_points] == [
        ("fast", 0.5, 60),
        ("full", 0.75, 60),
    ]
    assert final.operating_points[1].costs == {"macs": 1000.0}, "in the units of the parts"
    assert not final.title and final.question == "Which pixel is the brighter one?"
    assert final.name == "my_run-float32" and queries.labels(final) == learned.LABELS
    assert final.parameters["kappa"].maximum == 0.1 and final.parameters["threshold"].default == 0.5


@pytest.mark.parametrize(
    ("names", "default"),
    [
        (("saver", "balanced", "full"), "balanced"),
        (("saver", "fast", "full"), "fast"),
        (("full",), "full"),
        (("fixed",), "fixed"),
    ],
)
def test_the_default_is_balanced_or_what_is_nearest_to_it_or_the_last(work, bundle, names, default):
    points = {name: setting([0, 1], kappa=0.01) for name in names}
    assert made(work, bundle, points).default_operating_point == default


def test_a_manifest_knows_no_parameters_that_its_program_does_not_read(work, bundle):
    """As where the exits that read them were dropped."""
    program = [{"op": "run", "part": "stage_1", "inputs": {"image": "image"}, "outputs": {"logits_1": "logits_1"}}]
    program += [{"op": "answer", "name": "answer", "gives": {"label": "logits_1"}}]
    parts = {"stage_1": bundle.manifest.parts["stage_1"]}
    points = {"full": setting([0, 0], kappa=0.01, threshold=0.5)}
    del parts["stage_1"].inputs["kappa"]
    found = bundling.manifest(work, written(parts, program), points)
    assert found.parameters == {} and found.operating_points[0].parameters == {}


def test_a_bundle_tells_what_made_it(work):
    found = bundling.provenance(work)
    assert found["training"] == CONFIG and found["preset"] == "tiny" and found["dataset"] == "pixels"
    assert found["held_out_split"] == runs.HELD_OUT_SPLIT and found["calibration"] is None
    assert found["options"]["quantize"] == found["quantize"] == "float32"
    work.calibration = {"chosen": "percentile", "tried": {}}
    assert bundling.provenance(work)["calibration"] == "percentile"
    assert json.loads(json.dumps(found)) == found


class Sweep:
    """Of a chain whose images go ways of their own at every price."""

    def __init__(self, ways, accuracy):
        self.ways, self.accuracy = ways, accuracy

    def measure(self, settings, kept):
        (setting_,) = settings
        return [setting(self.ways[setting_["kappa"]], self.accuracy).measured]


def test_points_are_measured_on_the_finished_chain(work, bundle):
    """Images (255, 0) and (51, 102), labels 0 and 0: the chain is right about the first, which leaves first."""
    images = np.array([(255, 0), (51, 102)], np.uint8).reshape(2, 1, 2, 1)
    points = {"fast": setting([0, 2], kappa=0.05), "full": setting([2, 2], kappa=0.0, threshold=1.0, unread=7.0)}
    sweep, reference = Sweep({0.05: [0, 2], 0.0: [2, 2]}, 0.5), Sweep({0.05: [0, 1], 0.0: [2, 2]}, 1.0)
    fast, full = bundling.measure_points(
        work, tflite.Chain(bundle), points, (images, np.array([0, 0]), None), None, sweep, reference
    )
    # At the threshold 1 the white pixel still leaves first: (100 + 1000) / 2, and that is what shares are of.
    assert (full["name"], full["macs"], full["share"], full["decisions_moved"]) == ("full", 550.0, 1.0, 0.0)
    assert (fast["name"], fast["accuracy"], fast["macs"], fast["share"]) == ("fast", 0.5, 550.0, 1.0)
    assert (fast["float_accuracy"], fast["decisions_moved"]) == (1.0, 0.5)


def test_the_command_finds_a_folder_of_any_name(work):
    work.run = runs.Run(Path("runs") / "größe 3 (neu)", CONFIG)
    python, tool, run, *_ = shlex.split(bundling.provenance(work)["command"])
    assert (python, tool, run) == ("python", "tools/convert.py", "runs/größe 3 (neu)")


def boxed_manifest():
    """The golden bundle that is taught by a box, which is called so as networks call it."""
    text = (HERE / "bundles/pointed/manifest.json").read_text().replace('"box"', '"region"')
    for word in ("mode", "kind"):
        text = text.replace(f'"{word}": "region"', f'"{word}": "box"')
    return manifest.decode(text.replace('"where"', '"box"').encode())


def test_a_program_that_reads_a_box_tests_itself_on_pictures_with_a_thing():
    """Row 0 has none, the box of row 2 reaches out of its picture; those of 1 and 3 are taken."""
    images = np.arange(4 * 64, dtype=np.float32).reshape(4, 8, 8, 1) % 256
    labels = np.zeros((4, 2, 5), np.float32)
    labels[1:, 0, :4] = [[0.1, 0.2, 0.5, 0.75], [0.5, 0.5, 1.25, 1], [0, 0, 1, 1]]
    found = bundling.other_goldens(boxed_manifest(), images, labels)
    assert list(found) == ["teach"]
    assert [one["box"].tolist() for one in found["teach"]] == [labels[1, :1, :4].tolist(), labels[3, :1, :4].tolist()]
    assert [one["image"][0, 0, 0] for one in found["teach"]] == [64, 192]
    assert bundling.other_goldens(boxed_manifest(), images, labels[:1]) == {}
    assert bundling.other_goldens(boxed_manifest(), images, np.zeros(4, np.int64)) == {}
