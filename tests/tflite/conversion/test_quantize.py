"""Export, calibration, bias correction and the choice between calibrations, on a tiny residual network."""

import numpy as np
import pytest

from tests.tflite.conversion import tiny
from tests.tflite.handmade import dense, dense_int8
from tflite.batched.outcomes import Outcomes, Stop
from tflite.batched.units import UnitRunner
from tflite.batched.values import Value, dequantize
from tflite.conversion import calibrate, quantize
from tflite.conversion.calibrate import Candidate, Observations
from tflite.conversion.correct import correct_chain, correct_leaving, correct_unit
from tflite.conversion.export import ConversionError, export_unit
from tflite.conversion.passes import run_steps, without_exit_rules
from tflite.conversion.ranges import quantize_units, unit_ranges
from tflite.conversion.unit_chain import UnitChain, record
from tflite.graph import flatbuffer
from tflite.graph.weights import weighted_operators

PROGRAM = without_exit_rules(tiny.program())
CHAIN = [step for step in run_steps(PROGRAM) if step["part"] not in tiny.DECIDING]
TRUNK = {step["part"]: tiny.floats()[step["part"]] for step in CHAIN}
IMAGES = tiny.images(24, 1)
BLOCKS = ("middle_1", "block_1", "middle_2", "block_2")


@pytest.fixture(scope="module")
def chain():
    return UnitChain(PROGRAM, tiny.floats(), {})


@pytest.fixture(scope="module")
def reference(chain):
    return record(chain.session(IMAGES))


@pytest.fixture(scope="module")
def seen(chain):
    return calibrate.observe(chain.session(IMAGES), TRUNK)


@pytest.fixture(scope="module")
def widest(seen):
    """The trunk as int8, in the widest ranges."""
    return quantize_units(TRUNK, unit_ranges(TRUNK, PROGRAM, seen, Candidate(24, 1.0), (0.0, 1.0)))


def test_an_exported_unit_computes_what_keras_computes():
    images = tiny.images(3, 5)
    expected = np.asarray(tiny.keras_parts()["first_1"]({"x": images})["y"])
    got = UnitRunner(tiny.floats()["first_1"])({"x": Value(images)})["y"]
    np.testing.assert_allclose(got.real(), expected, atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_an_exported_unit_keeps_the_names_of_its_ports():
    ports = flatbuffer.ports(flatbuffer.load(tiny.floats()["second_1"]))
    assert (set(ports.inputs), set(ports.outputs)) == ({"x", "block_input"}, {"y"})


@pytest.mark.parametrize(("mode", "most"), [("float16", 0.005), ("dynamic", 0.05)])
def test_smaller_weights_change_little(mode, most):
    name, x = "head_1", np.random.default_rng(0).random((4, 6, 6, 4), "float32")
    outputs = []
    for content in (tiny.floats()[name], export_unit(tiny.keras_parts()[name], name, mode)):
        outputs.append(UnitRunner(content)({"x": Value(x)})["logits"].real())
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


def test_observed_extremes_are_those_of_the_values(seen):
    output = flatbuffer.ports(flatbuffer.load(TRUNK["second_1"])).outputs["y"]
    block = tiny.values(tiny.floats(), IMAGES, ["block_1"])["block_1"].reshape(24, -1)
    np.testing.assert_allclose(seen.extremes["second_1", output], np.stack([block.min(1), block.max(1)], 1), atol=1e-5)
    assert {name for name, _ in seen.extremes} == set(TRUNK) and seen.notes == ()


def test_constants_are_no_activations():
    content = tiny.floats()["head_1"]
    model = flatbuffer.load(content)
    constants = [i for i, t in enumerate(model.subgraphs[0].tensors) if flatbuffer.constant(model, t) is not None]
    assert constants and not set(constants) & set(calibrate.activations(content))


def test_the_divergence_of_known_answers():
    """KL of (1/2, 1/2) from itself is 0, and against (1/4, 3/4) it is ln 2 - ln(3) / 2 = 0.1438."""
    fair, bent = np.zeros((2, 2), "float32"), np.tile(np.log([0.25, 0.75]), (2, 1)).astype("float32")
    one, other = (trace_of(fair), trace_of(bent))
    assert calibrate.divergence(one, one) == pytest.approx(0.0, abs=1e-9)
    assert calibrate.divergence(one, other) == pytest.approx(0.14384, abs=1e-5)


def test_the_divergence_is_the_mean_over_answers_whoever_reaches_them():
    """Two samples pass the exit, .1438 off, and one of them the answer, which is right: .0719."""
    fair, bent = np.zeros((2, 2), "float32"), np.tile(np.log([0.25, 0.75]), (2, 1)).astype("float32")
    one, other = (trace_of(fair, fair[:1]), trace_of(bent, fair[:1]))
    assert calibrate.divergence(one, other) == pytest.approx(0.14384 / 2, abs=1e-5)


def trace_of(*outputs):
    """A trace with these outputs at exit after exit."""
    program = [{"op": "exit", "name": str(i), "gives": {"label": "a"}} for i in range(len(outputs))]
    stops = [Stop(str(i), np.arange(len(logits)), {"label": logits}, None, 0) for i, logits in enumerate(outputs)]
    return Outcomes(program, len(outputs[0]), np.zeros(2, int), {}, (), {}, tuple(stops))


def test_a_unit_reads_a_value_exactly_as_its_writer_wrote_it():
    units = tiny.quantized()[0].units
    assert set(units) == set(TRUNK)
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
    floats = tiny.values(tiny.floats(), held_out)
    ints = tiny.values(tiny.floats() | tiny.quantized()[0].units, held_out)
    for name, logits in floats.items():
        assert np.abs(logits - ints[name]).mean() < 0.1 * logits.std()
        assert (logits.argmax(1) == ints[name].argmax(1)).mean() >= 0.9


def test_the_chosen_chain_has_the_least_divergence(chain):
    chosen, told = tiny.quantized()
    scores = {(r["samples"], r["quantile"], r["correction"]): r["divergence"] for r in chosen.scores}
    floats, ints = (chain.session(tiny.images(16, 2), units).run(trace=True) for units in ({}, chosen.units))
    reached = calibrate.divergence(floats, ints)
    assert reached == pytest.approx(min(scores.values()), rel=1e-6)
    best = min(scores, key=scores.get)
    assert str(Candidate(*best[:2])) in chosen.chosen
    assert chosen.chosen.endswith(quantize.CORRECTIONS[best[2]])
    assert len(scores) == 2 * len(calibrate.CANDIDATES) + quantize.CORRECTED and told


@pytest.mark.parametrize(("steps", "better"), [(0, {"none", "leaving", "biases"}), (400, {"biases"})])
def test_units_that_were_trained_are_corrected_where_that_helps(chain, widest, steps, better):
    """Spoiled biases are brought back; the chain that is taken diverges least of all that are tried."""
    quantized = {name: spoiled(unit, steps) if name == "second_1" else unit for name, unit in widest.items()}
    told, held_out = [], tiny.images(16, 2)
    units = quantize.correct_trained(quantized, tiny.floats(), PROGRAM, {}, IMAGES, held_out, told.append)
    truth, ints = (chain.session(held_out, found).run(trace=True) for found in ({}, units))
    numbers = [float(word) for line in told for word in line.replace(",", "").split() if word.startswith("0.")]
    assert len(numbers) == 3 and calibrate.divergence(truth, ints) == pytest.approx(min(numbers), abs=6e-5)
    assert {("none", "leaving", "biases")[int(np.argmin(numbers))]} <= better


def test_without_means_what_leaves_is_only_made_float(chain, reference, widest):
    recording = record(chain.session(IMAGES, widest), reference.outcomes)
    units = correct_leaving(widest, PROGRAM, reference, recording, means=False)
    for name, unit in units.items():
        plain, opened = UnitRunner(widest[name]), UnitRunner(unit)
        for port, tensor in opened.ports.outputs.items():
            if opened.form(tensor) != plain.form(plain.ports.outputs[port]):
                where = next(w for w, (visit, _) in recording.visits.items() if visit.step["part"] == name)
                inputs = recording.visits[where][0].inputs
                before, after = (runner(inputs)[port].real() for runner in (plain, opened))
                np.testing.assert_allclose(before, after, atol=1e-6)
    assert units != widest


def spoiled(content, steps):
    """The unit with the biases of its convolutions shifted by that many of their steps."""
    model = flatbuffer.load(content)
    for operator in weighted_operators(model):
        if operator.bias is not None:
            operator.bias = (operator.bias + steps).astype(np.int32)
    return flatbuffer.dump(model)


def channel_means(content, inputs):
    """Means of the channels that each convolution of a unit writes, in real numbers, and one step of its output."""
    runner = UnitRunner(content, inspect=True)
    for operator in weighted_operators(flatbuffer.load(content)):
        [tensors] = runner.reduce(runner.feeds(inputs), [operator.output], lambda t: t[0].copy())
        form = runner.form(operator.output)[1]
        yield (tensors if form is None else dequantize(tensors, form)).mean((0, 1, 2)), form and form[0]


def test_correction_brings_the_mean_of_every_channel_back(chain, reference, widest):
    """No channel of a linear convolution is off by half a step of its output afterwards."""
    name, where = "second_1", ("main[1]", ())
    given = reference.visits[where][0].inputs
    read = record(chain.session(IMAGES, {"first_1": widest["first_1"]})).visits[where][0].inputs
    wanted = [mean for mean, _ in channel_means(TRUNK[name], given)]

    def drifts(content):
        """Largest error of a mean in each convolution, in steps of its output."""
        found = channel_means(content, read)
        return [np.abs(mean - target).max() / step for (mean, step), target in zip(found, wanted, strict=True)]

    bad = spoiled(widest[name], 3000)
    assert max(drifts(bad)) > 2.0
    assert max(drifts(correct_unit(bad, TRUNK[name], given, read))) < 0.5


@pytest.mark.parametrize(("bias", "corrected"), [(26, 26), (66, 66 - 38), (-40, -40 + 90)])
def test_a_mean_between_two_steps_is_left_where_it_is_nearer(bias, corrected):
    """Every sample is 10.4 steps: 10 is nearest. 64 steps of the bias are one of the output.

    With a bias of 26 it writes 10, and with the 0.4 steps more that are missing 11, which is farther. With 66 it writes
    11, and 10 with 0.6 steps less; with -40 it writes 9, and 11 with the 1.4 steps that are missing.
    """
    one = {"x": Value(np.full((3, 1), 1.25, "float32"))}
    unit = dense_int8([[64]], [bias], (1 / 8, 1 / 8))
    found = correct_unit(unit, dense([[1]], [0.05]), one, one)
    [operator] = weighted_operators(flatbuffer.load(found))
    assert operator.bias.tolist() == [corrected]


def test_what_leaves_the_chain_has_the_means_of_the_float_chain(chain, reference, widest):
    """The second block is read by a float unit alone; the first one by the int8 chain as well, and stays."""
    recording = record(chain.session(IMAGES, widest))
    corrected = correct_leaving(widest, PROGRAM, reference, recording)
    assert [name for name in widest if corrected[name] != widest[name]] == ["second_2"]
    after = record(chain.session(IMAGES, corrected))

    def block(recording, number):
        [outputs] = [out for visit, out in recording.visits.values() if visit.step["part"] == f"second_{number}"]
        return outputs["y"]

    assert (block(after, 1).array.dtype, block(after, 2).array.dtype) == (np.int8, np.float32)

    def off(recording):
        return np.abs((block(recording, 2).real() - block(reference, 2).real()).mean((0, 1, 2)))

    np.testing.assert_allclose(off(after), 0, atol=1e-5)
    assert off(recording).max() > 1e-3


def test_correction_follows_the_chain(chain, reference, widest):
    """The first unit is wrong; all values are closer to float afterwards."""
    units = widest | {"first_1": spoiled(widest["first_1"], 8000)}
    found = correct_chain(chain, units, reference, IMAGES)
    assert set(found.units) == set(TRUNK) and found.skipped == ()
    floats = tiny.values(tiny.floats(), IMAGES, BLOCKS)

    def error(some, value):
        return np.abs(tiny.values(tiny.floats() | some, IMAGES, BLOCKS)[value] - floats[value]).mean()

    for value in ("middle_1", "block_1", "block_2"):
        assert error(found.units, value) < 0.5 * error(units, value)
    last = found.recording.visits["main[5]", ()][1]["y"]
    np.testing.assert_array_equal(last.real(), tiny.values(tiny.floats() | found.units, IMAGES, BLOCKS)["block_2"])


def test_units_that_few_samples_reach_are_not_corrected(chain, widest):
    """Of seven images none can tell a mean: biases stay, and what leaves is float32 all the same."""
    few = IMAGES[:7]
    near = record(chain.session(few))
    found = correct_chain(chain, widest, near, few)
    assert found.units == widest and set(found.skipped) == set(TRUNK)
    leaving = correct_leaving(widest, PROGRAM, near, found.recording)
    before, after = (UnitRunner(units["second_2"]) for units in (widest, leaving))
    inputs = found.recording.visits["main[5]", ()][0].inputs
    np.testing.assert_array_equal(before(inputs)["y"].real(), after(inputs)["y"].real())
    assert after(inputs)["y"].array.dtype == np.float32


def test_too_few_images_are_refused():
    with pytest.raises(ConversionError, match="expected images to calibrate and to choose on, received 1 and 3"):
        quantize.quantize_chain({}, set(), [], {}, tiny.images(1, 0), tiny.images(3, 0), (0.0, 1.0))
