"""Passes over a program, as a compiler has them: drop exits, drop what nobody reads, join runs that nothing separates.

A family describes its network in small units. Which of them become one file is decided here, from the program alone:
what stands between two exits is one part.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..batched.steps import end_steps, inner_lists, walk
from .export import ConversionError

STRAIGHT = ("run", "fill", "exit", "answer")


@dataclass(frozen=True)
class Group:
    """Units that make one part.

    Attributes:
        name: of the part.
        steps: the `run` steps of its units, in order.
        inputs, outputs: values that cross its border, and its ports' names; an output that renews one of the inputs is
            called `next_` and its name.
    """

    name: str
    steps: tuple[dict, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units, in order."""
        return tuple(step["part"] for step in self.steps)


def reads(step: dict) -> set[str]:
    """Names of the values that a step itself reads, those of its inner steps left out."""
    values = set(step.get("inputs", {}).values()) if step["op"] == "run" else set()
    values |= {step[key] for key in ("value", "at", "boxes", "scores", "count") if step.get(key) is not None}
    for key in ("gives", "rows", "stacks"):
        values |= {*step.get(key, {}).values()}
    return values | ({step["rule"]["value"]} if "rule" in step else set())


def all_reads(steps: list[dict]) -> set[str]:
    """Names of the values that any of the steps reads, at any depth."""
    values: set[str] = set()
    for step in steps:
        values |= reads(step)
        for _, inner in inner_lists(step):
            values |= all_reads(inner)
    return values


def read_parameters(program: object) -> set[str]:
    """Names of the parameters that a program reads, wherever a number could stand."""
    if isinstance(program, dict):
        by_parameter = set(program) == {"parameter"} or program.get("op") == "select"
        named = {program["parameter"]} if by_parameter and program.get("parameter") is not None else set()
        return named.union(*map(read_parameters, program.values()))
    return set().union(*map(read_parameters, program)) if isinstance(program, list | tuple) else set()


def exit_names(program: list[dict]) -> list[str]:
    """Names of the exits and answers of a program, at any depth, in order."""
    return [step["name"] for step in end_steps(program)]


def run_steps(program: list[dict]) -> list[dict]:
    """The `run` steps of a program, at any depth, in order."""
    return [step for _, step in walk(program) if step["op"] == "run"]


def straight_steps(program: list[dict]) -> list[dict]:
    """The `run` steps of a program without branches, in order.

    Raises:
        ConversionError: a step that decides, repeats or crops.
    """
    other = [step["op"] for step in program if step["op"] not in STRAIGHT]
    if other:
        expected = f"expected a program of {', '.join(STRAIGHT)} steps, received a {other[0]!r} step"
        raise ConversionError(f"{expected}: only a straight chain can be fine-tuned or joined whole")
    return [step for step in program if step["op"] == "run"]


def without_exit_rules(program: list[dict]) -> list[dict]:
    """The program up to all its answers: exits ask nobody, and what only their rules needed is dropped."""

    def strip(steps: list[dict]) -> list[dict]:
        bare = [{k: v for k, v in s.items() if s["op"] != "exit" or k != "rule"} for s in copy.deepcopy(steps)]
        return _rebuilt(bare, strip)

    return drop_dead(strip(program))


def keep_exits(program: list[dict], kept: set[str]) -> list[dict]:
    """The program without the exits that are not in `kept`; answers always stay."""
    steps = [copy.deepcopy(step) for step in program if step["op"] != "exit" or step["name"] in kept]
    return _rebuilt(steps, lambda inner: keep_exits(inner, kept))


def drop_dead(program: list[dict]) -> list[dict]:
    """The program without the steps whose values nobody reads, again and again until nothing changes.

    Decisions that have nothing left to decide on go as well, and with them the gates that only they asked.
    """
    while True:
        read = all_reads(program)
        smaller = _drop(program, read)
        if smaller == program:
            return program
        program = smaller


def group_runs(program: list[dict]) -> tuple[list[dict], list[Group]]:
    """The program over parts instead of units, and the groups of units that the parts are made of.

    Neighbouring `run` steps become one, as long as no unit comes twice and no value is written twice or after it was
    read; runs of remote units stay as they are. Parts are named stage_1, stage_2, ...
    """
    grouped, groups = group_programs({"main": program})
    return grouped["main"], groups


def group_programs(programs: Mapping[str, list[dict]]) -> tuple[dict[str, list[dict]], list[Group]]:
    """The same of several programs at once: name -> steps.

    A unit that several programs run is a part of its own, which they share where they connect it to the same values.
    """
    # Every step an object of its own: equal steps are told apart by identity.
    programs = {name: json.loads(json.dumps(steps)) for name, steps in programs.items()}
    runners = Counter(unit for steps in programs.values() for unit in {step["part"] for step in run_steps(steps)})
    alone = {unit for unit, count in runners.items() if count > 1}
    groups: list[Group] = []
    every = [step for steps in programs.values() for step in steps]
    return {name: _group(steps, groups, every, alone) for name, steps in programs.items()}, groups


def _group(steps: list[dict], groups: list[Group], program: list[dict], alone: set[str]) -> list[dict]:
    result: list[dict] = []
    pending: list[dict] = []

    def close() -> None:
        if pending:
            group, run = _make_group(f"stage_{len(groups) + 1}", tuple(pending), program)
            known = next((other for other in groups if other.units[0] in alone and other.steps == group.steps), None)
            if known is None:
                groups.append(group)
            result.append(run if known is None else run | {"part": known.name})
            pending.clear()

    for step in steps:
        if step["op"] == "run" and step.get("on", "local") == "local":
            if _clash(pending, step) or alone & {step["part"], *(other["part"] for other in pending)}:
                close()
            pending.append(step)
        elif step["op"] == "fill" and pending and step["output"] not in _touched(pending):
            result.append(step)  # a constant needs no border: it may as well be written before the part
        else:
            close()
            result += _rebuilt([step], lambda inner: _group(inner, groups, program, alone))
    close()
    return result


def _touched(steps: list[dict]) -> set[str]:
    """Values that `run` steps read or write."""
    return {value for step in steps for side in ("inputs", "outputs") for value in step[side].values()}


def _clash(pending: list[dict], step: dict) -> bool:
    """True if a step cannot join the pending ones: a part is a graph in which a unit and a value stand once."""
    again = step["part"] in [other["part"] for other in pending]
    renewed = [*pending, step] if pending else []
    rewrites = not _touched(pending).isdisjoint(step["outputs"].values())
    return again or rewrites or any(_renews(other) for other in renewed)


def _renews(step: dict) -> bool:
    """True if a step writes a value that it reads, as recurrent units do with their state."""
    return not set(step["inputs"].values()).isdisjoint(step["outputs"].values())


def _make_group(name: str, steps: tuple[dict, ...], program: list[dict]) -> tuple[Group, dict]:
    """A group, and the step that runs it."""
    written = [value for step in steps for value in step["outputs"].values()]
    inputs = dict.fromkeys(value for step in steps for value in step["inputs"].values())
    outside = _reads_outside(program, steps)
    if _renews(steps[0]):  # alone in its group; a part's ports have different names, whatever they are connected to
        outside |= set(inputs)
        renamed = {value: f"next_{value}" if value in inputs else value for value in written}
        outputs = {port: renamed[value] for port, value in steps[0]["outputs"].items()}
        steps = (steps[0] | {"outputs": outputs},)
    else:
        renamed = {value: value for value in written}
        inputs = [value for value in inputs if value not in written]
    ports = {renamed[value]: value for value in written if value in outside}
    run = {"op": "run", "part": name, "inputs": {value: value for value in inputs}, "outputs": ports}
    return Group(name, steps, tuple(inputs), tuple(ports)), run


def _reads_outside(program: list[dict], steps: tuple[dict, ...]) -> set[str]:
    """Values read by any step that is not one of the given."""
    values: set[str] = set()
    for step in program:
        if not any(step is own for own in steps):
            values |= reads(step)
        for _, inner in inner_lists(step):
            values |= _reads_outside(inner, steps)
    return values


def _drop(program: list[dict], read: set[str]) -> list[dict]:
    steps = []
    for step in program:
        if step["op"] == "run":
            outputs = {port: value for port, value in step["outputs"].items() if value in read}
            if not outputs:
                continue
            step = step | {"outputs": outputs}
        elif step["op"] in ("fill", "crop") and step["output"] not in read:
            continue
        elif step["op"] == "keep" and not read & {*step["outputs"].values()}:
            continue
        steps.append(step)
    return [step for step in _rebuilt(steps, lambda inner: _drop(inner, read)) if not _hollow(step)]


def _hollow(step: dict) -> bool:
    """True for a decision or repetition of nothing."""
    inner = inner_lists(step)
    return bool(inner) and not any(steps for _, steps in inner)


def _rebuilt(steps: list[dict], change) -> list[dict]:
    """The steps with every inner list changed."""
    result = []
    for step in steps:
        if step["op"] == "select":
            step = step | {"cases": [change(case) for case in step["cases"]]}
        else:
            step = step | {key: change(inner) for key, inner in inner_lists(step)}
        result.append(step)
    return result
