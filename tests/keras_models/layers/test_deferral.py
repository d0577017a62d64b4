"""The numbers of a cascade's rule: what they decide at their edges, and how limits become numbers of each kind."""

import keras
import numpy as np
import pytest

from keras_models.layers.deferral import KINDS, Deferral

# Two members of two classes: probabilities (.75, .25) and (.5, .5); entropies log 4 - .75 log 3 = .5623 and log 2.
LOGITS = np.array([[[np.log(3.0), 0.0], [0.0, 0.0], [9.0, 0.0]]])
ENTROPIES = [0.5623351, 0.6931472]


def rule(kind, **numbers):
    made = Deferral(kind, 2)
    made.set(**numbers)
    return made


@pytest.mark.parametrize(
    ("kind", "confidence"), [("max_softmax", [0.75, 0.5]), ("entropy", [-e for e in ENTROPIES]), ("logistic", None)]
)
def test_confidence_is_of_the_members_that_decide(kind, confidence):
    """The last member of three decides nothing; it may be left out."""
    expected = confidence or [-e for e in ENTROPIES]
    for logits in (LOGITS, LOGITS[:, :2]):
        np.testing.assert_allclose(rule(kind).confidence(logits), [expected], atol=1e-6)


def test_a_limit_itself_leaves():
    """Probability .5 is not below .5, and an entropy of log 2 is not above log 2."""
    even = np.zeros((1, 3, 2))
    assert rule("max_softmax", threshold=[0.5, 0.5000001]).decide(even).tolist() == [[False, True]]
    assert rule("entropy", threshold=[0.7, 0.69]).decide(even).tolist() == [[False, True]]
    assert rule("logistic", weight=[0, 0], bias=[0, 1e-6]).decide(even).tolist() == [[False, True]]


@pytest.mark.parametrize("kind", KINDS)
def test_limits_on_the_confidence_decide_as_they_say(kind):
    made = rule(kind)
    sure = made.confidence(LOGITS)
    for limits in (sure[0] + 1e-3, sure[0] - 1e-3, [sure[0, 0] + 1e-3, sure[0, 1] - 1e-3]):
        made.set_limits(limits)
        assert made.decide(LOGITS).tolist() == (sure < limits).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_no_limit_always_goes_on(kind):
    made = rule(kind)
    made.set_limits([np.inf, np.inf])
    assert made.decide(np.array([[[1e3, -1e3]] * 3])).tolist() == [[True, True]], "however sure"
    assert all(np.isfinite(numbers).all() for numbers in made.values().values())


def test_soft_decisions_are_a_sigmoid_of_the_entropy():
    made = rule("logistic", weight=[2.0, -1.0], bias=[-1.0, 0.0])
    # sigmoid(2 * .5 - 1) = 1/2, sigmoid(-log 3) = 1/4
    np.testing.assert_allclose(made(np.float32([[0.5, np.log(3)]])), [[0.5, 0.25]], atol=1e-6)


def test_numbers_start_from_what_their_kind_says():
    assert {name: value.tolist() for name, value in rule("logistic").values().items()} == {
        "weight": [1.0, 1.0],
        "bias": [0.0, 0.0],
    }
    np.testing.assert_allclose(rule("entropy").values()["threshold"], [0.3, 0.3])


def test_one_number_may_be_given_without_the_other():
    made = rule("logistic", weight=[3.0, 4.0])
    made.set(bias=[1.0, 2.0])
    assert made.values()["weight"].tolist() == [3.0, 4.0]


def test_a_configuration_makes_the_same_rule():
    config = rule("entropy").get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Deferral.from_config(config)))
    assert (again.kind, again.decisions, len(again.weights)) == ("entropy", 2, 1)


def test_another_kind_lists_the_known_ones():
    with pytest.raises(ValueError) as caught:
        Deferral("margin", 1)
    assert str(caught.value) == "expected a deferral among max_softmax, entropy, logistic, received 'margin'"
