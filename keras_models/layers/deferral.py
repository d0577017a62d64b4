"""The numbers by which the members of an IDK cascade say "I don't know"."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models.functional import deferral

# kind -> its numbers, one for every member but the last, and what they are before they are fitted
KINDS = {"max_softmax": {"threshold": 0.9}, "entropy": {"threshold": 0.3}, "logistic": {"weight": 1.0, "bias": 0.0}}


@keras.saving.register_keras_serializable("frugal")
class Deferral(keras.layers.Layer):
    """One rule for each member but the last, which says whether the next one runs.

    Args:
        kind: "max_softmax" goes on below a threshold of the largest probability (equation 4.3), "entropy" above one of
            the entropy (4.4), "logistic" where sigmoid(weight * entropy + bias) is above 0.5 (4.5).
        decisions: number of members but the last.

    Call arguments: entropies `[batch, decisions]`. Output: soft decisions to go on of the same shape, of "logistic".
    """

    def __init__(self, kind, decisions, **kwargs):
        super().__init__(**kwargs | {"dtype": "float32"})  # a decision is a comparison
        if kind not in KINDS:
            raise ValueError(f"expected a deferral among {', '.join(KINDS)}, received {kind!r}")
        self.kind, self.decisions = kind, int(decisions)
        self.numbers = {
            name: self.add_weight(shape=(self.decisions,), initializer=keras.initializers.Constant(value), name=name)
            for name, value in KINDS[kind].items()
        }
        self.built = True

    def call(self, entropies):
        return ops.sigmoid(self.numbers["weight"] * entropies + self.numbers["bias"])

    def values(self) -> dict[str, np.ndarray]:
        """The numbers by name, float64 `[decisions]` each."""
        return {name: np.asarray(ops.convert_to_numpy(value), float) for name, value in self.numbers.items()}

    def set(self, **numbers) -> None:
        """Gives the numbers by name."""
        for name, value in numbers.items():
            self.numbers[name].assign(np.asarray(value, "float32"))

    def confidence(self, logits) -> np.ndarray:
        """What the thresholds are compared with, larger is surer: `[samples, decisions]` of `[samples, .., classes]`.

        The largest probability, or the entropy negated. logits: of as many members as decide, or of all.
        """
        logits = np.asarray(logits)[:, : self.decisions]
        return deferral.probabilities(logits).max(-1) if self.kind == "max_softmax" else -deferral.entropy(logits)

    def set_limits(self, limits) -> None:
        """Gives thresholds on the confidence `[decisions]`; infinite: always goes on.

        Of "logistic" they are a line of slope one: weight 1 and the threshold as bias.
        """
        limits = np.where(np.isfinite(limits), limits, 2.0)  # above every probability and every negated entropy
        if self.kind == "logistic":
            self.set(weight=np.ones(self.decisions), bias=limits)
        else:
            self.set(threshold=limits if self.kind == "max_softmax" else -limits)

    def decide(self, logits) -> np.ndarray:
        """Which of the members go on, bool `[samples, decisions]`, of logits `[samples, members, classes]`."""
        numbers, sure = self.values(), self.confidence(logits)
        if self.kind == "logistic":
            return numbers["weight"] * -sure + numbers["bias"] > 0
        return sure < (numbers["threshold"] if self.kind == "max_softmax" else -numbers["threshold"])

    def get_config(self):
        return super().get_config() | {"kind": self.kind, "decisions": self.decisions}
