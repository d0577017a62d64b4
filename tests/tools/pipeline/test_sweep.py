"""Sweeps by hand: a program in a line beside the one-by-one runtime, and one that branches."""

import numpy as np
import pytest

import tflite
from keras_models import programs
from keras_models.base import Deployable, Knob, Labels
from keras_models.early_exit import EarlyExit
from tflite.batched.units import bundle_parts
from tflite.batched.values import Value
from tools.pipeline.sweep import CHUNK, Sweep

PRICES = {"stage_1": 100.0, "stage_2": 200.0, "stage_3": 700.0}


class Learned(EarlyExit):
    """The hand-made bundle's program, as a network has it; see `tests.tools.learned`."""

    def program(self):
        steps = [{"op": "fill", "output": "kappa", "shape": [1, 1], "content": programs.parameter("kappa")}]
        for number, source in ((1, "image"), (2, "features_1")):
            outputs = {name: name for name in (f"features_{number}", f"logits_{number}", f"stop_{number}")}
            steps.append(programs.run(f"stage_{number}", {source: source, "kappa": "kappa"}, outputs))
            rule = {"rule": "at_least", "value": f"stop_{number}", "threshold": programs.parameter("threshold")}
            steps.append(programs.exit_if(f"exit_{number}", rule, label=f"logits_{number}"))
        steps.append(programs.run("stage_3", {"features_2": "features_2"}, {"logits_3": "logits_3"}))
        return [*steps, programs.answer("answer", label="logits_3")]

    def outputs(self):
        return {"label": Labels(2)}

    def parameters(self):
        return {"kappa": Knob(0.02, 0, 0.1, "price"), "threshold": Knob(0.5, 0, 1, "stop", full_depth=1.0)}


@pytest.fixture
def chain(bundle):
    return tflite.Chain(bundle, warm_up=False)


@pytest.fixture
def data(pixels):
    images, labels, _ = pixels.load("test")
    return images, labels, images.astype(np.float32) * np.float32(1 / 255)


@pytest.fixture
def sweep(bundle, data):
    _, labels, normalised = data
    return Sweep(Learned(), bundle_parts(bundle), {"image": normalised}, labels, PRICES)


@pytest.mark.parametrize("setting", [{}, {"kappa": 0.05}, {"kappa": 0.01, "threshold": 0.8}, {"threshold": 1.0}])
def test_in_a_line_it_decides_and_costs_as_the_runtime_does(sweep, chain, data, setting):
    images, labels, _ = data
    (measured,) = sweep.measure([setting])
    every = {"kappa": 0.02, "threshold": 0.5} | setting
    results = [chain.run(image, parameters=every) for image in images]
    names = ["exit_1", "exit_2", "answer"]
    assert measured.way.tolist() == [names.index(result.exit) for result in results]
    assert measured.costs.tolist() == [result.costs["macs"] for result in results]
    assert measured.right.tolist() == [result.label == label for result, label in zip(results, labels, strict=True)]
    assert measured.accuracy == np.mean(measured.right) and measured.settings == setting
    assert len(set(measured.way)) > 1 or setting == {"threshold": 1.0}


def test_an_exit_that_is_not_kept_passes_its_images_on_at_no_cost(sweep):
    kept = np.array([False, True, True])
    (every,), (some,) = sweep.measure([{}]), sweep.measure([{}], kept)
    assert set(some.way) == {1, 2} and (some.way >= every.way).all()
    assert (some.way[every.way > 0] == every.way[every.way > 0]).all()
    assert some.costs.tolist() == [{1: 300.0, 2: 1000.0}[way] for way in some.way]
    assert sweep.exit_costs(kept).tolist() == [300.0, 300.0, 1000.0]
    assert sweep.exit_costs(np.array([True, False, True])).tolist() == [100.0, 1000.0, 1000.0]


def test_other_prices_change_costs_and_nothing_else(sweep):
    priced = sweep.at_prices(np.array([1.0, 5.0, 50.0]))
    (before,), (after,) = sweep.measure([{}]), priced.measure([{}])
    assert after.way.tolist() == before.way.tolist()
    assert after.costs.tolist() == [[1.0, 5.0, 50.0][way] for way in before.way]
    assert sweep.exit_costs().tolist() == [100.0, 300.0, 1000.0], "the sweep itself is as it was"


def test_what_policies_see_is_every_exits_answer(sweep, chain, data):
    seen = sweep.seen()
    trace = [[stop.answer for stop in chain.trace(image).stops] for image in data[0][:3]]
    np.testing.assert_allclose(seen.answers[:3], trace, atol=1e-5)
    assert sweep.answers().shape == (60, 3, 2) and seen.kept.all()
    assert seen.costs.tolist() == [100.0, 300.0, 1000.0]
    assert sweep.exits == 3 and sweep.in_a_line


def test_values_that_are_known_are_not_computed_again(sweep, bundle, data):
    """With recorded values no part is left to run, and the same is measured at every price of computation."""
    names = ["logits_1", "logits_2", "logits_3", "features_1", "features_2"]
    recorded = sweep.record(names)
    assert list(recorded) == names and recorded["logits_2"].shape == (60, 2)
    a = data[2][:, 0, 0, 0]
    np.testing.assert_allclose(recorded["logits_1"], np.stack([10 * a, np.full(60, 5.0)], 1), atol=1e-5)
    stops = {"stop_1": 2 * data[2][:, 0, :1, 0] - 0.8, "stop_2": 2 * data[2][:, 0, 1:, 0] - 0.8}
    again = Sweep(Learned(), {}, recorded | stops, data[1], PRICES)
    (one,), (other,) = sweep.measure([{}]), again.measure([{}])  # kappa is 0.02: ten times that is 0.2
    assert one.way.tolist() == other.way.tolist() and one.costs.tolist() == other.costs.tolist()


class Two(Deployable):
    """A part that says the image's first number, and two parts of which one runs."""

    def program(self):
        rule = {"rule": "at_least", "value": "score", "threshold": programs.parameter("threshold")}
        sides = [[programs.run(part, {"x": "image"}, {"y": "y"})] for part in ("expensive", "cheap")]
        return [
            programs.run("asks", {"x": "image"}, {"y": "score"}),
            {"op": "branch", "rule": rule, "then": sides[0], "otherwise": sides[1]},
            programs.answer("end", label="y"),
        ]

    def outputs(self):
        return {"label": Labels(2)}

    def parameters(self):
        return {"threshold": Knob(0.5, 0, 2, "from which the expensive part runs", full_depth=0.0)}


def branching(count):
    """Images 0, 1, .. / count; the expensive part answers 1, the cheap one 0; every label is 1."""

    def answer(label):
        return lambda inputs: {"y": Value(np.tile(np.eye(2, dtype="float32")[label], (len(inputs["x"].array), 1)))}

    parts = {"asks": lambda inputs: {"y": Value(inputs["x"].real())}, "expensive": answer(1), "cheap": answer(0)}
    values = {"image": (np.arange(count, dtype="float32") / count)[:, None]}
    return Sweep(Two(), parts, values, np.ones(count, int), {"asks": 1.0, "expensive": 20.0, "cheap": 3.0})


def test_a_branching_program_is_run_for_every_setting():
    """Of four images at 0, .25, .5 and .75, two, all and none go the expensive way."""
    measured = branching(4).measure([{}, {"threshold": 0.0}, {"threshold": 2.0}])
    assert [m.costs.tolist() for m in measured] == [[4, 4, 21, 21], [21] * 4, [4] * 4]
    assert [m.accuracy for m in measured] == [0.5, 1.0, 0.0]
    assert [m.right.tolist() for m in measured][0] == [False, False, True, True]
    way = measured[0].way
    assert way[0] == way[1] != way[2] == way[3]
    assert set(measured[1].way) == {way[2]} and set(measured[2].way) == {way[0]}


def test_more_images_than_are_in_memory_at_once_are_in_order():
    count = 2 * CHUNK + 10
    sweep = branching(count)
    (measured,) = sweep.measure([{"threshold": 0.25}])
    assert measured.costs.tolist() == [21 if number >= count / 4 else 4 for number in range(count)]
    assert sweep.answers().shape == (count, 1, 2)
    assert sweep.exits == 1 and sweep.seen() is None and not sweep.in_a_line
