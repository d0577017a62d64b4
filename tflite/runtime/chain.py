"""The chain: runs a bundle's program image by image, and says of every answer what was run, its cost, and its reason.

A chain belongs to one thread; give each thread a chain of its own, from one shared `Bundle`.
"""

from __future__ import annotations

import time
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from ..bundle.check_program import walk
from ..bundle.files import Bundle
from ..bundle.goldens import check_goldens
from ..errors import ChainError
from ..program.program import Program
from ..program.rules import softmax
from ..program.tracing import make_trace
from .budget import Budget
from .evaluation import evaluate
from .governor import Reading
from .image import ImageReader
from .measure import measure_parts
from .parts import open_parts
from .settings import Settings


class Result(NamedTuple):
    """One answer.

    Attributes:
        label: class index; name: its label.
        probabilities: float32 `[classes]`.
        path: names of the parts run, in order.
        exit: name of the exit or answer.
        reason: "rule", "final", "latency", "macs" or "energy".
        macs: multiply-adds of the parts run, by the manifest.
        costs: the same for every unit of the manifest.
        elapsed_ms: from the call to the answer.
        part_ms: (part, milliseconds) of every part run, in order.
        operating_point: the name of the one in use.
        answer: float32 `[classes]`, the value answered with, dequantized.
    """

    label: int
    name: str
    probabilities: np.ndarray
    path: tuple[str, ...]
    exit: str
    reason: str
    macs: int
    costs: dict
    elapsed_ms: float
    part_ms: tuple
    operating_point: str
    answer: np.ndarray


class Chain:
    """A bundle that is ready to run on this thread.

    Args:
        bundle: a `Bundle`.
        threads: CPU threads of each interpreter.
        remote: function (part name, dict of input arrays) -> dict of output arrays, for parts that run remotely.
        clock: function that returns nanoseconds.
        warm_up: whether to run and time each part first; without, latency budgets know only what has been spent.

    Raises:
        BundleError: a part does not fit the manifest.
        ChainError: the program runs parts remotely and `remote` is None.
    """

    def __init__(self, bundle, threads=1, remote=None, clock=time.perf_counter_ns, warm_up=True):
        self.bundle, self.manifest = bundle, bundle.manifest
        if remote is None and (missing := remote_parts(self.manifest.program)):
            raise ChainError(f"remote: expected a function (part, inputs) -> outputs for {missing}, received None")
        self._clock, self._remote = clock, remote
        self._parts = open_parts(bundle, threads)
        self._program = self._compile(tracing=False)
        self._tracer = None
        self._read_image = ImageReader(self.manifest.input, self._program.image_tensor)
        self._settings = Settings(self.manifest)
        self._program.set_parameters(self._settings.values)
        self._path_costs = lru_cache(maxsize=256)(partial(path_costs, self.manifest))
        self._has_energy = all("energy_uj" in part.costs for part in self.manifest.parts.values())
        if warm_up:
            self.measure(runs=5)

    @classmethod
    def load(cls, path, threads=1, remote=None, clock=time.perf_counter_ns, warm_up=True):
        """Loads a bundle from a folder or .zip and makes a chain of it; see `Bundle.load` and the class."""
        return cls(Bundle.load(path), threads, remote, clock, warm_up)

    def run(self, image, budget=None, operating_point=None, parameters=None):
        """Answers for one image.

        Args:
            image: uint8 `[height, width]` or `[height, width, channels]`, or normalised float32 of the bundle's shape.
            budget: a `Budget`, or None for no limit.
            operating_point: a name; None is the default one.
            parameters: name -> number or list, on top of the operating point.

        Returns:
            A `Result`.

        Raises:
            ChainError: any argument is not what it should be; nothing has been run then.
        """
        outcome, elapsed = self._run(image, budget, operating_point, parameters)
        return self._result(outcome, elapsed)

    def stream(self, images, budget=None, governor=None, readings=None):
        """Answers for image after image; with a governor, it decides before each and is told each latency.

        Args:
            images: iterable of images.
            budget: a `Budget` for each image, or None.
            governor: a `Governor` over this bundle's operating points, or None for the default point.
            readings: iterable of `Reading`s, one an image (the last is kept when they run out), or a function that
                returns one; None is a device that knows nothing.

        Yields:
            A `Result` an image.
        """
        next_reading = _reading_source(readings)
        for image in images:
            point = None if governor is None else governor.decide(next_reading()).name
            result = self.run(image, budget, point)
            if governor is not None:
                governor.observe(result.elapsed_ms)
            yield result

    def evaluate(self, samples, operating_point=None, budget=None, parameters=None):
        """Runs labelled images and sums up; see `evaluation.evaluate`.

        Args:
            samples: iterable of (image, label) or (image, label, group).
            operating_point, budget, parameters: as for `run`.

        Returns:
            An `Evaluation`.
        """
        return evaluate(self, samples, operating_point, budget, parameters)

    def trace(self, image, operating_point=None, parameters=None, values=False):
        """Runs on through every exit and says what each would have answered; branches are taken as usual.

        Args:
            image, operating_point, parameters: as for `run`.
            values: whether to keep every named value as well.

        Returns:
            A `Trace`.
        """
        if self._tracer is None:
            self._tracer = self._compile(tracing=True)
            self._trace_image = ImageReader(self.manifest.input, self._tracer.image_tensor)
        self._select(operating_point, parameters)
        self._tracer.set_parameters(self._settings.values)
        return make_trace(self._tracer, self._trace_image(image), self.manifest, values)

    def measure(self, runs=20):
        """Times every local part on zeros, and uses the medians for the deadlines of later runs.

        A remote part counts with the `latency_us` of the manifest, if it has one.

        Args:
            runs: timed runs a part, after one that is not.

        Returns:
            A dict from part name to its median in milliseconds.
        """
        if type(runs) is not int or runs < 1:
            raise ChainError(f"runs: expected a whole number of at least 1, received {runs!r}")
        medians = measure_parts(self.manifest, self._parts, runs, self._clock)
        self._program.set_latencies(medians)
        return {name: nanoseconds / 1e6 for name, nanoseconds in medians.items()}

    def self_test(self):
        """Runs the bundle's goldens; see `goldens.check_goldens`.

        Returns:
            A list of sentences, one a mismatch; empty when everything agrees.
        """
        return check_goldens(self)

    def run_typed(self, image, operating_point=None):
        """`run`, with the type of the value answered with ("int8", "float32", ...): (result, type)."""
        outcome, elapsed = self._run(image, None, operating_point, None)
        return self._result(outcome, elapsed), outcome.type

    def _compile(self, tracing):
        return Program(self.manifest, self.bundle.facts, self._parts, self._remote, self._clock, tracing)

    def _run(self, image, budget, operating_point, parameters):
        """Returns the `Outcome` and the elapsed nanoseconds."""
        begin = self._clock()
        if budget is not None:
            self._check_budget(budget)
        self._select(operating_point, parameters)
        prepared = self._read_image(image)
        self._program.meter.start(begin, budget)
        outcome = self._program.run(prepared)
        return outcome, self._clock() - begin

    def _select(self, operating_point, parameters):
        if self._settings.select(operating_point, parameters):
            self._program.set_parameters(self._settings.values)

    def _check_budget(self, budget):
        if not isinstance(budget, Budget):
            raise ChainError(f"budget: expected a Budget or None, received {type(budget).__name__}")
        if budget.energy_uj is not None and not self._has_energy:
            raise ChainError(
                f"budget energy_uj: expected None, for this bundle's parts carry no energy_uj, "
                f"received {budget.energy_uj!r}"
            )

    def _result(self, outcome, elapsed):
        meter, numbers = self._program.meter, outcome.numbers
        label = numbers.index(max(numbers))
        probabilities = softmax(numbers) if outcome.activation == "softmax" else numbers
        path = tuple([name for name, _ in meter.timings])
        return Result(
            label=label,
            name=self.manifest.task.labels[label],
            probabilities=np.array(probabilities, np.float32),
            path=path,
            exit=outcome.name,
            reason=outcome.reason,
            macs=int(meter.macs),
            costs=dict(self._path_costs(path)),
            elapsed_ms=elapsed / 1e6,
            part_ms=tuple([(name, nanoseconds / 1e6) for name, nanoseconds in meter.timings]),
            operating_point=self._settings.point,
            answer=np.array(numbers, np.float32),
        )


def path_costs(manifest, path):
    """Sums the costs of the parts of a path, by unit."""
    parts = manifest.parts
    return {unit: sum([parts[name].costs[unit] for name in path]) for unit in next(iter(parts.values())).costs}


def remote_parts(steps):
    """Names of the parts that a list of steps runs remotely, each once."""
    return list(dict.fromkeys(step.part for step in walk(steps) if getattr(step, "on", "local") == "remote"))


def _reading_source(readings):
    """A function that returns the next reading, whatever form they were given in."""
    if callable(readings):
        return readings
    source, last = iter(readings if readings is not None else ()), Reading()

    def following():
        nonlocal last
        last = next(source, last)
        return last

    return following
