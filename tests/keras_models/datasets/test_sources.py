"""Source pictures go to one split each."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_models.datasets import sources


def test_digits_are_shared_out_once_each():
    assigned = sources.assign_digits(1797)
    counts = {split: len(rows) for split, rows in assigned.items()}
    assert counts == {"train": 988, "validation": 225, "test": 360, "held_out": 224}
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
    assert ends == [(0, 53_999), (54_000, 56_999), (57_000, 59_999)]
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


def numbers(assigned, count):
    """The pictures of each split, by number: of `assign_digits`, or of the original's train pictures."""
    if all(isinstance(rows, np.ndarray) for rows in assigned.values()):
        return {split: rows.tolist() for split, rows in assigned.items()}
    return {split: list(range(count))[rows] for split, (origin, rows) in assigned.items() if origin == "train"}


@pytest.mark.parametrize("assign", [sources.assign_digits, sources.assign_original])
@given(count=st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_however_few_there_are_every_picture_is_in_one_split(assign, count):
    shared_out = numbers(assign(count), count)
    assert sorted(itertools.chain.from_iterable(shared_out.values())) == list(range(count))


@pytest.mark.parametrize(
    ("count", "shares"),
    # 55 %, up to 80 %, of which the second half is held out, one at least; the rest.
    [
        (0, (0, 0, 0, 0)),
        (1, (0, 0, 1, 0)),
        (2, (1, 0, 1, 0)),
        (4, (2, 0, 1, 1)),
        (40, (22, 5, 8, 5)),
        (100, (55, 13, 20, 12)),
    ],
)
def test_shares_of_digits_by_hand(count, shares):
    assigned = sources.assign_digits(count)
    assert tuple(len(assigned[split]) for split in sources.SPLITS) == shares


def test_bundled_digits_are_scaled_to_bytes_by_rounding():
    """Sixteen levels and zero: 16 is 255, 8 is 127.5 and rounds up, 1 is 15.9."""
    levels = np.unique(np.concatenate([found.images.ravel() for found in sources.read_digits().values()]))
    assert levels.tolist() == [(level * 255 + 8) // 16 for level in range(17)]
    assert (levels[1], levels[8], levels[16]) == (16, 128, 255)


def test_an_original_is_read_once_and_cut(monkeypatch):
    from keras_models.datasets import storage

    read = []

    def arrays(builder, split):
        read.append((builder, split))
        images = np.arange(20 if split == "train" else 3, dtype=np.uint8)
        return {"image": np.tile(images[:, None, None, None], (1, 2, 2, 1)), "label": images % 10}

    monkeypatch.setattr(storage, "prepare", lambda name, folder: (name, folder))
    monkeypatch.setattr(storage, "read", arrays)
    found = sources.read_original("mnist", "folder")
    assert read == [(("mnist", "folder"), "train"), (("mnist", "folder"), "test")]
    assert [found[split].labels.tolist() for split in ("validation", "held_out", "test")] == [[8], [9], [0, 1, 2]]
    assert found["train"].images.shape == (18, 2, 2) and found["train"].labels.dtype == np.int64
    assert found["held_out"].images[0].tolist() == [[19, 19], [19, 19]]
