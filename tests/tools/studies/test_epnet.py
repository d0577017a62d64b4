"""tools/reproduce.py, quickly, on pictures of blobs: every page and picture, its figures, and going on after a stop."""

import copy
import json

import numpy as np
import pytest

from keras_models.presets import epnet as presets
from tests.tools import blobs
from tools import console, reproduce
from tools.studies import epnet, epnet_pages, pages, reproduction
from tools.studies.reproduction import Reproduction
from tools.studies.study import Effort

TINY = {
    "task": "blobs",
    "arguments": {"filters": (4, 4, 8, 8), "controller_in": (4,), "controller_cat": (4,)},
    "stages": {
        "classifiers": {"epochs": 1, "batch_size": 32, "peak_learning_rate": 0.1, "exit_weights": (0, 1, 1, 1)},
    },
    "source": "none",
    "expected": "seconds",
}


def call(*arguments):
    return console.main(reproduce.build_parser, reproduce.command, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The pages, pictures and JSON of `--quick`, everything; the run is beside them."""
    folder = tmp_path_factory.mktemp("reproduced")
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(presets.PRESETS, epnet.QUICK, copy.deepcopy(TINY))
        patch.setattr(epnet, "FEW_KAPPAS", (0.01,))
        patch.setattr(epnet, "FIGURE_8", (0.01,))
        patch.setattr(epnet, "SIZES", epnet.SIZES[::3])
        patch.setattr(reproduction, "QUICK", Effort(policy_epochs=2, views=1, seeds=1))
        assert call("epnet", "--quick", "--run", folder / "run", "--out", folder / "pages") == 0
        before = {file.name: file.stat().st_mtime_ns for file in (folder / "run").rglob("*.npz")}
        assert call("epnet", "--quick", "--run", folder / "run", "--out", folder / "again", "--figure", "6") == 0
        assert {file.name: file.stat().st_mtime_ns for file in (folder / "run").rglob("*.npz")} == before
    return folder


def test_every_item_has_its_page_and_picture(folder):
    names = {file.stem for file in (folder / "pages").glob("*.md")}
    assert names == {f"{item.replace(' ', '_')}_blobs" for item in epnet.ITEMS}
    pictures = {file.stem for file in (folder / "pages").glob("*.png")}
    assert pictures == {f"{item.replace(' ', '_')}_blobs" for item in epnet.ITEMS if epnet.ITEMS[item].paint}
    assert all(file.stat().st_size > 5_000 for file in (folder / "pages").glob("*.png"))
    told = {file.stem: json.loads(file.read_text()) for file in (folder / "pages").glob("*.json")}
    assert set(told) == names and told["table_1_blobs"]["item"] == "table 1"
    assert [row["name"] for row in told["table_1_blobs"]["rows"]["rows"]][0] == "EPNet"


def test_every_page_tells_how_it_was_made(folder):
    for file in (folder / "pages").glob("*.md"):
        text = file.read_text()
        item = file.stem.removesuffix("_blobs").replace("_", " ")
        assert f"`python tools/reproduce.py epnet --dataset max_min_mnist --{item} --quick" in text
        assert "1,000 test images" in text and " core" in text


def test_what_was_fitted_is_not_fitted_again(folder):
    first, again = (folder / name / "figure_6_blobs.md" for name in ("pages", "again"))
    table = [line for line in first.read_text().splitlines() if line.startswith("|")]
    assert table == [line for line in again.read_text().splitlines() if line.startswith("|")] and len(table) > 8


def test_table_1_ranks_by_what_is_left_of_the_accuracy(folder):
    lines = [line.split("|")[1:-1] for line in (folder / "pages/table_1_blobs.md").read_text().splitlines()]
    rows = [[cell.strip() for cell in line] for line in lines if len(line) == 7][2:]
    assert {"EPNet", "ResNet", "BranchyNet-0.2", "softmax gate-0.01"} <= {row[0] for row in rows}
    by_rank = sorted(rows, key=lambda row: int(row[2]))
    reached = [float(row[1].split()[0]) for row in by_rank]
    assert reached == sorted(reached, reverse=True)
    epnet_row = next(row for row in rows if row[0] == "EPNet")
    assert epnet_row[5] == "100.0%", "the budget is its own"
    assert float(epnet_row[1].split()[0]) == float(epnet_row[3])


def test_what_is_printed_in_the_paper_stands_beside_its_own_rows():
    """Every printed row has a row here: the names by which `budget_row` looks them up."""
    made = {"EPNet", "BranchyNet in budget", "ResNet", *(f"BranchyNet-{t:g}" for t in epnet.ENTROPIES)}
    assert {len(row) for row in epnet.PRINTED_1.values()} == {len(epnet.DATASETS)}
    for i, task in enumerate(epnet.DATASETS):
        printed = [name for name, row in epnet.PRINTED_1.items() if row[i]]
        gates = {f"softmax gate-{gamma:g}" for gamma in epnet.GAMMAS.get(task, (0.2, 0.01))}
        assert set(printed) <= made | gates, task


def test_figure_10_says_when_the_goal_is_reached():
    result = {"kappa": 0.01, "curves": {"exact": [[1.0, 99.5, 100.0]], "reinforce": [[1.0, 50.0, 80.0]]}}
    lines = "\n".join(epnet_pages.write_figure_10(result)).splitlines()
    assert "| exact | 1 | 100.00 | 100.00 | 100.00 | 2 |" in lines
    assert "| reinforce | 1 | 80.00 | 80.00 | 80.00 | not reached |" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "0"], "expected --seeds of at least 1, received 0"),
        (["--seed", "-1"], "expected --seed of at least 0, received -1"),
        (["--policy-epochs", "-1"], "expected --policy-epochs of at least 1, received -1"),
        (["--table", "3"], "expected one of table 1, table 2, figure 6, "),
        (["--figure", "6", "--figure", "1"], "of epnet, received figure 1"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, capsys, arguments, message):
    assert call("epnet", "--quick", "--run", tmp_path / "run", *arguments) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_a_data_set_that_the_paper_does_not_have_is_refused(tmp_path, capsys):
    assert call("epnet", "--dataset", "letters", "--run", tmp_path / "run") == 2
    known = "max_min_mnist or multi_scale_fashion or cifar10"
    assert f"expected --dataset {known}, received letters" in capsys.readouterr().err


def test_a_run_of_another_task_is_refused(tmp_path, capsys):
    with blobs.registered():
        run = blobs.make_run(tmp_path / "run")
        (run / "classifiers.keras").write_bytes((run / "model.keras").read_bytes())
        assert call("epnet", "--dataset", "cifar10", "--run", run) == 2
    assert "expected a run of cifar10, received" in capsys.readouterr().err


def test_a_preset_of_another_data_set_is_refused(tmp_path, capsys):
    assert call("epnet", "--dataset", "cifar10", "--preset", "epnet_max_min", "--run", tmp_path / "run") == 2
    assert "expected a preset of cifar10, received epnet_max_min, one of max_min_mnist" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_pages_of_another_network_do_not_replace_those_of_the_sources():
    wanted = Reproduction("epnet", dataset="cifar10", preset="epnet_cifar10_stem")
    assert reproduction.chosen_preset(wanted) == "epnet_cifar10_stem"
    expected = "epnet --dataset cifar10 --table 1 --preset epnet_cifar10_stem"
    assert " ".join(reproduction.words(wanted, "table 1")) == expected, "of this page, whatever else was asked for"
    assert pages.file_name("table 1", wanted.preset) != pages.file_name("table 1", wanted.dataset)


def test_the_command_tells_what_changes_the_result_and_nothing_else():
    wanted = Reproduction("epnet", run="runs/x", effort=Effort(views=1), seed=2, out="elsewhere", items=("figure 9",))
    said = " ".join(reproduction.words(wanted, "figure 9"))
    assert said == "epnet --dataset max_min_mnist --figure 9 --run runs/x --seed 2 --views 1"


def test_the_json_is_all_that_is_printed(folder, capsys):
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(presets.PRESETS, epnet.QUICK, copy.deepcopy(TINY))
        capsys.readouterr()
        assert call("epnet", "--quick", "--run", folder / "run", "--figure", "9", "--json", "--out", folder / "x") == 0
    result = json.loads(capsys.readouterr().out)
    assert np.isclose(sum(result["figure 9"]["rate"]), 1)
    assert result["figure 9"]["rate"][0] == 0, "the classifier of exit 1 is not trained"


def test_figure_6_has_a_line_of_its_own_for_every_policy():
    """Twelve of them: none is dropped for want of a marker, and no two look alike."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 1, squeeze=False)
    curves = {f"policy {i}": [90.0 - i, 80.0 - i] for i in range(11)} | {"ResNet": [80.0, 60.0]}
    epnet_pages.paint_figure_6(axes[0], {"kappas": [0.01, 0.02], "curves": curves})
    lines = axes[0][0].get_lines()
    assert [line.get_label() for line in lines] == list(curves)
    assert (
        len({(line.get_color(), line.get_marker()) for line in lines})
        == len({line.get_color() for line in lines})
        == 12
    )
    pyplot.close(figure)
