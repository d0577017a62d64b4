"""Multiply-adds and parameters of small layers, counted by hand."""

import keras
import pytest
from keras import layers

from keras_models import costs
from keras_models.costs import Cost


def counted(layer, *shapes):
    inputs = {f"x{i}": keras.Input(shape, name=f"x{i}") for i, shape in enumerate(shapes)}
    seen = list(inputs.values())
    return costs.count(keras.Model(inputs, {"y": layer(*seen)}))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        # 7x7 places, 5 filters of 3x3x4; weights 3*3*4*5 and 5 biases.
        (layers.Conv2D(5, 3, padding="same"), (7, 7, 4), Cost(8820, 8820, 185)),
        # Halved and rounded up: 4x4 places.
        (layers.Conv2D(5, 3, 2, padding="same", use_bias=False), (7, 7, 4), Cost(2880, 2880, 185)),
        # Without padding: 5x5 places.
        (layers.Conv2D(5, 3), (7, 7, 4), Cost(4500, 4500, 185)),
        # Each of 4 channels by its own 3x3: 7x7x4x9; weights 36 and 4 biases.
        (layers.DepthwiseConv2D(3, padding="same"), (7, 7, 4), Cost(1764, 1764, 40)),
        (layers.Dense(10), (32,), Cost(320, 0, 330)),
        (layers.Dense(10, use_bias=False), (32,), Cost(320, 0, 330)),
        (layers.GlobalAveragePooling2D(), (7, 7, 4), Cost(0, 0, 0)),
        (layers.BatchNormalization(), (7, 7, 4), Cost(0, 0, 0)),
        (layers.ReLU(), (7, 7, 4), Cost(0, 0, 0)),
    ],
)
def test_layers_by_hand(layer, shape, expected):
    assert counted(layer, shape) == expected


def test_a_network_is_the_sum_of_its_layers():
    layer = keras.Sequential([layers.Conv2D(2, 3, padding="same"), layers.GlobalAveragePooling2D(), layers.Dense(3)])
    # 4*4*2*9 = 288 and 2*3 = 6; 18 + 2 weights and biases, 6 + 3.
    assert counted(layer, (4, 4, 1)) == Cost(288, 0, 20) + Cost(6, 288, 9) == Cost(294, 288, 29)


def test_a_part_with_two_inputs():
    assert counted(lambda a, b: layers.Dense(3)(layers.Concatenate()([a, b])), (4,), (6,)) == Cost(30, 0, 33)


def test_steps_of_one_computation_are_counted_apart():
    first, second = layers.Dense(5), layers.Conv2D(2, 1)

    def steps(inputs):
        x = inputs["x"]
        yield (x := first(x))
        yield (x := x + 1)
        yield second(x)

    # 3 * 3 places: 2 * 5 numbers in each, then 5 * 2.
    found = costs.count_steps(steps, {"x": ((None, 3, 3, 2), "float32")})
    assert found == [Cost(90, 0, 15), Cost(0, 0, 0), Cost(90, 90, 12)]


def test_another_backend_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="^expected Keras with its backend tensorflow to count .*; received 'jax'$"):
        costs.count_steps(iter, {})


def test_a_layer_may_have_a_name_that_tensorflow_refuses_outermost():
    """As layers of converters have."""
    dense = layers.Dense(5, name="_features_0")
    assert costs.count_steps(lambda inputs: iter([dense(inputs["x"])]), {"x": ((None, 2), "float32")})[0].macs == 10
