"""The operating point and parameters in use: what is set, what is refused, and that a refusal changes nothing."""

import json

import numpy as np
import pytest

from tests.goldens.make import HERE
from tests.goldens.tables import table
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.settings import Settings

MANIFEST = m.decode((HERE / "bundles/steps/manifest.json").read_bytes())
DEFAULTS = {"sure": 2.0, "apart": 0.2, "start": (0.1, 0.2, 0.3)}


def parameters(case):
    """Overrides of a case, where "nan" and "inf" are texts."""

    def number(value):
        return [number(item) for item in value] if isinstance(value, list) else float(value)

    return {name: number(value) for name, value in case["parameters"].items()} if "parameters" in case else None


@pytest.mark.parametrize("case", table("settings"), ids=lambda case: case["why"])
def test_both_runtimes_set_and_refuse_alike(case):
    settings = Settings(MANIFEST)
    if "refused" in case:
        with pytest.raises(ChainError) as caught:
            settings.select(case.get("point"), parameters(case))
        assert str(caught.value) == case["refused"]
        assert (settings.point, settings.values) == ("p1", DEFAULTS)
    else:
        settings.select(case.get("point"), parameters(case))
        assert json.loads(json.dumps(settings.values)) == case["set"]
        assert settings.point == case.get("point", "p1")


def test_only_a_change_is_one():
    settings = Settings(MANIFEST)
    assert not settings.select()
    assert not settings.select("p1", {})
    assert settings.select("p1", {"sure": 1})
    assert not settings.select("p1", {"sure": 1.0})
    assert settings.select("p0", {"sure": 1})
    assert settings.select()
    assert settings.values == DEFAULTS


def test_a_refusal_keeps_what_was_selected_before():
    settings = Settings(MANIFEST)
    settings.select("p0", {"apart": 7})
    with pytest.raises(ChainError):
        settings.select("p2", {"apart": 2e30})
    assert (settings.point, settings.values["apart"]) == ("p0", 7.0)
    assert not settings.select("p0", {"apart": 7})


@pytest.mark.parametrize(
    "start", [(1, 2, 3), np.array([1, 2, 3]), np.array([1, 2, 3], np.float32), [1.0, 2, np.int64(3)]]
)
def test_a_list_may_be_anything_of_numbers(start):
    settings = Settings(MANIFEST)
    settings.select(overrides={"start": start, "sure": np.float64(3)})
    assert settings.values == {**DEFAULTS, "sure": 3.0, "start": (1.0, 2.0, 3.0)}


def test_what_the_caller_changes_later_does_not_count():
    settings, mine = Settings(MANIFEST), {"start": [1, 2, 3]}
    settings.select(overrides=mine)
    mine["start"][0] = 99
    assert settings.values["start"] == (1.0, 2.0, 3.0)
    assert settings.select(overrides=mine)


@pytest.mark.parametrize(
    "wrong, received", [("high", "'high'"), (True, "True"), (None, "None"), ([[1]], "[1]"), (1j, "1j")]
)
def test_what_is_no_number_is_refused(wrong, received):
    with pytest.raises(ChainError) as caught:
        Settings(MANIFEST).select(overrides={"sure": wrong})
    assert str(caught.value) == f"parameter sure: expected a finite number or a list of them, received {received}"


def test_a_name_of_two_lines_is_shown_in_one():
    with pytest.raises(ChainError) as caught:
        Settings(MANIFEST).select(overrides={"a\nb": float("nan")})
    assert str(caught.value) == "parameter a\\nb: expected a finite number or a list of them, received nan"
