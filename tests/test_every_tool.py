"""Every tool answers --help at once, without TensorFlow, started as a file and as a module."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SLOW_IMPORTS = ("tensorflow", "keras", "tensorflow_datasets", "matplotlib", "sklearn", "ai_edge_litert")
SECONDS = 0.5


def is_tool(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "build_parser" for node in tree.body)


TOOLS = sorted(path.stem for path in (ROOT / "tools").glob("*.py") if is_tool(path))


def helped(arguments):
    """CPU seconds of a call with --help, which do not depend on what else the machine does, and its result."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, *arguments, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system, done


def test_there_are_tools():
    assert {"run", "evaluate", "benchmark", "report"} <= set(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_help_is_instant_and_the_same_either_way(name):
    seconds, as_file = helped([f"tools/{name}.py"])
    _, as_module = helped(["-m", f"tools.{name}"])
    for done in (as_file, as_module):
        assert (done.returncode, done.stderr) == (0, "")
        assert "usage:" in done.stdout
    assert as_file.stdout == as_module.stdout
    assert seconds < SECONDS, f"tools/{name}.py --help took {seconds:.2f} s"


@pytest.mark.parametrize("name", TOOLS)
def test_starting_imports_nothing_heavy(name):
    code = f"import sys, tools.{name}; print([m for m in {SLOW_IMPORTS} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("name", TOOLS)
def test_a_wrong_option_is_one_sentence(name):
    done = subprocess.run(
        [sys.executable, f"tools/{name}.py", "--no-such-option"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "error: " in done.stderr and "Traceback" not in done.stderr
