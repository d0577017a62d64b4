"""What README.md shows works: its Python runs (on the hand-made bundle), and tools and options of all pages exist."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from keras_models import presets

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def block(name):
    """The Python block below the comment of that name."""
    return re.search(rf"<!-- {name} -->\n```python\n(.*?)```", TEXT, re.DOTALL)[1]


def parsed(tool, arguments):
    return importlib.import_module(f"tools.{tool}").build_parser().parse_args(arguments)


def test_the_running_lines_answer(bundle_folder, pixels, capsys):
    code = block("run")
    for shown, here in (("bundles/demo", str(bundle_folder)), ("max_min_digits", pixels.name), ("test[:5]", "test")):
        assert shown in code
        code = code.replace(shown, here)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    result = names["result"]
    assert result.reason in ("rule", "end")
    assert result.name in ("left", "right")
    assert capsys.readouterr().out.startswith(f"{result.name} {result.exit} ")


def test_the_training_lines_are_command_lines_that_the_tools_take(monkeypatch):
    lines = []
    monkeypatch.setattr(subprocess, "run", lambda line, check: lines.append(line[1:]))
    exec(compile(block("train and convert"), "README.md", "exec"), {})
    assert [line[0] for line in lines] == ["tools/train.py", "tools/convert.py"]
    train, convert = parsed("train", lines[0][1:]), parsed("convert", lines[1][1:])
    assert (train.preset, convert.run, convert.out) == ("epnet_digits", train.out, "bundles/demo")


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "android_demo/README.md"]


def commands(text):
    """The command lines of a page, in blocks and between backticks: words behind `python tools/`."""
    text = text.replace("\\\n", " ")
    found = re.findall(r"^    (?:\w+=\S+ )*python tools/(.*)$", text, re.MULTILINE)
    found += re.findall(r"`(?:\w+=\S+ )*python\s+tools/([^`]*)`", text)
    for line in " && python tools/".join(found).split(" && python tools/"):
        yield shlex.split(line.removesuffix(" &").replace("\n", " "), comments=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_are_those_of_the_tools(page):
    for script, *arguments in filter(None, commands(page.read_text(encoding="utf-8"))):
        options = parsed(script.removesuffix(".py"), arguments)
        if script == "train.py" and options.preset.islower() and not options.preset.endswith((".json", ".keras")):
            assert options.preset in presets.known()


def test_every_tool_that_it_names_is_there():
    named = set(re.findall(r"tools/(\w+)\.py", TEXT))
    assert {"train", "convert", "run", "evaluate", "report"} <= named
    assert [name for name in sorted(named) if not (ROOT / "tools" / f"{name}.py").is_file()] == []
