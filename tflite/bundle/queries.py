"""Questions about a bundle's program: which parts and which answers it has, and which part gave an answer."""

from __future__ import annotations

from collections.abc import Sequence

from .check_size import walk


def parts(steps: Sequence) -> list[str]:
    """Names of the parts that a program may run, each once, in the order in which they are written."""
    return list(dict.fromkeys(step.part for step in walk(steps) if hasattr(step, "part")))


def answers(steps: Sequence) -> list[str]:
    """Names of a program's exits and answers, in the order in which they are written."""
    return [step.name for step in walk(steps) if hasattr(step, "activation")]


def answering_part(steps: Sequence, exit_name: str, path: Sequence[str]) -> str | None:
    """The part that computed what was answered: it need not be the last one that was run.

    Args:
        steps: the program.
        exit_name: of the exit or answer at which it ended.
        path: names of the parts that were run, in order.

    Returns:
        The last part in the path that may write the value answered with; None where no part has.
    """
    every = list(walk(steps))
    (value,) = (step.value for step in every if hasattr(step, "activation") and step.name == exit_name)
    writers = {step.part for step in every if hasattr(step, "part") and value in step.outputs.values()}
    return next((name for name in reversed(path) if name in writers), None)
