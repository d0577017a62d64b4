"""A converted network of every family on the phone's own kernels: the same ways and answers as here."""

import pytest

import tflite
from tests.goldens.families import HERE
from tests.tools.phone.here import on_the_phone
from tflite import baselines
from tflite.bundle.golden_index import read_goldens
from tools.phone import chains, laboratory


@on_the_phone
@pytest.mark.parametrize("folder", sorted(HERE.iterdir()), ids=lambda folder: folder.name)
def test_the_phone_goes_the_same_ways(folder):
    bundle = tflite.Bundle.load(folder)
    seen = chains.observe(bundle, baselines.example_inputs(bundle), laboratory.prepare())
    assert seen.problems == [] and seen.cases == len(list(read_goldens(bundle))) > 0
    assert (
        set(seen.counts) == set(baselines.device_alone(bundle).manifest.parts) and min(seen.instructions.values()) > 0
    )
