"""An early-exit chain as one TFLite file with nested IF operators, a baseline for a chain of parts.

The main subgraph runs the first stage and evaluates its rule. The rest of the network is the else branch of an IF and
runs only if that is taken. So the file skips what the chain skips, but every IF copies its inputs from subgraph to
subgraph, and all stages are allocated at the start.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from . import flatbuffer
from .compose import Composer, Graph, LinkError, copy_tensor, operator_code
from .flatbuffer import Form
from .link import Unit, add_unit, input_tensor, parse

_FLOAT32 = Form(schema.TensorType.FLOAT32)
_PORTS = ("logits", "exit")
_ANSWER = "the answer so far"  # an IF passes the logits to both branches; only the branch that ends the chain uses them


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage of an early-exit chain.

    Attributes:
        part: the stage's linked model and the values that it reads and writes.
        logits: the value that is the answer if the chain ends here.
        stop: a value of one element and its threshold: the chain ends here if the value is at least the threshold. None
            for the last stage.
    """

    part: Unit
    logits: str
    stop: tuple[str, float] | None = None


def conditional(stages: Sequence[Stage], signature: str = "serving_default") -> bytes:
    """Builds one TFLite model that runs the stages until the first whose stop value is at least its threshold.

    Its inputs are the values that no stage writes, by name. Its outputs are `logits` (float32, of the stage that ended
    the chain) and `exit` (int32 `[1]`, the index of that stage).

    Args:
        stages: the stages in order.
        signature: name of the model's signature.

    Returns:
        The model.

    Raises:
        LinkError: a stage but the last has no stop value, or the last one has; a stop value has more than one element;
            or as for `link`.
    """
    _check_rules(stages)
    composer = Composer()
    parsed = [parse(stage.part) for stage in stages]
    given = [(value, _main_input(value, stages, parsed)) for value in _needs(stages)]
    for number, stage in enumerate(stages):
        graph = Graph(composer, stage.part.name if number else signature)
        inputs = [graph.add_tensor(tensor, value) for value, tensor in given]
        values = {value: index for (value, _), index in zip(given, inputs) if value != _ANSWER}
        add_unit(graph, stage.part, *parsed[number], values)
        logits = graph.convert(values[stage.logits], _FLOAT32)
        if stage.stop is None:
            outputs = [logits, _exit_number(graph, number)]
        else:
            rest = _needs(stages[number + 1 :])
            passed = [logits, *(values[value] for value in rest)]
            outputs = _add_if(graph, number, _condition(graph, values, stage), passed)
            given = [(value, copy_tensor(graph.tensors[index])) for value, index in zip([_ANSWER, *rest], passed)]
        _finish(graph, number, inputs, outputs, signature)
        if stage.stop is not None:
            _add_then(composer, number, given)
    return composer.dump()


def _check_rules(stages: Sequence[Stage]) -> None:
    rules = ["none" if stage.stop is None else stage.stop[0] for stage in stages]
    if not stages or rules[-1] != "none" or "none" in rules[:-1]:
        raise LinkError(
            f"Expected a stop value for every stage but the last, received {', '.join(rules) or 'no stage'}."
        )


def _needs(stages: Sequence[Stage]) -> list[str]:
    """The values that the stages read before they write them, sorted."""
    needed: set[str] = set()
    for stage in reversed(stages):
        own = {stage.logits} if stage.stop is None else {stage.logits, stage.stop[0]}
        needed = ((needed | own) - set(stage.part.outputs.values())) | set(stage.part.inputs.values())
    return sorted(needed)


def _main_input(value: str, stages: Sequence[Stage], parsed: Sequence[tuple]) -> schema.TensorT:
    tensor = input_tensor(value, [(stage.part, *pair) for stage, pair in zip(stages, parsed)])
    if tensor is None:
        raise LinkError(f"Expected logits and stop values that a stage writes, received {value!r}.")
    if value in _PORTS:
        raise LinkError(f"Expected inputs of other names than the outputs {' and '.join(_PORTS)}, received {value!r}.")
    return tensor


def _condition(graph: Graph, values: dict[str, int], stage: Stage) -> int:
    """Adds the stage's rule: a bool tensor of one element.

    A float32 is at least the threshold if and only if it is at least the smallest float32 not below the threshold.
    """
    name, threshold = stage.stop
    value = graph.convert(values[name], _FLOAT32)
    shape = flatbuffer.shape(graph.tensors[value])
    if np.prod(shape, dtype=int) != 1:
        raise LinkError(f"Expected a stop value of one element, received {name!r} of shape {list(shape)}.")
    rounded = np.float32(threshold)
    if float(rounded) < threshold:
        rounded = np.nextafter(rounded, np.float32(np.inf))
    limit = graph.add_constant("threshold", np.full(shape, rounded, np.float32))
    met = graph.add_tensor(schema.TensorT(list(shape), schema.TensorType.BOOL), "stops")
    operator = schema.OperatorT(inputs=[value, limit], outputs=[met])
    graph.add_operator(operator, operator_code(schema.BuiltinOperator.GREATER_EQUAL))
    return met


def _add_if(graph: Graph, number: int, condition: int, passed: list[int]) -> list[int]:
    """Adds the IF of a stage: subgraph `2 * number + 1` answers, subgraph `2 * number + 2` is the next stage."""
    logits = graph.add_tensor(copy_tensor(graph.tensors[passed[0]]), "chosen/logits")
    number_tensor = graph.add_tensor(schema.TensorT([1], schema.TensorType.INT32), "chosen/exit")
    operator = schema.OperatorT(inputs=[condition, *passed], outputs=[logits, number_tensor])
    operator.builtinOptionsType = schema.BuiltinOptions.IfOptions
    operator.builtinOptions = schema.IfOptionsT(2 * number + 1, 2 * number + 2)
    graph.add_operator(operator, operator_code(schema.BuiltinOperator.IF))
    return [logits, number_tensor]


def _add_then(composer: Composer, number: int, given: Sequence[tuple[str, schema.TensorT]]) -> None:
    """Adds the branch that answers and passes the logits on. Both branches of an IF take the same inputs."""
    graph = Graph(composer, f"answer_{number}")
    inputs = [graph.add_tensor(copy_tensor(tensor), value) for value, tensor in given]
    graph.finish(inputs, [inputs[0], _exit_number(graph, number)])


def _exit_number(graph: Graph, number: int) -> int:
    return graph.add_constant("exit", np.array([number], np.int32))


def _finish(graph: Graph, number: int, inputs: list[int], outputs: list[int], signature: str) -> None:
    """Writes a stage's subgraph; the first one is the model's own, with a signature."""
    ports = {flatbuffer.text(graph.tensors[index].name): index for index in inputs}
    if number == 0:
        for index, port in zip(outputs, _PORTS):
            graph.rename(index, port)
    kept = graph.finish(inputs, outputs)
    if number == 0:
        sides = [{port: kept[i] for port, i in side.items()} for side in (ports, dict(zip(_PORTS, outputs)))]
        graph.composer.add_signature(signature, 0, *sides)
