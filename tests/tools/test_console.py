"""The shared command line: which errors become one sentence, what is printed where."""

import argparse
import errno
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from tools import console


def parser():
    return argparse.ArgumentParser(prog="tools/example.py")


def run(error):
    def command(options):
        raise error

    return console.main(parser, command, [])


def test_the_commands_status_is_the_exit_status():
    assert console.main(parser, lambda options: 3, []) == 3
    assert console.main(parser, lambda options: None, []) == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (console.UserError("expected an image, received a folder"), "error: expected an image, received a folder\n"),
        (console.UserError("two\n  lines"), "error: two lines\n"),
        (console.UserError("\x1b[2Jerased \u202e"), "error: \\x1b[2Jerased \\u202e\n"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "bundles/x"), None),
        (ModuleNotFoundError("No module named 'tensorflow'"), None),
    ],
)
def test_errors_of_the_user_are_one_line_on_stderr(capsys, error, line):
    assert run(error) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ") and printed.err.count("\n") == 1
    assert line is None or printed.err == line


def test_a_missing_file_is_named_and_a_missing_package_has_a_remedy(capsys):
    run(FileNotFoundError(errno.ENOENT, "No such file or directory", "bundles/x"))
    assert capsys.readouterr().err == "error: No such file or directory: bundles/x\n"
    run(ModuleNotFoundError("No module named 'tensorflow'"))
    assert "make setup" in capsys.readouterr().err


def test_a_full_disk_that_tensorflow_tells_is_no_lack_of_memory(capsys):
    lacks = type("ResourceExhaustedError", (Exception,), {})
    run(lacks("runs/x/logs/events.out.tfevents.1.v2; No space left on device"))
    assert capsys.readouterr().err == "error: No space left on device; make room and call it again\n"
    run(lacks("OOM when allocating tensor with shape[9,9] and type float"))
    assert capsys.readouterr().err == "error: expected what fits into memory, received shape[9,9]; ask for less\n"


def test_a_value_error_raised_by_the_project_is_the_users_and_one_from_elsewhere_is_a_bug(capsys):
    from tflite.bundle.manifest import decode

    assert console.main(parser, lambda options: decode(b"{}"), []) == 2
    assert capsys.readouterr().err.startswith("error: manifest.json: format: ")
    with pytest.raises(ValueError, match="broadcast"):
        console.main(parser, lambda options: np.zeros(2) + np.zeros(3) and None, [])
    with pytest.raises(json.JSONDecodeError):
        console.main(parser, lambda options: json.loads("{"), [])
    with pytest.raises(KeyError):
        console.main(parser, lambda options: {}["missing"], [])


def test_the_traceback_is_shown_on_request(capsys, monkeypatch):
    monkeypatch.setenv("FRUGAL_TRACEBACK", "1")
    assert run(console.UserError("no")) == 2
    printed = capsys.readouterr().err
    assert "Traceback" in printed and printed.endswith("error: no\n")


@pytest.mark.parametrize("given", [["--bundle", ""], ["--bundle", "x", ""]])
def test_an_empty_text_is_no_path_of_the_folder_in_which_one_stands(capsys, given):
    def parser():
        made = argparse.ArgumentParser()
        made.add_argument("--bundle", nargs="+" if len(given) > 2 else None)
        made.add_argument("--parts", default="")
        return made

    assert console.main(parser, lambda options: pytest.fail("the command ran"), given) == 2
    assert capsys.readouterr().err == "error: expected something as bundle, received an empty text\n"
    assert console.main(parser, lambda options: 5, ["--bundle", "x"]) == 5


def test_what_is_said_leaves_a_terminal_as_it_is(capsys):
    console.say("a table\nof \x1b[2J two lines")
    assert capsys.readouterr().out == "a table\nof \\x1b[2J two lines\n"


def test_an_interruption_ends_with_130(capsys):
    assert run(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_foreign_tflite_stops_the_command_before_it_starts(capsys, monkeypatch):
    monkeypatch.setattr(console, "foreign_tflite", lambda: "expected this project's tflite; found another")
    assert console.main(parser, lambda options: pytest.fail("the command ran"), []) == 2
    assert capsys.readouterr().err == "error: expected this project's tflite; found another\n"


def test_progress_is_silent_for_short_work_and_plain_lines_without_a_terminal(capsys):
    assert list(console.progress([4, 5], "reading")) == [4, 5]
    assert capsys.readouterr().err == ""
    assert list(console.progress(iter("ab"), "reading", total=2, delay=0)) == ["a", "b"]
    assert capsys.readouterr().err == "reading: 0 of 2\n"


def test_progress_on_a_terminal_is_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(console.progress(range(3), "reading", delay=0)) == [0, 1, 2]
    assert "reading" in capsys.readouterr().err


def test_plain_makes_json_of_numpy_and_refuses_nan(capsys):
    value = {"a": np.float32(0.5), 1: (np.arange(2), Path("x")), "n": float("nan"), "b": True, "i": np.int64(7)}
    assert console.plain(value) == {"a": 0.5, "1": [[0, 1], "x"], "n": None, "b": True, "i": 7}
    console.print_json(value)
    assert json.loads(capsys.readouterr().out)["1"] == [[0, 1], "x"]


def test_write_text_makes_the_folder(tmp_path):
    path = console.write_text(tmp_path / "a" / "b.html", "é")
    assert path.read_bytes() == "é".encode()


def test_errors_about_files_that_the_project_raises_are_the_users(capsys):
    assert run(OSError("no data set; connect to the network")) == 2
    assert capsys.readouterr().err == "error: no data set; connect to the network\n"
    with pytest.raises(OSError, match="Bad file descriptor"):
        console.main(parser, lambda options: os.read(-1, 1), [])


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (950, "950"), (999.6, "1000"), (1000, "1 k"), (12345, "12.3 k"), (64.6e6, "64.6 M"), (2.5e9, "2.5 G")],
)
def test_counts_have_three_digits(number, text):
    assert console.count(number) == text


def test_json_is_all_that_a_tool_prints(capsys):
    """Progress goes to stderr while a tool that was asked for JSON works, and to stdout again afterwards."""

    def parser():
        made = argparse.ArgumentParser()
        made.add_argument("--json", action="store_true")
        return made

    def command(options):
        console.say("at work")
        console.print_json({"a": 1})

    assert console.main(parser, command, ["--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"a": 1} and err == "at work\n"
    assert console.main(parser, command, []) == 0
    assert capsys.readouterr().out.startswith("at work\n{")
