"""The families' bundles: every family has one, Python reproduces it, and its images go every way."""

import msgspec
import numpy as np
import pytest

from keras_models import families
from tests.goldens.families import HERE
from tflite import baselines
from tflite.batched.executor import Executor
from tflite.batched.units import bundle_parts
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.runtime.chain import Chain
from tflite.runtime.image import ImageReader

FOLDERS = sorted(HERE.iterdir())


def test_every_family_has_one():
    assert {folder.name for folder in FOLDERS} == set(families.FAMILIES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_python_reproduces_its_goldens(folder):
    assert Chain.load(folder, warm_up=False).self_test() == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_its_images_go_every_way(folder):
    bundle = Bundle.load(folder)
    manifest, images = bundle.manifest, baselines.golden_images(bundle)
    read = ImageReader(manifest.input, m.Tensor(shape=(1, *manifest.input.shape), type="float32"))
    program, parameters = (msgspec.to_builtins(part) for part in (manifest.program, manifest.parameters))
    inputs = {manifest.input.name: np.concatenate([read(image) for image in images])}
    session = Executor(program, bundle_parts(bundle), parameters).session(inputs)
    runs = [session.run(dict(point.parameters)) for point in manifest.operating_points]
    every = {(where, side) for where, counts in runs[0].sides().items() for side in counts}
    taken = {(where, side) for run in runs for where, counts in run.sides().items() for side, n in counts.items() if n}
    assert every - taken == set()
