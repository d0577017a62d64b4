"""Who is in which split: the shares, and that names and order do not count."""

import hashlib

import numpy as np
import pytest

from keras_models.datasets.shares import HELD_OUT, SHARES, TEST, TRAIN, VALIDATION, WHOLE, share_out, shares_of


def digests(*numbers):
    return [hashlib.sha256(str(number).encode()).digest() for number in numbers]


def shared(count, groups=None, shares=SHARES):
    found = share_out(digests(*range(count)), range(count) if groups is None else groups, shares)
    assert sorted(row for rows in found.values() for row in rows) == list(range(count)), "each is in one split"
    return found


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (100, (60, 13, 7, 20)),
        (30, (18, 4, 2, 6)),  # cuts at 18, 21.9 and 24
        (10, (6, 1, 1, 2)),  # at 6, 7.3 and 8
        (5, (3, 1, 0, 1)),  # at 3, 3.65 and 4
        (0, (0, 0, 0, 0)),
    ],
)
def test_cuts_are_at_the_shares(count, sizes):
    assert tuple(map(len, shared(count).values())) == sizes


def test_the_order_is_that_of_the_content():
    order = sorted(range(20), key=lambda row: digests(row))
    found = shared(20)
    assert [row for split in (TRAIN, VALIDATION, HELD_OUT, TEST) for row in found[split]] == order


def test_other_names_and_another_order_change_nothing():
    first, rows = shared(50), np.random.default_rng(0).permutation(50)
    again = share_out(digests(*rows), range(50), SHARES)
    assert {split: {int(rows[row]) for row in some} for split, some in again.items()} == {
        split: set(some) for split, some in first.items()
    }


def test_of_those_that_were_there_few_change_sides_when_others_come():
    before, after = shared(1000), shared(1100)
    stayed = sum(len(set(before[split]) & set(after[split])) for split in SHARES)
    assert stayed >= 980, "a few near three cuts"


def test_what_nearly_repeats_one_another_stays_together():
    groups = np.arange(200) // 4
    for rows in shared(200, groups).values():
        assert set(np.bincount(groups[rows], minlength=50).tolist()) <= {0, 4}


def test_a_large_group_is_shared_out_like_any_other():
    assert tuple(map(len, shared(100, [0] * 100).values())) == (60, 13, 7, 20)
    # Eleven of a hundred are too many, twenty of a thousand are not.
    halves = shared(100, [0] * 11 + list(range(11, 100)))
    assert sum(any(row < 11 for row in rows) for rows in halves.values()) > 1
    whole = shared(1000, [0] * 20 + list(range(20, 1000)))
    assert sum(any(row < 20 for row in rows) for rows in whole.values()) == 1


def test_parts_that_are_given_are_kept_apart():
    assert shares_of([WHOLE]) == {WHOLE: SHARES} and shares_of([TRAIN]) == {TRAIN: SHARES}
    of_train = {TRAIN: 0.75, VALIDATION: 0.16, HELD_OUT: 0.09}
    assert shares_of([TRAIN, TEST]) == {TRAIN: of_train, TEST: {TEST: 1.0}}
    assert shares_of([VALIDATION, TRAIN]) == {TRAIN: of_train, VALIDATION: {TEST: 1.0}}
    assert shares_of([TRAIN, VALIDATION, TEST]) == {
        TRAIN: {TRAIN: 1.0},
        VALIDATION: {VALIDATION: 0.65, HELD_OUT: 0.35},
        TEST: {TEST: 1.0},
    }
