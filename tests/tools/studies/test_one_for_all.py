"""One set of controllers against one for each price, from the command line, on a run that is tiny."""

import json
import shlex

import pytest

from tests.tools import blobs
from tests.tools.canvas import lines, names, painted
from tests.tools.markdown import table
from tools import compare_policies, console, options
from tools.studies import one_for_all


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
        (("--kappas", "nan", 0.1), "expected prices between 0 and 1, received [nan, 0.1]"),
        (("--seed", -1), "expected --seed of at least 0, received -1"),
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
    assert "expected the settings of a run, received none of controllers" in capsys.readouterr().err


def judged(benefit, accuracy, cost):
    return {"benefit": benefit, "accuracy": accuracy, "cost": cost}


ROWS = [
    {"kappa": 0.01, "for_all": judged(85.126, 0.9, 0.5), "alone": judged(85.626, 0.91, 0.456)},
    {"kappa": 0.05, "for_all": judged(-2.0, 0.4, 1.0), "alone": judged(-3.0, 0.3, 0.25)},
]


def test_the_table_by_hand():
    text = one_for_all.table(ROWS, "blobs", "python tools/compare_policies.py run")
    assert table(text) == [
        ["kappa", "one for all", "for this price alone", "difference"],
        ["0.01", "85.13 (90.00%, 50.0%)", "85.63 (91.00%, 45.6%)", "-0.50"],
        ["0.05", "-2.00 (40.00%, 100.0%)", "-3.00 (30.00%, 25.0%)", "+1.00"],
    ]
    assert text.startswith("# One controller for all prices, against one for each: blobs\n")


def test_the_picture_has_a_line_a_kind():
    (axis,) = painted(one_for_all.draw, ROWS, "not written").axes
    assert lines(axis) == {
        "one for all prices": ([0.01, 0.05], [85.126, -2.0]),
        "one for each price": ([0.01, 0.05], [85.626, -3.0]),
    }
    assert names(axis.get_legend()) == list(lines(axis))


@pytest.mark.parametrize("kappas", [(), ("--kappas", "0.02", "0.5")])
def test_the_command_of_a_page_gives_the_same_page(kappas):
    """The prices are told where they are others than the usual ones."""
    args = compare_policies.build_parser().parse_args(["my run", *kappas, "--seed", "3", "--json"])
    said = options.words(compare_policies.build_parser(), args, "run")
    again = compare_policies.build_parser().parse_args(shlex.split(said)[2:])
    assert vars(again) == vars(args) | {"json": False} and ("--kappas" in said) is bool(kappas)
