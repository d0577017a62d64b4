"""DeepMoE: gates, theory and what is deployed, pruning, and what its presets refuse."""

import keras
import numpy as np
import pytest

from keras_models import expert_sources, presets, programs
from keras_models.deepmoe import DeepMoE
from keras_models.layers.experts import KINDS
from keras_models.policies.experts import Joint

SHAPE = (8, 8, 2)
SMALL = {"blocks": (1, 1), "filters": (2, 3), "embedding": (3, 4), "dim": 4}


def made(seed=4, **arguments):
    keras.utils.set_random_seed(seed)
    network = DeepMoE(SHAPE, 3, **SMALL | arguments)
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        if "moving_mean" in weight.path or "beta" in weight.path:
            weight.assign(rng.normal(0, 0.3, weight.shape))
        elif "moving_variance" in weight.path or "gamma" in weight.path:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return network


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(6, *SHAPE)).astype("float32")


def run(network, steps, image):
    """The value that steps in a line answer with."""
    values, parts = {"image": keras.ops.convert_to_tensor(image)}, network.parts()
    for step in steps:
        if step["op"] == "run":
            outputs = parts[step["part"]].model({p: values[name] for p, name in step["inputs"].items()}, training=False)
            values |= {name: outputs[port] for port, name in step["outputs"].items()}
    return np.array(values[programs.given_value(steps[-1])])


@pytest.mark.parametrize("base", KINDS)
def test_all_channels_in_theory_are_what_the_submodel_costs(base):
    network = made(base=base, widen=2.0, gated=False)
    assert network.channel_macs() == sum(network.part_macs.values())


def test_theory_by_hand():
    """A basic block of 2 channels around 4 with gates on 8x8 places, one of 3 around 6 on 4x4 behind a projection."""
    network = made(widen=2.0)
    stem = 64 * 9 * 2 * 2
    whole = stem + 64 * 9 * (2 * 4 + 4 * 2) + 16 * (2 * 3 + 9 * (2 * 6 + 6 * 3)) + 3 * 3
    opened = np.ones((2, 10), bool)
    opened[1, [0, 5, 6, 7, 8]] = False  # of the first 3 of 4 stay, of the second 2 of 6
    less = stem + 64 * 9 * (2 * 3 + 3 * 2) + 16 * (2 * 3 + 9 * (2 * 2 + 2 * 3)) + 3 * 3
    assert network.channels == (4, 6)
    assert network.channel_macs(opened).tolist() == [whole, less]


def test_a_vgg_saves_on_both_sides_of_a_gate():
    """Convolutions of 2 to 4 channels on 8x8 places and 4 to 6 on 4x4; with 1 and 3 open the second is 1 to 3."""
    network, opened = made(base="vgg", widen=2.0), np.zeros((1, 10), bool)
    opened[0, [2, 4, 5, 6]] = True
    assert network.channel_macs(opened).tolist() == [64 * 9 * 2 * 1 + 16 * 9 * 1 * 3 + 3 * 3]


@pytest.mark.parametrize("base", KINDS)
def test_a_static_network_is_the_whole_one_with_fixed_gates(base, images):
    """Removed channels, folded gates and normalisations change no answer; costs are those of theory."""
    network = made(base=base, widen=2.0, deploy="clusters", clusters=2)
    values = np.random.default_rng(1).uniform(0.2, 2, (2, sum(network.gate_widths)))
    values[0, ::3], values[1, 1::2] = 0, 0
    network.clusters.values.assign(values)
    expected = np.array(network.answer(images, np.float32(values[:1]).repeat(len(images), 0)))
    steps = [*network.program()[2]["then"][0]["cases"][0], *network.program()[3:]]
    np.testing.assert_allclose(run(network, steps, images), expected[:, 0], atol=1e-4)
    macs = network.channel_macs(values > 0)
    extra = network.part_macs["head"]  # theory counts the classes of open channels alone
    if base != "vgg":
        assert [network.part_macs[f"cluster_{k}"] + extra for k in (1, 2)] == macs.tolist()


def test_the_nearest_cluster_answers(images):
    network = made(deploy="clusters", clusters=2)
    gates = network.gates_of(images)
    network.clusters.centres.assign([gates[0], gates[0] + 5])
    network.clusters.values.assign([gates[0], np.ones_like(gates[0])])
    expected = network.answer(images, gates[:1].repeat(len(images), 0))
    np.testing.assert_allclose(network(images), expected, atol=1e-6)
    fit = np.array(network.clusters.fit_of(gates))
    assert fit[0, 0] == pytest.approx(1.0, abs=1e-4) and (fit <= 1.0 + 1e-5).all()


@pytest.mark.parametrize("base", ["basic", "bottleneck_b"])
def test_experts_that_all_run_are_the_whole_network(base, images):
    network = made(base=base, widen=2.0, experts=2, deploy="branches")
    expected = network.answer(images, network.gates_of(images))
    np.testing.assert_allclose(run(network, network.reference(), images[:1]), expected[:1, 0], atol=1e-4)
    assert len([step for step in network.program() if step["op"] == "branch"]) == 4


def test_gates_multiply_all_channels_of_a_whole_network(images):
    network = made(base="bottleneck_a", widen=2.0)
    expected = network(images)
    np.testing.assert_allclose(run(network, network.program(), images[:1]), expected[:1, 0], atol=1e-4)


def test_bottlenecks_have_gates_where_the_figure_has_them():
    assert made(base="bottleneck_a", widen=2.0).channels == (4, 4, 6, 6)
    assert made(base="bottleneck_b", widen=2.0).channels == (4, 6)
    assert made(base="bottleneck_b").shapes[-1][-1] == 12, "a bottleneck leaves four times its width"


def test_a_pruned_network_is_the_one_whose_other_channels_are_zero(images):
    donor = made(gated=False, widen=2.0)
    pruned = expert_sources.pruned(donor, 0.5)
    assert pruned.channels == (2, 3)
    for block in donor.blocks:
        kernel = np.array(block.units[0].conv.kernel)
        lost = np.argsort(-np.abs(kernel).sum(axis=(0, 1, 2)), kind="stable")[kernel.shape[-1] // 2 :]
        second = np.array(block.units[1].conv.kernel)
        second[:, :, lost] = 0
        block.units[1].conv.kernel.assign(second)
    np.testing.assert_allclose(pruned(images), donor(images), atol=1e-5)
    assert pruned.channel_macs() < donor.channel_macs()


@pytest.mark.parametrize("base", ["vgg", "bottleneck_a", "bottleneck_b"])
def test_every_kind_can_be_pruned(base, images):
    pruned = expert_sources.pruned(made(base=base, gated=False, widen=2.0), 0.5)
    assert np.isfinite(np.array(pruned(images))).all()
    assert pruned.channel_macs() == sum(pruned.part_macs.values())


def test_a_network_with_gates_is_not_pruned_by_norms():
    with pytest.raises(ValueError, match="expected a network without gates"):
        expert_sources.pruned(made(), 0.5)


def test_another_deployment_has_the_same_weights(tmp_path, images):
    donor = made(widen=2.0)
    donor.save(tmp_path / "donor.keras")
    network = DeepMoE.create(SHAPE, 3, network=str(tmp_path / "donor.keras"), deploy="clusters", clusters=3)
    assert network.cluster_count == 3 and network.deploy == "clusters"
    np.testing.assert_allclose(network.gates_of(images), donor.gates_of(images), atol=1e-6)
    ones = np.ones((len(images), 10), "float32")
    np.testing.assert_allclose(network.answer(images, ones), donor.answer(images, ones), atol=1e-6)


def test_a_network_of_another_shape_is_refused(tmp_path):
    made().save(tmp_path / "donor.keras")
    with pytest.raises(ValueError, match="expected a DeepMoE for images"):
        DeepMoE.create((12, 12, 2), 3, network=str(tmp_path / "donor.keras"), deploy="clusters")


def test_the_loss_is_equation_3_7():
    """Cross-entropy of even logits of 3 classes is log 3; gates 1, 0 and 2 have the norm 3."""
    model = Joint(made(), sparsity=0.1, embedding_weight=2.0)
    model.compile("sgd")
    even = np.zeros((1, 1, 3), "float32")
    seen = {"logits": even, "guess": even, "gates": np.float32([[1, 0, 2]])}
    assert float(model.compute_loss(y=np.array([1]), y_pred=seen)) == pytest.approx(3 * np.log(3) + 0.3, rel=1e-5)
    alone = model.compute_loss(y=np.array([1]), y_pred=seen, training=False)
    assert float(alone) == pytest.approx(np.log(3), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"base": "dense"}, "expected base vgg or basic"),
        ({"channels": (4,)}, "channels of 1 convolutions"),
        ({"experts": 2, "channels": (4, 5)}, "expected channels in 2 equal groups"),
        ({"deploy": "branches"}, "expected experts, and base basic or bottleneck_b"),
        ({"deploy": "branches", "experts": 1, "base": "vgg"}, "expected experts, and base basic"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        DeepMoE(SHAPE, 3, **SMALL | arguments)


EPOCHS = {"joint": {"epochs": 1}}


@pytest.mark.parametrize(
    ("arguments", "stages", "problem"),
    [
        ({}, {}, "expected epochs of a stage"),
        ({"blocks": (1, 1)}, EPOCHS, "as many groups"),
        ({"keep": 0.5}, EPOCHS, "expected network, a trained one, to prune"),
        ({"network": "runs/x", "widen": 2.0}, EPOCHS, "of a network that is trained, received widen"),
        ({"gated": False}, EPOCHS | {"fine_tuned": {"epochs": 1}}, "received gated false"),
        ({"deploy": "clusters"}, EPOCHS, "expected epochs of clusters where they are deployed"),
        ({}, EPOCHS | {"refined": {"epochs": 1}}, "1 of refined"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(arguments, stages, problem):
    with pytest.raises(ValueError, match=problem):
        presets.resolve("deepmoe", arguments, stages)


def test_static_twins_are_plain_networks():
    from keras_models.presets.twins import static_twins

    twins = static_twins("deepmoe_wide_cifar10", {"width": (0.5, 1.0)})
    assert [twin["arguments"]["widen"] for twin in twins.values()] == [0.5, 1.0]
    assert all(not twin["arguments"]["gated"] and set(twin["stages"]) == {"joint"} for twin in twins.values())
    with pytest.raises(ValueError, match="expected a preset of a network of its own"):
        static_twins("deepmoe_clusters_cifar10", {"width": (1.0,)})
