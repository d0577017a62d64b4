"""What a part's outputs are remembered by: the version of each sample, in one place or in two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflite.batched import memo
from tflite.batched.memo import Memo, combined, digest
from tflite.batched.values import Value


class Function:
    """Gives every sample its version; notes which rows it was asked for."""

    def __init__(self, versions, width=1):
        self.versions, self.width, self.asked = dict(versions), width, []

    def __call__(self, rows):
        self.asked.append(rows.tolist())
        return {"y": Value(np.array([[self.versions[row]] * self.width for row in rows.tolist()], np.float32))}


def outputs(remembered, versions, width=1):
    """(the first number of every row, the rows that were computed) at those versions, row -> version."""
    rows, function = np.array(sorted(versions)), Function(versions, width)
    numbers = np.array([versions[row] for row in rows.tolist()], np.uint64)
    column = remembered.outputs(rows, numbers, function)["y"]
    return column.take(rows).array[:, 0].tolist(), [row for asked in function.asked for row in asked]


def test_nothing_is_computed_twice():
    remembered = Memo(4)
    assert outputs(remembered, {0: 7, 2: 7}) == ([7, 7], [0, 2])
    assert outputs(remembered, {0: 7, 1: 7, 2: 7}) == ([7, 7, 7], [1])
    assert outputs(remembered, {1: 7}) == ([7], [])


def test_a_version_that_all_share_is_kept_beside_others():
    remembered = Memo(2)
    for _ in range(2):
        for version in (7, 8, 9):
            outputs(remembered, {0: version, 1: version})
    assert outputs(remembered, {0: 8, 1: 8}) == ([8, 8], [])


def test_of_versions_that_differ_the_latest_is_kept():
    remembered = Memo(2)
    assert outputs(remembered, {0: 1, 1: 2}) == ([1, 2], [0, 1])
    assert outputs(remembered, {0: 3, 1: 2}) == ([3, 2], [0])
    assert outputs(remembered, {0: 1, 1: 2}) == ([1, 2], [0])


def test_rows_come_from_both_places():
    remembered = Memo(3)
    outputs(remembered, {0: 5, 1: 5})
    outputs(remembered, {1: 6, 2: 7})
    assert outputs(remembered, {0: 5, 1: 6, 2: 7}) == ([5, 6, 7], [])


@pytest.mark.parametrize("width, again", [(memo.SMALL, []), (memo.SMALL + 1, [0])])
def test_large_outputs_are_kept_once(width, again):
    remembered = Memo(1)
    for version in (1, 2):
        outputs(remembered, {0: version}, width)
    assert outputs(remembered, {0: 1}, width) == ([1], again)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 3), min_size=1), min_size=1, max_size=8))
def test_whatever_was_asked_before_every_row_has_its_version(asked):
    remembered = Memo(5)
    for versions in asked:
        assert outputs(remembered, versions)[0] == [versions[row] for row in sorted(versions)]


def test_digests_tell_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("1") != digest(1) and digest(b"a") != digest("a")
    assert digest("input", "image") == digest("input", "image")


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20, unique=True))
@settings(max_examples=50, deadline=None)
def test_versions_that_differ_stay_different(versions):
    made = combined("part", {"x": np.array(versions, np.uint64)})
    assert len(np.unique(made)) == len(versions)
    assert made.all(), "0 means that there is no value"
