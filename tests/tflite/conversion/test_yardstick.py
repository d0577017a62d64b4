"""The yardstick on the tiny network: what it quantizes, and that it says nothing."""

import pytest

from tests.tflite.conversion import tiny
from tests.tflite.conversion.test_chain_units import Chain
from tflite.batched.units import UnitRunner
from tflite.conversion.chain_units import ChainUnits
from tflite.conversion.yardstick import quantize_by_recipe
from tflite.graph import flatbuffer


def test_what_may_be_quantized_is_and_the_rest_stays_as_it_was(capfd):
    work = ChainUnits(chain=Chain(tiny), units=dict(tiny.floats()))
    capfd.readouterr()
    quantize_by_recipe(work, "static_wi8_ai8", tiny.images(4, 3))
    assert "calibrat" not in "".join(capfd.readouterr()).lower()
    changed = {name for name, content in work.units.items() if content != tiny.floats()[name]}
    assert changed == set(work.units) - tiny.DECIDING
    for name in changed:
        types = {tensor.type for tensor in flatbuffer.load(work.units[name]).subgraphs[0].tensors}
        assert "int8" in map(flatbuffer.type_name, types), name


def test_at_its_widest_nothing_that_was_seen_is_clipped():
    """The first of twelve images is as bright as can be, the others are dark: the moving average forgets it."""
    images, steps = tiny.images(12, 3) / 4, {}
    images[0] = 1.0
    for widest in (False, True):
        work = ChainUnits(chain=Chain(tiny), units=dict(tiny.floats()))
        quantize_by_recipe(work, "static_wi8_ai8", images, widest)
        runner = UnitRunner(work.units["first_1"])
        steps[widest] = runner.form(runner.ports.inputs["x"])[1][0]
    assert steps[True] == pytest.approx(1 / 255, rel=1e-3) and steps[False] < 0.8 * steps[True]
