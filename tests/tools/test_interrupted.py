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
def handler():
    """What answers to the key is as it was."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
    yield
    signal.signal(signal.SIGINT, before)


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


# A command as it is, interrupted at the so-manieth import after the first.
EARLY = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
name, left, begun = sys.argv[1], int(sys.argv[2]), []
def count(event, arguments):
    global left
    if event == "import":
        if "tools.starting" in begun:
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGINT)
        begun.append(arguments[0])
sys.addaudithook(count)
sys.argv = [name, *sys.argv[3:]]
runpy.run_path(name, run_name="__main__")
"""


@pytest.mark.parametrize("left", [1, 2, 5, 12, 25])
@pytest.mark.parametrize("name", ["run", "convert", "train"])
def test_an_interruption_while_a_command_is_imported_is_told_as_any_other(name, left):
    line = [sys.executable, "-c", EARLY, str(ROOT / "tools" / f"{name}.py"), str(left)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_an_interruption_when_a_command_has_ended_is_told_as_any_other():
    code = "import atexit, argparse, signal; signal.signal(2, signal.default_int_handler)\n"
    code += "atexit.register(signal.raise_signal, 2)\nfrom tools import starting, console\n"
    code += "console.main(argparse.ArgumentParser, lambda options: 0, [])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_what_answers_to_signals_is_as_it_was_when_a_command_has_ended():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert status(lambda: 3) == 3
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("file", sorted((ROOT / "tools").glob("*.py")), ids=lambda file: file.stem)
def test_every_command_is_guarded_before_it_imports_anything_that_takes_time(file):
    text = file.read_text()
    if "def build_parser" in text:
        first = [node for node in ast.parse(text).body if not isinstance(node, ast.Expr)][:3]
        *system, guard = map(ast.unparse, first)
        assert system == ["import os", "import sys"], "which Python has imported itself"
        assert guard.startswith("if __name__ == '__main__':") and guard.endswith("from tools import starting")


def test_other_errors_have_their_traceback():
    done = subprocess.run(
        [sys.executable, "-c", "import tools.starting; 1 / 0"], cwd=ROOT, capture_output=True, text=True
    )
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
