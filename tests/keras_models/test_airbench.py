"""Airbench's network: costs by hand, its first weights, the rates of the source."""

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.airbench import Airbench, PartialDirac
from keras_models.with_exits import WithExits
from tests.keras_models import harness

SHAPE = (12, 12, 1)


def test_the_sources_own_costs_what_can_be_counted():
    """Whitened places 31 x 31; pools leave 15, 7 and 3 a side; the first of a group works before its pool."""
    network = Airbench((32, 32, 3), 10)
    whitening = 31 * 31 * 12 * 24
    groups = 9 * (31 * 31 * 24 * 64 + 15 * 15 * 64 * 64 + 15 * 15 * 64 * 256 + 49 * 256 * 256)
    groups += 9 * (49 * 256 * 256 + 9 * 256 * 256)
    assert network.part_costs["trunk"].conv_macs == whitening + groups
    assert network.part_costs["head"].macs == 256 * 10


def test_the_preset_is_a_quarter_of_the_sources_cost():
    network = presets.build(presets.get("airbench_cifar10"), (32, 32, 3), 10)
    assert 28.2e6 < network.static_cost() < 28.4e6


@pytest.mark.parametrize(("channels", "filters"), [(2, 3), (3, 2), (2, 2)])
def test_first_filters_hand_their_channel_on(channels, filters):
    kernel = np.array(PartialDirac(seed=0)((3, 3, channels, filters)))
    assert kernel.shape == (3, 3, channels, filters)
    images = np.random.default_rng(0).normal(size=(1, 4, 4, channels)).astype("float32")
    seen = np.array(keras.ops.conv(images, kernel, padding="same", data_format="channels_last"))
    both = min(channels, filters)
    np.testing.assert_allclose(seen[..., :both], images[..., :both], atol=1e-6)
    bound = 1 / np.sqrt(9 * channels)
    assert (np.abs(kernel[..., both:]) <= bound).all() and (filters == both or np.ptp(kernel[..., both:]) > bound)


def test_whitened_patches_are_uncorrelated_and_of_unit_variance():
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(50, 13, 13, 1))
    images = (rough[:, 1:, 1:] + rough[:, :-1, 1:] + rough[:, 1:, :-1]).astype("float32")
    network = Airbench(SHAPE, 3, (4,), whitened=8)
    network.initialise({}, images)
    whitening = network.trunk.get_layer("whitening")
    seen = np.array(whitening(images))[..., :4].reshape(-1, 4)
    np.testing.assert_allclose(np.cov(seen, rowvar=False), np.eye(4), atol=0.01)
    assert whitening.bias.trainable and not whitening.kernel.trainable


def test_biases_learn_fast_and_the_answer_slowly():
    network = Airbench(SHAPE, 3, (4,), depth=1, whitened=4)
    recipe = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.5}
    own = presets.resolve("airbench", {}, {"classifier": recipe})[1]["classifier"]
    trained = network.stages({"classifier": own})[0].prepare(1, None)
    names = ["/".join(weight.path.split("/")[-2:]) for weight in trained.trainable_variables]
    rates = dict(zip(names, trained.optimizer.rates, strict=True))
    assert sorted(rates.values()) == [1 / 81, 1, 1, 64, 64]
    assert all(rate == 64 for path, rate in rates.items() if path.endswith(("norm/beta", "whitening/bias")))
    assert not any(path.endswith(("gamma", "whitening/kernel")) for path in rates)
    assert rates["head/kernel"] == 1 / 81 and rates["head/bias"] == 1


def test_it_answers_once_and_its_parts_do_too():
    network = Airbench(SHAPE, 3, (4, 6), whitened=4)
    images = np.random.default_rng(0).random((4, *SHAPE), "float32")
    logits = harness.call(network, images)
    assert logits.shape == (4, 1, 3)
    np.testing.assert_allclose(harness.every_value(network, images)["logits"], logits[:, 0], atol=1e-5)
    assert network.reference() == network.program() and network.exit_names == ["answer"]


def test_an_image_that_the_groups_cannot_halve_is_refused():
    with pytest.raises(ValueError, match=r"expected an image whose sides 3 groups can halve, received \(8, 8, 1\)"):
        Airbench((8, 8, 1), 3, (4, 4, 4))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arguments": {"filters": []}}, "expected filters of at least one group, received none"),
        ({"arguments": {"whitened": 5}}, "expected an even number as whitened, received 5"),
        ({"stages": {"classifier": {"optimizer": "muon"}}}, "expected the optimizer sgd, .* received muon"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(changes, words):
    preset = presets.get("airbench_digits")
    changed = {name: preset[name] | changes.get(name, {}) for name in ("arguments", "stages")}
    if "stages" in changes:
        changed["stages"] = {"classifier": preset["stages"]["classifier"] | changes["stages"]["classifier"]}
    with pytest.raises(ValueError, match=words):
        presets.check(preset | changed)


def test_exits_stand_behind_its_convolutions():
    """Frozen, the network answers what it did; exits see as many channels as the group has."""
    network = Airbench(SHAPE, 3, (4, 6), whitened=4)
    images = np.random.default_rng(0).random((4, *SHAPE), "float32")
    exits = WithExits(SHAPE, 3, network, at=["group_1_conv_2", "group_2_conv_1"], heads="pool", freeze=True)
    logits = harness.call(exits, images)
    assert logits.shape == (4, 3, 3) and exits.channels == (4, 6)
    np.testing.assert_allclose(logits[:, -1], harness.call(network, images)[:, -1], atol=1e-5)
