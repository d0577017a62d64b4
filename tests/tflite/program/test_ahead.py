"""The way to the next answer, added up by hand; a part's cost is its name."""

from tflite.bundle import manifest as m
from tflite.program.ahead import costs_ahead

RULE = m.AtLeast(value="v", threshold=0.5)
ANSWER = m.Answer(name="end", gives={"label": "v"})


def part(cost, other=0):
    return m.Run(part=f"{cost} {other}", inputs={}, outputs={"v": "v"})


def leave(name):
    return m.Exit(name=name, rule=RULE, gives={"label": "v"})


def cost_of(step):
    if isinstance(step, m.Crop):
        return step.costs["macs"], 0.0
    return tuple(float(c) for c in step.part.split())


def ahead(*steps):
    table = costs_ahead(steps, "main", cost_of, 2)
    return {path: tuple(int(c) for c in cost) for path, cost in table.items()}


def test_a_line_of_exits():
    steps = (part(1), leave("a"), part(2), part(4), leave("b"), part(8), ANSWER)
    assert ahead(*steps) == {"main[1]": (6, 0), "main[4]": (8, 0)}


def test_the_most_expensive_path_is_taken_for_each_unit():
    branch = m.Branch(rule=RULE, then=(part(1, 9),), otherwise=(part(5, 2), part(1)))
    assert ahead(leave("a"), branch, part(10), ANSWER) == {"main[0]": (16, 9)}


def test_an_exit_in_a_branch_ends_that_way():
    branch = m.Branch(rule=RULE, then=(part(1), leave("b"), part(100)), otherwise=(part(2),))
    assert ahead(leave("a"), branch, part(10), ANSWER) == {"main[0]": (12, 0), "main[1].then[1]": (110, 0)}


def test_the_most_expensive_case_of_a_select():
    select = m.Select(value="v", cases=((part(1),), (part(7), ANSWER), ()))
    assert ahead(leave("a"), select, part(3), m.Answer(name="z", gives={"label": "v"})) == {"main[0]": (7, 0)}


def test_a_repeat_counts_as_often_as_it_runs():
    assert ahead(leave("a"), m.Repeat(times=5, steps=(part(3),)), part(1), ANSWER) == {"main[0]": (16, 0)}


def test_an_exit_in_a_repeat_counts_the_more_expensive_of_the_path_back_and_the_path_out():
    def steps(after):
        return (m.Repeat(times=3, steps=(part(4), leave("a"), part(2))), part(after), ANSWER)

    assert ahead(*steps(1)) == {"main[0].steps[1]": (6, 0)}  # back: 2 + 4; out: 2 + 1
    assert ahead(*steps(50)) == {"main[0].steps[1]": (52, 0)}
    once = (m.Repeat(times=1, steps=(part(4), leave("a"), part(2))), part(1), ANSWER)
    assert ahead(*once) == {"main[0].steps[1]": (3, 0)}  # nothing to go back to


def test_a_leave_counts_the_more_expensive_of_staying_and_leaving():
    def steps(after):
        loop = (leave("a"), part(1), m.Leave(rule=RULE), part(7))
        return m.Repeat(times=2, steps=loop), part(after), ANSWER

    # Staying: 1 + 7 to the exit again, or out after the last time; leaving: 1 + what is behind the repeat.
    assert ahead(*steps(3)) == {"main[0].steps[0]": (11, 0)}
    assert ahead(*steps(50)) == {"main[0].steps[0]": (58, 0)}
    once = m.Repeat(times=1, steps=(leave("a"), part(1), m.Leave(rule=RULE), leave("b")))
    assert ahead(once, part(9), ANSWER) == {"main[0].steps[0]": (10, 0), "main[0].steps[3]": (9, 0)}


def test_a_leave_leaves_the_innermost_repeat():
    inner = m.Repeat(times=4, steps=(m.Leave(rule=RULE), part(100)))
    assert ahead(leave("a"), m.Repeat(times=1, steps=(inner, part(2))), ANSWER) == {"main[0]": (402, 0)}


def test_a_remote_part_that_may_fail_counts_as_tried_and_then_as_the_more_expensive_way():
    def steps(rest, otherwise):
        server = m.Run(part="5 1", inputs={}, outputs={"v": "v"}, on="remote", otherwise=(part(otherwise),))
        return leave("a"), server, part(rest), ANSWER

    assert ahead(*steps(3, 20)) == {"main[0]": (28, 1), "main[1]": (23, 0)}, "given up, it costs what is done otherwise"
    answers = m.Run(part="5 1", inputs={}, outputs={"v": "v"}, on="remote", otherwise=(part(20), ANSWER))
    assert ahead(leave("a"), answers, part(3), m.Answer(name="z", gives={"label": "v"})) == {
        "main[0]": (25, 1),
        "main[1]": (20, 0),
    }


def test_a_crop_has_its_costs():
    crop = m.Crop(value="v", at="v", output="v", size=(1, 1), costs={"macs": 6.0})
    assert ahead(leave("a"), crop, part(1), ANSWER) == {"main[0]": (7, 0)}
