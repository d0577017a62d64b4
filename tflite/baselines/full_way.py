"""A program that branches, as the linear one that every image goes through at the most expensive operating point."""

from __future__ import annotations

import msgspec
import numpy as np

from ..batched.executor import Executor
from ..batched.outcomes import Outcomes
from ..batched.steps import walk
from ..batched.units import bundle_parts
from ..bundle import Bundle, goldens
from ..bundle import manifest as m
from ..graph.link import Unit
from ..runtime.image import ImageReader
from .bundles import part_model
from .linear import BaselineError, LinearProgram


def full_way(bundle: Bundle) -> LinearProgram:
    """Follows the images of a bundle's self-test at its last operating point.

    Values that are written again get a name of their own each time, so that the parts can be linked.

    Raises:
        BaselineError: the images go different ways there, the bundle has none, or parts run remotely, repeat or crop.
    """
    outcomes = _run_everything(bundle)
    steps, names, fills, units = dict(walk(outcomes.program)), {}, [], []
    for number, event in enumerate(outcomes.events):
        if not len(event.rows):
            continue
        if len(event.rows) < outcomes.samples:
            raise BaselineError(
                "expected an operating point at which every image goes one way, which a static network can equal, "
                f"received {bundle.manifest.operating_points[-1].name!r} with several"
            )
        if event.kind in ("crop", "repeat", "remote"):
            raise BaselineError(
                f"expected a program of local runs and decisions, to equal by a static network, received {event.kind}"
            )
        step = steps[event.where]
        if event.kind == "fill":
            fills.append(msgspec.convert(step, m.AnyStep))
            names[step["output"]] = step["output"]
        elif event.kind == "run":
            inputs = {port: names.get(value, value) for port, value in step["inputs"].items()}
            names |= {value: f"{value}.{number}" for value in step["outputs"].values()}
            outputs = {port: names[value] for port, value in step["outputs"].items()}
            units.append(Unit(f"{step['part']}.{number}", part_model(bundle, step["part"]), inputs, outputs))
    answer = next(step for _, step in walk(outcomes.program) if step.get("name") == outcomes.ends[outcomes.end[0]])
    end = m.Answer(name="answer", value=names[answer["value"]], activation=answer.get("activation", "softmax"))
    given = (bundle.manifest.input.name, *(fill.output for fill in fills))
    return LinearProgram(given, tuple(fills), ((tuple(units), end),))


def _run_everything(bundle: Bundle) -> Outcomes:
    """The images of the self-test at the last, most expensive operating point."""
    entry, manifest = bundle.manifest.goldens, bundle.manifest
    if entry is None:
        raise BaselineError("expected a bundle with a self-test, whose images show the whole way, received none")
    images = goldens.read_images(
        goldens.read_index(bundle.read(entry.index.file), entry.index.file), bundle.read(entry.images.file), entry
    )
    tensor = m.Tensor(shape=(1, *manifest.input.shape), type="float32")
    read = ImageReader(manifest.input, tensor)
    prepared = np.concatenate([read(image) for image in images])
    if any(part.file is None for part in manifest.parts.values()):
        raise BaselineError("expected parts that run locally, which a static network can equal, received a remote one")
    program = msgspec.to_builtins(manifest.program)
    executor = Executor(program, bundle_parts(bundle), msgspec.to_builtins(manifest.parameters))
    return executor.run({manifest.input.name: prepared}, dict(manifest.operating_points[-1].parameters))
