"""Passes over programs written by hand."""

import copy

import pytest

from tflite.conversion.export import ConversionError
from tflite.conversion.passes import (
    drop_dead,
    exit_names,
    group_runs,
    keep_exits,
    read_parameters,
    run_steps,
    straight_steps,
    without_exit_rules,
)  # fmt: skip


def run(part, reads, writes, **fields):
    """A `run` step; the ports are called as the values."""
    as_ports = [{name: name for name in names.split()} for names in (reads, writes)]
    return {"op": "run", "part": part, "inputs": as_ports[0], "outputs": as_ports[1], **fields}


def leave(name, value, stop="stop"):
    rule = {"rule": "at_least", "value": stop, "threshold": 0.5}
    return {"op": "exit", "name": name, "rule": rule, "gives": {"label": value}}


def answer(name, value):
    return {"op": "answer", "name": name, "gives": {"label": value}}


def fill(output, content=0.0):
    return {"op": "fill", "output": output, "shape": [1, 1], "content": content}


def two_exits():
    return [
        fill("kappa"),
        run("trunk_1", "image", "a"),
        run("head_1", "a", "logits_1"),
        run("ask_1", "a logits_1 kappa", "stop"),
        leave("exit_1", "logits_1"),
        run("trunk_2", "a", "b"),
        run("head_2", "b", "logits_2"),
        answer("exit_2", "logits_2"),
    ]


def test_exits_are_named_in_order_at_any_depth():
    branch = {"op": "branch", "rule": {"value": "v"}, "then": [answer("inner", "v")], "otherwise": []}
    select = {"op": "select", "value": "v", "cases": [[leave("one", "v")], [leave("two", "v")]]}
    repeat = {"op": "repeat", "times": 2, "steps": [leave("looped", "v")]}
    assert exit_names([branch, select, repeat, answer("end", "v")]) == ["inner", "one", "two", "looped", "end"]


def test_parameters_are_read_wherever_a_number_could_stand():
    asked = leave("out", "x") | {"rule": {"rule": "at_least", "value": "stop", "threshold": {"parameter": "threshold"}}}
    branch = {"op": "branch", "rule": leave("y", "x")["rule"], "then": [fill("kappa", {"parameter": "kappa"})]}
    assert read_parameters([asked, branch, fill("task", ({"parameter": "task"}, 1.0))]) == {
        "threshold",
        "kappa",
        "task",
    }
    assert read_parameters(two_exits()) == set()


def test_a_dropped_exit_takes_along_what_only_it_needed():
    program = two_exits()
    smaller = drop_dead(keep_exits(program, set()))
    assert [step.get("part", step["op"]) for step in smaller] == ["trunk_1", "trunk_2", "head_2", "answer"]
    assert program == two_exits()


def test_a_kept_exit_stays_as_it_was():
    assert drop_dead(keep_exits(two_exits(), {"exit_1"})) == two_exits()


def test_exits_are_dropped_inside_other_steps():
    inner = [leave("a", "v"), leave("b", "v"), answer("c", "v")]
    steps = {
        "branch": {"op": "branch", "rule": {"value": "v"}, "then": inner, "otherwise": inner[2:]},
        "select": {"op": "select", "value": "v", "cases": [inner, inner[1:]]},
        "repeat": {"op": "repeat", "times": 2, "steps": inner},
    }
    for step in steps.values():
        assert set(exit_names(keep_exits([step], {"b"}))) == {"b", "c"}
    assert exit_names(keep_exits([steps["select"]], {"b"})) == ["b", "c", "b", "c"]


def test_an_output_that_nobody_reads_is_dropped_alone():
    [step, _] = drop_dead([run("u", "image", "used unused"), answer("end", "used")])
    assert step["outputs"] == {"used": "used"}


def test_what_a_rule_a_crop_and_a_select_read_is_alive():
    rule = {"rule": "max_softmax", "value": "ruled", "threshold": 0.5}
    crop = {"op": "crop", "value": "image", "at": "place", "output": "piece", "size": [4, 4]}
    program = [
        run("u", "image", "ruled place picked dead"),
        crop,
        {"op": "branch", "rule": rule, "then": [run("v", "piece", "w")], "otherwise": []},
        {"op": "select", "value": "picked", "cases": [[answer("one", "w")], [answer("two", "w")]]},
    ]
    [first, *rest] = drop_dead(program)
    assert list(first["outputs"]) == ["ruled", "place", "picked"]
    assert rest == program[1:]


def test_what_stands_between_two_exits_is_one_part():
    program, groups = group_runs(two_exits())
    assert [g.units for g in groups] == [("trunk_1", "head_1", "ask_1"), ("trunk_2", "head_2")]
    assert program == [
        fill("kappa"),
        run("stage_1", "image kappa", "a logits_1 stop"),
        leave("exit_1", "logits_1"),
        run("stage_2", "a", "logits_2"),
        answer("exit_2", "logits_2"),
    ]


def test_grouping_leaves_the_given_program_alone():
    program = two_exits() + [{"op": "repeat", "times": 2, "steps": [run("u", "b", "c"), run("v", "c", "d")]}]
    before = copy.deepcopy(program)
    group_runs(program)
    assert program == before


def test_a_branch_is_grouped_inside():
    then = [run("c", "h", "i"), run("d", "i", "y")]
    branch = {"op": "branch", "rule": {"value": "h"}, "then": then, "otherwise": [run("e", "h", "y")]}
    program, groups = group_runs([run("a", "image", "g"), run("b", "g", "h"), branch, answer("end", "y")])
    assert [g.units for g in groups] == [("a", "b"), ("c", "d"), ("e",)]
    assert program[1]["then"] == [run("stage_2", "h", "y")]
    assert program[1]["otherwise"] == [run("stage_3", "h", "y")]


def test_the_cases_of_a_select_are_grouped_each():
    cases = [[run("a", "x", "y"), run("b", "y", "z")], [run("c", "x", "z")], []]
    program, groups = group_runs([{"op": "select", "value": "x", "cases": cases}, answer("end", "z")])
    assert [g.units for g in groups] == [("a", "b"), ("c",)]
    assert program[0]["cases"] == [[run("stage_1", "x", "z")], [run("stage_2", "x", "z")], []]


def test_a_remote_run_stays_and_is_a_border():
    steps = [run("a", "image", "b"), run("far", "b", "c", on="remote"), run("d", "c", "e"), answer("end", "e")]
    program, groups = group_runs(steps)
    assert [g.units for g in groups] == [("a",), ("d",)]
    assert program[1] == steps[1]


def test_a_constant_between_units_moves_before_their_part():
    program, groups = group_runs([run("a", "image", "b"), fill("k"), run("c", "b k", "d"), answer("end", "d")])
    assert [g.units for g in groups] == [("a", "c")]
    assert program == [fill("k"), run("stage_1", "image k", "d"), answer("end", "d")]


def test_a_constant_that_replaces_a_value_does_not_move():
    steps = [fill("k", 1.0), run("a", "k", "b"), fill("k", 2.0), run("c", "b k", "d"), answer("end", "d")]
    program, groups = group_runs(steps)
    assert [step["op"] for step in program] == ["fill", "run", "fill", "run", "answer"]
    assert [g.outputs for g in groups] == [("b",), ("d",)]


def test_an_equal_step_elsewhere_still_reads_its_value():
    """The second part runs head again: `a` must cross the border, though an equal step is in the first part too."""
    head = run("head", "a", "logits")
    _, groups = group_runs([run("trunk", "image", "a"), head, leave("one", "logits"), head, answer("two", "logits")])
    assert [g.units for g in groups] == [("trunk", "head"), ("head",)]
    assert groups[0].outputs == ("a", "logits")


def test_a_unit_that_comes_twice_begins_a_new_part():
    steps = [run("a", "image", "b"), run("c", "b", "d"), run("a", "d", "e"), answer("end", "e")]
    assert [g.units for g in group_runs(steps)[1]] == [("a", "c"), ("a",)]


def test_a_value_written_again_begins_a_new_part():
    steps = [run("a", "image", "b"), run("c", "b", "d"), run("e", "d", "b"), answer("end", "b")]
    program, groups = group_runs(steps)
    assert [g.units for g in groups] == [("a", "c"), ("e",)]
    assert program == [run("stage_1", "image", "b d"), run("stage_2", "d", "b"), answer("end", "b")]


def test_a_recurrent_unit_keeps_its_state():
    steps = [run("glimpse", "image", "g"), run("cell", "g state", "state"), run("aim", "state", "image")]
    program, groups = group_runs([fill("state"), {"op": "repeat", "times": 3, "steps": steps}, answer("e", "state")])
    assert [g.units for g in groups] == [("glimpse",), ("cell",), ("aim",)]
    cell = program[1]["steps"][1]
    assert (cell["inputs"], cell["outputs"]) == ({"g": "g", "state": "state"}, {"next_state": "state"})
    assert groups[1].inputs == ("g", "state") and groups[1].outputs == ("next_state",)
    assert groups[1].steps[0]["outputs"] == {"state": "next_state"}
    assert program[1]["steps"][2] == run("stage_3", "state", "image")


def decide(then, otherwise=(), value="g"):
    return {"op": "branch", "rule": {"value": value}, "then": list(then), "otherwise": list(otherwise)}


def test_both_sides_of_a_branch_may_write_one_value():
    """Nothing is dropped or joined across the border, and y leaves both parts."""
    sides = [run("a", "x", "m"), run("b", "m", "y")], [run("c", "x", "y")]
    program = [run("stem", "image", "x g"), decide(*sides), run("d", "y", "e"), run("f", "e", "z"), answer("end", "z")]
    assert drop_dead(program) == program
    grouped, groups = group_runs(program)
    assert [g.units for g in groups] == [("stem",), ("a", "b"), ("c",), ("d", "f")]
    assert grouped[1]["then"] == [run("stage_2", "x", "y")] and grouped[1]["otherwise"] == [run("stage_3", "x", "y")]
    assert grouped[2] == run("stage_4", "y", "z")


def test_a_value_renewed_on_one_side_and_read_after_it_is_kept():
    """The block renews x, which is read behind the branch and by the other exit; m is read inside alone."""
    block = [run("first", "x", "m"), run("second", "m x", "x")]
    program = [run("stem", "image", "x g"), decide(block), run("head", "x", "y"), answer("end", "y")]
    assert drop_dead(program) == program
    grouped, groups = group_runs(program)
    assert [g.units for g in groups] == [("stem",), ("first",), ("second",), ("head",)]
    assert grouped[1]["then"][1]["outputs"] == {"next_x": "x"} and grouped[1]["then"][1]["inputs"] == {
        "m": "m",
        "x": "x",
    }


def test_a_value_written_before_and_on_one_side_is_kept_before_the_branch():
    """The first writer of y matters where the branch is not taken: neither is dropped, and they are two parts."""
    program = [run("a", "image", "y g"), decide([run("b", "image", "y")]), answer("end", "y")]
    assert drop_dead(program) == program
    assert [g.units for g in group_runs(program)[1]] == [("a",), ("b",)]


def test_a_value_that_only_one_dropped_exit_inside_a_side_reads_is_dropped_there():
    inside = [run("head", "x", "l"), run("ask", "l", "stop"), leave("early", "l"), run("block", "x", "x")]
    program = [run("stem", "image", "x g"), decide(inside), run("last", "x", "y"), answer("end", "y")]
    [_, branch, *_] = drop_dead(keep_exits(program, set()))
    assert branch["then"] == [run("block", "x", "x")]
    [_, branch, *_] = without_exit_rules(program)
    assert [step.get("part", step["op"]) for step in branch["then"]] == ["head", "exit", "block"]
    assert "rule" not in branch["then"][1] and branch["rule"] == {"value": "g"}


def test_a_decision_on_nothing_is_dropped_with_its_gate():
    program = [
        run("stem", "image", "x"),
        run("gate", "x", "g"),
        decide([run("head", "x", "l"), leave("early", "l", "l")]),
        {"op": "repeat", "times": 2, "steps": [run("dead", "x", "nobody")]},
        {"op": "select", "value": "g", "cases": [[], []]},
        answer("end", "x"),
    ]
    assert drop_dead(keep_exits(program, set())) == [run("stem", "image", "x"), answer("end", "x")]


def test_a_branch_may_leave_its_otherwise_out():
    program = [run("stem", "image", "x g"), {"op": "branch", "rule": {"value": "g"}, "then": [leave("e", "x", "x")]}]
    assert exit_names(program) == ["e"] and keep_exits(program, set())[1]["otherwise"] == []


def test_without_exit_rules_every_exit_stays_and_what_asked_goes():
    program = two_exits()
    bare = without_exit_rules(program)
    assert exit_names(bare) == ["exit_1", "exit_2"] and not any("rule" in step for step in bare)
    assert [step["part"] for step in run_steps(bare)] == ["trunk_1", "head_1", "trunk_2", "head_2"]
    assert program == two_exits() and without_exit_rules(bare) == bare


def test_run_steps_stand_at_any_depth():
    program = [
        run("a", "image", "g"),
        decide([run("b", "g", "c")], [{"op": "repeat", "times": 2, "steps": [run("d", "g", "c")]}]),
    ]
    assert [step["part"] for step in run_steps(program)] == ["a", "b", "d"]


def test_a_program_that_depends_on_its_input_is_not_straight():
    assert straight_steps(two_exits()) == run_steps(two_exits())
    with pytest.raises(ConversionError, match="received a 'repeat' step: only a straight chain can be fine-tuned"):
        straight_steps([{"op": "repeat", "times": 2, "steps": []}])


@pytest.mark.parametrize("kept", [set(), {"exit_1"}])
def test_keeping_is_repeatable(kept):
    once = keep_exits(two_exits(), kept)
    assert keep_exits(once, kept) == once
