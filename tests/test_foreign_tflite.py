"""PyPI's package `tflite` in the way: the tools and pytest say so in one sentence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.foreign import ROOT, foreign_tflite, found_tflite


@pytest.fixture
def foreign(tmp_path):
    """A folder that holds another package called tflite."""
    (tmp_path / "site" / "tflite").mkdir(parents=True)
    (tmp_path / "site" / "tflite" / "__init__.py").write_text("class Model: pass\n")
    return tmp_path / "site"


def start(arguments, cwd, path):
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_projects_own_package_is_found():
    assert found_tflite() == ROOT / "tflite"
    assert foreign_tflite() is None


def test_the_repository_wins_over_a_foreign_package_on_the_path(foreign):
    code = "import runpy; runpy.run_path('tools/run.py'); import tflite; print(tflite.__file__)"
    for arguments in (["tools/run.py", "--help"], ["-m", "tools.run", "--help"]):
        done = start(arguments, ROOT, foreign)
        assert (done.returncode, done.stderr) == (0, "")
    done = start(["-c", code], ROOT, foreign)
    assert Path(done.stdout.strip()).parent == ROOT / "tflite"


def test_a_checkout_without_its_own_tflite_names_the_foreign_one(foreign, tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "checkout" / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    done = start(["tools/run.py", "bundles/none", "image.png"], tmp_path / "checkout", foreign)
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected the package tflite of this project")
    assert done.stderr.rstrip().endswith(f"found {foreign / 'tflite'}")
    assert done.stderr.count("\n") == 1


def test_an_imported_foreign_package_is_noticed(foreign, monkeypatch):
    code = f"import sys; sys.path.insert(0, {str(foreign)!r}); import tflite; sys.path.insert(0, '.')\n"
    done = start(["-c", code + "from tools.foreign import foreign_tflite; print(foreign_tflite())"], ROOT, foreign)
    assert "pip uninstall tflite" in done.stdout


def test_pytest_refuses_to_test_a_foreign_package(foreign, tmp_path):
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "tools", checkout / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "conftest.py", checkout)
    (checkout / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    done = start(["-m", "pytest", "-q", "-p", "no:cacheprovider"], checkout, foreign)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "expected the package tflite of this project" in done.stderr
