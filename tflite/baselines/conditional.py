"""The conditional network of a bundle: one model whose exits are nested IF operators."""

from __future__ import annotations

from ..bundle import Bundle
from ..bundle import manifest as m
from ..graph.conditional import Stage, conditional
from ..graph.link import Unit, link
from .bundles import BaselineError, with_one_part
from .linear import LinearProgram, answered, linearize, needed_values


def conditional_bundle(bundle: Bundle, point: str) -> Bundle:
    """Makes one model that leaves by IF operators where the chain leaves at an operating point.

    Args:
        bundle: the chain's bundle.
        point: name of the operating point, whose thresholds become constants of the model.

    Raises:
        BaselineError: the program is not linear, or an exit's rule is not a threshold on a score (`at_least`).
    """
    linear = linearize(bundle)
    stages = _stages(linear, _settings(bundle.manifest, point))
    model = conditional(stages)
    inputs = [name for name in linear.given if any(name in stage.part.inputs.values() for stage in stages)]
    run = m.Run(
        part="conditional", inputs={name: name for name in inputs}, outputs={"logits": "answer", "exit": "exit"}
    )
    end = m.Answer(name="answer", gives={answered(linear.stages[-1][1])[0]: "answer"})
    return with_one_part(bundle, "conditional", model, (*linear.fills_of(inputs), run, end))


def _stages(linear: LinearProgram, settings: dict) -> list[Stage]:
    """The program's stages as `conditional.Stage`s: the units of each linked to one."""
    result, later = [], set()
    for number, (units, end) in reversed(list(enumerate(linear.stages))):
        stop, (_, answer) = _stop(end, settings), answered(end)
        own = {answer} if stop is None else {answer, stop[0]}
        written = {value for unit in units for value in unit.outputs.values()}
        outputs = (own | later) & written
        inputs = needed_values(units, outputs) - written
        names = {value: value for value in sorted(inputs)}, {value: value for value in sorted(outputs)}
        result.insert(0, Stage(Unit(f"stage_{number + 1}", link(units, *names), *names), answer, stop))
        later = (later - written) | inputs | (own - written)
    return result


def _stop(end: m.Exit | m.Answer, settings: dict) -> tuple[str, float] | None:
    """The score that an exit reads and its threshold; None for the answer."""
    if isinstance(end, m.Answer):
        return None
    if not isinstance(end.rule, m.AtLeast):
        kind = type(end.rule).__struct_config__.tag
        raise BaselineError(f"expected exits with the rule at_least, which an IF operator can equal, received {kind}")
    threshold = end.rule.threshold
    return end.rule.value, settings[threshold.parameter] if hasattr(threshold, "parameter") else threshold


def _settings(manifest: m.Manifest, point: str) -> dict:
    """The value of every parameter at an operating point."""
    (chosen,) = (p for p in manifest.operating_points if p.name == point)
    return {name: parameter.default for name, parameter in manifest.parameters.items()} | dict(chosen.parameters)
