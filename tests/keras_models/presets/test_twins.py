"""The static networks of a preset: thinner, shallower, on smaller images, one answer; by hand."""

import pytest

from keras_models import families, presets
from keras_models.presets import twins


def twin(preset, **axes):
    """The one static network of a preset at these places of its axes."""
    (found,) = twins.static_twins(preset, {axis: [value] for axis, value in axes.items()}).values()
    return found


def test_shares_are_rounded_and_never_nothing():
    assert [twins.share(n, of) for n, of in ((32, 0.375), (3, 0.5), (32, 0.001), (5, 1.0))] == [12, 2, 1, 5]
    assert twins.shortened([32] * 4 + [64] * 2 + [32] * 2, 0.5, 2) == [32] * 2 + [64] * 2 + [32] * 2


def test_an_epnet_without_exits_is_thinner_and_shallower():
    found, own = twin("epnet_max_min_hidden", width=0.25, depth=0.5), presets.get("epnet_max_min_hidden")
    assert found["arguments"]["filters"] == [8, 8, 16, 16, 32, 32] and found["arguments"]["head_hidden"] == (64, 64)
    recipe = own["stages"]["classifiers"] | {"exit_weights": (0, 0, 0, 0, 0, 1), "distillation": 0.0}
    assert found["stages"]["classifiers"] == recipe and found["task"] == own["task"]
    stem = twin("epnet_cifar10_stem", width=0.375, depth=1)["arguments"]["stem"]
    assert stem == 10, "of 24 channels, in pairs"


def test_an_msdnet_loses_blocks_and_channels():
    found = twin("msdnet_cifar10", width=0.5, depth=0.5)
    assert found["arguments"]["depths"] == (1, 2, 3) and found["arguments"]["channels"] == 8
    assert found["arguments"]["growth"] == 3 and found["stages"]["classifiers"]["exit_weights"] == (0, 0, 1)


def test_a_skipnet_becomes_a_resnet_with_the_recipe_of_its_first_stage():
    found = twin("skipnet38_cifar10_priced", width=0.5, depth=0.5)
    assert found["family"] == "resnet" and found["arguments"] == {"filters": [8, 16, 32], "blocks": [3, 3, 3]}
    own = presets.get("skipnet38_cifar10_priced")["stages"]["supervised"]
    assert found["stages"] == {"classifier": {n: own[n] for n in found["stages"]["classifier"]}}
    assert "price" in own and "price" not in found["stages"]["classifier"]


def test_a_network_of_imagenet_sees_smaller_images():
    found, own = twin("lite0_cifar10", size=48), presets.get("lite0_cifar10")
    assert found["arguments"]["network"] == own["arguments"]["network"] | {"size": (48, 48)}
    assert found["stages"]["classifiers"]["exit_weights"] == (0, 0, 0, 1)
    assert own["arguments"]["network"]["size"] == (64, 64), "the preset itself stays as it was"


def test_the_smallest_comes_first_and_the_same_network_once():
    """A ResNet of one block a group has no shallower one."""
    found = list(twins.static_twins("resnet_digits", {"width": [1, 0.5]}))
    assert found == ["width_0.5_depth_1", "width_1_depth_1"]
    assert len(twins.static_twins("epnet_digits", {})) == 12
    assert twin("epnet_digits", width=1, depth=1)["stages"]["classifiers"]["epochs"] == 10
    short = twins.static_twins("epnet_digits", {"width": [1], "depth": [1]}, epochs=2)["width_1_depth_1"]
    assert short["stages"]["classifiers"]["epochs"] == 2


@pytest.mark.parametrize(
    ("preset", "values", "words"),
    [
        ("cascade_digits", {}, "expected a preset of a family with static networks .*received cascade_digits"),
        ("with_exits_digits", {}, "expected a network of ImageNet with exits at named layers"),
        ("lite0_cifar10", {"width": [0.5]}, "expected size of the static networks of lite0_cifar10, received width"),
        ("nothing", {}, "expected a preset, one of"),
    ],
)
def test_what_has_none_is_refused(preset, values, words):
    with pytest.raises(ValueError, match=words):
        twins.static_twins(preset, values)


@pytest.mark.parametrize("family", [name for name in families.FAMILIES if hasattr(families.presets(name), "TWIN_AXES")])
def test_every_preset_of_such_a_family_has_its_own_size_among_them(family):
    """At the largest place of every axis the trunk is the preset's own."""
    for name, preset in families.presets(family).PRESETS.items():
        if family == "with_exits" and name != "lite0_cifar10":
            continue
        if family != "with_exits" and preset["arguments"].get("network") is not None:
            with pytest.raises(ValueError, match="expected a preset of a network of its own"):
                twins.static_twins(name, {})
            continue
        found = list(twins.static_twins(name, {}).values())[-1]
        for argument in ("filters", "blocks", "depths", "channels", "stem"):
            if argument in preset["arguments"]:
                assert list_of(found["arguments"][argument]) == list_of(preset["arguments"][argument]), (name, argument)


def list_of(value):
    """A list of what may be one number."""
    return list(value) if isinstance(value, list | tuple) else [value]
