"""Fitting when the members of an IDK cascade go on, and settings of it for a sweep of prices.

Costs are in runs of the last member, so a price (lambda) is what one run of it is worth as a share of an error: at the
source's lambda of 0.04 four errors in a hundred. Going on pays only below 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from keras_models.base import Deployable
from keras_models.functional import deferral
from keras_models.functional.thresholds import fit_thresholds
from keras_models.labels import check_counts, plain_labels
from keras_models.layers.deferral import Deferral
from keras_models.losses import batch_mean
from keras_models.optimizers import OneCycle
from keras_models.policies.controllers import answers
from keras_models.policies.names import COST

PRICES = np.geomspace(0.002, 0.9, 24)  # of a run of the last member, as a share of an error


def member_costs(exit_costs) -> np.ndarray:
    """Cost of a run of each member `[N]`, in runs of the last one, from the costs of leaving at each."""
    own = np.diff(np.asarray(exit_costs, float), prepend=0.0)
    return own / own[-1]


class DeferralTrainer(keras.Model):
    """The rule of a cascade as a model of its own: `fit` takes what the members answer, by name, and labels.

    Args:
        rule: the cascade's `Deferral`, which is fitted in place.
        costs: `[N]`, of a run of each member, in runs of the last.
        settings: of the stage: `rule`, `lambda`, `tolerance`.

    `rule` "joint" minimises errors plus lambda times costs over all members at once: of "logistic" by gradient from the
    best hard decisions (equations 4.12 to 4.16), of thresholds by coordinate ascent over hard ones. "stagewise" takes
    for one member after the other the lowest rate of going on that keeps the accuracy, by a grid (4.11).
    """

    def __init__(self, rule: Deferral, costs, settings: Mapping):
        super().__init__(dtype="float32")
        self.rule, self.costs, self.settings = rule, tuple(map(float, costs)), dict(settings)
        self.built = True

    def call(self, entropies):
        return self.rule(entropies)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean objective of a batch. y: errors `[batch, members]`; y_pred: soft decisions."""
        return batch_mean(deferral.objective(y_pred, ops.cast(y, y_pred.dtype), self.costs, self.settings["lambda"]))

    def fit(self, x, y, **options):
        """Fits the rule. Returns the Keras history, or None where there is no gradient to follow.

        Args:
            x: `logits_1` .. `logits_N` by name.
            y: labels `[samples]`.
            options: of Keras' `fit`.
        """
        logits = answers(x)
        labels = plain_labels(y, logits.shape[-1])
        check_counts(logits, labels)
        errors = (logits.argmax(-1) != labels[:, None]).astype("float32")
        sure, tolerance = self.rule.confidence(logits), self.settings["tolerance"]
        if self.settings["rule"] == "stagewise":
            self.rule.set_limits(deferral.grid_thresholds(sure, errors, tolerance or 0.0))
            return None
        price = self.settings["lambda"]
        if self.rule.kind != "logistic":
            self.rule.set_limits(fit_thresholds(sure, 1.0 - errors - price * np.cumsum(self.costs)))
            return None
        weight, bias = deferral.start_logistic(-sure, errors, self.costs, price)
        self.rule.set(weight=weight, bias=bias)
        history = super().fit((-sure).astype("float32"), errors, **options)
        if tolerance is not None:
            numbers = self.rule.values()
            raised = deferral.raised_biases(-sure, numbers["weight"], numbers["bias"], errors, tolerance)
            self.rule.set(bias=raised)
        self.rule.trainable = False
        return history


def trainer(rule: Deferral, steps: int, costs, settings: Mapping) -> DeferralTrainer:
    """The rule of a cascade, compiled for `fit`.

    Args:
        rule, costs, settings: as for `DeferralTrainer`; settings also with `learning_rate`.
        steps: of the whole fit.
    """
    rule.trainable = True
    model = DeferralTrainer(rule, costs, settings)
    model.compile(keras.optimizers.Adam(OneCycle(settings["learning_rate"], steps)))
    model.optimizer.build(model.trainable_variables)  # Build optimizer slots now; otherwise train_step retraces.
    return model


def score(rule: Deferral, values: Mapping, labels, costs) -> list[dict]:
    """How a cascade of hard decisions does: one row.

    `idk_i` is the share of all samples that goes on from member i, `cost` the mean cost in runs of the last member.
    """
    logits = answers(values)
    errors = logits.argmax(-1) != np.asarray(labels)[:, None]
    reached = deferral.harden(rule.decide(logits), errors, costs)
    row = {"accuracy": reached.accuracy, "accuracy_of_last": 1.0 - float(errors[:, -1].mean())}
    return [row | {f"idk_{i}": float(rate) for i, rate in enumerate(reached.idk, 1)} | {"cost": reached.cost}]


@dataclass(frozen=True)
class CostPolicy:
    """Operating points of a cascade by the cost-aware fit: a logistic for every price, as `choice.GatePolicy` is used.

    network: a cascade whose deferral is logistic. Raises ValueError for another.
    """

    network: Deployable
    name: str = COST
    fixed = False

    def __post_init__(self):
        names = self.network.parameters()
        if not {"weight_1", "bias_1"} <= set(names):
            shown = ", ".join(names) or "none"
            raise ValueError(
                "expected a cascade whose deferral is logistic (parameters weight_1, bias_1, ...) for the policy cost, "
                f"received {type(self.network).__name__} with the parameters {shown}"
            )

    @property
    def chain(self) -> Deployable:
        """What is deployed."""
        return self.network

    def candidates(self, seen, stride: int = 1) -> list[dict[str, float]]:
        """Settings of all weights and biases, one for each price.

        Args:
            seen: `choice.Seen`; a member that is not kept always goes on.
            stride: 2 tries half as many prices.
        """
        kept = np.asarray(seen.kept)
        if not kept[:-1].any():
            return []
        entropies = deferral.entropy(seen.answers[:, kept][:, :-1])
        errors, costs = ~seen.correct[:, kept], member_costs(np.asarray(seen.costs, float)[kept])
        found = []
        for price in PRICES[::stride]:
            setting = self.network.full_depth()
            fitted = deferral.fit_logistic(entropies, errors, costs, price)
            for i, weight, bias in zip(np.flatnonzero(kept[:-1]) + 1, *fitted, strict=True):
                setting |= {f"weight_{i}": float(weight), f"bias_{i}": float(bias)}
            found.append(setting)
        return found
