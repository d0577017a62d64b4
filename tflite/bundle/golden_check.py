"""Compares a bundle's goldens with its manifest when it is loaded: what does not fit is refused before anything runs.

Whether a run gives what a golden says is left to the self-test; here it is only asked whether any run could.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import BundleError
from . import manifest as m
from . import queries
from .check import setting_problem
from .check_size import elements, require, walk
from .golden_index import DETAILS, MAX_ALL, GoldenArray, GoldenCase, GoldenOutput, read_index

_BESIDE = ("label", "probabilities", "boxes")  # what an output has beside its numbers


def check_golden_files(manifest: m.Manifest, read: Callable[[str], bytes]) -> None:
    """Checks the goldens of a bundle, if it has any.

    Args:
        manifest: a checked manifest, whose files have the sizes that it says.
        read: returns the bytes of a file that the manifest names.

    Raises:
        BundleError: the index is none, or says what no run of this bundle can give.
    """
    entry = manifest.goldens
    if entry is None:
        return
    index = read_index(read(entry.index.file), entry.index.file)
    programs = {name: _Program.of(manifest, name) for name in manifest.programs}
    points = {point.name for point in manifest.operating_points}
    try:
        _check_arrays(index.arrays, entry.arrays)
        for number, case in enumerate(index.cases):
            _check_one_of(case.program, programs, f"cases[{number}].program")
            _check_one_of(case.operating_point, points, f"cases[{number}].operating_point")
            _check_parameters(case.parameters, manifest, f"cases[{number}].parameters")
            _check_case(case, index.arrays, manifest, programs[case.program], f"cases[{number}]")
    except BundleError as error:
        raise BundleError(error.problem, file=entry.index.file, field=error.field) from None


class _Program(NamedTuple):
    """What cases of a program are compared with: inputs read, parts, and of each exit or answer output -> value."""

    inputs: list[str]
    parts: set[str]
    ends: dict[str, dict[str, str]]

    @classmethod
    def of(cls, manifest, name):
        steps = manifest.programs[name]
        ends = {step.name: step.gives for step in walk(steps) if hasattr(step, "gives")}
        return cls(queries.inputs(manifest, name), set(queries.parts(steps)), ends)


def _check_arrays(arrays: Sequence[GoldenArray], file: m.File) -> None:
    """Every array lies inside the file, and all together are few enough to be held."""
    total = sum(math.prod(array.shape) for array in arrays)
    require(total <= MAX_ALL, f"expected arrays of at most {MAX_ALL} elements together, received {total}", "arrays")
    for number, array in enumerate(arrays):
        size = math.prod(array.shape) * (4 if array.type == "float32" else 1)
        problem = f"expected an array inside the {file.bytes} bytes of {file.file}, received one behind them"
        require(array.offset + size <= file.bytes, problem, f"arrays[{number}].offset")


def _check_case(case: GoldenCase, arrays, manifest, program: _Program, where):
    _check_inputs(case, arrays, manifest, program, f"{where}.inputs")
    for number, name in enumerate(case.path):
        _check_one_of(name, program.parts, f"{where}.path[{number}]")
    for number, event in enumerate(case.events):
        _check_event(event, manifest, program, f"{where}.events[{number}]")
    _check_one_of(case.exit, program.ends, f"{where}.exit")
    gives = program.ends[case.exit]
    same = set(case.outputs) == set(gives)
    require(same, f"expected the outputs {sorted(gives)}, received {sorted(case.outputs)}", f"{where}.outputs")
    for name, output in case.outputs.items():
        _check_output(output, gives[name], name, manifest, f"{where}.outputs.{name}")


def _check_one_of(name, known, where):
    if name not in known:  # a sentence for each of a million names would take minutes
        raise BundleError(f"expected one of {sorted(known)}, received {name!r}", field=where)


def _check_parameters(parameters, manifest, where):
    for name, value in parameters.items():
        _check_one_of(name, manifest.parameters, where)
        problem = setting_problem(manifest.parameters[name], value)
        require(problem is None, problem, f"{where}.{name}")


def _check_inputs(case, arrays, manifest, program, where):
    for place in case.inputs.values():
        require(place < len(arrays), f"expected an array below {len(arrays)}, received {place}", where)
    missing, strange = set(program.inputs) - set(case.inputs), set(case.inputs) - set(manifest.inputs)
    problem = f"expected the inputs {sorted(program.inputs)}, received {sorted(case.inputs)}"
    require(not missing and not strange, problem, where)
    for name in program.inputs:
        shape, array = manifest.values[name].shape, arrays[case.inputs[name]]
        image = isinstance(manifest.inputs[name], m.ImageInput)
        form = list(shape[1:] if image else shape)
        pixels = image and array.type == "uint8" and len(array.shape) in (2, 3)
        exactly = array.type == "float32" and list(array.shape) == form
        expected = f"float32 {form}" + (", or uint8 pixels of two or three sides" if image else "")
        received = f"{array.type} {list(array.shape)}"
        require(pixels or exactly, f"expected {expected}, received {received}", f"{where}.{name}")


def _check_event(event, manifest, program, where):
    expected = [DETAILS[event.kind]] if event.kind in DETAILS else []
    received = [key for key in ("why", "case", "row", "corners") if getattr(event, key) is not None]
    problem = f"expected {expected} beside kind and name, received {received}"
    require(received == expected, problem, where)
    if event.kind in ("failed", "skipped", "not_reached"):
        _check_one_of(event.name, program.parts, f"{where}.name")
    elif event.kind == "crop":
        known = event.name in manifest.values
        require(known, f"expected a value of the bundle, received {event.name!r}", f"{where}.name")


def _check_output(golden: GoldenOutput, value: str, name: str, manifest: m.Manifest, where: str) -> None:
    """The fields that an output of its kind has, and as many numbers in each as it has."""
    output, tensor = manifest.outputs[name], manifest.values[value]
    boxes, labelled = isinstance(output, m.BoxesOutput), isinstance(output, m.LabelsOutput)
    expected = ["boxes"] if boxes else ["label", "probabilities"] if labelled else []
    received = [key for key in _BESIDE if getattr(golden, key) is not None]
    require(received == expected, f"expected {expected} beside the numbers, received {received}", where)
    count = elements(tensor)
    if boxes:
        rows, count = tensor.shape[1], 4 * len(golden.boxes)
        problem = f"expected at most {rows} boxes, received {len(golden.boxes)}"
        require(len(golden.boxes) <= rows, problem, f"{where}.boxes")
        _check_boxes(golden.boxes, output, manifest, f"{where}.boxes")
    elif labelled:
        labels = len(_labels(output, manifest))
        count = count if output.table is None else labels
        _check_below(golden.label, labels, f"{where}.label")
        _check_count(golden.probabilities, labels, f"{where}.probabilities")
    _check_count(golden.numbers, count, f"{where}.numbers")


def _check_boxes(boxes, output, manifest, where):
    labels, masks = len(_labels(output, manifest)), getattr(output, "masks", None)
    pixels = None if masks is None else math.prod(manifest.values[masks].shape[2:])
    for number, box in enumerate(boxes):
        _check_below(box.label, labels, f"{where}[{number}].label")
        _check_count(box.mask, pixels, f"{where}[{number}].mask")


def _labels(output, manifest):
    """The labels of an output, or those of the rows that its table comes with."""
    return output.labels if output.table is None else manifest.tables[output.table].labels


def _check_below(label, labels, where):
    require(label < labels, f"expected a label below {labels}, received {label}", where)


def _check_count(numbers, expected, where):
    received = None if numbers is None else len(numbers)
    wanted = "no numbers" if expected is None else f"{expected} numbers"
    require(received == expected, f"expected {wanted}, received {'none' if received is None else received}", where)
