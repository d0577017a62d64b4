"""What a search may choose, and what a choice means, by hand."""

import json

import pytest

from keras_models import families, presets
from keras_models.presets import spaces
from keras_models.presets.spaces import Space, each, log_range, one_of, runs, times

FILTERS = (32,) * 4 + (64,) * 2


def declared(form, own, *given):
    """(the form, name -> hyperparameter) of one setting called x."""
    space = spaces.keras_tuner.HyperParameters()
    return form(space, "x", own, *given), {p.name: p for p in space.space}


@pytest.mark.parametrize(
    ("form", "own", "given"),
    [
        (one_of, 0.01, (0.0, 0.02)),
        (one_of, 0, (0.0, 0.02)),
        (one_of, None, (None, 1e-4)),
        (one_of, [7, 3], ((), (10,), (10, 10))),
        (one_of, False, (True, False)),
        (log_range, 0.5, (0.01, 0.1)),
        (times, [30, 64], ((0.5, 1.0),)),
        (each, [3, 1], ((1, 2),)),
        (runs, [30] * 6 + [64] * 2, ((0.5, 1.0), (1, 2), 2)),
    ],
)
def test_the_defaults_mean_the_presets_own_value(form, own, given):
    made, parameters = declared(form, own, *given)
    chosen = made.choose({name: parameter.default for name, parameter in parameters.items()})
    assert json.dumps(chosen) == json.dumps(own) or chosen == own


def test_values_of_a_choice_are_numbers_in_order_or_json():
    def values(own, *given):
        return declared(one_of, own, *given)[1]["x"].values

    assert values(2e-4, 0.0, 1e-3, 1e-4) == [0.0, 1e-4, 2e-4, 1e-3]
    assert values(1.0, 0, 1) == [0.0, 1.0], "its own is among them, whatever its type"
    assert values([48], (), (10, 10)) == ["[]", "[10, 10]", "[48]"]
    assert values(None, None, 1e-4) == ["null", "0.0001"]
    assert declared(one_of, [], (), (10, 10))[0].choose({"x": "[10, 10]"}) == [10, 10]
    assert declared(one_of, None, None, 1e-4)[0].choose({"x": "0.0001"}) == 1e-4


def test_a_range_holds_the_presets_own():
    found = declared(log_range, 0.5, 0.02, 0.4)[1]["x"]
    assert (found.min_value, found.max_value, found.sampling) == (0.02, 0.5, "log")


@pytest.mark.parametrize(
    ("width", "lengths", "expected"),
    [
        (1.0, (2, 1), (30,) * 4 + (64,) * 2),  # as it was, multiple of four or not
        (0.5, (1, 3), (16,) * 2 + (32,) * 6),  # 15 is rounded to 16
        (1.5, (1, 1), (44,) * 2 + (96,) * 2),  # 45 to 44
        (0.01, (1, 1), (4,) * 2 + (8,) * 2),  # neighbours stay different
    ],
)
def test_widths_and_lengths_of_runs(width, lengths, expected):
    values = {"x.width": width, "x.length_1": lengths[0], "x.length_2": lengths[1]}
    assert declared(runs, (30,) * 4 + (64,) * 2, (1.0,), (1,), 2)[0].choose(values) == expected


def test_the_smallest_of_every_form():
    for form, own, given, least in (
        (one_of, (5,), ((), (10,)), {"x": "[]"}),
        (one_of, 1, (0.5, 0.1), {"x": 0.5}),
        (log_range, 0.3, (0.1, 1.0), {"x": 0.3}),
        (times, (8,), ((1.0, 0.5),), {"x": 0.5}),
        (each, (1, 4), ((2, 3),), {"x_1": 1, "x_2": 2}),
        (runs, FILTERS, ((0.25, 1.0), (1, 2), 2), {"x.width": 0.25, "x.length_1": 1, "x.length_2": 1}),
    ):
        assert declared(form, own, *given)[0].least == least


def everything():
    return [
        (name, search)
        for name, preset in presets.known().items()
        for search in getattr(families.presets(preset["family"]), "SPACE", {})
    ]


@pytest.mark.parametrize(("name", "search"), everything())
def test_every_preset_can_be_searched_around(name, search):
    """The defaults are the preset; the smallest network and every default are known settings."""
    preset = presets.get(name)
    arguments, stages = presets.resolve(preset["family"], preset["arguments"], preset["stages"])
    space = Space(preset["family"], search, arguments, stages)
    values = {p.name: p.default for p in space.parameters.space}
    chosen, settings = space.chosen(values)
    for key, value in chosen.items():
        assert list(value) == list(arguments.get(key, families.presets(preset["family"]).ARGUMENTS[key].default))
    for stage, found in settings.items():
        assert found == {key: stages[stage][key] for key in found}
    smallest, _ = space.chosen(space.smallest())
    presets.resolve(preset["family"], arguments | smallest, stages)


def test_a_search_without_a_space_is_refused():
    arguments, stages = presets.resolve("epnet", {"filters": FILTERS}, presets.get("epnet_digits")["stages"])
    with pytest.raises(ValueError, match=r"declares a space for \(network, controllers\), received 'classifiers'"):
        Space("epnet", "classifiers", arguments, stages)
