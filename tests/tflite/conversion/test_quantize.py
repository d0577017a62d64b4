"""Export, calibration, bias correction and the choice between calibrations, on a tiny residual network."""

import numpy as np
import pytest

from tests.tflite.conversion import tiny
from tests.tflite.handmade import dense, dense_int8
from tflite.conversion import calibrate, quantize
from tflite.conversion.calibrate import Candidate, Observations
from tflite.conversion.correct import correct_chain, correct_leaving, correct_unit
from tflite.conversion.execute import Batch, UnitRunner, dequantize, run_units, start_batch, straight_steps
from tflite.conversion.export import ConversionError, export_unit
from tflite.graph import flatbuffer
from tflite.graph.weights import weighted_operators

STEPS = straight_steps(tiny.program())
CHAIN = [step for step in STEPS if step["part"] not in tiny.DECIDING]
TRUNK = {step["part"] for step in CHAIN}


def values(units, images):
    return run_units(units, STEPS, start_batch(tiny.program(), images, {}))


@pytest.fixture(scope="module")
def reference():
    return values(tiny.floats(), tiny.images(24, 1))


def test_an_exported_unit_computes_what_keras_computes():
    images = tiny.images(3, 5)
    expected = np.asarray(tiny.keras_parts()["first_1"]({"x": images})["y"])
    got = run_units({"first_1": tiny.floats()["first_1"]}, CHAIN[:1], start_batch([], images, {})).real("middle_1")
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_an_exported_unit_keeps_the_names_of_its_ports():
    ports = flatbuffer.ports(flatbuffer.load(tiny.floats()["second_1"]))
    assert (set(ports.inputs), set(ports.outputs)) == ({"x", "block_input"}, {"y"})


@pytest.mark.parametrize(("mode", "most"), [("float16", 0.005), ("dynamic", 0.05)])
def test_smaller_weights_change_little(mode, most):
    name, x = "head_1", np.random.default_rng(0).random((4, 6, 6, 4), "float32")
    outputs = []
    for content in (tiny.floats()[name], export_unit(tiny.keras_parts()[name], name, mode)):
        outputs.append(run_units({name: content}, [STEPS[2]], Batch({"block_1": x})).real("logits_1"))
    assert np.abs(outputs[0] - outputs[1]).max() < most * np.ptp(outputs[0])


def test_an_operator_that_is_not_built_in_is_refused_in_one_sentence():
    import keras
    import tensorflow as tf

    x = keras.Input((2, 2), name="x")
    y = keras.layers.Lambda(lambda t: tf.linalg.det(t), output_shape=())(x)
    with pytest.raises(ConversionError, match="part odd: expected a model of TFLite's built-in operators") as caught:
        export_unit(keras.Model({"x": x}, {"y": y}), "odd")
    assert "\n" not in str(caught.value)


def test_a_range_by_hand():
    """Lowest -4, -2, -1, 0 and highest 1, 2, 3, 10: all of them, their medians, the first two images only."""
    seen = Observations({("u", 0): np.array([[-4.0, 1.0], [-2.0, 2.0], [-1.0, 3.0], [0.0, 10.0]])})
    assert seen.range(("u", 0), Candidate(4, 1.0)) == (-4.0, 10.0)
    assert seen.range(("u", 0), Candidate(4, 0.5)) == (-1.5, 2.5)
    assert seen.range(("u", 0), Candidate(2, 1.0)) == (-4.0, 2.0)


def test_a_range_holds_zero_and_is_never_empty():
    seen = Observations({("u", 0): np.array([[3.0, 5.0], [4.0, 6.0]]), ("u", 1): np.zeros((2, 2))})
    assert seen.range(("u", 0), Candidate(2, 1.0)) == (0.0, 6.0)
    low, high = seen.range(("u", 1), Candidate(2, 1.0))
    assert low == 0.0 < high


def test_observed_extremes_are_those_of_the_values(reference):
    trunk = {name: tiny.floats()[name] for name in TRUNK}
    seen = calibrate.observe(trunk, CHAIN, reference)
    output = flatbuffer.ports(flatbuffer.load(trunk["second_1"])).outputs["y"]
    block = reference.real("block_1").reshape(24, -1)
    np.testing.assert_allclose(seen.extremes["second_1", output], np.stack([block.min(1), block.max(1)], 1), atol=1e-5)
    assert {name for name, _ in seen.extremes} == TRUNK


def test_constants_are_no_activations():
    content = tiny.floats()["head_1"]
    model = flatbuffer.load(content)
    constants = [i for i, t in enumerate(model.subgraphs[0].tensors) if flatbuffer.constant(model, t) is not None]
    assert constants and not set(constants) & set(calibrate.activations(content))


def test_the_divergence_of_known_answers():
    """KL of (1/2, 1/2) from itself is 0, and against (1/4, 3/4) it is ln 2 - ln(3) / 2 = 0.1438."""
    fair, bent = np.zeros((2, 2)), np.tile(np.log([0.25, 0.75]), (2, 1)).astype("float32")
    one, other = Batch({"a": fair.astype("float32")}), Batch({"a": bent})
    assert calibrate.divergence(one, one, ["a"]) == pytest.approx(0.0, abs=1e-9)
    assert calibrate.divergence(one, other, ["a"]) == pytest.approx(0.14384, abs=1e-5)


def test_a_unit_reads_a_value_exactly_as_its_writer_wrote_it():
    units = tiny.quantized()[0].units
    assert set(units) == TRUNK
    forms = {}
    for step in CHAIN:
        runner = UnitRunner(units[step["part"]])
        for port, value in step["inputs"].items():
            form = runner.form(runner.ports.inputs[port])
            assert form == forms.setdefault(value, form), f"{step['part']} reads {value} in another form"
            assert form[0] is np.int8
        forms |= {value: runner.form(runner.ports.outputs[port]) for port, value in step["outputs"].items()}
    assert forms["image"][1] == (pytest.approx(1 / 255), -128)


def test_the_int8_chain_is_close_to_the_float_one():
    held_out = tiny.images(40, 3)
    floats, ints = values(tiny.floats(), held_out), values(tiny.floats() | tiny.quantized()[0].units, held_out)
    for name in ("logits_1", "logits_2"):
        spread = floats.real(name).std()
        assert np.abs(floats.real(name) - ints.real(name)).mean() < 0.1 * spread
        agree = floats.real(name).argmax(1) == ints.real(name).argmax(1)
        assert agree.mean() >= 0.9


def test_the_chosen_chain_has_the_least_divergence():
    chosen, told = tiny.quantized()
    scores = {(r["samples"], r["quantile"], r["corrected"]): r["divergence"] for r in chosen.scores}
    held_out = tiny.images(16, 2)
    floats, ints = values(tiny.floats(), held_out), values(tiny.floats() | chosen.units, held_out)
    reached = calibrate.divergence(floats, ints, ["logits_1", "logits_2"])
    assert reached == pytest.approx(min(scores.values()), rel=1e-6)
    best = min(scores, key=scores.get)
    assert str(Candidate(*best[:2])) in chosen.chosen
    assert ("corrected" in chosen.chosen) == best[2]
    assert len(scores) == len(calibrate.CANDIDATES) + quantize.CORRECTED and told


def spoiled(content, steps):
    """The unit with the biases of its convolutions shifted by that many of their steps."""
    model = flatbuffer.load(content)
    for operator in weighted_operators(model):
        if operator.bias is not None:
            operator.bias = (operator.bias + steps).astype(np.int32)
    return flatbuffer.dump(model)


def channel_means(content, batch, inputs):
    """Means of the channels that each convolution of a unit writes, in real numbers, and one step of its output."""
    runner = UnitRunner(content, inspect=True)
    for operator in weighted_operators(flatbuffer.load(content)):
        [tensors] = runner.reduce(runner.feeds(batch, inputs), [operator.output], lambda t: t[0].copy())
        form = runner.form(operator.output)[1]
        yield (tensors if form is None else dequantize(tensors, form)).mean((0, 1, 2)), form and form[0]


def test_correction_brings_the_mean_of_every_channel_back(reference):
    """No channel of a linear convolution is off by half a step of its output afterwards."""
    name, images = "second_1", tiny.images(24, 1)
    trunk = {unit: tiny.floats()[unit] for unit in TRUNK}
    seen = calibrate.observe(trunk, CHAIN, reference)
    units = calibrate.quantize_units(trunk, calibrate.unit_ranges(trunk, CHAIN, seen, Candidate(24, 1.0), (0.0, 1.0)))
    batch = calibrate.run_mixed(units, tiny.floats(), CHAIN[:1], start_batch([], images, {}))
    inputs = CHAIN[1]["inputs"]
    wanted = [mean for mean, _ in channel_means(trunk[name], reference, inputs)]

    def drifts(content):
        """Largest error of a mean in each convolution, in steps of its output."""
        found = channel_means(content, batch, inputs)
        return [np.abs(mean - target).max() / step for (mean, step), target in zip(found, wanted, strict=True)]

    bad = spoiled(units[name], 3000)
    assert max(drifts(bad)) > 2.0
    assert max(drifts(correct_unit(bad, trunk[name], inputs, reference, batch))) < 0.5


@pytest.mark.parametrize(("bias", "corrected"), [(26, 26), (66, 66 - 38), (-40, -40 + 90)])
def test_a_mean_between_two_steps_is_left_where_it_is_nearer(bias, corrected):
    """Every sample is 10.4 steps: 10 is nearest. 64 steps of the bias are one of the output.

    With a bias of 26 it writes 10, and with the 0.4 steps more that are missing 11, which is farther. With 66 it writes
    11, and 10 with 0.6 steps less; with -40 it writes 9, and 11 with the 1.4 steps that are missing.
    """
    one, inputs = Batch({"v": np.full((3, 1), 1.25, "float32")}), {"x": "v"}
    unit = dense_int8([[64]], [bias], (1 / 8, 1 / 8))
    found = correct_unit(unit, dense([[1]], [0.05]), inputs, one, one)
    [operator] = weighted_operators(flatbuffer.load(found))
    assert operator.bias.tolist() == [corrected]


def test_what_leaves_the_chain_has_the_means_of_the_float_chain(reference):
    """The second block is read by a float unit alone; the first one by the int8 chain as well, and stays."""
    images, trunk = tiny.images(24, 1), {unit: tiny.floats()[unit] for unit in TRUNK}
    seen = calibrate.observe(trunk, CHAIN, reference)
    units = calibrate.quantize_units(trunk, calibrate.unit_ranges(trunk, CHAIN, seen, Candidate(24, 1.0), (0.0, 1.0)))
    batch = run_units(units, CHAIN, start_batch([], images, {}))
    corrected = correct_leaving(units, CHAIN, reference, batch)
    assert [name for name in units if corrected[name] != units[name]] == ["second_2"]
    after = run_units(corrected, CHAIN, start_batch([], images, {}))
    assert (after.arrays["block_1"].dtype, after.arrays["block_2"].dtype) == (np.int8, np.float32)

    def off(values):
        return np.abs((values.real("block_2") - reference.real("block_2")).mean((0, 1, 2)))

    np.testing.assert_allclose(off(after), 0, atol=1e-5)
    assert off(batch).max() > 1e-3


def test_correction_follows_the_chain(reference):
    """The first unit is wrong; all values are closer to float afterwards."""
    images, trunk = tiny.images(24, 1), {unit: tiny.floats()[unit] for unit in TRUNK}
    seen = calibrate.observe(trunk, CHAIN, reference)
    units = calibrate.quantize_units(trunk, calibrate.unit_ranges(trunk, CHAIN, seen, Candidate(24, 1.0), (0.0, 1.0)))
    units["first_1"] = spoiled(units["first_1"], 8000)
    corrected = correct_chain(units, trunk, CHAIN, reference, start_batch([], images, {}))
    assert set(corrected) == TRUNK

    def error(some, value):
        batch = calibrate.run_mixed(some, tiny.floats(), CHAIN, start_batch([], images, {}))
        return np.abs(batch.real(value) - reference.real(value)).mean()

    for value in ("middle_1", "block_1", "block_2"):
        assert error(corrected, value) < 0.5 * error(units, value)


def test_too_few_images_are_refused():
    with pytest.raises(ConversionError, match="expected images to calibrate and to choose on, received 1 and 3"):
        quantize.quantize_chain({}, set(), [], {}, tiny.images(1, 0), tiny.images(3, 0), (0.0, 1.0))


def test_a_program_that_depends_on_its_input_is_refused():
    with pytest.raises(ConversionError, match="received 'repeat': use float32 or dynamic"):
        straight_steps([{"op": "repeat", "times": 2, "steps": []}])
