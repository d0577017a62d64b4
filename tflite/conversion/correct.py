"""Means of channels that rounding has shifted, brought back (Nagel et al. 2019, "Data-Free Quantization", section 4.2).

A mean is shifted most where a picture is mostly background: the same error at every pixel. Unit after unit, the int32
biases are moved so that the means on what the quantized chain feeds are nearer to the float chain's. They cannot always
be: a background that lies between two int8 numbers is one or the other. What leaves the chain for float units can, and
that is what exits decide on: features whose means hardly differ from image to image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..batched.batch_run import Visit
from ..batched.units import UnitRunner
from ..batched.values import Value, dequantize
from ..graph import flatbuffer
from ..graph.weights import add_to_output, weighted_operators
from .passes import run_steps
from .unit_chain import Recording, UnitChain, record

FEWEST = 8  # samples that must reach a unit: fewer tell nothing about the mean of a channel


@dataclass(frozen=True)
class Corrected:
    """An int8 chain with corrected biases.

    Attributes:
        units: name -> flatbuffer.
        recording: what that chain does with the samples.
        skipped: units that too few samples reach; their biases are as they were.
    """

    units: dict[str, bytes]
    recording: Recording
    skipped: tuple[str, ...]


def correct_chain(
    chain: UnitChain, quantized: Mapping[str, bytes], reference: Recording, images: np.ndarray
) -> Corrected:
    """Correct the biases of int8 units in chain order, each on the samples that reach it.

    The int8 chain takes the ways of the float chain. A unit that several steps run is corrected where it first runs on
    enough samples.

    Args:
        chain: the program and its float units.
        quantized: the int8 units.
        reference: what the float chain does with the images.
        images: normalised, `[samples, h, w, c]`.
    """
    session, corrected, done = chain.session(images, quantized), dict(quantized), set()

    def correct(visit: Visit) -> None:
        name = visit.step["part"]
        if name not in quantized or name in done or len(visit.rows) < FEWEST:
            return
        done.add(name)
        twin, _ = reference.visits[visit.where, visit.turn]
        corrected[name] = correct_unit(quantized[name], chain.floats[name], twin.inputs, visit.inputs)
        session.executor.parts[name] = UnitRunner(corrected[name])

    recording = record(session, reference.outcomes, correct)
    return Corrected(corrected, recording, tuple(name for name in quantized if name not in done))


def correct_unit(quantized: bytes, float_unit: bytes, reference: dict[str, Value], inputs: dict[str, Value]) -> bytes:
    """One int8 unit, its biases moved where the channel means of the operators come nearer to the float unit's so.

    Args:
        quantized, float_unit: the unit in both forms.
        reference: what the float unit reads, by port.
        inputs: what the int8 unit reads of the same samples.
    """
    model = flatbuffer.load(quantized)
    twins = zip(weighted_operators(model), weighted_operators(flatbuffer.load(float_unit)), strict=True)
    pairs = [(operator, twin.output) for operator, twin in twins if operator.bias_scale is not None]
    if not pairs:
        return quantized
    tensors = [tensor for _, tensor in pairs]
    targets = _channel_means(UnitRunner(float_unit, inspect=True), reference, tensors)

    def shift(operator, target):
        runner = UnitRunner(flatbuffer.dump(model), inspect=True)
        return target - _channel_means(runner, inputs, [operator.output])[0]

    for (operator, _), target in zip(pairs, targets, strict=True):
        bias, before = operator.bias, shift(operator, target)
        operator.bias = (bias + np.round(before / operator.bias_scale)).astype(bias.dtype)
        nearer = np.abs(shift(operator, target)) < np.abs(before)
        operator.bias = np.where(nearer, operator.bias, bias)
    return flatbuffer.dump(model)


def correct_leaving(
    quantized: Mapping[str, bytes], program: list[dict], reference: Recording, recording: Recording, means: bool = True
) -> dict[str, bytes]:
    """The int8 units; values that no int8 unit reads leave them as float32, with the float chain's channel means.

    The mean is taken over the samples that run the unit; where they are too few, or without `means`, nothing is added.

    Args:
        quantized: the int8 units.
        program: list of steps.
        reference: what the float chain does with some samples.
        recording: what the int8 chain does with them.
    """
    steps = [step for step in run_steps(program) if step["part"] in quantized]
    read = {value for step in steps for value in step["inputs"].values()}
    written: dict[tuple[str, str], set[str]] = {}
    for step in steps:
        for port, value in step["outputs"].items():
            written.setdefault((step["part"], port), set()).add(value)
    corrected = dict(quantized)
    for (part, port), values in written.items():
        if values.isdisjoint(read):
            mean = _leaving_shift(part, port, reference, recording) if means else None
            if mean is None:
                mean = np.zeros(_channels(quantized[part], port))
            corrected[part] = add_to_output(corrected[part], port, mean)
    return corrected


def _leaving_shift(part: str, port: str, reference: Recording, recording: Recording) -> np.ndarray | None:
    """Mean difference of every channel of an output from the float chain's; None where too few samples run the part."""
    shifts = []
    for key, (visit, outputs) in recording.visits.items():
        if visit.step["part"] == part and port in outputs:
            shifts.append((reference.visits[key][1][port].real() - outputs[port].real()).astype("float64"))
    if sum(map(len, shifts)) < FEWEST:
        return None
    shift = np.concatenate(shifts)
    return shift.reshape(-1, shift.shape[-1]).mean(0)


def _channels(content: bytes, port: str) -> int:
    """Size of the last axis of an output."""
    model = flatbuffer.load(content)
    return flatbuffer.shape(model.subgraphs[0].tensors[flatbuffer.ports(model).outputs[port]])[-1]


def _channel_means(runner: UnitRunner, inputs: dict[str, Value], tensors: list[int]) -> list[np.ndarray]:
    """Mean over samples and places of each tensor's channels, dequantized."""
    sums = runner.reduce(runner.feeds(inputs), tensors, lambda t: t.reshape(-1, t.shape[-1]).mean(0, dtype="float64"))
    means = []
    for tensor, rows in zip(tensors, sums, strict=True):
        quantization = runner.form(tensor)[1]
        mean = rows.mean(0)
        means.append(mean if quantization is None else dequantize(mean, quantization))
    return means
