"""Outcomes of programs whose every sample can be followed on paper."""

import functools

import numpy as np
import pytest

from tests.tflite.batched.programs import (
    COSTS,
    PARAMETERS,
    PARTS,
    answer,
    at_least,
    executor,
    images,
    leave,
    part,
    run,
    skipping,
)  # fmt: skip
from tflite.batched.executor import Executor
from tflite.batched.outcomes import joined


def test_a_skipped_block_and_an_exit_by_hand():
    """-1 skips the block and goes to the end: 99, 105. 0.2 is doubled and goes on: 100.4, 110. 3 leaves as 6, -5."""
    seen = executor(skipping()).run(images(-1, 0.2, 3))
    assert seen.ends == ("early", "end") and seen.end.tolist() == [1, 1, 0]
    np.testing.assert_allclose(seen.outputs, [[99, 105], [100.4, 110], [6, -5]], rtol=1e-6)
    assert seen.paths() == [("gate", "head", "big"), ("gate", "block", "head", "big"), ("gate", "block", "head")]
    assert seen.labels().tolist() == [1, 1, 0]
    assert {name: counts.tolist() for name, counts in seen.runs().items()} == {
        "gate": [1, 1, 1], "block": [0, 1, 1], "head": [1, 1, 1], "big": [1, 1, 0],
    }  # fmt: skip
    assert seen.costs(COSTS)["macs"].tolist() == [1101, 1111, 111]
    assert seen.end_shares() == {"early": pytest.approx(1 / 3), "end": pytest.approx(2 / 3)}
    assert seen.sides() == {"main[1]": {"then": 2, "otherwise": 1}, "main[3]": {"taken": 1, "passed": 2}}


def test_events_are_in_order_and_say_who_went_where():
    events = executor(skipping()).run(images(-1, 0.2, 3)).events
    assert [(event.kind, event.where, event.name, event.rows.tolist()) for event in events] == [
        ("run", "main[0]", "gate", [0, 1, 2]),
        ("branch", "main[1]", "then", [1, 2]),
        ("run", "main[1].then[0]", "block", [1, 2]),
        ("branch", "main[1]", "otherwise", [0]),
        ("run", "main[2]", "head", [0, 1, 2]),
        ("exit_asked", "main[3]", "early", [0, 1, 2]),
        ("exit_taken", "main[3]", "early", [2]),
        ("run", "main[4]", "big", [0, 1]),
        ("answer", "main[5]", "end", [0, 1]),
    ]


def test_a_side_that_nobody_takes_is_said():
    sides = executor(skipping()).run(images(1, 2)).sides()
    assert sides == {"main[1]": {"then": 2, "otherwise": 0}, "main[3]": {"taken": 2, "passed": 0}}


def test_settings_replace_defaults_and_unknown_ones_are_refused():
    seen = executor(skipping()).run(images(-1, 3), {"way": 5, "sure": 9})
    assert seen.paths() == [("gate", "head", "big")] * 2
    with pytest.raises(ValueError, match=r"settings: expected some of \['gain', .*\], received \['speed'\]"):
        executor(skipping()).run(images(1), {"speed": 1})


def test_a_trace_passes_every_exit():
    seen = executor(skipping()).run(images(-1, 3), trace=True)
    assert [(stop.name, stop.rows.tolist()) for stop in seen.stops] == [("early", [0, 1]), ("end", [0, 1])]
    assert seen.stops[0].held.tolist() == [False, True] and seen.stops[1].held is None
    assert seen.stops[0].outputs.tolist() == [[-1, 2], [6, -5]]
    assert seen.costs(COSTS, seen.stops[0])["macs"].tolist() == [101, 111]
    assert seen.paths(seen.stops[0]) == [("gate", "head"), ("gate", "block", "head")]
    rows, outputs = seen.answers()["end"]
    assert rows.tolist() == [0, 1] and outputs.tolist() == [[99, 105], [106, 110]]


def test_an_exit_without_a_rule_is_passed_in_a_trace():
    program = [run("head", "image", "a"), {"op": "exit", "name": "one", "gives": {"label": "a"}}, answer("two", "a")]
    [one, two] = executor(program).run(images(1, 2), trace=True).stops
    assert one.held is None and one.outputs.tolist() == two.outputs.tolist()


def test_replayed_decisions_are_those_of_the_other_run():
    """The same images ten times smaller would all go on, and -1 is the only one that skips, whatever its sign."""
    first = executor(skipping()).run(images(-1, 0.2, 3))
    again = executor(skipping()).run(images(0.1, -0.02, 0.3), replay=first)
    assert again.paths() == first.paths() and again.end.tolist() == first.end.tolist()
    np.testing.assert_allclose(again.outputs, [[100.1, 105], [99.96, 110], [0.6, 0.4]], rtol=1e-6)
    traced = executor(skipping()).run(images(0.1, -0.02, 0.3), replay=executor(skipping()).run(
        images(-1, 0.2, 3), trace=True), trace=True)  # fmt: skip
    assert traced.paths()[2] == ("gate", "block", "head", "big")


def test_a_sample_that_the_replayed_run_did_not_bring_here_is_refused():
    program = [*skipping()[2:4], *skipping()[:2], answer("end", "image")]
    program[0:0] = [run("gate", "image", "score")]
    left = executor(program).run(images(3, -1))
    with pytest.raises(ValueError, match=r"main\[4\]: expected decisions of the replayed run, received 1 samples"):
        executor(program).run(images(3, -1), replay=left, trace=True)


def test_a_forced_side_is_taken_by_all():
    seen = executor(skipping()).run(images(-1, 3), force={"main[1]": "otherwise"})
    assert seen.sides()["main[1]"] == {"then": 0, "otherwise": 2}


def test_a_select_takes_the_first_largest_and_ways_meet_again():
    cases = [[run("block", "image", "x")], [run("big", "image", "x"), answer("inside", "x")]]
    program = [{"op": "select", "value": "image", "cases": cases}, answer("end", "x")]
    seen = executor(program).run(images(5, 4, 6))
    assert seen.outputs.tolist() == [[10, 10], [104, 105], [12, 10]]
    assert [seen.ends[i] for i in seen.end] == ["end", "inside", "end"]
    assert seen.sides() == {"main[0]": {"cases[0]": 2, "cases[1]": 1}}
    first, other, third = seen.ways()
    assert first == third != other


def test_a_repeat_with_an_exit_inside():
    """Doubled until it is at least 8, three times at most: 1 gives 8 at the third, 5 gives 10 at the first."""
    steps = [run("block", "image", "image"), run("gate", "image", "score"),
             leave("enough", "image", at_least("score", 8.0))]  # fmt: skip
    program = [{"op": "repeat", "times": 3, "steps": steps}, answer("end", "image")]
    seen = executor(program).run(images(1, 5, 0.5))
    assert seen.outputs[:, 0].tolist() == [8, 10, 4] and seen.end.tolist() == [0, 0, 1]
    assert seen.runs()["block"].tolist() == [3, 1, 3]
    turns = [(event.turn, event.rows.tolist()) for event in seen.events if event.kind == "exit_taken"]
    assert turns == [((0,), [1]), ((1,), []), ((2,), [0])]
    assert len(set(seen.ways().tolist())) == 3 and seen.ways()[2] == 0, "the turn counts; who decided nothing has 0"
    again = executor(program).run(images(1, 5, 0.5), replay=seen)
    assert again.paths() == seen.paths()


def test_fills_crops_and_parameters():
    """A window of one pixel around (1, -1), which is the upper right one: 2, twice."""
    program = [
        {"op": "fill", "output": "place", "shape": [2], "content": [1.0, -1.0]},
        {"op": "crop", "value": "image", "at": "place", "output": "piece", "size": [1, 1], "mode": "glimpse"},
        {"op": "fill", "output": "gain", "shape": [1, 1], "content": {"parameter": "gain"}},
        run("flat", "piece gain", "out"),
        answer("end", "out"),
    ]
    flat = part(lambda x, gain: np.repeat(x.reshape(len(x), 1) * gain, 2, 1))
    batch = {"image": np.array([[[[1], [2]], [[3], [4]]], [[[5], [6]], [[7], [8]]]], np.float32)}
    seen = executor(program, {"flat": flat}).run(batch, {"gain": 10}, keep=["piece", "gain"])
    assert seen.outputs.tolist() == [[20, 20], [60, 60]]
    assert seen.kept["piece"].real.ravel().tolist() == [2, 6] and seen.kept["gain"].rows.tolist() == [0, 1]


def test_kept_values_come_with_the_rows_that_have_them():
    program = skipping()
    program[1]["then"].append(run("gate", "image", "inside"))
    seen = executor(program).run(images(-1, 2, 3), keep=["inside", "score"])
    assert seen.kept["inside"].rows.tolist() == [1, 2] and seen.kept["inside"].real.ravel().tolist() == [4, 6]
    assert seen.kept["score"].real.ravel().tolist() == [-1, 2, 3]


def test_parts_on_the_server_are_billed_apart():
    program = [run("head", "image", "a"), run("big", "a", "b", on="remote"), answer("end", "b")]
    seen = executor(program).run(images(1))
    assert {unit: cost.tolist() for unit, cost in seen.costs(COSTS).items()} == {
        "macs": [100], "server_macs": [1000],
    }  # fmt: skip
    assert seen.paths() == [("head", "big")]


def test_hooks_see_the_rows_and_the_values_of_each_run():
    seen, after = [], []
    executor(skipping()).run(
        images(-1, 3),
        before_run=lambda visit: seen.append(
            (visit.where, visit.rows.tolist(), visit.inputs["x"].real()[:, 0].tolist())
        ),
        after_run=lambda visit, outputs: after.append((visit.step["part"], outputs["out"].real()[:, 0].tolist())),
    )
    assert seen == [
        ("main[0]", [0, 1], [-1, 3]), ("main[1].then[0]", [1], [3]), ("main[2]", [0, 1], [-1, 6]),
        ("main[4]", [0], [-1]),
    ]  # fmt: skip
    assert after == [("gate", [-1, 3]), ("block", [6]), ("head", [-1, 6]), ("big", [99])]


@pytest.mark.parametrize("inputs", [{}, {"image": np.zeros((0, 2))}, {"a": np.zeros((1, 2)), "b": np.zeros((2, 2))}])
def test_inputs_of_other_lengths_are_refused(inputs):
    with pytest.raises(ValueError, match="expected inputs with one number of samples, at least 1"):
        executor(skipping()).session(inputs)


def test_a_way_without_an_answer_is_refused():
    with pytest.raises(ValueError, match="expected every way to end in an answer, received 2 samples"):
        executor(skipping()[:1]).run(images(1, 2))


def test_a_parameter_that_is_not_there_is_refused():
    program = Executor(skipping(), PARTS, {"way": PARAMETERS["way"]})
    with pytest.raises(ValueError, match=r"expected a parameter among \['way'\], received 'sure'"):
        program.run(images(1))


def test_batches_joined_are_one_batch():
    numbers = (-1, 0.2, 3, 0.3, -2)
    for options in ({}, {"trace": True}):
        run_batch = functools.partial(executor(skipping()).run, keep=["logits"], **options)
        whole = run_batch(images(*numbers))
        both = joined([run_batch(images(*numbers[:2])), run_batch(images(*numbers[2:]))])
        assert both.samples == 5 and both.paths() == whole.paths() and both.sides() == whole.sides()
        np.testing.assert_array_equal(both.outputs, whole.outputs)
        np.testing.assert_array_equal(both.end, whole.end)
        np.testing.assert_array_equal(both.kept["logits"].real, whole.kept["logits"].real)
        assert both.kept["logits"].rows.tolist() == [0, 1, 2, 3, 4]
        for name, (rows, outputs) in whole.answers().items():
            assert both.answers()[name][0].tolist() == rows.tolist()
            np.testing.assert_array_equal(both.answers()[name][1], outputs)
        spent = whole.costs(COSTS, whole.stops[0])["macs"] if whole.stops else []
        for stop in (stop for stop in both.stops if stop.name == "early"):
            assert both.costs(COSTS, stop)["macs"][stop.rows].tolist() == spent[stop.rows].tolist()


def test_a_run_in_chunks_is_a_run():
    seen = []
    chunked = executor(skipping()).run(
        images(-1, 0.2, 3), chunk=2, before_run=lambda visit: seen.append(len(visit.rows))
    )
    whole = executor(skipping()).run(images(-1, 0.2, 3))
    np.testing.assert_array_equal(chunked.outputs, whole.outputs)
    assert chunked.paths() == whole.paths() and seen == [2, 1, 2, 2, 1, 1, 1]
    with pytest.raises(ValueError, match="chunk: expected None when another run is replayed"):
        executor(skipping()).run(images(-1), chunk=2, replay=whole)


def test_a_part_that_answers_for_others_is_refused():
    short = {"short": part(lambda x: x[:1])}
    with pytest.raises(ValueError, match="short: expected outputs for 2 samples, received 1 of out"):
        executor([run("short", "image", "a"), answer("end", "a")], short).run(images(1, 2))
