"""The comparison of ways to share filters: its arithmetic by hand, and the command on a tiny data set."""

import json

import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import TASKS
from tests.families.toy_tasks import QUESTIONS
from tests.tools.calling import call
from tools import compare_sharing
from tools.pipeline import training
from tools.studies import sharing, sharing_pages
from tools.studies.sharing_printed import PRINTED

TINY = {
    "task": "questions",
    "arguments": {"filters": (3, 4), "pools": (2, 3), "hidden": (5,)},
    "stages": {name: {"epochs": 1, "batch_size": 16} for name in ("together", "fixed")},
    "source": "none",
    "expected": "seconds",
    "family": "fishnet",
}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Two questions to stripes, and a network for them."""
    monkeypatch.setitem(TASKS, QUESTIONS.name, QUESTIONS)
    monkeypatch.setitem(sharing.PRESETS, QUESTIONS.name, "tiny")
    get = presets.get
    monkeypatch.setattr(presets, "get", lambda name: TINY if name == "tiny" else get(name))


def test_agreement_is_the_share_of_filters_that_two_tasks_pick_alike():
    picked = {"one": [[0, 1], [0, 0]], "other": [[2, 2], [2, 1]]}
    np.testing.assert_array_equal(sharing.agreement(picked), [[1, 0.5], [0.5, 1]])


def test_a_summary_is_in_percent_with_the_deviation_of_the_means():
    found = [{"accuracy": {"a": 0.5, "b": 0.7}}, {"accuracy": {"a": 0.6, "b": 0.8}}]
    row = sharing.summary(found)
    assert row["tasks"] == pytest.approx([55, 75]) and row["mean"] == pytest.approx(65)
    assert row["deviation"] == pytest.approx(np.sqrt(50)) and row["seeds"] == 2  # of 60 and 70
    assert sharing.summary(found[:1])["deviation"] is None


def test_means_of_the_source_are_as_it_prints_them():
    means = {name: float(np.mean(row)) for name, row in PRINTED["mnist_sharing"].items()}
    assert means["fishnet"] == pytest.approx(94.25, abs=0.01) and means["single"] == pytest.approx(84.48, abs=0.01)
    assert all(len({len(row) for row in rows.values()}) == 1 for rows in PRINTED.values())


def test_rows_differ_in_what_is_shared(tmp_path):
    study = sharing.Study(QUESTIONS.name, tmp_path)
    assert study.config("single", 0)["arguments"]["pools"] == [2, 2], "as many candidates as tasks"
    assert study.config("pool_4", 0)["arguments"]["pools"] == [4, 4]
    assert study.config("hard", 3)["arguments"] == {**study.config("pool_1", 3)["arguments"], "shared_norm": True}
    assert study.config("bandit", 0)["stages"]["together"]["method"] == "bandit"
    configs = [json.dumps(study.config(way, 0)) for way in sharing.WAYS]
    assert len(set(configs)) == len(configs)
    assert sharing.group("clevr_g1_more") == "clevr_g1" and sharing.group("mnist_sharing") == "mnist_sharing"


def test_a_preset_without_settings_of_its_stages_is_trained_by_their_defaults():
    stages = training.configure("fishnet_mnist", first={"epochs": 3})["stages"]
    assert (stages["together"]["epochs"], stages["fixed"]["epochs"]) == (3, 10)


def test_what_is_kept_is_counted(tmp_path):
    """9 numbers a filter of the first convolution, 27 of the second; single networks keep all of both tasks."""
    study = sharing.Study(QUESTIONS.name, tmp_path)
    networks = {}
    for way in ("single", "pool_1", "global_16"):
        from keras_models.fishnet import FishNet

        networks[way] = FishNet((12, 12, 1), QUESTIONS.classes, **study.config(way, 0)["arguments"])
    assert [sharing.stored(networks["single"])[name] for name in ("filters", "weights")] == [14, 2 * (27 + 108)]
    assert [sharing.stored(networks["pool_1"])[name] for name in ("filters", "weights")] == [7, 27 + 108]
    kept = sharing.stored(networks["global_16"])  # even thetas pick candidate 0: 3x3x4; reshapers of 1 and 3 channels
    assert (kept["filters"], kept["weights"]) == (1, 36 + 4 + 12)


def test_the_command_trains_writes_and_goes_on(tmp_path, capsys):
    words = [QUESTIONS.name, "--row", "fishnet", "--row", "hard", "--seeds", "1", "--folder", tmp_path / "kept"]
    page = tmp_path / "page.md"
    assert call(compare_sharing, [*words, "--out", page]) == 0
    text = page.read_text()
    assert "FishNet" in text and "its own batch's statistics" in text and "64 training images a task" in text
    assert page.with_suffix(".png").exists()
    numbers = json.loads(page.with_suffix(".json").read_text())["rows"]
    assert set(numbers) == {"fishnet", "hard"} and set(numbers["hard"][0]["plus"]) == {"direction", "third"}
    files = {file: file.stat().st_mtime_ns for file in (tmp_path / "kept").iterdir()}
    assert {file.suffix for file in files} == {".json", ".keras"} and len(files) == 4
    capsys.readouterr()
    assert call(compare_sharing, [*words, "--only-kept"]) == 0
    assert "hard sharing" in capsys.readouterr().out
    assert files == {file: file.stat().st_mtime_ns for file in (tmp_path / "kept").iterdir()}
    assert call(compare_sharing, [*words, "--epochs", "2", "1"]) == 2, "another training lies there"
    assert "expected a training with the same settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["max_min_digits"], "expected a data set of several tasks, received max_min_digits"),
        ([QUESTIONS.name, "--row", "best"], "expected rows among fishnet"),
        ([QUESTIONS.name, "--epochs", "0", "0"], "expected epochs of at least 0, one of them above"),
        ([QUESTIONS.name, "--only-kept"], "received none: leave --only-kept away"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, words, tmp_path, capsys):
    assert call(compare_sharing, [*arguments, "--folder", tmp_path / "kept"]) == 2
    assert words in capsys.readouterr().err


def test_a_table_tells_the_sources_numbers_beside_ours():
    one = {
        "accuracy": dict.fromkeys(("addition", "difference", "larger", "smaller"), 0.9),
        "plus": None,
        "macs": 1e6,
        "weights": 7,
        "picked": {"conv": [[0], [0], [0], [1]]},
    }
    text = sharing_pages.table("mnist_sharing", {"fishnet": [one]})
    assert "94.16 92.23 95.53 95.07" in text and "94.25" in text and "90.00" in text and "1,000,000" in text
    assert "94.16" not in sharing_pages.table("mnist_sharing_digits", {"fishnet": [one]})
