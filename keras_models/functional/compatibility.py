"""Discriminative zero-shot baselines: F(x, t) = x' W a_t, how well features go with the description of a class.

They differ in how W is found (Xian et al., TPAMI 2018, section 3, has all of them): DeViSE (Frome et al., NIPS 2013),
ALE (Akata et al., CVPR 2013) and SJE (Akata et al., CVPR 2015) rank by hinge losses, ESZSL (Romera-Paredes and Torr,
ICML 2015) is closed. By cross-entropy it is the label embedding of Misra et al. (CVPR 2017), and with one description
a class of its own, the identity, logistic regression. All numpy.
"""

from __future__ import annotations

import numpy as np

RANKED = ("devise", "ale", "sje")
LOSSES = (*RANKED, "softmax")
_DECAYS = 0.9, 0.999  # of Adam's moments


def scores(features, weights, descriptions) -> np.ndarray:
    """F of every sample and class: `[samples, features] [features, size] [classes, size]` to `[samples, classes]`."""
    return np.asarray(features) @ np.asarray(weights) @ np.asarray(descriptions).T


def eszsl(features, labels, descriptions, gamma: float, lam: float) -> np.ndarray:
    """W of ESZSL: (X'X + gamma I)^-1 X'Y A (A'A + lambda I)^-1, equation 6 there.

    Args:
        features: `[samples, features]`.
        labels: int `[samples]`, rows of the descriptions.
        descriptions: of the classes in training, `[classes, size]`.
        gamma, lam: the regularisers of both sides.

    Returns:
        `[features, size]`; Y is 1 for a sample's class and -1 for all others.
    """
    x, a = np.asarray(features, float), np.asarray(descriptions, float)
    y = np.where(np.asarray(labels)[:, None] == np.arange(len(a)), 1.0, -1.0)
    left = np.linalg.solve(x.T @ x + gamma * np.eye(x.shape[1]), x.T @ y @ a)
    return np.linalg.solve(a.T @ a + lam * np.eye(a.shape[1]), left.T).T


def fit(features, labels, descriptions, loss: str, *, epochs=50, rate=1e-3, decay=1e-4, batch=32, margin=1.0, seed=0):
    """W by Adam on batches of samples.

    Args:
        features, labels, descriptions: as for `eszsl`.
        loss: one of `LOSSES`.
        epochs, rate, batch: passes, learning rate, samples a step.
        decay: of the weights, decoupled: each step takes this share times the rate off them.
        margin: of the hinge losses, by which the right class is to lead.
        seed: of the order of the samples.

    Returns:
        `[features, size]`.

    Raises:
        ValueError: another loss.
    """
    if loss not in LOSSES:
        raise ValueError(f"expected a loss among {', '.join(LOSSES)}, received {loss!r}")
    x, a, labels = np.asarray(features, float), np.asarray(descriptions, float), np.asarray(labels)
    rng, weights = np.random.default_rng(seed), np.zeros((x.shape[1], a.shape[1]))
    mean, square, step = np.zeros_like(weights), np.zeros_like(weights), 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(batch, len(x), batch)):
            slopes = score_gradients(x[rows] @ weights @ a.T, labels[rows], loss, margin)
            gradient, step = x[rows].T @ slopes @ a / len(rows), step + 1
            mean = _DECAYS[0] * mean + (1 - _DECAYS[0]) * gradient
            square = _DECAYS[1] * square + (1 - _DECAYS[1]) * gradient**2
            corrected = mean / (1 - _DECAYS[0] ** step), square / (1 - _DECAYS[1] ** step)
            weights -= rate * (corrected[0] / (np.sqrt(corrected[1]) + 1e-8) + decay * weights)
    return weights


def score_gradients(given, labels, loss: str, margin: float = 1.0) -> np.ndarray:
    """Derivative of each sample's loss by its scores, `[samples, classes]`.

    Args:
        given: scores `[samples, classes]`.
        labels: int `[samples]`.
        loss: "devise": the sum of the hinges max(0, margin + s_t - s_y) over the wrong classes; "ale": it weighted by
            (1 + 1/2 + .. + 1/r) / r, r the hinges above 0; "sje": the largest hinge; "softmax": cross-entropy.
        margin: of the hinges.
    """
    rows = np.arange(len(given))
    if loss == "softmax":
        found = np.exp(given - given.max(1, keepdims=True))
        found /= found.sum(1, keepdims=True)
        found[rows, labels] -= 1
        return found
    hinges = margin + given - given[rows, labels][:, None]
    hinges[rows, labels] = 0
    if loss == "sje":
        found = (np.arange(given.shape[1]) == hinges.argmax(1)[:, None]) & (hinges > 0)
    else:
        found = hinges > 0
    found = found.astype(float)
    if loss == "ale":
        ranks = found.sum(1).astype(int)
        harmonic = np.cumsum(np.r_[0, 1 / np.arange(1, given.shape[1] + 1)])
        found *= (harmonic[ranks] / np.maximum(ranks, 1))[:, None]
    found[rows, labels] = -found.sum(1)
    return found


def product_scores(factors, members) -> np.ndarray:
    """The visual product of Misra et al.: log-probabilities of what a class is composed of, summed.

    Args:
        factors: scores of each factor, such as kinds and colours: arrays `[samples, members of the factor]`.
        members: int `[classes, factors]`, the member of each factor that a class has.

    Returns:
        `[samples, classes]`.
    """
    found = 0.0
    for number, logits in enumerate(factors):
        logits = np.asarray(logits) - np.max(logits, axis=1, keepdims=True)
        found = found + (logits - np.log(np.exp(logits).sum(1, keepdims=True)))[:, np.asarray(members)[:, number]]
    return found


def prototype_scores(features, examples, labels, classes: int) -> np.ndarray:
    """Prototypical networks (Snell et al., NIPS 2017) over fixed features: less the square of the distance to a mean.

    Args:
        features: `[samples, features]`.
        examples, labels: `[examples, features]` and int `[examples]`.
        classes: how many there are; one without examples has minus infinity.
    """
    features, examples, labels = np.asarray(features), np.asarray(examples), np.asarray(labels)
    found = np.full((len(features), classes), -np.inf)
    for one in np.unique(labels):
        found[:, one] = -np.square(features - examples[labels == one].mean(0)).sum(1)
    return found
