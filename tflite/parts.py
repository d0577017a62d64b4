"""Opens the parts of a bundle in TFLite interpreters: one interpreter a file, a signature a part.

A step's cost lies in the calls around `invoke`, so a part keeps the tensor indices and the bound methods of the
interpreter's own wrapper (`SetTensor`, `Invoke`, `GetTensor`, with a subgraph each), which is what
`SignatureRunner.__call__` uses after resizing and allocating anew in every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from .errors import BundleError
from .values import DTYPES


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part that is allocated and checked against the manifest.

    Attributes:
        name: of the part.
        inputs, outputs: tensor name -> tensor index.
        subgraph: the last argument of the three calls below.
        set_tensor: called with (index, array, subgraph).
        invoke: called with (subgraph).
        get_tensor: called with (index, subgraph); returns a new array.
        interpreter: keeps the memory behind the calls alive.
    """

    name: str
    inputs: dict
    outputs: dict
    subgraph: int
    set_tensor: Callable
    invoke: Callable
    get_tensor: Callable
    interpreter: object


def open_parts(bundle, threads=1):
    """Opens and checks every part that has a file; nothing is invoked.

    Args:
        bundle: a `Bundle`.
        threads: CPU threads of each interpreter.

    Returns:
        A dict from part name to `OpenPart`.

    Raises:
        BundleError: a file that TFLite cannot read, or tensors that are not those of the manifest.
    """
    interpreters, parts = {}, {}
    for name, part in bundle.manifest.parts.items():
        if part.file is None:
            continue
        if part.file not in interpreters:
            interpreters[part.file] = _open(bundle, part.file, name, threads)
        parts[name] = _bind(name, part, interpreters[part.file])
    for opened in parts.values():
        _allocate(opened, bundle.manifest.parts[opened.name].file)
    return parts


def _open(bundle, file, name, threads):
    try:
        return Interpreter(**bundle.model(file), num_threads=threads)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a TFLite model, but TFLite says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{name}.file") from None


def _bind(name, part, interpreter):
    """Finds a part's signature and checks its tensors."""
    signatures = interpreter.get_signature_list()
    if part.signature not in signatures:
        problem = f"expected the signature {part.signature!r}, got {sorted(signatures)}"
        raise BundleError(problem, file=part.file, field=f"parts.{name}.signature")
    runner = interpreter.get_signature_runner(part.signature)
    wrapper = interpreter._interpreter
    return OpenPart(
        name=name,
        inputs=_check_side(name, part, "inputs", runner.get_input_details()),
        outputs=_check_side(name, part, "outputs", runner.get_output_details()),
        subgraph=runner._subgraph_index,
        set_tensor=wrapper.SetTensor,
        invoke=wrapper.Invoke,
        get_tensor=wrapper.GetTensor,
        interpreter=interpreter,
    )


def _check_side(name, part, side, details):
    """Compares the manifest's inputs or outputs with the file's; returns tensor name -> index."""
    expected, field = getattr(part, side), f"parts.{name}.{side}"
    if set(expected) != set(details):
        problem = f"expected the {side} {sorted(expected)}, got {sorted(details)} in the model"
        raise BundleError(problem, file=part.file, field=field)
    for key, tensor in expected.items():
        _check_tensor(tensor, details[key], part.file, f"{field}.{key}")
    return {key: int(detail["index"]) for key, detail in details.items()}


def _check_tensor(tensor, detail, file, field):
    """Compares shape, type, scale and zero point; scales as float32, which is how TFLite stores them."""
    scales, zero_points = (detail["quantization_parameters"][key] for key in ("scales", "zero_points"))
    scale = None if tensor.scale is None else float(np.float32(tensor.scale))
    pairs = [
        ("shape", list(tensor.shape), [int(d) for d in detail["shape"]]),
        ("type", tensor.type, np.dtype(detail["dtype"]).name),
    ]
    if tensor.scale is not None:
        pairs.append(("scale", [scale], [float(s) for s in scales]))
        pairs.append(("zero point", [tensor.zero_point], [int(z) for z in zero_points]))
    for what, expected, received in pairs:
        if expected != received:
            problem = f"expected the {what} {expected} of the manifest, got {received} in the model"
            raise BundleError(problem, file=file, field=field)


def _allocate(part, file):
    try:
        part.interpreter._interpreter.AllocateTensors(part.subgraph)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a model that TFLite can allocate, but it says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{part.name}") from None


def _one_line(error):
    return " ".join(str(error).split())[:300]


def zero_inputs(part):
    """Arrays of zeros for each input of a manifest's part, by name: something to warm up and to measure with."""
    return {key: np.zeros(tensor.shape, DTYPES[tensor.type]) for key, tensor in part.inputs.items()}
