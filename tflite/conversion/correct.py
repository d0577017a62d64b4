"""Sequential bias correction in chain order (Nagel et al. 2019, "Data-Free Quantization", section 4.2).

Rounding shifts the mean of a channel, most where a picture is mostly background: the same error at every pixel. Unit
after unit, the int32 biases are moved until the means on what the quantized chain feeds are again the float chain's.
"""

from __future__ import annotations

import numpy as np

from ..graph import flatbuffer
from ..graph.weights import weighted_operators
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
    """One int8 unit whose weighted operators have, over the samples, the channel means of the float unit's."""
    model = flatbuffer.load(quantized)
    operators = [op for op in weighted_operators(model) if op.bias is not None and op.bias_scale is not None]
    if not operators:
        return quantized
    twins = [op.output for op in weighted_operators(flatbuffer.load(float_unit))]
    targets = _channel_means(UnitRunner(float_unit, inspect=True), reference, inputs, twins)
    for position, target in enumerate(targets):
        runner = UnitRunner(flatbuffer.dump(model), inspect=True)
        [mean] = _channel_means(runner, batch, inputs, [operators[position].output])
        operator = operators[position]
        steps = np.round((target - mean) / operator.bias_scale)
        operator.bias = (operator.bias + steps).astype(np.int32)
    return flatbuffer.dump(model)


def with_biases_of(quantized: dict[str, bytes], floats: dict[str, bytes]) -> dict[str, bytes]:
    """The float units, those that are quantized with the biases of their int8 form: where a training goes on from it.

    Their channel means are then off as much as rounding shifts them, and the other way.
    """
    changed = dict(floats)
    for name, content in quantized.items():
        model = flatbuffer.load(floats[name])
        twins = weighted_operators(flatbuffer.load(content))
        for operator, twin in zip(weighted_operators(model), twins, strict=True):
            if operator.bias is not None and twin.bias_scale is not None:
                operator.bias = (twin.bias * twin.bias_scale).astype(np.float32)
        changed[name] = flatbuffer.dump(model)
    return changed


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
