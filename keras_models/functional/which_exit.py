"""Which exit should take a sample: labels of the data set D_ee, and how a policy that predicts them is judged.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022, sections 4.2 and 4.3. Everything is numpy over
what the exits of any network answer: `correct` bool `[samples, exits]`, `confidence` `[samples, exits]`, `costs`
`[exits]`, what leaving through an exit costs in multiply-adds. A label is the index of an exit, `NONE` where a sample
is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RULES = ("first_correct", "score", "binary")
NONE = -1
SCALES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)  # lambdas among which "auto" chooses


def scores(confidence, costs, scale: float) -> np.ndarray:
    """1 / (scale * costs in millions) + confidence, `[samples, exits]` (equation 4.1).

    scale: lambda, above 0; a small one rewards cheap exits, a large one sure ones.
    """
    if not scale > 0:
        raise ValueError(f"expected a scale above zero, received {scale}")
    return 1e6 / (scale * np.asarray(costs, float)) + np.asarray(confidence, float)


def labels(correct, confidence=None, costs=None, rule: str = "score", scale: float = 5.0) -> np.ndarray:
    """The exit that should take each sample, int `[samples]`, among those that are right; of equal ones the first.

    Args:
        correct, confidence, costs: as above; the rule first_correct needs the first alone.
        rule: "first_correct"; "score", the right exit of the highest score (equation 4.2); "binary", the same of the
            first and the last exit alone (paper, equation 6).
        scale: of the scores.

    Raises:
        ValueError: another rule, or scale.
    """
    allowed = np.array(correct, bool)
    if rule not in RULES:
        raise ValueError(f"expected a rule among {', '.join(RULES)}, received {rule!r}")
    if rule == "binary":
        allowed[:, 1:-1] = False
    if rule == "first_correct":
        return np.where(allowed.any(axis=1), allowed.argmax(axis=1), NONE)
    valued = np.where(allowed, scores(confidence, costs, scale), -np.inf)
    return np.where(allowed.any(axis=1), valued.argmax(axis=1), NONE)


def histogram(chosen, exits: int, groups=None) -> np.ndarray:
    """Samples by label, `[exits]`, dropped ones left out; with groups, int `[samples]` from 0: `[groups, exits]`."""
    chosen = np.asarray(chosen)
    if groups is None:
        return np.bincount(chosen[chosen != NONE], minlength=exits)
    groups = np.asarray(groups)
    return np.stack([histogram(chosen[groups == g], exits) for g in range(groups.max() + 1)])


def balancing_scale(correct, confidence, costs, rule: str = "score", scales: Sequence[float] = SCALES) -> float:
    """The scale at which the commonest label is least often as common as the rarest; of equal ones the smallest."""
    exits = np.shape(correct)[1]
    possible = [0, exits - 1] if rule == "binary" else range(exits)

    def unevenness(scale):
        counts = histogram(labels(correct, confidence, costs, rule, scale), exits)[possible]
        return counts.max() / max(counts.min(), 0.5)  # one that nobody has is worse than one of one sample

    return min(scales, key=unevenness)


def class_weights(chosen, exits: int) -> np.ndarray:
    """Weight of every label in the loss, the commonest one's count by its own, `[exits]`; 0 where nobody has it.

    So the commonest has 1 (equation 4.3).
    """
    counts = histogram(chosen, exits)
    return np.where(counts, counts.max() / np.maximum(counts, 1), 0.0)


def shuffled(chosen, seed: int) -> np.ndarray:
    """The labels in another order, dropped ones in their places: a control in which there is nothing to learn."""
    mixed = np.array(chosen)
    kept = mixed != NONE
    mixed[kept] = np.random.default_rng(seed).permutation(mixed[kept])
    return mixed


def judged(predicted, chosen, exits: int) -> dict:
    """How well labels are predicted, on the samples that have one.

    Args:
        predicted, chosen: int `[samples]`.
        exits: how many labels there are.

    Returns:
        {"samples", "accuracy", "balanced": mean over labels that occur, "random": accuracy of a guess among these,
        "majority": of the commonest one, "learned": whether it beats both, "by_label": accuracy of each, None where it
        does not occur, "shares": of the labels, "confusion": counts `[chosen, predicted]`}.
    """
    chosen, predicted = np.asarray(chosen), np.asarray(predicted)
    kept = chosen != NONE
    counts = np.zeros((exits, exits), int)
    np.add.at(counts, (chosen[kept], predicted[kept]), 1)
    total, each = int(kept.sum()), counts.sum(axis=1)
    right = np.diag(counts)
    by_label = [float(r / n) if n else None for r, n in zip(right, each, strict=True)]
    occurring = [share for share in by_label if share is not None]
    found = {"samples": total, "accuracy": float(right.sum() / max(total, 1))}
    found |= {"balanced": float(np.mean(occurring)), "random": 1 / len(occurring)} if occurring else {}
    found |= {"majority": float(each.max() / max(total, 1))}
    found["learned"] = bool(total and found["accuracy"] > max(found["random"], found["majority"]))
    return found | {"by_label": by_label, "shares": (each / max(total, 1)).tolist(), "confusion": counts.tolist()}
