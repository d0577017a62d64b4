"""k-means against clusters that one sees."""

import numpy as np
import pytest

from keras_models.functional import clustering

ROWS = np.array([[0, 0], [0, 2], [10, 0], [10, 2], [0, 30], [2, 30]], float)


def test_the_nearest_centre_is_found_the_first_of_equals():
    centres = np.array([[0, 1], [10, 1], [10, 1]], float)
    assert clustering.nearest(ROWS, centres).tolist() == [0, 0, 1, 1, 0, 0]


def test_many_rows_are_looked_at_in_pieces(monkeypatch):
    whole = clustering.nearest(ROWS, ROWS[[0, 2, 4]])
    monkeypatch.setattr(clustering, "CHUNK", 4)
    np.testing.assert_array_equal(clustering.nearest(ROWS, ROWS[[0, 2, 4]]), whole)


@pytest.mark.parametrize("seed", range(5))
def test_three_pairs_are_three_clusters(seed):
    """Every row is 1 from the mean of its pair."""
    centres, losses = clustering.k_means(ROWS, 3, 20, seed)
    assert sorted(map(tuple, centres.tolist())) == [(0, 1), (1, 30), (10, 1)]
    assert losses[-1] == pytest.approx(1.0) and losses == sorted(losses, reverse=True)
    assert centres.dtype == np.float32


def test_first_centres_are_rows_and_differ_where_rows_do():
    found = clustering.first_centres(ROWS, 6, np.random.default_rng(1))
    assert sorted(map(tuple, found)) == sorted(map(tuple, ROWS))


def test_more_clusters_than_different_rows_repeat_some():
    centres, losses = clustering.k_means(np.ones((3, 2)), 2, 5, 0)
    np.testing.assert_array_equal(centres, np.ones((2, 2)))
    assert losses == [0.0]


def test_the_same_seed_gives_the_same_clusters():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    (one, _), (other, _) = (clustering.k_means(rows, 4, 10, 7) for _ in range(2))
    np.testing.assert_array_equal(one, other)
