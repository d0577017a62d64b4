"""A run that starts from the weights of another: of its own family, or of one with the same trunk."""

import numpy as np
import pytest

from keras_models import presets
from tools.pipeline import distillation, runs

TASK = "max_min_digits"
ARGUMENTS = {"blocks": (1, 2), "filters": (4, 6)}
STAGES = {
    "epnet": ({"filters": (4, 4)}, {"classifiers": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}}),
    "resnet": (ARGUMENTS, {"classifier": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}}),
    "skipnet": (ARGUMENTS, {"supervised": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}}),
}


def config(family, **over):
    given, stages = STAGES[family]
    arguments, stages = presets.resolve(family, given | over, stages)
    others = distillation.settings()
    return {
        "preset": family,
        "family": family,
        "task": TASK,
        "arguments": arguments,
        "stages": stages,
        "seed": 0,
    } | others


def build(config, shape=(12, 12, 1)):
    return presets.build(config, shape, 3)


def trained(folder, family, **over):
    """A run whose first stage has ended, and its network, every weight of which tells its place."""
    run = runs.start(folder, config(family, **over))
    network = build(run.config)
    for i, weight in enumerate(network.weights):
        weight.assign(np.full(weight.shape, i + 1.0))
    run.save(network, runs.first_stage_file(run))
    return run, network


@pytest.mark.parametrize(("own", "other"), [("skipnet", "resnet"), ("resnet", "skipnet")])
def test_families_with_the_same_trunk_start_from_each_other(tmp_path, own, other):
    run, given = trained(tmp_path / "other", other)
    network = build(config(own))
    gates = [np.array(weight) for weight in network.gates.weights] if own == "skipnet" else []
    distillation.copy_first_stage(runs.Run(tmp_path, config(own)), network, "--start", str(run.folder))
    layers = zip((network.stem, *network.blocks, network.head), (given.stem, *given.blocks, given.head), strict=True)
    for mine, its in layers:
        assert mine.name == its.name and len(mine.weights) == len(its.weights) > 0
        for one, two in zip(mine.weights, its.weights, strict=True):
            np.testing.assert_array_equal(one, two)
    for before, weight in zip(gates, network.gates.weights if gates else (), strict=True):
        np.testing.assert_array_equal(weight, before)


def test_a_skipnet_starts_from_another_with_its_gates(tmp_path):
    run, given = trained(tmp_path / "other", "skipnet")
    network = build(config("skipnet"))
    distillation.copy_first_stage(runs.Run(tmp_path, config("skipnet")), network, "--start", str(run.folder))
    for mine, its in zip(network.weights, given.weights, strict=True):
        np.testing.assert_array_equal(mine, its)


def test_what_does_not_fit_is_refused(tmp_path):
    """A trunk of other shapes; a family without this trunk; and a first stage taken as it is, of another family."""
    deeper, _ = trained(tmp_path / "deeper", "resnet", blocks=(2, 2))
    own = config("skipnet")
    with pytest.raises(runs.RunError, match="--start .*deeper: expected weights of the same shapes"):
        distillation.copy_first_stage(runs.Run(tmp_path, own), build(own), "--start", str(deeper.folder))
    exits, _ = trained(tmp_path / "exits", "epnet")
    with pytest.raises(runs.RunError, match="--start .*exits: expected the family skipnet, received epnet"):
        distillation.source(own, "--start", str(exits.folder))
    with pytest.raises(runs.RunError, match="--first-stage .*deeper: expected the family skipnet, received resnet"):
        distillation.source(own, "--first-stage", str(deeper.folder))


def test_a_first_stage_of_no_epochs_is_none(tmp_path):
    """Where only one of two stages is trained, that one's file is the finished network's."""
    plain = config("skipnet")
    names = []
    for left in (None, "supervised", "reinforced"):
        stages = {name: own | ({"epochs": 0} if name == left else {}) for name, own in plain["stages"].items()}
        names.append(runs.first_stage_file(runs.Run(tmp_path, plain | {"stages": stages})).name)
    assert names == ["supervised.keras", "model.keras", "model.keras"]
