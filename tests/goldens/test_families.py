"""The families' bundles: every family has one, Python reproduces it, and its images go every way."""

import pytest

from keras_models import families
from tests.families import toy, toy_tasks
from tests.families.tiny import TINY
from tests.goldens.families import HERE
from tflite import baselines
from tflite.batched.bundles import bundle_executor, bundle_inputs
from tflite.bundle import Bundle
from tflite.bundle.golden_index import read_goldens
from tflite.runtime.chain import Chain

FOLDERS = sorted(HERE.iterdir())


def test_every_family_has_one():
    assert {folder.name for folder in FOLDERS} == {*TINY, toy.NAME, toy_tasks.NAME} >= {*families.FAMILIES}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_python_reproduces_its_goldens(folder):
    assert Chain.load(folder, warm_up=False).self_test() == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_its_images_go_every_way(folder):
    bundle = Bundle.load(folder)
    cases = {case.inputs["image"]: case for case, _ in read_goldens(bundle) if case.program == "main"}
    asked = {name: [case.parameters[name] for case in cases.values()] for name in next(iter(cases.values())).parameters}
    session = bundle_executor(bundle).session(bundle_inputs(bundle, baselines.inputs_of_goldens(bundle)) | asked)
    runs = [session.run(dict(point.parameters)) for point in bundle.manifest.operating_points]
    every = {(where, side) for where, counts in runs[0].sides().items() for side in counts}
    taken = {(where, side) for run in runs for where, counts in run.sides().items() for side, n in counts.items() if n}
    assert every - taken == set()
