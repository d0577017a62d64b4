"""Rules of IDK cascades of any number of members: who goes on, fitted on one split and chosen on another.

Wang, UCB/EECS-2020-236, section 4.1. A rule is a function of a `Split` that returns who goes on from each member but
the last, bool `[samples, members - 1]`. Everything is computed from what the members answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import numpy as np

from keras_models.functional import deferral
from keras_models.policies.deferral import PRICES

PROBABILITY, ENTROPY, COST = "Prob+Grid", "Ent+Grid", "Ent+Cost"
WIDTHS = (1024, 1024, 512, 512, 128, 64)  # of the network that sees the whole distribution; the output is its seventh


@dataclass(frozen=True)
class Split:
    """What the members answered to the images of a split.

    Attributes:
        logits: `[samples, members, classes]`.
        labels: `[samples]`.
    """

    logits: np.ndarray
    labels: np.ndarray

    @cached_property
    def errors(self) -> np.ndarray:
        """Whether each answer is wrong, float64 `[samples, members]`."""
        return (self.logits.argmax(-1) != self.labels[:, None]).astype(float)

    @cached_property
    def largest(self) -> np.ndarray:
        """Largest probability of every member but the last, `[samples, members - 1]`."""
        return deferral.probabilities(self.logits[:, :-1]).max(-1)

    @cached_property
    def entropies(self) -> np.ndarray:
        """Entropy of the answer of every member but the last in nats, `[samples, members - 1]`."""
        return deferral.entropy(self.logits[:, :-1])

    def harden(self, defers, costs) -> deferral.Hardened:
        """What a cascade by these decisions `[samples, members - 1]` reaches."""
        return deferral.harden(defers, self.errors, costs)

    def meets(self, defers, allowed: float) -> bool:
        """Whether these decisions lose at most `allowed` (0..1) of the last member's accuracy."""
        reached = self.harden(defers, np.ones(self.errors.shape[1])).accuracy
        return bool(reached >= 1 - self.errors[:, -1].mean() - allowed - 1e-9)


Rule = Callable[[Split], np.ndarray]

# What is compared with alpha, whether a member goes on, and 1 where the surer has the larger value.
GRIDS = {
    PROBABILITY: (attrgetter("largest"), deferral.defers_by_probability, 1),  # equation 4.3
    ENTROPY: (attrgetter("entropies"), deferral.defers_by_entropy, -1),  # equation 4.4
}


def stagewise(name: str, fitting: Split, held_out: Split, allowed: float) -> Rule | None:
    """Thresholds by a grid search, member by member from the first: the section's own way for several members.

    Each is paired with the last member on the images that come to it, and has the lowest rate of going on that loses
    at most `allowed` (0..1). An early member may use all of it up.

    Args:
        name: one of `GRIDS`.
        fitting: over whose values the `deferral.GRID` candidates are spread.
        held_out: that the thresholds are chosen on.
        allowed: of the last member's accuracy.

    Returns:
        None where nothing but always going on to the last member meets it.
    """
    value, defers, sign = GRIDS[name]
    share = allowed / max(1 - held_out.errors[:, -1].mean(), 1e-9)
    sure, spread = sign * value(held_out), sign * value(fitting)
    limits = sign * deferral.grid_thresholds(sure, held_out.errors, share, spread=spread)
    return None if np.isinf(limits).all() else lambda split: defers(value(split), limits)


def cost_rules(fitting: Split, costs) -> list[Rule]:
    """Logistics of the entropies, fitted together for each of a sweep of prices: equations 4.5, 4.12, 4.15 and 4.16.

    costs: `[members]`, of a run of each.
    """
    own = np.asarray(costs, float) / costs[-1]
    return [_logistic(*deferral.fit_logistic(fitting.entropies, fitting.errors, own, price)) for price in PRICES]


def _logistic(weight, bias) -> Rule:
    return lambda split: deferral.logistic(split.entropies, weight, bias) > 0.5


def cheapest(rules: Sequence[Rule], held_out: Split, allowed: float, costs) -> Rule | None:
    """The rule of the lowest mean cost that loses at most `allowed` (0..1) of the last member's accuracy, or None."""
    enough = [rule for rule in rules if held_out.meets(rule(held_out), allowed)]
    return min(enough, key=lambda rule: held_out.harden(rule(held_out), costs).cost, default=None)


def reached(accuracy: float, samples: int, macs: float, last: float) -> dict:
    """An accuracy (0..1) on so many images, with its mean multiply-adds, and those of the last member alone.

    Returns:
        {"accuracy", "error": its standard error, both in percent, "macs", "relative": to the last member's}.
    """
    error = np.sqrt(max(accuracy * (1 - accuracy), 0.0) / samples)
    told = {"accuracy": 100 * accuracy, "error": 100 * error, "macs": macs, "relative": macs / last}
    return {name: float(value) for name, value in told.items()}


def always(split: Split) -> np.ndarray:
    """The rule by which everything goes on to the last member."""
    return np.ones((len(split.labels), split.errors.shape[1] - 1), bool)


def cost_oblivious(fitting: Split) -> Rule:
    """Each member's logistic regression of "it is wrong" on its entropy: the baseline without costs."""
    pairs = zip(fitting.entropies.T, fitting.errors.T[:-1], strict=True)
    return _logistic(*np.transpose([deferral.fit_cost_oblivious(entropies, wrong) for entropies, wrong in pairs]))


def cost_oblivious_network(fitting: Split, epochs: int) -> Rule:
    """The same by a network for each member that sees all of its probabilities.

    Fully connected layers with normalisation and ReLU, by SGD with momentum on the cross-entropy, in batches of 128.
    """
    import keras

    keras.utils.set_random_seed(0)
    networks = []
    for j in range(fitting.errors.shape[1] - 1):
        network = _network(fitting.logits.shape[-1])
        seen, wrong = deferral.probabilities(fitting.logits[:, j]), fitting.errors[:, j : j + 1]
        network.fit(seen, wrong, batch_size=128, epochs=epochs, verbose=0)
        networks.append(network)

    def rule(split: Split) -> np.ndarray:
        asked = np.moveaxis(deferral.probabilities(split.logits[:, :-1]), 1, 0)
        found = [network.predict(seen, verbose=0)[:, 0] > 0 for network, seen in zip(networks, asked, strict=True)]
        return np.stack(found, axis=1)

    return rule


def _network(classes: int):
    """Of section 4.1: the logit of "this member is wrong", of its probabilities."""
    import keras

    layers = [keras.Input((classes,))]
    for width in WIDTHS:
        layers += [
            keras.layers.Dense(width, use_bias=False, kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    network = keras.Sequential([*layers, keras.layers.Dense(1)])
    network.compile(keras.optimizers.SGD(0.01, momentum=0.9), keras.losses.BinaryCrossentropy(from_logits=True))
    return network
