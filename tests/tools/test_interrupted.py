"""An interruption, wherever it comes: one sentence, what is kept, and exit status 130."""

import argparse
import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import console, demo

ROOT = Path(__file__).parents[2]
LONG = """
import argparse, pathlib, sys, time
from tools import console
def command(options):
    here = pathlib.Path(sys.argv[1])
    try:
        here.write_text("begun")
        time.sleep(60)
    finally:
        time.sleep(1)
        here.write_text("cleaned up")
if __name__ == "__main__":
    sys.exit(console.main(argparse.ArgumentParser, command, []))
"""


@pytest.fixture(autouse=True)
def handlers():
    """What answers to a signal is as it was."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.getsignal(kind) for kind in kinds}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background ignores it
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.mark.parametrize("tool", ["train", "evaluate"])
def test_a_python_without_the_packages_is_told_how_to_get_them(tool):
    bare = [sys.executable, "-S", "-I", f"tools/{tool}.py", "bundle", *(["--data", "x"] if tool == "evaluate" else [])]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "; `make setup` installs what the tools need, for .venv/bin/python" in done.stderr


def interrupt(number=signal.SIGINT):
    time.sleep(0.05)
    os.kill(os.getpid(), number)
    time.sleep(0.05)


def status(command):
    return console.main(argparse.ArgumentParser, lambda options: command(), [])


def test_an_interruption_while_a_command_is_imported_is_told_as_any_other():
    code = "import tools, signal; signal.raise_signal(signal.SIGINT)"
    done = subprocess.run(
        [sys.executable, "-c", f"import signal; signal.signal(2, signal.default_int_handler); {code}"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize("file", sorted((ROOT / "tools").glob("*.py")), ids=lambda file: file.stem)
def test_of_the_projects_packages_every_command_imports_that_one_first(file):
    imported = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [getattr(node, "module", None) or node.names[0].name for node in imported]
    own = [name.partition(".")[0] for name in names if name.partition(".")[0] in ("keras_models", "tflite", "tools")]
    assert own[:1] in ([], ["tools"])


def test_other_errors_have_their_traceback():
    done = subprocess.run([sys.executable, "-c", "import tools; 1 / 0"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_key_that_is_held_does_not_end_what_cleans_up(capsys, number):
    done = []

    def command():
        try:
            interrupt()
            pytest.fail("it went on")
        finally:
            interrupt(number)
            interrupt(number)
            done.append("cleaned up")

    assert status(command) == 130
    assert done == ["cleaned up"] and capsys.readouterr().err == "interrupted\n"


def test_a_second_interruption_later_is_one(monkeypatch):
    monkeypatch.setattr(console, "PATIENCE", 0.01)

    def command():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                interrupt()
        return 7

    assert status(command) == 7


def test_what_a_library_makes_of_an_interruption_is_one(capsys):
    def command():
        try:
            interrupt()
        except KeyboardInterrupt:
            raise RuntimeError("in the graph: KeyboardInterrupt") from None

    assert status(command) == 130
    assert capsys.readouterr().err == "interrupted\n"
    with pytest.raises(RuntimeError):  # the next command has not been interrupted
        status(lambda: (_ for _ in ()).throw(RuntimeError))


def test_what_is_kept_is_said(capsys):
    with_kept = console.keeping("runs/x keeps\x1b it")(interrupt)
    assert status(with_kept) == 130
    assert capsys.readouterr().err == "interrupted: runs/x keeps\\x1b it\n"


def test_an_ignored_interruption_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert status(lambda: interrupt() or 5) == 5


def test_the_demo_waits_for_what_a_tool_cleans_up(tmp_path, monkeypatch):
    (tmp_path / "long.py").write_text(LONG)
    monkeypatch.setattr(demo, "TOOLS", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    wait = subprocess.Popen.wait

    def interrupted(self, timeout=None):
        while not (tmp_path / "file").exists():
            time.sleep(0.01)
        monkeypatch.setattr(subprocess.Popen, "wait", wait)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo.run_tool(["long", str(tmp_path / "file")])
    assert (tmp_path / "file").read_text() == "cleaned up"
