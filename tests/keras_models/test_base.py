"""The contract's defaults: what a network that says little has, and what it is told that it must say."""

import keras
import pytest

from keras_models import programs
from keras_models.base import AdaptiveModel, Deployable, Knob, Labels, Part
from keras_models.costs import Cost

ASKED = {"rule": "at_least", "value": "score", "threshold": programs.parameter("kappa")}


class Line(Deployable):
    """A trunk with an exit, whose rule has a part of its own, and an answer on the server."""

    counted = 0

    def parts(self):
        type(self).counted += 1
        x = keras.Input((3,), name="x")
        made = keras.layers.Dense(2)
        return {
            name: Part(keras.Model({"x": x}, {"y": made(x)}, name=name), where=where)
            for name, where in (("trunk", programs.DEVICE), ("far", programs.SERVER))
        }

    def program(self):
        return [
            programs.run("trunk", {"x": "image"}, {"y": "a"}),
            programs.run("asks", {"x": "a"}, {"y": "score"}),
            programs.exit_if("early", ASKED, label="a"),
            programs.run("far", {"x": "image"}, {"y": "b"}, programs.SERVER),
            programs.answer("end", label="b"),
        ]

    def parameters(self):
        return {
            "kappa": Knob(0.5, 0.0, 2.0, "asks", full_depth=2.0),
            "zoom": Knob(1.0, 0.0, 2.0, "decides nothing"),
            "low": Knob(0.5, 0.0, 2.0, "asks the other way round", full_depth=0.0),
        }


class Silent(AdaptiveModel):
    """Says nothing but what Keras asks."""

    def __init__(self, input_shape=(3,), classes=4, width=1, **kwargs):
        super().__init__(**kwargs)
        self.classes, self.arguments = classes, {"input_shape": input_shape, "classes": classes, "width": width}

    def get_config(self):
        return self.arguments | {"name": self.name}


@pytest.mark.parametrize("missing", ["parts", "program", "outputs"])
def test_what_is_deployed_has_to_be_said(missing):
    with pytest.raises(TypeError) as caught:
        getattr(Deployable(), missing)()
    assert str(caught.value) == f"Deployable must define {missing}()"


def test_a_network_has_to_say_how_it_is_trained():
    with pytest.raises(TypeError) as caught:
        Silent().stages({})
    assert str(caught.value) == "Silent must define stages()"


def test_everything_is_the_last_answer_and_what_it_needs():
    assert Line().reference() == [Line().program()[3], Line().program()[4]]


def test_a_program_that_branches_has_no_everything_of_its_own():
    class Branching(Line):
        def program(self):
            return [{"op": "branch", "rule": ASKED, "then": []}, *super().program()]

    with pytest.raises(ValueError) as caught:
        Branching().reference()
    assert str(caught.value) == "expected a program of run, fill, exit, answer steps, received 'branch'"


def test_full_depth_is_where_a_knob_says_and_else_its_default():
    """Zero is said, too."""
    assert Line().full_depth() == {"kappa": 2.0, "zoom": 1.0, "low": 0.0}
    assert Deployable().full_depth() == {}


def test_parts_are_counted_once_and_by_name():
    line, before = Line(), Line.counted
    # Three inputs to two outputs: six multiply-adds, and as many weights with two biases.
    assert line.part_costs == {"trunk": Cost(6, 0, 8), "far": Cost(6, 0, 8)}
    assert line.part_macs == {"trunk": 6, "far": 6}
    assert Line.counted == before + 1


def test_networks_of_one_configuration_are_counted_once(monkeypatch):
    monkeypatch.setattr("keras_models.base._COUNTED", {})
    asked = []
    monkeypatch.setattr(Silent, "parts", lambda self: asked.append(self.arguments["width"]) or {})
    assert [Silent(width=width, name=f"n{i}").part_costs for i, width in enumerate((1, 1, 2, 1))] == [{}] * 4
    assert asked == [1, 2], "a name makes no other network"


def test_what_one_caller_does_to_the_costs_is_not_another_s():
    Silent.parts = lambda self: {}
    try:
        one = Silent(width=77)
        one.part_costs["mine"] = Cost(1, 1, 1)
        assert Silent(width=77).part_costs == {}
    finally:
        del Silent.parts


def test_defaults_of_a_network():
    network = Silent(classes=7)
    assert network.outputs() == {"label": Labels(7)}
    assert (network.parameters(), network.observe(None), network.trunk_weights()) == ({}, {}, [])
    assert network.initialise({}, None) is None
    made = Silent.create((5,), 3, task="any", width=2)
    assert made.arguments == {"input_shape": (5,), "classes": 3, "width": 2}, "the task is for families that need it"


def test_costs_are_not_among_what_keras_looks_through():
    assert not {"part_costs", "part_macs"} & set(dir(Silent()))
    assert "part_costs" in dir(Line())
