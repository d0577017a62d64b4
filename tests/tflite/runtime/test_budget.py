"""What a budget accepts."""

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


@pytest.mark.parametrize("field", ["latency_ms", "macs", "energy_uj"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "4", True, [4]])
def test_what_is_not_a_positive_finite_number_is_refused(field, value):
    with pytest.raises(ChainError) as caught:
        Budget(**{field: value})
    assert str(caught.value) == f"budget {field}: expected a positive finite number or None, received {value!r}"
