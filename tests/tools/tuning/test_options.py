"""What a search may be asked for: numbers out of their range are told as they are typed."""

import dataclasses
import math

import pytest

from tools.console import UserError
from tools.options import numbers
from tools.tuning.options import NETWORK, OBJECTIVES, SearchOptions


def asked(**given):
    return SearchOptions(NETWORK, "tiny", **given)


def test_the_defaults_are_in_their_range():
    asked().validate()
    assert asked().objective in OBJECTIVES


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"epochs": 0}, "expected --epochs of at least 1, received 0"),
        ({"factor": 1}, "expected --factor of at least 2, received 1"),
        ({"views": 0}, "expected --views of at least 1, received 0"),
        ({"later_epochs": 0}, "expected --later-epochs of at least 1, received 0"),
        ({"iterations": 0}, "expected --iterations of at least 1, received 0"),
        ({"seed": -1}, "expected --seed of at least 0, received -1"),
        ({"share": 0.0}, "expected --share above 0 and at most 1, received 0.0"),
        ({"share": math.nan}, "expected --share above 0 and at most 1, received nan"),
        ({"max_macs": 0.0}, "expected --max-macs above zero, received 0"),
        ({"max_macs": -1e6}, "expected --max-macs above zero, received -1e+06"),
        ({"max_macs": math.inf}, "expected --max-macs above zero, received inf"),
        ({"budgets": (1e6,)}, "expected --budgets such as 1e6,2e7, the lower one first, received 1e+06"),
        ({"budgets": (2e6, 2e6)}, "expected --budgets such as 1e6,2e7, the lower one first, received 2e+06,2e+06"),
        ({"budgets": (1.0, 2.0, 3.0)}, "expected --budgets such as 1e6,2e7, the lower one first, received 1,2,3"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(given, sentence):
    with pytest.raises(UserError) as refused:
        asked(**given).validate()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "given", [{"share": 1.0}, {"max_macs": 1.0}, {"budgets": (0.5, 1.0)}, {"seed": 0, "factor": 2}, {"epochs": 1}]
)
def test_what_is_just_in_range_is_taken(given):
    assert asked(**given).validate() is None


@pytest.mark.parametrize("text", ["", ",", "0.1,,0.2", "1,nan", "inf", "1e999", "-1", "0", "one"])
def test_lists_are_of_numbers_above_zero(text):
    with pytest.raises(UserError) as refused:
        numbers("--kappas", text)
    assert str(refused.value) == f"expected --kappas as numbers above zero such as 0.01,0.02, received {text!r}"


def test_options_cannot_be_changed_and_tell_every_setting():
    """A search resumes where all of them are equal: what cannot be typed is among them, too."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked().seed = 1
    assert {"search", "source", "kappas", "seed"} < dataclasses.asdict(asked()).keys()
