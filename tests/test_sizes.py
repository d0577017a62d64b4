"""What keeps the code readable: sizes of functions, files and commands, who knows a family, no circles of imports."""

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("keras_models", "tflite", "tools", "tests")
CODE = {".py", ".java", ".kt", ".c", ".h", ".sh"}
FUNCTION, FILE, COMMAND = 40, 300, 120  # lines at most
HELPERS = {"tools/console.py", "tools/options.py"}  # which commands import, and nobody runs
FAMILY_WORDS = {"tools/demo.py", "tools/pipeline/options.py"}  # a default preset, and a help text


@cache
def tracked(suffix: str = "") -> tuple[Path, ...]:
    """The files of the repository that end so."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = told.stdout.split("\0")[:-1] or [str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]*/**/*")]
    return tuple(ROOT / name for name in names if name.endswith(suffix) and (ROOT / name).is_file())


@cache
def trees() -> dict[str, ast.Module]:
    """Every Python file, parsed, by its name from the root."""
    files = [path.relative_to(ROOT) for path in tracked(".py")]
    return {str(file): ast.parse((ROOT / file).read_text(encoding="utf-8")) for file in files}


def lines_of(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring; decorators are none of it."""
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if told else 0)


def test_no_function_is_long():
    functions = [
        (name, node) for name, tree in trees().items() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 5000
    assert [(name, f.name, lines_of(f)) for name, f in functions if lines_of(f) > FUNCTION] == []


def test_no_file_of_code_is_long():
    code = [path for path in tracked() if path.suffix in CODE]
    sizes = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in code}
    assert len(sizes) > 1000
    assert {name: size for name, size in sizes.items() if size > FILE} == {}


def test_every_command_is_thin():
    commands = {path.relative_to(ROOT) for path in tracked(".py") if path.parent == ROOT / "tools"}
    sizes = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in commands}
    assert len(sizes) > 40 and set(sizes) >= HELPERS
    assert {name: size for name, size in sizes.items() if size > COMMAND and name not in HELPERS} == {}


def test_no_family_is_known_to_the_runtime_or_the_tools():
    """Only studies, and what shows how a preset is called."""
    rooms = ("tflite/", "tools/", "android_demo/core/src/main/")
    files = [path for path in tracked() if str(path.relative_to(ROOT)).startswith(rooms)]
    named = {str(path.relative_to(ROOT)) for path in files if b"epnet" in path.read_bytes().lower()}
    assert {name for name in named if not name.startswith("tools/studies/")} == FAMILY_WORDS


def imported(name: str, tree: ast.Module, modules: set[str]):
    """Own modules that a file imports when it is imported: at its top level, and not for types alone."""
    for node in top_level(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            above = name.split("/")[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            inner = [f"{module}.{alias.name}" for alias in node.names]
            yield from (one if one in modules else module for one in inner if {one, module} & modules)


def top_level(body):
    """Statements that run when a module is imported, those under conditions too but for TYPE_CHECKING and main."""
    for node in body:
        if isinstance(node, ast.If) and any(word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__main__")):
            continue
        yield node
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from top_level(getattr(node, field, []) or [])


@pytest.mark.parametrize("room", ROOMS)
def test_no_modules_import_each_other_in_a_circle(room):
    names = {name: name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in trees()}
    modules = set(names.values())
    left = {
        module: set(imported(name, trees()[name], modules)) - {module}
        for name, module in names.items()
        if name.startswith(f"{room}/")
    }
    assert left and any(left.values())
    while free := {module for module, needs in left.items() if not needs & left.keys()}:
        left = {module: needs for module, needs in left.items() if module not in free}
    assert sorted(left) == []
