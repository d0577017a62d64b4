"""Presets are plain data that builds networks for tasks that exist."""

import json
import re

import pytest

from keras_models import datasets, presets


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_is_complete(name):
    preset = presets.get(name)
    assert set(preset) == {"family", "task", "arguments", "training", "source", "expected"}
    assert preset["task"] in datasets.TASKS
    assert {"epochs", "batch_size", "peak_learning_rate"} <= set(preset["training"])
    assert all(value > 0 for value in preset["training"].values())
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
