"""Baselines of zero-shot learning: gradients by hand, the closed form, and classes that nobody has seen."""

import numpy as np
import pytest

from keras_models.functional import compatibility as c

# Two kinds by two colours: what a class is composed of, in two ones.
PAIRS = np.array([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]], float)


@pytest.fixture
def samples():
    """Features in which kind and colour are to be seen, of the first three pairs, and of the last one."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    mixing = rng.normal(size=(4, 6))
    known = PAIRS[labels] @ mixing + 0.05 * rng.normal(size=(60, 6))
    return known, labels, PAIRS[[3] * 20] @ mixing + 0.05 * rng.normal(size=(20, 6))


def test_the_closed_form_by_hand():
    """X = 1, Y = (1, -1), A = identity, gamma = 1, lambda = 1: 1/2 * (1, -1) * 1/2."""
    found = c.eszsl([[1.0]], [0], np.eye(2), 1.0, 1.0)
    np.testing.assert_allclose(found, [[0.25, -0.25]])


def test_the_closed_form_is_where_the_gradient_is_zero(samples):
    """Of |X W A' - Y|^2 + gamma |W A'|^2 + lambda |X W|^2 + gamma lambda |W|^2."""
    x, labels, _ = samples
    a, gamma, lam = PAIRS[:3], 0.3, 0.7
    w, y = c.eszsl(x, labels, a, gamma, lam), np.where(labels[:, None] == np.arange(3), 1, -1)
    slope = x.T @ (x @ w @ a.T - y) @ a + gamma * w @ a.T @ a + lam * x.T @ x @ w + gamma * lam * w
    np.testing.assert_allclose(slope, 0, atol=1e-8)


def test_gradients_of_the_scores_by_hand():
    """Scores 2, 1.5, 1, the right class is the second: with margin 1 the hinges are 1.5 and 0.5."""
    given, label = np.array([[2.0, 1.5, 1.0]]), np.array([1])
    assert c.score_gradients(given, label, "devise").tolist() == [[1, -2, 1]]
    assert c.score_gradients(given, label, "sje").tolist() == [[1, -1, 0]]
    np.testing.assert_allclose(c.score_gradients(given, label, "ale"), [[0.75, -1.5, 0.75]])  # (1 + 1/2) / 2 each
    assert c.score_gradients(np.array([[0.0, 3.0, 0.0]]), label, "ale").tolist() == [[0, 0, 0]]
    shares = np.exp([2, 1.5, 1]) / np.exp([2, 1.5, 1]).sum()
    np.testing.assert_allclose(c.score_gradients(given, label, "softmax")[0], shares - [0, 1, 0])


@pytest.mark.parametrize("loss", c.LOSSES)
def test_every_loss_finds_the_pair_that_it_was_not_trained_on(samples, loss):
    x, labels, new = samples
    w = c.fit(x, labels, PAIRS[:3], loss, epochs=40, rate=0.05, seed=1)
    assert np.mean(c.scores(x, w, PAIRS).argmax(1) == labels) > 0.95
    assert np.mean(c.scores(new, w, PAIRS).argmax(1) == 3) > 0.95
    assert np.array_equal(w, c.fit(x, labels, PAIRS[:3], loss, epochs=40, rate=0.05, seed=1))


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="expected a loss among devise, ale, sje, softmax, received 'rank'"):
        c.fit(np.eye(2), [0, 1], np.eye(2), "rank")


def test_the_visual_product_by_hand():
    """Kinds at 3:1, colours at 1:1: a pair is as likely as the product of both."""
    found = c.product_scores([[[np.log(3), 0.0]], [[0.0, 0.0]]], [[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_allclose(np.exp(found), [[3 / 8, 3 / 8, 1 / 8, 1 / 8]])


def test_prototypes_are_means():
    found = c.prototype_scores([[0.0, 0.0]], [[1, 0], [3, 0], [0, 1]], [0, 0, 2], 3)
    np.testing.assert_allclose(found, [[-4, -np.inf, -1]])
