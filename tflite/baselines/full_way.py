"""A program that branches, as the linear one that every image goes through at the most expensive operating point."""

from __future__ import annotations

import msgspec

from ..batched.bundles import bundle_executor, bundle_inputs
from ..batched.outcomes import Outcomes
from ..batched.steps import walk
from ..bundle import Bundle
from ..bundle import manifest as m
from ..graph.link import Unit
from .bundles import BaselineError, inputs_of_goldens, part_model
from .linear import LinearProgram


def full_way(bundle: Bundle) -> LinearProgram:
    """Follows the inputs of a bundle's self-test at its last operating point.

    Values that are written again get a name of their own each time, so that the parts can be linked.

    Raises:
        BaselineError: they go different ways there, the bundle has none or has tables, or parts run remotely, repeat,
            or look at regions.
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
        if event.kind in ("crop", "keep", "row", "repeat", "remote", "failed"):
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
    end = m.Answer(name="answer", gives={output: names[value] for output, value in answer["gives"].items()})
    given = (*bundle.manifest.inputs, *(fill.output for fill in fills))
    return LinearProgram(given, tuple(fills), ((tuple(units), end),))


def _run_everything(bundle: Bundle) -> Outcomes:
    """The inputs of the self-test at the last, most expensive operating point."""
    manifest, inputs = bundle.manifest, inputs_of_goldens(bundle)
    if asked := [name for name, parameter in manifest.parameters.items() if parameter.names]:
        raise BaselineError(
            f"expected a program of one task, which a static network can equal, received one that is asked {asked[0]!r}"
        )
    if not inputs:
        raise BaselineError("expected a bundle with a self-test, whose inputs show the whole way, received none")
    if any(part.file is None for part in manifest.parts.values()):
        raise BaselineError("expected parts that run locally, which a static network can equal, received a remote one")
    setting = dict(manifest.operating_points[-1].parameters)
    return bundle_executor(bundle).run(bundle_inputs(bundle, inputs), setting)
