"""Draws are stable, bounded and even."""

import numpy as np
import pytest

from keras_models.datasets.draws import below, permutation, stream


class Words:
    """A bit generator that returns the words it was given."""

    def __init__(self, *words):
        self.words = words

    def random_raw(self, size):
        return np.array(self.words[:size], np.uint64)


def test_below_scales_the_upper_half_of_a_word():
    words = Words(0, 2**63, 2**64 - 1, 2**62, 2**32 - 1)
    assert below(words, 10, 5).tolist() == [0, 5, 9, 2, 0]


def test_below_is_even():
    counts = np.bincount(below(stream(1, 2), 7, 70_000), minlength=7)
    assert len(counts) == 7
    assert np.abs(counts - 10_000).max() < 5 * np.sqrt(10_000)


@pytest.mark.parametrize("bound", [0, 2**31 + 1])
def test_below_refuses_a_bound(bound):
    with pytest.raises(ValueError, match=f"received {bound}"):
        below(stream(0), bound, 1)


def test_a_stream_belongs_to_its_key():
    assert stream(0, 1, 2).random_raw(3).tolist() == stream(0, 1, 2).random_raw(3).tolist()
    assert stream(0, 1, 2).random_raw(3).tolist() != stream(0, 2, 1).random_raw(3).tolist()
    assert below(stream(0, 0, 0), 1000, 4).tolist() == [636, 269, 40, 16]


def test_permutation_holds_every_number_once():
    order = permutation(stream(5), 100)
    assert sorted(order) == list(range(100))
    assert order.tolist() != list(range(100))


def test_permutation_sorts_the_words():
    assert permutation(Words(30, 10, 20), 3).tolist() == [1, 2, 0]
