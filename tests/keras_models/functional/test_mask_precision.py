"""Masks in pictures and their precision, against numbers worked out by hand and COCO's own evaluation."""

import numpy as np
import pytest

from keras_models.functional import average_precision as ap
from keras_models.functional import mask_precision


def test_a_mask_is_stretched_over_its_box():
    mask = np.array([[[1.0, 0.0], [1.0, 1.0]]])
    found = mask_precision.pasted(mask, [[0.25, 0.25, 0.75, 0.75]], 8, 8)[0]
    # Four by four pixels; between the cells' centres it falls: 1, .75, .25, 0 in the first row of cells.
    expected = np.zeros((8, 8), bool)
    expected[2:6, 2:6] = [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]
    expected[3, 4] = 0.75 * 0.25 + 0.25 * 1 >= 0.5
    np.testing.assert_array_equal(found, expected)


def test_a_box_of_no_size_has_no_pixels():
    assert not mask_precision.pasted(np.ones((1, 3, 3)), [[0.5, 0.5, 0.5, 0.5]], 4, 4).any()


def test_overlaps_are_shares_of_pixels():
    some = np.zeros((3, 2, 2), bool)
    some[0, 0], some[1, :, 0] = True, True
    np.testing.assert_allclose(mask_precision.overlaps_of(some, some[:2]), [[1, 1 / 3], [1 / 3, 1], [0, 0]])


def scene(seed):
    """Pictures of 16 pixels with things, what was found on them, and both as masks."""
    rng = np.random.default_rng(seed)
    truth, found = np.zeros((6, 3, 6)), np.zeros((6, 4, 6))
    low = rng.integers(0, 8, (6, 3, 2))
    boxes = np.concatenate([low, low + rng.integers(4, 8, (6, 3, 2))], axis=-1)
    truth[..., :4], truth[..., 4] = boxes / 16, rng.integers(0, 2, (6, 3))
    moved = np.concatenate([boxes + rng.integers(-1, 2, boxes.shape), boxes[:, :1]], axis=1).clip(0, 16)
    found[..., :4], found[..., 4] = moved / 16, rng.permutation(24).reshape(6, 4) / 24 + 0.01
    found[..., 5] = np.concatenate([truth[..., 4], rng.integers(-1, 2, (6, 1))], axis=1)
    masks = [
        [mask_precision.pasted(np.ones((len(b), 2, 2)), b[:, :4], 16, 16) for b in some] for some in (found, truth)
    ]
    for some in masks[1]:
        some[:, ::5, ::3] = False  # things with holes
    return found, truth, masks


def test_precision_by_masks_is_not_that_by_boxes():
    found, truth, masks = scene(1)
    by_boxes = ap.average_precision(found, truth, [0, 1])
    by_masks = ap.average_precision(found, truth, [0, 1], shared=mask_precision.between(*masks))
    assert by_masks.shape == by_boxes.shape and not np.allclose(by_masks, by_boxes)
    truth_itself = np.concatenate([truth[..., :4], np.ones((6, 3, 1)), truth[..., 4:5]], axis=-1)
    perfect = ap.average_precision(truth_itself, truth, [0, 1], shared=mask_precision.between(masks[1], masks[1]))
    np.testing.assert_allclose(perfect, 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_what_cocos_own_evaluation_gives(seed):
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    coding = pytest.importorskip("pycocotools.mask")
    found, truth, masks = scene(seed)

    def coded(mask):
        return coding.encode(np.asfortranarray(mask.astype(np.uint8)))

    known = coco.COCO()
    things = [
        {"id": 10 * p + r + 1, "image_id": p, "category_id": int(truth[p, r, 4]), "iscrowd": 0, "area": 50.0,
         "segmentation": coded(masks[1][p][r]), "bbox": [0, 0, 1, 1]}
        for p in range(6) for r in range(3)
    ]  # fmt: skip
    known.dataset = {
        "images": [{"id": p, "height": 16, "width": 16} for p in range(6)],
        "categories": [{"id": 0}, {"id": 1}],
        "annotations": things,
    }
    known.createIndex()
    answers = [
        {"image_id": p, "category_id": int(found[p, r, 5]), "score": float(found[p, r, 4]),
         "segmentation": coded(masks[0][p][r])}
        for p in range(6) for r in range(4) if found[p, r, 5] >= 0
    ]  # fmt: skip
    judge = evaluation.COCOeval(known, known.loadRes(answers), "segm")
    judge.evaluate()
    judge.accumulate()
    expected = judge.eval["precision"][:, :, :, 0, 2].mean(axis=1).T  # kinds, overlaps
    own = ap.average_precision(found, truth, [0, 1], shared=mask_precision.between(*masks))
    np.testing.assert_allclose(own, expected, atol=1e-9)
