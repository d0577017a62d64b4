"""Means of channels that rounding has shifted, brought back (Nagel et al. 2019, "Data-Free Quantization", section 4.2).

A mean is shifted most where a picture is mostly background: the same error at every pixel. Unit after unit, the int32
biases are moved so that the means on what the quantized chain feeds are nearer to the float chain's. They cannot always
be: a background that lies between two int8 numbers is one or the other. What leaves the chain for float units can, and
that is what exits decide on: features whose means hardly differ from image to image.
"""

from __future__ import annotations

import numpy as np

from ..graph import flatbuffer
from ..graph.weights import add_to_output, weighted_operators
from .execute import Batch, UnitRunner, dequantize, run_step


def correct_chain(
    quantized: dict[str, bytes], floats: dict[str, bytes], steps: list[dict], reference: Batch, batch: Batch
) -> dict[str, bytes]:
    """The int8 units with corrected biases.

    quantized, floats: the same units in both forms. reference: values of the float chain. batch: the same samples at
    the start of the quantized chain; it is filled with that chain's values on the way.
    """
    corrected = {}
    for step in steps:
        name = step["part"]
        if name in quantized:
            corrected[name] = correct_unit(quantized[name], floats[name], step["inputs"], reference, batch)
            run_step(UnitRunner(corrected[name]), batch, step)
    return corrected


def correct_unit(quantized: bytes, float_unit: bytes, inputs: dict, reference: Batch, batch: Batch) -> bytes:
    """One int8 unit, its biases moved where the channel means of the operators come nearer to the float unit's so."""
    model = flatbuffer.load(quantized)
    twins = zip(weighted_operators(model), weighted_operators(flatbuffer.load(float_unit)), strict=True)
    pairs = [(operator, twin.output) for operator, twin in twins if operator.bias_scale is not None]
    if not pairs:
        return quantized
    tensors = [tensor for _, tensor in pairs]
    targets = _channel_means(UnitRunner(float_unit, inspect=True), reference, inputs, tensors)

    def shift(operator, target):
        runner = UnitRunner(flatbuffer.dump(model), inspect=True)
        return target - _channel_means(runner, batch, inputs, [operator.output])[0]

    for (operator, _), target in zip(pairs, targets, strict=True):
        bias, before = operator.bias, shift(operator, target)
        operator.bias = (bias + np.round(before / operator.bias_scale)).astype(np.int32)
        nearer = np.abs(shift(operator, target)) < np.abs(before)
        operator.bias = np.where(nearer, operator.bias, bias).astype(np.int32)
    return flatbuffer.dump(model)


def correct_leaving(quantized: dict[str, bytes], steps: list[dict], reference: Batch, batch: Batch) -> dict[str, bytes]:
    """The int8 units; values that no int8 unit reads leave them as float32, with the float chain's channel means.

    reference: values of the float chain. batch: the quantized chain's on the same samples.
    """
    read = {value for step in steps for value in step["inputs"].values()}
    corrected = dict(quantized)
    for step in steps:
        for port, value in step["outputs"].items():
            if value not in read:
                shift = (reference.real(value) - batch.real(value)).astype("float64")
                mean = shift.reshape(-1, shift.shape[-1]).mean(0)
                corrected[step["part"]] = add_to_output(corrected[step["part"]], port, mean)
    return corrected


def _channel_means(runner: UnitRunner, batch: Batch, inputs: dict, tensors: list[int]) -> list[np.ndarray]:
    """Mean over samples and places of each tensor's channels, dequantized."""
    sums = runner.reduce(
        runner.feeds(batch, inputs), tensors, lambda t: t.reshape(-1, t.shape[-1]).mean(0, dtype="float64")
    )
    means = []
    for tensor, rows in zip(tensors, sums, strict=True):
        quantization = runner.form(tensor)[1]
        mean = rows.mean(0)
        means.append(mean if quantization is None else dequantize(mean, quantization))
    return means
