"""Near-duplicates: the rule against numbers worked out by hand, and that the search finds what comparing all would."""

import functools

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from keras_models.datasets import near_duplicates as near
from tests.keras_models.datasets import photos

photo = functools.partial(photos.photo, size=(96, 64))


def thumbnail(picture):
    return np.asarray(picture.convert("RGB").resize((16, 16), Image.Resampling.BOX))


CHANGES = {
    "the same": lambda p: p,
    "JPEG": lambda p: photos.as_jpeg(p, 75),
    "half the size": lambda p: p.resize((48, 32), Image.Resampling.BICUBIC),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.15),
    "more contrast": lambda p: ImageEnhance.Contrast(p).enhance(1.2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_many(change):
    photos = [photo(seed) for seed in range(300)]
    copies = [CHANGES[change](picture) for picture in photos[:40]]
    found, far = near.pairs(np.stack([thumbnail(picture) for picture in photos + copies]))
    assert sorted(found.tolist()) == [[row, 300 + row] for row in range(40)]
    assert (np.diff(far) >= 0).all() and far.max() <= near.FARTHEST


@pytest.mark.parametrize(
    "change", [lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT), lambda p: photo(7), lambda p: p.rotate(90)]
)
def test_other_pictures_are_none(change):
    picture = photo(3)
    found, far = near.pairs(np.stack([thumbnail(picture), thumbnail(change(picture))]))
    assert found.shape == (0, 2) and far.shape == (0,)


def stripes(low, high, where=8):
    """A thumbnail whose left half is dark: its mean lies between, its deviation is half of the difference."""
    picture = np.full((16, 16, 3), low, np.uint8)
    picture[:, where:] = high
    return picture


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        (stripes(50, 150), stripes(80, 180), 0.0),  # 30 levels brighter
        (stripes(50, 150), stripes(83, 183), None),  # 33 levels
        (stripes(50, 150), stripes(70, 130), 0.0),  # another contrast
        # Flat pictures are divided by 16 levels: halves of +-1 and +-3 levels about the mean are 2 / 16 apart.
        (stripes(99, 101), stripes(97, 103), 0.125),
        (stripes(99, 101), stripes(96, 104), None),  # 3 / 16
    ],
)
def test_what_is_near(first, second, distance):
    found, far = near.pairs(np.stack([first, second]))
    if distance is None:
        assert not len(found)
    else:
        assert found.tolist() == [[0, 1]]
        np.testing.assert_allclose(far, [distance], atol=1e-6)


def test_colours_count():
    red, blue = np.zeros((2, 16, 16, 3), np.uint8)
    red[..., 0], blue[..., 2] = stripes(0, 200)[..., 0], stripes(0, 200)[..., 0]
    assert not len(near.pairs(np.stack([red, blue]))[0])


def all_pairs(thumbnails):
    flat = thumbnails.reshape(len(thumbnails), -1).astype(float)
    means, deviations = flat.mean(axis=1), np.maximum(flat.std(axis=1), 16)
    normal = (flat - means[:, None]) / deviations[:, None]
    return {
        (i, j)
        for i in range(len(flat))
        for j in range(i + 1, len(flat))
        if np.sqrt(np.mean((normal[i] - normal[j]) ** 2)) <= 0.15 and abs(means[i] - means[j]) <= 32
    }


def test_nearly_all_is_found_that_comparing_all_pairs_finds():
    rng = np.random.default_rng(0)
    base = np.stack([thumbnail(photo(seed)) for seed in range(60)]).astype(int)
    noisy = [base + rng.integers(-3, 4, base.shape) * strength for strength in (0, 1, 2)]
    thumbnails = np.clip(np.concatenate(noisy), 0, 255).astype(np.uint8)
    expected = all_pairs(thumbnails)
    found = set(map(tuple, near.pairs(thumbnails)[0].tolist()))
    assert len(expected) > 100 and found <= expected and len(found) >= 0.99 * len(expected)


def test_a_crowd_of_equal_pictures_takes_few_comparisons(monkeypatch):
    compared = []
    distances = near._distances
    monkeypatch.setattr(near, "_distances", lambda *a: compared.append(len(a[1])) or distances(*a))
    found, _ = near.pairs(np.full((3_000, 16, 16, 3), 90, np.uint8))
    assert sum(compared) <= 3_000 * near.WINDOW, "all grids have the same order"
    assert (near.groups(3_000, found) == 0).all(), "and all are joined"


def test_equal_pictures_are_joined_with_the_first():
    assert near.equal([b"a", b"b", b"a", b"c", b"a", b"c"]).tolist() == [[0, 2], [0, 4], [3, 5]]
    assert near.equal([]).shape == near.equal([b"a"]).shape == (0, 2)


def test_groups_are_joined_over_others():
    couples = np.array([[0, 3], [3, 5], [4, 5], [1, 2]])
    assert near.groups(7, couples).tolist() == [0, 1, 1, 0, 0, 0, 6]
    chain = np.stack([np.arange(0, 99), np.arange(1, 100)], axis=1)[::-1]
    assert (near.groups(100, chain) == 0).all()
    assert near.groups(3, np.zeros((0, 2), np.int64)).tolist() == [0, 1, 2]
    assert near.pairs(np.zeros((0, 16, 16, 3), np.uint8))[0].shape == (0, 2), "of no pictures"


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_cifar10_are_found_and_others_are_not(change):
    from keras_models import datasets

    images = [Image.fromarray(image) for image in datasets.get("cifar10").load("test[:2000]")[0]]
    copies = [CHANGES[change](picture) for picture in images[:200]]
    found, _ = near.pairs(np.stack([thumbnail(picture) for picture in images + copies]))
    assert len(found) >= 199 and all(second - first == 2000 for first, second in found.tolist())
