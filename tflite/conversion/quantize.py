"""A float chain to an int8 one: candidates of calibration, correction of means, choice by a held-out score.

Units that are named have activations of 16 bits instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from ..batched.executor import Declared
from ..batched.outcomes import Outcomes
from . import calibrate
from .calibrate import CANDIDATES, WIDEST, Candidate
from .correct import FEWEST, correct_chain, correct_leaving
from .export import ConversionError
from .passes import run_steps, without_exit_rules
from .ranges import Ranges, mixed_ranges, quantize_units
from .unit_chain import Samples, UnitChain, count, first, record

CORRECTION_IMAGES = 96  # channel means settle with few images; the extremes above need more
CORRECTED = 2  # the candidates whose biases are corrected: those that score best without
CORRECTIONS = {
    "none": "as it is",
    "leaving": "means brought back where values leave the int8 chain",
    "biases": "biases corrected",
}


@dataclass(frozen=True)
class Scoring:
    """How far an int8 chain's answers are from the float chain's.

    Attributes:
        differ: function (float outcomes, int8 outcomes) -> number, the less the better.
        declared: what the executor is told of values, such as those beside boxes.
    """

    differ: Callable[[Outcomes, Outcomes], float] = calibrate.divergence
    declared: Declared = field(default_factory=Declared)


@dataclass(frozen=True)
class Quantized:
    """An int8 chain and how it was chosen.

    Attributes:
        units: name -> flatbuffer, the quantized units alone; what float units read of them is float32.
        ranges: of their activations.
        chosen: the candidate, in words.
        scores: a row a chain that was tried: how it was calibrated, its correction (one of `CORRECTIONS`), and its
            divergence on the held-out images, by default in nats.
        notes: sentences about units that too few images reach.
    """

    units: dict[str, bytes]
    ranges: Ranges
    chosen: str
    scores: list[dict]
    notes: tuple[str, ...] = ()


def quantize_chain(
    floats: dict[str, bytes],
    kept_float: set[str],
    program: list[dict],
    parameters: dict,
    images: Samples,
    held_out: Samples,
    image_range: tuple[float, float],
    tell: Callable[[str], None] = lambda text: None,
    int16: Collection[str] = (),
    scoring: Scoring = Scoring(),
) -> Quantized:
    """Quantize the units that are not in `kept_float`, over any program.

    Samples go the way of the parameters' defaults, past all exits.

    Args:
        floats: all units in float32.
        kept_float: names of those that stay float32.
        program: list of steps; the rules of its exits do not count.
        parameters: parameter name -> specification with a "default".
        images: normalised, `[samples, h, w, c]`, or all inputs by name, to calibrate and correct on.
        held_out: others, to choose on.
        image_range: lowest and highest normalised pixel.
        tell: called with a line of progress.
        int16: names of the units to be quantized that have activations of 16 bits.
        scoring: how candidates are compared with the float chain.

    Raises:
        ConversionError: too few images.
    """
    counts = [count(some) for some in (images, held_out)]
    if min(counts) < 2:
        raise ConversionError(f"expected images to calibrate and to choose on, received {counts[0]} and {counts[1]}")
    chain = UnitChain(without_exit_rules(program), floats, parameters, scoring.declared)
    names = dict.fromkeys(step["part"] for step in run_steps(chain.program))
    to_quantize = {name: floats[name] for name in names if name not in kept_float}
    seen = calibrate.observe(chain.session(images), to_quantize)
    candidates = CANDIDATES if set(to_quantize) - set(int16) else (WIDEST,)  # which those of 16 bits have anyway
    ranges = {c: mixed_ranges(to_quantize, int16, chain.program, seen, c, image_range) for c in candidates}
    search = _Search(chain, first(images, CORRECTION_IMAGES), held_out, tell, int16, scoring)
    trials = search.trials(to_quantize, ranges)
    best = min(trials, key=lambda trial: trial.score)
    rows = [_row(trial) for trial in trials]
    return Quantized(best.units, ranges[best.candidate], str(best), rows, (*seen.notes, *best.notes))


def correct_trained(
    quantized: dict[str, bytes],
    floats: dict[str, bytes],
    program: list[dict],
    parameters: dict,
    images: Samples,
    held_out: Samples,
    tell: Callable[[str], None] = lambda text: None,
    scoring: Scoring = Scoring(),
) -> dict[str, bytes]:
    """Int8 units that were trained for it, corrected as serves them best on held-out images, which may be not at all.

    Args:
        quantized: the int8 units.
        floats: all units in float32, those as they were trained.
        program, parameters, images, held_out, tell, scoring: as for `quantize_chain`.
    """
    chain = UnitChain(without_exit_rules(program), floats, parameters, scoring.declared)
    search = _Search(chain, first(images, CORRECTION_IMAGES), held_out, tell, (), scoring)
    plain = search.plain("trained", quantized)
    return min([*plain, search.corrected(plain[0])], key=lambda trial: trial.score).units


@dataclass(frozen=True)
class _Trial:
    """An int8 chain that was tried; `before` are its units as they were quantized, before any correction."""

    candidate: Candidate | str
    correction: str
    before: dict[str, bytes]
    units: dict[str, bytes]
    score: float
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.candidate}, {CORRECTIONS[self.correction]}"


class _Search:
    """Scores int8 chains against the float chain, whose ways they take.

    few: images to correct on. held_out: images to score on. int16: names of the units of 16 bits.
    """

    def __init__(
        self,
        chain: UnitChain,
        few: Samples,
        held_out: Samples,
        tell: Callable[[str], None],
        int16: Collection[str],
        scoring: Scoring,
    ):
        self._chain, self._few, self._held_out, self._tell, self._int16 = chain, few, held_out, tell, int16
        self._differ = scoring.differ
        self._near = record(chain.session(few))
        self._truth = chain.session(held_out).run(trace=True)

    def trials(self, floats: dict[str, bytes], ranges: dict[Candidate, Ranges]) -> list[_Trial]:
        """Every candidate's chains, the best one first, and behind them the best ones with corrected biases."""
        made = [
            self.plain(candidate, quantize_units(floats, found, self._int16)) for candidate, found in ranges.items()
        ]
        made.sort(key=lambda pair: min(trial.score for trial in pair))
        return [trial for pair in made for trial in pair] + [self.corrected(plain) for plain, _ in made[:CORRECTED]]

    def plain(self, candidate: Candidate | str, units: dict[str, bytes]) -> tuple[_Trial, _Trial]:
        """A candidate's chain as it is, and with the float chain's means in what leaves it."""
        recording = record(self._chain.session(self._few, units), self._near.outcomes)
        found = []
        for correction, means in (("none", False), ("leaving", True)):
            leaving = correct_leaving(units, self._chain.program, self._near, recording, means)
            found.append(_Trial(candidate, correction, units, leaving, self._score(leaving)))
        scores = ", ".join(f"{trial.score:.4f} {CORRECTIONS[trial.correction]}" for trial in found)
        self._tell(f"calibration by {candidate}: divergence {scores}")
        return found[0], found[1]

    def corrected(self, trial: _Trial) -> _Trial:
        """The chain of a trial with corrected biases."""
        found = correct_chain(self._chain, trial.before, self._near, self._few)
        leaving = correct_leaving(found.units, self._chain.program, self._near, found.recording)
        skipped = ", ".join(found.skipped)
        few = f"fewer than {FEWEST} of {count(self._few)} images reach {skipped}: biases are not corrected there"
        notes = (few,) if skipped else ()
        score = self._score(leaving)
        self._tell(f"  corrected in chain order, {trial.candidate}: divergence {score:.4f}")
        return _Trial(trial.candidate, "biases", trial.before, leaving, score, notes)

    def _score(self, units: dict[str, bytes]) -> float:
        outcomes = self._chain.session(self._held_out, units).run(trace=True, replay=self._truth)
        return self._differ(self._truth, outcomes)


def _row(trial: _Trial) -> dict:
    read = {"samples": trial.candidate.samples, "quantile": trial.candidate.quantile}
    return read | {"correction": trial.correction, "divergence": trial.score}
