"""Tells whether `import tflite` would find this project's package or the other one of that name on PyPI.

PyPI's `tflite` reads flatbuffer schemas and has nothing to do with this project; once installed it can win over the
repository's folder. Nothing is imported here: only the place where Python would find the package is looked at.
"""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def found_tflite() -> Path | None:
    """Returns the folder from which `import tflite` is, or would be, served; None where there is none."""
    try:
        spec = importlib.util.find_spec("tflite")  # of what is imported already its own
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).resolve().parent if spec is not None and spec.origin else None


def foreign_tflite() -> str | None:
    """Returns one sentence that says what is wrong with the `tflite` that Python would import, or None."""
    expected, found = ROOT / "tflite", found_tflite()
    if found == expected:
        return None
    remedy = "`pip uninstall tflite` removes PyPI's package of that name" if found else "start from a whole checkout"
    return f"expected the package tflite of this project ({expected}); {remedy}; found {found or 'none'}"
