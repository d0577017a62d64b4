"""Exits on a trunk that stays as it is: what they are trained on answers to the bit as before."""

import keras
import numpy as np
import pytest

from keras_models import presets, seeding
from tests.families.tiny import TINY
from tools.pipeline import distillation, runs

FAMILIES = ("epnet", "msdnet")


def config(family, **arguments):
    """The config of a run of a family's tiny network; arguments: over its own."""
    arguments, stages = presets.resolve(family, TINY[family].arguments | arguments, TINY[family].stages)
    told = {"preset": "tiny", "family": family, "task": "max_min_digits", "seed": 0}
    return told | {"arguments": arguments, "stages": stages} | distillation.settings()


def build(config, seed=1):
    seeding.set_random_seed(seed)
    return presets.build(config, TINY[config["family"]].shape, TINY[config["family"]].classes)


def images():
    return np.random.default_rng(0).random((16, 12, 12, 1)).astype("float32")


@pytest.mark.parametrize("family", FAMILIES)
def test_trunk_and_last_answer_stay_and_the_other_exits_learn(family, tmp_path):
    run = runs.start(tmp_path / "static", config(family))
    static = build(run.config, seed=2)
    run.save(static, runs.first_stage_file(run))
    wanted = config(family, freeze=True) | {"start": str(run.folder)}
    network = build(wanted)
    distillation.copy_first_stage(runs.Run(tmp_path, wanted), network, "--start", str(run.folder))
    before, after = static(images()), network(images())
    np.testing.assert_array_equal(before, after)
    stage = network.stages(wanted["stages"])[0]
    learning = [np.array(weight) for weight in stage.weights]
    stage.prepare(2, None).fit(images(), np.arange(16) % 3, batch_size=8, verbose=0)
    trained = network(images())
    np.testing.assert_array_equal(trained[:, -1], before[:, -1])
    assert not np.array_equal(trained[:, 0], before[:, 0])
    assert any(not np.array_equal(*pair) for pair in zip(learning, stage.weights, strict=True))
    assert len(stage.given) > len(stage.weights) and {id(w) for w in network.trainable_weights} <= set(
        map(id, stage.weights)
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_frozen_network_is_saved_as_one(family, tmp_path):
    network = build(config(family, freeze=True))
    network.compile()
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert loaded.freeze and len(loaded.trainable_weights) == len(network.trainable_weights) > 0
    assert len(loaded.trainable_weights) < len(build(config(family)).trainable_weights)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_trunk_that_nothing_has_trained_is_not_kept(family):
    with pytest.raises(runs.RunError, match="expected --start RUN with network.freeze=true, .*received none"):
        distillation.check_sources(config(family, freeze=True))
    distillation.check_sources(config(family))
