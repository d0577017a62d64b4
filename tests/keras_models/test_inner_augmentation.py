"""Layers that augment inside of a network of one's own: at work in training, and gone in what is converted."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_models import seeding
from keras_models.with_exits import with_exits
from tflite.conversion.export import export_unit

SHAPE = (8, 8, 3)
IMAGES = np.random.default_rng(0).uniform(0, 255, (6, *SHAPE)).astype("float32")
AUGMENTING = (
    lambda: layers.RandomFlip("horizontal", seed=1),
    lambda: layers.RandomRotation(0.2, seed=1),
    lambda: layers.RandomBrightness(0.5, seed=1),
    lambda: keras.Sequential([layers.RandomTranslation(0.3, 0.3, seed=1), layers.RandomContrast(0.5, seed=1)]),
)


def made(augment, **arguments):
    """A classifier that augments in front, with an exit."""
    seeding.set_random_seed(1)
    image = keras.Input(SHAPE)
    x = layers.Rescaling(1 / 255)(augment(image))
    x = layers.Conv2D(4, 3, activation="relu", name="first")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu")(x))
    return with_exits(keras.Model(image, layers.Dense(2)(x)), at=["first"], **arguments)


@pytest.mark.parametrize("number", range(len(AUGMENTING)))
def test_in_training_pictures_differ_and_in_inference_they_do_not(number):
    network = made(AUGMENTING[number]())
    in_training = {np.asarray(network(IMAGES, training=True)).tobytes() for _ in range(3)}
    assert len(in_training) > 1
    plain = made(layers.Identity())  # with the averages that training has moved
    plain.set_weights([weight for weight in network.get_weights() if weight.dtype == np.float32])
    np.testing.assert_allclose(network(IMAGES, training=False), plain(IMAGES), atol=1e-5)
    np.testing.assert_array_equal(network(IMAGES), network(IMAGES))


def test_fit_trains_on_changed_pictures():
    """Of pictures that are all the same, mirrored ones have another gradient: the losses of equal weights differ."""

    def losses(augment):
        network = made(augment)
        network.compile(keras.optimizers.SGD(0.0))
        labels = np.arange(6) % 2
        return network.fit(IMAGES, labels, batch_size=6, epochs=6, shuffle=False, verbose=0).history["loss"]

    assert len(set(losses(layers.RandomFlip("horizontal", seed=1)))) > 1
    assert len(set(losses(layers.Identity()))) == 1


def test_a_frozen_network_runs_as_in_inference():
    network = made(layers.RandomFlip("horizontal", seed=1), freeze=True)
    np.testing.assert_array_equal(network(IMAGES, training=True)[:, -1], network(IMAGES)[:, -1])


@pytest.mark.parametrize("number", range(len(AUGMENTING)))
def test_what_is_converted_has_nothing_of_it(number):
    from ai_edge_litert.interpreter import Interpreter

    part = made(AUGMENTING[number]()).parts()["trunk_1"].model
    interpreter = Interpreter(model_content=export_unit(part, "trunk_1"))
    interpreter.allocate_tensors()
    names = {detail["op_name"] for detail in interpreter._get_ops_details()} - {"DELEGATE"}
    assert names <= {"CONV_2D", "MUL", "ADD"}
    (taken,) = interpreter.get_input_details()
    for image in IMAGES:
        interpreter.set_tensor(taken["index"], image[None])
        interpreter.invoke()
        (given,) = interpreter.get_output_details()
        expected = np.asarray(part({next(iter(part.input)): image[None]})["y"])
        np.testing.assert_allclose(interpreter.get_tensor(given["index"]), expected, atol=1e-5)
