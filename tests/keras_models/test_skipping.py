"""The trainers of SkipNet's stages: losses by hand, what they learn, half precision, and what a step costs."""

import time

import keras
import numpy as np
import pytest

from keras_models.functional import reinforce
from keras_models.losses import SumOfCrossEntropies
from keras_models.policies import skipping
from keras_models.presets import skipnet as skipnet_presets
from keras_models.seeding import set_random_seed
from keras_models.skipnet import SkipNet

SGD = {"peak_learning_rate": 0.05, "weight_decay": None, "optimizer": "sgd"}
IMAGES = np.random.default_rng(3).normal(size=(64, 8, 8, 1)).astype("float32")
LABELS = (IMAGES.mean(axis=(1, 2, 3)) > 0).astype("int64")


def made(**arguments):
    set_random_seed(4)
    return SkipNet((8, 8, 1), 2, **{"blocks": (2, 2), "filters": (4, 6)} | arguments)


def fit(model, epochs=1, settings=SGD):
    skipping.compiled(model, settings, 4 * epochs)
    return model.fit(IMAGES, LABELS, batch_size=16, epochs=epochs, verbose=0, shuffle=False).history


def probability_of(network, value):
    """Gates of that probability of running, whatever they read."""
    network.gates.output_layer.kernel.assign(np.zeros((10, 1)))
    network.gates.output_layer.bias.assign([np.log(value / (1 - value))])


def test_the_supervised_loss_is_the_cross_entropy_through_relaxed_gates():
    network = made()
    trainer = skipping.Supervised(network)
    seen = trainer(IMAGES, training=True)
    np.testing.assert_array_equal(seen["run"], seen["gate_logits"] >= 0)
    expected = SumOfCrossEntropies()(LABELS, seen["logits"])
    assert float(trainer.compute_loss(IMAGES, LABELS, seen)) == pytest.approx(float(expected), rel=1e-6)
    assert float(trainer.share.result()) == pytest.approx(np.mean(seen["run"]))


def test_images_weigh_what_they_are_given():
    network = made()
    for trainer in (skipping.Supervised(network), skipping.Reinforced(network, rl_weight=0.0)):
        seen = trainer(IMAGES[:3], training=True)
        one = float(trainer.compute_loss(None, LABELS[:1], {name: value[:1] for name, value in seen.items()}))
        weighted = float(trainer.compute_loss(None, LABELS[:3], seen, np.array([3.0, 0.0, 0.0], "float32")))
        assert weighted == pytest.approx(one, rel=1e-5)


def test_running_more_than_what_is_free_has_its_price_in_training_only():
    network = made()
    probability_of(network, 0.8)  # all blocks run
    trainer = skipping.Supervised(network, price=2.0, free=0.65)
    seen = trainer(IMAGES, training=True)
    entropy = float(SumOfCrossEntropies()(LABELS, seen["logits"]))
    assert float(trainer.compute_loss(IMAGES, LABELS, seen)) == pytest.approx(entropy + 2 * 0.35, rel=1e-5)
    assert float(trainer.compute_loss(IMAGES, LABELS, seen, training=False)) == pytest.approx(entropy, rel=1e-5)
    trainer.free = 1.0
    assert float(trainer.compute_loss(IMAGES, LABELS, seen)) == pytest.approx(entropy, rel=1e-5)


def test_gates_close_where_running_has_a_price():
    history = fit(skipping.Supervised(made(), price=5.0, free=0.3), epochs=30)
    assert history["blocks_run"][0] > 0.4 > history["blocks_run"][-1]


def test_the_reinforced_loss_is_that_of_its_samples_and_beta_is_alpha_by_gates():
    trainer = skipping.Reinforced(made(), alpha=0.6, rl_weight=0.5, seed=1)
    seen = trainer(IMAGES, training=True)
    losses = SumOfCrossEntropies().call(LABELS, seen["logits"])
    expected = np.mean(reinforce.hybrid_loss(losses, seen["gate_logits"], seen["run"], 0.6, 0.2, 0.5))
    assert float(trainer.compute_loss(IMAGES, LABELS, seen)) == pytest.approx(expected, rel=1e-5)
    evaluated = float(trainer.compute_loss(IMAGES, LABELS, seen, training=False))
    assert evaluated == pytest.approx(np.mean(losses), rel=1e-5)


def test_decisions_are_drawn_with_the_gates_probabilities_in_training_only():
    network = made()
    probability_of(network, 0.8)
    trainer = skipping.Reinforced(network, seed=1)
    many = np.zeros((2000, 8, 8, 1), "float32")
    run = np.asarray(trainer(many, training=True)["run"])
    np.testing.assert_allclose(run.mean(axis=0), 0.8, atol=0.04)
    both = np.mean(run[:, 0] * run[:, 1])
    assert both == pytest.approx(0.64, abs=0.04)  # gates draw independently of each other
    assert not np.array_equal(run, trainer(many, training=True)["run"])
    assert np.all(np.asarray(trainer(many)["run"]) == 1)


@pytest.mark.parametrize("gate", ["recurrent", "feedforward_1", "feedforward_2", "random"])
def test_sharper_gates_decide_alike(gate):
    network = made(gate=gate)
    before = network.route(IMAGES, network.relaxed)
    network.gates.sharpen(0.1)
    after = network.route(IMAGES, network.relaxed)
    np.testing.assert_array_equal(after["run"], before["run"])
    scale = 1 if gate == "random" else 10
    np.testing.assert_allclose(after["gate_logits"][:, 0], scale * np.asarray(before["gate_logits"])[:, 0], rtol=1e-4)


def test_the_second_stage_begins_with_sharpened_gates():
    network = made()
    kernel = np.array(network.gates.output_layer.kernel)
    settings = presets_of(epochs=1, temperature=0.5)
    (stage,) = network.stages(
        {"supervised": settings | {"epochs": 0, "price": 0.0, "free": 0.0}, "reinforced": settings}
    )
    stage.prepare(4, None)
    np.testing.assert_allclose(network.gates.output_layer.kernel, 2 * kernel, rtol=1e-6)


def presets_of(**changed):
    """The settings of SkipNet's second stage."""
    settings = {name: setting.default for name, setting in skipnet_presets.STAGES["reinforced"].items()}
    return settings | {"peak_learning_rate": 0.01, "weight_decay": None} | changed


def test_supervised_training_learns():
    history = fit(skipping.Supervised(made()), epochs=12)
    assert history["loss"][-1] < 0.6 * history["loss"][0] and history["accuracy"][-1] > 0.85


def test_skipping_is_praised():
    """With alpha alone nothing runs in the end; with rewards for skipping that are none, gates hardly move."""
    shares = {}
    for alpha in (0.0, 3.0):
        network = made()
        probability_of(network, 0.7)
        history = fit(skipping.Reinforced(network, alpha, beta=0.0, seed=1), epochs=12)
        shares[alpha] = history["blocks_run"]
    assert shares[3.0][-1] < 0.1 < 0.5 < shares[0.0][-1]


def test_pure_reinforcement_leaves_the_head_alone():
    network = made()
    before, stem = np.array(network.head.kernel), np.array(network.stem.conv.kernel)
    fit(skipping.Reinforced(network, cross_entropy_weight=0.0, seed=1))
    np.testing.assert_array_equal(network.head.kernel, before)
    assert np.abs(network.stem.conv.kernel - stem).max() > 0  # what gates read is trained through them


def test_an_interrupted_training_ends_as_one_that_was_not(tmp_path):
    """Weights, momentum and what is drawn next are all in the backup of an epoch."""

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def trained(*callbacks):
        network = made()
        model = skipping.compiled(skipping.Reinforced(network, seed=1), SGD, 8)
        model.fit(IMAGES, LABELS, batch_size=16, epochs=2, verbose=0, shuffle=False, callbacks=list(callbacks))
        return network

    def backup():
        return keras.callbacks.BackupAndRestore(str(tmp_path))

    with pytest.raises(KeyboardInterrupt):
        trained(backup(), Interrupt())
    for mine, its in zip(trained(backup()).weights, trained().weights, strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("gate", ["recurrent", "feedforward_1"])
def test_half_precision_trains(gate):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = made(gate=gate)
        trainers = skipping.Supervised(network), skipping.Reinforced(network, seed=1)
        for trainer in trainers:
            history = fit(trainer, epochs=2)
            assert np.isfinite(history["loss"]).all()
            seen = trainer(IMAGES[:2], training=True)
            assert seen["gate_logits"].dtype == "float32" and seen["logits"].dtype == "float32"
        assert all(np.isfinite(weight).all() for weight in network.weights)
    finally:
        keras.config.set_dtype_policy(before)


class Sampled(skipping.Reinforced):
    """The second stage's forward pass, trained by cross-entropy alone."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return self.cross_entropy(y, y_pred["logits"])


def ratio(plain, trainer, batch=32, rounds=40):
    """Median time of a trainer's step as a share of a plain one's; they take turns, on a machine as busy."""
    images = np.random.default_rng(0).normal(size=(batch, 32, 32, 3)).astype("float32")
    labels, shares = np.arange(batch) % 10, []
    for turn in range(rounds + 3):
        times = []
        for model in (plain, trainer):
            start = time.perf_counter()
            model.train_on_batch(images, labels)
            times.append(time.perf_counter() - start)
        shares += [times[1] / times[0]] if turn >= 3 else []
    return float(np.median(shares))


def wide():
    return SkipNet((32, 32, 3), 10, (2, 2, 2))


def ratios():
    """Both trainers' steps as shares of a plain fit of the same forward pass."""
    relaxed = wide()
    relaxed.compile(keras.optimizers.SGD(1e-3, momentum=0.9, nesterov=True), SumOfCrossEntropies())
    pairs = (
        (relaxed, skipping.compiled(skipping.Supervised(wide()), SGD, 100)),
        (skipping.compiled(Sampled(wide()), SGD, 100), skipping.compiled(skipping.Reinforced(wide()), SGD, 100)),
    )
    return [ratio(*pair) for pair in pairs]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # for the gates, by cross-entropy along sampled paths
def test_a_step_costs_at_most_a_tenth_more_than_a_plain_fit():
    assert max(ratios()) < 1.1
