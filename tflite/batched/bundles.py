"""A bundle's program on a batch: its executor, and pictures as the program's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from ..bundle import Bundle
from ..bundle.check_size import beside, given_values
from ..bundle.manifest import LabelsOutput
from ..program.values import DTYPES, dequantize
from ..runtime.inputs import InputReader, Inputs
from ..runtime.tables import Tables
from .executor import Declared, Executor, Part
from .units import bundle_parts, quantization


def bundle_executor(bundle: Bundle, remote: Mapping[str, Part] | None = None) -> Executor:
    """The executor of a bundle's main program on its own parts.

    Args:
        bundle: any.
        remote: what stands for the parts that have no file, by name.
    """
    manifest = bundle.manifest
    parts = bundle_parts(bundle) | dict(remote or {})
    forms = {name: (np.dtype(DTYPES[t.type]), quantization(t)) for name, t in manifest.values.items()}
    program, parameters = (msgspec.to_builtins(x) for x in (manifest.programs["main"], manifest.parameters))
    shapes = {name: tensor.shape for name, tensor in manifest.values.items()}
    others = {name: beside(output) for name, output in manifest.outputs.items()}
    labels = {name: output for name, output in manifest.outputs.items() if isinstance(output, LabelsOutput)}
    sizes = {name: len(manifest.tables[o.table].labels) for name, o in labels.items() if o.table is not None}
    return Executor(program, parts, parameters, Declared(forms, shapes, others, sizes))


def bundle_inputs(bundle: Bundle, inputs: Iterable[Inputs]) -> dict[str, np.ndarray]:
    """What runs are given as one batch of the main program's inputs: name -> float32 `[runs, ...]`.

    Tables are among them, with the rows that the bundle comes with.

    Args:
        bundle: whose preprocessing is done.
        inputs: what `Chain.run` takes, at least one.
    """
    manifest = bundle.manifest
    read = InputReader(manifest)
    tensors = [manifest.values[name] for name in read.names]
    rows = [[dequantize(a, t) for a, t in zip(read(given), tensors, strict=True)] for given in inputs]
    columns = zip(read.names, zip(*rows, strict=True), strict=True)
    batch = {name: np.concatenate(column) for name, column in columns}
    tables = zip(given_values(manifest)[len(manifest.inputs) :], Tables(bundle).arrays(), strict=True)
    for name, array in tables:
        one = dequantize(array, manifest.values[name])
        batch[name] = np.broadcast_to(one, (len(rows), *one.shape[1:]))
    return batch
