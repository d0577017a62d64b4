"""The way to the next answer, added up by hand; a part's cost is its name."""

from tflite.bundle import manifest as m
from tflite.program.ahead import costs_ahead

RULE = m.AtLeast(value="v", threshold=0.5)
ANSWER = m.Answer(name="end", gives={"label": "v"})


def part(cost, other=0):
    return m.Run(part=f"{cost} {other}", inputs={}, outputs={"v": "v"})


def leave(name):
    return m.Exit(name=name, rule=RULE, gives={"label": "v"})


def ahead(*steps):
    table = costs_ahead(steps, lambda step: tuple(float(c) for c in step.part.split()), 2)
    return {path: tuple(int(c) for c in cost) for path, cost in table.items()}


def test_a_line_of_exits():
    steps = (part(1), leave("a"), part(2), part(4), leave("b"), part(8), ANSWER)
    assert ahead(*steps) == {"program[1]": (6, 0), "program[4]": (8, 0)}


def test_the_most_expensive_path_is_taken_for_each_unit():
    branch = m.Branch(rule=RULE, then=(part(1, 9),), otherwise=(part(5, 2), part(1)))
    assert ahead(leave("a"), branch, part(10), ANSWER) == {"program[0]": (16, 9)}


def test_an_exit_in_a_branch_ends_that_way():
    branch = m.Branch(rule=RULE, then=(part(1), leave("b"), part(100)), otherwise=(part(2),))
    assert ahead(leave("a"), branch, part(10), ANSWER) == {"program[0]": (12, 0), "program[1].then[1]": (110, 0)}


def test_the_most_expensive_case_of_a_select():
    select = m.Select(value="v", cases=((part(1),), (part(7), ANSWER), ()))
    assert ahead(leave("a"), select, part(3), m.Answer(name="z", gives={"label": "v"})) == {"program[0]": (7, 0)}


def test_a_repeat_counts_as_often_as_it_runs():
    assert ahead(leave("a"), m.Repeat(times=5, steps=(part(3),)), part(1), ANSWER) == {"program[0]": (16, 0)}


def test_an_exit_in_a_repeat_counts_the_more_expensive_of_the_path_back_and_the_path_out():
    def steps(after):
        return (m.Repeat(times=3, steps=(part(4), leave("a"), part(2))), part(after), ANSWER)

    assert ahead(*steps(1)) == {"program[0].steps[1]": (6, 0)}  # back: 2 + 4; out: 2 + 1
    assert ahead(*steps(50)) == {"program[0].steps[1]": (52, 0)}
    once = (m.Repeat(times=1, steps=(part(4), leave("a"), part(2))), part(1), ANSWER)
    assert ahead(*once) == {"program[0].steps[1]": (3, 0)}  # nothing to go back to
