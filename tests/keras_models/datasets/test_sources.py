"""Source pictures go to one split each."""

import itertools

import numpy as np

from keras_models.datasets import sources


def test_digits_are_shared_out_once_each():
    assigned = sources.assign_digits(1797)
    counts = {split: len(rows) for split, rows in assigned.items()}
    assert counts == {"train": 988, "validation": 382, "test": 360, "held_out": 67}
    assert sorted(np.concatenate(list(assigned.values()))) == list(range(1797))
    for one, other in itertools.combinations(assigned.values(), 2):
        assert not set(one) & set(other)


def test_digits_are_shared_out_the_same_way_each_time():
    once, again = sources.assign_digits(1797), sources.assign_digits(1797)
    for split in sources.SPLITS:
        np.testing.assert_array_equal(once[split], again[split])


def test_the_original_is_cut_at_nine_tenths_and_its_test_kept():
    assigned = sources.assign_original(60_000)
    rows = {split: np.arange(60_000)[part] for split, (_, part) in assigned.items()}
    ends = [(rows[split][0], rows[split][-1]) for split in ("train", "validation", "held_out")]
    assert ends == [(0, 53_999), (54_000, 59_099), (59_100, 59_999)]
    assert [assigned[split][0] for split in sources.SPLITS] == ["train", "train", "test", "train"]


def test_bundled_digits_reach_full_brightness_and_every_class():
    found = sources.read_digits()
    for split in sources.SPLITS:
        assert found[split].images.shape == (len(found[split].labels), 8, 8)
        assert found[split].images.dtype == np.uint8
        assert found[split].images.max() == 255
        assert set(found[split].labels) == set(range(10))


def test_no_bundled_digit_is_in_two_splits():
    pictures = {split: {image.tobytes() for image in found.images} for split, found in sources.read_digits().items()}
    for one, other in itertools.combinations(sources.SPLITS, 2):
        assert not pictures[one] & pictures[other]
