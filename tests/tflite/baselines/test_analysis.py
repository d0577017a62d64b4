"""The arithmetic of evaluations, against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tflite
from tests.tools import learned
from tflite.baselines import analysis, static_bundle

ANSWERS = ["exit_1", "exit_2", "answer"]
LABELS = np.array([0, 1, 1, 0])


@pytest.fixture
def runs():
    """Four images: two leave at the first exit (one is wrong), one at the second, one at the end."""
    return {
        "label": np.array([0, 0, 1, 0]),
        "exit": np.array([0, 0, 1, 2]),
        "confidence": np.array([0.9, 0.8, 0.7, 0.6]),
    }


@pytest.fixture
def trace():
    """P(class 0) at each answer of the four images, and what it costs to get there."""
    zero = np.array([[0.9, 0.95, 0.99], [0.8, 0.4, 0.1], [0.6, 0.3, 0.2], [0.5, 0.6, 0.6]])
    return {
        "probabilities": np.stack([zero, 1 - zero], axis=-1),
        "macs": np.tile([10.0, 30.0, 60.0], (4, 1)),
    }


def test_exit_table(trace, runs):
    table = analysis.exit_table(trace, runs, LABELS, ANSWERS)
    assert [row["accuracy"] for row in table] == [0.5, 1.0, 1.0]
    assert [row["macs"] for row in table] == [10.0, 30.0, 60.0]
    assert [row["leaving"] for row in table] == [2, 1, 1]
    assert [row["accuracy_leaving"] for row in table] == [0.5, 1.0, 1.0]
    nobody = analysis.exit_table(trace, {**runs, "exit": np.array([0, 0, 0, 0])}, LABELS, ANSWERS)
    assert nobody[2]["accuracy_leaving"] is None


def test_sweep_goes_from_leaving_at_once_to_never(trace):
    curve = analysis.sweep(trace, LABELS, "max_softmax")
    assert curve[0] == {"threshold": 0.5, "accuracy": 0.5, "macs": 10.0}
    assert curve[-1] == {"threshold": None, "accuracy": 1.0, "macs": 60.0}
    assert [point["macs"] for point in curve] == sorted(point["macs"] for point in curve)


def test_sweep_at_a_threshold_between(trace):
    # With three quantiles the middle threshold is the median of .9 .8 .6 .5 .95 .6 .7 .6, that is .65: images one
    # and two leave at the first exit (one right), the third at the second (.7, right), the last at the end (right).
    point = analysis.sweep(trace, LABELS, "max_softmax", points=3)[1]
    assert point == {"threshold": pytest.approx(0.65), "accuracy": 0.75, "macs": 27.5}


def test_entropy_thresholds_are_positive_nats(trace):
    curve = analysis.sweep(trace, LABELS, "entropy", points=3)
    assert curve[0]["threshold"] == pytest.approx(math.log(2))
    assert [point["macs"] for point in analysis.sweep(trace, LABELS, "max_softmax", points=3)] == [
        point["macs"] for point in curve
    ]  # of two classes entropy and maximum softmax order alike


def test_a_network_without_exits_has_a_sweep_of_one_point():
    trace = {"probabilities": np.array([[[0.2, 0.8]]]), "macs": np.array([[7.0]])}
    assert analysis.sweep(trace, [1], "margin") == [{"threshold": None, "accuracy": 1.0, "macs": 7.0}]


def test_cheapest_within_a_tolerance():
    points = [{"accuracy": 0.970, "macs": 5}, {"accuracy": 0.971, "macs": 3}, {"accuracy": 0.976, "macs": 9}]
    assert analysis.cheapest_within(points, 0.976, 0.005)["macs"] == 3
    assert analysis.cheapest_within(points, 0.976, 0.002)["macs"] == 9
    assert analysis.cheapest_within(points, 0.99, 0.005) is None


def test_examples_are_the_surest_early_and_the_furthest(runs):
    found = analysis.examples(runs, LABELS, np.array([0, 0, 1, 1]), ("easy", "hard"), count=2)
    assert [entry["row"] for entry in found["easy"]] == [0, 2]  # the wrong answer of image 1 is no easy image
    assert [entry["row"] for entry in found["hard"]] == [3, 2]
    assert found["hard"][0] == {"row": 3, "exit": 2, "label": 0, "truth": 0, "confidence": 0.6, "group": "hard"}


@st.composite
def tables(draw):
    """A trace table of a few images, answers and classes, and the labels."""
    images, answers, classes = draw(st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(2, 4)))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    weights = random.integers(1, 4, (images, answers, classes)).astype(float)  # ties are frequent
    macs = np.tile(np.cumsum(random.integers(1, 50, answers)), (images, 1)).astype(float)
    trace = {"probabilities": weights / weights.sum(-1, keepdims=True), "macs": macs}
    return trace, random.integers(0, classes, images)


@settings(max_examples=40, deadline=None)
@given(tables(), st.sampled_from(["max_softmax", "entropy", "margin"]))
def test_a_sweep_ends_at_the_last_answer_and_never_gets_cheaper(drawn, gate):
    trace, labels = drawn
    curve = analysis.sweep(trace, labels, gate, points=7)
    last = trace["probabilities"][:, -1].argmax(-1) == labels
    assert curve[-1] == {"threshold": None, "accuracy": last.mean(), "macs": trace["macs"][0, -1]}
    spent = [point["macs"] for point in curve]
    assert spent == sorted(spent) and spent[0] == trace["macs"][0, 0], "at the lowest threshold all leave at once"
    assert all(0 <= point["accuracy"] <= 1 for point in curve) and len(curve) <= 8


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 10**6))
def test_those_who_leave_at_the_exits_are_all_and_their_accuracy_is_the_chains(drawn, seed):
    trace, labels = drawn
    images, answers, _ = trace["probabilities"].shape
    exits = np.random.default_rng(seed).integers(0, answers, images)
    said = trace["probabilities"].argmax(-1)[np.arange(images), exits]
    table = analysis.exit_table(trace, {"label": said, "exit": exits}, labels, range(answers))
    assert sum(row["leaving"] for row in table) == images
    right = sum(row["leaving"] * (row["accuracy_leaving"] or 0) for row in table)
    assert right / images == pytest.approx(np.mean(said == labels))
    assert [row["accuracy_leaving"] is None for row in table] == [row["leaving"] == 0 for row in table]


def test_of_points_that_cost_the_same_the_first_is_taken_and_of_none_nothing():
    points = [{"accuracy": 0.5, "macs": 2, "name": name} for name in "ab"]
    assert analysis.cheapest_within(points, 0.5, 0.0)["name"] == "a"
    assert analysis.cheapest_within([], 0.5, 0.1) is None
    assert analysis.cheapest_within(points, 0.5, 0.0, "accuracy") == points[0]


def test_a_difference_that_is_the_tolerance_does_not_fail_by_its_last_bit():
    """0.5006 - 0.005 is a little more than 0.4956 in binary."""
    assert 0.5006 - 0.005 > 0.4956
    assert analysis.cheapest_within([{"accuracy": 0.4956, "macs": 1}], 0.5006, 0.005)
    assert analysis.cheapest_within([{"accuracy": 0.4955, "macs": 1}], 0.5006, 0.005) is None


def test_few_images_without_kinds_are_all_examples(runs):
    found = analysis.examples(runs, LABELS, count=8)
    assert [entry["row"] for entry in found["easy"]] == [0, 2, 3, 1], "the wrong one comes last"
    assert [entry["row"] for entry in found["hard"]] == [3, 2, 1, 0], "the least sure of those that went furthest"
    assert {entry["group"] for entry in found["easy"]} == {None}


def test_every_answer_says_what_it_would_have_said(bundle):
    images = np.array([(255, 0), (204, 255), (0, 255), (51, 102), (140, 0)], np.uint8).reshape(-1, 1, 2, 1)
    table = analysis.trace_table(tflite.Chain(bundle), images, ANSWERS)
    assert table["macs"].tolist() == [[100, 300, 1000]] * 5
    said = table["probabilities"].argmax(-1).T.tolist()
    assert said == [[0, 0, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0]]
    np.testing.assert_allclose(table["probabilities"].sum(-1), 1, atol=1e-6)
    # The first exit of the third image: logits (0, 5).
    assert table["probabilities"][2, 0, 1] == pytest.approx(1 / (1 + np.exp(-5)), abs=1e-6)
    assert analysis.trace_table(tflite.Chain(bundle), images, ANSWERS[:2]) is None, "another program's answers"


def test_the_static_network_is_right_where_the_last_answer_is_and_costs_all_parts(bundle):
    images, labels = learned.Pixels().load("test")[:2]
    table = analysis.trace_table(tflite.Chain(bundle), images, ANSWERS)
    assert analysis.static_point(bundle, None, table, labels, None) == {"accuracy": 1.0, "macs": 1000.0}


def test_a_static_network_of_no_line_is_run_and_counted(bundle):
    """Three products with 2 x 2 weights are on the way to its last answer: both features, and the logits."""
    images, labels = learned.Pixels().load("test")[:2]
    static = tflite.Chain(static_bundle(bundle))
    assert analysis.static_point(bundle, static, None, labels, images) == {"accuracy": 1.0, "macs": 12}
