"""Float against quantized, judged on the chain: accuracy of every exit, answers and confidence that changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..batched.outcomes import Outcomes


def compare_exits(names: Sequence[str], float_logits: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> list[dict]:
    """One row an exit of a straight chain, which all samples pass; see `compare_answers`.

    Args:
        names: of the exits.
        float_logits, logits: `[samples, exits, classes]` of the float and the quantized chain.
        labels: int `[samples]`.
    """
    return [_row(name, float_logits[:, i], logits[:, i], labels) for i, name in enumerate(names)]


def compare_answers(reference: Outcomes, outcomes: Outcomes, labels: np.ndarray) -> list[dict]:
    """One row an exit and answer that samples pass, from two traces.

    Args:
        reference: the trace of the float chain.
        outcomes: the trace of the quantized chain, which replays the decisions of the reference.
        labels: int `[samples]`.

    Returns:
        Rows of `exit`; `samples`, how many passed it; `float_accuracy` and `accuracy`, 0..1; `answers_changed`, share
        of samples with another label; `confidence_drift`, mean change of the largest softmax probability;
        `confidence_change`, mean of its absolute value.
    """
    after = outcomes.answers()
    return [
        _row(name, logits, after[name][1], labels[rows]) | {"samples": len(rows)}
        for name, (rows, logits) in reference.answers().items()
    ]


def _row(name: str, float_logits: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> dict:
    old, new = _softmax(float_logits), _softmax(logits)
    drift = new.max(-1) - old.max(-1)
    return {
        "exit": name,
        "float_accuracy": float(np.mean(old.argmax(-1) == labels)),
        "accuracy": float(np.mean(new.argmax(-1) == labels)),
        "answers_changed": float(np.mean(old.argmax(-1) != new.argmax(-1))),
        "confidence_drift": float(drift.mean()),
        "confidence_change": float(np.abs(drift).mean()),
    }


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)
