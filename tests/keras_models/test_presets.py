"""Presets are plain data that builds networks for tasks that exist; a file of one is as good as its name."""

import copy
import inspect
import json
import re

import pytest

from keras_models import datasets, preset_files, presets


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_is_complete(name):
    preset = presets.get(name)
    assert set(preset) - {"policy"} == {"family", "task", "arguments", "training", "source", "expected"}
    assert preset["task"] in datasets.TASKS
    assert {"epochs", "batch_size", "peak_learning_rate"} <= set(preset["training"])
    preset_files.check(preset)
    assert re.search("EPNet", preset["source"]) and preset["expected"]


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_builds_a_network_also_after_a_way_through_json(name):
    preset = json.loads(json.dumps(presets.get(name)))
    task = datasets.get(preset["task"])
    network = presets.build(preset, task.input_shape, task.classes)
    assert network.exits == len(preset["arguments"]["filters"])
    assert network.classes == 10 and network.image_shape == task.input_shape


def test_an_unknown_preset_lists_the_known_ones():
    known = ", ".join(presets.PRESETS)
    with pytest.raises(ValueError, match=f"expected a preset, one of {known}, received 'epnet'"):
        presets.get("epnet")


def test_an_unknown_family_is_refused():
    with pytest.raises(ValueError, match="expected family 'epnet', received 'msdnet'"):
        presets.build({"family": "msdnet"}, (12, 12, 1), 3)


@pytest.fixture
def preset():
    """A preset that may be spoiled."""
    return json.loads(json.dumps(presets.PRESETS["epnet_digits"]))


def test_a_file_is_as_good_as_a_name(tmp_path, preset):
    preset["policy"] = {"epochs": 3, "learning_rate": 0.02, "kappa_weighting": 0.5, "warm_up": 0, "dropout": 0.0}
    file = tmp_path / "best.json"
    file.write_text(json.dumps(preset))
    assert presets.get(str(file)) == preset


@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_preset_has_the_form_that_files_must_have(name):
    preset_files.check(copy.deepcopy(presets.PRESETS[name]))


def test_the_arguments_of_a_preset_are_those_of_the_network():
    from keras_models.epnet import EPNet

    taken = set(inspect.signature(EPNet.__init__).parameters) - {"self", "input_shape", "classes", "kwargs"}
    assert set(preset_files.ARGUMENTS["epnet"]) == taken


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("family",), "msdnet", "expected family 'epnet', received 'msdnet'"),
        (("task",), 3, "expected text as task, received 3"),
        (("extra",), 1, "and perhaps policy, received arguments, expected, extra, family, source, task, training"),
        (("arguments",), [], "expected arguments among filters, .*, with filters, received \\[\\]"),
        (("arguments", "filters"), [8, 0], "whole numbers above zero as filters of arguments, received \\[8, 0\\]"),
        (("arguments", "ranked"), 1, "expected true or false as ranked of arguments, received 1"),
        (("arguments", "kappa"), [0.1, 0.01], "lowest and the highest price, .* received \\[0.1, 0.01\\]"),
        (
            ("arguments", "depth"),
            3,
            "expected arguments among filters, .* received filters, head_hidden, ranked, depth",
        ),
        (("training", "epochs"), 2.5, "expected a whole number above zero as epochs of training, received 2.5"),
        (("training", "epochs"), True, "expected a whole number above zero as epochs of training, received True"),
        (("training", "weight_decay"), 0, "expected a number above zero as weight_decay of training, received 0"),
        (("training", "exit_weights"), [0, 0], "a list of numbers of at least 0, one of them above as exit_weights .*"),
        (("training", "label_smoothing"), 1, "a number from 0 to below 1 as label_smoothing of training, received 1"),
        (("training", "cutout"), -8, "expected a whole number above zero as cutout of training, received -8"),
        (("training", "optimizer"), "adam", "expected sgd or muon as optimizer of training, received 'adam'"),
        (("arguments", "first_stride"), 3, "expected 1 or 2 as first_stride of arguments, received 3"),
        (("arguments", "stem"), -1, "a whole number of at least 0 as stem of arguments, received -1"),
        (("policy",), {"rate": 1}, "expected policy among epochs, .*, all optional, received rate"),
        (("policy",), {"dropout": 1}, "expected a number from 0 to below 1 as dropout of policy, received 1"),
        (("policy",), {"kappa_weighting": float("inf")}, "a number of at least 0 as kappa_weighting .* received inf"),
    ],
)
def test_a_file_with_something_else_is_refused(tmp_path, preset, place, value, message):
    where = preset
    for key in place[:-1]:
        where = where[key]
    where[place[-1]] = value
    file = tmp_path / "spoiled.json"
    file.write_text(json.dumps(preset))
    with pytest.raises(ValueError, match=f"spoiled.json: .*{message}$"):
        presets.get(str(file))


def test_a_file_that_is_no_preset_is_refused(tmp_path):
    with pytest.raises(ValueError, match="received '.*none.json': there is no such file"):
        presets.get(str(tmp_path / "none.json"))
    file = tmp_path / "half.json"
    file.write_text('{"family": ')
    with pytest.raises(ValueError, match="half.json: expected a preset in JSON, received Expecting value"):
        presets.get(str(file))
    file.write_text("[]")
    with pytest.raises(ValueError, match="half.json: expected a preset of .* and perhaps policy, received \\[\\]"):
        presets.get(str(file))
