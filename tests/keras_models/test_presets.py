"""Presets are plain data that builds networks for tasks that exist; a file of one is as good as its name."""

import json
import re

import pytest

from keras_models import datasets, families, presets
from keras_models.presets import settings

KNOWN = presets.known()
IMAGES = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}  # of a stage on images


@pytest.mark.parametrize("name", KNOWN)
def test_a_preset_is_complete(name):
    preset = presets.get(name)
    assert set(preset) == presets.KEYS and preset["family"] in families.FAMILIES
    assert preset["task"] in datasets.TASKS and preset["source"] and preset["expected"]
    presets.check(preset)


@pytest.mark.parametrize("name", KNOWN)
def test_a_preset_means_the_same_after_a_way_through_json(name):
    preset = presets.get(name)
    again = json.loads(json.dumps(preset))
    presets.check(again)
    resolved = [presets.resolve(p["family"], p["arguments"], p["stages"]) for p in (preset, again)]
    assert json.dumps(resolved[0]) == json.dumps(resolved[1])


@pytest.mark.parametrize("name", ["epnet_digits", "resnet_digits"])
def test_a_preset_builds_a_network_also_after_a_way_through_json(name):
    preset = json.loads(json.dumps(presets.get(name)))
    task = datasets.get(preset["task"])
    network = presets.build(preset, task.input_shape, task.classes)
    assert type(network) is families.load(preset["family"])
    assert network.classes == 10 and network.image_shape == task.input_shape


def test_every_setting_of_every_stage_is_resolved():
    """What is given stays, defaults fill the rest, and a stage that is not given has its defaults."""
    given = {"classifiers": {"epochs": 3, "batch_size": 8, "peak_learning_rate": 0.1, "cutout": 4}}
    arguments, stages = presets.resolve("epnet", {"filters": [4, 4]}, given)
    assert arguments == {"filters": [4, 4]}
    for name, known in families.presets("epnet").STAGES.items():
        assert list(stages[name]) == list(known)
    assert stages["classifiers"]["cutout"] == 4 and stages["classifiers"]["optimizer"] == "sgd"
    assert stages["controllers"]["epochs"] == 20 and stages["controllers"]["kappa"] is None
    fixed, _ = presets.resolve("epnet", {"filters": [4, 4]}, given | {"controllers": {"kappa": 0.02}})
    assert fixed == {"filters": [4, 4], "conditioned": False}, "controllers for one price do not see it"


@pytest.mark.parametrize("family", families.FAMILIES)
def test_defaults_are_of_the_kind_that_is_declared(family):
    declared = families.presets(family)
    for where in (declared.ARGUMENTS, *declared.STAGES.values()):
        for name, setting in where.items():
            assert setting.default is settings.REQUIRED or setting.kind.fits(setting.default), name


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(ValueError, match=f"expected a preset, one of {', '.join(KNOWN)}, received 'epnet'"):
        presets.get("epnet")


@pytest.fixture
def preset():
    """A preset that may be spoiled."""
    return json.loads(json.dumps(KNOWN["epnet_digits"]))


def test_a_file_is_as_good_as_a_name(tmp_path, preset):
    preset["stages"]["controllers"] = {"epochs": 3, "learning_rate": 0.02, "warm_up": 0, "dropout": 0.0}
    file = tmp_path / "best.json"
    file.write_text(json.dumps(preset))
    assert presets.get(str(file)) == presets.read(file) == preset


FIRST, SECOND = ("stages", "classifiers"), ("stages", "controllers")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("family",), "vggnet", "expected family 'airbench' or 'cascade' or .*, received 'vggnet'"),
        (("task",), 3, "expected text as task, received 3"),
        (("extra",), 1, "expected a preset of arguments, .*, received arguments, expected, extra, family, .*"),
        (("arguments",), [], "expected arguments among filters, .*, with filters, received \\[\\]"),
        (("arguments", "filters"), [8, 0], "whole numbers above zero as filters of arguments, received \\[8, 0\\]"),
        (("arguments", "ranked"), 1, "expected true or false as ranked of arguments, received 1"),
        (("arguments", "kappa"), [0.1, 0.01], "lowest and the highest, .* received \\[0.1, 0.01\\]"),
        (("arguments", "depth"), 3, "among filters, .* received filters, head_hidden, ranked, depth"),
        (("arguments", "first_stride"), 3, "expected 1 or 2 as first_stride of arguments, received 3"),
        (("arguments", "first_stride"), True, "expected 1 or 2 as first_stride of arguments, received True"),
        (("arguments", "stem"), -1, "a whole number of at least 0 as stem of arguments, received -1"),
        (("stages",), [], "expected stages among classifiers, controllers, received \\[\\]"),
        (("stages", "gates"), {}, "expected stages among classifiers, controllers, received classifiers, gates"),
        ((*FIRST, "epochs"), 2.5, "expected a whole number above zero as epochs of classifiers, received 2.5"),
        ((*FIRST, "epochs"), True, "expected a whole number above zero as epochs of classifiers, received True"),
        ((*FIRST, "weight_decay"), 0, "expected a number above zero as weight_decay of classifiers, received 0"),
        ((*FIRST, "exit_weights"), [0, 0], "a list of numbers of at least 0, one of them above as exit_weights .*"),
        ((*FIRST, "label_smoothing"), 1, "a number from 0 to below 1 as label_smoothing of classifiers, received 1"),
        ((*FIRST, "cutout"), -8, "a whole number of at least 0 as cutout of classifiers, received -8"),
        ((*FIRST, "optimizer"), "adam", "expected sgd or muon as optimizer of classifiers, received 'adam'"),
        ((*FIRST, "whitened_stem"), True, "expected a stem among the arguments of a preset with a whitened_stem, .*"),
        (SECOND, {"rate": 1}, "expected controllers among epochs, .*, all optional, received rate"),
        (SECOND, {"dropout": 1}, "expected a number from 0 to below 1 as dropout of controllers, received 1"),
        (SECOND, {"kappa_weighting": float("inf")}, "a number of at least 0 as kappa_weighting .* received inf"),
        (SECOND, {"learning_rate": float("nan")}, "a number above zero as learning_rate .* received nan"),
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


def test_settings_that_contradict_each_other_are_refused(preset):
    del preset["stages"]["classifiers"]["epochs"]
    message = "expected classifiers among epochs, .*, with batch_size, epochs, peak_learning_rate, received batch_size"
    with pytest.raises(ValueError, match=message):
        presets.check(preset)
    resnet = KNOWN["resnet_digits"]
    with pytest.raises(ValueError, match="expected blocks and filters of as many groups, received 2 and 3"):
        presets.resolve("resnet", {"blocks": (1, 1)}, resnet["stages"])


def test_a_file_that_is_no_preset_is_refused(tmp_path):
    with pytest.raises(ValueError, match="received '.*none.json': there is no such file"):
        presets.get(str(tmp_path / "none.json"))
    file = tmp_path / "half.json"
    file.write_text('{"family": ')
    with pytest.raises(ValueError, match="half.json: expected a preset in JSON, received Expecting value"):
        presets.get(str(file))
    for content in ("[]", "3"):
        file.write_text(content)
        message = re.escape(f"half.json: expected a preset of {', '.join(sorted(presets.KEYS))}, received {content}")
        with pytest.raises(ValueError, match=message):
            presets.get(str(file))


def test_a_run_that_is_older_than_a_stage_of_no_epochs_is_read(tmp_path):
    """As MSDNet's were before exits could be trained together: the stage stands where it belongs, and does nothing."""
    arguments, stages = presets.resolve("msdnet", {"depths": [1, 2]}, {"classifiers": IMAGES})
    config = {"preset": "old", "family": "msdnet", "task": "cifar10", "arguments": arguments, "seed": 0}
    before = {name: own for name, own in stages.items() if name != "collaboration"}
    (tmp_path / "config.json").write_text(json.dumps(config | {"stages": before}))
    found = presets.read_run(tmp_path / "config.json")
    assert list(found["stages"]) == ["classifiers", "collaboration", "controllers"]
    assert found["stages"] == json.loads(json.dumps(stages)) and found["stages"]["collaboration"]["epochs"] == 0
    (tmp_path / "config.json").write_text(json.dumps(config | {"stages": {"classifiers": before["classifiers"]}}))
    with pytest.raises(ValueError, match="received none of controllers"):
        presets.read_run(tmp_path / "config.json")
