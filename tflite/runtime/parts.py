"""Opens the parts of a bundle in TFLite interpreters: one interpreter per file, one signature per part.

The overhead of a step is in the calls around `invoke`: `SignatureRunner.__call__` resizes and allocates in every call,
and `SetTensor` and `GetTensor` take 2 us each. So a part keeps arrays that are views of TensorFlow Lite's own memory:
an input is copied into its array, an output is read without a copy. Parts whose tensors are not static (see `memory`)
use the slow calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ..bundle import Bundle
from ..bundle.manifest import Part
from ..errors import BundleError, ChainError
from ..program.values import DTYPES
from .budget import shown
from .memory import has_static_tensors

# Which kernels run the operators: XNNPACK's where it has some and TensorFlow Lite's optimized ones otherwise, which is
# its own choice; those alone; or its reference kernels.
KERNELS = {
    "xnnpack": OpResolverType.AUTO,
    "optimized": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part that is allocated, and gives what the manifest says.

    Attributes:
        name: of the part.
        inputs: tensor name -> function that takes an array and writes the input.
        fed: tensor name -> function that returns a copy of what was last written there.
        outputs: tensor name -> view of the interpreter's memory, which the next `invoke` of this part overwrites; None
            if the part's tensors are not static.
        copies: tensor name -> function that returns a new array of an output.
        invoke: runs the part; takes no arguments, and raises ChainError where TFLite fails.
    """

    name: str
    inputs: dict
    fed: dict
    outputs: dict
    copies: dict
    invoke: Callable


class Parts(Mapping):
    """The parts of a bundle that have a file, by name; each is opened when it is first asked for.

    Parts of one file are opened together: allocating one signature may move the memory of another.

    Args:
        bundle: a loaded bundle.
        options: of the interpreters.
    """

    def __init__(self, bundle: Bundle, options: dict) -> None:
        self._bundle, self._options = bundle, options
        self._opened: dict[str, OpenPart] = {}
        self._files = {name: part.file for name, part in bundle.manifest.parts.items() if part.file is not None}

    def __getitem__(self, name: str) -> OpenPart:
        if name not in self._opened:
            self._opened |= self._open(self._files[name])
        return self._opened[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    @property
    def unopened(self) -> set[str]:
        """Names of those that nobody has asked for."""
        return set(self._files) - set(self._opened)

    def briefly(self, name: str) -> OpenPart:
        """The part, which is opened for the caller alone if it is not open, and let go of with it."""
        return self._opened[name] if name in self._opened else self._open(self._files[name])[name]

    def _open(self, file):
        parts, names = self._bundle.manifest.parts, [name for name in self._files if self._files[name] == file]
        interpreter = _open(self._bundle, file, names[0], self._options)
        bound = {name: _bind(parts[name], interpreter) for name in names}
        # Allocating one signature may move another, so views are taken after all are allocated.
        for name, signature in bound.items():
            _allocate(signature, name, file)
        return {name: _view(self._bundle, name, signature) for name, signature in bound.items()}


def open_parts(bundle: Bundle, threads: int = 1, kernels: str = "xnnpack", lazy: bool = False) -> Parts:
    """Opens every part that has a file; nothing is invoked.

    Args:
        bundle: a loaded bundle.
        threads: CPU threads of each interpreter.
        kernels: one of `KERNELS`.
        lazy: whether each is opened only when it is first asked for.

    Returns:
        The parts by name.

    Raises:
        BundleError: TFLite cannot read a file, or gives results of other shapes than those of the manifest.
        ChainError: there are no such kernels.
    """
    if kernels not in KERNELS:
        raise ChainError(f"kernels: expected one of {sorted(KERNELS)}, received {shown(kernels)}")
    options = {"num_threads": threads, "experimental_op_resolver_type": KERNELS[kernels]}
    parts = Parts(bundle, options)
    for name in () if lazy else parts:
        parts[name]
    return parts


def _open(bundle, file, name, options):
    try:
        return Interpreter(**bundle.model(file), **options)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a TFLite model, but TFLite says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{name}.file") from None


class _Signature(NamedTuple):
    """A signature: its interpreter, its subgraph, and tensor name -> tensor index."""

    interpreter: object
    subgraph: int
    inputs: dict
    outputs: dict


def _bind(part, interpreter):
    """Finds the signature of a part; its tensors were compared with the manifest when the bundle was loaded."""
    runner = interpreter.get_signature_runner(part.signature)
    sides = (runner.get_input_details(), runner.get_output_details())
    indices = ({key: int(detail["index"]) for key, detail in side.items()} for side in sides)
    return _Signature(interpreter, runner._subgraph_index, *indices)


def _allocate(signature, name, file):
    try:
        signature.interpreter._interpreter.AllocateTensors(signature.subgraph)
    except (ValueError, RuntimeError) as error:
        problem = f"expected a model that TFLite can allocate, but it says: {_one_line(error)}"
        raise BundleError(problem, file=file, field=f"parts.{name}") from None


def _view(bundle, name, signature):
    """Makes an `OpenPart` of an allocated signature, with views of its tensors if they are static."""
    part, wrapper, subgraph = bundle.manifest.parts[name], signature.interpreter._interpreter, signature.subgraph
    zero_copy = has_static_tensors(bundle.read(part.file), subgraph)

    def array(index):
        return wrapper.tensor(wrapper, index, subgraph) if zero_copy else None

    def setter(index):
        own = array(index)
        return partial(np.copyto, own) if zero_copy else partial(_set, wrapper.SetTensor, index, subgraph)

    def getter(index, expected, key):
        get = partial(wrapper.GetTensor, index, subgraph)
        return get if zero_copy else partial(_get, get, name, key, expected.shape)

    outputs = {key: array(index) for key, index in signature.outputs.items()}
    if zero_copy:
        _check_results(part, name, outputs)
    return OpenPart(
        name=name,
        inputs={key: setter(index) for key, index in signature.inputs.items()},
        fed={key: partial(wrapper.GetTensor, index, subgraph) for key, index in signature.inputs.items()},
        outputs=outputs,
        copies={key: getter(index, part.outputs[key], key) for key, index in signature.outputs.items()},
        invoke=_invoker(partial(wrapper.Invoke, subgraph), name),
    )


def _check_results(part, name, outputs):
    """What a file says of an output's shape is only what somebody wrote there; TFLite computes it when it allocates."""
    for key, tensor in part.outputs.items():
        if outputs[key].shape != tensor.shape:
            problem = _other_shape(tensor.shape, outputs[key].shape)
            raise BundleError(problem, file=part.file, field=f"parts.{name}.outputs.{key}")


def _other_shape(expected, received):
    return f"expected a result of the shape {list(expected)}, received {list(received)}"


def _invoker(invoke, name):
    def run():
        try:
            invoke()
        except (ValueError, RuntimeError) as error:
            problem = f"part {name}: expected an inference, but TFLite says: {_one_line(error)}"
            raise ChainError(problem) from error

    return run


def _set(set_tensor, index, subgraph, array):
    set_tensor(index, array, subgraph)


def _get(get, name, key, shape):
    """An output of a part whose tensors are not static: only now is its shape known."""
    array = get()
    if array.shape != shape:
        raise ChainError(f"part {name}: {_other_shape(shape, array.shape)} for the output {key!r}")
    return array


def _one_line(error):
    return " ".join(str(error).split())[:300]


def zero_inputs(part: Part) -> dict[str, np.ndarray]:
    """Returns an array of zeros for each input of a part, by name, for warm-up and measurements."""
    return {key: np.zeros(tensor.shape, DTYPES[tensor.type]) for key, tensor in part.inputs.items()}
