"""Float against quantized, judged on the chain: accuracy of every exit, exits that moved, confidence that drifted."""

from __future__ import annotations

import numpy as np


def compare_exits(names: list[str], float_logits: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> list[dict]:
    """One row an exit. float_logits, logits: `[samples, exits, classes]` of the float and the quantized chain.

    accuracy: 0..1. answers_changed: share of samples with another label. confidence_drift: mean change of the largest
    softmax probability; confidence_change: mean of its absolute value.
    """
    rows = []
    before, after = _softmax(float_logits), _softmax(logits)
    for i, name in enumerate(names):
        old, new = before[:, i], after[:, i]
        drift = new.max(-1) - old.max(-1)
        rows.append(
            {
                "exit": name,
                "float_accuracy": float(np.mean(old.argmax(-1) == labels)),
                "accuracy": float(np.mean(new.argmax(-1) == labels)),
                "answers_changed": float(np.mean(old.argmax(-1) != new.argmax(-1))),
                "confidence_drift": float(drift.mean()),
                "confidence_change": float(np.abs(drift).mean()),
            }
        )
    return rows


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)
