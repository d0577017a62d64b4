"""Anchors by hand: clusters, boxes decoded, and where things belong."""

import numpy as np
import pytest

from keras_models.functional import anchors as a

ANCHORS = np.array([[0.2, 0.2], [0.2, 0.6]], "float32")


def test_clusters_by_hand():
    """Two small squares and two wide boxes: an anchor each, the median of its own."""
    sizes = [[0.1, 0.1], [0.2, 0.2], [0.2, 0.8], [0.2, 0.9], [0.15, 0.15]]
    found = a.cluster(sizes, 2, seed=1)
    np.testing.assert_allclose(found, [[0.15, 0.15], [0.2, 0.85]])
    assert a.size_overlaps([[0.2, 0.2]], [[0.2, 0.2], [0.1, 0.4]])[0] == pytest.approx([1.0, 0.02 / 0.06])
    with pytest.raises(ValueError, match="expected at least 3 things to find 3 anchors of, received 1"):
        a.cluster([[0.1, 0.1]], 3)


def test_a_box_of_zeros_has_its_anchors_size_in_the_middle_of_its_cell():
    raw = np.zeros((1, 6, 1, 2, 4), "float32")
    found = np.asarray(a.corners(raw, ANCHORS, (2, 3)))
    assert found.shape == raw.shape
    np.testing.assert_allclose(found[0, 0, 0, 0], [0.25 - 0.1, 1 / 6 - 0.1, 0.25 + 0.1, 1 / 6 + 0.1], atol=1e-6)
    np.testing.assert_allclose(found[0, 5, 0, 1], [0.75 - 0.1, 5 / 6 - 0.3, 0.75 + 0.1, 5 / 6 + 0.3], atol=1e-6)


def test_what_is_wanted_of_a_thing_decodes_to_its_box():
    boxes = np.array([[[0.1, 0.2, 0.35, 0.4], [0.5, 0.3, 0.9, 0.95], [0, 0, 0, 0]]], "float32")
    cells, places, wanted = (np.asarray(one) for one in a.placed(boxes, ANCHORS, (2, 3)))
    assert cells.tolist() == [[0, 3 + 1, 0]] and places[0, :2].tolist() == [0, 1]
    raw = np.zeros((1, 6, 1, 2, 4), "float32")
    for thing in range(2):
        x, y, w, h = wanted[0, thing]
        logits = [np.log(one / (1 - one)) for one in (x, y)]
        raw[0, cells[0, thing], 0, places[0, thing]] = (*logits, w, h)
    found = np.asarray(a.corners(raw, ANCHORS, (2, 3)))
    for thing in range(2):
        np.testing.assert_allclose(found[0, cells[0, thing], 0, places[0, thing]], boxes[0, thing], atol=1e-5)
