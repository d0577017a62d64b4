"""How the machine and the command of a result are told."""

import sys

import numpy as np

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
