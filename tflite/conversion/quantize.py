"""A float chain to an int8 one: candidates of calibration, correction of means, choice by a held-out score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import calibrate
from .calibrate import CANDIDATES, Candidate
from .correct import correct_chain, correct_leaving
from .execute import run_units, start_batch, straight_steps
from .export import ConversionError

CORRECTION_IMAGES = 96  # channel means settle with few images; the extremes above need more
CORRECTED = 2  # the candidates whose biases are corrected: those that score best without


@dataclass(frozen=True)
class Quantized:
    """An int8 chain and how it was chosen.

    units: name -> flatbuffer, the int8 units alone; what float units read of them is float32. ranges: of their
    activations. chosen: the candidate, in words. scores: a row a chain that was tried: how it was calibrated, whether
    its biases were corrected, and its divergence on the held-out images, in nats.
    """

    units: dict[str, bytes]
    ranges: calibrate.Ranges
    chosen: str
    scores: list[dict]


def quantize_chain(
    floats: dict[str, bytes],
    kept_float: set[str],
    program: list[dict],
    parameters: dict,
    images: np.ndarray,
    held_out: np.ndarray,
    image_range: tuple[float, float],
    tell: Callable[[str], None] = lambda text: None,
) -> Quantized:
    """Quantize the units that are not in `kept_float`.

    floats: all units in float32. images: normalised, `[samples, h, w, c]`, to calibrate and correct on. held_out:
    others, to choose on. tell: called with a line of progress.
    """
    if len(images) < 2 or len(held_out) < 2:
        raise ConversionError(
            f"expected images to calibrate and to choose on, received {len(images)} and {len(held_out)}"
        )
    steps = straight_steps(program)
    chain = [step for step in steps if step["part"] not in kept_float]
    to_quantize = {step["part"]: floats[step["part"]] for step in chain}
    answers = [step["value"] for step in program if step["op"] in ("exit", "answer")]
    reference = run_units(floats, steps, start_batch(program, images, parameters))
    truth = run_units(floats, steps, start_batch(program, held_out, parameters))
    seen = calibrate.observe(to_quantize, chain, reference)

    def score(units: dict[str, bytes]) -> float:
        batch = start_batch(program, held_out, parameters)
        return calibrate.divergence(truth, calibrate.run_mixed(units, floats, steps, batch), answers)

    def ranges(candidate: Candidate) -> calibrate.Ranges:
        return calibrate.unit_ranges(to_quantize, chain, seen, candidate, image_range)

    few = images[:CORRECTION_IMAGES]
    near, uncorrected, scored = reference.first(len(few)), {}, []
    for candidate in CANDIDATES:
        units = uncorrected[candidate] = calibrate.quantize_units(to_quantize, ranges(candidate))
        batch = run_units(units, chain, start_batch(program, few, parameters))
        units = correct_leaving(units, chain, near, batch)
        scored.append((score(units), candidate, units))
        tell(f"calibration by {candidate}: divergence {scored[-1][0]:.4f}")
    scored.sort(key=lambda row: row[0])
    rows = [_row(candidate, value, False) for value, candidate, _ in scored]
    best = [(value, candidate, units, False) for value, candidate, units in scored[:1]]
    for _, candidate, _ in scored[:CORRECTED]:
        batch = start_batch(program, few, parameters)
        units = correct_chain(uncorrected[candidate], to_quantize, chain, near, batch)
        units = correct_leaving(units, chain, near, batch)
        value = score(units)
        tell(f"  corrected in chain order, {candidate}: divergence {value:.4f}")
        best.append((value, candidate, units, True))
        rows.append(_row(candidate, value, True))
    _, candidate, units, was_corrected = min(best, key=lambda row: row[0])
    return Quantized(units, ranges(candidate), f"{candidate}{', biases corrected' if was_corrected else ''}", rows)


def _row(candidate: Candidate, value: float, corrected: bool) -> dict:
    return {"samples": candidate.samples, "quantile": candidate.quantile, "corrected": corrected, "divergence": value}
