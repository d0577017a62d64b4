"""Average precision by hand, against pycocotools, and picture by picture."""

import numpy as np
import pytest

from keras_models.functional import average_precision as ap
from keras_models.functional import boxes as b

RNG = np.random.default_rng(3)


def table(rows, width=6):
    """Pictures of rows, padded with rows of the kind -1."""
    full = np.zeros((len(rows), max(map(len, rows)), width))
    full[..., 5 if rows is FOUND else 4] = -1
    for place, some in enumerate(rows):
        full[place, : len(some)] = np.reshape(some, (-1, width))
    return full


A, B = [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]
FOUND = [[[*A, 0.9, 0], [*A, 0.8, 0], [*B, 0.7, 0]], [[*B, 0.95, 0], [*A, 0.6, 1]]]
TRUTH = [[[*A, 0, 0], [*B, 0, 0]], [[*A, 0, 0], [*A, 1, 1]]]


def test_a_box_takes_a_thing_once_and_difficult_ones_do_not_count():
    """Surest first: wrong (.95), right (.9), its double (.8), right (.7): of three things; kind 1 is difficult."""
    (zero,), (one,) = ap.matches(table(FOUND), table(TRUTH), [0, 1])
    assert zero.right.tolist() == [False, True, False, True] and zero.pictures.tolist() == [1, 0, 0, 0]
    assert zero.things.tolist() == [2, 1] and one.right.tolist() == [] and one.things.tolist() == [0, 0]
    # Precision 1/2 up to a recall of 1/3 and of 2/3: 67 of the 101 recalls lie at or below 2/3.
    assert zero.precision() == pytest.approx(67 * 0.5 / 101)
    assert np.isnan(one.precision())
    # Without picture 1: right, wrong, right of two things: 51 recalls at 1, 50 at 2/3.
    assert zero.precision(without=1) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_pictures_add_up_to_the_mean_and_carry_the_jackknife():
    values = ap.picture_values(table(FOUND), table(TRUTH), [0, 1])
    whole, without = 67 * 0.5 / 101, [0.0, (51 + 50 * 2 / 3) / 101]
    assert values.mean() == pytest.approx(whole)
    assert values[0] - values[1] == pytest.approx(without[1] - without[0])


def test_nothing_found_and_nothing_to_find():
    nothing = np.full((2, 1, 6), -1.0)
    assert ap.average_precision(nothing, table(TRUTH), [0]).tolist() == [[0.0] * 10]
    assert ap.mean_precision(np.array([[np.nan]])) == 0
    assert (ap.picture_values(nothing, nothing, [0]) == 0).all()
    with pytest.raises(ValueError, match=r"truth: expected the shape \[2, rows, 6\], received \[1, 1, 6\]"):
        ap.matches(nothing, nothing[:1], [0])


def random_boxes(count):
    low = RNG.uniform(0, 0.7, (count, 2))
    return np.concatenate([low, low + RNG.uniform(0.08, 0.3, (count, 2))], axis=1)


def test_the_same_as_pycocotools():
    """30 pictures, 3 kinds, boxes near things and elsewhere: COCO's own evaluation to seven digits."""
    coco = pytest.importorskip("pycocotools.coco", reason="expected the extra test")
    from pycocotools.cocoeval import COCOeval

    truth, found = np.full((30, 5, 6), -1.0), np.full((30, 12, 6), -1.0)
    truth[..., 5] = 0
    for picture in range(30):
        count = RNG.integers(0, 6)
        truth[picture, :count, :4], truth[picture, :count, 4] = random_boxes(count), RNG.integers(0, 3, count)
        near = truth[picture, :count, :4] + RNG.normal(0, 0.01, (count, 4))
        boxes = np.concatenate([near, near + 0.01, random_boxes(2)])
        found[picture, : len(boxes), :4] = boxes
        found[picture, : len(boxes), 4] = RNG.uniform(0, 1, len(boxes))
        kinds = np.concatenate([truth[picture, :count, 4]] * 2 + [RNG.integers(0, 3, 2)])
        found[picture, : len(boxes), 5] = np.where(RNG.uniform(size=len(kinds)) < 0.8, kinds, 2)
    known = coco.COCO()
    known.dataset = {"images": [{"id": i} for i in range(30)], "categories": [{"id": i} for i in range(3)]}
    known.dataset["annotations"] = [one | {"iscrowd": 0} for one in rows_of(truth, 4)]
    known.createIndex()
    evaluated = COCOeval(known, known.loadRes(rows_of(found, 5)), "bbox")
    evaluated.evaluate()
    evaluated.accumulate()
    precision = evaluated.eval["precision"][:, :, :, 0, 2].mean(axis=1).T  # overlaps, recalls, kinds, areas, most
    np.testing.assert_allclose(ap.average_precision(found, truth, range(3)), precision, atol=1e-7)


def rows_of(table_, kind):
    rows = []
    for picture, boxes in enumerate(table_):
        for box in boxes[boxes[:, kind] >= 0]:
            top, left, bottom, right = (1000 * box[:4]).tolist()
            corners = {"bbox": [left, top, right - left, bottom - top], "area": (right - left) * (bottom - top)}
            beside = {"image_id": picture, "category_id": int(box[kind]), "id": len(rows) + 1, "score": float(box[4])}
            rows.append(corners | beside)
    return rows


def test_boxes_by_hand():
    assert b.overlaps([A, B], [[0, 0, 0.5, 1], [0.25, 0.25, 0.25, 0.25]]).tolist() == [[0.5, 0], [0, 0]]
    near = np.asarray(b.aligned_overlaps(np.array(A, np.float32), np.array([A, B], np.float32)))
    assert near.tolist() == [1, 0]
    turned = np.asarray(b.mirrored(np.array([[0, 0.25, 0.5, 0.5], [0, 0, 0, 0]], np.float32)))
    assert turned.tolist() == [[0, 0.5, 0.5, 0.75], [0, 0, 0, 0]]


def test_the_pixels_whose_centres_lie_in_a_box():
    mask = np.asarray(b.box_mask(np.array([[0.25, 0.5, 0.75, 1.0]], np.float32), 4, 8))
    assert mask.shape == (1, 4, 8, 1) and mask[0, :, :, 0].sum() == 8
    assert mask[0, 1:3, 4:, 0].all()
