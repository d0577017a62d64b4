"""Cuts of small graphs, worked out by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_models.flat_graphs import check_layers
from keras_models.graph_cuts import Candidate, Graph, _with_choice

SHAPE = (8, 8, 2)


def residual():
    """first; then a block of two convolutions around which its input goes; last; pooling.

    Multiply-adds: 8*8*2*4 = 512; 8*8*4*4*9 = 9216 twice; 8*8*4*4 = 1024; in all 19968.
    """
    image = keras.Input(SHAPE)
    first = layers.Conv2D(4, 1, name="first")(image)
    x = layers.Conv2D(4, 3, padding="same", name="inner_1")(first)
    x = layers.Conv2D(4, 3, padding="same", name="inner_2")(layers.ReLU(name="relu")(x))
    x = layers.Add(name="block")([first, x])
    x = layers.Conv2D(4, 1, name="last")(x)
    return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(x))


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")


def run(graph, segments, images):
    """What the submodels of segments give, one behind the other; the last output."""
    values = {id(graph.model.inputs[0]): keras.ops.convert_to_tensor(images)}
    for i, segment in enumerate(segments):
        made = segment.submodel(f"s{i}")({port: values[id(t)] for port, t in segment.inputs.items()}, training=False)
        values |= {id(t): made[port] for port, t in segment.outputs.items()}
    return values[id(graph.model.outputs[0])]


def test_multiply_adds_of_each_operation():
    assert Graph(residual(), SHAPE).macs() == [512, 9216, 0, 9216, 0, 1024, 0]


def test_inside_a_block_two_tensors_cross_and_behind_it_one():
    found = {c.layer: c for c in Graph(residual(), SHAPE).candidates()}
    assert {name: c.tensors for name, c in found.items()} == {
        "first": 1,
        "inner_1": 2,
        "relu": 2,
        "inner_2": 2,
        "block": 1,
        "last": 1,
    }
    shares = {"first": 512, "inner_1": 9728, "relu": 9728, "inner_2": 18944, "block": 18944, "last": 19968}
    assert {name: c.share for name, c in found.items()} == pytest.approx({n: m / 19968 for n, m in shares.items()})
    assert found["relu"].numbers == 2 * 8 * 8 * 4 and found["relu"].shape == (8, 8, 4)
    assert {c.layer for c in Graph(residual(), SHAPE).candidates(most=1)} == {"first", "block", "last"}


def test_what_follows_the_graph_counts_in_the_shares():
    assert Graph(residual(), SHAPE).candidates(behind=19968)[-1].share == 0.5


def test_segments_read_and_give_what_crosses(images):
    graph = Graph(residual(), SHAPE)
    segments = graph.segments(["relu", "block"])
    names = [[node.operation.name for node in segment.nodes] for segment in segments]
    assert names == [["first", "inner_1", "relu"], ["inner_2", "block"], ["last", "pool"]]
    ports = [(list(segment.inputs), list(segment.outputs)) for segment in segments]
    assert ports == [(["x"], ["y", "y_2"]), (["x", "x_2"], ["y"]), (["x"], ["y"])]
    assert segments[0].outputs["y"]._keras_history.operation.name == "relu"
    np.testing.assert_array_equal(run(graph, segments, images), graph.model(images))


def test_a_tensor_may_cross_several_cuts_and_the_image_too(images):
    image = keras.Input(SHAPE)
    x = layers.Conv2D(2, 1, name="a")(image)
    y = layers.Conv2D(2, 1, name="c")(layers.Conv2D(2, 1, name="b")(x))
    graph = Graph(keras.Model(image, layers.Concatenate(name="end")([y, x, image])), SHAPE)
    assert {c.layer: c.tensors for c in graph.candidates()} == {"a": 2, "b": 3, "c": 3}
    segments = graph.segments(["a", "b", "c"])
    assert [len(segment.inputs) for segment in segments] == [1, 1, 1, 3]
    assert [list(segment.outputs) for segment in segments] == [["y"]] * 4
    np.testing.assert_array_equal(run(graph, segments, images), graph.model(images))


def test_branches_side_by_side_are_cut_one_after_the_other(images):
    image = keras.Input(SHAPE)
    sides = [layers.Conv2D(2, 1, name=name)(image) for name in ("left", "right")]
    graph = Graph(keras.Model(image, layers.Add(name="end")(sides)), SHAPE)
    segments = graph.segments(["right", "left"])
    assert [[node.operation.name for node in segment.nodes] for segment in segments] == [["right"], ["left"], ["end"]]
    np.testing.assert_array_equal(run(graph, segments, images), graph.model(images))


def test_models_inside_are_looked_into_and_their_layers_shared(images):
    inner = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(4, 3, name="inside")])
    outer = keras.Sequential([keras.Input(SHAPE), layers.Rescaling(0.5, name="scale"), keras.Sequential([inner])])
    graph = Graph(outer, SHAPE)
    assert [layer.name for layer in graph.model.layers] == ["image", "scale", "inside"]
    assert graph.model.layers[2] is inner.layers[0]
    np.testing.assert_array_equal(graph.model(images), outer(images))


def test_a_shared_layer_is_no_exit_but_may_be_in_several_segments(images):
    image = keras.Input(SHAPE)
    shared = layers.Conv2D(2, 3, padding="same", activation="relu", name="shared")
    x = layers.ReLU(name="between")(shared(image))
    graph = Graph(keras.Model(image, layers.Add(name="end")([shared(x), x])), SHAPE)
    assert [c.layer for c in graph.candidates()] == ["between"]
    segments = graph.segments(["between"])
    np.testing.assert_array_equal(run(graph, segments, images), graph.model(images))
    with pytest.raises(ValueError, match="^expected a layer that is used once, received 'shared', which is used 2 tim"):
        graph.segments(["shared"])


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (
            ["nowhere"],
            "expected a layer of the network, one of exit_candidates(model) (tools/train.py FILE --exits list tells "
            "them), received 'nowhere'",
        ),
        (["block", "relu"], "expected layers one behind the other, received 'relu' behind one that needs it"),
        (["block", "block"], "expected layers one behind the other, received 'block' behind one that needs it"),
        (
            ["pool"],
            "expected a layer at which at most 3 tensors of a fixed shape cross the cut, received 'pool' with none: "
            "choose another one of exit_candidates(model)",
        ),
    ],
)
def test_other_cuts_are_refused(at, message):
    with pytest.raises(ValueError) as caught:
        Graph(residual(), SHAPE).segments(at)
    assert str(caught.value) == message


def test_too_many_tensors_are_told():
    with pytest.raises(ValueError) as caught:
        Graph(residual(), SHAPE).segments(["relu"], most=1)
    assert "at most 1 tensors of a fixed shape cross the cut, received 'relu' with (8, 8, 4), (8, 8, 4)" in str(
        caught.value
    )


def test_behind_a_pooling_are_no_places_but_a_gate_beside_keeps_them():
    image = keras.Input(SHAPE)
    gate = layers.Conv2D(2, 1, name="gate")(layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image))
    x = layers.Multiply(name="excited")([layers.Conv2D(2, 1, name="conv")(image), gate])
    x = layers.Dense(3, name="hidden")(layers.Flatten(name="flat")(layers.Conv2D(2, 8, name="whole")(x)))
    graph = Graph(keras.Model(image, layers.ReLU(name="end")(x)), SHAPE)
    pooled = {c.layer: c.pooled for c in graph.candidates()}
    assert pooled == {"squeeze": True, "gate": True, "conv": False, "excited": False, "whole": False} | dict.fromkeys(
        ("flat", "hidden"), pooled["hidden"]
    )


def candidate(layer, share, tensors=1, numbers=64, pooled=False):
    return Candidate(layer, share, tensors, numbers, (8, 8, 1), pooled)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        # The last of those with as many multiply-adds before the cut: behind normalisation and activation.
        ([candidate("conv", 0.25), candidate("norm", 0.25), candidate("relu", 0.25)], ["relu"]),
        # But not behind a padding, which hands on more.
        ([candidate("relu", 0.25), candidate("pad", 0.25, numbers=100)], ["relu"]),
        # Near a share the narrowest, of these the nearest; "end" is what is nearest to a quarter.
        ([candidate("wide", 0.5, numbers=99), candidate("end", 0.41), candidate("next", 0.56)], ["end", "next"]),
        # Nothing near a quarter or three quarters.
        ([candidate("a", 0.01), candidate("b", 0.48), candidate("c", 0.96)], ["b"]),
        # Nothing near any share: what is nearest to a half.
        ([candidate("a", 0.01), candidate("b", 0.02)], ["b"]),
        # One tensor before several.
        ([candidate("a", 0.25, tensors=2), candidate("b", 0.3), candidate("c", 0.5, tensors=2)], ["b"]),
        ([candidate("a", 0.25, tensors=2), candidate("b", 0.5, tensors=2)], ["a", "b"]),
        # Nothing before the first multiply-add, at the end, or without places left.
        ([candidate("a", 0.0), candidate("b", 1.0), candidate("c", 0.75, pooled=True)], []),
    ],
)
def test_the_choice_by_default(found, chosen):
    assert [c.layer for c in _with_choice(found) if c.chosen] == chosen


def lambda_model():
    image = keras.Input(SHAPE)
    return keras.Model(image, layers.Lambda(lambda x: 2 * x, name="twice")(image))


class Unregistered(layers.Layer):
    """A layer that a file could not be read with."""

    def call(self, x):
        return x


class OwnCall(keras.Model):
    """A functional model that does more than its graph says."""

    def call(self, x):
        return 2 * super().call(x)


def unregistered():
    image = keras.Input(SHAPE)
    return keras.Model(image, keras.Sequential([keras.Input(SHAPE), Unregistered(name="own")])(image))


def own_call():
    image = keras.Input(SHAPE)
    return OwnCall(image, layers.ReLU()(image))


def same_names():
    image = keras.Input(SHAPE)
    parts = [keras.Sequential([keras.Input(SHAPE), layers.ReLU(name="same")]) for _ in range(2)]
    return keras.Model(image, parts[1](parts[0](image)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda_model,
            "expected layers of registered classes, received the Lambda 'twice': write it as a layer with "
            "@keras.saving.register_keras_serializable()",
        ),
        (
            unregistered,
            "expected layers of registered classes, received 'own' of Unregistered: put "
            "@keras.saving.register_keras_serializable() before the class",
        ),
        (
            own_call,
            "expected a functional or Sequential model that runs its layers as they are connected, received OwnCall "
            "with a call of its own",
        ),
        (same_names, "expected layers with names of their own, received two called 'same'"),
    ],
)
def test_networks_that_are_refused(make, message):
    with pytest.raises(ValueError) as caught:
        check_layers(make())
    assert str(caught.value) == message
