"""The runtime's errors: one sentence each, what was expected first, what was received last."""

from __future__ import annotations

from os import PathLike

MAX_PROBLEM = 1000  # characters of a bundle's own that a sentence cites


class FrugalError(ValueError):
    """Base of all errors that this package raises on purpose."""


class BundleError(FrugalError):
    """A bundle was refused, and nothing in it was run.

    Attributes:
        file: the file at fault, relative to the bundle (`manifest.json`, `parts/stage_1.tflite`), or the bundle's path.
        field: the field of the manifest at fault, such as `programs.main[3].then[0].part`, or the empty string.
        problem: the sentence without file and field.
        bundle: the folder or .zip, once that is known.
    """

    bundle: str | None = None

    def __init__(self, problem: str, *, file: str | PathLike = "manifest.json", field: str = ""):
        self.problem = problem if len(problem) <= MAX_PROBLEM else problem[:MAX_PROBLEM] + "..."
        self.file = str(file)
        self.field = field
        place = f"{self.file}: {field}" if field else self.file
        super().__init__(_one_line(f"{place}: {self.problem}"))


def _one_line(text: str) -> str:
    """Escapes characters that cannot be printed, such as a line break inside a name."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class ChainError(FrugalError):
    """A call of a chain was refused because of its image, budget, operating point or parameters."""

    def __init__(self, problem: str):
        super().__init__(_one_line(problem))


class NoAnswerError(ChainError):
    """A run was ended before it had an answer: the application cancelled it, or its time was over long ago.

    Attributes:
        reason: "cancelled" or "latency".
    """

    def __init__(self, problem: str, reason: str):
        self.reason = reason
        super().__init__(problem)


class RemoteError(ChainError):
    """A part that runs elsewhere gave nothing, or nothing that can be used."""
