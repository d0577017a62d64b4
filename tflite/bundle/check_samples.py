"""Checks a manifest's samples: pictures that its program is asked about, each of one of its labels."""

from __future__ import annotations

import math

from . import manifest as m
from . import queries
from .check_size import require


def check_samples(manifest: m.Manifest) -> None:
    """Checks the samples of a manifest whose programs have been checked, if it has any.

    Raises:
        BundleError: `main` is asked about anything but one picture, or answers no label, or the file has another size.
    """
    samples = manifest.samples
    if samples is m.UNSET:
        return
    picture = queries.picture(manifest)
    problem = "expected a program that reads one picture and nothing else, received another one"
    require(picture is not None, problem, "samples")
    names = queries.labels(manifest)
    require(len(names) > 0, "expected an output of labels, received none", "samples")
    shape, count, size = picture[1], len(samples.labels), samples.images.bytes
    problem = f"expected the bytes of {count} pictures of {list(shape)}, received {size}"
    require(size == count * math.prod(shape), problem, "samples.images.bytes")
    for number, label in enumerate(samples.labels):
        problem = f"expected a label from 0 to {len(names) - 1}, received {label}"
        require(label < len(names), problem, f"samples.labels[{number}]")
