"""Runs that end without an answer: cancelled from outside, or long over their time before the first exit."""

import threading

import numpy as np
import pytest

from tests.tflite.bundles import IDENTITY, image, linear, make, run, two_exits
from tflite.bundle import manifest as m
from tflite.errors import ChainError, NoAnswerError
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain

PIXELS = image(0, 2)
SECOND = 1_000_000_000


class Clock:
    """Moves by `step` nanoseconds at each reading."""

    def __init__(self, step):
        self.now, self.step = 0, step

    def __call__(self):
        self.now += self.step
        return self.now


def remote_bundle(folder, steps, behind=()):
    """A part that runs remotely so many times, then the answer."""
    graphs = {"part": linear(IDENTITY, [0, 0], "logits", (1, 2))}
    call = run("part", {"logits": "logits"}, on="remote")
    fill = m.Fill(output="logits", shape=(1, 2), content=(1.0, 2.0))
    loop = m.Repeat(times=steps, steps=(call,))
    program = [fill, loop, *behind, m.Answer(name="end", gives={"label": "logits"})]
    return make(folder, graphs, program, remote=["part"])


def test_a_run_that_another_thread_cancels_ends_at_its_next_step(tmp_path):
    calls, event = [], threading.Event()

    def part(name, inputs):
        calls.append(name)
        if len(calls) == 3:
            threading.Thread(target=event.set).start()
            event.wait(10)
        return inputs

    chain = Chain.load(remote_bundle(tmp_path, 1000), remote=part)
    with pytest.raises(NoAnswerError, match="received a cancellation before there was one") as caught:
        chain.run(PIXELS, Budget(cancel=event))
    assert (caught.value.reason, len(calls)) == ("cancelled", 3)
    assert isinstance(caught.value, ChainError)
    # The chain goes on, with another event or none.
    assert chain.run(PIXELS, Budget(cancel=threading.Event())).answer.tolist() == [1.0, 2.0]
    assert chain.run(PIXELS).reason == "final"
    with pytest.raises(NoAnswerError):
        chain.run(PIXELS, Budget(cancel=event))


def test_a_run_is_cancelled_behind_an_exit_too(tmp_path):
    event = threading.Event()
    folder = two_exits(tmp_path, threshold=0.99)
    chain = Chain.load(folder, clock=Clock(1000))
    event.set()
    with pytest.raises(NoAnswerError):
        chain.run(PIXELS, Budget(cancel=event))
    meter = chain._programs.get("main").program.meter
    real = meter.check
    looks = []

    def at_the_second_part(now):
        looks.append(now)
        event.set() if len(looks) == 2 else event.clear()
        real(now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(meter), "check", lambda self, now: at_the_second_part(now))
        with pytest.raises(NoAnswerError) as caught:
            chain.run(PIXELS, Budget(cancel=event))
    assert (caught.value.reason, len(looks)) == ("cancelled", 2)


def slow(folder):
    """A chain without an exit, a quarter of a second a part, and the calls of its parts."""
    clock, calls = Clock(0), []

    def part(name, inputs):
        calls.append(name)
        clock.now += SECOND // 4
        return inputs

    return Chain.load(remote_bundle(folder, 1000), remote=part, clock=clock), calls


def test_time_that_is_over_before_the_first_exit_ends_a_run_a_second_later(tmp_path):
    chain, calls = slow(tmp_path)
    with pytest.raises(NoAnswerError) as caught:
        chain.run(PIXELS, Budget(latency_ms=500))
    # 0.5 s and the second of grace are six calls; at the seventh look they are over by none, at the eighth by 0.25 s.
    assert (caught.value.reason, len(calls)) == ("latency", 7)
    assert str(caught.value) == "run: expected an answer within 1500 ms, received none after 1750 ms"
    calls.clear()
    assert chain.run(PIXELS, Budget(latency_ms=1e9)).reason == "final"
    assert chain.run(PIXELS, Budget(macs=1)).reason == "final"
    assert len(calls) == 2000


def test_a_deadline_ends_a_run_before_the_first_exit(tmp_path):
    chain, calls = slow(tmp_path)
    with pytest.raises(NoAnswerError) as caught:
        chain.run(PIXELS, Budget(deadline_ms=1000))
    # At the fifth look a second is over by none, at the sixth by a quarter.
    assert (caught.value.reason, len(calls)) == ("latency", 5)
    assert str(caught.value) == "run: expected an answer within 1000 ms, received none after 1250 ms"
    calls.clear()
    with pytest.raises(NoAnswerError):
        chain.run(PIXELS, Budget(latency_ms=1e9, deadline_ms=1))
    assert len(calls) == 1


def test_exits_look_at_the_deadline_too(tmp_path):
    """With one answer passed there is no error: the next one answers, if the way behind it is too long."""
    chain = Chain.load(two_exits(tmp_path, threshold=0.99), clock=Clock(SECOND // 10), warm_up=False)
    result = chain.run(PIXELS, Budget(deadline_ms=250))
    assert (result.exit, result.reason) == ("early", "latency")
    assert chain.run(PIXELS, Budget(deadline_ms=1e6)).reason == "final"


def test_the_way_to_the_first_exit_is_gone_within_the_second(tmp_path):
    chain = Chain.load(two_exits(tmp_path), clock=Clock(SECOND // 4), warm_up=False)
    result = chain.run(PIXELS, Budget(latency_ms=1e-6))
    assert (result.exit, result.reason) == ("early", "latency")


def test_behind_an_exit_no_run_ends_by_time_without_an_answer(tmp_path):
    # The parts ahead count nothing without a warm-up: the run goes on, is late, and answers.
    chain = Chain.load(two_exits(tmp_path, threshold=0.99), clock=Clock(SECOND), warm_up=False)
    assert chain.run(PIXELS, Budget(latency_ms=3500)).reason == "final"


def test_crops_look_at_the_clock(tmp_path):
    crop = m.Crop(value="image", at="at", output="piece", size=(1, 2))
    at = m.Fill(output="at", shape=(4,), content=(0.0, 0.0, 1.0, 1.0))
    program = [at, crop, crop, crop, run("part", {"image": "piece"}), m.Answer(name="end", gives={"label": "logits"})]
    chain = Chain.load(make(tmp_path, {"part": linear(IDENTITY, [0, 0])}, program), clock=Clock(SECOND), warm_up=False)
    with pytest.raises(NoAnswerError):
        chain.run(PIXELS, Budget(latency_ms=1500))
    assert chain.run(PIXELS).answer.dtype == np.float32
