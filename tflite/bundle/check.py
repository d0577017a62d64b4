"""Static checks of a manifest: a program that passes them runs to an answer.

`check_program.py` checks the program, this module everything else. No file is opened and nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from . import manifest as m
from .check_program import check_programs
from .check_samples import check_samples
from .check_size import check_elements, require
from .check_tables import check_tables
from .json_text import MAX_BYTES

INTEGER_RANGE = {"int8": (-128, 127), "uint8": (0, 255), "int16": (0, 0)}  # of zero points; these types have scales


def check_manifest(manifest: m.Manifest) -> None:
    """Checks a manifest beyond what its schema can say.

    Args:
        manifest: as `manifest.decode` returns it.

    Raises:
        BundleError: a check fails; the error names the field.
    """
    _check_files(manifest)
    for name, tensor in manifest.values.items():
        _check_tensor(tensor, f"values.{name}")
    for name in manifest.inputs:
        _check_input(name, manifest.inputs, manifest.values.get(name))
    for name, part in manifest.parts.items():
        _check_part(name, part, set(next(iter(manifest.parts.values())).costs))
    for name, parameter in manifest.parameters.items():
        _check_parameter(name, parameter)
    _check_points(manifest)
    check_tables(manifest)
    check_programs(manifest)
    check_samples(manifest)


def manifest_files(manifest: m.Manifest) -> Iterator[tuple[str, str, str | None, int | None]]:
    """Yields (field, file, sha256, bytes) of every file that a runtime opens."""
    for name, part in manifest.parts.items():
        if part.file is not None:
            yield f"parts.{name}.file", part.file, part.sha256, part.bytes
    for name, table in manifest.tables.items():
        if table.content is not None:
            yield f"tables.{name}.content.file", table.content.file, table.content.sha256, table.content.bytes
    if manifest.goldens is not None:
        for key in ("index", "arrays"):
            entry = getattr(manifest.goldens, key)
            yield f"goldens.{key}.file", entry.file, entry.sha256, entry.bytes
    if manifest.samples is not m.UNSET:
        entry = manifest.samples.images
        yield "samples.images.file", entry.file, entry.sha256, entry.bytes


def _check_files(manifest):
    """Checks that paths stay inside the folder, and that parts which share a file agree on it."""
    seen = {}
    for where, file, sha256, size in manifest_files(manifest):
        path = PurePosixPath(file)
        plain = not path.is_absolute() and ".." not in path.parts and str(path) == file and file != "."
        require(
            plain and not set(file) & set("\\:\0"),
            f"expected a relative path with forward slashes inside the bundle, received {file!r}",
            where,
        )
        complete = sha256 is not None and size is not None
        require(complete, "expected sha256 and bytes beside the file, received null", where)
        require(size <= m.MAX_FILE_BYTES, f"expected at most {m.MAX_FILE_BYTES} bytes, received {size}", where)
        require(file != "manifest.json", "expected another file than the manifest, received 'manifest.json'", where)
        require(
            seen.setdefault(file, (sha256, size)) == (sha256, size),
            f"expected one sha256 and one size for a file that is named twice, received two for {file!r}",
            where,
        )
    index = manifest.goldens and manifest.goldens.index.bytes
    problem = f"expected at most {MAX_BYTES} bytes, received {index}"
    require(not index or index <= MAX_BYTES, problem, "goldens.index.file")


def _check_input(name, inputs, tensor):
    entry, where, value = inputs[name], f"inputs.{name}", f"values.{name}"
    require(tensor is not None, "expected a value of that name, received none", where)
    problem = f"expected float32, int8, uint8 or int16 for an input, received {tensor.type}"
    require(tensor.type != "int32", problem, f"{value}.type")
    if isinstance(entry, m.ImageInput):
        image = len(tensor.shape) == 4 and tensor.shape[0] == 1
        problem = f"expected [1, height, width, channels], received {list(tensor.shape)}"
        require(image, problem, f"{value}.shape")
        for key in ("scale", "offset"):
            count = len(getattr(entry, key))
            problem = f"expected one number for each of {tensor.shape[3]} channels, received {count}"
            require(count == tensor.shape[3], problem, f"{where}.{key}")
        problem = f'expected 0 where the crop is not "pad", received {entry.padding}'
        require(entry.crop == "pad" or entry.padding == 0, problem, f"{where}.padding")
    elif isinstance(entry, m.BoxInput):
        require(tensor.shape == (1, 4), f"expected [1, 4], received {list(tensor.shape)}", f"{value}.shape")
        problem = f"expected an input of the kind image, received {entry.image!r}"
        require(isinstance(inputs.get(entry.image), m.ImageInput), problem, f"{where}.image")


def _check_part(name, part, units):
    where = f"parts.{name}"
    problem = f"expected macs among the costs, received {sorted(part.costs)}"
    require("macs" in part.costs, problem, f"{where}.costs")
    require(
        set(part.costs) == units,
        f"expected every part to have the same units, received {sorted(part.costs)}",
        f"{where}.costs",
    )
    for side in ("inputs", "outputs"):
        for key, tensor in getattr(part, side).items():
            _check_tensor(tensor, f"{where}.{side}.{key}")


def _check_tensor(tensor, where):
    check_elements(tensor.shape, where)
    if tensor.type in INTEGER_RANGE:
        low, high = INTEGER_RANGE[tensor.type]
        require(tensor.scale is not None, f"expected a scale for {tensor.type}, received none", where)
        inside = tensor.zero_point is not None and low <= tensor.zero_point <= high
        expected = f"a zero point {f'from {low} to {high}' if low < high else f'of {low}'} for {tensor.type}"
        require(inside, f"expected {expected}, received {tensor.zero_point}", where)
    else:
        none = tensor.scale is None and tensor.zero_point is None
        require(none, f"expected no scale and no zero point for {tensor.type}, received one", where)


def _check_parameter(name, parameter):
    where = f"parameters.{name}"
    require(parameter.minimum <= parameter.maximum, "expected minimum <= maximum, received the reverse", where)
    problem = setting_problem(parameter, parameter.default)
    require(problem is None, problem, f"{where}.default")
    if parameter.names:
        _check_names(parameter, where)


def _check_names(parameter, where):
    last = len(parameter.names) - 1
    bounds = parameter.minimum == 0 and parameter.maximum == last
    received = f"{parameter.minimum:g} to {parameter.maximum:g}"
    require(bounds, f"expected bounds of 0 to {last} for {last + 1} names, received {received}", where)
    one = not isinstance(parameter.default, tuple)
    require(one, "expected one number as the default of a parameter with names, received a list", f"{where}.default")
    twice = next((name for i, name in enumerate(parameter.names) if name in parameter.names[:i]), None)
    require(twice is None, f"expected names that differ, received {twice!r} twice", f"{where}.names")


def setting_problem(parameter: m.Parameter, value: float | tuple[float, ...]) -> str | None:
    """Checks a setting of a parameter.

    Args:
        parameter: the manifest's description of it.
        value: a number, or a tuple of numbers.

    Returns:
        A sentence that says what is wrong, or None if the value is accepted.
    """
    expected = len(parameter.default) if isinstance(parameter.default, tuple) else None
    received = len(value) if isinstance(value, tuple) else None
    if expected != received:
        form = "a number" if expected is None else f"a list of {expected} numbers"
        return f"expected {form}, received {'a number' if received is None else f'a list of {received}'}"
    for number in (value,) if received is None else value:
        if not parameter.minimum <= number <= parameter.maximum:
            return f"expected {parameter.minimum:g} to {parameter.maximum:g}, received {number:g}"
    return None


def _check_points(manifest):
    names, units = [point.name for point in manifest.operating_points], next(iter(manifest.parts.values())).costs
    unit, least = manifest.sorted_by, 0.0
    require(unit in units, f"expected one of the units {sorted(units)}, received {unit!r}", "sorted_by")
    for i, point in enumerate(manifest.operating_points):
        where = f"operating_points[{i}]"
        unique = names.index(point.name) == i
        require(unique, f"expected names that differ, received {point.name!r} twice", f"{where}.name")
        for key, value in point.parameters.items():
            parameter = manifest.parameters.get(key)
            known = parameter is not None
            require(known, f"expected a parameter of the bundle, received {key!r}", f"{where}.parameters")
            problem = setting_problem(parameter, value)
            require(problem is None, problem, f"{where}.parameters.{key}")
        cost = point.costs.get(unit)
        require(cost is not None, f"expected {unit} among the costs, received {sorted(point.costs)}", f"{where}.costs")
        problem = f"expected no less {unit} than the point before, {least:g}, received {cost:g}"
        require(cost >= least, problem, f"{where}.costs.{unit}")
        least = cost
    require(
        manifest.default_operating_point in names,
        f"expected one of {names}, received {manifest.default_operating_point!r}",
        "default_operating_point",
    )
