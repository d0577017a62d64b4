"""A parsed command line stays in the commands: functions take frozen options."""

import ast
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
ROOMS = sorted(path for path in TOOLS.rglob("*.py") if path.parent != TOOLS)


def parameters(path: Path):
    """(function, parameter, its annotation) of all that a file defines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from ((node.name, one.arg, ast.unparse(one.annotation or ast.Constant(""))) for one in every)


def test_no_function_of_a_room_takes_a_parsed_command_line():
    assert len(ROOMS) > 100
    taken = [(path.name, *one) for path in ROOMS for one in parameters(path)]
    assert [one for one in taken if one[2] in ("args", "namespace") or "Namespace" in one[3]] == []
