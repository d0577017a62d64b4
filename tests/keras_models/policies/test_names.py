"""The names of policies on a command line."""

import pytest

from keras_models.policies import gates, names
from tests.keras_models.conftest import small


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("own", ("own", "max_softmax", None)),
        ("static", ("static", "max_softmax", None)),
        ("entropy", ("shared", "entropy", None)),
        ("entropy:0.2", ("fixed", "entropy", 0.2)),
        ("patience:3", ("fixed", "patience", 3.0)),
        ("fitted", ("fitted", "max_softmax", None)),
        ("fitted:margin", ("fitted", "margin", None)),
        ("quantile", ("quantile", "max_softmax", None)),
    ],
)
def test_names_of_policies(text, expected):
    assert names.check(text) == expected


@pytest.mark.parametrize("text", ["", "luck", "static:1", "fitted:", "fitted:luck", "own:0.1", "quantile:2"])
def test_other_names_are_refused(text):
    with pytest.raises(ValueError, match=rf"expected a policy \(own, .*received {text!r}"):
        names.check(text)


@pytest.mark.parametrize("word", ["", "x", "nan", "-1.1", "3"])
def test_other_thresholds_are_refused(word):
    with pytest.raises(ValueError, match=rf"expected a threshold from -1 to 2 for margin, received {word!r}"):
        names.check(f"margin:{word}")


def test_thresholds_that_are_allowed_are_those_of_the_program():
    assert set(names.STATISTICS) == set(gates.STATISTICS)
    network = small()
    for statistic, (low, high) in names.STATISTICS.items():
        (knob,) = gates.Gated(network, gates.Gate(statistic)).parameters().values()
        assert (knob.minimum, knob.maximum) == (low, high)
