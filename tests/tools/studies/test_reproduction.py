"""What is reproduced, of which run, and the command that a page tells: nothing is trained here."""

import json
import shlex
from types import SimpleNamespace

import pytest

from keras_models import presets
from tests.networks import write_network
from tflite.bundle.places import PlaceError
from tools import reproduce as tool
from tools.console import UserError
from tools.studies import pages, reproduction
from tools.studies.reproduction import Reproduction
from tools.studies.study import Effort


@pytest.fixture
def preset_file(tmp_path):
    """A preset that a search has found, in a folder with a space in its name."""
    file = tmp_path / "my search" / "best.json"
    file.parent.mkdir()
    file.write_text(json.dumps(presets.get("epnet_max_min")))
    return str(file)


@pytest.mark.parametrize(
    ("wanted", "items"),
    [
        (Reproduction("epnet"), ("table 1", "table 2", "figure 6", "figure 7", "figure 8", "figure 9", "figure 10")),
        (Reproduction("epnet", ("figure 9", "table 1")), ("figure 9", "table 1")),
        (Reproduction("idk", bundles=("b",)), ("table 4.2",)),
    ],
)
def test_everything_is_made_unless_something_is_named(wanted, items):
    assert reproduction.checked_items(wanted) == items


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            Reproduction("idk", ("table 1",)),
            "expected one of table 4.2 of idk, received table 1",
        ),
        (
            Reproduction("epnet", ("table 1", "figure 99")),
            "expected one of table 1, table 2, figure 6, figure 7, figure 8, figure 9, figure 10 of epnet, received "
            "figure 99",
        ),
        (
            Reproduction("epnet", ("table 1", "figure 6"), bundles=("b",)),
            "expected an item that takes a bundle for --bundle, received table 1, figure 6 of epnet",
        ),
    ],
)
def test_what_a_paper_does_not_have_is_one_sentence(wanted, sentence):
    with pytest.raises(UserError) as refused:
        reproduction.checked_items(wanted)
    assert str(refused.value) == sentence


def test_the_preset_is_the_papers_for_the_data_set_or_the_small_one():
    assert reproduction.chosen_preset(Reproduction("epnet")) == "epnet_max_min"
    for dataset, preset in Reproduction("epnet").paper.DATASETS.items():
        assert reproduction.chosen_preset(Reproduction("epnet", dataset=dataset)) == preset
        assert presets.get(preset)["task"] == dataset
    quick = Reproduction("epnet", dataset="cifar10", quick=True)
    assert reproduction.chosen_preset(quick) == quick.paper.QUICK


def test_a_preset_in_a_file_is_called_by_the_files_name(preset_file):
    """Its pages and its run do not lie in a folder of that path."""
    assert reproduction.chosen_preset(Reproduction("epnet", preset=preset_file)) == preset_file
    assert reproduction.short_name(preset_file) == "best"
    assert reproduction.short_name("epnet_max_min") == "epnet_max_min"
    assert pages.file_name("table 4.2", reproduction.short_name(preset_file)) == "table_4.2_best.md"


@pytest.mark.parametrize("ending", ["md", "json", "png"])
def test_pages_that_cannot_be_written_are_refused_before_the_training(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(reproduction, "trained", lambda *_: pytest.fail("the training was begun"))
    out = tmp_path / "pages"
    (out / f"figure_6_max_min_digits.{ending}").mkdir(parents=True)
    wanted = Reproduction("epnet", items=("figure 6",), quick=True, out=str(out), run=str(tmp_path / "run"))
    with pytest.raises(PlaceError, match="expected a file to write, received the folder .*figure_6_max_min_digits"):
        reproduction.reproduce(wanted)


@pytest.mark.parametrize(("quick", "folder"), [(False, "runs/best"), (True, "runs/best-quick")])
def test_the_run_of_a_preset_in_a_file_is_below_runs(preset_file, tmp_path, monkeypatch, quick, folder):
    """Where it has been trained it is taken, and nothing is trained."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / folder
    made.mkdir(parents=True)
    stages = {name: {"epochs": 1} for name in ("classifiers", "controllers")}
    config = {
        "preset": "best",
        "family": "epnet",
        "arguments": {},
        "task": "max_min_mnist",
        "stages": stages,
        "seed": 0,
    }
    (made / "config.json").write_text(json.dumps(config))
    write_network(made / "classifiers.keras")  # the first stage is enough
    monkeypatch.setattr(reproduction.training, "train", lambda *_, **__: pytest.fail("trained again"))
    wanted = Reproduction("epnet", preset=preset_file, quick=quick)
    found = reproduction.trained(wanted, preset_file, reproduction.run_folder(wanted, preset_file))
    assert found.folder.resolve() == made


def test_the_command_tells_everything_that_changes_the_result():
    effort = Effort(policy_epochs=3, views=2, seeds=4)
    wanted = Reproduction(
        "idk",
        dataset="cifar10",
        preset="other",
        run="my runs/x",
        epochs=7,
        effort=effort,
        seed=1,
        bundles=("a", "b"),
    )
    said = reproduction.words(wanted, "table 4.2")
    assert said == (
        "idk --dataset cifar10 --table 4.2 --bundle a --bundle b --preset other --run".split()
        + ["my runs/x"]
        + "--epochs 7 --seed 1 --policy-epochs 3 --views 2 --seeds 4".split()
    )
    parsed = tool.build_parser().parse_args(said)
    assert (parsed.family, parsed.table, parsed.run, parsed.bundle) == ("idk", ["4.2"], "my runs/x", ["a", "b"])


def test_a_bundle_is_told_of_the_items_that_take_one():
    wanted = Reproduction("epnet", bundles=("b",), quick=True)
    assert reproduction.words(wanted, "figure 6") == ["epnet", "--dataset", "max_min_mnist", "--figure", "6", "--quick"]


def test_the_foot_of_a_page_can_be_typed():
    """A folder with a space in its name is quoted."""
    config = {"preset": "p", "stages": {"classifiers": {"epochs": 2}}, "seed": 0}
    run, splits = SimpleNamespace(config=config), {"fitting": range(500), "judged": range(2000)}
    study = SimpleNamespace(run=run, effort=Effort(), **{name: {"labels": rows} for name, rows in splits.items()})
    wanted = Reproduction("epnet", run="my runs/it's")
    command, how, _ = reproduction.foot(wanted, study, "table 1")
    python, program, *rest = shlex.split(command.strip("`"))
    assert (python, program) == ("python", "tools/reproduce.py") and rest == reproduction.words(wanted, "table 1")
    assert how.startswith("Network: preset `p`, 2 epochs, seed 0; ") and how.endswith("; 2,000 test images.")


def test_a_network_that_is_not_made_of_others_has_no_members(tmp_path):
    assert reproduction.quick_members(tmp_path, "epnet_digits", 1, 0) == {}
    assert list(tmp_path.iterdir()) == []
