"""Questions about a bundle: its labels and its picture, its programs' parts and answers, who gave an answer."""

from __future__ import annotations

from collections.abc import Sequence

from . import manifest as m
from .check_size import walk


def labels(manifest: m.Manifest) -> tuple[str, ...]:
    """The names of the classes of the first output that is one of labels; none where there is no such output."""
    return next((output.labels for output in manifest.outputs.values() if isinstance(output, m.LabelsOutput)), ())


def picture(manifest: m.Manifest) -> tuple[m.ImageInput, tuple[int, int, int]] | None:
    """The one input of a bundle that looks at a picture, and (height, width, channels); None where it takes others."""
    if len(manifest.inputs) > 1:
        return None
    ((name, entry),) = manifest.inputs.items()
    return (entry, manifest.values[name].shape[1:]) if isinstance(entry, m.ImageInput) else None


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
