"""SkipNet: its program against the batched network, costs, configuration, saving, and its two stages."""

import inspect

import keras
import numpy as np
import pytest

from keras_models import families, presets
from keras_models.resnet import ResNet
from keras_models.skipnet import GATES, SkipNet

SHAPE = (12, 12, 2)


def made(gate="recurrent", seed=4, **arguments):
    keras.utils.set_random_seed(seed)
    return SkipNet(SHAPE, 3, **{"blocks": (2, 2), "filters": (4, 6), "gate": gate} | arguments)


def mixed(network):
    """The same network with gates that decide either way, depending on the image."""
    rng = np.random.default_rng(0)
    for weight in network.gates.weights:
        if "kernel" in weight.path:
            weight.assign(3 * rng.normal(size=weight.shape))
    return network


def pictures(count=12):
    return np.random.default_rng(3).normal(size=(count, *SHAPE)).astype("float32")


def walk(steps, parts, values, threshold, path):
    """Runs the steps of a program on one image; what is answered with. values, path: added to."""
    for step in steps:
        if step["op"] == "run":
            inputs = {port: values[name] for port, name in step["inputs"].items()}
            outputs = parts[step["part"]].model(inputs, training=False)
            values |= {name: np.asarray(outputs[port]) for port, name in step["outputs"].items()}
            path.append(step["part"])
        elif step["op"] == "fill":
            values[step["output"]] = np.full(step["shape"], step["content"], "float32")
        elif step["op"] == "branch":
            assert step["rule"]["rule"] == "at_least" and step["rule"]["threshold"] == {"parameter": "threshold"}
            holds = values[step["rule"]["value"]].item() >= threshold
            walk(step["then"] if holds else step["otherwise"], parts, values, threshold, path)
    return values[steps[-1]["gives"]["label"]] if steps and steps[-1]["op"] == "answer" else None


@pytest.mark.parametrize("gate", GATES)
def test_the_program_runs_what_the_batched_network_decides(gate):
    network, images = mixed(made(gate)), pictures()
    parts, program = network.parts(), network.program()
    seen_runs = []
    for threshold in (0.0, 0.4, 0.5, 0.7, 2.0):
        batch = network.decisions(images, threshold, batch_size=5)
        for image, logits, run in zip(images, batch["logits"], batch["run"], strict=True):
            path = []
            answer = walk(program, parts, {"image": image[None]}, threshold, path)
            np.testing.assert_allclose(answer, logits, rtol=1e-3, atol=1e-5)
            assert [f"block_{i}" in path for i in network.gate_numbers] == run.tolist()
            assert [name for name in path if name.startswith("shortcut")] == ([] if run[1] else ["shortcut_3"])
        seen_runs.append(batch["run"])
    assert seen_runs[0].all() and not seen_runs[-1].any()
    assert 0 < seen_runs[2].mean() < 1, "the images do not go both ways, so that nothing was compared"


@pytest.mark.parametrize("gate", GATES)
def test_inference_decides_at_one_half(gate):
    network, images = mixed(made(gate)), pictures()
    seen = network.decisions(images)
    np.testing.assert_allclose(network(images), seen["logits"], atol=1e-5)
    np.testing.assert_array_equal(seen["run"], seen["probabilities"] >= 0.5)
    assert seen["logits"].shape == (12, 1, 3) and seen["probabilities"].shape == (12, 3)


def test_the_reference_is_the_residual_network():
    """With the same weights, and so is the program from a threshold of nothing on."""
    network, plain, images = made(), ResNet(SHAPE, 3, (2, 2), (4, 6)), pictures(3)
    for mine, its in zip(plain.trunk_weights(), network.trunk_weights(), strict=True):
        mine.assign(its)
    parts = network.parts()
    for image, logits in zip(images, np.asarray(plain(images)), strict=True):
        path = []
        np.testing.assert_allclose(walk(network.reference(), parts, {"image": image[None]}, 0, path), logits, atol=1e-5)
        assert path == ["stem", "block_2", "block_3", "block_4", "head"]
    np.testing.assert_allclose(network.decisions(images, **network.full_depth())["logits"], plain(images), atol=1e-5)


def test_parts_are_named_in_the_order_of_a_run_and_those_that_decide_stay_float():
    names = {name: part.keep_float for name, part in made("feedforward_1").parts().items()}
    assert names == {
        "stem": False,
        "gate_2": False,
        "decide_2": True,
        "block_2": False,
        "gate_3": False,
        "decide_3": True,
        "block_3": False,
        "shortcut_3": False,
        "gate_4": False,
        "decide_4": True,
        "block_4": False,
        "head": True,
    }
    parts = made("recurrent").parts()
    assert list(parts)[1:3] == ["gate_2", "block_2"] and parts["gate_2"].keep_float
    assert set(parts["gate_2"].model.input) == {"features", "h", "c"}
    assert set(parts["gate_2"].model.output) == {"run", "h", "c"}


def test_what_gates_cost_beside_a_block():
    """The thesis prints 0.04 %, 12.5 % and about 19 % of a block of 18 c^2 n multiply-adds, n positions of c channels.

    The recurrent gate is 10 c + 810: 0.02 to 0.03 %. The second kind is 9 c^2 n / 4. The first one's structure gives
    9 c^2 n (1/4 + 1/16), 15.6 %: 19 % is none of what it says.
    """
    shares = {}
    for gate in GATES[:3]:
        network = SkipNet((32, 32, 3), 10, (2, 2, 2), gate=gate)
        macs = network.part_macs
        shares[gate] = [(macs[f"gate_{i}"] + macs.get(f"decide_{i}", 0)) / macs[f"block_{i}"] for i in (2, 4, 6)]
        assert macs["block_2"] == 18 * 16**2 * 32**2 and macs["shortcut_3"] == 16 * 32 * 16**2
    cells = [10 * width + 10 + 800 for width in (16, 32, 64)]
    np.testing.assert_allclose(shares["recurrent"], np.array(cells) / (18 * 16**2 * 32**2), rtol=1e-6)
    assert max(shares["recurrent"]) < 0.0004
    np.testing.assert_allclose(shares["feedforward_1"], 5 / 32, rtol=1e-3)
    np.testing.assert_allclose(shares["feedforward_2"], 1 / 8, rtol=1e-3)


@pytest.mark.parametrize("gate", GATES)
def test_saving_and_configuration_keep_everything(gate, tmp_path):
    network, images = mixed(made(gate, soft=True, gate_bias=0.5, rate=0.25)), pictures(3)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras", compile=False)
    for name, value in network.decisions(images).items():
        np.testing.assert_array_equal(loaded.decisions(images)[name], value)
    again = SkipNet.from_config(network.get_config())
    assert again.get_config() == network.get_config() and again.program() == network.program()
    assert (again.soft, again.gate_bias, again.rate) == (True, 0.5, 0.25)


def test_soft_gates_mix_in_training_only():
    """One block of two, whose gate has a probability of 1/2 and a bit: half the way, where a hard gate goes it all."""
    images = pictures(4)
    hard, soft = (made(blocks=(2,), filters=(4,), soft=flag) for flag in (False, True))
    for network in (hard, soft):
        network.gates.output_layer.kernel.assign(np.zeros((10, 1)))
        network.gates.output_layer.bias.assign([1e-6])
    plain, shown = np.asarray(hard(images)), np.asarray(soft(images))
    np.testing.assert_array_equal(plain, shown)
    ends = [np.asarray(hard.route(images, lambda _, logit, v=v: v + 0 * logit, True)["logits"]) for v in (0.0, 1.0)]
    np.testing.assert_allclose(hard(images, training=True), ends[1], atol=1e-5)
    np.testing.assert_allclose(soft(images, training=True), (ends[0] + ends[1]) / 2, atol=1e-5)


def test_a_single_block_is_refused():
    with pytest.raises(ValueError, match="expected at least two blocks, so that one has a gate, received one"):
        made(blocks=(1,), filters=(4,))


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="expected gate 'recurrent' or .*, received 'soft'"):
        made("soft")


def test_arguments_of_presets_are_the_constructors():
    taken = set(inspect.signature(SkipNet.__init__).parameters) - {"self", "input_shape", "classes", "kwargs"}
    assert set(families.presets("skipnet").ARGUMENTS) == taken


@pytest.mark.parametrize("name", [name for name in presets.known() if name.startswith("skipnet")])
def test_a_preset_has_the_layers_that_its_name_says(name):
    preset = presets.get(name)
    presets.check(preset)
    layers = 2 * sum(preset["arguments"]["blocks"]) + 2
    assert name.startswith((f"skipnet{layers}_", "skipnet_")) and f"SkipNet-{layers}" in preset["source"]


def settings(**over):
    preset = presets.get("skipnet_digits")
    stages = {name: own | over.get(name, {}) for name, own in preset["stages"].items()}
    return presets.resolve("skipnet", preset["arguments"] | over.get("arguments", {}), stages)[1]


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"arguments": {"blocks": (1, 1)}}, "expected blocks and filters of as many groups, received 2 and 3"),
        (
            {"supervised": {"epochs": 0}, "reinforced": {"epochs": 0}},
            "expected epochs of supervised or of reinforced, received 0 of both",
        ),
        ({"arguments": {"gate": "random"}}, "expected 0 epochs of reinforced with random gates, received 4"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(over, message):
    with pytest.raises(ValueError, match=message):
        settings(**over)


def test_a_stage_of_no_epochs_is_left_out():
    network = made()
    for left, names in (("supervised", ["reinforced"]), ("reinforced", ["supervised"])):
        assert [stage.name for stage in network.stages(settings(**{left: {"epochs": 0}}))] == names
    assert [stage.name for stage in network.stages(settings())] == ["supervised", "reinforced"]


def train(name, seed=0, **over):
    """A network after three steps of a stage."""
    network, images, labels = made(blocks=(1, 2), gate_bias=1.0), pictures(24), np.arange(24) % 3
    stage = {stage.name: stage for stage in network.stages(settings(**over), seed)}[name]
    assert {id(weight) for weight in stage.weights} == {id(weight) for weight in network.weights}
    told = stage.prepare(3, None).fit(images, labels, batch_size=8, epochs=1, shuffle=False, verbose=0)
    return network, told.history


@pytest.mark.parametrize("name", ["supervised", "reinforced"])
def test_a_stage_trains_everything_and_is_repeated_by_its_seed(name):
    over = {"reinforced": {"peak_learning_rate": 0.1}}
    (one, told), (two, again) = train(name, **over), train(name, **over)
    assert told == again and set(told) == {"accuracy", "blocks_run", "loss"}
    for mine, its in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(mine, its)
    for before, after in zip(made(blocks=(1, 2), gate_bias=1.0).trainable_weights, one.trainable_weights, strict=True):
        assert np.abs(np.asarray(before) - after).max() > 0, after.path


def test_another_seed_draws_other_decisions():
    assert train("reinforced", 0)[1]["blocks_run"] != train("reinforced", 1)[1]["blocks_run"]
