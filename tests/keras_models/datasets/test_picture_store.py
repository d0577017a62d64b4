"""Pictures that are decoded once and kept: gone on with, made again where they are damaged, within a bound."""

import hashlib
import os

import numpy as np
import pytest

from keras_models.datasets import picture_store
from keras_models.datasets.picture_files import KINDS
from keras_models.datasets.picture_store import PictureStore
from tests.keras_models.datasets.photos import photo

SHAPE = (8, 12, 3)
BYTES = 8 * 12 * 3


def stamp(number):
    return hashlib.sha256(f"stamp {number}".encode()).digest()


def digest(number):
    return hashlib.sha256(f"content {number}".encode()).digest()


class Photos:
    """Numbered photos to be decoded; which of them have been is noted. broken: of them there is no picture."""

    def __init__(self, numbers, broken=(), interrupted_at=None):
        self.numbers, self.broken, self.interrupted_at, self.opened = list(numbers), broken, interrupted_at, []

    def open_some(self, rows):
        for row in rows:
            if row == self.interrupted_at:
                raise KeyboardInterrupt
            yield lambda number=self.numbers[row]: self._open(number)

    def _open(self, number):
        self.opened.append(number)
        if number in self.broken:
            raise OSError("broken")
        return photo(number), digest(number)

    def prepare(self, origin="photos", shape=SHAPE, **more):
        return PictureStore(origin).prepare([stamp(number) for number in self.numbers], shape, self.open_some, **more)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """A cache of its own."""
    monkeypatch.setenv("FRUGAL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures-1"


def pixels(numbers, shape=SHAPE):
    return PictureStore("photos").pixels([digest(number) for number in numbers], shape)


def test_a_picture_is_decoded_once(cache):
    first = Photos(range(10), broken=(3,))
    facts = first.prepare()
    assert sorted(first.opened) == list(range(10))
    assert facts.digests[4] == digest(4) and facts.readable.tolist() == [number != 3 for number in range(10)]
    assert facts.thumbnails.shape == (10, 16, 16, 3) and not facts.kinds.any()
    np.testing.assert_array_equal(pixels([7, 2])[1], photo(2).resize((12, 8), 2))
    again = Photos(range(10), broken=(3,))
    same = again.prepare()
    assert again.opened == [] and same.digests == facts.digests
    np.testing.assert_array_equal(same.thumbnails, facts.thumbnails)
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    assert folder.name.startswith("photos-") and {path.name for path in folder.iterdir()} == {
        "facts",
        "8x12x3",
        ".lock",
    }
    assert (folder / "8x12x3").stat().st_size == 9 * (BYTES + 36) and (folder / "facts").stat().st_size == 10 * 838


def test_another_size_and_another_picture_are_decoded_alone():
    Photos(range(5)).prepare()
    grown = Photos(range(7))
    grown.prepare()
    assert sorted(grown.opened) == [5, 6]
    small = Photos(range(7))
    small.prepare(shape=(4, 4, 1))
    assert sorted(small.opened) == list(range(7)) and pixels([6], (4, 4, 1)).shape == (1, 4, 4, 1)
    assert PictureStore("photos").has_all([digest(6)], SHAPE) and not PictureStore("photos").has_all([digest(9)], SHAPE)
    for _ in range(2):  # what nobody asks for any more is forgotten, but not at once
        assert Photos([1]).prepare().readable.tolist() == [True]


def test_who_was_interrupted_goes_on():
    first = Photos(range(200), interrupted_at=150)
    with pytest.raises(KeyboardInterrupt):
        first.prepare()
    assert len(first.opened) == 128, "two lots of 64"
    second = Photos(range(200))
    facts = second.prepare()
    assert sorted(second.opened) == list(range(128, 200)) and facts.readable.all()
    np.testing.assert_array_equal(pixels([0, 199]), [photo(number).resize((12, 8), 2) for number in (0, 199)])


@pytest.mark.parametrize("name", ["facts", "8x12x3"])
@pytest.mark.parametrize(
    "damage", [lambda text: text[:-5], lambda text: text[:50] + b"???" + text[53:], lambda text: b""]
)
def test_what_is_damaged_is_made_again(cache, name, damage):
    Photos(range(6)).prepare()
    before = pixels(range(6))
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    again = Photos(range(6))
    again.prepare()
    assert 1 <= len(again.opened) <= 6
    np.testing.assert_array_equal(pixels(range(6)), before)


def test_pairs_are_kept_and_made_again_when_they_are_others_or_damaged(monkeypatch):
    photos = Photos([0, 1, 2, 3, 4, 30])
    photos._open = lambda number: (photo(number % 27), digest(number % 27))
    facts, store = photos.prepare(), PictureStore("photos")
    assert facts.digests[3] == facts.digests[5]
    assert store.couples(facts).tolist() == [[3, 5]]
    calls = []
    pairs = picture_store.near_duplicates.pairs
    monkeypatch.setattr(picture_store.near_duplicates, "pairs", lambda given: calls.append(len(given)) or pairs(given))
    assert store.couples(facts).tolist() == [[3, 5]] and calls == []
    (store.folder / "pairs").write_bytes(b"damaged")
    assert store.couples(facts).tolist() == [[3, 5]] and calls == [6]
    other = Photos([7, 8], broken=(7,)).prepare()
    assert store.couples(other).shape == (0, 2) and calls == [6, 1]


def test_progress_counts_what_is_to_be_decoded():
    told = []

    def progress(items, description, total):
        told.append((description, total))
        return items

    Photos(range(3)).prepare(progress=progress)
    Photos(range(5)).prepare(progress=progress)
    assert told == [("reading photos", 3), ("reading photos", 2)]


def test_kinds_are_kept(tmp_path):
    photos = Photos([0])
    photos._open = lambda number: (photo(number).convert("LA"), digest(number))
    assert photos.prepare().kinds.tolist() == [1 << KINDS.index("grey") | 1 << KINDS.index("transparent")]


def test_more_than_may_be_kept_is_refused(monkeypatch, cache):
    monkeypatch.setenv("FRUGAL_CACHE_GB", "0.000002")
    with pytest.raises(ValueError) as caught:
        Photos(range(10)).prepare()
    assert str(caught.value) == (
        f"photos: expected pictures that take at most 2e-06 GB in {cache}, received 10 of 8x12x3, 1.16e-05 GB: "
        "set FRUGAL_CACHE_GB"
    )
    monkeypatch.setenv("FRUGAL_CACHE_GB", "much")
    with pytest.raises(ValueError, match="expected FRUGAL_CACHE_GB as a number of gigabytes, received 'much'"):
        Photos(range(10)).prepare()


def test_what_was_used_longest_ago_makes_room(monkeypatch, cache):
    for origin in ("first", "second", "third"):
        Photos(range(10)).prepare(origin)
    for age, origin in enumerate(("third", "first", "second")):
        os.utime(PictureStore(origin).folder, (1000 + age, 1000 + age))
    size = 10 * (BYTES + 36 + 838) / 1e9
    monkeypatch.setenv("FRUGAL_CACHE_GB", f"{3.5 * size:.9f}")
    Photos(range(10)).prepare("fourth")
    assert [PictureStore(name).folder.exists() for name in ("first", "second", "third", "fourth")] == [
        True,
        True,
        False,
        True,
    ]


def test_where_nothing_can_be_written_they_are_kept_as_long_as_the_process(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FRUGAL_CACHE_DIR", str(tmp_path / "file"))
    Photos(range(3)).prepare()
    assert PictureStore("photos").folder.parent.name.startswith("frugal-pictures-")
    assert pixels([2]).shape == (1, *SHAPE)
    picture_store._temporary().cleanup()
    picture_store._temporary.cache_clear()


def test_the_cache_is_where_caches_are(monkeypatch, tmp_path):
    monkeypatch.delenv("FRUGAL_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert PictureStore("a/b c").folder.parent == tmp_path / "xdg" / "frugal" / "pictures-1"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert PictureStore("a/b c").folder.parent == tmp_path / "home" / ".cache" / "frugal" / "pictures-1"
    assert (
        PictureStore("a/b c").folder.name.startswith("b_c-")
        and PictureStore("b c").folder != PictureStore("a/b c").folder
    )
