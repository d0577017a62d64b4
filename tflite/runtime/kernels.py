"""What other kernels make of a part: those that are right give nearly the same, else the part is at fault.

Kernels round to one side or the other, which is as if some inputs of a layer were a step off. So single steps of the
part's own inputs are the measure. (The optimized and the reference kernels of ai-edge-litert 2.3.0 moved the outputs of
54 int8 parts, those of the app's, the families' and the demo's bundles, by at most 1.6 times that; x86-64, 2026-11-29.)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..bundle import Bundle
from ..bundle.manifest import Part
from ..program.values import dequantize
from .parts import KERNELS, OpenPart, open_parts

FAR = 8.0  # times what single steps do
SHARES = (0.01, 0.1, 0.5)  # of an input's elements that are a step off
DRAWS = 4  # of each share
_LEVELS = 255  # of a float32 input that is an image
_FLOAT = 1e-4  # of the largest number of a float32 output, which sums in another order move


def kernel_faults(bundle: Bundle, inputs: Mapping[str, Mapping[str, np.ndarray]]) -> list[str]:
    """Runs every part by all kernels.

    Args:
        bundle: a loaded bundle.
        inputs: part -> input -> array that it is fed.

    Returns:
        A sentence for each output of a part that other kernels move `FAR` times as far as single steps of its inputs.
    """
    opened = {kernels: open_parts(bundle, kernels=kernels) for kernels in KERNELS}
    found = []
    for name in inputs:
        parts = {kernels: parts[name] for kernels, parts in opened.items()}
        found += _faults(name, bundle.manifest.parts[name], parts, inputs[name])
    return found


def _faults(name: str, part: Part, parts: Mapping[str, OpenPart], inputs: Mapping[str, np.ndarray]) -> list[str]:
    usual, *others = KERNELS
    expected = _outputs(part, parts[usual], inputs)
    near = [_outputs(part, parts[usual], x) for x in _neighbours(inputs)]
    found = []
    for key, tensor in part.outputs.items():
        if tensor.type == "int32":  # an index: how far one lies from another says nothing
            continue
        least = tensor.scale or _FLOAT * float(np.abs(expected[key]).max(initial=1.0))
        limit = FAR * max(least, *(_apart(expected[key], each[key]) for each in near))
        for kernels in others:
            moved = _apart(expected[key], _outputs(part, parts[kernels], inputs)[key])
            if not moved <= limit:
                found.append(
                    f"part {name}: expected its output {key} within {limit:.3g} by all kernels of TensorFlow Lite, "
                    f"{FAR:g} times what single steps of its inputs do, received {moved:.3g} by its {kernels} ones"
                )
    return found


def _outputs(part, opened, inputs):
    for key, array in inputs.items():
        opened.inputs[key](array)
    opened.invoke()
    return {key: dequantize(opened.copies[key](), part.outputs[key]) for key in part.outputs}


def _neighbours(inputs):
    """Copies in which some elements of every input are a step off."""
    random = np.random.default_rng(0)
    for share in SHARES * DRAWS:
        yield {key: _stepped(array, share, random) for key, array in inputs.items()}


def _stepped(array, share, random):
    count = max(1, round(share * array.size))
    places, signs = random.choice(array.size, count, replace=False), random.choice([-1, 1], count)
    copy = array.copy()
    if array.dtype == np.float32:
        copy.flat[places] += signs * np.float32((array.max() - array.min()) / _LEVELS)
    elif array.dtype != np.int32:  # sizes and indices, whose steps are none of rounding
        limits = np.iinfo(array.dtype)
        copy.flat[places] = np.clip(copy.flat[places].astype(np.int64) + signs, limits.min, limits.max)
    return copy


def _apart(one, other):
    """The largest difference; NaN where only one of two numbers is."""
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore"):  # infinity less infinity
        return float(np.where(same, 0.0, np.abs(one - other)).max(initial=0.0))
