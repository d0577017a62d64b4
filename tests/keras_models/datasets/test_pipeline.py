"""Shuffling and augmentation."""

import numpy as np
import pytest

from keras_models import datasets

CIFAR10 = datasets.get("cifar10")


def numbered(count):
    """Black pictures of CIFAR-10's size whose label is their number; brightness tells it too."""
    images = np.zeros((count, 32, 32, 3), np.uint8)
    images += np.arange(count, dtype=np.uint8)[:, None, None, None]
    return images, np.arange(count)


def epochs(batches, count):
    """Labels of each of `count` passes over a data set."""
    return [np.concatenate([labels.numpy() for _, labels in batches]).tolist() for _ in range(count)]


def test_shift_and_flip_against_windows_cut_by_hand():
    from keras_models.datasets.pipeline import shift_and_flip

    images = np.arange(1, 2 * 16 + 1, dtype=np.uint8).reshape(2, 4, 4, 1)
    rows, columns, flips = np.int32([0, 3]), np.int32([2, 1]), np.array([False, True])
    result = shift_and_flip(images, rows, columns, flips, padding=2).numpy()
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    np.testing.assert_array_equal(result[0], padded[0, 0:4, 2:6])
    np.testing.assert_array_equal(result[1], padded[1, 3:7, 1:5][:, ::-1])
    assert result.dtype == np.uint8


def test_a_window_in_the_middle_is_the_picture():
    from keras_models.datasets.pipeline import shift_and_flip

    images = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    middle = np.full(2, 4, np.int32)
    np.testing.assert_array_equal(shift_and_flip(images, middle, middle, np.zeros(2, bool), 4).numpy(), images)


def test_random_shifts_reach_every_place_and_mirror_half():
    from keras_models.datasets.pipeline import shift_and_flip_at_random

    image = np.zeros((9, 9, 1), np.uint8)
    image[4, 3:6, 0] = [1, 2, 3]
    results = shift_and_flip_at_random(np.tile(image, (4_000, 1, 1, 1)), 7, 4, True).numpy()[..., 0]
    middles = np.argwhere(results == 2)
    assert len(middles) == 4_000
    places, counts = np.unique(middles[:, 1:], axis=0, return_counts=True)
    assert len(places) == 81
    assert np.abs(counts - 4_000 / 81).max() < 6 * np.sqrt(4_000 / 81)
    whole = middles[middles[:, 2] >= 1]
    left = results[whole[:, 0], whole[:, 1], whole[:, 2] - 1]
    assert set(left) == {1, 3}
    assert abs(np.mean(left == 3) - 0.5) < 5 * 0.5 / np.sqrt(len(whole))


def test_cut_out_blanks_a_square_by_hand():
    from keras_models.datasets.pipeline import cut_out

    images = np.full((2, 5, 4, 2), 7, np.float32)
    result = cut_out(images, np.int32([2, 0]), np.int32([1, 3]), 3).numpy()
    expected = images.copy()
    expected[0, 1:4, 0:3] = 0
    expected[1, 0:2, 2:4] = 0  # what lies beyond the corner is lost
    np.testing.assert_array_equal(result, expected)


def test_random_squares_have_their_centre_everywhere():
    from keras_models.datasets.pipeline import batches

    images = np.zeros((6_000, 32, 32, 3), np.uint8)  # black is not blank: normalised it lies below the mean
    data = batches(CIFAR10, images, np.zeros(6_000, int), 6_000, cutout=1, shuffle_seed=2)
    (pictures, _), *_ = data
    blank = (pictures.numpy() == 0).all(axis=3)
    assert (blank.sum(axis=(1, 2)) == 1).all()
    counts = blank.sum(axis=0)
    assert np.abs(counts - 6_000 / 1_024).max() < 6 * np.sqrt(6_000 / 1_024)
    (again, _), *_ = batches(CIFAR10, images, np.zeros(6_000, int), 6_000, cutout=1, shuffle_seed=2)
    np.testing.assert_array_equal(pictures, again)


def test_what_may_not_be_mirrored_is_not():
    from keras_models.datasets.pipeline import shift_and_flip_at_random

    image = np.zeros((5, 5, 1), np.uint8)
    image[2, 2:4, 0] = [1, 2]
    results = shift_and_flip_at_random(np.tile(image, (500, 1, 1, 1)), 7, 1, False).numpy()[..., 0]
    left, right = np.argwhere(results == 1), np.argwhere(results == 2)
    np.testing.assert_array_equal(left + [0, 0, 1], right)
    assert len({tuple(place) for place in left[:, 1:]}) == 9


def test_the_same_seed_augments_the_same_way():
    from keras_models.datasets.pipeline import shift_and_flip_at_random

    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
    once, again, other = (shift_and_flip_at_random(images, seed, 4, True).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


def test_shuffling_differs_by_epoch_and_repeats_by_seed():
    from keras_models.datasets.pipeline import batches

    images, labels = numbered(40)
    once, again, other = (epochs(batches(CIFAR10, images, labels, 16, shuffle_seed=seed), 2) for seed in (3, 3, 4))
    assert once == again
    assert once != other
    assert once[0] != once[1]
    assert all(sorted(epoch) == list(range(40)) for epoch in once)


def test_pictures_stay_with_their_labels_when_shuffled():
    from keras_models.datasets.pipeline import batches

    images, labels = numbered(40)
    for pictures, answers in batches(CIFAR10, images, labels, 16, shuffle_seed=3):
        np.testing.assert_array_equal(pictures.numpy(), CIFAR10.normalise(images[answers.numpy()]))


def test_augmented_pictures_differ_by_epoch_and_repeat_by_seed():
    from keras_models.datasets.pipeline import batches

    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)

    def two_epochs():
        data = batches(CIFAR10, images, np.arange(8), 8, augment=True, shuffle_seed=5)
        return [x.numpy()[np.argsort(y.numpy())] for _ in range(2) for x, y in data]

    (first, second), (again, _) = two_epochs(), two_epochs()
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()


def test_padding_is_black_before_normalisation():
    from keras_models.datasets.pipeline import batches

    images = np.full((16, 32, 32, 3), 255, np.uint8)
    (pictures, _), *_ = batches(CIFAR10, images, np.zeros(16, int), 16, augment=True, shuffle_seed=5)
    black, white = CIFAR10.normalise(np.stack([images[0] * 0, images[0]]))[:, 0, 0]
    values = {tuple(pixel) for pixel in pictures.numpy().reshape(-1, 3)}
    assert values == {tuple(black), tuple(white)}


def test_the_length_of_an_epoch_is_known():
    from keras_models.datasets.pipeline import batches

    assert int(batches(CIFAR10, *numbered(40), 16, shuffle_seed=3).cardinality()) == 3


def test_augmentation_needs_a_seed():
    from keras_models.datasets.pipeline import batches

    for changes in ({"augment": True}, {"cutout": 8}):
        with pytest.raises(ValueError, match="expected a shuffle_seed for augmentation, .* received None"):
            batches(CIFAR10, *numbered(4), 2, **changes)


def test_a_batch_holds_something():
    from keras_models.datasets.pipeline import batches

    with pytest.raises(ValueError, match="expected a batch size of at least 1, received 0"):
        batches(CIFAR10, *numbered(4), 0)
