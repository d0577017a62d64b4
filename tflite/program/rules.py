"""The rules of exits and branches, on lists of float64: a dozen numbers are done sooner than an array call starts.

Each statistic takes probabilities; `holds` builds the predicate of a rule. Formulas are those of docs/bundle.md.
"""

from __future__ import annotations

import math

import numpy as np

from ..bundle import manifest as m

# Above this many classes one numpy call is cheaper than a loop.
_LOOP_LIMIT = 64


def softmax(logits):
    """exp(v - max) / sum of those, as a list; logits is a list of floats."""
    top = max(logits)
    if len(logits) > _LOOP_LIMIT:
        exponentials = np.exp(np.subtract(logits, top)).tolist()
    else:
        exp = math.exp
        exponentials = [exp(v - top) for v in logits]
    total = sum(exponentials)
    return [e / total for e in exponentials]


def max_softmax(logits):
    """max(softmax(logits)), to the bit: the largest exponential is 1, so it is 1 / their sum."""
    if len(logits) > _LOOP_LIMIT:
        return max(softmax(logits))
    top, exp = max(logits), math.exp
    return 1.0 / sum([exp(v - top) for v in logits])


def entropy(probabilities):
    """-sum p ln p in nats; a probability of zero (or less) adds nothing, NaN makes the sum NaN."""
    log = math.log
    return -sum([p * log(p) for p in probabilities if not p <= 0.0])


def stated(probabilities):
    """Probabilities that a part gave itself; one NaN makes all NaN, as in a softmax, for `max` may pass over it."""
    return probabilities if all([p == p for p in probabilities]) else [math.nan] * len(probabilities)


def margin(probabilities):
    """The largest probability less the second largest."""
    second, first = sorted(probabilities)[-2:]
    return first - second


def logistic(x):
    """1 / (1 + exp(-x)), without overflow."""
    if x < 0.0:
        e = math.exp(x)
        return e / (1.0 + e)
    return 1.0 / (1.0 + math.exp(-x))


def holds(rule, setting):
    """Builds the predicate of a rule.

    Args:
        rule: a rule of the manifest.
        setting: function from a number or `ParameterReference` to a list of one number, its present value.

    Returns:
        A function from a list of floats (the value's elements) to a bool.
    """
    threshold = setting(rule.threshold)
    if isinstance(rule, m.AtLeast):
        return lambda values: values[0] >= threshold[0]
    probabilities = softmax if rule.activation == "softmax" else stated
    if isinstance(rule, m.MaxSoftmax) and rule.activation == "softmax":
        return lambda values: max_softmax(values) >= threshold[0]
    if isinstance(rule, m.MaxSoftmax):
        return lambda values: max(probabilities(values)) >= threshold[0]
    if isinstance(rule, m.Margin):
        return lambda values: margin(probabilities(values)) >= threshold[0]
    if isinstance(rule, m.Entropy):
        return lambda values: entropy(probabilities(values)) <= threshold[0]
    weight, bias = setting(rule.weight), setting(rule.bias)
    return lambda values: logistic(weight[0] * entropy(probabilities(values)) + bias[0]) <= threshold[0]
