"""IDK cascades: members of any kind behind one input, their parts in a chain, and what is saved of them."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_models import base
from keras_models.cascade import Cascade, cascade
from keras_models.cascade_members import Member, image_adapter, split_classifier
from keras_models.epnet import EPNet
from keras_models.resnet import ResNet

SHAPE, CLASSES = (12, 12, 3), 4
SCALE, OFFSET = (1 / 255, 1 / 128, 1 / 64), (0.0, -1.0, 0.5)


def dense_classifier(activation=None, shape=(8, 10, 3), name="small"):
    """A functional classifier."""
    image = keras.Input(shape)
    x = layers.Conv2D(5, 3, activation="relu")(image)
    x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(CLASSES, activation=activation)(x), name=name)


@pytest.fixture
def members():
    """A Keras classifier with a softmax, of other size and normalisation; a Sequential one; and a ResNet."""
    keras.utils.set_random_seed(4)
    small = Member(dense_classifier("softmax"), scale=(1 / 127.5,) * 3, offset=(-1.0,) * 3)
    middle = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(CLASSES), layers.Softmax()])
    return [small, middle, ResNet(SHAPE, CLASSES, blocks=(1, 1), filters=(4, 8))]


@pytest.fixture
def network(members):
    return cascade(members, SHAPE, CLASSES, SCALE, OFFSET)


@pytest.fixture
def images():
    return np.random.default_rng(2).normal(size=(5, *SHAPE)).astype("float32")


def run(network, program, image):
    """All values of the run and fill steps of a program."""
    parts, values = network.parts(), {"image": image}
    for step in program:
        if step["op"] == "run":
            ports = {port: values[name] for port, name in step["inputs"].items()}
            made = parts[step["part"]].model(ports, training=False)
            values |= {name: np.asarray(made[port]) for port, name in step["outputs"].items()}
        elif step["op"] == "fill":
            values[step["output"]] = np.full(step["shape"], step["content"], "float32")
    return values


def test_a_call_gives_every_members_own_answer(network, members, images):
    logits = np.asarray(network(images))
    assert logits.shape == (5, 3, CLASSES)
    # What the first wants of these pixels, by hand: pixel = (x - offset) / scale, resized, times 1 / 127.5 less 1.
    pixels = (images - np.array(OFFSET)) / np.array(SCALE)
    resized = np.asarray(ops.image.resize(pixels.astype("float32"), (8, 10), interpolation="bilinear"))
    expected = members[0].network(resized / 127.5 - 1, training=False)
    np.testing.assert_allclose(ops.softmax(logits[:, 0]), expected, atol=1e-5)
    np.testing.assert_allclose(ops.softmax(logits[:, 1]), members[1](images), atol=1e-6)
    np.testing.assert_allclose(logits[:, 2], members[2](images)[:, 0], atol=1e-6)
    assert not network.trainable_variables


def test_the_chain_of_the_parts_gives_the_call(network, images):
    expected = np.asarray(network(images))
    values = run(network, network.program(), images)
    for i in network.member_numbers:
        np.testing.assert_allclose(values[f"logits_{i}"], expected[:, i - 1], atol=1e-5)
    observed = network.observe(images, batch_size=2)
    assert list(observed) == ["logits_1", "logits_2", "logits_3"]
    np.testing.assert_allclose(observed["logits_2"], expected[:, 1], atol=1e-6)


def test_an_adapter_is_two_builtin_operators(network, images):
    """They run as int8 as well: both sides of the resize have one scale, and the affine is a convolution."""
    from ai_edge_litert.interpreter import Interpreter

    from tflite.conversion.export import export_unit

    model = network.parts()["m1_input"].model
    interpreter = Interpreter(model_content=export_unit(model, "m1_input"))
    runner = interpreter.get_signature_runner()
    expected = model({"image": images[:1]})["seen"]
    np.testing.assert_allclose(runner(image=images[:1])["seen"], expected, atol=1e-5)
    names = [layer.name for layer in model.layers]
    assert names == ["image", "resize", "affine"]


def test_parts_and_program(network):
    parts = network.parts()
    assert list(parts) == ["m1_input", "m1_network", "m1_head", "m2_network", "m2_head", "m3_trunk", "m3_head"]
    assert [name for name, part in parts.items() if part.keep_float] == ["m1_head", "m2_head", "m3_head"]
    steps = network.program()
    assert [step["op"] for step in steps] == ["run"] * 3 + ["exit"] + ["run"] * 2 + ["exit"] + ["run"] * 2 + ["answer"]
    assert steps[3]["rule"] == {
        "rule": "logistic_entropy",
        "value": "logits_1",
        "activation": "softmax",
        "threshold": 0.5,
        "weight": {"parameter": "weight_1"},
        "bias": {"parameter": "bias_1"},
    }
    assert network.exit_names == ["member_1", "member_2", "member_3"]
    assert network.outputs() == {"label": base.Labels(CLASSES)}


def test_everything_is_the_last_member_alone(network, images):
    reference = network.reference()
    assert [step.get("part") for step in reference] == ["m3_trunk", "m3_head", None]
    expected = np.asarray(network(images))[:, 2]
    np.testing.assert_allclose(run(network, reference, images)["logits_3"], expected, atol=1e-5)


def test_members_with_exits_of_their_own_run_without(images):
    """An EPNet and a cascade within a cascade: of both the last answer."""
    keras.utils.set_random_seed(5)
    exits = EPNet(SHAPE, CLASSES, filters=(4, 4), controller_in=(4,), controller_cat=(4,))
    inner = cascade([dense_classifier(shape=SHAPE), dense_classifier(shape=SHAPE)], SHAPE, CLASSES)
    network = cascade([exits, inner], SHAPE, CLASSES)
    names = ["m1_trunk_1", "m1_trunk_2", "m1_pool_2", "m1_head_2", "m2_m2_network", "m2_m2_head"]
    assert list(network.parts()) == names
    assert set(network.parameters()) == {"weight_1", "bias_1"}
    values = run(network, network.program(), images)
    np.testing.assert_allclose(values["logits_1"], exits(images)[:, -1], atol=1e-5)
    np.testing.assert_allclose(values["logits_2"], inner(images)[:, -1], atol=1e-5)
    np.testing.assert_allclose(network(images), np.stack([values["logits_1"], values["logits_2"]], axis=1), atol=1e-5)


def test_a_parameter_of_a_member_becomes_a_number():
    class Filled(ResNet):
        """A network whose reference reads a parameter."""

        def parameters(self):
            return {"kappa": base.Knob(0.5, 0.0, 1.0, "a price", full_depth=0.25)}

        def reference(self):
            fill = {"op": "fill", "output": "kappa", "shape": [1, 1], "content": {"parameter": "kappa"}}
            return [fill, *super().reference()]

    filled = Filled(SHAPE, CLASSES, blocks=(1,), filters=(4,))
    network = cascade([filled, dense_classifier(shape=SHAPE)], SHAPE, CLASSES)
    assert network.program()[0] == {"op": "fill", "output": "m1_kappa", "shape": [1, 1], "content": 0.25}
    filled.reference = lambda: [{"op": "branch"}, {"op": "answer", "gives": {"label": "logits"}}]
    with pytest.raises(ValueError, match="member whose reference program is run and fill steps, received 'branch'"):
        network.program()


def test_full_depth_goes_through_all_members(network):
    deep = network.full_depth()
    assert deep == {"weight_1": 0.0, "bias_1": 50.0, "weight_2": 0.0, "bias_2": 50.0}
    macs = network.part_macs
    costs = network.exit_costs()
    assert costs[-1] == sum(macs.values())
    assert costs[0] == macs["m1_input"] + macs["m1_network"] + macs["m1_head"]
    # The affine on 8 x 10 x 3, a 3x3 convolution of 3 to 5 channels on 6 x 8, and 5 features to 4 logits.
    assert (macs["m1_input"], macs["m1_network"], macs["m1_head"]) == (240, 6 * 8 * 27 * 5, 20)


@pytest.mark.parametrize(
    ("deferral", "names", "ends"),
    [
        ("max_softmax", ["threshold_1", "threshold_2"], 2.0),
        ("entropy", ["threshold_1", "threshold_2"], -1.0),
        ("logistic", ["weight_1", "bias_1", "weight_2", "bias_2"], 50.0),
    ],
)
def test_saved_and_loaded_to_the_bit_with_what_was_fitted(members, images, tmp_path, deferral, names, ends):
    network = cascade(members, SHAPE, CLASSES, SCALE, OFFSET, deferral)
    fitted = {name: np.array([0.25, 0.75]) for name in network.rule.numbers}
    network.rule.set(**fitted)
    assert list(network.parameters()) == names
    for name, knob in network.parameters().items():
        assert knob.default == (0.25 if name.endswith("1") else 0.75) and knob.minimum < knob.default < knob.maximum
        assert all(knob.minimum <= value <= knob.maximum for value in knob.candidates) and knob.description
    assert ends in network.full_depth().values()
    network.save(tmp_path / "cascade.keras")
    loaded = keras.models.load_model(tmp_path / "cascade.keras", compile=False)
    assert type(loaded) is Cascade and loaded.parameters() == network.parameters()
    np.testing.assert_array_equal(loaded(images), network(images))
    assert loaded.program() == network.program()
    assert not loaded.trainable_variables


def test_candidates_of_a_bias_are_entropies_at_the_fitted_weight(network):
    network.rule.set(weight=[2.0, 0.0], bias=[-0.7, 0.4])
    first, second = network.parameters()["bias_1"].candidates, network.parameters()["bias_2"].candidates
    assert -0.1 in first and -2.8 in first and pytest.approx(-0.7) in first and list(first) == sorted(first)
    assert second == (pytest.approx(0.4),)


def test_an_adapter_is_left_out_where_nothing_changes():
    plain = (SCALE, OFFSET)
    assert image_adapter(SHAPE, SHAPE[:2], plain, plain, "m1") is None
    assert [layer.name for layer in image_adapter(SHAPE, (6, 6), plain, plain, "m1").layers] == ["image", "resize"]
    other = image_adapter(SHAPE, SHAPE[:2], plain, (SCALE, (0.0, 0.0, 0.0)), "m1")
    assert [layer.name for layer in other.layers] == ["image", "affine"]
    np.testing.assert_allclose(other({"image": np.zeros((1, *SHAPE))})["seen"][0, 0, 0], [0, 1, -0.5], atol=1e-6)


def nested():
    """A classifier whose last layer is a model."""
    image = keras.Input(SHAPE)
    features = keras.Input((3,))
    head = keras.Model(features, layers.Dense(CLASSES, activation="softmax")(features))
    return keras.Model(image, head(layers.GlobalAveragePooling2D()(image)))


def convolutional():
    """A classifier without a Dense, its softmax a function."""
    image = keras.Input(SHAPE)
    return keras.Model(image, ops.softmax(layers.GlobalAveragePooling2D()(layers.Conv2D(CLASSES, 1)(image))))


@pytest.mark.parametrize(("make", "headed"), [(nested, True), (convolutional, False)])
def test_a_softmax_is_taken_off_wherever_it_is(make, headed, images):
    network = make()
    body, head = split_classifier(network)
    logits = head(body(images)) if headed else body(images)
    assert (head is not None) == headed
    np.testing.assert_allclose(ops.softmax(logits), network(images), atol=1e-6)
    assert np.abs(np.asarray(ops.sum(logits, axis=-1)) - 1).max() > 1e-3


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (lambda: dense_classifier("sigmoid", SHAPE), "that ends in logits or a softmax, received dense"),
        (lambda: Member(dense_classifier(), size=(9, 9)), r"images of \(9, 9, 3\), received one of \(8, 10, 3\)"),
        (lambda: dense_classifier(shape=(12, 12, 1)), r"m1 to take images of \(12, 12, 3\), received one of \(12, 12"),
        (lambda: ResNet(SHAPE, 7, blocks=(1,), filters=(4,)), "m1 to answer with 4 classes, received 7"),
        (lambda: keras.Sequential([layers.Dense(3)]), "functional or built Sequential classifier .* received Sequ"),
    ],
)
def test_what_is_no_member_is_refused(member, message):
    good = dense_classifier(shape=SHAPE)
    with pytest.raises(ValueError, match=message):
        cascade([member(), good], SHAPE, CLASSES)


def test_one_member_is_no_cascade_and_a_rule_must_be_known():
    with pytest.raises(ValueError, match="at least two members, received 1"):
        cascade([dense_classifier(shape=SHAPE)], SHAPE, CLASSES)
    with pytest.raises(ValueError, match="deferral among max_softmax, entropy, logistic, received 'margin'"):
        cascade([dense_classifier(shape=SHAPE)] * 2, SHAPE, CLASSES, deferral="margin")
