"""A program that branches as one model: that of the way which all images go at its last operating point."""

import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tflite import Bundle, Chain, baselines
from tflite.baselines import BaselineError
from tflite.graph import flatbuffer

SKIPNET = Path(__file__).parents[2] / "goldens/families/skipnet"


@pytest.fixture(scope="module")
def branching():
    return Bundle.load(SKIPNET)


def test_the_static_network_answers_as_the_chain_at_full_depth(branching):
    bundle, point = baselines.full_depth(branching)
    assert (bundle, point) == (branching, "full")
    static, chain = Chain(baselines.static_bundle(branching)), Chain(branching, warm_up=False)
    for image in baselines.inputs_of_goldens(branching):
        expected = chain.run(image, operating_point="full")
        result = static.run(image)
        np.testing.assert_array_equal(result.answer, expected.answer)
        assert result.path == ("static",) and len(expected.path) > 1


def test_it_has_no_gates(branching):
    units = {unit for part in branching.manifest.parts.values() for unit in part.units}
    assert any("gate" in unit for unit in units), "the bundle has gates to leave out"
    static = baselines.static_bundle(branching).read("parts/static.tflite")
    operators = {name for name, _ in flatbuffer.operators(static)}
    assert "CONV_2D" in operators and "LOGISTIC" not in operators


def test_a_point_with_several_ways_has_no_static_network(branching):
    (*others, full) = branching.manifest.operating_points
    several = msgspec.structs.replace(full, parameters={"threshold": 0.485})
    moved = changed(branching, operating_points=(*others, several))
    chain = Chain(moved, warm_up=False)
    paths = {chain.run(i, operating_point="full").path for i in baselines.inputs_of_goldens(moved)}
    assert len(paths) > 1, "the inputs of the self-test go different ways there"
    with pytest.raises(BaselineError, match="every image goes one way.*received 'full' with several"):
        baselines.static_bundle(moved)


def changed(bundle, **fields):
    """The bundle with other fields in its manifest."""
    return dataclasses.replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, **fields))


def test_without_a_self_test_there_is_no_way_to_follow(branching):
    with pytest.raises(BaselineError, match="expected a bundle with a self-test"):
        baselines.static_bundle(changed(branching, goldens=None))


REFUSED = [
    ("boxes", "to equal by a static network, received keep"),
    ("prototypes", "expected a bundle without tables"),
    ("looks", "received crop"),
    ("several", "received run"),
]


@pytest.mark.parametrize("name, words", REFUSED)
def test_what_no_static_network_equals_is_told(name, words):
    bundle = Bundle.load(SKIPNET.parents[1] / "bundles" / name)
    with pytest.raises(BaselineError, match=words):
        baselines.static_bundle(bundle)


def test_a_table_is_part_of_no_static_network():
    bundle = Bundle.load(SKIPNET.parents[1] / "bundles/prototypes")
    with pytest.raises(BaselineError, match="expected a bundle without tables, which .* received .'classes'."):
        baselines.static_bundle(bundle, "many")
