"""A bundle's program on a batch: its executor, and images as the program's input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from ..bundle import Bundle
from ..bundle.manifest import Tensor
from ..runtime.image import ImageReader
from .executor import Executor, Part
from .units import bundle_parts


def bundle_executor(bundle: Bundle, remote: Mapping[str, Part] | None = None) -> Executor:
    """The executor of a bundle's program on its own parts.

    Args:
        bundle: any.
        remote: what stands for the parts that have no file, by name.
    """
    manifest = bundle.manifest
    parts = bundle_parts(bundle) | dict(remote or {})
    return Executor(msgspec.to_builtins(manifest.program), parts, msgspec.to_builtins(manifest.parameters))


def bundle_inputs(bundle: Bundle, images: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """Images as one batch of the program's input, float32 `[images, height, width, channels]`.

    Args:
        bundle: whose preprocessing is done.
        images: what `Chain.run` takes, at least one.
    """
    spec = bundle.manifest.input
    read = ImageReader(spec, Tensor(shape=(1, *spec.shape), type="float32"))
    return {spec.name: np.concatenate([read(image).copy() for image in images])}
