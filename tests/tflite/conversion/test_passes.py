"""Passes over programs written by hand, and over random ones."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tflite.conversion.passes import drop_dead, exit_names, group_runs, keep_exits


def run(part, reads, writes, **fields):
    """A `run` step; the ports are called as the values."""
    as_ports = [{name: name for name in names.split()} for names in (reads, writes)]
    return {"op": "run", "part": part, "inputs": as_ports[0], "outputs": as_ports[1], **fields}


def leave(name, value, stop="stop"):
    rule = {"rule": "at_least", "value": stop, "threshold": 0.5}
    return {"op": "exit", "name": name, "rule": rule, "value": value, "activation": "softmax"}


def answer(name, value):
    return {"op": "answer", "name": name, "value": value, "activation": "softmax"}


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


VALUES = ["image", "v0", "v1", "v2", "v3"]
values = st.sampled_from(VALUES)
runs = st.builds(
    lambda part, reads, write: run(part, " ".join(sorted(reads)), write),
    st.sampled_from("abcdef"),
    st.sets(values, min_size=1, max_size=2),
    values,
)
fills = st.builds(fill, values, st.integers(0, 9).map(float))
exits = st.builds(leave, st.just("exit"), values, values)


def nested(steps):
    """Steps that hold lists of steps."""
    lists = st.lists(steps, max_size=4)
    branch = st.builds(
        lambda v, a, b: {"op": "branch", "rule": {"value": v}, "then": a, "otherwise": b}, values, lists, lists
    )
    select = st.builds(lambda v, a, b: {"op": "select", "value": v, "cases": [a, b]}, values, lists, lists)
    return branch | select | st.builds(lambda a: {"op": "repeat", "times": 2, "steps": a}, lists)


simple = runs | runs | runs | fills | exits
programs = st.lists(st.recursive(simple, nested, max_leaves=12), max_size=12)


class Machine:
    """Runs a program symbolically: a value is the way it was computed. Notes the units and what exits would see."""

    def __init__(self, groups, choices):
        self.groups = {group.name: group for group in groups}
        self.choices, self.env, self.seen = list(choices), {name: name for name in VALUES}, []

    def steps(self, steps):
        for step in steps:
            getattr(self, step["op"])(step)
        return self

    def unit(self, step, env):
        made = (step["part"], tuple((port, env[value]) for port, value in sorted(step["inputs"].items())))
        self.seen.append(made)
        return {value: hash((port, made)) for port, value in step["outputs"].items()}

    def run(self, step):
        group = self.groups.get(step["part"])
        if group is None:
            self.env |= self.unit(step, self.env)
            return
        env = {port: self.env[value] for port, value in step["inputs"].items()}  # nothing but its inputs is in reach
        for inner in group.steps:
            env |= self.unit(inner, env)
        self.env |= {value: env[port] for port, value in step["outputs"].items()}

    def fill(self, step):
        self.env[step["output"]] = step["content"]

    def exit(self, step):
        self.seen.append(("exit", self.env[step["value"]], self.env[step["rule"]["value"]]))

    def choose(self):
        self.choices.append(self.choices.pop(0))
        return self.choices[-1]

    def branch(self, step):
        self.seen.append(("branch", self.env[step["rule"]["value"]]))
        self.steps(step["then" if self.choose() else "otherwise"])

    def select(self, step):
        self.seen.append(("select", self.env[step["value"]]))
        self.steps(step["cases"][self.choose()])

    def repeat(self, step):
        for _ in range(step["times"]):
            self.steps(step["steps"])


@settings(max_examples=80, deadline=None)
@given(programs, st.lists(st.integers(0, 1), min_size=5, max_size=5), values)
def test_a_grouped_program_runs_the_same_units_on_the_same_values(program, choices, last):
    program = [*program, leave("last", last, last)]
    grouped, groups = group_runs(program)
    assert Machine(groups, choices).steps(grouped).seen == Machine([], choices).steps(program).seen
    for group in groups:
        written = [value for step in group.steps for value in step["outputs"].values()]
        assert len(set(group.units)) == len(group.units) and len(set(written)) == len(written)
        assert not set(written) & set(group.inputs)


@settings(max_examples=60, deadline=None)
@given(programs, st.lists(st.integers(0, 1), min_size=5, max_size=5), values)
def test_dropping_the_dead_changes_nothing_that_is_seen(program, choices, last):
    program = [*program, leave("last", last, last)]
    deciding = [
        [s for s in Machine([], choices).steps(p).seen if s[0] in ("exit", "branch", "select")]
        for p in (program, drop_dead(program))
    ]
    assert deciding[0] == deciding[1]
    assert drop_dead(drop_dead(program)) == drop_dead(program)


@pytest.mark.parametrize("kept", [set(), {"exit_1"}])
def test_keeping_is_repeatable(kept):
    once = keep_exits(two_exits(), kept)
    assert keep_exits(once, kept) == once
