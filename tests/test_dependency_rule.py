"""The dependency rule: keras_models and tflite do not know each other, and what runs a bundle needs no TensorFlow."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONVERTS = "conver"  # convert.py, conversion/: what of tflite may import TensorFlow
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


def test_only_what_converts_imports_tensorflow():
    for path in modules("tflite"):
        name = path.relative_to(ROOT / "tflite").parts[0]
        if not name.startswith(CONVERTS):
            broken = imports(path.read_text(encoding="utf-8")) & HEAVY
            assert not broken, f"{path.relative_to(ROOT)} imports {sorted(broken)}"


def test_what_runs_does_not_import_what_converts():
    for path in modules("tflite"):
        if path.relative_to(ROOT / "tflite").parts[0].startswith(CONVERTS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                assert not any(name.startswith(CONVERTS) for name in names), f"{path.name} imports {names}"
