"""The rules against constants worked out by hand.

The logits (ln 5, ln 3, ln 2) have the probabilities (.5, .3, .2). Entropy: .5 ln 2 + .3 ln(10/3) + .2 ln 5 = 1.029653.
"""

import math

import msgspec
import pytest

from tests.goldens.tables import numbers, table
from tflite.bundle import manifest as m
from tflite.bundle.language import AnyRule
from tflite.program.rules import entropy, first_largest, holds, logistic, margin, max_softmax, softmax

LOGITS = [math.log(5), math.log(3), math.log(2)]
ENTROPY = 1.0296530140645737


def held(rule, values):
    return holds(rule, lambda setting: [setting])(values)


def test_softmax():
    assert softmax(LOGITS) == pytest.approx([0.5, 0.3, 0.2], abs=1e-15)
    assert softmax([1000.0, 1000.0]) == [0.5, 0.5]
    assert softmax([0.0, -1e30]) == [1.0, 0.0]


def test_softmax_of_many_classes_is_the_same():
    values = [0.01 * i for i in range(200)]
    total = math.fsum(math.exp(v) for v in values)
    assert softmax(values) == pytest.approx([math.exp(v) / total for v in values], rel=1e-12)


def test_the_short_cut_to_the_largest_probability_gives_the_same_bits():
    for values in (LOGITS, [0.3, -7.5, 2.25, 2.2], [1.0], [0.1 * i for i in range(100)]):
        assert max_softmax(values) == max(softmax(values))


def test_statistics():
    assert entropy([0.5, 0.3, 0.2]) == pytest.approx(ENTROPY, abs=1e-15)
    assert entropy([1.0, 0.0]) == 0.0
    assert entropy([0.25] * 4) == pytest.approx(math.log(4))
    assert margin([0.3, 0.5, 0.2]) == pytest.approx(0.2)
    assert margin([0.5, 0.5]) == 0.0


def test_the_logistic_function_does_not_overflow():
    assert logistic(0.0) == 0.5
    assert logistic(math.log(3)) == pytest.approx(0.75)
    assert logistic(-math.log(3)) == pytest.approx(0.25)
    assert (logistic(1e6), logistic(-1e6)) == (1.0, 0.0)


@pytest.mark.parametrize(
    "kind, inside, outside",
    [(m.MaxSoftmax, 0.4999999, 0.5000001), (m.Margin, 0.1999999, 0.2000001), (m.Entropy, 1.0296531, 1.0296529)],
)
def test_a_rule_holds_on_its_side_of_the_threshold(kind, inside, outside):
    assert held(kind(value="v", threshold=inside), LOGITS)
    assert not held(kind(value="v", threshold=outside), LOGITS)
    assert held(kind(value="v", threshold=inside, activation="none"), [0.5, 0.3, 0.2])
    assert not held(kind(value="v", threshold=outside, activation="none"), [0.5, 0.3, 0.2])


def test_at_least_includes_the_threshold():
    assert held(m.AtLeast(value="v", threshold=0.5), [0.5])
    assert not held(m.AtLeast(value="v", threshold=0.5), [0.4999])


def test_logistic_entropy():
    # 1 / (1 + exp(-(2 * 1.029653 - 1))) = 1 / (1 + exp(-1.059306)) = .742558
    rule = {"value": "v", "weight": 2.0, "bias": -1.0}
    assert held(m.LogisticEntropy(threshold=0.7426, **rule), LOGITS)
    assert not held(m.LogisticEntropy(threshold=0.7425, **rule), LOGITS)


@pytest.mark.parametrize("kind", [m.AtLeast, m.MaxSoftmax, m.Margin, m.Entropy])
def test_a_rule_never_holds_for_nan(kind):
    assert not held(kind(value="v", threshold=0.1), [math.nan, 1.0][: 1 if kind is m.AtLeast else 2])


@pytest.mark.parametrize("kind", [m.MaxSoftmax, m.Margin, m.Entropy])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_rule_never_holds_where_one_of_the_probabilities_is_nan(kind, place):
    probabilities = [0.9, 0.1, 0.0]
    threshold = 2.0 if kind is m.Entropy else 0.1
    rule = kind(value="v", threshold=threshold, activation="none")
    assert held(rule, probabilities)
    probabilities[place] = math.nan
    assert not held(rule, probabilities)


def test_a_threshold_is_read_when_the_rule_is_asked():
    cell = [0.4]
    rule = holds(m.MaxSoftmax(value="v", threshold=0.0), lambda setting: cell)
    assert rule(LOGITS)
    cell[0] = 0.6
    assert not rule(LOGITS)


@pytest.mark.parametrize("case", table("rules"), ids=lambda case: case["why"])
def test_both_runtimes_decide_alike(case):
    rule = msgspec.convert({"value": "v", **case["rule"]}, AnyRule)
    assert held(rule, numbers(case["values"])) is case["holds"]


def test_more_classes_than_a_loop_is_for_share_alike():
    # 65 equal logits: 1/65 each, and an entropy of ln 65 = 4.174387.
    assert held(m.MaxSoftmax(value="v", threshold=1 / 65), [2.0] * 65)
    assert not held(m.MaxSoftmax(value="v", threshold=1 / 64.9), [2.0] * 65)
    assert held(m.Entropy(value="v", threshold=4.174388), [2.0] * 65)
    assert not held(m.Entropy(value="v", threshold=4.174386), [2.0] * 65)


INFINITE, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    "logits", [[INFINITE, 0.0], [0.0, NAN], [NAN, 0.0], [-INFINITE, -INFINITE], [INFINITE, INFINITE]]
)
@pytest.mark.parametrize("copies", [1, 50])
def test_a_softmax_that_is_not_defined_holds_nothing(logits, copies):
    values = logits * copies
    assert all(math.isnan(p) for p in softmax(values))
    for kind in (m.MaxSoftmax, m.Margin):
        assert not held(kind(value="v", threshold=-1e30), values)
    assert not held(m.Entropy(value="v", threshold=1e30), values)
    assert not held(m.LogisticEntropy(value="v", threshold=1e30, weight=1.0, bias=0.0), values)


def test_a_logit_of_minus_infinity_is_a_probability_of_zero():
    assert softmax([0.0, -INFINITE, 0.0]) == [0.5, 0.0, 0.5]
    assert softmax([0.0] + [-INFINITE] * 99)[0] == 1.0
    assert held(m.Entropy(value="v", threshold=0.6931472), [0.0, -INFINITE, 0.0])


def test_probabilities_of_a_part_count_as_they_are():
    stated = {"value": "v", "activation": "none"}
    assert held(m.Entropy(threshold=-1e30, **stated), [INFINITE, 0.5])
    assert not held(m.Margin(threshold=-1e30, **stated), [INFINITE, INFINITE])
    assert held(m.MaxSoftmax(threshold=1e30, **stated), [0.5, INFINITE])
    assert not held(m.MaxSoftmax(threshold=-1e30, **stated), [0.5, NAN])


@pytest.mark.parametrize(
    "numbers, index",
    [([1.0, 3.0, 3.0], 1), ([NAN, 3.0], 0), ([1.0, NAN, 3.0], 2), ([1.0, NAN], 0), ([NAN, NAN], 0),
     ([-INFINITE, -INFINITE], 0), ([0.0, INFINITE], 1), ([-0.0, 0.0], 0)],
)  # fmt: skip
def test_the_first_largest(numbers, index):
    assert first_largest(numbers) == index
