"""EPNet: what every family answers, the paper's costs, and the controllers in the chain."""

import keras
import msgspec
import numpy as np
import pytest

from keras_models import base, costs, presets
from keras_models.epnet import EPNet
from keras_models.functional.whitening import whitening_filters
from keras_models.policies import controllers
from tests.keras_models import harness
from tflite.bundle import language

SHAPE = (12, 12, 1)


@pytest.fixture(scope="module")
def fifty():
    return presets.build(presets.get("epnet_max_min"), (50, 50, 1), 10)


@pytest.fixture(scope="module")
def cifar():
    return presets.build(presets.get("epnet_cifar10"), (32, 32, 3), 10)


def trunk_macs(network):
    return [network.part_costs[f"trunk_{i}"].macs for i in network.exit_numbers]


def controller_macs(network):
    return [network.part_costs[f"controller_{i}"].macs for i in range(1, network.exits)]


@pytest.mark.parametrize(
    "beyond",
    [
        {"conditioned": False},
        {"head_hidden": (5,)},
        {"head_hidden": (6, 4), "ranked": True},
        {"stem": 5},
        {"first_stride": 1, "equilibrium": True},
    ],
)
def test_what_is_beyond_the_paper_has_the_same_answers_in_its_parts(beyond, images):
    network = EPNet(SHAPE, 3, (4, 4), controller_in=(4,), controller_cat=(4,), **beyond)
    again = EPNet.from_config(network.get_config())
    assert again.program() == network.program() and again.parameters() == network.parameters()
    values = harness.every_value(network, images[:1])
    np.testing.assert_allclose(controllers.answers(values), network(images, training=False)[:1], atol=1e-5)
    assert (0 < values["stop_1"]).all() and (values["stop_1"] < 1).all()


def test_the_costs_of_the_paper_at_fifty(fifty):
    # 64.55 M in table 1; the projections of the three blocks that change width come on top in what really runs:
    # 25*25*1*32, 13*13*32*64 and 7*7*64*128.
    projections = 20_000 + 346_112 + 401_408
    assert fifty.price_unit() * 12 == pytest.approx(64_553_760)
    assert sum(trunk_macs(fifty)) == 64_553_760 + projections
    # A convolution of 32 at 25x25 and one of 128 at 7x7, 9 taps each.
    assert trunk_macs(fifty)[2] == 25 * 25 * 32 * 32 * 9 and trunk_macs(fifty)[10] == 7 * 7 * 128 * 128 * 9
    assert trunk_macs(fifty)[0] == 25 * 25 * 32 * 9


def test_the_costs_of_the_paper_at_cifar10(cifar):
    assert cifar.exits == 10
    assert cifar.price_unit() * 10 == pytest.approx(19_095_552)
    assert sum(trunk_macs(cifar)) == 19_095_552 + 16 * 16 * 3 * 32 + 8 * 8 * 32 * 64 + 4 * 4 * 64 * 128


def test_the_costs_of_the_controllers(fifty, cifar):
    # Widths 32, 64, 128. Seeing kappa adds one input to the first layer of f_cat: 10 or 100 products.
    assert controller_macs(fifty) == [830 + 10] * 4 + [1150 + 10] * 4 + [1790 + 10] * 3
    assert controller_macs(cifar) == [21_350 + 100] * 4 + [24_550 + 100] * 4 + [30_950 + 100]


def test_a_controller_that_does_not_see_kappa_is_the_papers():
    network = EPNet(SHAPE, 10, (32, 32, 64, 64), conditioned=False)
    assert controller_macs(network) == [830, 830, 1150]
    assert "kappa" not in network.parameters() and "kappa" not in network.parts()["controller_1"].model.input


def test_the_maps_shrink_with_every_wider_block(fifty):
    parts = fifty.parts()
    sides = [parts[f"trunk_{i}"].model.output["y"].shape[1:] for i in fifty.exit_numbers]
    assert sides == [(25, 25, 32)] * 4 + [(13, 13, 64)] * 4 + [(7, 7, 128)] * 4
    strides = [(unit.stride, unit.shortcut, unit.shortcut_stride) for unit in fifty.units[:4]]
    assert strides == [(2, None, 1), (1, "projection", 2), (1, None, 1), (1, "identity", 1)]


def test_a_stem_keeps_the_resolution_and_has_no_exit():
    network = EPNet((32, 32, 3), 10, (32, 32, 64, 64), stem=24)
    assert network.exits == 4 and network.parts()["stem"].model.output["y"].shape[1:] == (32, 32, 24)
    assert network.part_costs["stem"].macs == 32 * 32 * 3 * 24 * 9
    # The first block halves the stem's maps, and its projection starts from them.
    first = [16 * 16 * 24 * 32 * 9, 16 * 16 * 32 * 32 * 9 + 16 * 16 * 24 * 32]
    assert trunk_macs(network)[:2] == first
    convolutions = first[0] + 16 * 16 * 32 * 32 * 9 + 8 * 8 * 32 * 64 * 9 + 8 * 8 * 64 * 64 * 9
    assert network.price_unit() == pytest.approx(convolutions / 4)
    assert network.exit_prices(None)[0] > network.part_costs["stem"].macs / network.price_unit()


def test_a_first_block_of_stride_one_keeps_the_resolution():
    network = EPNet((32, 32, 3), 10, (16, 16, 40, 40), stem=16, first_stride=1)
    parts = network.parts()
    sides = [parts[f"trunk_{i}"].model.output["y"].shape[1:] for i in network.exit_numbers]
    assert sides == [(32, 32, 16)] * 2 + [(16, 16, 40)] * 2
    # Nothing changes in the first block: its shortcut has no weights.
    assert [unit.shortcut for unit in network.units] == [None, "identity", None, "projection"]
    assert trunk_macs(network)[1] == 32 * 32 * 16 * 16 * 9
    wider = EPNet((32, 32, 3), 10, (20, 20), stem=16, first_stride=1)
    assert (wider.units[1].shortcut, wider.units[1].shortcut_stride) == ("projection", 1)


def test_a_whitened_stem_starts_with_the_directions_of_the_pictures(images):
    network = EPNet(SHAPE, 3, (4, 4), stem=6)
    before = np.array(network.stem.conv.kernel)
    network.initialise({"classifiers": {"whitened_stem": False}}, images)
    np.testing.assert_array_equal(network.stem.conv.kernel, before)
    network.initialise({"classifiers": {"whitened_stem": True}}, images)
    np.testing.assert_array_equal(network.stem.conv.kernel, whitening_filters(images, 6))


def test_exit_prices_count_everything_up_to_the_exit(network):
    costs = {name: 1.0 for name in network.parts()}
    # Trunk, pool, head and controller at each exit, no controller at the last.
    np.testing.assert_allclose(network.exit_costs(costs), [4, 8, 12, 15])
    np.testing.assert_allclose(network.exit_prices(costs), [4, 8, 12, 15])
    costs |= {f"trunk_{i}": 2.0 for i in network.exit_numbers}
    np.testing.assert_allclose(network.exit_prices(costs), [2.5, 5, 7.5, 9.5])


def test_exits_are_equally_likely_at_the_start(network, images):
    stop = controllers.stop_probabilities(network, network.observe(images), 0.01)
    np.testing.assert_allclose(stop, np.tile([1 / 4, 1 / 3, 1 / 2], (8, 1)), atol=0.03)


def test_the_chain_decides_as_the_batched_controllers_do(network, images):
    for weight in network.controllers.last.weights:
        weight.assign(weight + 0.5)
    observed, parts = network.observe(images), network.parts()
    for kappa in (0.001, 0.1):
        batched = controllers.stop_probabilities(network, observed, kappa)
        for image, expected in zip(images, batched, strict=True):
            values = harness.every_value(network, image[None], {"kappa": kappa}, parts)
            chain = np.concatenate([values[f"stop_{i}"] for i in range(1, network.exits)], axis=1)[0]
            np.testing.assert_allclose(chain, expected, atol=1e-5)


def test_observed_values_do_not_depend_on_the_batch(network, images):
    whole, parts = network.observe(images), network.observe(images, batch_size=3)
    assert list(whole) == [f"{kind}_{i}" for kind in ("logits", "features") for i in (1, 2, 3, 4)]
    for name, value in whole.items():
        np.testing.assert_allclose(parts[name], value, atol=1e-5)
    np.testing.assert_allclose(controllers.answers(whole), network(images, training=False), atol=1e-5)
    chain = harness.every_value(network, images[:1])
    for name, value in whole.items():
        np.testing.assert_allclose(chain[name], value[:1], atol=1e-5)


def resolved(weights=None, exits="all"):
    """Settings of the stages of four exits."""
    first = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1, "exit_weights": weights}
    given = {"classifiers": first, "controllers": {"exits": exits}}
    return presets.resolve("epnet", {"filters": (4, 4, 8, 8)}, given)[1]


def test_exits_without_a_trained_classifier_are_none_to_stop_at(network):
    assert network.trained_exits(resolved()).all()
    weights = [0, 1, 0.5, 2]
    assert network.trained_exits(resolved(weights)).tolist() == [False, True, True, True]
    assert network.own_exits(resolved(weights)).tolist() == [False, True, True, True]
    assert network.own_exits(resolved(weights, "3")).tolist() == [False, False, True, True]
    with pytest.raises(ValueError, match="expected exits among 2,3,4, which were trained to be taken, received '1'"):
        network.own_exits(resolved(weights, "1"))
    for wrong in ([1, 1, 1], [1, 1, 1, 0]):
        with pytest.raises(ValueError, match="expected exit_weights of 4 exits, the last above zero, received"):
            network.trained_exits(resolved(wrong))


def test_stages_refuse_settings_that_do_not_fit_before_any_work(network):
    with pytest.raises(ValueError, match="numbers from 1 to 4 such as 3,6,9, received '2,5'"):
        network.stages(resolved(exits="2,5"))


def test_the_stages_share_out_the_weights(network):
    first, second = network.stages(resolved())
    assert (first.name, first.split, first.reads, first.reestimate) == ("classifiers", "train", None, True)
    assert (second.name, second.split) == ("controllers", "validation")
    assert second.reads == controllers.read_values(4) and second.refit["epochs"] == 8
    assert sorted(map(id, [*first.weights, *second.weights])) == sorted(map(id, network.weights))


def test_the_optimizer_and_the_loss_are_the_settings(network):
    settings = resolved([0, 1, 1, 2])
    settings["classifiers"] |= {"optimizer": "muon", "weight_decay": 0.01, "label_smoothing": 0.1, "distillation": 0.3}
    model = network.stages(settings)[0].prepare(10, None)
    assert type(model.optimizer).__name__ == "Muon" and model.optimizer.weight_decay == 0.01
    assert model.loss.get_config()["weights"] == (0, 1, 1, 2)
    assert (model.loss.label_smoothing, model.loss.distillation) == (0.1, 0.3)


def test_the_program_is_of_the_bundles_language(fifty):
    steps = msgspec.convert(fifty.program(), list[language.AnyStep])
    assert [type(step) for step in steps[:6]] == [language.Fill] + [language.Run] * 4 + [language.Exit]
    assert steps[4].part == "controller_1" and steps[5].rule.threshold.parameter == "threshold"


def test_saving_and_loading_count_no_costs(network, tmp_path, monkeypatch):
    """Keras reads all attributes that it is told of: the costs, which take long to count, are not among them."""
    monkeypatch.setattr(base, "_COUNTED", {})
    monkeypatch.setattr(costs, "count", lambda model: pytest.fail("counted"))
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras", compile=False)
    assert "part_costs" not in dir(loaded) and {"parts", "program", "weights"} <= set(dir(loaded))
    with pytest.raises(pytest.fail.Exception, match="counted"):
        loaded.exit_costs()


def test_networks_of_one_configuration_are_counted_once(monkeypatch):
    first, other = EPNet(SHAPE, 3, (4, 4)), EPNet(SHAPE, 3, (4, 4, 6, 6))
    counted = first.part_costs
    monkeypatch.setattr(costs, "count", lambda model: pytest.fail("counted"))
    assert EPNet(SHAPE, 3, (4, 4), name="another").part_costs == counted
    with pytest.raises(pytest.fail.Exception, match="counted"):
        other.exit_costs()


def test_compile_freezes_the_controllers_and_names_three_accuracies(network):
    network.compile()
    assert not network.controllers.trainable and len(network.trainable_weights) > 0
    assert [metric.name for metric in network._compile_metrics._user_metrics] == [
        "accuracy_1",
        "accuracy_2",
        "accuracy_4",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((12, 12), 3, (4, 4)), r"expected input_shape \(height, width, channels\), received \(12, 12\)"),
        ((SHAPE, 1, (4, 4)), "expected at least two classes, received 1"),
        ((SHAPE, 3, ()), r"expected filters in equal pairs, two convolutions to a block, received \(\)"),
        ((SHAPE, 3, (4, 4, 8)), r"expected filters in equal pairs.*received \(4, 4, 8\)"),
        ((SHAPE, 3, (4, 8)), r"expected filters in equal pairs.*received \(4, 8\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        EPNet(*arguments)
