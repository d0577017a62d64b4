"""The chain: runs a bundle's program, image by image. Each answer comes with the parts run, their cost and the reason.

One thread uses a chain at a time (see `owner`); give each thread a chain of its own, from one shared `Bundle`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from os import PathLike
from typing import Any

import numpy as np

from ..bundle.files import Bundle
from ..bundle.self_test import check_goldens, require_passed
from ..errors import BundleError, ChainError
from ..program.remote import HandOver, Remote, rehearsing
from .budget import Budget, check_budget, shown
from .evaluation import Evaluation, evaluate
from .governor import Governor, Observation, Reading, reading_source
from .inputs import Inputs, Prepared, Preparer
from .kernels import kernel_faults
from .measure import measure_parts, typical_inputs
from .owner import Owner
from .parts import open_parts
from .programs import Programs
from .result import Result, result_of
from .settings import Settings
from .tables import Tables
from .teaching import teach
from .tracing import Trace, make_trace, path_costs

MAX_THREADS = 1024
Clock = Callable[[], int]  # returns nanoseconds
Parameters = dict[str, float | Sequence[float] | str]


class Chain:
    """A bundle that is ready to run.

    Args:
        bundle: what to run.
        threads: CPU threads of each interpreter.
        remote: runs parts remotely: (part name, dict of input arrays) -> dict of output arrays; if it has a method
            `within(part, inputs, seconds)`, that is told how long it may take. See `remote.client` for one.
        clock: returns nanoseconds.
        warm_up: whether to run and time each part first, on what the goldens feed it; otherwise latency budgets count
            only the time already spent.
        kernels: one of `parts.KERNELS`.
        self_test: whether to run the goldens first, if there are any, and to refuse a bundle that does not reproduce
            them. Remote parts are run for it.
        lazy_parts: whether a part is opened by the run that first reaches it: one that none does takes no memory.

    Raises:
        BundleError: a part does not give what the manifest says, or fails in the warm-up; or the self-test fails.
        ChainError: `main` runs parts remotely, does not say what to do otherwise, and `remote` is None.

    Attributes:
        bundle, manifest: what it runs.
        tables: name -> `Table`, whose rows the device may change.
    """

    def __init__(
        self,
        bundle: Bundle,
        threads: int = 1,
        remote: Remote | None = None,
        clock: Clock = time.perf_counter_ns,
        warm_up: bool = True,
        kernels: str = "xnnpack",
        self_test: bool = False,
        lazy_parts: bool = False,
    ) -> None:
        self.bundle, self.manifest = bundle, bundle.manifest
        if type(threads) is not int or not 1 <= threads <= MAX_THREADS:
            raise ChainError(f"threads: expected a whole number from 1 to {MAX_THREADS}, received {shown(threads)}")
        self._clock, self._remote, self._inputs = clock, remote, None
        self._hand_over = None if remote is None else HandOver(remote, self.manifest.parts)
        self._settings, self._owner = Settings(self.manifest), Owner()
        try:
            self.tables = Tables(bundle, self._owner)
            self._parts = open_parts(bundle, threads, kernels, lazy_parts)
            self._programs = Programs(self.manifest, self._parts, self._hand_over, clock, self._settings, self.tables)
            self._programs.get("main")
        except MemoryError:
            problem = "expected a bundle that fits into memory, received one that does not"
            raise BundleError(problem, file=bundle.path) from None
        self._path_costs = lru_cache(maxsize=256)(partial(path_costs, self.manifest))
        if self_test and self.manifest.goldens is not None:
            require_passed(bundle, self.self_test())
        if warm_up:
            self.measure(runs=5)

    @classmethod
    def load(cls, path: str | PathLike, **options: Any) -> Chain:
        """Loads a bundle from a folder or .zip as a chain: see `Bundle.load`, and the class for the options."""
        return cls(Bundle.load(path), **options)

    def with_kernels(self, kernels: str) -> Chain:
        """A chain on the same bundle and remote parts by other kernels, one of `parts.KERNELS`, without a warm-up."""
        return Chain(self.bundle, remote=self._remote, clock=self._clock, warm_up=False, kernels=kernels)

    def preparer(self, program: str = "main") -> Preparer:
        """What makes the inputs of a program ready before a run, whose clock then does not pay for it."""
        return Preparer(self.manifest, program)

    def run(
        self,
        inputs: Inputs | Prepared,
        budget: Budget | None = None,
        operating_point: str | None = None,
        parameters: Parameters | None = None,
        program: str = "main",
    ) -> Result:
        """Answers for one image, or whatever the bundle's inputs are.

        Args:
            inputs: input -> array; or the array alone, where the program reads one input. A picture is uint8 `[height,
                width]` or `[height, width, channels]`, or normalised float32 of the bundle's shape (a number that no
                pixel comes near is refused; docs/bundle.md, "Inputs"); a vector float32 of its shape. Or what a
                `preparer` made of them.
            budget: what the run may spend; None for no limit.
            operating_point: a name; None is the default one.
            parameters: name -> number or list, or the name of a value; they override those of the operating point.
            program: which of the bundle's programs.

        Raises:
            ChainError: an argument is refused, or another call is under way; nothing was run. Or memory does not
                suffice.
            NoAnswerError: the budget's event was set, or its time was over long before the first exit.
        """
        with self._owner:
            return self._run(inputs, budget, operating_point, parameters, program)

    def teach(
        self,
        label: str,
        examples: Sequence[Inputs],
        operating_point: str | None = None,
        parameters: Parameters | None = None,
        program: str = "teach",
        progress: Callable[[int], None] | None = None,
    ) -> np.ndarray:
        """Adds a row to a table: what the program makes of the examples. Answers use it from the next run on.

        Args:
            label: of the new row.
            examples: at least one; each as `run` takes it.
            operating_point: as for `run`.
            parameters: as for `run`.
            program: the one that gives the row.
            progress: told after every example how many are done; what it raises ends the teaching, without a row.

        Returns:
            The row, float32.

        Raises:
            ChainError: an argument is refused, the table is full or has the label; no row was added.
        """
        return teach(self, label, examples, operating_point, parameters, program, progress)

    def stream(
        self,
        images: Iterable[Inputs],
        budget: Budget | None = None,
        governor: Governor | None = None,
        readings: Iterable[Reading] | Callable[[], Reading] | None = None,
    ) -> Iterator[Result]:
        """Answers for a stream of images. A governor decides before each image and observes each latency.

        Args:
            images: as for `run`.
            budget: of each image, or None.
            governor: of this bundle's operating points; None for the default point.
            readings: one per image (the last one is repeated when they run out), or a function that returns the current
                one; None for a device without sensors.

        Yields:
            A `Result` per image.
        """
        next_reading = reading_source(readings, self._clock)
        for image in images:
            if governor is None:
                yield self.run(image, budget)
                continue
            decision = governor.decide(next_reading())
            result = self.run(image, decision.within(budget), decision.name)
            governor.observe(Observation.of(result))
            yield result

    def evaluate(
        self,
        samples: Iterable[tuple],
        operating_point: str | None = None,
        budget: Budget | None = None,
        parameters: Parameters | None = None,
    ) -> Evaluation:
        """Runs labelled images and summarizes the results; see `evaluation.evaluate`.

        Args:
            samples: (image, label) or (image, label, group).
            operating_point: as for `run`.
            budget: as for `run`.
            parameters: as for `run`.
        """
        return evaluate(self, samples, operating_point, budget, parameters)

    def trace(
        self,
        inputs: Inputs,
        operating_point: str | None = None,
        parameters: Parameters | None = None,
        values: bool = False,
    ) -> Trace:
        """Runs past every exit and records what each would have answered; branches are taken as usual.

        Args:
            inputs: as for `run`.
            operating_point: as for `run`.
            parameters: as for `run`.
            values: whether to keep every named value as well.
        """
        with self._owner:
            self._settings.select(operating_point, parameters)
            ready = self._programs.get("main", tracing=True)
            return make_trace(ready.program, ready.read(inputs), self.tables, values)

    def measure(self, runs: int = 20) -> dict[str, float]:
        """Times every local part; later latency budgets use the medians.

        A part is fed what the bundle's goldens feed it, or zeros (see `measure.typical_inputs`). A remote part is not
        called; it counts with the `latency_us` of the manifest, if it has one.

        Args:
            runs: timed runs per part, after one that is not timed.

        Returns:
            A dict from part name to its median in milliseconds.
        """
        if type(runs) is not int or runs < 1:
            raise ChainError(f"runs: expected a whole number of at least 1, received {shown(runs)}")
        with self._owner:
            medians = measure_parts(self.manifest, self._parts, self._fed, runs, self._clock)
            self._programs.set_latencies(medians)
        return {name: nanoseconds / 1e6 for name, nanoseconds in medians.items()}

    def self_test(self) -> list[str]:
        """Runs the bundle's goldens (docs/bundle.md), which expect tables as they come with the bundle.

        Returns:
            A sentence for each mismatch; an empty list if all agree. A bundle that has one is not to be used here.

        Raises:
            BundleError: the bundle has no goldens, or they cannot be run.
        """
        with self._owner:
            return self._on_goldens(check_goldens, self.bundle)

    def kernel_faults(self) -> list[str]:
        """Runs the parts by all kernels, on what the goldens feed them; see `kernels.kernel_faults`."""
        with self._owner:
            return kernel_faults(self.bundle, self._fed())

    def _fed(self):
        """What goldens feed the parts; when they are run for it, remote parts give zeros."""
        if self._inputs is None:
            with rehearsing(self._hand_over):
                self._inputs = self._on_goldens(typical_inputs, self.bundle, self._parts)
        return self._inputs

    def _on_goldens(self, work, *given):
        try:
            return work(*given, self._run_golden)
        except MemoryError:
            problem = "expected goldens that fit into memory, received some that do not"
            raise BundleError(problem, file=self.bundle.path) from None

    def _run_golden(self, inputs, case):
        return self._run(inputs, None, case.operating_point, case.parameters, case.program)

    def _run(self, inputs, budget, operating_point, parameters, program):
        """A run by whoever owns the chain."""
        begin = self._clock()
        if budget is not None:
            check_budget(budget, self.manifest)
        try:
            self._settings.select(operating_point, parameters)
            ready = self._programs.get(program)
            prepared = ready.read(inputs)
            pace = self._programs.pace
            ready.program.meter.start(begin, budget, pace.slowdown)
            outcome = ready.program.run(prepared)
        except MemoryError:
            raise ChainError("run: expected a run that fits into memory, received one that does not") from None
        end, point = self._clock(), self._settings.point
        slowdown = pace.observe(ready.program.meter.events, end)
        return result_of(ready.program, outcome, end - begin, self.tables, self._path_costs, point, slowdown)
