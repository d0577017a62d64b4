"""Extremes of activations: observed once on the float chain, read in several ways, the best chosen by a held-out score.

One pass with the extremes over the first images is a lottery: a few images more or less move the accuracy by points,
and exits by more. So every candidate makes a whole int8 chain, and the chain whose answers are nearest to the float
ones, over all exits, on images that were not used to calibrate, is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..batched.batch_run import Visit
from ..batched.executor import Session
from ..batched.outcomes import Outcomes
from ..batched.steps import inner_lists, walk
from ..batched.units import UnitRunner
from ..graph import flatbuffer
from .export import ConversionError


@dataclass(frozen=True)
class Candidate:
    """A way to read a range from observations.

    Attributes:
        samples: how many of the images that reach a unit count, the first ones.
        quantile: of the images' own extremes; 1.0 takes the largest.
    """

    samples: int
    quantile: float

    def __str__(self) -> str:
        return f"{self.samples} images, {self.quantile:g} quantile of their extremes"


CANDIDATES = tuple(Candidate(samples, q) for samples in (64, 256) for q in (1.0, 0.99, 0.9))

WIDEST = max(CANDIDATES, key=lambda c: (c.samples, c.quantile))


@dataclass
class Observations:
    """What was seen of activations.

    Attributes:
        extremes: (unit, tensor index) -> `[samples that reached the unit, 2]` of lowest and highest.
        notes: sentences about units that no sample reached by itself.
    """

    extremes: dict[tuple[str, int], np.ndarray]
    notes: tuple[str, ...] = ()

    def range(self, key: tuple[str, int], candidate: Candidate) -> tuple[float, float]:
        """The range of a tensor as that candidate reads it, always holding zero."""
        seen = self.extremes[key][: candidate.samples]
        low = np.quantile(seen[:, 0], 1.0 - candidate.quantile)
        high = np.quantile(seen[:, 1], candidate.quantile)
        return min(float(low), 0.0), max(float(high), 1e-6)


def observe(session: Session, units: Mapping[str, bytes]) -> Observations:
    """Run a float chain and note the extremes of every activation of the given units, on the samples that reach each.

    The samples go the way of the parameters' defaults, past all exits. The units on a side that no sample takes are
    observed on all samples that came to the decision, as if they went there.
    """
    watch = _Watch(units, session.samples)
    outcomes = session.run(trace=True, before_run=watch.visit)
    watch.close()
    notes, came, covered = [], {}, set()
    _cover(outcomes, {}, came, covered)
    while (place := _uncovered(session.executor.program, came, covered)) is not None:
        where, step, side = place
        force = came[where] | {where: side}
        outcomes = session.run(trace=True, force=force, before_run=watch.visit)
        if late := watch.close():
            said = f"no calibration image takes {where}.{side} (a {step['op']})"
            verb = "is" if len(late) == 1 else "are"
            notes.append(f"{said}: {', '.join(late)} {verb} calibrated on images that do not go there")
        covered.add((where, side))
        _cover(outcomes, force, came, covered)
    if missing := sorted(set(units) - watch.observed):
        raise ConversionError(f"expected samples that reach each part, received none that reach {', '.join(missing)}")
    return Observations(watch.extremes(), tuple(notes))


class _Watch:
    """Extremes of the activations of units, over the visits of one run after another."""

    def __init__(self, units: Mapping[str, bytes], samples: int):
        self._units, self._samples = units, samples
        self._runners: dict[str, tuple[UnitRunner, list[int]]] = {}
        self._seen: dict[str, np.ndarray] = {}  # unit -> [activations, samples, 2], NaN where a sample did not come
        self.observed: set[str] = set()

    def visit(self, visit: Visit) -> None:
        """Look at a unit that no earlier run has reached."""
        name = visit.step["part"]
        if name not in self._units or name in self.observed:
            return
        if name not in self._runners:
            indices = activations(self._units[name])
            self._runners[name] = UnitRunner(self._units[name], inspect=True), indices
            self._seen[name] = np.full((len(indices), self._samples, 2), np.nan, np.float32)
        runner, indices = self._runners[name]
        found = np.array(runner.reduce(runner.feeds(visit.inputs), indices, lambda t: (t.min(), t.max())))
        seen = self._seen[name]
        seen[:, visit.rows, 0] = np.fmin(seen[:, visit.rows, 0], found[..., 0])
        seen[:, visit.rows, 1] = np.fmax(seen[:, visit.rows, 1], found[..., 1])

    def close(self) -> list[str]:
        """End a run; the units that it was the first to reach."""
        late = [name for name in self._seen if name not in self.observed]
        self.observed.update(late)
        return late

    def extremes(self) -> dict[tuple[str, int], np.ndarray]:
        """What was seen: (unit, tensor index) -> `[samples that came, 2]`."""
        return {
            (name, index): array[~np.isnan(array[:, 0])]
            for name, seen in self._seen.items()
            for index, array in zip(self._runners[name][1], seen, strict=True)
        }


def _cover(outcomes: Outcomes, force: dict[str, str], came: dict[str, dict[str, str]], covered: set) -> None:
    """Note the decisions that samples came to, with what was forced to bring them there, and the sides they took."""
    reached = {event.where for event in outcomes.events}  # a run that may fail has no other side to tell it by
    for where, sides in outcomes.sides().items():
        if where in reached:
            came.setdefault(where, force)
            covered |= {(where, side) for side, count in sides.items() if count}


def _uncovered(program: list[dict], came: dict, covered: set) -> tuple[str, dict, str] | None:
    """The first side that nobody took of a decision that samples came to: path, step and side."""
    for where, step in walk(program):
        if step["op"] in ("branch", "select", "run") and where in came:
            for side, _ in inner_lists(step):
                if (where, side) not in covered:
                    return where, step, side
    return None


def activations(content: bytes) -> list[int]:
    """Indices of the float tensors of a unit that are computed or fed, not constant."""
    model = flatbuffer.load(content)
    tensors = flatbuffer.only_subgraph(model, "the unit").tensors
    return [
        i
        for i, tensor in enumerate(tensors)
        if flatbuffer.form(tensor).type == 0 and flatbuffer.constant(model, tensor) is None
    ]


def divergence(reference: Outcomes, outcomes: Outcomes) -> float:
    """Mean Kullback-Leibler divergence, in nats, of the answers of a trace from those of another.

    The mean over the samples of each exit and answer, and then over all exits and answers that samples passed; the
    second trace must have taken the ways of the first.
    """
    before, after = reference.answers(), outcomes.answers()
    return float(np.mean([np.mean(_kl(logits, after[name][1])) for name, (_, logits) in before.items()]))


def _kl(reference: np.ndarray, logits: np.ndarray) -> np.ndarray:
    p, q = _log_softmax(reference.astype("float64")), _log_softmax(logits.astype("float64"))
    return np.sum(np.exp(p) * (p - q), axis=-1)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
