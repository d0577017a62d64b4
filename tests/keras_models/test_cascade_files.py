"""Members of a cascade from run folders and files."""

import json

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.cascade import Cascade
from keras_models.cascade_files import load_members
from keras_models.resnet import ResNet

SHAPE = (50, 50, 1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Paths are relative to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_run(folder, task="max_min_digits"):
    """A finished run of a tiny ResNet."""
    folder.mkdir(parents=True)
    network = ResNet(SHAPE, 10, blocks=(1,), filters=(4,))
    network.save(folder / "model.keras")
    (folder / "config.json").write_text(json.dumps({"family": "resnet", "task": task}))
    return network


def write_file(file):
    image = keras.Input((25, 25, 1))
    network = keras.Model(image, keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(image)))
    network.save(file)
    return network


def test_a_preset_names_runs_and_files(folder):
    run = write_run(folder / "runs" / "large")
    plain = write_file(folder / "small.keras")
    small = {"file": "small.keras", "scale": [1.0], "offset": [0.0]}
    arguments = {"members": [small, "runs/large"], "deferral": "entropy"}
    preset = {"family": "cascade", "task": "max_min_digits", "arguments": arguments}
    assert presets.resolve("cascade", arguments, {})[0] == arguments
    network = presets.build(preset, SHAPE, 10)
    assert type(network) is Cascade and network.rule.kind == "entropy"
    assert network.scale == (1 / 255,) and list(network.parts())[:2] == ["m1_input", "m1_network"]
    images = np.random.default_rng(0).random((2, *SHAPE), "float32")
    logits = np.asarray(network(images))
    np.testing.assert_allclose(logits[:, 1], run(images)[:, 0], atol=1e-5)
    pixels = keras.ops.image.resize(images * 255, (25, 25), interpolation="bilinear")
    np.testing.assert_allclose(keras.ops.softmax(logits[:, 0]), plain(pixels), atol=1e-4)


def test_the_task_is_that_of_the_first_run_where_none_is_given(folder):
    write_run(folder / "run")
    write_file(folder / "small.keras")
    members, scale, offset = load_members(["small.keras", "run"], None)
    assert (scale, offset) == ((1 / 255,), (0.0,))
    assert members[0].scale is None and members[1].scale == (1 / 255,)
    assert load_members(["small.keras", "small.keras"], None)[1:] == (None, None)


def test_a_missing_member_is_one_sentence(folder):
    write_file(folder / "small.keras")
    words = "runs/resnet_digits: expected a finished run as a member, train it with python tools/train.py resnet_digits"
    with pytest.raises(ValueError, match=f"^{words} --out runs/resnet_digits; received none$"):
        load_members(["runs/resnet_digits", "small.keras"], None)
    write_run(folder / "begun")
    (folder / "begun" / "model.keras").unlink()
    with pytest.raises(ValueError, match="tools/train.py PRESET --out begun; received an unfinished one$"):
        load_members(["small.keras", "begun"], None)
    with pytest.raises(ValueError, match="^other.keras: expected a trained Keras classifier .*, received none"):
        load_members(["small.keras", "other.keras"], None)
    (folder / "broken.keras").write_text("nothing")
    with pytest.raises(ValueError, match="^broken.keras: expected a Keras classifier as a member; it cannot be read"):
        load_members(["broken.keras", "small.keras"], None)


def test_members_have_one_set_of_labels(folder):
    write_run(folder / "digits")
    write_run(folder / "garments", "multi_scale_fashion")
    with pytest.raises(ValueError, match="labels of max_min_digits, received one trained on multi_scale_fashion"):
        load_members(["digits", "garments"], "max_min_digits")


@pytest.mark.parametrize(
    ("arguments", "stages", "message"),
    [
        ({"members": ["a"]}, {}, r"at least two run folders, .* as members of arguments, received \['a'\]"),
        ({"members": ["a", {"scale": [1]}]}, {}, "at least two run folders"),
        ({"members": ["a", "b"], "deferral": "margin"}, {}, "max_softmax or entropy or logistic as deferral"),
        ({"members": ["a", "b"]}, {"deferral": {"lambda": 1}}, "from 0 to below 1 as lambda of deferral, received 1"),
        (
            {"members": ["a", "b"], "deferral": "entropy"},
            {"deferral": {"tolerance": 0.01}},
            "the rule stagewise for thresholds with a tolerance, received joint",
        ),
    ],
)
def test_other_settings_are_refused(arguments, stages, message):
    with pytest.raises(ValueError, match=message):
        presets.resolve("cascade", arguments, stages)


@pytest.mark.parametrize("name", ["cascade_digits", "cascade_cifar10_pair", "cascade_cifar10_triple"])
def test_the_presets_are_complete_and_name_presets_as_members(name):
    preset = presets.get(name)
    presets.check(json.loads(json.dumps(preset)))
    for member in preset["arguments"]["members"]:
        assert presets.get(member.removeprefix("runs/"))["task"] == preset["task"]
