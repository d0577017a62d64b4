"""TFLite models on the phone's TensorFlow Lite, under QEMU: what they answer, and how many instructions it takes.

The instructions are those of the APK's own arm64 kernels, exactly, and the same in every run on every machine. They
are neither time nor energy: a phone's processor does several at once, and waits for memory.
"""

import contextlib
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from tflite.graph.packing import Packing
from tools.console import UserError
from tools.phone.laboratory import DEFAULT_PROCESSOR, Laboratory, prepare

UNIT = "arm64_instructions"  # its name among the costs of a bundle


class Phone(contextlib.AbstractContextManager):
    """Models that are loaded in the phone's TensorFlow Lite: XNNPACK, one thread. A context manager.

    models: name -> flatbuffer of one subgraph. laboratory: None for that of the default processor. Raises UserError if
    the laboratory is not to be had, or the library refuses a model.
    """

    def __init__(self, models: dict[str, bytes], laboratory: Laboratory | None = None):
        laboratory = laboratory or prepare(DEFAULT_PROCESSOR)
        self.models = {name: Packing(content, name) for name, content in models.items()}
        self._numbers = {name: number for number, name in enumerate(models)}
        self._open, self._around = contextlib.ExitStack(), 0
        with contextlib.ExitStack() as started:  # closed if anything below fails
            folder = Path(started.enter_context(tempfile.TemporaryDirectory()))
            files = [folder / f"{number}.tflite" for number in self._numbers.values()]
            for file, content in zip(files, models.values(), strict=True):
                file.write_bytes(content)
            (folder / "counts").touch()
            self._counts = started.enter_context((folder / "counts").open(encoding="ascii"))
            self._errors = started.enter_context((folder / "errors").open("w+b"))
            self._process = subprocess.Popen(
                laboratory.command(self._counts.name, files),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=laboratory.environment,
            )
            started.callback(self._stop)
            first = next(iter(self.models.values()))
            self._around = self.run(first.name, first.drawn_inputs(), times=0)[1]  # what asking itself takes
            self._open = started.pop_all()

    def __exit__(self, *_) -> None:
        """Ends the runner and removes its files."""
        self._open.close()

    def _stop(self) -> None:
        """Ends the runner, whatever it does, and closes its pipes, whatever is left in them."""
        self._process.kill()
        self._process.communicate()

    def run(self, name: str, inputs: dict, times: int = 1) -> tuple[dict[str, np.ndarray], int]:
        """Runs a model on inputs (name -> array), so many times in a row.

        Returns (output name -> array, instructions of all those runs: copying the inputs in, and invoking). Raises
        UserError if the runner ended; the message is what it said last.
        """
        model = self.models[name]
        request = struct.pack("=ii", self._numbers[name], times) + model.pack(inputs)
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended(name) from None
        outputs = model.unpack(lambda size: self._read(size, name))
        return outputs, self._counted(name)

    def _read(self, size: int, name: str) -> bytes:
        content = self._process.stdout.read(size)
        if len(content) < size:
            raise self._ended(name)
        return content

    def _counted(self, name: str) -> int:
        """What the counter has written since it was asked last: the numbers at the two marks of a request."""
        begin, end = (self._counts.readline() for _ in range(2))
        if not end.endswith("\n"):
            raise self._ended(name)
        return int(end) - int(begin) - self._around

    def _ended(self, name: str) -> UserError:
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").split("\n")
        last = next((line for line in reversed(said) if line.strip()), "nothing")
        return UserError(f"expected the phone's library to run {name}, but it ended and said: {last.strip()[:300]}")


def count(models: dict[str, bytes]) -> dict[str, int]:
    """Instructions of a run of each model on inputs drawn at random."""
    with Phone(models) as phone:
        return {name: phone.run(name, model.drawn_inputs())[1] for name, model in phone.models.items()}


def with_counts(entries: Mapping, counts: Mapping[str, float]) -> dict:
    """Entries of a manifest that have costs, by name, with their instructions among those.

    A part without a file runs on a server, and costs a device none.
    """
    free = {name: 0.0 for name, entry in entries.items() if getattr(entry, "file", name) is None}
    counts = {**counts, **free}
    return {
        name: msgspec.structs.replace(entry, costs=entry.costs | {UNIT: float(counts[name])})
        for name, entry in entries.items()
    }


def unit_instructions(units: dict[str, bytes]) -> dict[str, float]:
    """Instructions of every unit on the phone, less what any invocation takes (that of the cheapest unit).

    Units are to be joined to parts, of which each is invoked once.
    """
    found = count(units)
    overhead = min(found.values())
    return {name: float(max(number - overhead, 1)) for name, number in found.items()}
