"""The batched rules against those of the runtime, on random and on nasty numbers."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tflite.batched import rules
from tflite.bundle.language import AnyRule
from tflite.program import rules as one_by_one

NASTY = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 1e30, -1e30, 3e38, 1e-45]
numbers = st.sampled_from(NASTY) | st.floats(-20, 20, width=32)
rows = st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=6))
KINDS = ["at_least", "max_softmax", "margin", "entropy", "logistic_entropy"]


def plain(setting):
    return setting if isinstance(setting, float) else {"threshold": 0.7}[setting["parameter"]]


def rule_of(kind, threshold, activation="softmax"):
    rule = {"rule": kind, "value": "v", "threshold": threshold}
    rule |= {} if kind == "at_least" else {"activation": activation}
    return rule | ({"weight": 2.0, "bias": -0.5} if kind == "logistic_entropy" else {})


def decided_one_by_one(rule, values):
    holds = one_by_one.holds(msgspec.convert(rule, AnyRule), lambda number: [number])
    return [bool(holds(row)) for row in values.tolist()]


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), rows, st.sampled_from(["softmax", "none"]), st.data())
def test_decisions_are_those_of_the_runtime(kind, values, activation, data):
    """Thresholds are numbers, and what the rule sees itself: there a last bit decides."""
    values = np.array(values, np.float32)
    values = values[:, :1] if kind == "at_least" else values
    seen = rules.statistic(rule_of(kind, 0.0, activation), values.astype(np.float64), plain).tolist()
    usable = [number for number in seen if abs(number) <= 1e30]  # what a rule of a bundle may have
    threshold = data.draw(st.sampled_from(usable) | st.floats(-2, 2) if usable else st.floats(-2, 2))
    rule = rule_of(kind, float(threshold), activation)
    assert rules.holds(rule, values, plain).tolist() == decided_one_by_one(rule, values)


def test_a_threshold_on_a_value_seen_decides_as_the_runtime_does():
    """Sums of arrays and of lists differ in the last bit: 200 rows at their own statistics."""
    values = np.random.default_rng(0).normal(size=(200, 10)).astype(np.float32)
    for kind in KINDS[1:]:
        for row in values:
            for threshold in rules.statistic(rule_of(kind, 0.0), row[None], plain).tolist():
                rule = rule_of(kind, threshold)
                assert rules.holds(rule, row[None], plain).tolist() == decided_one_by_one(rule, row[None])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("max_softmax", 0.8), ("margin", 0.6), ("entropy", 0.5004), ("logistic_entropy", 0.6226)],
)
def test_statistics_by_hand(kind, expected):
    """Probabilities .8 and .2: entropy -.8 ln .8 - .2 ln .2 = .5004; 1 / (1 + exp(-(2 * .5004 - .5))) = .6226."""
    for activation, values in (("softmax", np.log([[0.8, 0.2]])), ("none", np.array([[0.8, 0.2]]))):
        seen = rules.statistic(rule_of(kind, 0.0, activation), values, plain)
        assert seen == pytest.approx([expected], abs=1e-4)


def test_a_threshold_may_be_a_parameter():
    rule = rule_of("at_least", {"parameter": "threshold"})
    assert rules.holds(rule, np.array([[0.6], [0.7], [0.8]], np.float32), plain).tolist() == [False, False, True]


def test_the_largest_is_found_as_the_runtime_finds_it():
    nan, inf = math.nan, math.inf
    scores = [[1, 3, 3], [nan, 5, 7], [1, nan, 2], [nan, nan, nan], [-inf, nan, -inf], [2, 1, nan]]
    assert rules.first_largest(np.array(scores)).tolist() == [row.index(max(row)) for row in scores]
