"""Kinds of settings: what a preset may say, in Python or in JSON, and the sentence for everything else."""

import math

import pytest

from keras_models.presets import settings as s

ODD = [None, True, False, "1", [], {}, [1], {"a": 1}, -1, 0, 1, 0.5, 1.5, -0.5, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        (s.COUNT, [1]),
        (s.COUNT_OR_NONE, [0, 1]),
        (s.FLAG, [True, False]),
        (s.WIDTHS, [[], [1]]),
        (s.RATE, [1, 0.5, 1.5]),
        (s.AMOUNT, [0, 1, 0.5, 1.5]),
        (s.NUMBER, [-1, 0, 1, 0.5, 1.5, -0.5]),
        (s.SHARE, [0, 1, 0.5]),
        (s.BELOW_ONE, [0, 0.5]),
        (s.TEXT, ["1"]),
        (s.WEIGHTS, [[1]]),
        (s.TEXTS, []),
        (s.RANGE, []),
        (s.one_of(1, 2), [1]),
        (s.one_of("1", "a"), ["1"]),
        (s.one_of(True, "1"), [True, "1"]),
        (s.optional(s.COUNT), [None, 1]),
    ],
)
def test_what_fits_a_kind_and_what_does_not(kind, fitting):
    """Of all these odd values only those fit, each of its own type: true is no number, and 1 no truth."""
    found = [value for value in ODD if kind.fits(value)]
    assert [(type(value), value) for value in found] == [(type(v), v) for v in sorted(fitting, key=_place)]


def _place(value):
    """Where a value stands among the odd ones."""
    return next(i for i, odd in enumerate(ODD) if type(odd) is type(value) and odd == value)


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (s.COUNT, 2.0, False),
        (s.COUNT, 10**30, True),
        (s.COUNT_OR_NONE, 0.0, True),
        (s.WIDTHS, (8, 16), True),
        (s.WIDTHS, [8, 1.0], False),
        (s.WIDTHS, [8, True], False),
        (s.TEXTS, ["a", "b"], True),
        (s.TEXTS, ["a", 1], False),
        (s.WEIGHTS, [0, 0.5], True),
        (s.WEIGHTS, [0, 0], False),
        (s.WEIGHTS, [0, -1, 1], False),
        (s.WEIGHTS, [math.inf], False),
        (s.RANGE, [0.01, 0.01], True),
        (s.RANGE, (0.01, 0.1), True),
        (s.RANGE, [0.1, 0.01], False),
        (s.RANGE, [0, 0.1], False),
        (s.RANGE, [0.1], False),
        (s.RANGE, [0.01, 0.02, 0.03], False),
        (s.BELOW_ONE, 0.999, True),
        (s.one_of(1, 2), 2.0, False),
    ],
)
def test_kinds_at_their_edges(kind, value, fits):
    assert kind.fits(value) is fits


KNOWN = {"width": s.Setting(s.COUNT), "rate": s.Setting(s.RATE, 0.1), "mode": s.Setting(s.one_of("a", "b"), "a")}
FREE = {name: KNOWN[name] for name in ("rate", "mode")}


@pytest.mark.parametrize(
    ("given", "known", "message"),
    [
        ({}, KNOWN, "expected stage among width, rate, mode, with width, received nothing"),
        ({"rate": 1}, KNOWN, "expected stage among width, rate, mode, with width, received rate"),
        ({"width": 1, "x": 2}, KNOWN, "expected stage among width, rate, mode, with width, received width, x"),
        ({"x": 2}, FREE, "expected stage among rate, mode, all optional, received x"),
        ([], FREE, "expected stage among rate, mode, all optional, received []"),
        (None, FREE, "expected stage among rate, mode, all optional, received None"),
        ({"width": 0}, KNOWN, "expected a whole number above zero as width of stage, received 0"),
        ({"width": 1, "mode": "c"}, KNOWN, "expected a or b as mode of stage, received 'c'"),
        ({"width": 1, "mode": ["a"]}, KNOWN, "expected a or b as mode of stage, received ['a']"),
        ({"width": 1, "mode": {}}, KNOWN, "expected a or b as mode of stage, received {}"),
    ],
)
def test_what_is_not_known_is_refused_in_one_sentence(given, known, message):
    with pytest.raises(ValueError) as caught:
        s.check("stage", given, known)
    assert str(caught.value) == message


def test_what_is_given_stays_and_the_rest_has_its_default_in_the_known_order():
    s.check("stage", {"mode": "b", "width": 3}, KNOWN)
    completed = s.complete({"mode": "b", "width": 3}, KNOWN)
    assert list(completed.items()) == [("width", 3), ("rate", 0.1), ("mode", "b")]


@pytest.mark.parametrize(
    ("arguments", "groups"),
    [
        ({"blocks": [1, 1]}, "2 and 3"),
        ({"blocks": [], "filters": [8]}, "0 and 1"),
        ({"blocks": [1, 1, 1, 1]}, "4 and 3"),
    ],
)
def test_groups_are_counted_on_both_sides(arguments, groups):
    with pytest.raises(ValueError) as caught:
        s.check_groups(arguments)
    assert str(caught.value) == f"expected blocks and filters of as many groups, received {groups}"
    s.check_groups({"blocks": [1, 2, 3]})
    s.check_groups({"blocks": [1], "filters": [8]})
