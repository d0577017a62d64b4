"""tools/compare_recipes.py: small recipes for pictures of blobs, trained, judged and written down."""

import json
import shlex

import numpy as np
import pytest

from keras_models import presets
from keras_models.presets import epnet as epnet_presets
from tests.networks import write_network
from tests.tools import blobs
from tests.tools.markdown import table
from tests.tools.studies.test_epnet import TINY
from tools import compare_recipes, console
from tools.options import words
from tools.pipeline import runs
from tools.studies import recipes as study
from tools.studies.recipes import Recipe


def call(*arguments):
    return console.main(compare_recipes.build_parser, compare_recipes.command, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A place where two recipes have been trained for an epoch and compared; the page and the rows are there."""
    folder = tmp_path_factory.mktemp("recipes")
    with known():
        assert call(*options(folder), "--out", folder / "recipes.md") == 0
    return folder


def options(folder):
    return "blobs", "--epochs", 1, "--folder", folder / "runs", "--budgets", 5000, 1e9


class known:
    """Two recipes for blobs while this lasts: all exits but the first, and the last two on a stem."""

    def __enter__(self):
        self.patch, self.task = pytest.MonkeyPatch(), blobs.registered()
        self.task.__enter__()
        self.patch.setitem(epnet_presets.PRESETS, "tiny", TINY)
        changed = Recipe("a stem, two exits", "tiny", {"stem": 3}, {"exit_weights": (0, 0, 1, 1)})
        self.patch.setitem(study.RECIPES, "blobs", (Recipe("the first", "tiny"), changed))

    def __exit__(self, *failure):
        self.patch.undo()
        self.task.__exit__(*failure)


def test_rows_and_page_say_the_same(folder, capsys):
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("classifiers.keras")}
    with known():
        assert call(*options(folder), "--json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert before and {file: file.stat().st_mtime_ns for file in folder.rglob("classifiers.keras")} == before
    assert [value is None for value in first["exits"]] == [True, False, False, False]
    assert [value is None for value in second["exits"]] == [True, True, False, False]
    assert first["budgets"] == second["budgets"] == [5000.0, 1e9]
    # A 3x3 convolution of 3 channels on one, with its normalisation; unit 1 and its projection then see three, not one.
    assert second["parameters"] - first["parameters"] == 3 * 9 + 2 * 3 + 2 * 9 * 4 + 2 * 4
    text = (folder / "recipes.md").read_text()
    gap = 100 * (second["last"] - first["last"])
    assert f"| {100 * second['last']:.2f} ({gap:+.2f}) |" in text and f"| {100 * first['last']:.2f} |" in text
    assert "`python tools/compare_recipes.py blobs --epochs 1 --seed 0 --budgets 5000 1e+09`" in text


def test_the_recipes_are_what_was_trained(folder):
    settings = [runs.read(file.parent).config for file in sorted(folder.rglob("classifiers.keras"))]
    changed = next(config for config in settings if "stem" in config["arguments"])
    assert changed["arguments"]["filters"] == [4, 4, 8, 8] and changed["stages"]["classifiers"]["exit_weights"] == [
        0,
        0,
        1,
        1,
    ]
    assert {config["stages"]["classifiers"]["epochs"] for config in settings} == {1}


def test_runs_stand_beside_recipes_and_a_budget_can_be_too_small(folder, capsys):
    run = next(iter(folder.rglob("classifiers.keras"))).parent
    with known():
        assert call("blobs", "--only-runs", "--runs", run, run, "--budgets", 1) == 0
    text = capsys.readouterr().out
    assert text.count(f"| {run.name} | 1 |") == 2 and text.count("| too expensive |") == 2
    assert f"--runs {run} {run} --only-runs" in text


def test_nothing_is_gained_by_more_budget_than_the_whole_network_takes(folder):
    run = runs.read(next(iter(folder.rglob("classifiers.keras"))).parent)
    with known():
        row = study.judge("one", run, None)
        [whole] = study.judge("one", run, [row["macs"] * 2])["reached"]
    np.testing.assert_allclose(row["budgets"], np.array([0.25, 0.5, 0.75]) * row["macs"])
    assert 0 < whole <= 1 and row["last"] in row["exits"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "expected --epochs of at least 1, received 0"),
        (["--seed", "-1"], "expected --seed of at least 0, received -1"),
        (["--budgets", "1", "-2"], "expected budgets above zero, received [1.0, -2.0]"),
        (["--only-runs"], "expected --runs RUN... with --only-runs, received none"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, message):
    assert call("cifar10", *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_data_set_without_recipes_is_refused(capsys):
    assert call("letters") == 2
    assert "expected a data set among cifar10, max_min_digits, received letters" in capsys.readouterr().err


def test_a_run_of_another_data_set_is_refused(folder, capsys):
    run = next(iter(folder.rglob("classifiers.keras"))).parent
    assert call("cifar10", "--runs", run) == 2
    assert f"expected runs of cifar10, received {run.name}, a run of blobs" in capsys.readouterr().err


def test_every_recipe_is_a_preset_with_known_changes():
    for recipes in study.RECIPES.values():
        assert len({recipe.name for recipe in recipes}) == len(recipes)
        for recipe in recipes:
            preset = presets.get(recipe.preset)
            stages = preset["stages"] | {"classifiers": preset["stages"]["classifiers"] | recipe.settings}
            arguments, resolved = presets.resolve(preset["family"], preset["arguments"] | recipe.arguments, stages)
            weights = resolved["classifiers"]["exit_weights"]
            assert weights is None or len(weights) == len(arguments["filters"])


def row(name, last, exits, reached, **more):
    row = {"name": name, "epochs": 6, "parameters": 12345, "macs": 2.5e6, "last": last, "exits": exits}
    return row | {"budgets": [1e6, 2e6], "reached": reached} | more


def test_a_table_is_beside_its_first_row():
    """Of a recipe with fewer exits, and one that no setting brings within the lower budget."""
    first = row("the first", 0.9, [None, 0.8, 0.9], [0.7, 0.85])
    second = row("another", 0.8876, [0.5, 0.8876], [None, 0.9], parameters=999, macs=1e9)
    text = study.table([first, second], "blobs", "python tools/compare_recipes.py blobs")
    summary, exits = text.split("## Accuracy of every exit, percent")
    assert table(summary) == [
        ["recipe", "epochs", "parameters", "multiply-adds", "last exit %", "at 1 M %", "at 2 M %"],
        ["the first", "6", "12.3 k", "2.5 M", "90.00", "70.00", "85.00"],
        ["another", "6", "999", "1 G", "88.76 (-1.24)", "too expensive", "90.00 (+5.00)"],
    ]
    assert table(exits) == [
        ["recipe", "1", "2", "3"],
        ["the first", "", "80.00", "90.00"],
        ["another", "50.00", "88.76", ""],
    ]
    assert text.startswith("# Recipes: blobs\n") and "`python tools/compare_recipes.py blobs`" in text


@pytest.mark.parametrize(
    ("value", "first", "said"),
    [
        (0.9, None, "90.00"),  # the first row itself is too expensive
        (None, 0.9, "too expensive"),
        (None, None, "too expensive"),
        (0.0, 0.25, "0.00 (-25.00)"),
    ],
)
def test_a_difference_needs_two_numbers(value, first, said):
    assert study._beside(value, first) == said


def test_no_two_recipes_share_a_folder(tmp_path, monkeypatch):
    """A recipe that is trained already is only read; its folder is named after it."""
    monkeypatch.setattr(study.training, "train", lambda run, until: write_network(run.folder / "classifiers.keras"))
    for dataset, known_recipes in study.RECIPES.items():
        made = {study.trained(recipe, tmp_path / dataset, 1, 0).folder for recipe in known_recipes}
        assert len(made) == len(known_recipes) and all(" " not in folder.name for folder in made)
    monkeypatch.setattr(study.training, "train", lambda *_, **__: pytest.fail("trained again"))
    study.trained(study.RECIPES["cifar10"][0], tmp_path / "cifar10", 1, 0)


def test_the_command_of_a_page_can_be_typed():
    given = ["blobs", "--runs", "my runs/a", "runs/b", "--only-runs", "--budgets", "5000", "1e9", "--out", "x.md"]
    args = compare_recipes.build_parser().parse_args(given)
    said = shlex.split(words(compare_recipes.build_parser(), args, "dataset", "quick", "folder"))
    again = compare_recipes.build_parser().parse_args(said[2:])
    assert vars(again) == vars(args) | {"out": None}, "where it is written does not change it"
