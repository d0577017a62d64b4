"""Members of cascades: steps with names of their own, classifiers taken apart, images brought to another form."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_models import programs
from keras_models.cascade_members import (
    Member,
    _renamed,
    image_adapter,
    member_layer,
    reference_network,
    split_classifier,
)
from keras_models.resnet import ResNet

SHAPE, CLASSES = (2, 2, 1), 3
GIVEN = ((0.5,), (0.0,))


def classifier(*behind, size=SHAPE, **dense):
    """A functional classifier of flattened pixels; `behind` are layers behind its Dense."""
    image = keras.Input(size)
    x = layers.Dense(CLASSES, **dense)(layers.Flatten()(image))
    for layer in behind:
        x = layer(x)
    return keras.Model(image, x)


NAMES = {"image": "m1_image", "logits": "logits_1"}


def test_steps_of_a_member_have_values_and_parts_of_their_own():
    step = programs.run("trunk", {"x": "image", "s": "state"}, {"y": "logits", "z": "state"})
    assert _renamed(step, "m1_", NAMES, {}) == programs.run(
        "m1_trunk", {"x": "m1_image", "s": "m1_state"}, {"y": "logits_1", "z": "m1_state"}
    )
    assert step["part"] == "trunk", "the member's own program stays"


@pytest.mark.parametrize(
    ("content", "filled"), [(0.5, 0.5), ([1.0, 2.0], [1.0, 2.0]), (programs.parameter("kappa"), 0.25)]
)
def test_parameters_of_a_member_become_numbers(content, filled):
    step = {"op": "fill", "output": "price", "shape": [1], "content": content}
    assert _renamed(step, "m1_", NAMES, {"kappa": 0.25}) == step | {"output": "m1_price", "content": filled}


@pytest.mark.parametrize("op", ["branch", "select", "repeat", "crop", "exit"])
def test_a_member_that_decides_is_refused(op):
    with pytest.raises(ValueError) as caught:
        _renamed({"op": op}, "m1_", {}, {})
    assert str(caught.value) == f"expected a member whose reference program is run and fill steps, received {op!r}"


@pytest.mark.parametrize(
    ("network", "softmaxes"),
    [
        (lambda: classifier(), 0),
        (lambda: classifier(activation="softmax"), 1),
        (lambda: classifier(layers.Softmax()), 1),
        (lambda: classifier(layers.Activation("softmax"), layers.Activation("softmax")), 2),
        (lambda: classifier(use_bias=False), 0),
        (lambda: keras.Sequential([keras.Input(SHAPE), classifier(activation="softmax")]), 1),
        (lambda: keras.Sequential([keras.Input(SHAPE), keras.Sequential([classifier()]), layers.Softmax()]), 1),
    ],
)
def test_body_and_head_are_the_logits(network, softmaxes):
    keras.utils.set_random_seed(5)
    made, images = network(), np.random.default_rng(0).normal(size=(4, *SHAPE)).astype("float32")
    body, head = split_classifier(made)
    answers = head(body(images, training=False))
    for _ in range(softmaxes):
        answers = keras.ops.softmax(answers)
    np.testing.assert_allclose(answers, made(images, training=False), atol=1e-6)
    assert head.name == "head" and head.activation is keras.activations.linear


def test_the_head_is_a_copy_and_the_body_is_shared():
    made = classifier()
    _, head = split_classifier(made)
    head.kernel.assign(np.zeros(head.kernel.shape))
    assert np.any(np.asarray(made.layers[-1].kernel))


def test_a_classifier_without_a_dense_has_no_head():
    image = keras.Input((1, 1, CLASSES))
    made = keras.Model(image, layers.Softmax()(layers.GlobalAveragePooling2D()(image)))
    body, head = split_classifier(made)
    assert head is None
    np.testing.assert_array_equal(body(np.float32([[[[1, 2, 3]]]])), [[1, 2, 3]])


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_other_answers_than_logits_or_a_softmax_are_refused(activation):
    made = classifier(activation=activation)
    with pytest.raises(ValueError) as caught:
        split_classifier(made)
    name = made.layers[-1].name
    assert str(caught.value) == f"expected a classifier that ends in logits or a softmax, received {name}"


def test_a_network_that_hands_its_image_through_is_refused():
    image = keras.Input((CLASSES,))
    with pytest.raises(ValueError, match="^expected a classifier with a layer that answers, received .* without$"):
        split_classifier(keras.Model(image, image))


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        # x = pixel * .5: 8 is pixel 16.
        (GIVEN, ((1.0,), (0.0,)), 16.0),
        (GIVEN, ((0.25,), (0.0,)), 4.0),
        (GIVEN, ((0.5,), (-1.0,)), 7.0),
        # x = pixel * .5 - 2: 8 is pixel 20, and 20 * 2 + 3.
        (((0.5,), (-2.0,)), ((2.0,), (3.0,)), 43.0),
        (GIVEN, ((-0.5,), (255.0,)), 247.0),
    ],
)
def test_an_image_comes_to_another_normalisation(given, wanted, expected):
    adapter = image_adapter((1, 1, 1), (1, 1), given, wanted, "m1")
    assert adapter.name == "m1_input"
    np.testing.assert_allclose(adapter({"image": np.full((1, 1, 1, 1), 8.0, "float32")})["seen"], [[[[expected]]]])


def test_every_channel_has_its_own():
    adapter = image_adapter((1, 1, 2), (1, 1), ((1.0, 0.5), (0.0, -1.0)), ((2.0, 0.5), (1.0, -1.0)), "m1")
    seen = adapter({"image": np.float32([[[[3, 5]]]])})["seen"]
    np.testing.assert_allclose(seen, [[[[7, 5]]]])


def test_a_size_alone_is_resized_alone():
    adapter = image_adapter((1, 2, 1), (1, 1), GIVEN, GIVEN, "m1")
    assert [layer.name for layer in adapter.layers] == ["image", "resize"]
    assert image_adapter((1, 2, 1), (1, 2), GIVEN, GIVEN, "m1") is None


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (Member(classifier(size=(2, 2, 3))), "expected m1 to take images of (2, 2, 1), received one of (2, 2, 3)"),
        (Member(classifier(), size=(4, 4)), "expected m1 to take images of (4, 4, 1), received one of (2, 2, 1)"),
        (
            Member(keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(5)])),
            "expected m1 to answer with 3 classes, received 5",
        ),
        (
            Member(keras.Sequential([keras.Input((4,)), layers.Dense(3)])),
            "expected a functional or built Sequential classifier of one image `[batch, height, width, channels]` "
            "with one answer `[batch, classes]`, received Sequential of shapes [(None, 4), (None, 3)]",
        ),
    ],
)
def test_members_that_do_not_fit_are_refused(member, message):
    with pytest.raises(ValueError) as caught:
        member_layer(member, SHAPE, CLASSES, *GIVEN, "m1")
    assert str(caught.value) == message


def test_a_network_for_any_size_takes_the_cascades_or_its_own():
    image = keras.Input((None, None, 1))
    member = keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(image)))
    assert member_layer(Member(member), SHAPE, CLASSES, *GIVEN, "m1").adapter is None
    smaller = member_layer(Member(member, size=(1, 1)), SHAPE, CLASSES, *GIVEN, "m1")
    assert smaller.shape == (1, 1, 1)
    assert list(smaller.parts()) == ["m1_input", "m1_network", "m1_head"]
    assert not smaller.trainable_weights
    assert [step["outputs"] for step in smaller.steps("logits_1")] == [
        {"seen": "m1_image"},
        {"features": "m1_features"},
        {"logits": "logits_1"},
    ]


def test_a_member_comes_back_from_plain_data():
    again = Member.from_config(Member(classifier(), (2, 2), [0.5], None).to_config())
    assert (again.size, again.scale, again.offset) == ((2, 2), (0.5,), None)
    assert again.network.output_shape == (None, CLASSES)


def test_the_reference_of_a_network_is_one_model():
    network = ResNet((12, 12, 1), CLASSES, (1, 1), (2, 4))
    images = np.random.default_rng(0).normal(size=(2, 12, 12, 1)).astype("float32")
    made = reference_network(network)
    np.testing.assert_allclose(made(images), network(images)[:, 0], atol=1e-6)
    assert {id(weight) for weight in made.weights} == {id(weight) for weight in network.weights}


def test_a_reference_that_does_more_than_run_parts_is_no_model(monkeypatch):
    network = ResNet((12, 12, 1), CLASSES, (1,), (2,))
    filled = [{"op": "fill", "output": "x", "shape": [1], "content": 0.0}, *network.reference()]
    monkeypatch.setattr(ResNet, "reference", lambda self: filled)
    with pytest.raises(ValueError, match="^expected a network whose reference program runs parts alone, received 'fil"):
        reference_network(network)
