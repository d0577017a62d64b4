"""Deferral in IDK cascades: when a model says "I don't know", so that the next one runs.

Wang, "The Design of Dynamic Neural Networks for Efficient Learning and Inference", UCB/EECS-2020-236, chapter 4; first
in Wang et al., "IDK Cascades: Fast Deep Learning by Learning not to Overthink", UAI 2018. Of N members, cheapest first:

    errors   0 or 1, `[samples, N]`, whether a member's answer is wrong
    deferral p_j, `[samples, N - 1]`: the (soft) decision of member j to go on
    costs    `[N]`, of one run of each member; a unit of one run of the last makes the price a share of an error

The objectives use plain arithmetic alone: they take numpy arrays and Keras tensors alike. The rest is numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras_models.functional.thresholds import first_exits, fit_thresholds, spread_thresholds

GRID = 100  # values of alpha that a grid search tries, as the source does
# Weight to start from, per deviation of the entropies: the steeper, the nearer to hard decisions. Where a threshold
# would separate all, soft ones have theirs lower by log((1 - price) / price) / weight.
STEEPNESS = 16.0


def probabilities(logits) -> np.ndarray:
    """Softmax over the last axis, float64."""
    return np.exp(_log_softmax(logits))


def entropy(logits) -> np.ndarray:
    """Entropy in nats of the softmax of logits `[..., classes]`: equation 4.6, `[...]`."""
    logarithms = _log_softmax(logits)
    return -np.sum(np.exp(logarithms) * logarithms, axis=-1)


def _log_softmax(logits) -> np.ndarray:
    logits = np.asarray(logits, float)
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def defers_by_probability(largest, alpha) -> np.ndarray:
    """Equation 4.3: whether the largest probability is below alpha."""
    return np.asarray(largest) < alpha


def defers_by_entropy(entropies, alpha) -> np.ndarray:
    """Equation 4.4: whether the entropy is above alpha."""
    return np.asarray(entropies) > alpha


def logistic(entropies, weight, bias) -> np.ndarray:
    """Equation 4.5 with the entropy as feature: sigmoid(weight * entropy + bias); above 0.5 defers (equation 4.7)."""
    return 1.0 / (1.0 + np.exp(-np.clip(np.asarray(weight) * np.asarray(entropies) + np.asarray(bias), -500, 500)))


def expected_errors(deferral, errors):
    """Equation 4.15, `[samples]`: the error of the member that answers, in expectation over soft decisions.

    The source prints p_0 = p_N = 1. With p_N = 1 the last member would never answer, and two members would not give
    equation 4.13; meant is p_0 = 1 and p_N = 0, which is computed here. For two members it is equation 4.13.
    """
    value = errors[:, -1]
    for j in reversed(range(deferral.shape[1])):
        value = (1.0 - deferral[:, j]) * errors[:, j] + deferral[:, j] * value
    return value


def expected_cost(deferral, costs):
    """Equation 4.16, `[samples]`: what runs, in expectation over soft decisions. For two members: equation 4.14."""
    value = costs[-1]
    for j in reversed(range(deferral.shape[1])):
        value = costs[j] + deferral[:, j] * value
    return value


def objective(deferral, errors, costs, price):
    """Equation 4.12, `[samples]`: expected errors, and the price (lambda) times the expected cost.

    Going on pays only where price times the cost of what follows is below 1, the gain of an error that it avoids.
    """
    return expected_errors(deferral, errors) + price * expected_cost(deferral, costs)


def objective_gradient(deferral, errors, costs, price) -> np.ndarray:
    """Derivative of each sample's objective by its deferral, `[samples, N - 1]`.

    Reaching member j times what going on from it changes: for two members e_acc - e_fast + lambda c_acc.
    """
    value, change = errors[:, -1] + price * costs[-1], np.empty(deferral.shape)
    for j in reversed(range(deferral.shape[1])):
        change[:, j] = value - errors[:, j]
        value = price * costs[j] + errors[:, j] + deferral[:, j] * change[:, j]
    reached = np.cumprod(np.concatenate([np.ones((len(deferral), 1)), deferral[:, :-1]], axis=1), axis=1)
    return reached * change


def start_logistic(entropies, errors, costs, price) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases `[N - 1]` to start from: the best hard decisions at that price, softened.

    From elsewhere the gradient soon sits where all samples go on: the logistic is flat there, and the slope of the few
    errors that are avoided is many times the price.

    Args:
        entropies: `[samples, N - 1]`.
        errors, costs, price: as for `objective`.
    """
    entropies = np.asarray(entropies, float)
    rewards = 1.0 - np.asarray(errors) - price * np.cumsum(costs)
    limits = -fit_thresholds(-entropies, rewards)
    spread = np.maximum(entropies.std(0), 0.01)
    alpha = np.where(np.isfinite(limits), limits, entropies.min(0) - spread)
    return STEEPNESS / spread, -STEEPNESS * alpha / spread


def fit_logistic(entropies, errors, costs, price, steps=300, learning_rate=0.05) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases `[N - 1]` of `logistic` that minimise the mean objective: Adam on all samples at once.

    Args:
        entropies: `[samples, N - 1]`.
        errors, costs, price: as for `objective`.
        steps, learning_rate: of Adam, whose rate falls linearly to nothing; for entropies of unit deviation.
    """
    errors, spread = np.asarray(errors, float), np.maximum(np.std(entropies, axis=0), 0.01)
    weight, bias = start_logistic(entropies, errors, costs, price)
    features, numbers = np.asarray(entropies, float) / spread, np.stack([weight * spread, bias])
    first, second = np.zeros_like(numbers), np.zeros_like(numbers)
    for step in range(1, steps + 1):
        deferral = logistic(features, *numbers)
        slope = objective_gradient(deferral, errors, costs, price) * deferral * (1 - deferral)
        gradient = np.stack([(slope * features).mean(0), slope.mean(0)])
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        move = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        numbers -= learning_rate * (1 - (step - 1) / steps) * move
    return numbers[0] / spread, numbers[1]


@dataclass(frozen=True)
class Hardened:
    """What a cascade of hard decisions reaches.

    Attributes:
        accuracy: 0..1.
        idk: `[N - 1]`, the share of all samples that go on from each member; of two members equation 4.9.
        cost: mean per sample, in the unit of the costs.
    """

    accuracy: float
    idk: np.ndarray
    cost: float


def harden(defers, errors, costs) -> Hardened:
    """Runs a cascade by hard decisions, bool `[samples, N - 1]`: equations 4.7 to 4.9."""
    answering = first_exits(~np.asarray(defers), True)
    accuracy = 1.0 - float(np.mean(np.asarray(errors)[np.arange(len(answering)), answering]))
    idk = np.array([np.mean(answering > j) for j in range(np.shape(defers)[1])])
    return Hardened(accuracy, idk, average_cost(idk, costs))


def average_cost(idk, costs) -> float:
    """Mean cost per sample: the first member's, and every later one's by the share that comes to it."""
    return float(costs[0] + np.dot(idk, costs[1:]))


def meets(accuracy, last_accuracy: float, tolerance: float):
    """Equation 4.11: whether the cascade is as accurate as the last member, but for a share `tolerance` of it."""
    return accuracy >= (1.0 - tolerance) * last_accuracy - 1e-9


def grid_thresholds(confidence, errors, tolerance: float, count: int = GRID, spread=None) -> np.ndarray:
    """Thresholds on the confidence `[N - 1]` with the lowest rate of going on that meets equation 4.11.

    Stage by stage from the first member: each is paired with the last one on the samples that come to it, and `count`
    values that are spread over confidences are tried. The early members may use up the whole tolerance.

    Args:
        confidence: `[samples, N - 1]`, larger is surer (an entropy negated); leaves from the threshold on.
        errors: `[samples, N]`.
        tolerance: share of the last member's accuracy that may be lost.
        count: values to try.
        spread: confidences of other samples, over which they are spread; by default those of these samples.

    Returns:
        Infinite where nothing but going on meets it.
    """
    confidence, errors = np.asarray(confidence), np.asarray(errors, float)
    spread, found = np.asarray(confidence if spread is None else spread), np.full(confidence.shape[1], np.inf)
    for j in range(len(found)):
        for alpha in spread_thresholds(spread[:, j], count):  # from where all leave to where few do
            tried = np.where(np.arange(len(found)) == j, alpha, found)
            reached = harden(confidence < tried, errors, np.ones(errors.shape[1]))
            if meets(reached.accuracy, 1.0 - errors[:, -1].mean(), tolerance):
                found[j] = alpha
                break
    return found


def raised_biases(entropies, weight, bias, errors, tolerance: float, count: int = GRID) -> np.ndarray:
    """Biases `[N - 1]` raised together by the least that meets equation 4.11 with hard decisions.

    Soft decisions are fitted without that constraint. With all raised far enough everything goes to the last member.

    Args:
        entropies, errors, tolerance: as for `grid_thresholds`.
        weight, bias: `[N - 1]`, fitted.
        count: rises to try.
    """
    scores, errors = np.asarray(weight) * np.asarray(entropies) + np.asarray(bias), np.asarray(errors, float)
    rises = -scores[scores <= 0]
    rises = spread_thresholds(rises, count) if rises.size else []
    most = max(0.0, -float(scores.min())) + 1.0
    for rise in (0.0, *(rise for rise in rises if rise > 0)):
        reached = harden(scores + rise > 0, errors, np.ones(errors.shape[1]))
        if meets(reached.accuracy, 1.0 - errors[:, -1].mean(), tolerance):
            return np.asarray(bias) + rise
    return np.asarray(bias) + most


def oracle(errors) -> np.ndarray:
    """The IDK classifier that knows: goes on exactly where a member is wrong, bool `[samples, N - 1]`."""
    return np.asarray(errors)[:, :-1] > 0


def fit_cost_oblivious(entropies, wrong, steps: int = 25) -> tuple[float, float]:
    """Weight and bias of the logistic regression of "this member is wrong" on its entropy: the baseline without costs.

    Newton's method on the mean cross-entropy, with a touch of weight decay so that it ends where a line separates all.

    Args:
        entropies: `[samples]`.
        wrong: bool `[samples]`.
    """
    features = np.stack([np.asarray(entropies, float), np.ones(len(entropies))], axis=1)
    wrong, numbers = np.asarray(wrong, float), np.zeros(2)
    for _ in range(steps):
        chance = logistic(features[:, 0], *numbers)
        gradient = features.T @ (chance - wrong) / len(wrong) + 1e-4 * numbers
        curvature = (features.T * (chance * (1 - chance))) @ features / len(wrong) + 1e-4 * np.eye(2)
        numbers = numbers - np.linalg.solve(curvature, gradient)
    return float(numbers[0]), float(numbers[1])
