"""Passes over a program, as a compiler has them: drop exits, drop what nobody reads, join runs that nothing separates.

A family describes its network in small units. Which of them become one file is decided here, from the program alone: what
stands between two exits is one part.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

NESTED = {"branch": ("then", "otherwise"), "repeat": ("steps",)}


@dataclass(frozen=True)
class Group:
    """Units that make one part. steps: their `run` steps, in order; inputs and outputs: values that cross its border."""

    name: str
    steps: tuple[dict, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units, in order."""
        return tuple(step["part"] for step in self.steps)


def inner_lists(step: dict) -> list[list[dict]]:
    """The lists of steps inside a step."""
    if step["op"] == "select":
        return list(step["cases"])
    return [step[key] for key in NESTED.get(step["op"], ())]


def reads(step: dict) -> set[str]:
    """Names of the values that a step itself reads, those of its inner steps left out."""
    values = set(step.get("inputs", {}).values()) if step["op"] == "run" else set()
    values |= {step[key] for key in ("value", "at") if key in step}
    return values | ({step["rule"]["value"]} if "rule" in step else set())


def all_reads(steps: list[dict]) -> set[str]:
    """Names of the values that any of the steps reads, at any depth."""
    values: set[str] = set()
    for step in steps:
        values |= reads(step)
        for inner in inner_lists(step):
            values |= all_reads(inner)
    return values


def exit_names(program: list[dict]) -> list[str]:
    """Names of the exits and answers of a program, at any depth, in order."""
    names = []
    for step in program:
        names += [step["name"]] if step["op"] in ("exit", "answer") else []
        for inner in inner_lists(step):
            names += exit_names(inner)
    return names


def keep_exits(program: list[dict], kept: set[str]) -> list[dict]:
    """The program without the exits that are not in `kept`; answers always stay."""
    steps = [copy.deepcopy(step) for step in program if step["op"] != "exit" or step["name"] in kept]
    return _rebuilt(steps, lambda inner: keep_exits(inner, kept))


def drop_dead(program: list[dict]) -> list[dict]:
    """The program without the steps whose values nobody reads, again and again until nothing changes."""
    while True:
        read = all_reads(program)
        smaller = _drop(program, read)
        if smaller == program:
            return program
        program = smaller


def group_runs(program: list[dict]) -> tuple[list[dict], list[Group]]:
    """The program over parts instead of units, and the groups of units that the parts are made of.

    Neighbouring `run` steps become one; runs of remote units stay as they are. Parts are named stage_1, stage_2, ...
    """
    groups: list[Group] = []
    return _group(copy.deepcopy(program), groups, program), groups


def _group(steps: list[dict], groups: list[Group], program: list[dict]) -> list[dict]:
    result: list[dict] = []
    pending: list[dict] = []

    def close() -> None:
        if pending:
            group = _make_group(f"stage_{len(groups) + 1}", tuple(pending), program)
            groups.append(group)
            result.append(_run_group(group))
            pending.clear()

    for step in steps:
        if step["op"] == "run" and step.get("on", "local") == "local":
            pending.append(step)
            continue
        # A constant needs no border: it is written before the part that follows, wherever it stands.
        if step["op"] == "fill" and pending:
            result.append(step)
            continue
        close()
        for inner in inner_lists(step):
            inner[:] = _group(inner, groups, program)
        result.append(step)
    close()
    return result


def _make_group(name: str, steps: tuple[dict, ...], program: list[dict]) -> Group:
    written: list[str] = []
    inputs: list[str] = []
    for step in steps:
        inputs += [v for v in step["inputs"].values() if v not in written and v not in inputs]
        written += list(step["outputs"].values())
    elsewhere = _reads_outside(program, steps)
    return Group(name, steps, tuple(inputs), tuple(value for value in written if value in elsewhere))


def _reads_outside(program: list[dict], steps: tuple[dict, ...]) -> set[str]:
    """Values read by any step that is not one of the given."""
    values: set[str] = set()
    for step in program:
        if step not in steps:
            values |= reads(step)
        for inner in inner_lists(step):
            values |= _reads_outside(inner, steps)
    return values


def _run_group(group: Group) -> dict:
    same = {"inputs": {v: v for v in group.inputs}, "outputs": {v: v for v in group.outputs}}
    return {"op": "run", "part": group.name, **same}


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
        steps.append(step)
    return _rebuilt(steps, lambda inner: _drop(inner, read))


def _rebuilt(steps: list[dict], change) -> list[dict]:
    """The steps with every inner list changed."""
    result = []
    for step in steps:
        if step["op"] == "select":
            step = step | {"cases": [change(case) for case in step["cases"]]}
        else:
            step = step | {key: change(step[key]) for key in NESTED.get(step["op"], ())}
        result.append(step)
    return result
