"""Grad-CAM: heat maps by hand, and which maps an exit reads in networks of several families."""

import keras
import numpy as np
import pytest

from keras_models import grad_cam, programs
from keras_models.base import Part
from keras_models.early_exit import EarlyExit
from keras_models.msdnet import MSDNet
from keras_models.resnet import ResNet
from tests.families.tiny import TINY

WEIGHTS = np.array([[1.0, -1.0], [0.0, 2.0]], "float32")  # of two channels, to two classes


class Doubled(EarlyExit):
    """Maps are the image and its negative, of 2 x 2 places; the answer is a Dense of their means."""

    def parts(self):
        image = keras.Input((2, 2, 1), name="image")
        maps = keras.layers.Concatenate()([image, keras.layers.Rescaling(-1.0)(image)])
        seen = keras.Input((2, 2, 2), name="x")
        head = keras.layers.Dense(2, use_bias=False)
        logits = head(keras.layers.GlobalAveragePooling2D()(seen))
        head.set_weights([WEIGHTS])
        return {
            "trunk": Part(keras.Model({"image": image}, {"y": maps})),
            "head": Part(keras.Model({"x": seen}, {"logits": logits})),
        }

    def program(self):
        return [
            programs.run("trunk", {"image": "image"}, {"y": "maps"}),
            programs.run("head", {"x": "maps"}, {"logits": "logits"}),
            programs.answer("answer", label="logits"),
        ]


def test_by_hand():
    """Means 2 and -2: logits (2, -6). The first class has gradients 1/4 and 0 everywhere: a quarter of the image."""
    image = np.array([[[[1], [2]], [[-3], [8]]]], "float32")
    found = grad_cam.looks(Doubled(), image)
    assert found.answers.tolist() == [[0]]
    assert found.confidence[0, 0] == pytest.approx(1 / (1 + np.exp(-8)), rel=1e-5)
    np.testing.assert_allclose(found.maps[0, 0], [[0.25, 0.5], [0, 2]], atol=1e-6)
    # Of the negative the second wins, (-2, 6): gradients -1/4 and 2/4; -x is counted -1/4, x 2/4, so 3/4 of x.
    found = grad_cam.looks(Doubled(), -image)
    assert found.answers.tolist() == [[1]]
    np.testing.assert_allclose(found.maps[0, 0], [[0.75, 1.5], [0, 6]], atol=1e-6)


def test_weights_are_mean_gradients():
    maps, gradients = np.ones((1, 2, 2, 2)), np.zeros((1, 2, 2, 2))
    gradients[0, 0, 0] = 4, -8
    np.testing.assert_allclose(grad_cam.heat(maps, gradients), np.zeros((1, 2, 2)))
    np.testing.assert_allclose(grad_cam.heat(maps, -gradients), np.full((1, 2, 2), 1.0))


def test_exits_of_an_msdnet_read_its_coarsest_maps():
    network = MSDNet((12, 12, 1), 3, links="dense", **TINY["msdnet"].arguments)
    parts, program = network.parts(), network.program()
    for i, name in enumerate(network.exit_names, 1):
        steps = programs.cut_short(program, name)
        assert grad_cam.seen_maps(steps, parts) == f"block_{i}_scale_2"
    images = np.random.default_rng(0).normal(size=(3, 12, 12, 1)).astype("float32")
    found = grad_cam.looks(network, images)
    assert found.maps.shape == (3, 3, 12, 12) and (found.maps >= 0).all()
    np.testing.assert_array_equal(found.answers, np.array(network(images)).argmax(-1))


def test_an_exit_that_reads_the_image_itself_has_none():
    network = ResNet((12, 12, 1), 3, (1,), (4,))
    with pytest.raises(ValueError, match="expected an exit that reads maps of features, received answer, which reads"):
        grad_cam.looks(network, np.zeros((1, 12, 12, 1), "float32"))
