"""Batches of annotated pictures: boxes move with them, what is shown is what is known, an example of each kind."""

import numpy as np
import pytest

from tests.families.toy_boxes import THINGS


def batches(**options):
    return list(THINGS.dataset("train", 64, **options))


def test_pictures_with_what_is_on_them():
    ((images, things),) = batches()
    stored, rows, _ = THINGS.load("train")
    assert images.shape == (64, 24, 24, 3) and np.allclose(images, stored / 255, atol=1e-6)
    assert np.array_equal(things["boxes"], rows[..., :4]) and np.array_equal(things["kinds"], rows[..., 4])
    assert not things["difficult"].numpy().any() and set(things) == {"boxes", "kinds", "difficult"}


def test_a_mirrored_picture_has_mirrored_boxes():
    """In the middle of a box it is bright, whichever way it is turned; and some are turned."""
    ((images, things),) = batches(augment=True, shuffle_seed=1)
    for image, boxes, kinds in zip(images.numpy(), things["boxes"].numpy(), things["kinds"].numpy(), strict=True):
        for top, left, bottom, right in boxes[kinds >= 0]:
            assert image[int(12 * (top + bottom)), int(12 * (left + right))].min() > 0.9
    again = next(iter(THINGS.dataset("train", 64, augment=True, shuffle_seed=1)))
    assert np.array_equal(again[0], images)
    plain = next(iter(THINGS.dataset("train", 64, shuffle_seed=1)))
    turned = [not np.array_equal(*pair) for pair in zip(plain[0].numpy(), images.numpy(), strict=True)]
    assert 10 < sum(turned) < 54


def test_what_is_shown_is_what_is_known():
    ((_, things),) = batches(shown=lambda found, split: found.only([1]).rows(np.arange(5)))
    assert set(np.unique(things["kinds"])) == {-1, 1} and len(things["kinds"]) == 5


def test_every_batch_has_an_example_of_each_kind():
    made = THINGS.dataset("train", 16, shuffle_seed=2, augment=True, examples=(1, 0))
    seen = [inputs["examples"].numpy() for inputs, _ in made]
    assert len(seen) == 4 and seen[0].shape == (2, 24, 24, 4)
    for pictures in seen:
        for picture, shape in zip(pictures, ((7, 3), (3, 7)), strict=True):
            rows, columns = np.nonzero(picture[..., 3])
            assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == shape, "the mask of a tall thing, then of a flat one"
            assert picture[..., :3][picture[..., 3] > 0].min() > 0.9
    assert not np.array_equal(seen[0], seen[1])


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="received none of 1"):
        batches(examples=(0, 1), shown=lambda found, split: found.only([0]))
    with pytest.raises(ValueError, match="expected the mark instances, where masks are known"):
        batches(marks="instances")
    with pytest.raises(ValueError, match="expected a shuffle_seed"):
        batches(augment=True)
    with pytest.raises(ValueError, match="expected boxes as they are"):
        batches(cutout=3)
    with pytest.raises(ValueError, match="expected a batch size"):
        THINGS.dataset("train", 0)
