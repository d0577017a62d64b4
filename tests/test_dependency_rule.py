"""The dependency rule: keras_models and tflite do not know each other, and what runs a bundle needs no TensorFlow."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONVERTS = "conversion"  # the folder of tflite that may import TensorFlow
HEAVY = {"tensorflow", "keras", "tf_keras", "tensorflow_datasets", "sklearn", "matplotlib", "PIL", "tqdm"}
FORBIDDEN = {
    "keras_models": {"tflite", "tools", "android_demo", "tests"},
    "tflite": {"keras_models", "tools", "android_demo", "tests", "tflite"},  # itself: relative imports only
}
# Room of tflite -> the other rooms that it may import from; errors.py is everybody's.
ROOMS = {
    "bundle": set(),
    "program": {"bundle"},
    "runtime": {"bundle", "program"},
    "remote": {"bundle", "program", "runtime"},
    "graph": set(),
    "baselines": {"bundle", "runtime", "graph", "batched"},
    "batched": {"bundle", "program", "runtime", "graph"},
    "conversion": {"bundle", "program", "runtime", "graph", "batched"},
}


def imports(source):
    """The top-level packages that a module's absolute imports name, wherever in the file they stand."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def test_imports_are_seen_wherever_they_stand():
    source = "import a.b\nfrom .c import d\nfrom e.f import g\ndef h():\n    import i as j\n    from k import l\n"
    assert imports(source) == {"a", "e", "i", "k"}


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_package_knows_only_what_it_may(package):
    assert modules(package)
    for path in modules(package):
        broken = imports(path.read_text(encoding="utf-8")) & FORBIDDEN[package]
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"


def run_time_modules():
    """What of tflite runs a bundle: everything beside conversion/."""
    return [path for path in modules("tflite") if CONVERTS not in path.relative_to(ROOT / "tflite").parts[:-1]]


def relative_imports(source):
    """First names behind the dots of a module's relative imports: `from .a.b import c` and `from . import a` give a."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {node.module.partition(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_relative_imports_are_seen_in_every_form():
    source = "from . import a\nfrom .b.c import d\nfrom ..e import f\nimport g\ndef h():\n    from .i import j\n"
    assert relative_imports(source) == {"a", "b", "e", "i"}


def test_only_what_converts_imports_tensorflow():
    assert {path.name for path in run_time_modules()} >= {"chain.py", "files.py", "link.py", "governor.py"}
    for path in run_time_modules():
        broken = imports(path.read_text(encoding="utf-8")) & HEAVY
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"


def test_what_runs_does_not_import_what_converts():
    assert len(run_time_modules()) < len(modules("tflite"))
    for path in run_time_modules():
        found = relative_imports(path.read_text(encoding="utf-8"))
        assert CONVERTS not in found, f"{path.relative_to(ROOT)} imports {CONVERTS}"


def rooms_imported(source):
    """The rooms that a module of a room of tflite names: the first names behind two dots."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            found |= {node.module.partition(".")[0]} if node.module else {alias.name for alias in node.names}
    return found - {"errors"}


def test_rooms_are_seen_in_every_form():
    source = "from . import a\nfrom .b import c\nfrom ..errors import d\nfrom ..e.f import g\nfrom .. import h, i\n"
    assert rooms_imported(source) == {"e", "h", "i"}


def test_every_room_of_tflite_has_its_rule():
    assert {path.parent.name for path in modules("tflite")} - {"tflite"} == set(ROOMS)
    assert {path.name for path in (ROOT / "tflite").glob("*.py")} == {"__init__.py", "errors.py"}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_knows_only_the_rooms_below_it(room):
    for path in modules(f"tflite/{room}"):
        broken = rooms_imported(path.read_text(encoding="utf-8")) - ROOMS[room]
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"


def siblings_imported(path):
    """The modules of its own room that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module.partition(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_modules_of_a_room_import_each_other_in_no_circle(room):
    left = {path.stem: siblings_imported(path) for path in modules(f"tflite/{room}") if path.stem != "__init__"}
    while ready := {name for name, needed in left.items() if not needed & set(left)}:
        left = {name: needed for name, needed in left.items() if name not in ready}
    assert not left


def test_what_converts_needs_no_keras():
    """A submodel is handed over; what makes it stays with its owner. Fine-tuning rebuilds units in tf_keras."""
    for path in set(modules("tflite")) - set(run_time_modules()):
        broken = imports(path.read_text(encoding="utf-8")) & (HEAVY - {"tensorflow", "tf_keras"})
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"
