"""The steps of a program as plain dicts: what is inside them, and where each stands."""

from __future__ import annotations

from collections.abc import Iterator


def inner_lists(step: dict) -> list[tuple[str, list[dict]]]:
    """The lists of steps inside a step with the names of their fields: `then`, `otherwise`, `cases[0]`, `steps`."""
    if step["op"] == "run":
        return [] if step.get("otherwise") is None else [("otherwise", step["otherwise"])]
    if step["op"] == "branch":
        return [("then", step["then"]), ("otherwise", step.get("otherwise", []))]
    if step["op"] == "select":
        return [(f"cases[{i}]", case) for i, case in enumerate(step["cases"])]
    return [("steps", step["steps"])] if step["op"] in ("repeat", "each") else []


def walk(steps: list[dict], where: str = "main") -> Iterator[tuple[str, dict]]:
    """Every step with its path, inner ones behind the step that holds them."""
    for i, step in enumerate(steps):
        yield f"{where}[{i}]", step
        for key, inner in inner_lists(step):
            yield from walk(inner, f"{where}[{i}].{key}")


def end_steps(program: list[dict]) -> list[dict]:
    """The exits and answers of a program, at any depth, in order."""
    return [step for _, step in walk(program) if step["op"] in ("exit", "answer")]
