"""A run folder that several workers share: one of them writes, all of them end with the same network."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_models import distribution, files, presets
from keras_models.datasets import TASKS
from tests.tools.stripes import SIZES, Stripes
from tools.pipeline import distillation, observed, runs, training


@pytest.fixture
def task(monkeypatch):
    task = Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,))
    monkeypatch.setitem(TASKS, "stripes", task)
    return task


def config(**taken):
    stage = {"epochs": 1, "batch_size": 32, "peak_learning_rate": 0.05}
    arguments, stages = presets.resolve("resnet", {"blocks": (1,), "filters": (2,)}, {"classifier": stage})
    plain = {"preset": "tiny", "family": "resnet", "task": "stripes", "seed": 0}
    return plain | {"arguments": arguments, "stages": stages} | distillation.settings(**taken)


def test_a_run_that_another_worker_is_beginning_is_begun_with_it(tmp_path):
    (tmp_path / ".draft.node7.123.config.json").write_text('{"half": ')
    assert runs.start(tmp_path, config()).config == runs.read(tmp_path).config


def test_another_hidden_file_is_a_strangers(tmp_path):
    (tmp_path / ".draft.config").write_text("")
    with pytest.raises(runs.RunError, match="is not empty and is not a run"):
        runs.start(tmp_path, {"seed": 1})


def test_two_processes_write_into_drafts_of_their_own(tmp_path, monkeypatch):
    """Processes of two machines may have the same number."""
    names = set()
    for node, number in (("a", 1), ("a", 2), ("b", 1)):
        monkeypatch.setattr(files.platform, "node", lambda node=node: node)
        monkeypatch.setattr(files.os, "getpid", lambda number=number: number)
        with files.whole(tmp_path / "file.npy") as stream:
            names.add(stream.name)
    assert len(names) == 3 and [file.name for file in tmp_path.iterdir()] == ["file.npy"]


def test_observed_values_and_soft_targets_are_computed_without_being_kept(tmp_path, task, monkeypatch):
    run = runs.start(tmp_path, config(teachers=("teacher",)))
    network = SimpleNamespace(weights=[], stages=lambda *_: [], observe=lambda images: {"seen": images[:, 0, 0, 0]})
    values = observed.load(run, network, task, "validation", keep=False)
    assert values["seen"].shape == values["labels"].shape == (34,)
    monkeypatch.setattr(runs, "load_first_stage", lambda run: None)
    monkeypatch.setattr(runs, "read", lambda folder: None)
    monkeypatch.setattr(distillation, "answers", lambda network, task, images: np.full((len(images), 2), 0.5))
    assert distillation.soft_targets(run, task, keep=False).shape == (64, 2)
    assert [file.name for file in tmp_path.iterdir()] == ["config.json"]
    observed.load(run, network, task, "validation")
    distillation.soft_targets(run, task)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "observed", "soft_targets.npy"]


def test_a_worker_ends_with_the_chiefs_weights_and_writes_nothing(tmp_path, task, monkeypatch):
    run = runs.start(tmp_path, config())
    chiefs = training.build(run, task)
    for weight in chiefs.weights:
        weight.assign(np.full(weight.shape, 0.25))
    monkeypatch.setattr(distribution, "is_chief", lambda strategy: False)
    monkeypatch.setattr(training, "fit_stage", lambda *_: None)
    monkeypatch.setattr(distribution, "wait", lambda strategy: run.save(chiefs, run.model_file))
    network = training.train(run)
    assert all((np.asarray(weight) == 0.25).all() for weight in network.weights)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "model.keras"]


def test_a_first_stage_of_another_run_is_written_by_the_chief(tmp_path, task, monkeypatch):
    run = runs.start(tmp_path / "run", config())
    monkeypatch.setattr(distillation, "copy_first_stage", lambda *_: None)
    run.config["first_stage"] = "other"
    assert training.begin(run, task, chief=False)[1] == 0 and not run.model_file.exists()
    assert training.begin(run, task)[1] == 0 and run.model_file.exists()
