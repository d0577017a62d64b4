"""How the machine and the command of a result are told."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tools import machine
from tools.foreign import ROOT


def test_the_machine_is_described_from_what_is_installed():
    described = machine.describe()
    assert described["cores"] >= 1 and described["cpu"]
    assert described["versions"]["numpy"] == np.__version__
    line = machine.line(described)
    assert f"numpy {np.__version__}" in line and described["date"] in line and "None" not in line


def test_the_command_line_is_told_as_one_would_type_it(monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(ROOT / "tools" / "run.py"), "bundles/x", "a b.png"])
    assert machine.command_line() == "python tools/run.py bundles/x 'a b.png'"


def test_a_page_ends_with_command_and_machine():
    command, how, where = machine.foot("python tools/x.py", "slowly")
    assert (command, how) == ("`python tools/x.py`", "slowly") and "core" in where


DESCRIBED = {
    "cpu": "Some CPU",
    "cores": 2,
    "system": "Linux x86_64",
    "python": "3.11.2",
    "versions": {"keras": "3.0", "tensorflow": None},
    "date": "2026-01-02",
}


@pytest.mark.parametrize(("cores", "said"), [(1, "1 core"), (2, "2 cores"), (64, "64 cores")])
def test_the_line_leaves_out_what_is_not_installed(cores, said):
    line = machine.line(DESCRIBED | {"cores": cores})
    assert line == f"Some CPU, {said}, Linux x86_64, Python 3.11.2, keras 3.0, 2026-01-02"


def test_a_machine_without_anything_installed_is_one_line_as_well(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("no-such-package-of-anybody",))
    described = machine.describe()
    assert described["versions"] == {"no-such-package-of-anybody": None}
    assert ", ," not in machine.line(described), "nothing between two commas"


@pytest.mark.parametrize(
    ("text", "processor", "kind", "cpu"),
    [
        ("processor\t: 0\nmodel name\t: A: B @ 3 GHz\nmodel name\t: other\n", "", "x86_64", "A: B @ 3 GHz"),
        ("processor\t: 0\nBogoMIPS\t: 50\n", "", "aarch64", "aarch64"),
        ("", "arm", "arm64", "arm"),
        (None, "", "", "unknown CPU"),
    ],
)
def test_the_processor_is_told_as_well_as_it_is_known(monkeypatch, text, processor, kind, cpu):
    """Other systems have no such file, and an arm's has no such line."""

    def read(path, **options):
        assert str(path) == "/proc/cpuinfo"
        if text is None:
            raise FileNotFoundError(path)
        return text

    monkeypatch.setattr(machine, "PACKAGES", ())
    monkeypatch.setattr(Path, "read_text", read)
    monkeypatch.setattr(machine.platform, "processor", lambda: processor)
    monkeypatch.setattr(machine.platform, "machine", lambda: kind)
    assert machine.describe()["cpu"] == cpu


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/elsewhere/my tool.py"], "python my tool.py"),
        ([str(ROOT / "tools" / ".." / "tools" / "run.py"), "--set", "a=1"], "python tools/run.py --set a=1"),
        ([str(ROOT / "tools/run.py"), "$HOME", "it's", ""], """python tools/run.py '$HOME' 'it'"'"'s' ''"""),
    ],
)
def test_words_that_a_shell_would_change_are_quoted(monkeypatch, words, line):
    monkeypatch.setattr(sys, "argv", words)
    assert machine.command_line() == line
