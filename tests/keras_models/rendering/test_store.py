"""What is drawn is kept, and drawn once; choices are the same everywhere. Nothing is rendered here."""

import os
from dataclasses import dataclass

import pytest

from keras_models.rendering import renderer, store
from keras_models.rendering.store import Draws


@dataclass(frozen=True)
class Counting:
    """Draws three bytes, and notes what it drew."""

    seed: int = 0
    size = 3
    apart = False
    drawn = []

    def record(self, split, index):
        self.drawn.append((split, index))
        return bytes([self.seed, split, index])


@pytest.fixture
def painter(monkeypatch):
    monkeypatch.setattr(renderer, "check", lambda: None)
    monkeypatch.setattr(Counting, "drawn", [])
    return Counting()


def test_records_come_in_order_and_are_drawn_once(painter, tmp_path):
    file = tmp_path / "folder" / "drawn"
    assert list(store.records(painter, 1, 3, file)) == [bytes([0, 1, index]) for index in range(3)]
    assert list(store.records(painter, 1, 5, file)) == [bytes([0, 1, index]) for index in range(5)]
    assert painter.drawn == [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]
    list(store.records(painter, 2, 1, file))
    assert painter.drawn[-1] == (2, 0), "another split has pictures of its own"
    store.forget(file)
    assert list(file.parent.iterdir()) == []
    store.forget(file)


def test_who_is_interrupted_goes_on_from_there(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_AT_ONCE", 4)
    shown = []

    def progress(items, total):
        shown.append(total)
        return items

    class Interrupted(Counting):
        def record(self, split, index):
            if index == 9 and len(self.drawn) == 9:
                raise KeyboardInterrupt
            return super().record(split, index)

    fragile = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        list(store.records(fragile, 0, 12, tmp_path / "drawn", progress))
    assert list(store.records(fragile, 0, 12, tmp_path / "drawn", progress)) == [bytes([0, 0, i]) for i in range(12)]
    assert shown == [12, 4], "eight of nine were written, four at a time"


def test_what_decides_a_picture_is_in_its_key(monkeypatch):
    keys = {store.key(Counting(seed), split, index) for seed in (0, 1) for split in (0, 1) for index in (0, 1)}
    assert len(keys) == 8
    monkeypatch.setattr(renderer, "VERSION", -1)
    assert store.key(Counting(), 0, 0) not in keys


def test_without_mitsuba_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mitsuba", None)
    renderer._mitsuba.cache_clear()
    with pytest.raises(renderer.CannotRender, match="^rendering needs Mitsuba 3 and trimesh: .*; received .*mitsuba"):
        list(store.records(Counting(), 0, 1, tmp_path / "drawn"))


@dataclass(frozen=True)
class Apart:
    """Notes the process that draws."""

    size = 8
    apart = True

    def record(self, split, index):
        del split, index
        return os.getpid().to_bytes(8, "little")


def test_what_may_not_meet_tensorflow_is_drawn_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(renderer, "check", lambda: None)
    monkeypatch.setenv(store.PROCESSES, "2")
    drew = {int.from_bytes(one, "little") for one in store.records(Apart(), 0, 20, tmp_path / "drawn")}
    assert os.getpid() not in drew and len(drew) <= 2


def test_measuring_draws_what_it_is_told_and_what_is_loaded_once_before(painter):
    seconds, processor = store.measured(painter, 3)
    assert painter.drawn == [(0, 3), (0, 0), (0, 1), (0, 2)]
    assert 0 < seconds < 1 and 0 <= processor < 1
    assert min(store.measured(Apart(), 2)) >= 0


def test_draws_keep_to_their_bounds_and_their_key():
    draws = Draws(3, 1)
    numbers = [draws.below(5) for _ in range(200)]
    assert set(numbers) == set(range(5))
    again = Draws(3, 1)
    assert [again.below(5) for _ in range(200)] == numbers
    other = Draws(3, 2)
    assert [other.below(5) for _ in range(200)] != numbers
    assert all(2 <= draws.between(2, 3) < 3 for _ in range(100))
    assert 40 < sum(draws.chance(0.3) for _ in range(200)) < 80
    assert all(0 <= one <= 1 for one in draws.colour((0.0, 0.5, 1.0), 0.2))
    assert draws.among("a") == "a"
