"""Feature pyramids: their shapes, which layers are trained, and that pre-trained ones see what they were trained on."""

import keras
import numpy as np
import pytest

from keras_models import pretrained
from keras_models.layers.feature_pyramid import freeze, pyramid, set_pretrained
from keras_models.pretrained.efficientnet_lite0 import efficientnet_lite0, read_weights


def test_features_are_of_stride_four_and_proposals_of_eight():
    made = pyramid((32, 48, 3), "convolutions", (3, 4, 5, 6), 7)
    found = made(np.zeros((2, 32, 48, 3), np.float32))
    assert {name: tuple(one.shape) for name, one in found.items()} == {
        "features": (2, 8, 12, 7),
        "looked": (2, 4, 6, 7),
    }


@pytest.mark.parametrize(
    ("shape", "trunk", "filters", "words"),
    [
        ((32, 40, 3), "convolutions", (1, 1, 1, 1), "multiples of 16, received"),
        ((32, 32, 3), "convolutions", (1, 1), "filters of four convolutions, received"),
        ((32, 32, 3), "resnet", (), "one of lite0, convolutions, received 'resnet'"),
        ((16, 16, 3), "lite0", (), "sides from 32 to 224, received"),
    ],
)
def test_what_cannot_be_built_is_refused(shape, trunk, filters, words):
    with pytest.raises(ValueError, match=words):
        pyramid(shape, trunk, filters, 4)


def test_the_first_stages_can_be_frozen_and_set_free():
    made = pyramid((32, 32, 3), "lite0", (), 4)
    freeze(made, "block_2_end")
    trained = {weight.path.split("/")[0] for weight in made.trainable_weights}
    assert "block_3_expand" in trained and "lateral_4" in trained
    assert not any(name.startswith(("stem", "block_0", "block_1_", "block_2_")) for name in trained)
    freeze(made, "")
    assert "stem" in {weight.path.split("/")[0] for weight in made.trainable_weights}


def test_pretrained_layers_see_the_same_in_images_that_were_normalised_otherwise():
    try:
        weights = read_weights()
    except ValueError:
        pytest.skip("ImageNet's weights are not installed")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.float32)
    (scale, *_), (offset, *_) = pretrained.NORMALISATION[pretrained.LITE0]
    known = efficientnet_lite0((32, 32, 3), weights=weights)
    made, own = pyramid((32, 32, 3), "lite0", (), 4), (0.02, -1.9)
    set_pretrained(made, own)
    outputs = [
        np.asarray(keras.Model(model.inputs[0], model.get_layer("stem_norm").output)(pixels * gain + shift))
        for model, gain, shift in ((known, scale, offset), (made, *own))
    ]
    inner = np.s_[:, :-1, :-1]  # at the edge, which is padded with 0, grey is not the same
    np.testing.assert_allclose(outputs[0][inner], outputs[1][inner], atol=1e-3)
    assert np.abs(outputs[0]).max() > 1
