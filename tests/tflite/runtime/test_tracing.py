"""Traces: every exit on the way is passed and told, in a repeat each time; a run's meter and its limits."""

import math

import numpy as np
import pytest

from tests.tflite.bundles import SWAP, image, labels, linear, linear_int8, make, reference, run
from tflite.bundle import manifest as m
from tflite.program.state import Meter
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tflite.runtime.tracing import path_costs

SURE = m.MaxSoftmax(value="logits", threshold=reference("sure"))
PARAMETERS = {"sure": m.Parameter(default=0.9, minimum=0.0, maximum=2.0)}


def leave(name):
    return m.Exit(name=name, rule=SURE, gives={"label": "logits"})


def chain(folder, *steps, **fields):
    """`first` gives the pixels as logits, `swap` swaps them."""
    graphs = {"first": linear([[1, 0], [0, 1]], [0, 0]), "swap": linear(SWAP, [0, 0], "x", (1, 2), "y")}
    program = [run("first"), *steps, m.Answer(name="end", gives={"label": "logits"})]
    return Chain.load(make(folder, graphs, program, parameters=PARAMETERS, **fields), warm_up=False)


def swap():
    return run("swap", {"x": "logits"}, {"y": "logits"})


def told(trace):
    return [(stop.name, stop.held, stop.answer.tolist(), stop.path) for stop in trace.stops]


def test_an_exit_in_a_repeat_is_told_each_time(tmp_path):
    looped = chain(tmp_path, m.Repeat(times=2, steps=(swap(), leave("again"))))
    assert told(looped.trace(image(0, 5))) == [
        ("again", True, [5, 0], ("first", "swap")),
        ("again", True, [0, 5], ("first", "swap", "swap")),
        ("end", None, [0, 5], ("first", "swap", "swap")),
    ]
    assert looped.run(image(0, 5)).path == ("first", "swap")


def test_only_the_way_taken_is_told(tmp_path):
    branch = m.Branch(rule=SURE, then=(leave("sure"),), otherwise=(swap(), leave("unsure")))
    parted = chain(tmp_path, branch)
    assert [stop.name for stop in parted.trace(image(0, 9)).stops] == ["sure", "end"]
    assert [stop[:3] for stop in told(parted.trace(image(0, 1)))] == [
        ("unsure", False, [1, 0]),
        ("end", None, [1, 0]),
    ]


def test_one_trace_leaves_nothing_to_the_next(tmp_path):
    traced = chain(tmp_path, leave("early"), swap())
    first = traced.trace(image(0, 9))
    second = traced.trace(image(3, 3))
    assert told(first)[0] == ("early", True, [0, 9], ("first",))
    assert told(second) == [("early", False, [3, 3], ("first",)), ("end", None, [3, 3], ("first", "swap"))]
    assert second.stops[0].label == 0, "the first among equals"


def test_parameters_decide_what_held_and_a_run_is_as_before(tmp_path):
    traced = chain(tmp_path, leave("early"), swap())
    # softmax(0, 2) = (.1192, .8808)
    assert traced.trace(image(0, 2), parameters={"sure": 0.88}).stops[0].held is True
    assert traced.trace(image(0, 2), parameters={"sure": 0.881}).stops[0].held is False
    assert traced.run(image(0, 2)).exit == "end"


def test_probabilities_and_costs_of_a_stop(tmp_path):
    costs = {"first": {"macs": 3.0, "energy_uj": 0.5}, "swap": {"macs": 4.0, "energy_uj": 0.25}}
    stated = m.Exit(name="early", rule=SURE, gives={"stated": "logits"})
    outputs = labels("a", "b") | {"stated": m.LabelsOutput(labels=("a", "b"), activation="none")}
    early, end = chain(tmp_path, stated, swap(), costs=costs, outputs=outputs).trace(image(1, 1)).stops
    assert (early.probabilities.tolist(), early.costs) == ([1, 1], {"macs": 3.0, "energy_uj": 0.5})
    assert (end.probabilities.tolist(), end.costs) == ([0.5, 0.5], {"macs": 7.0, "energy_uj": 0.75})
    assert early.probabilities.dtype == early.answer.dtype == np.float32


def test_a_path_costs_the_sum_of_its_parts_however_often(tmp_path):
    manifest = chain(tmp_path).manifest
    assert path_costs(manifest, ("first", "swap", "swap")) == {"macs": 50.0}
    assert path_costs(manifest, ()) == {"macs": 0}


def test_values_are_as_the_program_last_wrote_them(tmp_path):
    codes = linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))
    graphs = {"codes": codes, "swap": linear(SWAP, [0, 0], "x", (1, 2), "y")}
    program = [
        run("codes"),
        run("swap", {"x": "logits"}, {"y": "logits"}),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    traced = Chain.load(make(tmp_path, graphs, program), warm_up=False).trace(image(3, 4), values=True)
    assert traced.values["logits"].raw.dtype == np.float32
    assert traced.values["logits"].real.tolist() == [[4.0, 3.0]]


@pytest.mark.parametrize(
    "budget, limits",
    [
        (Budget(), (math.inf, math.inf, math.inf)),
        (Budget(latency_ms=2), (1_000 + 2e6, math.inf, math.inf)),
        (Budget(macs=7, energy_uj=0.5), (math.inf, 7, 0.5)),
    ],
)
def test_a_meter_limits_what_the_budget_says(budget, limits):
    meter = Meter()
    meter.start(1_000, budget)
    assert meter.limited
    assert (meter.deadline, meter.macs_limit, meter.energy_limit) == limits


def test_a_meter_starts_anew():
    meter = Meter()
    meter.start(0, Budget(macs=1))
    meter.macs, meter.energy = 5, 2.5
    meter.events.append(("run", "a", 1))
    meter.billed.append({"macs": 1.0})
    meter.start(9, None)
    assert (meter.macs, meter.energy, meter.events, meter.billed, meter.limited) == (0, 0.0, [], [], False)
