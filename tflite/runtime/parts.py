"""Opens the parts of a bundle in TFLite interpreters: one interpreter per file, one signature per part.

The overhead of a step is in the calls around `invoke`: `SignatureRunner.__call__` resizes and allocates in every call,
and `SetTensor` and `GetTensor` take 2 us each. So a part keeps arrays that are views of TensorFlow Lite's own memory:
an input is copied into its array, an output is read without a copy. Parts whose tensors are not static (see `memory`)
use the slow calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ..bundle import Bundle
from ..bundle.manifest import Part
from ..errors import BundleError
from ..program.values import DTYPES
from .memory import has_static_tensors


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part that is allocated, and checked against the manifest.

    Attributes:
        name: of the part.
        inputs: tensor name -> function that takes an array and writes the input.
        outputs: tensor name -> view of the interpreter's memory, which the next `invoke` of this part overwrites; None
            if the part's tensors are not static.
        copies: tensor name -> function that returns a new array of an output.
        invoke: runs the part; takes no arguments.
        place: equal for parts that share their memory, which are those of one signature of one file.
    """

    name: str
    inputs: dict
    outputs: dict
    copies: dict
    invoke: Callable
    place: tuple


def open_parts(bundle: Bundle, threads: int = 1) -> dict[str, OpenPart]:
    """Opens and checks every part that has a file; nothing is invoked.

    Args:
        bundle: a loaded bundle.
        threads: CPU threads of each interpreter.

    Returns:
        The open parts by name.

    Raises:
        BundleError: TFLite cannot read a file, or its tensors are not those of the manifest.
    """
    interpreters, bound = {}, {}
    for name, part in bundle.manifest.parts.items():
        if part.file is None:
            continue
        if part.file not in interpreters:
            interpreters[part.file] = _open(bundle, part.file, name, threads)
        bound[name] = _bind(name, part, interpreters[part.file])
        _check_zero_points(bundle, name, part, bound[name])
    # Allocating one signature may move another, so views are taken after all are allocated.
    for name, signature in bound.items():
        _allocate(signature, name, bundle.manifest.parts[name].file)
    return {name: _view(bundle, name, signature) for name, signature in bound.items()}


def _open(bundle, file, name, threads):
    try:
        return Interpreter(**bundle.model(file), num_threads=threads)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a TFLite model, but TFLite says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{name}.file") from None


class _Signature(NamedTuple):
    """A signature that matches the manifest: its interpreter, its subgraph, and tensor name -> tensor index."""

    interpreter: object
    subgraph: int
    inputs: dict
    outputs: dict


def _bind(name, part, interpreter):
    """Finds the signature of a part and checks its tensors."""
    signatures = interpreter.get_signature_list()
    if part.signature not in signatures:
        problem = f"expected the signature {part.signature!r}, received {sorted(signatures)}"
        raise BundleError(problem, file=part.file, field=f"parts.{name}.signature")
    runner = interpreter.get_signature_runner(part.signature)
    return _Signature(
        interpreter,
        runner._subgraph_index,
        inputs=_check_side(name, part, "inputs", runner.get_input_details()),
        outputs=_check_side(name, part, "outputs", runner.get_output_details()),
    )


def _check_side(name, part, side, details):
    """Compares the manifest's inputs or outputs with the file's; returns tensor name -> index."""
    expected, field = getattr(part, side), f"parts.{name}.{side}"
    if set(expected) != set(details):
        problem = f"expected the {side} {sorted(expected)}, received {sorted(details)} in the model"
        raise BundleError(problem, file=part.file, field=field)
    for key, tensor in expected.items():
        _check_tensor(tensor, details[key], part.file, f"{field}.{key}")
    return {key: int(detail["index"]) for key, detail in details.items()}


def _check_tensor(tensor, detail, file, field):
    """Compares shape, type and scale; scales as float32, which is how TFLite stores them."""
    scales = detail["quantization_parameters"]["scales"]
    scale = None if tensor.scale is None else float(np.float32(tensor.scale))
    pairs = [
        ("shape", list(tensor.shape), [int(d) for d in detail["shape"]]),
        ("type", tensor.type, np.dtype(detail["dtype"]).name),
    ]
    if tensor.scale is not None:
        pairs.append(("scale", [scale], [float(s) for s in scales]))
    for what, expected, received in pairs:
        if expected != received:
            problem = f"expected the {what} {expected} of the manifest, received {received} in the model"
            raise BundleError(problem, file=file, field=field)


def _check_zero_points(bundle, name, part, signature):
    """Compares the zero points of the file itself, which are of 64 bits: TFLite takes the lower 32 of them."""
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.Model.GetRootAs(bundle.read(part.file), 0).Subgraphs(signature.subgraph)
    for side in ("inputs", "outputs"):
        for key, index in getattr(signature, side).items():
            expected, quantization = getattr(part, side)[key].zero_point, graph.Tensors(index).Quantization()
            count = quantization.ZeroPointLength() if quantization else 0
            received = [int(quantization.ZeroPoint(i)) for i in range(count)]
            if expected is not None and received != [expected]:
                problem = f"expected the zero point {[expected]} of the manifest, received {received} in the model"
                raise BundleError(problem, file=part.file, field=f"parts.{name}.{side}.{key}")


def _allocate(signature, name, file):
    try:
        signature.interpreter._interpreter.AllocateTensors(signature.subgraph)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a model that TFLite can allocate, but it says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{name}") from None


def _view(bundle, name, signature):
    """Makes an `OpenPart` of an allocated signature, with views of its tensors if they are static."""
    wrapper, subgraph = signature.interpreter._interpreter, signature.subgraph
    zero_copy = has_static_tensors(bundle.read(bundle.manifest.parts[name].file), subgraph)

    def array(index):
        return wrapper.tensor(wrapper, index, subgraph) if zero_copy else None

    def setter(index):
        own = array(index)
        return partial(np.copyto, own) if zero_copy else partial(_set, wrapper.SetTensor, index, subgraph)

    return OpenPart(
        name=name,
        inputs={key: setter(index) for key, index in signature.inputs.items()},
        outputs={key: array(index) for key, index in signature.outputs.items()},
        copies={key: partial(wrapper.GetTensor, index, subgraph) for key, index in signature.outputs.items()},
        invoke=partial(wrapper.Invoke, subgraph),
        place=(id(wrapper), subgraph),
    )


def _set(set_tensor, index, subgraph, array):
    set_tensor(index, array, subgraph)


def _one_line(error):
    return " ".join(str(error).split())[:300]


def zero_inputs(part: Part) -> dict[str, np.ndarray]:
    """Returns an array of zeros for each input of a part, by name, for warm-up and measurements."""
    return {key: np.zeros(tensor.shape, DTYPES[tensor.type]) for key, tensor in part.inputs.items()}
