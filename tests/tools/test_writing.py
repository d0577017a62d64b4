"""What the tools write where: nothing foreign is replaced, any name goes, and what the system refuses is a sentence."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

import tflite
from tests.tools import learned
from tflite.bundle.manifest import BundleName
from tools import (
    benchmark,
    compare_compression,
    compare_policies,
    compare_recipes,
    compare_skipping,
    console,
    convert,
    evaluate,
    phone_check,
    pipeline,
    report,
    reproduce,
    static_network,
    train,
    tune,
)
from tools.pipeline import runs

ROOT = Path(__file__).parents[2]
CONFIG = {"preset": "tiny", "family": "epnet", "arguments": {}, "task": "pixels", "seed": 3}
CONFIG |= {"stages": {"classifiers": {"epochs": 1}, "controllers": {"epochs": 1}}}


def call(tool, *arguments):
    """Exit status of a tool."""
    return console.main(tool.build_parser, tool.command, [str(argument) for argument in arguments])


def refused(capsys, tool, *arguments):
    """The one sentence of a tool that ends with status 2."""
    capsys.readouterr()
    assert call(tool, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("error: ")
    return printed.err


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def converts(monkeypatch):
    """Stands in for the work of a conversion: returns the runs that it was given; `fails` is raised at its end."""
    seen = []

    def work(run, options, draft):
        seen.append(run)
        learned.write(draft, name=run.bundle_name(options.quantize))
        if work.fails:
            raise work.fails
        return {"operating_points": [], "bytes": 1}

    work.fails, work.seen = None, seen
    stand_in = SimpleNamespace(convert=work)
    monkeypatch.setitem(sys.modules, "tools.pipeline.conversion", stand_in)
    monkeypatch.setattr(pipeline, "conversion", stand_in, raising=False)
    return work


@pytest.fixture
def run(tmp_path):
    return runs.start(tmp_path / "runs" / "r", CONFIG)


@pytest.mark.parametrize("out", ["thesis", "runs/r", "runs", "file", ".", "other"])
def test_a_conversion_replaces_a_bundle_and_nothing_else(tmp_path, run, converts, capsys, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thesis").mkdir()
    for name in ("thesis/text", "file"):
        (tmp_path / name).write_text("mine")
    runs.start(tmp_path / "other", CONFIG)
    before = tree(tmp_path)
    problem = refused(capsys, convert, "runs/r", "--out", out, "--force")
    assert f"a bundle for --force to replace, with nothing else in it, received {out}, " in problem
    assert tree(tmp_path) == before and not converts.seen
    assert call(convert, "runs/r", "--out", "b") == 0 == call(convert, "runs/r", "--out", "b", "--force")


@pytest.mark.parametrize("name", ["two words", "Grüße", "🎉", "-r", "a'$(b)", 250 * "n", 63 * "🎉"])
def test_a_run_of_any_name_is_converted(tmp_path, converts, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    runs.start(Path("runs") / name, CONFIG)
    assert call(convert, f"runs/{name}") == 0
    [folder] = Path("bundles").iterdir()
    assert tflite.Bundle.load(folder).manifest.name == folder.name
    assert msgspec.convert(folder.name, BundleName).endswith("-int8")


@pytest.mark.parametrize("name", ["Größe\n1", os.fsdecode(b"\xff\xfe")])
def test_a_bundle_in_a_folder_of_any_name_is_run(tmp_path, name):
    chain = tflite.Chain.load(learned.write(tmp_path / name))
    assert chain.run(np.array([[[200], [0]]], np.uint8)).name == learned.LABELS[0]


def test_the_folder_in_which_one_stands_has_its_name(tmp_path, converts, monkeypatch):
    runs.start(tmp_path / "Öl 1", CONFIG)
    monkeypatch.chdir(tmp_path / "Öl 1")
    assert call(convert, ".", "--out", "../🎉 b") == 0
    assert tflite.Bundle.load(tmp_path / "🎉 b").manifest.name == "Ol_1-int8"


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), RuntimeError("io: Disk quota exceeded")]
)
def test_a_full_disk_leaves_the_old_bundle_and_is_one_sentence(tmp_path, run, converts, capsys, error):
    out = learned.write(tmp_path / "b")
    before, converts.fails = tree(tmp_path), error
    problem = refused(capsys, convert, run.folder, "--out", out, "--force")
    full = f"error: No space left on device: {out}; make room and call it again\n"
    assert problem == (full if isinstance(error, OSError) else "error: Disk quota exceeded\n")
    assert tree(tmp_path) == before


def test_a_static_network_replaces_neither_its_chain_nor_anything_foreign(tmp_path, capsys, monkeypatch):
    chain = learned.write(tmp_path / "c")
    before = tree(tmp_path)
    assert "used itself" in refused(capsys, static_network, chain, "--split", "test", "--out", chain, "--force")
    monkeypatch.chdir(chain)
    (tmp_path / "c_static").write_text("mine")
    assert "a file" in refused(capsys, static_network, ".", "--split", "test", "--force")
    assert tree(tmp_path) == [*before[:1], *before[1:], "c_static"]


def test_a_static_network_of_a_long_name_and_of_the_folder_in_which_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(learned.write(tmp_path / "a b", name=100 * "n"))
    assert call(static_network, ".", "--split", "test", "--limit", "4") == 0
    assert tflite.Bundle.load(tmp_path / "a_b_static").manifest.name == 93 * "n" + "_static"


def never(*arguments):
    pytest.fail("the work was begun")


PAGES = {
    evaluate: (),
    report: (),
    benchmark: (),
    phone_check: (),
    compare_policies: (),
    compare_compression: (),
}


@pytest.mark.parametrize("tool", PAGES)
def test_a_page_that_cannot_be_written_is_refused_before_the_work(tmp_path, run, capsys, monkeypatch, tool):
    from tools.phone import laboratory
    from tools.reporting import samples

    monkeypatch.setattr(samples, "load", never)
    monkeypatch.setattr(laboratory, "prepare", never)
    bundle = learned.write(tmp_path / "b")
    source = run.folder if tool in (compare_policies, compare_compression) else bundle
    before = tree(tmp_path)
    for out, problem in (
        (tmp_path, "expected a file to write, received the folder"),
        (bundle / "manifest.json" / "x.md", "Not a directory"),
        (bundle / "manifest.json", "nor part of a bundle or run"),
        (run.folder / "classifiers.json", "nor part of a bundle or run"),
        (run.folder / "config.json", "nor part of a bundle or run"),
    ):
        assert problem in refused(capsys, tool, source, "--out", out)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("tool", [compare_skipping, reproduce, train, tune])
def test_a_file_in_the_place_of_a_folder_is_refused_before_the_work(tmp_path, run, capsys, tool):
    (tmp_path / "file").write_text("mine")
    start = {reproduce: ["epnet"], train: ["epnet_digits"], tune: ["network", "epnet_digits"]}.get(tool, [run.folder])
    problem = refused(capsys, tool, *start, "--out", tmp_path / "file")
    assert "expected a folder to write into, or none yet, received the file" in problem
    assert "Not a directory" in refused(capsys, tool, *start, "--out", tmp_path / "file" / "x")


def test_the_folder_of_recipes_is_looked_at_before_they_are_trained(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert "received the file" in refused(capsys, compare_recipes, "--quick", "--folder", tmp_path / "file")


def test_runs_to_be_compared_are_looked_at_before_recipes_are_trained(run, capsys):
    problem = refused(capsys, compare_recipes, "max_min_digits", "--runs", run.folder)
    assert "has no classifiers.keras: expected a run whose first stage has ended" in problem


def test_bundles_to_be_shown_are_looked_at_before_a_training(tmp_path, capsys):
    problem = refused(
        capsys, reproduce, "idk", "--table", "4.2", "--quick", "--bundle", tmp_path / "none", "--run", tmp_path
    )
    assert "expected a bundle (a folder or a .zip), received nothing there" in problem


def test_a_full_disk_is_one_sentence_wherever_it_is_met(bundle_folder, capsys):
    problem = refused(capsys, evaluate, bundle_folder, "--limit", "2", "--out", "/dev/full")
    assert problem == "error: No space left on device: /dev/full; make room and call it again\n"


@pytest.mark.parametrize("ends", ["", "raise console.UserError('no')"])
def test_what_cannot_be_printed_is_one_sentence(ends):
    code = "import argparse, sys\nfrom tools import console\ndef command(options):\n    print('x')\n    " + ends
    code += "\nsys.exit(console.main(argparse.ArgumentParser, command, []))"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        given = {"cwd": ROOT, "env": environment, "stdout": full, "stderr": subprocess.PIPE, "text": True}
        done = subprocess.run([sys.executable, "-c", code], **given)
    told = "no" if ends else "No space left on device; make room and call it again"
    assert (done.returncode, done.stderr) == (2, f"error: {told}\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_nothing_is_printed_into_a_file_where_a_stream_is_closed(tmp_path, closed):
    code = """
import argparse, os, sys
from tools import console
def command(options):
    out = open(sys.argv[1], "w")
    with console.native.quiet():
        os.write(2, b"noise")
    print("x"), print("y", file=sys.stderr), out.write("mine"), out.close()
    return 3
sys.exit(console.main(argparse.ArgumentParser, command, []))
"""
    line = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", code, str(tmp_path / "file")]
    assert subprocess.run(line, cwd=ROOT, capture_output=True).returncode == 3
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[]", "config.json: expected settings by name in JSON, received list; it is damaged"),
        ("{}", "config.json: expected the settings of a run, received none of preset, family"),
        ("[" * 100_000, "config.json: expected JSON, received"),
    ],
)
def test_a_config_of_another_program_is_one_sentence(tmp_path, capsys, content, problem):
    (tmp_path / "config.json").write_text(content)
    assert problem in refused(capsys, compare_recipes, "max_min_digits", "--only-runs", "--runs", tmp_path)


def test_a_bundle_that_names_no_split_is_one_sentence(tmp_path, capsys):
    folder = learned.write(tmp_path / "b", provenance={"dataset": "pixels", "held_out_split": 5})
    assert "expected a bundle that names its held-out split" in refused(capsys, static_network, folder)


def test_a_page_with_a_name_that_is_no_text_is_written_all_the_same(tmp_path):
    path = console.write_text(tmp_path / "x", os.fsdecode(b"a\xff"))
    assert path.read_text() == "a?"


def test_json_is_written_where_the_name_says_so(bundle_folder, tmp_path, capsys):
    out = tmp_path / "new" / "x.json"
    assert (
        call(benchmark, bundle_folder, "--limit", "2", "--rounds", "1", "--no-conditional", "--no-cuts", "--out", out)
        == 0
    )
    assert json.loads(out.read_text())["samples"] == 2
