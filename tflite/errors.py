"""The errors of the runtime: one sentence each, with what was expected first and what was received last."""


class FrugalError(ValueError):
    """Any error that a bundle, a chain or a budget raises on purpose."""


class BundleError(FrugalError):
    """A bundle was refused; nothing in it has been run.

    Attributes:
        file: the file at fault, relative to the bundle (`manifest.json`, `parts/stage_1.tflite`), or the bundle's path.
        field: the field of the manifest at fault, such as `program[3].then[0].part`, or the empty string.
        problem: the sentence without file and field.
    """

    def __init__(self, problem, *, file="manifest.json", field=""):
        self.problem = problem
        self.file = str(file)
        self.field = field
        place = f"{self.file}: {field}" if field else self.file
        super().__init__(_one_line(f"{place}: {problem}"))


def _one_line(text):
    """The text with whatever cannot be printed, such as a line break inside a name, as Python writes it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class ChainError(FrugalError):
    """A call of a chain was refused: its image, its budget, its operating point or its parameters."""
