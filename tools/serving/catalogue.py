"""The parts that a server answers for: those of its bundles that run remotely, checked against the manifests."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tflite.bundle import Bundle
from tflite.bundle.check_size import walk
from tflite.bundle.manifest import Part
from tflite.errors import BundleError
from tflite.program.values import DTYPES
from tflite.remote import wire
from tools.serving.batched_models import Arrays, Runner, batches_hold, joined, split


@dataclass
class ServedPart:
    """A part, and the interpreters that run it. Any number of threads may.

    Attributes:
        bundle: its name.
        version: SHA-256 of the bundle's manifest.
        name: of the part.
        part: what the manifest says of it.
        most: requests that it runs as one batch.
        sha256: of its file.
    """

    bundle: str
    version: str
    name: str
    part: Part
    content: bytes = field(repr=False)
    most: int = 1

    def __post_init__(self) -> None:
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.bytes_in, self.bytes_out = wire.size(self.part.inputs), wire.size(self.part.outputs)
        self._idle: dict[int, queue.SimpleQueue] = {}
        size = 1
        while size <= self.most:
            self._idle[size] = queue.SimpleQueue()
            size *= 2
        for size in self._idle:  # what TensorFlow Lite does not take is found now, and the first request is no slower
            self._give_back(self._taken(size))

    def run(self, requests: Sequence[Arrays]) -> list[Arrays]:
        """Outputs of each request, whose inputs are those of the manifest; at most `most` of them."""
        size = next(size for size in self._idle if size >= len(requests))
        runner = self._taken(size)
        try:
            return split(runner(joined(requests, size)), len(requests))
        finally:
            self._give_back(runner)

    def _taken(self, size):
        try:
            return self._idle[size].get_nowait()
        except queue.Empty:
            return Runner(self.content, self.part, size)

    def _give_back(self, runner):
        self._idle[runner.size].put(runner)


class Catalogue:
    """What is served: a part by bundle name, SHA-256 of the manifest, and its own name.

    Args:
        bundles: folders; several of one name are versions of it.
        batch: requests that a part runs at once, at most.

    Raises:
        BundleError: one is refused, has no remote parts, or not the files of them.
    """

    def __init__(self, bundles: Sequence[str], batch: int = 1) -> None:
        self.parts: dict[tuple[str, str, str], ServedPart] = {}
        self._versions: dict[str, list[str]] = {}
        for path in bundles:
            bundle = Bundle.load(path)
            name = wire.segment(bundle.manifest.name)
            self._versions.setdefault(name, []).append(bundle.sha256)
            for part in _remote_parts(bundle):
                served = _served(bundle, part, batch)
                self.parts[name, bundle.sha256, wire.segment(part)] = served

    def versions(self, bundle: str) -> list[str]:
        """SHA-256 of the manifests that are served under a bundle's name."""
        return self._versions.get(bundle, [])

    def described(self) -> list[dict]:
        """What is served, for people and tests."""
        return [
            {
                "bundle": served.bundle,
                "sha256": served.version,
                "part": served.name,
                "part_sha256": served.sha256,
                "inputs": wire.described(served.part.inputs),
                "outputs": wire.described(served.part.outputs),
                "batch": served.most,
            }
            for served in self.parts.values()
        ]


def _remote_parts(bundle):
    steps = (step for program in bundle.manifest.programs.values() for step in walk(program))
    found = list(dict.fromkeys(step.part for step in steps if getattr(step, "on", "local") == "remote"))
    if not found:
        raise BundleError(
            "expected a bundle that runs parts remotely, received one that runs all here", file=bundle.path
        )
    return found


def _served(bundle, name, batch):
    part, content = bundle.manifest.parts[name], _content(bundle, name)
    _check_tensors(part, content, name)
    most = 1
    while 2 * most <= batch and batches_hold(content, part, 2 * most):
        most *= 2
    return ServedPart(bundle.manifest.name, bundle.sha256, name, part, content, most)


def _content(bundle, name):
    """The file of a part: that of the server half, or the bundle's own where the part may run on a device too."""
    part, place = bundle.manifest.parts[name], Path("server", f"{name}.tflite")
    try:
        content = (bundle.path / place).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if part.file is None:
            raise BundleError("expected the server half of the bundle, received nothing there", file=place) from None
        return bundle.read(part.file)
    made = bundle.manifest.provenance.get("server")
    known = made.get(name) if isinstance(made, dict) else None
    received = hashlib.sha256(content).hexdigest()
    if known is not None and known != received:
        raise BundleError(f"expected a file of SHA-256 {known}, received {received}", file=place)
    return content


def _check_tensors(part, content, name):
    """Raises BundleError where the file is not what the manifest says of the part."""
    place = f"parts.{name}"
    try:
        interpreter = Interpreter(model_content=content)
        runner = interpreter.get_signature_runner(part.signature)
    except (ValueError, RuntimeError) as error:
        raise BundleError(f"expected a TFLite model, but TFLite says: {error}", field=place) from None
    for tensors, details in (
        (part.inputs, runner.get_input_details()),
        (part.outputs, runner.get_output_details()),
    ):
        if set(tensors) != set(details):
            raise BundleError(f"expected the tensors {sorted(tensors)}, received {sorted(details)}", field=place)
        for key, tensor in tensors.items():
            expected = (tensor.shape, np.dtype(DTYPES[tensor.type]).name)
            received = (tuple(map(int, details[key]["shape"])), np.dtype(details[key]["dtype"]).name)
            if expected != received:
                raise BundleError(f"{key}: expected {expected}, received {received}", field=place)
