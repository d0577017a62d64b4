"""The server half of a bundle in this process: for tools and tests, which need no network to ask it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ..bundle import Bundle
from ..errors import ChainError
from ..program.remote import Remote

FOLDER = "server"  # of a bundle's folder, where conversions write what no device opens


class ServerParts:
    """A chain's `remote` that runs the parts of a bundle that have no file of their own.

    Args:
        bundle: a folder, with a file `server/NAME.tflite` for each of them.

    Raises:
        ChainError: a file is not there, or is no model.
    """

    def __init__(self, bundle: Bundle):
        self._runners = {}
        for name, part in bundle.manifest.parts.items():
            if part.file is None:
                file = Path(bundle.path) / FOLDER / f"{name}.tflite"
                try:
                    self._runners[name] = Interpreter(str(file), num_threads=1).get_signature_runner()
                except (OSError, ValueError, RuntimeError) as error:
                    raise ChainError(f"remote part {name}: expected a model in {file}, received {error}") from None

    def __call__(self, part: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of a part by name."""
        return self._runners[part](**inputs)


def server_parts(bundle: Bundle) -> Remote | None:
    """The server half of a bundle; None where it has none, or none of its files is there."""
    far = [name for name, part in bundle.manifest.parts.items() if part.file is None]
    there = Path(bundle.path).is_dir() and any((Path(bundle.path) / FOLDER / f"{n}.tflite").exists() for n in far)
    return ServerParts(bundle) if there else None
