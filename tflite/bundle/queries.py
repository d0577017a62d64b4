"""Questions about a bundle: its labels and its picture, its programs' parts and answers, who gave an answer."""

from __future__ import annotations

from collections.abc import Sequence

from . import manifest as m
from .check_size import numbers_read, walk


def labels(manifest: m.Manifest) -> tuple[str, ...]:
    """The names of the classes of the first output that is one of labels; none where there is no such output.

    Those of a table are the ones that the bundle comes with.
    """
    return next(iter(labels_by_output(manifest).values()), ())


def of_table(manifest: m.Manifest) -> str | None:
    """The table whose rows are the classes of the first output that is one of labels; None where they are fixed."""
    outputs = (output for output in manifest.outputs.values() if isinstance(output, m.LabelsOutput))
    return getattr(next(outputs, None), "table", None)


def inputs(manifest: m.Manifest, program: str = "main") -> list[str]:
    """Names of the inputs that a program reads anywhere, in the order of the manifest."""
    read: set[str] = set()
    for step in walk(manifest.programs[program]):
        read.update(numbers_read(step, manifest.outputs))
        if isinstance(step, m.Run):
            read.update(step.inputs.values())
        elif isinstance(step, m.Crop):
            read.add(step.value)
        elif isinstance(step, m.Each):
            read.update((*step.rows.values(), *step.stacks.values()))
    return [name for name in manifest.inputs if name in read]


def picture(manifest: m.Manifest) -> tuple[m.ImageInput, tuple[int, int, int]] | None:
    """The only input of `main`, if it is a picture, and (height, width, channels); None where it is not one alone."""
    names = inputs(manifest)
    entry = manifest.inputs[names[0]] if len(names) == 1 else None
    return (entry, manifest.values[names[0]].shape[1:]) if isinstance(entry, m.ImageInput) else None


def row_outputs(manifest: m.Manifest, program: str) -> list[str]:
    """Names of the outputs of the kind `row` that a program may give, sorted; one that teaches has exactly one."""
    given = {name for step in walk(manifest.programs[program]) for name in getattr(step, "gives", ())}
    return sorted(name for name in given if isinstance(manifest.outputs[name], m.RowOutput))


def teaching(manifest: m.Manifest) -> dict[str, str]:
    """Of every program that teaches the table that gets the row, in the order of the manifest."""
    rows = {program: row_outputs(manifest, program) for program in manifest.programs}
    return {program: manifest.outputs[found[0]].table for program, found in rows.items() if len(found) == 1}


def asking(manifest: m.Manifest, names: Sequence[str]) -> str | None:
    """The parameter whose values have these names, of the groups of some samples: each is asked with its own."""
    return next((key for key, one in manifest.parameters.items() if names and one.names == tuple(names)), None)


def asked(manifest: m.Manifest, names: Sequence[str], groups: Sequence[int] | None) -> list[dict[str, float]] | None:
    """The settings with which each sample is asked.

    Args:
        manifest: of the bundle.
        names: of the groups, in order.
        groups: index of each sample's group; or None.

    Returns:
        For each sample {parameter: number}; None where no parameter has these names.
    """
    found = asking(manifest, names)
    return None if found is None or groups is None else [{found: float(number)} for number in groups]


def labels_by_output(manifest: m.Manifest) -> dict[str, tuple[str, ...]]:
    """The names of the classes of every output that is one of labels, as `labels` has them."""
    outputs = {name: output for name, output in manifest.outputs.items() if isinstance(output, m.LabelsOutput)}
    return {
        name: output.labels if output.table is None else manifest.tables[output.table].labels
        for name, output in outputs.items()
    }


def parts(steps: Sequence) -> list[str]:
    """Names of the parts that a program may run, each once, in the order in which they are written."""
    return list(dict.fromkeys(step.part for step in walk(steps) if hasattr(step, "part")))


def answers(steps: Sequence) -> list[str]:
    """Names of a program's exits and answers, in the order in which they are written."""
    return [step.name for step in walk(steps) if hasattr(step, "gives")]


def answering_part(steps: Sequence, exit_name: str, path: Sequence[str]) -> str | None:
    """The part that computed what was answered: it need not be the last one that was run.

    Args:
        steps: the program.
        exit_name: of the exit or answer at which it ended.
        path: names of the parts that were run, in order.

    Returns:
        The last part in the path that may write a value answered with; None where no part has.
    """
    every = list(walk(steps))
    (given,) = (set(step.gives.values()) for step in every if hasattr(step, "gives") and step.name == exit_name)
    writers = {step.part for step in every if hasattr(step, "part") and given & set(step.outputs.values())}
    return next((name for name in reversed(path) if name in writers), None)


def facts(manifest: m.Manifest) -> dict:
    """What a reader wants to know of a manifest, as plain data."""
    points = manifest.operating_points
    files = {part.file: part.bytes for part in manifest.parts.values() if part.file is not None}
    return {
        "name": manifest.name,
        "labels": list(labels(manifest)),
        "input": list(picture(manifest)[1]),
        "parts": {name: {"costs": part.costs, "parameters": part.parameters} for name, part in manifest.parts.items()},
        "types": sorted({tensor.type for part in manifest.parts.values() for tensor in part.inputs.values()}),
        "bytes": sum(files.values()),
        "files": len(files),
        "settings": {point.name: dict(point.parameters) for point in points},
        "promised": {point.name: {"accuracy": point.accuracy, "samples": point.samples} for point in points},
        "provenance": manifest.provenance,
    }
