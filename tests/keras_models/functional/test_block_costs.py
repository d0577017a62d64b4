"""What blocks cost that run and that are skipped, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_models.functional.block_costs import Prices, prices

# What a SkipNet of three blocks consists of; the shortcut of block 2 is an identity, which is no part.
PARTS = {"stem": 7, "block_2": 50, "gate_2": 3, "decide_2": 1, "block_3": 70, "shortcut_3": 20, "gate_3": 4, "head": 5}


def test_the_first_block_is_the_stems_and_an_identity_costs_nothing():
    found = prices(PARTS)
    assert found.fixed == 12
    assert [found.blocks.tolist(), found.shortcuts.tolist(), found.gates.tolist()] == [[50, 70], [0, 20], [4, 4]]
    assert found.reference == 132, "without gates and shortcuts"


def test_a_static_network_has_nothing_but_what_every_image_runs():
    found = prices({"network": 90, "head": 10})
    assert (found.fixed, found.reference, len(found.blocks)) == (100, 100, 0)
    assert found.spent(np.zeros((3, 0), bool)).tolist() == [100, 100, 100]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.booleans()] * 4), min_size=1, max_size=6), st.integers(0, 10**6))
def test_an_image_pays_for_its_blocks_and_for_what_remains_of_the_others(run, seed):
    """Sum by sum; whoever runs everything pays the reference and all gates."""
    blocks, shortcuts, gates = np.random.default_rng(seed).integers(0, 100, (3, 4)).astype(float)
    made = Prices(10.0, blocks, shortcuts, gates)
    expected = [10 + sum(b if ran else s for ran, b, s in zip(own, blocks, shortcuts, strict=True)) for own in run]
    np.testing.assert_allclose(made.spent(np.array(run), gates=False), expected)
    np.testing.assert_allclose(made.spent(np.array(run)), np.array(expected) + gates.sum())
    assert made.spent(np.ones((1, 4), bool)) == pytest.approx(made.reference + gates.sum())
