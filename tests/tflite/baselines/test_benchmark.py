"""Latencies side by side: which baselines there are, what is compared."""

import msgspec
import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tests.tflite.measured import measured_points, measured_rows
from tflite.baselines import CUT, FULL_DEPTH, STATIC, benchmark
from tflite.bundle import manifest as m

# Pixels (a, b) of 255: at the point `exact` they leave first, first (wrong), second, last and last.
FIVE = np.array([(255, 0), (204, 255), (0, 255), (51, 102), (140, 0)], np.uint8).reshape(-1, 1, 2, 1)
LABELS = np.array([0, 1, 1, 1, 0])


@pytest.fixture
def rows():
    return measured_rows()


def test_the_point_near_the_static_network(rows):
    """Of .97 on the bundle's own images, balanced loses .4 points and exact .2, whatever they lose where timed."""
    half, fifth = benchmark.near_static(rows, measured_points())
    assert (half["tolerance"], half["name"]) == (0.005, "chain, balanced")
    assert (fifth["tolerance"], fifth["name"]) == (0.002, "chain, exact")
    assert fifth["to_static"]["mean"]["median"] == 0.7
    assert benchmark.near_static(rows[:1], measured_points()) == []
    assert [found["name"] for found in benchmark.near_static([rows[0], rows[4]], measured_points())] == [None, None]


def test_one_point_without_conditional_models(bundle):
    made, missing = benchmark.make_chains(bundle, ["exact"], conditional=False, cuts=False)
    assert list(made) == ["chain, exact", "chain, full depth", "static network"] and missing == {}


def test_what_cannot_be_built_is_said(tmp_path):
    bundle = tflite.Bundle.load(bundles.two_exits(tmp_path))
    made, missing = benchmark.make_chains(bundle, ["fast"], conditional=True, cuts=False)
    assert list(made) == ["chain, fast", "chain, full depth", "static network"]
    assert list(missing) == ["IF operators, fast"] and "received max_softmax" in missing["IF operators, fast"]


def test_overheads_need_a_static_network(bundle, rows):
    found = benchmark.overheads(bundle, [row for row in rows if row["name"] != STATIC])
    assert found["step_ms"] is None and found["steps"] == 3
    # Bare invokes take microseconds here: with 1 ms for both, a step costs next to nothing and an image nearly all.
    found = benchmark.overheads(bundle, rows)
    assert abs(found["step_ms"]) < 0.1 and found["fixed_ms"] == pytest.approx(1.0, abs=0.2)


def test_every_chain_sees_the_same_images(bundle, images):
    made, _ = benchmark.make_chains(bundle, ["fast"], conditional=False, cuts=True)
    seen = benchmark.measure(made, images[:7], 2)
    assert {times["ms"].shape for times in seen.values()} == {(2, 7)}


def test_a_row_by_hand():
    """Two rounds of five images: the static network takes 2 ms, the chain 1 ms and then 3; four of five are right."""
    ms = {"chain, fast": np.array([[1.0] * 5, [3.0] * 5]), "static network": np.full((2, 5), 2.0)}
    said = np.array([0, 0, 1, 1, 0])
    chain, static = benchmark.results({name: {"ms": times, "labels": said} for name, times in ms.items()}, LABELS)
    assert (chain["name"], chain["accuracy"], chain["mean"], chain["p50"]) == ("chain, fast", 0.8, 2.0, 2.0)
    assert chain["to_static"]["mean"] == {"median": 1.0, "low": 0.5, "high": 1.5}
    assert static["to_static"]["p50"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    (alone,) = benchmark.results({"chain, fast": {"ms": ms["chain, fast"], "labels": said}}, LABELS)
    assert "to_static" not in alone


def test_networks_cut_short_end_at_every_exit_but_the_answer(bundle):
    made, missing = benchmark.make_chains(bundle, ["fast", "exact"], conditional=True, cuts=True)
    cuts = {name: entry for name, entry in made.items() if name.startswith(CUT)}
    assert list(cuts) == ["static, cut short at exit_1", "static, cut short at exit_2"] and missing == {}
    assert [name for name in made if name.startswith("IF")] == ["IF operators, fast", "IF operators, exact"]
    for name, labels in (("exit_1", [0, 0, 1, 1, 0]), ("exit_2", [0, 1, 1, 1, 0])):
        chain, point = cuts[CUT + name]
        assert [chain.run(image, operating_point=point).label for image in FIVE] == labels


def test_the_shapes_answer_as_the_chain_does_at_its_points(bundle):
    made, _ = benchmark.make_chains(bundle, ["fast", "exact"], conditional=True, cuts=False)
    seen = benchmark.measure(made, FIVE, 1)
    assert seen["chain, exact"]["labels"].tolist() == [0, 0, 1, 1, 0]
    for point in ("fast", "exact"):
        assert seen[f"IF operators, {point}"]["labels"].tolist() == seen[f"chain, {point}"]["labels"].tolist()
    whole = seen[STATIC]["labels"].tolist()
    assert whole == seen[FULL_DEPTH]["labels"].tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize(("full", "step", "fixed"), [(1.5, 0.1, 0.3), (1.3, 0.0, 0.4), (0.9, -0.2, 0.6)])
def test_overheads_by_hand(bundle, monkeypatch, full, step, fixed):
    """Bare invokes of .2, .3 and .4 ms, .6 of the static network: .4 beyond it, and the rest by two further steps."""

    def bare(measured):
        return {"stage_1": 0.2, "stage_2": 0.3, "stage_3": 0.4} if len(measured.manifest.parts) == 3 else {"all": 0.6}

    monkeypatch.setattr(benchmark.timing, "part_latencies", bare)
    found = benchmark.overheads(bundle, [{"name": STATIC, "p50": 1.0}, {"name": FULL_DEPTH, "p50": full}])
    assert found["step_ms"] == pytest.approx(step) and found["fixed_ms"] == pytest.approx(fixed)
    assert found["steps"] == 3 and found["parts_ms"]["stage_2"] == 0.3


def test_a_chain_of_one_part_has_no_further_step(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    program = [bundles.run("first"), m.Answer(name="answer", gives={"label": "logits"})]
    bundle = tflite.Bundle.load(bundles.make(tmp_path / "one", graphs, program))
    rows = [{"name": name, "p50": 1.0} for name in (STATIC, FULL_DEPTH)]
    assert benchmark.overheads(bundle, rows)["step_ms"] is None


def test_of_points_that_are_accurate_enough_the_cheapest_is_named_however_long_it_took(rows):
    """One that loses exactly the tolerance still counts; what the timed images say of it does not."""
    rows[1] |= {"mean": 9.0, "accuracy": 0.5}
    points = measured_points()
    assert benchmark.near_static(rows, points)[0]["name"] == "chain, balanced"
    points[0] = msgspec.structs.replace(points[0], accuracy=0.965)
    assert benchmark.near_static(rows, points)[0]["name"] == "chain, fast"


def test_an_overhead_below_nothing_is_noise_and_is_said_to_be():
    overhead = {"parts_ms": {}, "fixed_ms": -0.01, "step_ms": 0.02, "steps": 3}
    (sentence,) = benchmark.sentences([], overhead, {})
    assert sentence.endswith("was lost in the noise of this run.")


def test_nothing_is_said_where_nothing_is_known():
    assert list(benchmark.sentences([], {"step_ms": None}, {})) == []
