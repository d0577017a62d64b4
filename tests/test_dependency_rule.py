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
    assert {path.name for path in run_time_modules()} >= {"runtime.py", "bundle.py", "link.py", "governor.py"}
    for path in run_time_modules():
        broken = imports(path.read_text(encoding="utf-8")) & HEAVY
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"


def test_what_runs_does_not_import_what_converts():
    assert len(run_time_modules()) < len(modules("tflite"))
    for path in run_time_modules():
        found = relative_imports(path.read_text(encoding="utf-8"))
        assert CONVERTS not in found, f"{path.relative_to(ROOT)} imports {CONVERTS}"


def test_what_converts_needs_no_keras():
    """A submodel is handed over; what makes it stays with its owner. Fine-tuning rebuilds units in tf_keras."""
    for path in set(modules("tflite")) - set(run_time_modules()):
        broken = imports(path.read_text(encoding="utf-8")) & (HEAVY - {"tensorflow", "tf_keras"})
        assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"
