"""Programs as plain steps (docs/bundle.md): building them, what is read of them, what leaving them costs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

DEVICE, SERVER = "device", "server"
IN_A_LINE = ("run", "fill", "exit", "answer")
WITHOUT_DECISIONS = ("run", "fill", "crop", "keep", "repeat", "each", "answer")
STRAIGHT = (*IN_A_LINE, "crop")  # of programs whose way is always the same, but that need more than parts


def run(part: str, inputs: Mapping[str, str], outputs: Mapping[str, str], where: str = DEVICE) -> dict:
    """A step that runs a part. inputs, outputs: port -> value."""
    step = {"op": "run", "part": part, "inputs": dict(inputs), "outputs": dict(outputs)}
    return step | ({"on": "remote"} if where == SERVER else {})


def crop(value: str, at: str, output: str, size: tuple[int, int], costs: Mapping[str, float]) -> dict:
    """A step that cuts a piece out of an image by a theta, (tx, ty, sx, sy).

    Args:
        value, at: values that hold the image and the theta.
        output: value that is to hold the piece.
        size: (height, width) of the piece.
        costs: unit -> cost of it, such as its multiply-adds.
    """
    return {"op": "crop", "value": value, "at": at, "output": output, "size": list(size), "costs": dict(costs)}


def keep(boxes: str, scores: str, threshold, overlap, most: int, outputs: Mapping[str, str]) -> dict:
    """A step that keeps the best of many boxes.

    Args:
        boxes, scores: values with the corners of each box, and its scores by class.
        threshold: the least score; a number or a `parameter`, and so is `overlap`.
        overlap: with a better box of its class, beyond which one is left out.
        most: how many are kept.
        outputs: what (boxes, scores, classes, rows, count) -> value.
    """
    limits = {"threshold": threshold, "overlap": overlap, "most": most}
    return {"op": "keep", "boxes": boxes, "scores": scores, **limits, "outputs": dict(outputs)}


def each(
    rows: Mapping[str, str],
    steps: list[dict],
    stacks: Mapping[str, str],
    count: str | None = None,
    done: str | None = None,
) -> dict:
    """A step that does some for one row after another.

    Args:
        rows: value that is to hold a row -> value that has the rows.
        steps: for each.
        stacks: value of all rows -> value that a row has made.
        count: value of how many rows there are; None: as many as the values have.
        done: value that is to hold how many were done.
    """
    ends = {"count": count, "steps": steps, "stacks": dict(stacks), "done": done}
    return {"op": "each", "rows": dict(rows)} | ends


def repeat(times: int, steps: list[dict]) -> dict:
    """A step that does some several times."""
    return {"op": "repeat", "times": times, "steps": steps}


def answer(name: str, **gives: str) -> dict:
    """A step that answers: the end of the program. gives: output -> value."""
    return {"op": "answer", "name": name, "gives": gives}


def exit_if(name: str, rule: dict, **gives: str) -> dict:
    """A step that answers where the rule holds."""
    return answer(name, **gives) | {"op": "exit", "rule": rule}


def given_value(step: dict) -> str:
    """The value with which an exit or an answer of one output answers."""
    (value,) = step["gives"].values()
    return value


def parameter(name: str) -> dict:
    """What stands for the present value of a parameter."""
    return {"parameter": name}


def select_by(parameter_name: str, cases: list[list[dict]]) -> dict:
    """A step that goes on with the case of a parameter's number."""
    return {"op": "select", "parameter": parameter_name, "cases": cases}


def exit_names(program: list[dict]) -> list[str]:
    """Names of the exits and the answer of a program in a line, in order."""
    return [step["name"] for step in program if step["op"] in ("exit", "answer")]


def without_exits(program: list[dict], kept=()) -> list[dict]:
    """The program without the exits whose names are not in `kept`, and without what only they needed."""
    return live_steps([step for step in program if step["op"] != "exit" or step["name"] in kept])


def cut_short(program: list[dict], name: str) -> list[dict]:
    """A program in a line that ends at the exit of that name: every sample gets its answer."""
    end = exit_names(program).index(name)
    at = [i for i, step in enumerate(program) if step["op"] in ("exit", "answer")][end]
    steps = [step for step in program[:at] if step["op"] != "exit"]
    return live_steps([*steps, answer(name, **program[at]["gives"])])


def in_a_line(program: list[dict]) -> bool:
    """Whether a program only runs parts, and decides nothing but where to leave."""
    return all(step["op"] in IN_A_LINE for step in program)


def given(program: list[dict], names) -> list[dict]:
    """A program in a line for a caller who has the values of these names: without what makes them."""
    return live_steps([s for s in program if s["op"] != "run" or not set(s["outputs"].values()) <= set(names)])


def path_costs(program: list[dict], part_costs: Mapping[str, float], unit: str | None = None) -> np.ndarray:
    """What has been spent when a program in a line, or with crops, reaches each `exit` and its `answer`: `[exits]`.

    Args:
        program: its steps. What it runs on the server is billed apart.
        part_costs: of a run of each part.
        unit: of these, so that crops count as they say; None where they do not.

    Raises:
        ValueError: it has other steps, so that its cost depends on the way taken.
    """
    spent, at_exits = 0.0, []
    for step in program:
        _check_line(step, STRAIGHT)
        if step["op"] == "run" and step.get("on") != "remote":
            spent += part_costs[step["part"]]
        elif step["op"] == "crop":
            spent += step.get("costs", {}).get(unit, 0.0)
        elif step["op"] in ("exit", "answer"):
            at_exits.append(spent)
    return np.array(at_exits)


def asked_ways(program: list[dict], parameters: Mapping) -> list[list[dict]]:
    """The program under every value of each parameter that has `names`; itself alone where there is none such.

    parameters: name -> something with `names` (`base.Knob`).
    """
    asked = {name: range(len(knob.names)) for name, knob in parameters.items() if knob.names}
    return [at(program, dict(zip(asked, one, strict=True))) for one in itertools.product(*asked.values())]


def at(program: list[dict], asked: Mapping[str, int]) -> list[dict]:
    """The program with the steps of one case in the place of every select, outside of others, by these parameters."""
    steps = []
    for step in program:
        chosen = step["op"] == "select" and step.get("parameter") in asked
        steps += at(step["cases"][asked[step["parameter"]]], asked) if chosen else [step]
    return steps


def total_cost(program: list[dict], part_costs: Mapping[str, float], unit: str | None = None) -> float:
    """What a program costs here that decides nothing: its parts, each as often as it is repeated, and its crops.

    What is done for each row of what a `keep` gives counts as often as that may keep rows.

    part_costs, unit: as for `path_costs`.

    Raises:
        ValueError: it decides something, so that its cost depends on the way taken.
    """
    spent = 0.0
    for step in program:
        _check_line(step, WITHOUT_DECISIONS)
        if step["op"] in ("repeat", "each"):
            times = step["times"] if step["op"] == "repeat" else _most_rows(step, program)
            spent += times * total_cost(step["steps"], part_costs, unit)
        elif step["op"] == "run" and step.get("on") != "remote":
            spent += part_costs[step["part"]]
        elif step["op"] in ("crop", "keep"):
            spent += step.get("costs", {}).get(unit, 0.0)
    return spent


def _most_rows(each: dict, program: list[dict]) -> int:
    """Rows that an `each` goes over at most: those of the `keep` that gives one of its values."""
    kept = [step for step in program if step["op"] == "keep"]
    most = [step["most"] for step in kept if set(step["outputs"].values()) & set(each["rows"].values())]
    if not most:
        raise ValueError(f"expected rows that a keep gives, received {', '.join(each['rows'].values())}")
    return most[-1]


def live_steps(program: list[dict]) -> list[dict]:
    """A program in a line without the steps whose values nobody reads.

    Raises:
        ValueError: it has other steps.
    """
    kept, read = [], set()
    for step in reversed(program):
        _check_line(step)
        made = {*step.get("outputs", {}).values(), *([step["output"]] if "output" in step else [])}
        if made and not made & read:
            continue
        read -= made  # by who comes later: what was there before is not read by them
        read |= {*step.get("inputs", {}).values(), *step.get("gives", {}).values()}
        read |= {step["rule"]["value"]} if "rule" in step else set()
        kept.insert(0, step)
    return kept


def _check_line(step: dict, known: tuple[str, ...] = IN_A_LINE) -> None:
    if step["op"] not in known:
        raise ValueError(f"expected a program of {', '.join(known)} steps, received {step['op']!r}")
