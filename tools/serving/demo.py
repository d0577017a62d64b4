"""What tools/serve_demo.py shows: the same images answered with a server, and after it was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

import tflite
from tflite.remote.client import ClientOptions, HttpRemote
from tools import native
from tools.serving.process import served


class Shown(NamedTuple):
    """One answer.

    Attributes:
        image: its name.
        label: that was answered.
        truth: the right one, or None.
        part: that answered last.
        there: whether that was on the server.
        bytes: sent and received.
        round_trip_ms: of the server, or None.
        ms: from the call to the answer.
    """

    image: str
    label: str
    truth: str | None
    part: str
    there: bool
    bytes: tuple[int, int]
    round_trip_ms: float | None
    ms: float

    def line(self) -> str:
        """In words."""
        mark = "" if self.truth is None else " (right)" if self.truth == self.label else f" (wrong: {self.truth})"
        where = f"here, by {self.part}"
        if self.there:
            sent, back = self.bytes
            where = f"on the server, by {self.part}: {sent} B sent, {back} B back, {self.round_trip_ms:.1f} ms there"
        return f"  {self.image}: {self.label}{mark}, {self.ms:.1f} ms, {where}"


def shown(name: str, result: tflite.Result, truth: str | None) -> Shown:
    """What a result says."""
    remote = [event for event in result.events if event.kind == "remote"]
    numbers = [event.bytes for event in remote]
    total = (sum(one for one, _ in numbers), sum(other for _, other in numbers))
    trip = sum(event.ms for event in remote) if remote else None
    label = str(result.name)
    return Shown(name, label, truth, result.path[-1], bool(remote), total, trip, result.elapsed_ms)


def with_and_without(
    path: str,
    images: Iterable[tuple[str, np.ndarray, str | None]],
    latency_ms: float,
    say: Callable[[str], None],
) -> tuple[list[Shown], list[Shown]]:
    """Answers images with a server on loopback, kills it, and answers them again.

    Args:
        path: of the bundle.
        images: (name, image, label or None) of each.
        latency_ms: what an answer may take.
        say: is told what happens.

    Returns:
        The answers with the server, and those without.
    """
    bundle, images = tflite.Bundle.load(path), list(images)
    budget = tflite.Budget(latency_ms=latency_ms)
    with served([path]) as server:
        with HttpRemote(bundle, server.address, server.token, ClientOptions(seconds=latency_ms / 1e3)) as remote:
            with native.quiet():
                chain = tflite.Chain(bundle, remote=remote)

            def answers():
                every = []
                for name, image, truth in images:
                    every.append(shown(name, chain.run(image, budget), truth))
                    say(every[-1].line())
                return every

            say(f"the server answers at {server.address}:")
            there = answers()
            server.process.kill()
            server.process.wait()
            say("the server was killed; the same chain goes on:")
            return there, answers()
