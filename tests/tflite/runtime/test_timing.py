"""Interleaved timing, with a clock that the test winds."""

import gc

import numpy as np
import pytest

from tests.tflite import bundles
from tflite.bundle.files import Bundle
from tflite.runtime import timing


class Clock:
    """Nanoseconds that pass only when work is done."""

    def __init__(self):
        self.now, self.order = 0, []

    def __call__(self):
        return self.now

    def worker(self, name, milliseconds):
        """A function that takes that long and answers with the image itself."""

        def answer(image):
            self.order.append(name)
            self.now += int(milliseconds * 1e6)
            assert not gc.isenabled()
            return image

        return answer


def test_all_take_turns_at_blocks_and_who_begins_moves_on():
    clock = Clock()
    answers = {"a": clock.worker("a", 1), "b": clock.worker("b", 3)}
    ticks = []
    seen = timing.interleave(answers, [5, 7, 9], 2, block=2, warm_up=1, clock=clock, tick=lambda: ticks.append(1))
    # Blocks of two images and of one, each behind a warm-up: three calls, then two.
    assert "".join(clock.order) == "aaabbb" + "bbaa" + "bbbaaa" + "aabb"
    assert len(ticks) == 4
    assert seen["a"]["ms"].tolist() == [[1, 1, 1]] * 2
    assert seen["b"]["ms"].tolist() == [[3, 3, 3]] * 2
    assert seen["b"]["labels"].tolist() == [5, 7, 9]
    assert gc.isenabled()


def test_the_collector_comes_back_after_an_error():
    def fail(image):
        raise KeyError(image)

    with pytest.raises(KeyError):
        timing.interleave({"a": fail}, [1], 1, warm_up=0)
    assert gc.isenabled()


def test_summary_of_latencies():
    summary = timing.summarise([[1.0, 2.0], [3.0, 4.0]])
    assert summary == {"mean": 2.5, "p50": 2.5, "p90": pytest.approx(3.7), "p99": pytest.approx(3.97)}


def test_ratio_is_taken_round_by_round():
    # The second round ran on a machine twice as slow: the ratios stay.
    ms, base = np.array([[1.0, 3.0], [2.0, 6.0]]), np.array([[4.0, 4.0], [8.0, 8.0]])
    assert timing.ratio(ms, base)["mean"] == {"median": 0.5, "low": 0.5, "high": 0.5}
    three = timing.ratio(np.array([[1.0], [2.0], [9.0]]), np.ones((3, 1)))
    assert three["p50"] == {"median": 2.0, "low": 1.0, "high": 9.0}


def test_bare_invokes_are_timed_part_by_part(tmp_path):
    bundle = Bundle.load(bundles.two_exits(tmp_path))
    latencies = timing.part_latencies(bundle, runs=3)
    assert list(latencies) == list(bundle.manifest.parts)
    assert all(0 < ms < 50 for ms in latencies.values())
