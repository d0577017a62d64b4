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
from tflite.conversion.export import export_unit

SHAPE, CLASSES = (16, 16, 3), 4
LABELS = np.arange(8) % CLASSES


@keras.saving.register_keras_serializable("frugal_tests")
class Mixing(layers.Layer):
    """A layer of one's own, with layers inside that do something else in training, and no argument that tells so."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.inner = [layers.Conv2D(filters, 1), layers.BatchNormalization(), layers.Dropout(0.5)]

    def build(self, input_shape):
        for layer in self.inner:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    def call(self, x):
        for layer in self.inner:
            x = layer(x)
        return ops.relu(x)

    def get_config(self):
        return super().get_config() | {"filters": self.filters}


def sequential():
    """Preprocessing inside, a Dense before the last, a softmax."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.RandomFlip("horizontal", seed=1),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, 2, activation="relu", name="conv_1"),
            layers.Conv2D(8, 3, activation="relu", name="conv_2"),
            layers.Conv2D(8, 3, activation="relu", name="conv_3"),
            layers.Flatten(name="flat"),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def subclassed():
    """Layers of one's own, logits."""
    image = keras.Input(SHAPE)
    x = Mixing(8, name="mixing_1")(layers.Conv2D(8, 3, 2, name="conv")(image))
    x = layers.Concatenate(name="both")([x, layers.Conv2D(8, 3, padding="same")(x)])
    x = Mixing(8, name="mixing_2")(x)
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def nested():
    """A trunk that is a model inside, as for transfer learning."""
    image, seen = keras.Input(SHAPE), keras.Input(SHAPE)
    x = layers.Conv2D(8, 3, 2, name="base_1")(seen)
    x = layers.BatchNormalization(name="base_norm")(layers.Conv2D(8, 3, name="base_2")(x))
    base = keras.Model(seen, layers.ReLU(name="base_end")(x), name="base")
    base.trainable = False
    x = layers.GlobalAveragePooling2D()(base(image, training=False))
    return keras.Model(image, layers.Softmax()(layers.Dense(CLASSES)(x)))


def half(policy="mixed_float16"):
    """In mixed precision, with a softmax in float32."""
    keras.config.set_dtype_policy(policy)
    try:
        image = keras.Input(SHAPE)
        x = layers.Conv2D(8, 3, 2, activation="relu", name="conv_1")(image)
        x = layers.Conv2D(8, 3, activation="relu", name="conv_2")(x)
        x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, name="conv_3")(x))
        return keras.Model(image, layers.Dense(CLASSES, activation="softmax", dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy("float32")


def brain_half():
    """As `half`, in the other half of the precisions."""
    return half("mixed_bfloat16")


def shared():
    """A convolution that runs before and behind every exit."""
    image = keras.Input(SHAPE)
    x = layers.Conv2D(8, 3, 2, padding="same", name="stem")(image)
    again = layers.Conv2D(8, 3, padding="same", activation="relu", name="again")
    for i in (1, 2, 3):
        x = layers.BatchNormalization(name=f"between_{i}")(again(x))
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def prepared():
    """Images are resized, cropped, scaled and normalised within, by numbers of its own."""
    normal = layers.Normalization(mean=(0.4, 0.5, 0.6), variance=(0.04, 0.09, 0.16))
    inside = [layers.Resizing(14, 14), layers.CenterCrop(12, 12), layers.Rescaling(1 / 255), normal]
    convolved = [layers.Conv2D(8, 3, activation="relu", name=f"conv_{i}") for i in (1, 2, 3)]
    ends = [layers.GlobalAveragePooling2D(), layers.Dense(CLASSES)]
    return keras.Sequential([keras.Input(SHAPE), *inside, *convolved, *ends])


def attention():
    """Tokens in the place of a map."""
    image = keras.Input(SHAPE)
    x = layers.Reshape((16, 8), name="tokens")(layers.Conv2D(8, 4, 4)(image))
    for i in (1, 2):
        x = layers.Add(name=f"attended_{i}")([x, layers.MultiHeadAttention(2, 4)(x, x)])
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


MODELS = {f.__name__: f for f in (sequential, subclassed, nested, half, brain_half, shared, prepared, attention)}
CHOSEN = {
    "sequential": ("conv_1", "conv_2"),
    "subclassed": ("conv", "both"),
    "nested": ("base_1",),
    "half": ("conv_1", "conv_2"),
    "brain_half": ("conv_1", "conv_2"),
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
    near = {"half": 1e-2, "brain_half": 5e-2}.get(model.mark, 1e-5)
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
