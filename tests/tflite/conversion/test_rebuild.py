"""Units as tf_keras graphs: what they compute, with and without unfolded normalisation, and weights written back."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.conversion import tiny
from tflite.conversion import layers, rebuild
from tflite.conversion.export import ConversionError, export_unit
from tflite.conversion.passes import straight_steps

STEPS, ANSWERS, SHAPE = straight_steps(tiny.program()), ["logits_1", "logits_2"], (12, 12, 1)


def run(units, images, steps=STEPS, answers=ANSWERS):
    return list(tiny.values(units, images, answers, steps).values())


def assert_same(answers, expected, **tolerance):
    for answer, other in zip(tf.nest.flatten(answers), expected, strict=True):
        np.testing.assert_allclose(answer, other, **({"rtol": 1e-4, "atol": 1e-5} | tolerance))


@pytest.fixture(params=["channels_last", "channels_first"])
def keras_json(request):
    """What the user's settings say of how images lie in memory; TFLite's have their channels last."""
    import tf_keras

    tf_keras.backend.set_image_data_format(request.param)
    yield
    tf_keras.backend.set_image_data_format("channels_last")


@pytest.mark.parametrize("unfold", [None, tiny.images(32, 5)])
def test_a_rebuilt_chain_computes_what_its_units_compute(keras_json, unfold):
    images = tiny.images(6, 3)
    rebuilt = rebuild.rebuild(tiny.floats(), STEPS, ANSWERS, SHAPE, unfold=unfold)
    assert_same(rebuilt.model(images), run(tiny.floats(), images))
    norms = [weights.norm for weights in rebuilt.weights.values() if weights.norm]
    # Two convolutions and a shortcut a block are unfolded; what answers stays as it is.
    assert len(rebuilt.weights) == 8 and len(norms) == (0 if unfold is None else 6)


def test_unfolded_statistics_are_those_of_the_images():
    """In training, on the very images, the normalisation is the identity that it is in inference."""
    images = tiny.images(32, 5)
    rebuilt = rebuild.rebuild(tiny.floats(), STEPS, ANSWERS, SHAPE, unfold=images)
    assert_same(rebuilt.model(images, training=True), run(tiny.floats(), images), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("unfold", [None, tiny.images(32, 5)])
def test_weights_are_written_back_with_their_normalisation(unfold):
    """Whatever the variables are after a training, the units compute what the model computes then."""
    images = tiny.images(6, 3)
    rebuilt = rebuild.rebuild(tiny.floats(), STEPS, ANSWERS, SHAPE, unfold=unfold)
    random = np.random.default_rng(0)
    for variable in rebuilt.model.variables:
        variable.assign(variable.numpy() * random.uniform(0.5, 1.5, variable.shape))
    before = run(tiny.floats(), images)
    units = rebuilt.write_back(tiny.floats())
    assert_same(rebuilt.model(images), run(units, images), rtol=1e-3, atol=1e-4)
    assert np.abs(run(units, images)[1] - before[1]).max() > 0.1


def test_folding_by_hand():
    """2 x + 3 behind it (y - 1) / 2 x 4 + 5, variance 4: 4 x + 9."""
    import tf_keras

    norm = tf_keras.layers.BatchNormalization(epsilon=0.0)
    norm.build((None, 1))
    norm.set_weights([np.array([4.0]), np.array([5.0]), np.array([1.0]), np.array([4.0])])
    kernel, bias = tf.Variable([[2.0]]), tf.Variable([3.0])
    assert [x.tolist() for x in rebuild.Weights([kernel, bias], norm).folded()] == [[[4.0]], [9.0]]
    assert [x.tolist() for x in rebuild.Weights([kernel, bias]).folded()] == [[[2.0]], [3.0]]


def unit_of(build, *shapes):
    """A one-unit chain from a Keras function of its inputs."""
    import keras

    inputs = {name: keras.Input(shape, name=name) for name, shape in zip("xz", shapes, strict=False)}
    unit = export_unit(keras.Model(inputs, {"y": build(*inputs.values())}), "unit")
    return {"unit": unit}, [{"op": "run", "part": "unit", "inputs": {"x": "image"}, "outputs": {"y": "answer"}}]


def operators():
    import keras
    from keras import layers as k

    def branches(x):
        y = k.Conv2D(3, 1)(x)
        return k.Concatenate()([k.Multiply()([y, keras.ops.sigmoid(y)]), k.MaxPooling2D(3, 1, "same")(y)])

    return {
        "depthwise": lambda x: k.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="relu6")(x),
        "dilated": lambda x: k.Conv2D(3, 3, dilation_rate=2, activation="relu")(x),
        "strided 1x1": lambda x: k.Conv2D(3, 1, 2, activation="relu")(x),
        "branches": branches,
        "flat": lambda x: keras.ops.tanh(k.Dense(4)(k.Flatten()(k.AveragePooling2D(2)(x)))),
        "padded": lambda x: k.Softmax()(k.Conv2D(3, 3, 2)(k.ZeroPadding2D(((1, 2), (0, 1)))(x))),
        "resized": lambda x: k.DepthwiseConv2D(1)(k.Resizing(5, 11)(x)),
        "mean": lambda x: k.GlobalAveragePooling2D(keepdims=True)(x),
    }


@pytest.mark.parametrize("name", operators())
def test_an_operator_is_rebuilt(keras_json, name):
    images = np.random.default_rng(1).normal(size=(3, 8, 8, 2)).astype("float32")
    units, steps = unit_of(operators()[name], (8, 8, 2))
    [expected] = run(units, images, steps, ["answer"])
    rebuilt = rebuild.rebuild(units, steps, ["answer"], (8, 8, 2))
    assert_same(rebuilt.model(images), [expected])
    assert np.ptp(expected) > 0.01
    assert_same(run(rebuilt.write_back(units), images, steps, ["answer"]), [expected])


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda x: tf.cumsum(x, 1), "operators among ADD, .* received CUMSUM"),
        (lambda x: x * np.full((1, 1, 1, 2), 0.3, "float32"), "a MUL of activations, received one with a constant"),
        (lambda x: tf.reduce_mean(x, 3), r"a MEAN over height and width, received one over the axes \[3\]"),
        (
            lambda x: tf.compat.v1.image.resize_bilinear(x, (4, 4), align_corners=True),
            "a RESIZE_BILINEAR of pixel centres, received one of corners",
        ),
        (lambda x: tf.pad(x, [[0, 0], [0, 0], [0, 0], [1, 1]]), "a PAD of height and width, received borders of"),
    ],
)
def test_another_operator_is_refused_in_one_sentence(build, said):
    import keras

    units, steps = unit_of(lambda x: keras.layers.Lambda(build, output_shape=(None,))(x), (8, 8, 2))
    with pytest.raises(ConversionError, match=f"part unit: fine-tuning expects {said}"):
        rebuild.rebuild(units, steps, ["answer"], (8, 8, 2))


def test_an_activation_without_a_layer_is_refused():
    options = schema.Conv2DOptionsT()
    options.fusedActivationFunction = schema.ActivationFunctionType.SIGN_BIT
    with pytest.raises(ValueError, match="relu, relu6, tanh or nothing after ADD, received number 5"):
        _ = layers.Operator("ADD", options, (), 2, "a").fused
