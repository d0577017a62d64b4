"""What is refused before the first step, and what a loss says of what could not be looked at beforehand."""

import numpy as np
import pytest

from keras_models.functional.evaluation import correct_answers
from keras_models.labels import balanced_weights, check_answers, check_counts, check_finite, plain_labels
from keras_models.layers.deferral import Deferral
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.policies.controllers import ExitPolicy
from keras_models.policies.deferral import DeferralTrainer
from keras_models.policies.skipping import Supervised

WRONG = {
    "below": ([0, -1], "whole numbers from 0 to 2, received -1 for image 1 and 1 such in all"),
    "beyond": (np.array([3, 0, 4]), "received 3 for image 0 and 2 such in all"),
    "half": (np.array([0.5, 1]), "received 0.5 for image 0"),
    "not a number": (np.array([0, np.nan]), "received nan for image 1"),
    "infinite": (np.array([[np.inf], [0]]), "received inf for image 0"),
    "texts": (np.array(["0", "1"]), "received <U1 of shape"),
    "bool": (np.array([True, False]), "received bool of shape"),
    "wide": (np.zeros((2, 4)), r"received float64 of shape \[2, 4\]"),
    "a number": (np.array(1), r"received int64 of shape \[\]"),
    "texts that are wide": (np.array([["a", "b", "c"]]), "received <U1 of shape"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_label_is_refused(name):
    labels, words = WRONG[name]
    for check in (plain_labels, check_answers):
        with pytest.raises(ValueError, match="expected labels.*" + words):
            check(labels, 3)


def test_labels_of_any_number_type_are_taken():
    for type in (np.uint8, np.int8, np.int64, np.float32):
        assert plain_labels(np.array([[0], [2]], type), 3).tolist() == [0, 2]
        check_answers(np.array([0, 2], type), 3)


@pytest.mark.parametrize("row", [[1, 1, 0], [0, 0, 0], [1.5, -0.5, 0], [np.nan, 1, 0], [np.inf, 0, 0]])
def test_what_is_no_distribution_is_refused(row):
    check_answers(np.array([[0, 1, 0]]), 3)
    check_answers(np.array([[0.3, 0.3, 0.4]], np.float16), 3)  # which adds up to 0.9995
    with pytest.raises(ValueError, match="expected distributions over 3 classes, .* received .* for image 1"):
        check_answers(np.array([[0, 1, 0], row]), 3)
    with pytest.raises(ValueError, match="expected labels"):
        plain_labels(np.array([[0, 1, 0], row]), 3)


def test_weights_let_the_classes_that_there_are_weigh_alike():
    # Of four images of two classes, three of one: 4 / (2 * 3) and 4 / (2 * 1).
    weights = balanced_weights(np.array([3, 3, 0, 3]), 5)
    np.testing.assert_allclose(weights, [2 / 3, 2 / 3, 2, 2 / 3], rtol=1e-6)


def test_what_is_masked_is_refused():
    labels = np.ma.array([0, 1, 2], mask=[False, True, True])
    for check in (plain_labels, check_answers):
        with pytest.raises(ValueError, match="expected labels without a mask: .*, received 2 masked numbers"):
            check(labels, 3)
    with pytest.raises(ValueError, match="expected images without a mask"):
        check_finite(np.ma.masked_greater(np.ones((2, 1, 1, 1)), 0.5))
    assert plain_labels(np.ma.array([0, 2]), 3).tolist() == [0, 2]  # a mask of nothing hides nothing


def test_numbers_that_are_none_are_found_in_any_image():
    images = np.zeros((1030, 2, 1, 1), np.float32)
    check_finite(images)
    check_finite(np.zeros((2, 2), np.uint8))
    images[1027, 1] = np.nan
    with pytest.raises(ValueError, match="expected images of finite numbers, received NaN or infinity for image 1027"):
        check_finite(images)
    with pytest.raises(ValueError, match="expected a label for every image, received 2 for 1030 images"):
        check_counts(images, [0, 1])


@pytest.mark.parametrize("wrong", [[0, 3], [0, -1], [0, np.nan], [0, 0.5], [[0], [3]], [[1, 0, 0], [1, 1, 0]],
                                   [[1, 0, 0], [2, -1, 0]], [[1, 0, 0], [np.nan, 1, 0]]])  # fmt: skip
def test_a_loss_of_what_is_no_label_is_not_a_number(wrong):
    losses = SumOfCrossEntropies(reduction=None)(np.array(wrong, np.float32), np.zeros((2, 2, 3), np.float32))
    assert float(losses[0]) == pytest.approx(2 * np.log(3)) and np.isnan(losses[1])


def test_a_loss_refuses_labels_of_another_shape():
    with pytest.raises(ValueError, match=r"labels \[batch\] or distributions \[batch, 3\], received shape \(1, 4\)"):
        SumOfCrossEntropies()(np.zeros((1, 4)), np.zeros((1, 2, 3)))


def test_a_half_is_right_nowhere():
    metric = ExitAccuracy(0)
    metric.update_state(np.array([0.5, 0, np.nan], np.float32), np.zeros((3, 1, 3)))  # the answers are all 0
    assert float(metric.result()) == pytest.approx(1 / 3)


def test_fit_refuses_before_its_first_step(network, images):
    network.compile()
    before = [np.array(weight) for weight in network.get_weights()]
    labels = np.zeros(8, int)
    spoilt = np.where(np.arange(8)[:, None, None, None] == 5, np.inf, images)
    for words, x, y, options in (
        ("received 3 for image 0", images, labels + 3, {}),
        ("received inf for image 0", images, labels.astype(float) + np.inf, {}),
        ("received <U21 of shape", images, labels.astype(str), {}),
        ("received NaN or infinity for image 5", spoilt, labels, {}),
        ("received 7 for 8 images", images, labels[1:], {}),
        ("expected labels without a mask", images, np.ma.masked_less(labels, 1), {}),
        ("expected images without a mask", np.ma.masked_less_equal(images, images.max()), labels, {}),
        ("received -1 for image 0", images, labels, {"validation_data": (images, labels - 1)}),
        ("for image 5", images, labels, {"validation_data": (spoilt, labels)}),
    ):
        with pytest.raises(ValueError, match=words):
            network.fit(x, y, verbose=0, **options)
    for weight, now in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, now)


def test_a_data_set_with_a_wrong_label_has_no_loss_of_zero(network, images):
    import tensorflow as tf

    network.compile()
    data = tf.data.Dataset.from_tensor_slices((images, np.array([0, 1, 2, 3] * 2))).batch(4)
    assert np.isnan(network.fit(data, epochs=1, verbose=0, shuffle=False).history["loss"]).all()


def test_other_trainers_refuse_as_well(network):
    values = {f"logits_{i}": np.zeros((2, 3), "float32") for i in range(1, 5)}
    deferral = DeferralTrainer(Deferral("max_softmax", 1), (0.5, 1), {"rule": "joint", "lambda": 0.1, "tolerance": 0})
    policy = ExitPolicy(network)
    for labels, words in (([0, 3], "received 3"), ([0], "received 1 for 2 images"), (np.eye(3)[:2], "expected labels")):
        with pytest.raises(ValueError, match=words):
            deferral.fit({name: values[name] for name in ("logits_1", "logits_2")}, labels)
        with pytest.raises(ValueError, match=words):
            correct_answers(np.zeros((2, 4, 3)), labels)
    with pytest.raises(ValueError, match="received 3"):
        policy.fit(values, np.array([0, 3]))
    assert Supervised.fit is type(network).fit  # which is tried above
