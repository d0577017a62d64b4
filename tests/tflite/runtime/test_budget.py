"""What a budget accepts."""

import threading
from fractions import Fraction

import numpy as np
import pytest

from tflite.errors import ChainError
from tflite.runtime.budget import Budget


def test_nothing_is_limited_by_default():
    assert Budget() == Budget(latency_ms=None, macs=None, energy_uj=None)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(2), np.int64(3), Fraction(1, 2)])
def test_any_positive_number_will_do(value):
    assert Budget(macs=value).macs == value


@pytest.mark.parametrize("field", ["latency_ms", "macs", "energy_uj", "bytes_sent", "deadline_ms"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "4", True, [4]])
def test_what_is_not_a_positive_finite_number_is_refused(field, value):
    with pytest.raises(ChainError) as caught:
        Budget(**{field: value})
    assert str(caught.value) == f"budget {field}: expected a positive finite number or None, received {value!r}"


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000, Fraction(10**400)], ids=list("abcd"))
def test_what_float64_cannot_hold_is_refused_in_a_short_sentence(value):
    with pytest.raises(ChainError, match="budget macs: expected a positive finite number or None, received") as caught:
        Budget(macs=value)
    assert len(str(caught.value)) < 200


def test_a_run_is_cancelled_by_an_event():
    event = threading.Event()
    assert Budget(cancel=event).cancel is event
    with pytest.raises(ChainError, match="budget cancel: expected a threading.Event or None, received bool"):
        Budget(cancel=True)
