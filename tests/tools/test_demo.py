"""The demo: which tools it calls, in which order, and what it leaves out the second time."""

import os

import pytest

from tests.tools.calling import call
from tools import console, demo

WRITTEN = {
    "config.json": '{"family": "epnet", "stages": {"classifiers": {}}}',
    "manifest.json": '{"format": "frugal"}',
}


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Records the tools' command lines in place of running them; train and convert leave what the real ones do."""
    monkeypatch.chdir(tmp_path)
    lines = []

    def run_tool(line):
        lines.append(line)
        if line[0] == "train":
            run = line[line.index("--out") + 1]
            write(f"{run}/config.json", f"{run}/model.keras")
        if line[0] == "convert":
            write("bundles/demo/manifest.json")
        return 0

    monkeypatch.setattr(demo, "run_tool", run_tool)
    return lines


def write(*files):
    for file in files:
        if not os.path.exists(file):
            console.write_text(file, WRITTEN.get(os.path.basename(file), "{}"))


def test_the_tools_are_called_in_order_with_what_the_earlier_ones_wrote(called, capsys):
    assert call(demo, []) == 0
    assert [line[0] for line in called] == ["train", "convert", "run", "run", "evaluate", "report"]
    assert called[0] == ["train", "epnet_digits", "--out", "runs/demo"]
    assert called[1] == ["convert", "runs/demo", "--out", "bundles/demo", "--exits", demo.EXITS, "--force"]
    assert called[3] == ["run", "bundles/demo", "max_min_digits:test:0-3", "--latency-ms", "1"]
    assert called[5] == ["report", "bundles/demo", "--out", "reports/demo.html"]
    told = capsys.readouterr().out
    assert "$ python tools/evaluate.py bundles/demo" in told
    assert told.splitlines()[-1].endswith("open reports/demo.html in a browser")


def test_a_second_call_converts_only_what_was_trained_again(called):
    call(demo, [])
    del called[:]
    call(demo, [])
    assert [line[0] for line in called] == ["train", "run", "run", "evaluate", "report"]
    later = os.stat("bundles/demo/manifest.json").st_mtime + 10
    os.utime("runs/demo/model.keras", (later, later))
    del called[:]
    call(demo, [])
    assert "convert" in [line[0] for line in called]


def test_force_starts_from_nothing(called):
    call(demo, [])
    console.write_text("runs/demo/classifiers.csv", "old")
    os.utime("bundles/demo/manifest.json", (2**31, 2**31))  # newer than any network trained now
    del called[:]
    assert call(demo, ["--force"]) == 0
    assert sorted(os.listdir("runs/demo")) == ["config.json", "model.keras"] and os.listdir("runs") == ["demo"]
    assert "convert" in [line[0] for line in called]


def test_a_forced_training_that_fails_leaves_the_run_as_it_was(called, monkeypatch):
    call(demo, [])
    console.write_text("runs/demo/classifiers.csv", "old")
    monkeypatch.setattr(demo, "run_tool", lambda line: write(f"{line[-1]}/config.json") or 3)
    with pytest.raises(SystemExit, match="3"):
        call(demo, ["--force"])
    assert sorted(os.listdir("runs/demo")) == ["classifiers.csv", "config.json", "model.keras"]
    assert os.listdir("runs") == ["demo"]


@pytest.mark.parametrize("option", ["--run", "--bundle"])
@pytest.mark.parametrize("known", [(), ("config.json", "manifest.json")])
def test_force_removes_no_folder_that_holds_anything_else(called, capsys, option, known):
    write("precious/thesis.txt", *(f"precious/{name}" for name in known))
    assert call(demo, [option, "precious", "--force"]) == 2
    printed = capsys.readouterr().err
    assert "with nothing else in it, received precious, " in printed and printed.count("\n") == 1
    assert os.path.exists("precious/thesis.txt") and not called


def test_a_page_that_cannot_be_written_is_refused_before_the_training(called, capsys):
    os.mkdir("page.html")
    assert call(demo, ["--report", "page.html"]) == 2
    assert "expected a file to write, received the folder" in capsys.readouterr().err and not called


def test_names_with_a_dash_in_front_are_no_options(called):
    assert call(demo, ["--run=-r", "--bundle=-b", "--report=-p.html"]) == 0
    assert called[0][-2:] == ["--out", "./-r"] and called[1][:4] == ["convert", "./-r", "--out", "./-b"]
    assert called[-1] == ["report", "./-b", "--out", "./-p.html"]


def test_the_first_tool_that_fails_ends_it_with_its_status(called, monkeypatch, capsys):
    monkeypatch.setattr(demo, "run_tool", lambda line: called.append(line) or (3 if line[0] == "convert" else 0))
    monkeypatch.setattr(demo, "needed", lambda line, options: True)
    assert call(demo, []) == 3
    assert [line[0] for line in called] == ["train", "convert"]
    assert "done" not in capsys.readouterr().out


def test_every_command_line_is_one_that_its_tool_accepts(called):
    import importlib

    assert call(demo, ["--epochs", "2"]) == 0
    assert called[0][2:4] == ["--epochs", "2"]
    for line in called:
        options = importlib.import_module(f"tools.{line[0]}").build_parser().parse_args(line[1:])
        assert vars(options)


def test_a_tool_runs_as_a_process_and_its_status_comes_back(capfd):
    assert demo.run_tool(["run", "--help"]) == 0
    assert "usage: tools/run.py" in capfd.readouterr().out
    assert demo.run_tool(["run", "no/such/bundle", "x.png"]) == 2
