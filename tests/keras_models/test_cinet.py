"""CiNet: counts of the thesis, what trains what, the schedule of the penalty, and REINFORCE."""

import numpy as np
import pytest
from keras import ops

from keras_models import presets, programs, seeding
from keras_models.cinet import CiNet
from keras_models.functional.reinforce import gaussian_log_probability
from keras_models.policies.localising import SCALES, Exploring, Localising, Reinforced
from tests.families.tiny import TINY

ARGUMENTS = TINY["cinet"].arguments
IMAGES = np.random.default_rng(0).random((16, 12, 12, 1)).astype(np.float32)
LABELS = np.arange(16) % 3


def network(**arguments):
    seeding.set_random_seed(1)
    return CiNet((12, 12, 1), 3, **ARGUMENTS | arguments)


def trainer(own, steps=4, **settings):
    _, stages = presets.resolve("cinet", ARGUMENTS, {"end_to_end": {"epochs": 1, "batch_size": 8} | settings})
    (stage,) = own.stages(stages, seed=3)
    return stage.prepare(steps, None)


def test_the_network_of_the_thesis_has_its_counts():
    """1.0 M multiplications of convolutions on the phone, 100 numbers sent, about 1.06 M parameters in the cloud."""
    cinet = CiNet((100, 100, 1), 10)
    assert cinet.convolution_macs() == 1_000_000
    macs = cinet.part_macs
    assert macs["extractor"] == 1_125_000 and macs["locator"] == 200
    # 10 x 10 x 25 x 128 and 5 x 5 x 25 x 128 x 256, then 3 x 3 x 256 x 100, 100 x 50 and 50 x 10
    assert macs["classifier"] == 320_000 + 20_480_000 + 230_400 + 5_000 + 500
    assert cinet.static_cost() == 1_125_000 + 200 + 400, "the cloud's is billed apart, the crop is not"
    assert 1_050_000 < cinet.classifier.count_params() < 1_070_000


def test_the_weights_at_first_are_those_of_the_thesis():
    cinet = CiNet((100, 100, 1), 10)
    assert np.std(cinet.extractor.layers[5].kernel) == pytest.approx(0.02, rel=0.05)
    assert np.std(cinet.classifier.layers[0].layers[2].kernel) == pytest.approx(0.02, rel=0.05)
    assert np.std(cinet.locator.kernel) == pytest.approx(0.2, rel=0.15)
    assert np.abs(cinet.locator.bias).max() == 0
    first, second = (CiNet((100, 100, 1), 10).extractor.layers[k].kernel for k in (0, 2))
    assert not np.array_equal(np.ravel(first)[:10], np.ravel(second)[:10])


def test_start_is_where_it_looks_before_it_has_learned():
    cinet = network(start=(0.1, -0.2, 0.5, 0.4))
    np.testing.assert_allclose(cinet.locate(IMAGES * 0), np.tile([0.1, -0.2, 0.5, 0.4], (16, 1)), atol=1e-6)
    np.testing.assert_allclose(np.array(cinet.locate(IMAGES)).mean(0), [0.1, -0.2, 0.5, 0.4], atol=0.1)


def test_what_it_says_is_of_the_piece_alone():
    """Light outside of the piece changes no answer for a theta that is given."""
    cinet = network()
    theta = ops.convert_to_tensor(np.tile([-0.5, -0.5, 0.2, 0.2], (2, 1)), "float32")
    images = np.stack([IMAGES[0], IMAGES[0]])
    images[1, 8:, 8:] = 1.0
    seen = cinet.answer(images, theta)
    for name in ("logits", "local"):
        np.testing.assert_array_equal(seen[name][0], seen[name][1])


def test_the_local_classifier_teaches_the_extractor_nothing():
    import tensorflow as tf

    cinet = network()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(cinet.look(IMAGES, training=True)["local"])
    local = {id(weight) for weight in cinet.local.trainable_variables}
    for weight, gradient in zip(
        cinet.trainable_variables, tape.gradient(total, [w.value for w in cinet.trainable_variables]), strict=True
    ):
        assert (gradient is not None) == (id(weight) in local), weight.path


def test_the_loss_is_both_cross_entropies_and_the_penalty():
    cinet = network()
    model = trainer(cinet, scale_penalty=0.1)
    seen = cinet.look(IMAGES)
    entropies = 0.0
    for name in ("logits", "local"):
        logits = np.array(seen[name])[:, 0].astype(float)
        entropies += np.log(np.exp(logits).sum(1)) - logits[np.arange(16), LABELS]
    theta = np.array(seen["theta"])
    expected = np.mean(entropies + 0.1 * (theta[:, 2] ** 2 + theta[:, 3] ** 2))
    assert float(model.compute_loss(y=LABELS, y_pred=seen)) == pytest.approx(expected, rel=1e-5)


def test_the_penalty_counts_from_its_step_on():
    model = trainer(network(), steps=4, free=0.5, scale_penalty=1.0)
    theta = ops.convert_to_tensor([[0.0, 0.0, 0.5, 0.5]])
    told = []
    for step in range(4):
        model.optimizer.iterations.assign(step)
        told.append(float(model.penalties(theta)[0]))
    assert told == [0, 0, 0.5, 0.5]


def test_finders_learn_at_a_rate_of_their_own():
    moved = {}
    for rate in (1.0, 1e-6):
        cinet = network()
        before = np.array(cinet.locator.bias), np.array(cinet.classifier.layers[1].kernel)
        trainer(cinet, finder_rate=rate).fit(IMAGES, LABELS, batch_size=8, verbose=0, shuffle=False)
        after = np.array(cinet.locator.bias), np.array(cinet.classifier.layers[1].kernel)
        moved[rate] = [np.abs(a - b).max() for a, b in zip(after, before, strict=True)]
    assert moved[1e-6][0] < 1e-4 * moved[1.0][0] and moved[1e-6][1] > 0.1 * moved[1.0][1]


def test_a_normal_score_by_hand():
    """Two numbers off by 0.1 and 0.2 of a deviation of 0.1: -(1 + 4) / 2; its gradient in the mean is (x - m) / s^2."""
    import tensorflow as tf

    mean = tf.Variable([[0.0, 1.0]])
    with tf.GradientTape() as tape:
        score = gaussian_log_probability(tf.constant([[0.1, 0.8]]), mean, 0.1)
    np.testing.assert_allclose(score, [-2.5], rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(score, mean), [[10, -20]], rtol=1e-5)


def test_reinforce_draws_thetas_and_praises_what_answers_better_than_the_batch():
    model = trainer(network(), method="reinforce", deviation=0.2)
    assert isinstance(model, Reinforced)
    seen = model(IMAGES, training=True)
    off = np.array(seen["theta"] - seen["mean"])
    assert 0.1 < off.std() < 0.3 and abs(off.mean()) < 0.1
    again = np.array(model(IMAGES, training=True)["theta"])
    assert not np.array_equal(again, seen["theta"]), "it draws anew"
    assert set(model(IMAGES)) == {"logits", "local", "theta"}


def test_reinforce_finds_a_bright_spot_that_the_reward_asks_for():
    """The gradient of the score moves the mean toward draws with smaller losses."""
    import tensorflow as tf

    model = Reinforced(network(), scale_penalty=0.0, deviation=0.1)
    mean = tf.Variable(np.zeros((2, 4), np.float32))
    drawn = tf.constant([[0.1, 0, 0, 0], [-0.1, 0, 0, 0]], tf.float32)
    model.told = lambda labels, seen: (tf.constant([0.0, 1.0]), tf.constant([0.0, 0.0]))  # the first answers better
    model.penalties = lambda theta: 0.0
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model.losses_of(None, {"theta": drawn, "mean": mean}, True))
    gradient = tape.gradient(loss, mean).numpy()
    # Praise is 0.5 and -0.5; -praise (x - m) / s^2 / 2: -0.5 * 10 / 2 for both, as the second's draw is to the left.
    np.testing.assert_allclose(gradient[:, 0], [-2.5, -2.5], rtol=1e-5)


def test_pieces_are_scattered_first_then_about_the_extractors_by_less_and_less():
    model = trainer(network(), steps=4, scattered=0.5, jitter=0.4)
    assert isinstance(model, Exploring)
    shown, answer = [], model.network.answer

    def spy(images, theta, *rest):
        shown.append(np.array(theta))
        return answer(images, theta, *rest)

    model.network.answer = spy
    for step in range(5):
        model.optimizer.iterations.assign(step)
        seen = model(IMAGES, training=True)
        np.testing.assert_array_equal(seen["theta"], model.network.locate(IMAGES), "the penalty is on its own word")
    own, off = np.array(seen["theta"]), [np.abs(one - np.array(seen["theta"])) for one in shown]
    for places in shown[:2]:
        np.testing.assert_array_equal(places[:, 2], places[:, 3])
        assert (places[:, 2] >= SCALES[0]).all() and (places[:, 2] <= SCALES[1]).all()
        assert (np.abs(places[:, :2]) <= 1 - places[:, 2:] + 1e-6).all(), "wholly inside"
    # 0.4 x 1/2 and 0.4 x 1/4 of scales near 0.6, on average sqrt(2 / pi) of the deviation, then nothing.
    for step, deviation in ((2, 0.2), (3, 0.1), (4, 0.0)):
        assert (off[step] / np.abs(own[:, [2, 3, 2, 3]])).mean() == pytest.approx(0.8 * deviation, rel=0.3, abs=1e-6)
    assert set(model(IMAGES)) == {"logits", "local", "theta"}


def test_while_pieces_are_scattered_the_extractor_stays():
    moved = []
    for scattered in (1.0, 0.0):
        cinet = network()
        before = np.array(cinet.locator.kernel), np.array(cinet.classifier.layers[1].kernel)
        settings = {"optimizer": "adam", "scattered": scattered, "gradient": "averaged", "free": 1.0}
        trainer(cinet, steps=2, **settings).fit(IMAGES, LABELS, batch_size=8, verbose=0)
        after = cinet.locator.kernel, cinet.classifier.layers[1].kernel
        moved.append([not np.array_equal(a, np.array(b)) for a, b in zip(before, after, strict=True)])
    assert moved == [[False, True], [True, True]]


def test_theta_has_the_gradient_that_settings_ask_for():
    import tensorflow as tf

    found = {}
    for gradient in ("bilinear", "averaged"):
        model = trainer(network(crop=3), gradient=gradient, jitter=1e-9)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(IMAGES, training=True)["logits"] ** 2)
        found[gradient] = tape.gradient(loss, model.network.locator.bias.value).numpy()
    assert np.abs(found["bilinear"] - found["averaged"]).max() > 0.01 * np.abs(found["bilinear"]).max()


def test_it_may_be_trained_on_the_first_images_alone():
    for images, split in ((None, "train"), (500, "train[:500]")):
        _, stages = presets.resolve("cinet", ARGUMENTS, {"end_to_end": {"epochs": 1, "images": images}})
        assert network().stages(stages)[0].split == split


def test_a_training_that_is_resumed_draws_on_where_it_was():
    model = trainer(network(), jitter=0.3)
    before = np.array(model.next_draw)
    first = np.array(model.jittered(ops.ones((2, 4)), 1.0))
    assert any(weight is model.next_draw for weight in model.weights) and not np.array_equal(before, model.next_draw)
    model.next_draw.assign(before)
    np.testing.assert_array_equal(model.jittered(ops.ones((2, 4)), 1.0), first)


def test_adam_has_one_rate():
    with pytest.raises(ValueError, match="expected a finder_rate of 1 for adam, received 0.1"):
        trainer(network(), optimizer="adam", finder_rate=0.1)


def test_both_methods_train_and_backpropagation_is_the_default():
    assert type(trainer(network())) is Localising
    for method in ("backpropagation", "reinforce"):
        cinet = network()
        before = np.array(cinet.locator.kernel)
        history = trainer(cinet, method=method).fit(IMAGES, LABELS, batch_size=8, verbose=0)
        assert np.isfinite(history.history["loss"]).all() and not np.array_equal(before, cinet.locator.kernel)


def test_photographs_have_an_extractor_of_blocks():
    cinet = CiNet((16, 16, 3), 3, **ARGUMENTS | {"extractor": "inverted_residuals", "filters": (4, 4, 6)})
    assert cinet(np.zeros((2, 16, 16, 3), np.float32)).shape == (2, 1, 3)
    (stage,) = cinet.stages(presets.resolve("cinet", {}, {})[1])
    assert stage.reestimate and cinet.parts()["extractor"].model.output["features"].shape == (None, 5)
    with pytest.raises(ValueError, match="expected an extractor, one of convolutions, inverted_residuals"):
        network(extractor="dense")


def test_the_program_asks_the_cloud_and_has_a_stand_in():
    steps = network().program()
    assert [step["op"] for step in steps] == ["run", "run", "crop", "run", "answer"]
    assert steps[3]["on"] == "remote" and [s["part"] for s in steps[3]["otherwise"]] == ["local"]
    assert steps[2]["size"] == [4, 4] and steps[2]["costs"] == {"macs": 64}
    parts = network().parts()
    assert parts["classifier"].where == programs.SERVER and parts["classifier"].sent == {"piece": (0.0, 1.0)}
    assert parts["locator"].keep_float and not parts["extractor"].keep_float


def test_it_sends_in_the_range_of_its_tasks_pixels():
    assert CiNet.create((12, 12, 1), 3, "transformed_digits", **ARGUMENTS).pixels == (0.0, 1.0)
    low, high = CiNet.create((32, 32, 3), 10, "cifar10", **ARGUMENTS).pixels
    assert low == pytest.approx(-1.99, abs=0.01) and high == pytest.approx(2.13, abs=0.01)
