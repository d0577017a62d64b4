"""Policies by name, and the settings that they offer: three exits and four images, by hand."""

import numpy as np
import pytest

from keras_models import programs
from keras_models.base import Deployable, Knob
from keras_models.early_exit import EarlyExit
from keras_models.functional.thresholds import first_exits
from keras_models.policies import choice
from keras_models.policies.choice import Seen

# Surer at exit 1 from the first image to the last, right there on the first two.
CORRECT = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1]])
HEIGHT = np.array([[4.0, 4, 4], [3, 4, 4], [2, 1, 4], [1, 4, 4]])
LOGITS = np.eye(2)[CORRECT] * HEIGHT[..., None]


class Network(EarlyExit):
    """Three exits in a line; nothing of it is run."""

    def program(self):
        rule = {"rule": "at_least", "value": "image", "threshold": 0.5}
        return [programs.exit_if(f"e{i}", rule, label="image") for i in (1, 2)] + [programs.answer("e3", label="image")]


def seen(kept=(True, True, True)):
    return Seen(LOGITS, np.ones(4, int), np.array(kept), np.array([1.0, 2.0, 6.0]))


def exits(text, kept=(True, True, True), stride=1):
    """Where the four images leave, for every setting that a policy offers."""
    policy = choice.parse(text, Network())
    confident = policy.gate.confidence(LOGITS)
    found = []
    for setting in policy.candidates(seen(kept), stride):
        limits = policy.gate.thresholds(setting, 3)
        limits = np.where(np.array(kept)[:-1], limits, np.inf)
        found.append(tuple(first_exits(confident, limits).tolist()))
    return found


def test_answers_that_are_right():
    assert seen().correct.tolist() == (CORRECT == 1).tolist()


def test_a_shared_threshold_is_swept_from_all_to_none():
    found = exits("max_softmax")
    assert found[0] == (0, 0, 0, 0) and (0, 0, 2, 1) in found
    assert set(found) == set(exits("entropy"))


def test_a_fixed_threshold_is_the_one_setting():
    """Probabilities of logits of 4, 3, 2 and 1 against 0: .982, .953, .881, .731."""
    policy = choice.parse("max_softmax:0.9", Network())
    assert policy.fixed and policy.candidates(seen()) == [{"threshold": 0.9}]
    assert exits("max_softmax:0.9") == [(0, 0, 2, 1)]


def test_fitted_thresholds_send_each_image_where_it_is_right():
    assert (0, 0, 2, 1) in exits("fitted"), "exit 1 for those right there, exit 2 for the last, the end for the third"
    policy = choice.parse("fitted", Network())
    assert set(policy.chain.parameters()) == {"threshold_1", "threshold_2"} == set(policy.candidates(seen())[0])


@pytest.mark.parametrize("text", ["fitted", "quantile"])
def test_the_threshold_of_a_closed_exit_is_never_reached(text):
    for setting in choice.parse(text, Network()).candidates(seen((False, True, True))):
        assert setting["threshold_1"] == 2.0
    assert {e for found in exits(text, (False, True, True)) for e in found} <= {1, 2}


def test_quantiles_cover_early_and_late():
    found = exits("quantile")
    assert (0, 0, 0, 2) in found and (2, 2, 2, 2) in found
    assert len(found) == 79 and exits("quantile", stride=2) == found[::2]


def test_nobody_chooses_where_no_exit_is_open():
    assert choice.parse("static", Network()).candidates(seen()) == []
    for text in ("max_softmax", "entropy:0.3", "fitted", "quantile"):
        assert choice.parse(text, Network()).candidates(seen((False, False, True))) == []


def test_at_full_depth_nobody_leaves_by_any_gate():
    for text in ("max_softmax", "entropy", "margin", "patience", "random", "fitted", "quantile"):
        policy = choice.parse(text, Network())
        limits = policy.gate.thresholds(policy.chain.full_depth(), 3)
        assert (first_exits(policy.gate.confidence(LOGITS), limits) == 2).all(), text


class Knobs(Deployable):
    """A network of two parameters, one of them with nothing to try."""

    def parameters(self):
        return {"a": Knob(0.5, 0, 1, "a", (0.2, 0.4, 0.6)), "b": Knob(3, 0, 9, "b"), "c": Knob(1, 0, 2, "c", (0, 2))}


def test_own_rules_try_every_combination():
    policy = choice.parse("own", Knobs())
    assert policy.chain is policy.network and not policy.fixed
    expected = [{"a": a, "b": 3, "c": c} for a in (0.2, 0.4, 0.6) for c in (0, 2)]
    assert policy.candidates() == expected
    assert policy.candidates(stride=2) == [{"a": a, "b": 3, "c": 0} for a in (0.2, 0.6)]


def test_a_network_without_parameters_has_nothing_to_choose():
    assert choice.parse("own", Network()).candidates() == []


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match=r"expected a policy \(own, .*received 'luck'"):
        choice.parse("luck", Network())
