"""Pairs that are known by one or two pictures: rows that a network makes of them, prototypes, logistic regression."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_models.functional import compatibility, zero_shot

SHOTS, DRAWS = (1, 2), 5
_PASSES, _RATE, _DECAY = 20, 0.02, 1e-3  # of the regression


def few_shot(study, network, seed: int) -> dict[str, dict]:
    """Accuracy of every way by how many examples: way -> {examples: {"novel top-5": mean over the draws, ...}}."""
    found: dict[str, dict] = {}
    for shots in SHOTS:
        draws: dict[str, list] = {}
        for number in range(DRAWS):
            examples, asked = draw(study, shots, np.random.default_rng([seed, shots, number]))
            for way, scores in ways(study, network, examples, asked).items():
                draws.setdefault(way, []).append(tops(study, scores, study.labels("test")[asked]))
        for way, every in draws.items():
            means = {key: float(np.mean([one[key] for one in every])) for key in every[0]}
            found.setdefault(way, {})[str(shots)] = means
    return found


def draw(study, shots: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Test pictures that are examples, so many of every new pair that has more, and those that are asked."""
    labels, examples = study.labels("test"), []
    for pair in study.new["test"]:
        own = np.flatnonzero(labels == pair)
        if len(own) > shots:
            examples += rng.permutation(own)[:shots].tolist()
    known = np.concatenate([study.met, labels[examples]])
    return np.array(examples), np.setdiff1d(np.flatnonzero(np.isin(labels, known)), examples)


def ways(study, network, examples, asked) -> dict[str, np.ndarray]:
    """Scores `[asked, pairs]` of each way, which has all training pictures and some examples."""
    pooled, joined, classes = study.features(), study.joined, study.task.classes
    labels = np.concatenate([study.labels("train"), study.labels("test")[examples]])
    given = np.concatenate([joined["train"], joined["test"][examples]])
    both = {port: np.concatenate([pooled["train"][port], pooled["test"][port][examples]]) for port in network.ports}
    rows = mean_rows(network.taught_rows(both), labels, classes)
    own = np.unique(labels)
    settings = {"epochs": _PASSES, "rate": _RATE, "decay": _DECAY, "batch": 64}
    fitted = compatibility.fit(given, np.searchsorted(own, labels), np.eye(len(own)), "softmax", **settings)
    regression = np.full((len(asked), classes), -np.inf)
    regression[:, own] = joined["test"][asked] @ fitted
    return {
        "TAFE-Net": network.scores({port: pooled["test"][port][asked] for port in network.ports}, rows),
        "prototypical networks": compatibility.prototype_scores(joined["test"][asked], given, labels, classes),
        "logistic regression": regression,
    }


def tops(study, scores, labels) -> dict[str, float]:
    """Top-1 and top-5: novel pairs among themselves, and all pairs among all."""
    new = np.intersect1d(study.new["test"], labels)
    rows, every = np.isin(labels, new), np.concatenate([study.met, new])

    def top(k: int) -> Callable:
        return lambda some, truth, among: zero_shot.top_k_accuracy(some, truth, among, k)

    sides = {"novel": (scores[rows], labels[rows], new), "all": (scores, labels, every)}
    return {f"{side} top-{k}": top(k)(*given) for side, given in sides.items() for k in (1, 5)}


def mean_rows(rows, labels, classes: int) -> np.ndarray:
    """Mean row of each class, as a device takes it of its examples; zeros where there is none."""
    found = np.zeros((classes, rows.shape[1]), np.float32)
    for one in np.unique(labels):
        found[one] = rows[labels == one].mean(0)
    return found
