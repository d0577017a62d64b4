"""Micro-batches: requests that are there at the same time are answered together."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from tools.serving.batched_models import Arrays


class QueueFullError(Exception):
    """No more requests can wait."""


@dataclass(slots=True)
class Waiting:
    """A request, and who waits for its answer."""

    inputs: Arrays
    answer: asyncio.Future
    since: float = field(default_factory=time.monotonic)


class Batcher:
    """Answers requests for one part, several at once where several are there.

    A request that is alone is run at once. Where others are being run it waits for more, a bounded time.

    Args:
        run: outputs of each of a list of requests; called in a thread.
        executor: the threads, which batchers share.
        most: requests at once.
        wait_s: how long a request waits for others at most.
        queue: requests that wait at most.
        observe: is told the size of every batch.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Arrays]], list[Arrays]],
        executor: Executor,
        most: int,
        wait_s: float,
        queue: int,
        observe: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._run, self._executor, self._observe = run, executor, observe
        self._most, self._wait, self._queue = most, wait_s, queue
        self._waiting: deque[Waiting] = deque()
        self._running: set[asyncio.Task] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._threads = getattr(executor, "_max_workers", 1)

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return len(self._waiting)

    async def ask(self, inputs: Arrays) -> Arrays:
        """The outputs for inputs.

        Raises:
            QueueFullError: too many wait already.
        """
        if len(self._waiting) >= self._queue:
            raise QueueFullError
        one = Waiting(inputs, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._go()
        return await one.answer

    def _go(self) -> None:
        """Begins as many batches as there are threads for; sets the clock for what waits for others."""
        while self._waiting and len(self._running) < self._threads:
            left = self._waiting[0].since + self._wait - time.monotonic()
            if self._running and len(self._waiting) < self._most and left > 0:
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(left, self._ring)
                return
            count = min(self._most, len(self._waiting))
            # Who gave up, because its time was over or its connection ended, is not run for.
            batch = [one for one in (self._waiting.popleft() for _ in range(count)) if not one.answer.done()]
            if batch:
                task = asyncio.ensure_future(self._answer(batch))
                self._running.add(task)
                task.add_done_callback(self._ended)

    def _ring(self) -> None:
        self._timer = None
        self._go()

    def _ended(self, task: asyncio.Task) -> None:
        self._running.discard(task)
        self._go()

    async def _answer(self, batch: list[Waiting]) -> None:
        self._observe(len(batch))
        try:
            loop = asyncio.get_running_loop()
            outputs = await loop.run_in_executor(self._executor, self._run, [one.inputs for one in batch])
        except Exception as error:  # whatever it is, those who wait have to hear of it
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, output in zip(batch, outputs, strict=True):
            if not one.answer.done():
                one.answer.set_result(output)
