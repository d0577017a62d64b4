"""What studies of finished runs share: what is read once, what is kept, how answers and trainings are told."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tools.pipeline import runs
from tools.studies import finished


def run(folder="runs/some", task="pixels", **epochs):
    config = {"task": task, "stages": {name: {"epochs": count} for name, count in epochs.items()}, "seed": 3}
    return runs.Run(Path(folder), config)


@dataclass(frozen=True)
class Some(finished.FinishedRuns):
    """Two runs."""

    first: runs.Run
    second: runs.Run
    images: int | None = None

    @property
    def every(self):
        return (self.first, self.second)


def test_a_network_and_a_split_are_read_once(monkeypatch):
    read = []

    def load(name):
        read.append(name)
        return np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1), np.arange(6), None

    monkeypatch.setattr(finished.datasets, "get", lambda name: SimpleNamespace(name=name, load=load))
    monkeypatch.setattr(finished.runs, "load_model", lambda run: read.append(run.folder.name) or object())
    study = Some(run("runs/a"), run("runs/b", "other"), images=4)
    assert study.task.name == "pixels"
    assert study.network(study.second) is study.network(study.second)
    assert study.judged.labels.tolist() == study.split("test").labels.tolist() == [0, 1, 2, 3]
    assert study.judged.images.shape == (4, 2, 2, 1)
    assert len(Some(study.first, study.second).judged.labels) == 6, "another study reads for itself"
    assert read == ["b", "test", "test"]


def test_what_is_reached_by_hand():
    # 3 of 4 right: the sum of squares is 4 * 3/16, over 4 * 3, whose root is 1/4.
    assert finished.reached(np.array([True, True, False, True])) == {"accuracy": 0.75, "error": 0.25}


def test_a_training_in_words():
    made = run(supervised=5, reinforced=0, clusters=2)
    assert finished.trained_as(made) == "5 epochs supervised, 2 epochs clusters, seed 3"
    assert finished.trained_as(made, "from runs/a", unsaid="clusters") == "5 epochs supervised, from runs/a, seed 3"


def test_a_row_is_measured_once(tmp_path):
    file, made = tmp_path / "measured" / "one.json", []

    def measure():
        made.append(1)
        return {"accuracy": np.float64(0.5), "names": ("a", "b")}

    assert (
        finished.kept_row(file, measure) == finished.kept_row(file, measure) == {"accuracy": 0.5, "names": ["a", "b"]}
    )
    file.write_text("{")  # cut short by a full disk
    assert finished.kept_row(file, measure)["accuracy"] == 0.5 and len(made) == 2


def test_arrays_are_computed_once(tmp_path):
    made = []

    def compute():
        made.append(1)
        return {"levels": np.array([1, 2])}

    for _ in range(2):
        assert finished.kept_arrays(tmp_path / "a.npz", compute)["levels"].tolist() == [1, 2]
    assert made == [1]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_first_stage_is_trained_where_it_is_not(monkeypatch, is_there):
    trained, made = [], run()
    monkeypatch.setattr(finished.training, "start", lambda config, folder: made)
    monkeypatch.setattr(finished.training, "train", lambda run, until: trained.append((run, until)))
    monkeypatch.setattr(finished.runs, "first_stage_file", lambda run: run.folder / "classifiers.keras")
    monkeypatch.setattr(finished.files, "is_network", lambda file: is_there)
    assert finished.trained({}, Path("runs/some")) is made
    assert trained == ([] if is_there else [(made, 1)])
