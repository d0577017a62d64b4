"""Controllers: the batched call and the single one, padding, prices and the start."""

import keras
import numpy as np
import pytest

from keras_models.layers import Controllers

CHANNELS = (4, 4, 8)
CLASSES = 3


def controllers(**arguments):
    """Controllers with every weight drawn anew, normalisation included: at the start most of them are 0 or 1."""
    made = Controllers(CHANNELS, CLASSES, **({"in_units": (6, 5), "cat_units": (7,)} | arguments))
    made.build()
    random = np.random.default_rng(5)
    for weight in made.weights:
        weight.assign(random.uniform(0.2, 1.2, weight.shape) * random.choice([-1, 1], weight.shape))
    for weight in made.weights:
        if weight.name == "moving_variance":
            weight.assign(np.abs(weight))
    return made


def draw(batch=16):
    random = np.random.default_rng(6)
    features = [random.random((batch, width), "float32") for width in CHANNELS]
    logits = random.normal(size=(batch, len(CHANNELS), CLASSES)).astype("float32")
    return features, logits, random.uniform(0.001, 0.1, (batch, 1)).astype("float32")


@pytest.mark.parametrize("conditioned", [True, False])
@pytest.mark.parametrize("in_units", [(6, 5), ()])
@pytest.mark.parametrize("ranked", [True, False])
def test_the_single_controller_computes_what_the_batched_call_does(conditioned, in_units, ranked):
    made = controllers(conditioned=conditioned, in_units=in_units, ranked=ranked)
    features, logits, kappa = draw()
    kappa = kappa if conditioned else None
    batched = np.asarray(made(features, logits, kappa))
    assert batched.shape == (16, 3) and np.ptp(batched, axis=0).min() > 0.1
    for i in range(3):
        single = made.single(i, features[i], logits[:, i], kappa)
        assert single.shape == (16, 1)
        np.testing.assert_allclose(single[:, 0], batched[:, i], rtol=1e-4, atol=1e-4)


def test_ranked_controllers_do_not_know_the_classes_nor_a_common_shift():
    """Logits in another order, or all three larger by two, are the same answer with the same confidence."""
    features, logits, kappa = draw()
    ranked, plain = controllers(ranked=True), controllers()
    before, other = ranked(features, logits, kappa), ranked(features, logits[..., ::-1] + 2.0, kappa)
    np.testing.assert_allclose(before, other, rtol=1e-4, atol=1e-4)
    assert np.abs(plain(features, logits[..., ::-1] + 2.0, kappa) - plain(features, logits, kappa)).max() > 0.1


def test_ranked_log_probabilities_by_hand():
    """e^0, e^log 3 and e^log 4: 4/8, 3/8 and 1/8."""
    from keras_models.layers.controller import _ranked

    found = _ranked(np.log(np.array([[[1.0, 3.0, 4.0]]], "float32")))
    np.testing.assert_allclose(found, np.log([[[4 / 8, 3 / 8, 1 / 8]]]), rtol=1e-5)


def test_input_dropout_is_for_training_and_comes_after_the_ranking():
    made = controllers(ranked=True, in_units=())
    features, logits, kappa = draw()
    seen = []
    made.input_dropout = lambda x: seen.append(np.asarray(x)) or x
    before = np.asarray(made(features, logits, kappa))
    assert not seen
    np.testing.assert_allclose(made(features, logits, kappa, training=True).shape, before.shape)
    assert len(seen) == 4 and (np.diff(seen[-1]) <= 0).all() and np.allclose(np.exp(seen[-1]).sum(-1), 1, atol=1e-5)


def test_weights_beyond_a_narrow_exit_never_matter():
    made = controllers()
    features, logits, kappa = draw()
    before = np.asarray(made(features, logits, kappa))
    kernel = made.f_in[0].kernel
    changed = kernel.value.numpy().copy()
    assert changed.shape == (3, 8, 6)
    changed[:2, 4:] = 1e6
    kernel.assign(changed)
    np.testing.assert_array_equal(made(features, logits, kappa), before)
    for i in range(2):
        np.testing.assert_allclose(
            made.single(i, features[i], logits[:, i], kappa)[:, 0], before[:, i], rtol=1e-4, atol=1e-4
        )
    changed[2, 4:] = 1e6
    kernel.assign(changed)
    assert np.abs(np.asarray(made(features, logits, kappa)) - before)[:, 2].max() > 1


def test_an_exit_sees_its_own_inputs_alone():
    made = controllers()
    features, logits, kappa = draw()
    before = np.asarray(made(features, logits, kappa))
    features[1] = features[1] + 1
    logits[:, 2] += 1
    after = np.asarray(made(features, logits, kappa))
    np.testing.assert_array_equal(after[:, 0], before[:, 0])
    assert (np.abs(after - before)[:, 1:].max(axis=0) > 1e-3).all()


def test_kappa_enters_as_the_logarithm_of_a_hundred_times_it():
    # One last layer alone, of weight 1 on kappa and 0 on the logits: its output is log(100 kappa) and the bias.
    made = Controllers((4,), CLASSES, in_units=(), cat_units=())
    made.build()
    made.last.kernel.assign([[[0.0]] * CLASSES + [[1.0]]])
    kappa = np.array([[0.01], [0.04]], "float32")
    u = made([np.zeros((2, 4), "float32")], np.ones((2, 1, CLASSES), "float32"), kappa)
    np.testing.assert_allclose(
        u, [[0.0], [1.386294]], atol=1e-6
    )  # log 1 and log 4; of two exits the first stops with 1/2: bias 0


def test_the_bias_at_the_start_makes_exits_equally_likely():
    made = Controllers((4,) * 3, CLASSES)
    made.build()
    stop = 1 / (1 + np.exp(-np.asarray(made.last.bias)))
    np.testing.assert_allclose(stop, [1 / 4, 1 / 3, 1 / 2], rtol=1e-6)


def test_the_start_is_he_normal_by_the_inputs_that_an_exit_has():
    keras.utils.set_random_seed(1)
    made = Controllers((8, 200), CLASSES, in_units=(400,))
    made.build()
    kernel = np.asarray(made.f_in[0].kernel)
    assert np.abs(kernel[0, 8:]).max() == 0
    assert kernel[0, :8].std() == pytest.approx(np.sqrt(2 / 8), rel=0.05)
    assert kernel[1].std() == pytest.approx(np.sqrt(2 / 200), rel=0.05)


def test_configuration_makes_the_same_controllers():
    config = Controllers(CHANNELS, CLASSES, (6,), (7, 8), False, True).get_config()
    assert Controllers.from_config(config).get_config() == config
    assert (config["in_units"], config["cat_units"]) == ((6,), (7, 8))
    assert (config["conditioned"], config["ranked"]) == (False, True)
