"""A policy network before a network with exits: what it answers, what its ways cost, and what it leaves alone."""

import keras
import numpy as np
import pytest

from keras_models import programs, seeding
from keras_models.msdnet import MSDNet
from keras_models.resnet import ResNet
from keras_models.routed import Routed
from tests.families.tiny import TINY

SETTINGS = {
    "router": {
        "epochs": 1, "batch_size": 8, "peak_learning_rate": 0.05, "weight_decay": None, "optimizer": "sgd",
        "milestones": (), "rule": "score", "scale": 5.0, "weighted": True, "shuffled": False, "views": 1,
    }
}  # fmt: skip


def made(choices="all"):
    seeding.set_random_seed(1)
    network = MSDNet((12, 12, 1), 3, **TINY["msdnet"].arguments)
    return Routed((12, 12, 1), 3, network, blocks=(1, 1), filters=(4, 6), choices=choices)


@pytest.fixture(scope="module")
def routed():
    return made()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(6, 12, 12, 1)).astype("float32")


def run(steps, parts, image):
    """The value that steps in a line answer with."""
    values = {"image": image}
    for step in steps:
        if step["op"] == "run":
            outputs = parts[step["part"]].model({p: values[name] for p, name in step["inputs"].items()}, training=False)
            values |= {name: outputs[port] for port, name in step["outputs"].items()}
    return np.array(values[programs.given_value(steps[-1])])


def test_an_image_is_answered_by_the_exit_that_is_chosen(routed, images):
    chosen, logits = routed.choose(images), np.array(routed.network(images))
    np.testing.assert_allclose(routed(images)[:, 0], logits[np.arange(6), chosen], atol=1e-6)
    routed.head.bias.assign([0.0, 1e3, 0.0])
    np.testing.assert_allclose(routed(images)[:, 0], logits[:, 1], atol=1e-6)
    routed.head.bias.assign([0.0, 0.0, 0.0])


def test_every_way_answers_as_its_exit_does_and_runs_no_other_classifier(routed, images):
    *asked, branch = routed.program()
    (select,) = branch["then"]
    parts, logits = routed.parts(), np.array(routed.network(images))
    assert [step["part"] for step in asked] == ["router", "choice"] and select["value"] == "scores"
    for i, way in enumerate([*select["cases"], branch["otherwise"]]):
        exit_number = min(i, 2)
        np.testing.assert_allclose(run(way, parts, images), logits[:, exit_number], atol=1e-4)
        ran = {step["part"] for step in way if step["op"] == "run"}
        wanted = {f"block_{k + 1}" for k in range(exit_number + 1)}
        assert ran == wanted | {f"branch_{exit_number + 1}", f"head_{exit_number + 1}"}
    assert [way[-1]["name"] for way in select["cases"]] == ["exit_1", "exit_2", "exit_3"]
    assert branch["otherwise"][-1]["name"] == "all", "names of answers differ"


def test_of_the_ends_there_are_two():
    routed = made("ends")
    assert routed.chosen == (0, 2) and routed.exits == ["exit_1", "exit_3"]
    assert "branch_2" not in routed.parts() and routed.parts()["choice"].model.output["scores"].shape == (None, 2)


def test_the_policy_network_alone_is_trained_and_judged(images):
    routed = made()
    (stage,) = routed.stages(SETTINGS)
    values = routed.observe(images)
    assert set(stage.reads) == set(values) == {"image", "logits_1", "logits_2", "logits_3"}
    before = [np.array(weight) for weight in routed.network.weights]
    truth = values["logits_1"].argmax(-1)  # so that the first exit is right everywhere
    stage.prepare(4, None).fit({name: values[name] for name in stage.reads}, truth, epochs=2, verbose=0)
    for weight, value in zip(routed.network.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)
    rows = stage.score(values, truth, None)
    assert rows[0]["samples"] == 6 and [row["exit"] for row in rows] == ["any", "exit_1", "exit_2", "exit_3"]


def test_it_is_saved_with_the_network_inside(routed, images, tmp_path):
    routed.save(tmp_path / "routed.keras")
    again = keras.models.load_model(tmp_path / "routed.keras", compile=False)
    np.testing.assert_array_equal(again(images), routed(images))
    assert again.program() == routed.program()


def test_a_network_without_exits_is_refused():
    with pytest.raises(ValueError, match="expected a network with exits, received ResNet"):
        Routed((12, 12, 1), 3, ResNet((12, 12, 1), 3, (1,), (4,)))
