"""One set of controllers against one for each price, from the command line, on a run that is tiny."""

import json

import pytest

from tests.tools import blobs
from tools import compare_policies, console


@pytest.fixture
def run(tmp_path):
    """A run whose first stage has ended."""
    with blobs.registered():
        folder = blobs.make_run(tmp_path / "run")
        (folder / "classifiers.keras").write_bytes((folder / "model.keras").read_bytes())
        yield folder


def call(*arguments):
    """Exit status of the command."""
    return console.main(compare_policies.build_parser, compare_policies.command, [str(a) for a in arguments])


def test_the_table_the_picture_and_the_numbers_agree(run, tmp_path, capsys):
    out = tmp_path / "compared.md"
    arguments = (run, "--kappas", 0.01, 0.05, "--epochs", 1, "--views", 1)
    assert call(*arguments, "--out", out, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["kappa"] for row in rows] == [0.01, 0.05]
    text = out.read_text()
    for row in rows:
        assert row["for_all"]["kappa"] == row["alone"]["kappa"] == row["kappa"]
        one, alone = row["for_all"]["benefit"], row["alone"]["benefit"]
        assert f"| {row['kappa']:g} | {one:.2f} (" in text and f"| {one - alone:+.2f} |" in text
    fitted = sorted((run / "reproduce").glob("*.npz"))
    before = [file.stat().st_mtime_ns for file in fitted]
    assert call(*arguments, "--json") == 0 and json.loads(capsys.readouterr().out) == rows
    assert len(fitted) == 3 and [file.stat().st_mtime_ns for file in fitted] == before, "nothing is fitted twice"
    assert (tmp_path / "compared.png").read_bytes().startswith(b"\x89PNG") and "(compared.png)" in text


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--kappas", 0), "expected prices between 0 and 1, received [0.0]"),
        (("--epochs", 0), "expected at least one epoch and one view, received 0 and 4"),
    ],
)
def test_bad_arguments_are_refused(run, capsys, arguments, words):
    assert call(run, *arguments) == 2
    assert words in capsys.readouterr().err


def test_a_run_without_controllers_is_refused(run, capsys):
    config = json.loads((run / "config.json").read_text())
    del config["stages"]["controllers"]
    (run / "config.json").write_text(json.dumps(config))
    assert call(run) == 2
    assert "expected a run with controllers, received one of the family epnet" in capsys.readouterr().err
