"""The chain: results, budgets, settings, streams, evaluations and traces, on a cascade of one early exit."""

import threading

import numpy as np
import pytest

from tests.tflite.bundles import labels, linear_int8, make, run, two_exits
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tflite.runtime.governor import Governor, Policy, Reading

UNSURE = np.array([[0, 2]], np.uint8)  # softmax (.1192, .8808); the second part swaps the logits
SURE = np.array([[0, 9]], np.uint8)


class Clock:
    """Moves by `step` nanoseconds at each reading."""

    def __init__(self, step):
        self.now, self.step = 0, step

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return Bundle.load(two_exits(tmp_path_factory.mktemp("bundle")))


@pytest.fixture(scope="module")
def chain(bundle):
    return Chain(bundle)


def test_a_result_says_everything(chain):
    result = chain.run(UNSURE)
    assert (result.label, result.name, result.exit, result.reason) == (0, "a", "last", "final")
    assert result.path == ("first", "second")
    assert result.answer.tolist() == [2.0, 0.0]
    assert result.probabilities.dtype == result.answer.dtype == np.float32
    assert result.probabilities.tolist() == pytest.approx([0.880797, 0.119203], abs=1e-6)
    assert (result.macs, result.costs) == (30, {"macs": 30.0, "energy_uj": 4.0})
    assert result.operating_point == "full"
    assert [name for name, _ in result.part_ms] == ["first", "second"]
    assert 0 < sum(ms for _, ms in result.part_ms) < result.elapsed_ms
    with pytest.raises(AttributeError):
        result.macs = 1


def test_operating_points_and_parameters(chain):
    assert chain.run(UNSURE, operating_point="fast").exit == "early"
    assert chain.run(UNSURE).exit == "last"
    assert chain.run(UNSURE, parameters={"confidence": 0.88}).exit == "early"
    assert chain.run(UNSURE, parameters={"confidence": 0.881}).exit == "last"
    assert chain.run(UNSURE, operating_point="fast", parameters={"confidence": 0.881}).exit == "last"
    assert chain.run(UNSURE, operating_point="fast").operating_point == "fast"


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"operating_point": "best"}, r"operating point: expected one of \['fast', 'full'\], received 'best'"),
        ({"operating_point": 3}, "received 3"),
        ({"operating_point": ["full"]}, r"received \['full'\]"),
        ({"parameters": {"kappa": 1}}, r"parameters: expected some of \['confidence'\], received 'kappa'"),
        ({"parameters": {"confidence": 1.1}}, "parameter confidence: expected 0 to 1, received 1.1"),
        ({"parameters": {"confidence": -1}}, "received -1"),
        ({"parameters": {"confidence": float("nan")}}, "finite number .* received nan"),
        ({"parameters": {"confidence": [0.5]}}, "a number, received a list of 1"),
        ({"parameters": {"confidence": "0.5"}}, "received '0.5'"),
        ({"parameters": {"confidence": True}}, "received True"),
        ({"parameters": 0.5}, "a dict .* received float"),
        ({"budget": 4}, "a Budget or None, received int"),
    ],
)
def test_wrong_arguments_are_refused_and_change_nothing(chain, arguments, words):
    with pytest.raises(ChainError, match=words):
        chain.run(UNSURE, **arguments)
    assert chain.run(UNSURE).exit == "last"


def test_an_energy_budget_needs_energies(tmp_path):
    costs = {"first": {"macs": 1.0}, "second": {"macs": 1.0}}
    with pytest.raises(ChainError, match="parts carry no energy_uj, received 1"):
        Chain.load(two_exits(tmp_path, costs=costs)).run(UNSURE, Budget(energy_uj=1))


@pytest.mark.parametrize(
    "budget, reason",
    # The first part costs 10 macs and 1.5 uJ, the way to the end 20 and 2.5 more.
    [
        (Budget(macs=30), "final"),
        (Budget(macs=29.9), "macs"),
        (Budget(macs=1), "macs"),
        (Budget(energy_uj=4), "final"),
        (Budget(energy_uj=3.9), "energy"),
        (Budget(macs=1, energy_uj=1), "macs"),
        (Budget(latency_ms=1e-5, macs=1), "latency"),
        (Budget(latency_ms=60_000), "final"),
    ],
)
def test_an_answer_in_time(chain, budget, reason):
    result = chain.run(UNSURE, budget)
    assert (result.reason, result.exit) == (reason, "last" if reason == "final" else "early")


def test_a_rule_that_holds_comes_before_the_budget(chain):
    assert chain.run(UNSURE, Budget(macs=1), "fast").reason == "rule"


def test_the_deadline_counts_what_is_spent_and_the_measured_way_ahead(bundle):
    chain = Chain(bundle, clock=Clock(1_000_000))
    # The clock moves 1 ms a reading: a part takes 1 ms, and the exit asks 3 ms after the start.
    # With 1 ms ahead, 4 ms reach and 3.9 do not.
    assert chain.measure(runs=3) == {"first": 1.0, "second": 1.0}
    assert chain.run(UNSURE, Budget(latency_ms=4)).reason == "final"
    assert chain.run(UNSURE, Budget(latency_ms=3.9)).reason == "latency"
    chain._programs.set_latencies({"first": 1e6, "second": 7e6})
    assert chain.run(UNSURE, Budget(latency_ms=10)).reason == "final"
    assert chain.run(UNSURE, Budget(latency_ms=9.9)).reason == "latency"


def test_elapsed_time_is_the_clocks(bundle):
    result = Chain(bundle, clock=Clock(1_000_000), warm_up=False).run(UNSURE)
    assert (result.elapsed_ms, result.part_ms) == (5.0, (("first", 1.0), ("second", 1.0)))


@pytest.mark.parametrize("runs", [0, -1, 2.5, True])
def test_measuring_takes_a_number_of_runs(chain, runs):
    with pytest.raises(ChainError, match="at least 1"):
        chain.measure(runs)


def test_stream_asks_the_governor_before_each_image(chain):
    governor = Governor(["fast", "full"], Policy(hold_ms=0.0))
    readings = [Reading(battery=0.1), Reading(battery=0.9), Reading(battery=0.1)]
    results = list(chain.stream([UNSURE] * 5, governor=governor, readings=readings))
    assert [r.operating_point for r in results] == ["fast", "full", "fast", "fast", "fast"]
    assert [r.exit for r in results] == ["early", "last", "early", "early", "early"]


def test_stream_feeds_latencies_back(bundle):
    chain = Chain(bundle, clock=Clock(1_000_000), warm_up=False)
    governor = Governor(["fast", "full"], Policy(latency_target_ms=4.0))
    # The full way takes 5 ms, late; twelve of them are too many.
    points = [r.operating_point for r in chain.stream([UNSURE] * 14, governor=governor, readings=Reading)]
    assert points == ["full"] * 12 + ["fast"] * 2


def test_deadlines_follow_a_device_that_gets_slower(bundle):
    clock = Clock(1_000_000)
    chain = Chain(bundle, clock=clock)
    assert chain.run(UNSURE).slowdown == 1.0
    clock.step = 2_000_000
    # The exit asks after 6 ms. The median of load, 1 ms, would be in time; twice of it is not, as six of eleven tell.
    results = [chain.run(UNSURE, Budget(latency_ms=7.5)) for _ in range(8)]
    assert {result.slowdown for result in results} == {2.0}
    assert [result.reason for result in results] == ["final"] * 6 + ["latency"] * 2
    chain.measure()
    assert chain.run(UNSURE, Budget(latency_ms=8)).reason == "final"


def test_the_slowdown_is_unknown_before_the_parts_were_timed(bundle):
    assert Chain(bundle, warm_up=False).run(UNSURE).slowdown is None


def test_stream_without_a_governor(chain):
    results = list(chain.stream([UNSURE, SURE], Budget(macs=1)))
    assert [r.reason for r in results] == ["macs", "macs"]


def test_evaluate(chain):
    samples = [(UNSURE, 0, "hard"), (UNSURE, 1, "hard"), (SURE, 1, "easy"), (SURE, 1, "easy")]
    evaluation = chain.evaluate(samples, parameters={"confidence": 0.99})
    total = evaluation.total
    assert (evaluation.accuracy, total.samples, total.macs) == (0.75, 4, 20.0)
    assert total.exits == {"last": 0.5, "early": 0.5}
    assert total.exit_accuracy == {"last": 0.5, "early": 1.0}
    assert total.reasons == {"final": 0.5, "rule": 0.5}
    assert total.paths == {"first > second": 0.5, "first": 0.5}
    assert total.costs == {"macs": 20.0, "energy_uj": 2.75}
    assert set(total.latency_ms) == {"mean", "p50", "p90", "p99"}
    assert evaluation.groups["easy"].macs == 10.0
    assert list(evaluation.groups) == ["easy", "hard"]
    assert evaluation.to_dict()["groups"]["hard"]["accuracy"] == 0.5
    assert chain.evaluate([(UNSURE, 0)], "fast").operating_point == "fast"
    with pytest.raises(ChainError, match="at least one"):
        chain.evaluate([])


@pytest.mark.parametrize("label", [2, -1, 0.0, "0", None, np.array([0, 1])])
def test_a_label_that_no_answer_can_be_is_refused(chain, label):
    assert chain.evaluate([(UNSURE, np.uint8(0))]).accuracy == 1
    with pytest.raises(ChainError, match="samples: expected labels that are whole numbers from 0 to 1, received"):
        chain.evaluate([(SURE, label)])


def test_trace_runs_through_every_exit(chain):
    trace = chain.trace(UNSURE, "fast")
    early, last = trace.stops
    assert (early.name, early.held, early.label, early.path) == ("early", True, 1, ("first",))
    assert (last.name, last.held, last.label, last.path) == ("last", None, 0, ("first", "second"))
    assert early.costs == {"macs": 10.0, "energy_uj": 1.5}
    assert early.answer.tolist() == [0.0, 2.0]
    assert early.outputs["label"].type == "float32"
    assert trace.values is None
    assert chain.trace(UNSURE, "full").stops[0].held is False
    assert chain.run(UNSURE, operating_point="fast").exit == "early"


def test_trace_gives_every_value(tmp_path):
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    chain = Chain.load(make(tmp_path, graphs, [run("part"), m.Answer(name="end", gives={"label": "logits"})]))
    values = chain.trace(np.array([[3, 4]], np.uint8), values=True).values
    assert values["image"].raw.dtype == np.int8 and values["image"].real.ravel().tolist() == [3.0, 4.0]
    assert values["logits"].raw.tolist() == [[6, 8]]
    assert values["logits"].raw.dtype == np.int8
    assert values["logits"].real.tolist() == [[3.0, 4.0]]


def test_values_of_a_way_not_taken_are_not_in_a_trace(tmp_path):
    branch = m.Branch(
        rule=m.Margin(value="logits", threshold=0.9), then=(m.Fill(output="sure", shape=(1,), content=1.0),)
    )
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    chain = Chain.load(make(tmp_path, graphs, [run("part"), branch, m.Answer(name="end", gives={"label": "logits"})]))
    assert "sure" in chain.trace(SURE, values=True).values
    assert "sure" not in chain.trace(np.array([[0, 0]], np.uint8), values=True).values


def test_probabilities_need_no_softmax(tmp_path):
    program = [m.Fill(output="p", shape=(2,), content=(0.25, 0.75)), m.Answer(name="e", gives={"label": "p"})]
    graphs = {"part": linear_int8([[1, 0], [0, 1]], [0, 0], (1.0, 1.0, 1.0))}
    outputs = labels("a", "b", activation="none")
    result = Chain.load(make(tmp_path, graphs, program, outputs=outputs)).run(UNSURE)
    assert (result.probabilities.tolist(), result.label, result.path) == ([0.25, 0.75], 1, ())


def test_threads_with_a_chain_each_give_the_same_answers(bundle):
    images = np.random.default_rng(0).integers(0, 6, (50, 1, 2), dtype=np.uint8)
    single = Chain(bundle)
    expected = [single.run(image, parameters={"confidence": 0.9}).answer.tolist() for image in images]
    received, chains = {}, [Chain(bundle) for _ in range(4)]

    def work(number):
        run_one = chains[number].run
        received[number] = [run_one(image, parameters={"confidence": 0.9}).answer.tolist() for image in images]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [received[number] for number in range(4)] == [expected] * 4
