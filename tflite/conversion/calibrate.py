"""Ranges of activations: observed once on the float chain, read in several ways, the best chosen by a held-out score.

One pass with the extremes over the first images is a lottery: a few images more or less move the accuracy by points,
and exits by more. So every candidate makes a whole int8 chain, and the chain whose answers are nearest to the float
ones, over all exits, on images that were not used to calibrate, is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..graph import flatbuffer
from .execute import Batch, UnitRunner, run_step
from .export import quantize_unit


@dataclass(frozen=True)
class Candidate:
    """A way to read a range from observations.

    samples: how many images count. quantile: of the images' own extremes; 1.0 takes the largest.
    """

    samples: int
    quantile: float

    def __str__(self) -> str:
        return f"{self.samples} images, {self.quantile:g} quantile of their extremes"


CANDIDATES = tuple(Candidate(samples, q) for samples in (64, 256) for q in (1.0, 0.99, 0.9))


@dataclass
class Observations:
    """Extremes of every activation on every image: (unit, tensor index) -> `[samples, 2]` of lowest and highest."""

    extremes: dict[tuple[str, int], np.ndarray]

    def range(self, key: tuple[str, int], candidate: Candidate) -> tuple[float, float]:
        """The range of a tensor as that candidate reads it, always holding zero."""
        seen = self.extremes[key][: candidate.samples]
        low = np.quantile(seen[:, 0], 1.0 - candidate.quantile)
        high = np.quantile(seen[:, 1], candidate.quantile)
        return min(float(low), 0.0), max(float(high), 1e-6)


def observe(units: dict[str, bytes], steps: list[dict], batch: Batch) -> Observations:
    """Run the float chain over the batch and note the extremes of every activation of the given units."""
    extremes = {}
    for step in steps:
        name = step["part"]
        if name in units:
            runner = UnitRunner(units[name], inspect=True)
            indices = activations(units[name])
            seen = runner.reduce(runner.feeds(batch, step["inputs"]), indices, lambda t: (t.min(), t.max()))
            extremes |= {(name, index): array for index, array in zip(indices, seen, strict=True)}
    return Observations(extremes)


def activations(content: bytes) -> list[int]:
    """Indices of the float tensors of a unit that are computed or fed, not constant."""
    model = flatbuffer.load(content)
    tensors = flatbuffer.only_subgraph(model, "the unit").tensors
    return [
        i
        for i, tensor in enumerate(tensors)
        if flatbuffer.form(tensor).type == 0 and flatbuffer.constant(model, tensor) is None
    ]


_KEEP_SCALE = {"AVERAGE_POOL_2D", "MAX_POOL_2D", "RESHAPE", "PAD"}
Ranges = dict[str, dict[int, tuple[float, float]]]  # unit -> {tensor index: (lowest, highest)}


def unit_ranges(
    units: dict[str, bytes],
    steps: list[dict],
    seen: Observations,
    candidate: Candidate,
    image_range: tuple[float, float],
) -> Ranges:
    """Ranges of all activations. A value has one range, that of the unit that writes it: seams meet exactly.

    image_range: what normalised pixels can be; for an image the range is known and need not be observed.
    """
    written = {"image": image_range}
    found = {}
    for step in steps:
        name = step["part"]
        if name not in units:
            continue
        ports = flatbuffer.ports(flatbuffer.load(units[name]))
        ranges = {index: seen.range((name, index), candidate) for index in activations(units[name])}
        ranges |= {ports.inputs[port]: written[value] for port, value in step["inputs"].items() if value in written}
        found[name] = ranges = _as_kernels_have_them(units[name], ranges)
        written |= {value: ranges[ports.outputs[port]] for port, value in step["outputs"].items()}
    return found


def _as_kernels_have_them(content: bytes, ranges: dict[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    """The ranges, those behind an operator that does not rescale being its input's: TFLite quantizes them so."""
    model = flatbuffer.load(content)
    ranges = dict(ranges)
    for operator in flatbuffer.only_subgraph(model, "the unit").operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in _KEEP_SCALE:
            ranges[int(operator.outputs[0])] = ranges[int(operator.inputs[0])]
    return ranges


def quantize_units(units: dict[str, bytes], ranges: Ranges) -> dict[str, bytes]:
    """The units that have ranges, as int8."""
    return {name: quantize_unit(units[name], ranges[name], name) for name in ranges}


def run_mixed(quantized: dict[str, bytes], floats: dict[str, bytes], steps: list[dict], batch: Batch) -> Batch:
    """Run a chain in which some units are int8 and the others float."""
    for step in steps:
        name = step["part"]
        run_step(UnitRunner(quantized.get(name) or floats[name]), batch, step)
    return batch


def divergence(reference: Batch, batch: Batch, answers: list[str]) -> float:
    """Mean Kullback-Leibler divergence, in nats, of the answers from the reference's, over all answers and samples."""
    total = [np.mean(_kl(reference.real(name), batch.real(name))) for name in answers]
    return float(np.mean(total))


def _kl(reference: np.ndarray, logits: np.ndarray) -> np.ndarray:
    p, q = _log_softmax(reference.astype("float64")), _log_softmax(logits.astype("float64"))
    return np.sum(np.exp(p) * (p - q), axis=-1)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
