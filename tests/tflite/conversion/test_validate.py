"""Float against quantized answers, by hand: probabilities 3/4 and 1/4 are logits ln 3 and 0."""

import math

import numpy as np
import pytest

from tests.tflite.batched.programs import answer, at_least, executor, images, leave, part, run
from tflite.conversion.validate import compare_answers, compare_exits

SURE, LESS = [math.log(3), 0.0], [0.0, 0.0]  # .75 and .5 for the first class


def rows(before, after, labels):
    """One exit's row."""
    arrays = (np.array(logits, np.float32)[:, None] for logits in (before, after))
    return compare_exits(["only"], *arrays, np.array(labels))[0]


def test_what_did_not_change():
    row = rows([SURE, LESS], [SURE, LESS], [0, 1])
    assert row == {
        "exit": "only", "float_accuracy": 0.5, "accuracy": 0.5, "answers_changed": 0.0, "confidence_drift": 0.0,
        "confidence_change": 0.0,
    }  # fmt: skip


def test_drift_has_a_sign_and_change_has_none():
    row = rows([SURE, LESS], [LESS, SURE], [0, 0])
    assert row["confidence_drift"] == pytest.approx(0, abs=1e-7)
    assert row["confidence_change"] == pytest.approx(0.25)
    row = rows([SURE, SURE], [LESS, SURE], [0, 0])
    assert (row["confidence_drift"], row["confidence_change"]) == (pytest.approx(-0.125), pytest.approx(0.125))


def test_an_answer_may_change_and_stay_as_wrong():
    row = rows([[0, 1, 0]], [[0, 0, 1]], [0])
    assert (row["float_accuracy"], row["accuracy"], row["answers_changed"]) == (0.0, 0.0, 1.0)


def test_large_logits_do_not_overflow():
    with np.errstate(all="raise", under="ignore"):
        row = rows([[3e38, 0]], [[-3e38, -3e38]], [0])
    assert row["confidence_drift"] == -0.5


def test_every_exit_has_its_own_row():
    before = np.array([[SURE, LESS], [SURE, SURE]], np.float32)
    after = np.array([[SURE, SURE], [SURE, SURE]], np.float32)
    first, second = compare_exits(["a", "b"], before, after, np.array([0, 1]))
    assert (first["exit"], first["confidence_change"]) == ("a", 0.0)
    assert (second["exit"], second["confidence_change"]) == ("b", pytest.approx(0.125))


def program():
    """Twice around: the number doubled, and asked each time."""
    body = [run("block", "image", "image"), leave("early", "image", at_least("score", 99))]
    return [run("gate", "image", "score"), {"op": "repeat", "times": 2, "steps": body}, answer("end", "image")]


def test_an_exit_in_a_repeat_counts_each_time_and_with_the_samples_own_labels():
    """Samples (1, 5) and (7, 5): the second class and the first. Halves upside down answer the other way."""
    inputs, labels = images(1, 7), np.array([1, 1])
    floats = executor(program()).run(inputs, trace=True)
    negative = executor(program(), {"block": part(lambda x: -2 * x)})
    turned = negative.run(inputs, trace=True, replay=floats)
    early, end = compare_answers(floats, turned, labels)
    assert [(row["exit"], row["samples"]) for row in (early, end)] == [("early", 4), ("end", 2)]
    assert (early["float_accuracy"], early["accuracy"], early["answers_changed"]) == (0.5, 0.5, 0.5)
    # Turned upside down twice they are as they were.
    assert (end["float_accuracy"], end["accuracy"], end["answers_changed"]) == (0.5, 0.5, 0.0)
