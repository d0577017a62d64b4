"""What a chain is measured against: the same trained network in other shapes, each as a chain of the same runtime.

A rival is a bundle in memory, so that it gets the same pre-processing, the same interpreter settings and the same way
from uint8 image to label as the chain. There are four:

- **static**: all parts linked to one model that computes the last answer only; every image pays for all of it;
- **cut short**: such a model up to an exit, whose answer every image gets: the same network at a fixed depth;
- **conditional**: one model whose exits are nested IF operators, at the thresholds of one operating point;
- **full depth**: the chain itself with exits that never leave, which shows what the steps between the parts cost.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tools.console import UserError

NEVER = 1e30  # no score of a controller is as large, and no entropy as small as its negative


@dataclass(frozen=True)
class Line:
    """A program without branches: values that are given at the start, and stages, each ending in an exit or the answer.

    Attributes:
        given: names of the image and of the constants.
        fills: the steps that write the constants.
        stages: list of (units, end): the `link.Unit`s that run, and the `Exit` or `Answer` behind them.
    """

    given: tuple
    fills: tuple
    stages: tuple


def straighten(bundle) -> Line:
    """Reads a bundle's program as a line.

    Raises:
        UserError: it branches, repeats, crops, runs parts remotely, or writes a value twice.
    """
    from tflite.bundle import manifest as m
    from tflite.graph.link import Unit

    program, fills, stages, units = bundle.manifest.program, [], [], []
    written = [bundle.manifest.input.name]
    for step in program:
        if isinstance(step, m.Fill):
            fills.append(step)
            written.append(step.output)
        elif isinstance(step, m.Run) and step.on == "local":
            units.append(
                Unit(
                    f"{step.part}.{len(stages)}.{len(units)}", part_model(bundle, step.part), step.inputs, step.outputs
                )
            )
            written.extend(step.outputs.values())
        elif isinstance(step, m.Exit | m.Answer):
            stages.append((tuple(units), step))
            units = []
        else:
            op = type(step).__name__.lower()
            raise UserError(
                f"expected a program of local runs and exits in a line, which a static network can equal, got {op}"
            )
    if len(set(written)) < len(written):
        raise UserError("expected a program that writes every value once, got one that writes a value again")
    return Line((bundle.manifest.input.name, *(fill.output for fill in fills)), tuple(fills), tuple(stages))


def part_model(bundle, name: str) -> bytes:
    """A part's own flatbuffer: its file, or the one signature that it has in a file of several."""
    from tflite.graph import flatbuffer

    part = bundle.manifest.parts[name]
    content = bundle.read(part.file)
    model = flatbuffer.load(content)
    if len(model.subgraphs) == 1:
        return content
    (own,) = (s for s in model.signatureDefs if flatbuffer.text(s.signatureKey) == part.signature)
    model.subgraphs, own.subgraphIndex, model.signatureDefs = [model.subgraphs[own.subgraphIndex]], 0, [own]
    return flatbuffer.dump(model)


def static_bundle(bundle, exit_name: str | None = None):
    """All parts linked to one static model of the last answer, or those up to an exit to one of that exit's."""
    from tflite.bundle import manifest as m
    from tflite.graph.link import link

    line = straighten(bundle)
    names = [end.name for _, end in line.stages]
    stages = line.stages[: names.index(exit_name) + 1 if exit_name else None]
    units = [unit for units, _ in stages for unit in units]
    answer = stages[-1][1]
    inputs = _needed(units, {answer.value}) & set(line.given)
    model = link(units, {name: name for name in line.given if name in inputs}, {"answer": answer.value})
    run = m.Run(part="static", inputs={name: name for name in inputs}, outputs={"answer": "answer"})
    end = m.Answer(name="answer", value="answer", activation=answer.activation)
    return _with_one_part(bundle, "static", model, (*_used(line.fills, inputs), run, end))


def conditional_bundle(bundle, point: str):
    """One model that leaves by IF operators where the chain leaves at an operating point.

    Raises:
        UserError: an exit's rule is not a threshold on a controller's score (`at_least`).
    """
    from tflite.bundle import manifest as m
    from tflite.graph.conditional import conditional

    line = straighten(bundle)
    stages = _conditional_stages(line, _settings(bundle.manifest, point))
    model = conditional(stages)
    inputs = [name for name in line.given if any(name in stage.part.inputs.values() for stage in stages)]
    run = m.Run(
        part="conditional", inputs={name: name for name in inputs}, outputs={"logits": "answer", "exit": "exit"}
    )
    end = m.Answer(name="answer", value="answer", activation=line.stages[-1][1].activation)
    return _with_one_part(bundle, "conditional", model, (*_used(line.fills, inputs), run, end))


def full_depth_bundle(bundle):
    """The bundle with exits whose rules are asked, and never hold."""
    import msgspec

    from tflite.bundle import manifest as m

    def never(step):
        if not isinstance(step, m.Exit):
            return step
        threshold = NEVER if isinstance(step.rule, m.AtLeast | m.MaxSoftmax | m.Margin) else -NEVER
        return msgspec.structs.replace(step, rule=msgspec.structs.replace(step.rule, threshold=threshold))

    return with_program(bundle, tuple(never(step) for step in bundle.manifest.program))


def with_program(bundle, program):
    """The bundle with another program, checked as one on disk is."""
    import dataclasses

    import msgspec

    from tflite.bundle.check import check_manifest

    manifest = msgspec.structs.replace(bundle.manifest, program=program)
    return dataclasses.replace(bundle, manifest=manifest, facts=check_manifest(manifest))


def _conditional_stages(line: Line, settings: dict):
    """The line's stages as `conditional.Stage`s: the units of each linked to one."""
    from tflite.bundle import manifest as m
    from tflite.graph.conditional import Stage
    from tflite.graph.link import Unit, link

    result, later = [], set()
    for number, (units, end) in reversed(list(enumerate(line.stages))):
        stop = None
        own = {end.value}
        if isinstance(end, m.Exit):
            if not isinstance(end.rule, m.AtLeast):
                kind = type(end.rule).__struct_config__.tag
                raise UserError(f"expected exits with the rule at_least, which an IF operator can equal, got {kind}")
            threshold = end.rule.threshold
            stop = (end.rule.value, settings[threshold.parameter] if hasattr(threshold, "parameter") else threshold)
            own.add(end.rule.value)
        written = {value for unit in units for value in unit.outputs.values()}
        outputs = (own | later) & written
        inputs = _needed(units, outputs) - written
        names = {value: value for value in sorted(inputs)}, {value: value for value in sorted(outputs)}
        result.insert(0, Stage(Unit(f"stage_{number + 1}", link(units, *names), *names), end.value, stop))
        later = (later - written) | inputs | (own - written)
    return result


def _needed(units, wanted: set) -> set:
    """Every value that the units need, directly or not, to write the wanted ones; these are among them."""
    needed = set(wanted)
    for unit in reversed(units):
        if needed & set(unit.outputs.values()):
            needed |= set(unit.inputs.values())
    return needed


def _used(fills, inputs):
    """The fills that write one of the inputs."""
    return tuple(fill for fill in fills if fill.output in inputs)


def _settings(manifest, point: str) -> dict:
    """The value of every parameter at an operating point."""
    (chosen,) = (p for p in manifest.operating_points if p.name == point)
    return {name: parameter.default for name, parameter in manifest.parameters.items()} | dict(chosen.parameters)


def _with_one_part(bundle, name: str, model: bytes, program):
    """A bundle of one model, with the image, labels, parameters and operating points of another.

    Its cost is that of all parts of the other: of a conditional model it is the most that an image can cost.
    """
    import msgspec

    from tflite.bundle import manifest as m

    inputs, outputs = _tensors(model)
    costs = {"macs": sum(part.costs["macs"] for part in bundle.manifest.parts.values())}
    digest = hashlib.sha256(model).hexdigest()
    file = f"parts/{name}.tflite"
    part = m.Part(file=file, sha256=digest, bytes=len(model), inputs=inputs, outputs=outputs, costs=costs)
    points = tuple(
        msgspec.structs.replace(point, costs={"macs": costs["macs"]}) for point in bundle.manifest.operating_points
    )
    manifest = msgspec.structs.replace(
        bundle.manifest, name=name, parts={name: part}, program=tuple(program), operating_points=points, goldens=None
    )
    return _checked(Path(name), manifest, {file: model})


def _tensors(model: bytes):
    """The manifest's description of a model's inputs and outputs."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    from tflite.bundle import manifest as m

    runner = Interpreter(model_content=model).get_signature_runner("serving_default")

    def describe(detail):
        quantization, type_ = detail["quantization_parameters"], np.dtype(detail["dtype"]).name
        quantized = type_ in ("int8", "uint8")
        return m.Tensor(
            shape=tuple(int(size) for size in detail["shape"]),
            type=type_,
            scale=float(quantization["scales"][0]) if quantized else None,
            zero_point=int(quantization["zero_points"][0]) if quantized else None,
        )

    sides = runner.get_input_details(), runner.get_output_details()
    return tuple({name: describe(detail) for name, detail in side.items()} for side in sides)


def _checked(path, manifest, contents):
    """A `Bundle` in memory, checked as one on disk is."""
    from tflite.bundle import Bundle
    from tflite.bundle.check import check_manifest

    return Bundle(path, manifest, check_manifest(manifest), contents)
