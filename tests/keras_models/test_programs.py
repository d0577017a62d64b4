"""Programs as plain steps, by hand."""

import pytest

from keras_models import programs

RULE = {"rule": "at_least", "value": "s", "threshold": programs.parameter("threshold")}
STEPS = [
    {"op": "fill", "output": "price", "shape": [1], "content": 0.0},
    programs.run("a", {"x": "image"}, {"y": "v"}),
    programs.run("asks", {"x": "v", "price": "price"}, {"y": "s"}),
    programs.exit_if("first", RULE, label="v"),
    programs.run("b", {"x": "v"}, {"y": "w"}, programs.SERVER),
    programs.answer("last", label="w"),
]


def test_steps_have_the_form_of_a_bundle_s():
    assert STEPS[1] == {"op": "run", "part": "a", "inputs": {"x": "image"}, "outputs": {"y": "v"}}
    assert STEPS[4]["on"] == "remote" and "on" not in STEPS[1]
    assert STEPS[5] == {"op": "answer", "name": "last", "gives": {"label": "w"}}
    assert STEPS[3] == {"op": "exit", "name": "first", "gives": {"label": "v"}, "rule": RULE}
    assert programs.given_value(STEPS[3]) == "v"


def test_live_steps_by_hand():
    steps = [
        {"op": "fill", "output": "unread", "shape": [1], "content": 0.0},
        {"op": "run", "part": "a", "inputs": {"x": "image"}, "outputs": {"y": "v"}},
        {"op": "run", "part": "b", "inputs": {"x": "v"}, "outputs": {"y": "w"}},
        {"op": "run", "part": "c", "inputs": {"x": "w"}, "outputs": {"y": "nothing"}},
        {"op": "exit", "name": "e", "gives": {"label": "v"}, "rule": {"rule": "at_least", "value": "w"}},
        {"op": "answer", "name": "f", "gives": {"label": "v"}},
    ]
    assert programs.live_steps(steps) == [steps[1], steps[2], steps[4], steps[5]]


def test_what_is_written_over_before_it_is_read_is_not_live():
    first, again = (programs.run(part, {"x": "image"}, {"y": "v"}) for part in ("first", "again"))
    from_it = programs.run("from_it", {"x": "v"}, {"y": "v"})
    end = programs.answer("end", label="v")
    assert programs.live_steps([first, again, end]) == [again, end]
    assert programs.live_steps([first, from_it, end]) == [first, from_it, end]
    early = programs.exit_if("early", RULE | {"value": "v"}, label="v")
    assert programs.live_steps([first, early, again, end]) == [first, early, again, end]


def test_exits_are_dropped_with_what_only_they_needed():
    assert programs.exit_names(STEPS) == ["first", "last"]
    assert programs.without_exits(STEPS) == [STEPS[1], STEPS[4], STEPS[5]]
    assert programs.without_exits(STEPS, {"first"}) == STEPS


def test_a_program_is_cut_short_at_an_exit():
    assert programs.cut_short(STEPS, "first") == [STEPS[1], programs.answer("first", label="v")]
    assert programs.cut_short(STEPS, "last") == programs.without_exits(STEPS)


def test_what_a_caller_has_is_not_made_again():
    """With v at hand only asking and b are left; with s too, the price is of no use."""
    assert programs.given(STEPS, {"v"}) == [STEPS[0], *STEPS[2:]]
    assert programs.given(STEPS, {"v", "s"}) == STEPS[3:]


def test_costs_add_up_along_the_way():
    costs = {"a": 3.0, "asks": 1.0, "b": 5.0}
    assert programs.path_costs(STEPS, costs).tolist() == [4.0, 4.0], "what the server runs is billed apart"
    here = [{key: value for key, value in step.items() if key != "on"} for step in STEPS]
    assert programs.path_costs(here, costs).tolist() == [4.0, 9.0]
    cut = [*here[:5], {"op": "crop", "output": "piece", "costs": {"macs": 2.0}}, here[5]]
    assert [programs.path_costs(cut, costs, unit)[-1] for unit in ("macs", "latency_us", None)] == [11.0, 9.0, 9.0]


@pytest.mark.parametrize("function", [lambda s: programs.path_costs(s, {"a": 1.0}), programs.live_steps])
def test_a_program_that_branches_has_no_one_path(function):
    branching = [{"op": "branch", "rule": RULE, "then": STEPS[4:], "otherwise": []}]
    assert programs.in_a_line(STEPS) and not programs.in_a_line(branching)
    with pytest.raises(ValueError, match="expected a program of run, fill, exit, answer.* steps, received 'branch'"):
        function(branching)


def test_a_total_counts_what_is_repeated():
    """2 + 3 times 5; a step that decides has no one cost."""
    inner = [{"op": "crop"}, {"op": "run", "part": "b"}]
    steps = [{"op": "run", "part": "a"}, {"op": "repeat", "times": 3, "steps": inner}, {"op": "answer"}]
    assert programs.total_cost(steps, {"a": 2, "b": 5}) == 17
    with pytest.raises(ValueError, match="received 'leave'"):
        programs.total_cost([{"op": "repeat", "times": 1, "steps": [{"op": "leave"}]}], {})


def test_what_is_done_for_each_row_counts_as_often_as_a_keep_may_keep():
    kept = programs.keep("boxes", "scores", 0.1, 0.5, 4, {"boxes": "best"})
    look = [programs.run("a", {"x": "row"}, {"y": "y"}), {"op": "crop", "costs": {"macs": 3}}]
    steps = [kept, programs.each({"row": "best"}, look, {"all": "y"}), programs.answer("end", things="all")]
    assert programs.total_cost(steps, {"a": 10}, "macs") == 4 * 13
    with pytest.raises(ValueError, match="expected rows that a keep gives, received others"):
        programs.total_cost([programs.each({"row": "others"}, look, {})], {"a": 10})
