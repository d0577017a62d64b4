"""Classifiers of one's own with exits: shared layers, a frozen trunk, what is saved, and what is refused."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_models import seeding
from keras_models.cascade_members import Member
from keras_models.graph_cuts import Graph
from keras_models.policies.gates import Gate
from keras_models.resnet import ResNet
from keras_models.with_exits import WithExits, exit_candidates, with_exits
from tests.keras_models.harness import every_value
from tests.keras_models.own_classifiers import CLASSES, MODELS, SHAPE, sequential
from tflite.conversion.export import export_unit

LABELS = np.arange(8) % CLASSES


CHOSEN = {
    "sequential": ("conv_1", "conv_2"),
    "subclassed": ("conv", "both"),
    "nested": ("base_1",),
    "half": ("conv_1", "conv_2"),
    "bfloat16": ("conv_1", "conv_2"),
    "shared": ("stem", "between_1", "between_2"),
    "prepared": ("conv_1", "conv_2"),
    "attention": ("tokens", "attended_1"),
}


@pytest.fixture(params=MODELS)
def model(request):
    seeding.set_random_seed(1)
    made = MODELS[request.param]()
    made.mark = request.param
    return made


@pytest.fixture
def images():
    return np.random.default_rng(2).uniform(0, 255, (8, *SHAPE)).astype("float32")


def answered(model, network, images):
    """The network's last answer, as the model gives it."""
    last = network(images, training=False)[:, -1]
    told = model.layers[-1]
    is_softmax = isinstance(told, layers.Softmax) or told.activation is keras.activations.softmax
    return np.asarray(ops.softmax(last) if is_softmax else last)


def fit(network, images):
    network.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    return network.fit(images, LABELS, batch_size=4, verbose=0).history["loss"][0]


def test_exits_are_chosen_and_marked(model):
    candidates = exit_candidates(model)
    chosen = tuple(c.layer for c in candidates if c.chosen)
    assert with_exits(model).at == chosen == CHOSEN[model.mark]
    assert not any(c.chosen and c.pooled for c in candidates)


def test_a_frozen_network_answers_to_the_bit_as_before(model, images):
    before, weights = model(images, training=False).numpy(), [np.array(w) for w in model.weights]
    network = with_exits(model, freeze=True)
    assert np.isfinite(fit(network, images))
    for weight, value in zip(model.weights, weights, strict=True):
        np.testing.assert_array_equal(weight, value, err_msg=weight.path)
    np.testing.assert_array_equal(answered(model, network, images), before)
    taught = network(images, training=True)[:, -1]
    np.testing.assert_array_equal(taught, network(images, training=False)[:, -1], "as in inference")
    assert {w.path.split("/")[0] for w in network.trainable_weights} <= {"conv", "norm"} | {
        f"{kind}_{i}" for i in (1, 2, 3) for kind in ("head", "pooling")
    }


def test_joint_training_trains_the_layers_that_were_given(model, images):
    network = with_exits(model)
    np.testing.assert_array_equal(answered(model, network, images), model(images, training=False))
    before = [np.array(w) for w in network.trunk.trainable_weights]
    assert np.isfinite(fit(network, images))
    moved = [not np.array_equal(*pair) for pair in zip(before, network.trunk.trainable_weights, strict=True)]
    assert all(moved) and (moved or model.mark == "nested"), "what was frozen stays frozen"
    assert {id(w) for w in network.trunk.weights} <= {id(w) for w in model.weights}


def test_it_is_saved_with_all_that_it_says(model, images, tmp_path):
    network = with_exits(model, heads="pool", kappa=(0.01, 0.1))
    fit(network, images)
    network.save(tmp_path / "own.keras")
    loaded = keras.models.load_model(tmp_path / "own.keras", compile=False)
    np.testing.assert_array_equal(loaded(images), network(images))
    assert (loaded.at, loaded.kind, loaded.kappa) == (network.at, "pool", (0.01, 0.1))
    assert loaded.program() == network.program()
    assert list(loaded.get_config()) == list(network.get_config())


def test_the_chain_of_the_parts_gives_the_call(model, images):
    network = with_exits(model)
    logits = np.asarray(network(images[:1], training=False))
    values = every_value(network, images[:1])
    near = {"half": 1e-2, "bfloat16": 5e-2}.get(model.mark, 1e-5)
    for i in network.exit_numbers:
        np.testing.assert_allclose(values[f"logits_{i}"], logits[:, i - 1], atol=near * np.abs(logits).max())
    for name, part in network.parts().items():
        assert {tensor.dtype for tensor in (*part.model.inputs, *part.model.outputs)} == {"float32"}, name
        export_unit(part.model, name)  # of built-in operators alone


def test_costs_are_those_of_the_network_and_of_the_exits():
    """A map of 7 x 7, which is convolved to 4 x 4, and one that is flattened; by hand."""
    network = with_exits(sequential(), ["conv_1", "flat"])
    macs = {name: cost for name, cost in network.part_macs.items() if not name.startswith("controller")}
    assert macs == {
        "trunk_1": 7 * 7 * 27 * 8,
        "pool_1": 4 * 4 * (9 * 8 + 8 * 16),
        "head_1": 16 * CLASSES,
        "trunk_2": (5 * 5 + 3 * 3) * 72 * 8,
        "head_2": 72 * CLASSES,
        "trunk_3": 72 * 8,
        "head_3": 8 * CLASSES,
    }


def test_a_head_is_a_pooling_alone_where_that_is_asked_for_or_a_map_is_small():
    assert [layer.name for layer in with_exits(sequential(), heads="pool").poolings[0].layers] == ["pool"]
    network = with_exits(sequential(), ["conv_3", "flat"])
    assert [layer.name for layer in network.poolings[0].layers] == ["pool"]
    assert network.poolings[1] is None and network.channels == (8, 72)


def test_a_network_of_this_project_is_taken_apart_by_its_blocks(images):
    seeding.set_random_seed(1)
    own = ResNet(SHAPE, CLASSES, blocks=(1, 1, 1), filters=(4, 4, 8))
    network = WithExits(SHAPE, CLASSES, own, freeze=True)
    assert network.at == ("stem", "block_1"), "at 0.20 and 0.75 of the multiply-adds"
    np.testing.assert_array_equal(network(images)[:, -1], own(images)[:, 0])


def test_images_of_another_size_and_scale_are_brought_to_the_networks(images):
    member = Member(sequential(), scale=(1.0,) * 3, offset=(0.0,) * 3)
    network = WithExits((8, 8, 3), CLASSES, member, scale=(1 / 255,) * 3, freeze=True)
    assert list(network.parts())[:2] == ["network_input", "trunk_1"]
    small = images[:, :8, :8] / np.float32(255)
    resized = ops.image.resize(small * 255, SHAPE[:2], interpolation="bilinear")
    np.testing.assert_allclose(ops.softmax(network(small)[:, -1]), member.network(resized, training=False), atol=1e-5)
    np.testing.assert_allclose(every_value(network, small[:1])["logits_1"], network(small[:1])[:, 0], atol=1e-5)
    assert not any("affine" in weight.path for weight in network.trainable_weights)


def test_gates_take_the_place_of_the_controllers():
    gated = Gate("max_softmax").apply(with_exits(sequential()))
    assert not any(name.startswith("controller") for name in gated.parts())
    assert gated.exit_names == ["exit_1", "exit_2", "exit_3"]


def test_controllers_of_one_price_and_what_a_price_is_of():
    network = with_exits(sequential(), conditioned=False)
    assert list(network.parameters()) == ["threshold"] and network.program()[0]["op"] == "run"
    text = with_exits(sequential()).parameters()["kappa"].description
    assert text == "price of 1/3 of the network, as a fraction of a right answer"


def test_mobilenet_has_exits_at_the_ends_of_blocks():
    model = keras.applications.MobileNetV3Small(weights=None, input_shape=(32, 32, 3), classes=10)
    network = with_exits(model)
    assert network.at == ("expanded_conv_4_add", "expanded_conv_9_add", "expanded_conv_10_add")
    assert list(network.parts())[-1] == "trunk_4" and network.last is None, "it ends in a convolution"
    image = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
    np.testing.assert_array_equal(ops.softmax(network(image)[:, -1]), model(image))
    whole = Graph(model, (32, 32, 3)).macs()
    assert sum(network.part_macs[f"trunk_{i}"] for i in network.exit_numbers) == sum(whole)


def model_of(*made, shape=SHAPE, **options):
    return keras.Sequential([keras.Input(shape, **options), *made, layers.Flatten(), layers.Dense(CLASSES)])


class Plain(keras.Model):
    """Neither functional nor Sequential."""


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (Plain, {}, "expected a functional or built Sequential classifier of one image .*, received Plain of shapes"),
        (
            lambda: keras.Sequential(
                [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(CLASSES)]
            ),
            {},
            r"expected a classifier of images of one size, received one of \(None, None, 3\): build it on",
        ),
        (lambda: model_of(dtype="uint8"), {}, "expected a classifier of images in float, received one of uint8: build"),
        (lambda: model_of(layers.Lambda(lambda x: x, name="own")), {}, "registered classes, received the Lambda 'own'"),
        (lambda: model_of(layers.Dropout(0.5)), {}, "expected a network with a layer to leave from that has places le"),
        (lambda: sequential(), {"heads": "conv"}, "expected heads 'auto', 'pool', 'expand', received 'conv'"),
        (lambda: sequential(), {"at": ["hiden"]}, "expected a layer of the network, one of exit_can.*received 'hiden'"),
        (lambda: sequential(), {"at": "conv_2"}, "expected at 'auto' or a list of layers' names, received 'conv_2'"),
        (lambda: sequential(), {"at": []}, "expected at least one layer to leave from, received none"),
    ],
)
def test_what_is_refused(make, options, message):
    with pytest.raises(ValueError, match=message):
        with_exits(make(), **options)
