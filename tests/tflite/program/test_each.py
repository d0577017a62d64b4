"""One row after another: what runs, what is stacked, and where it stops."""

import numpy as np
import pytest

from tests.tflite.bundles import image, linear, make, picture, reference, run
from tests.tflite.models import Graph
from tflite.bundle import manifest as m
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tflite.runtime.result import Event


def _table():
    """Three rows of two numbers: the pixels, the pixels and 1, the pixels and 2; and the first pixel as a count."""
    graph = Graph()
    x = graph.input("image", (1, 1, 2, 1))
    rows = graph.dense(x, [[1, 0], [0, 1]] * 3, [0, 0, 1, 1, 2, 2])
    graph.output("rows", graph.reshape(rows, (1, 3, 2)))
    graph.output("count", graph.dense(x, [[1, 0]], [0]))
    return graph


GRAPHS = {
    "table": _table(),
    "twice": linear([[2, 0], [0, 2]], [0, 0], "x", (1, 2), "y"),
    "sum": linear([[1, 1, 1, 1, 1, 1]], [0], "x", (1, 3, 2), "y"),
}
TABLE = run("table", outputs={"rows": "rows", "count": "count"})
TWICE = run("twice", {"x": "row"}, {"y": "double"})
SUM = run("sum", {"x": "doubles"}, {"y": "total"})
ANSWER = m.Answer(name="end", gives={"rows": "doubles", "done": "done", "total": "total"})
OUTPUTS = {name: m.VectorOutput() for name in ("rows", "done", "total")}


def each(*steps, **fields):
    stacks = {"rows": {"row": "rows"}, "stacks": {"doubles": "double"}, "done": "done"}
    return m.Each(**{"steps": steps or (TWICE,), **stacks, **fields})


def told(folder, step, pixels=(1, 5), budget=None, **fields):
    program = [TABLE, step, SUM, ANSWER]
    chain = Chain.load(make(folder, GRAPHS, program, outputs=OUTPUTS, **fields), warm_up=False)
    return chain.run(image(*pixels), budget)


def numbers(result):
    return [result.outputs[name].numbers.tolist() for name in ("rows", "done", "total")]


def test_every_row_is_run_and_what_it_gives_is_stacked(tmp_path):
    result = told(tmp_path, each())
    assert numbers(result) == [[[[2, 10], [4, 12], [6, 14]]], [[3]], [[48]]]
    assert result.path == ("table", "twice", "twice", "twice", "sum")
    assert [e for e in result.events if e.kind == "row"] == [Event("row", "main[1]", row=i) for i in range(3)]
    assert result.macs == 10 + 3 * 20 + 30


@pytest.mark.parametrize("pixel, done", [(0, 0), (1, 1), (2, 2), (3, 3), (200, 3)])
def test_a_count_says_how_many_rows_there_are(tmp_path, pixel, done):
    result = told(tmp_path, each(count="count"), (pixel, 5))
    rows, received, _ = numbers(result)
    assert received == [[done]]
    assert np.count_nonzero(np.array(rows)[0, :, 1]) == done  # 0 where there is none


def test_a_leave_ends_it_without_the_row_that_it_is_in(tmp_path):
    """The doubled first number is 2, 4, 6: the third row leaves."""
    first = run("first_of", {"x": "double"}, {"y": "first"})
    graphs = {**GRAPHS, "first_of": linear([[1, 0]], [0], "x", (1, 2), "y")}
    step = each(TWICE, first, m.Leave(rule=m.AtLeast(value="first", threshold=5.0)))
    made = make(tmp_path, graphs, [TABLE, step, SUM, ANSWER], outputs=OUTPUTS)
    result = Chain.load(made, warm_up=False).run(image(1, 5))
    assert numbers(result) == [[[[2, 10], [4, 12], [0, 0]]], [[2]], [[28]]]
    assert Event("left", "main[1].steps[2]") in result.events


@pytest.mark.parametrize("macs, done", [(40, 0), (59, 0), (60, 1), (79, 1), (80, 2), (100, 3), (1000, 3)])
def test_a_row_is_begun_where_the_budget_reaches_its_end_and_the_answer(tmp_path, macs, done):
    """The table costs 10, a row 20, the sum behind them 30."""
    result = told(tmp_path, each(), budget=Budget(macs=macs))
    assert numbers(result)[1] == [[done]] and result.reason == "final"
    stopped = [event for event in result.events if event.kind == "stopped"]
    assert stopped == ([] if done == 3 else [Event("stopped", "main[1]", why="macs")])


def test_what_is_late_stops_before_the_first_row(tmp_path):
    result = told(tmp_path, each(), budget=Budget(latency_ms=1e-6))
    assert numbers(result)[1] == [[0]]
    assert Event("stopped", "main[1]", why="latency") in result.events


def test_an_exit_before_it_asks_for_one_row_only(tmp_path):
    """Behind the exit 20 for a row and 30 for the sum are the least that is worth going on for: 10 are spent."""
    leave = m.Exit(name="early", rule=m.AtLeast(value="count", threshold=1e9), gives={"total": "count"})
    for budget, end in ((59, "early"), (60, "end")):
        program = [TABLE, leave, each(), SUM, ANSWER]
        chain = Chain.load(make(tmp_path / end, GRAPHS, program, outputs=OUTPUTS), warm_up=False)
        assert chain.run(image(1, 5), Budget(macs=budget)).exit == end


def test_an_exit_inside_answers_for_all(tmp_path):
    first = run("first_of", {"x": "double"}, {"y": "first"})
    graphs = {**GRAPHS, "first_of": linear([[1, 0]], [0], "x", (1, 2), "y")}
    enough = m.Exit(
        name="enough", rule=m.AtLeast(value="first", threshold=reference("enough")), gives={"done": "first"}
    )
    fields = {"outputs": OUTPUTS, "parameters": {"enough": m.Parameter(default=4.0, minimum=0, maximum=9)}}
    chain = Chain.load(
        make(tmp_path, graphs, [TABLE, each(TWICE, first, enough), SUM, ANSWER], **fields), warm_up=False
    )
    result = chain.run(image(1, 5))
    assert result.exit == "enough" and result.outputs["done"].numbers.tolist() == [[4]]
    assert [e.row for e in result.events if e.kind == "row"] == [0, 1]
    late = chain.run(image(1, 5), Budget(macs=70))  # a row and its exit cost 60 more: the first one's answers
    assert (late.exit, late.reason) == ("enough", "macs") and late.outputs["done"].numbers.tolist() == [[2]]
    assert [stop.name for stop in chain.trace(image(1, 5)).stops] == ["enough"] * 3 + ["end"]


def test_rows_pass_through_other_encodings(tmp_path):
    """Rows of int8, stacked as uint8: 0.5 a step, from -64 on, and 0.25 a step, from 0 on."""
    table = Graph()
    x = table.input("image", (1, 1, 2, 1))
    rows = table.reshape(table.dense(x, [[1, 0], [0, 1]] * 2, [0, 0, 1, 1]), (1, 2, 2))
    table.output("rows", table.quantize(rows, 0.5, 0))
    twice = Graph()
    y = twice.multiply(twice.input("x", (1, 2)), 2.0)
    twice.output("y", twice.quantize(y, 0.25, 0, "uint8"))
    graphs = {"table": table, "twice": twice}
    program = [
        run("table", outputs={"rows": "rows"}),
        each(),
        m.Answer(name="end", gives={"rows": "doubles", "done": "done"}),
    ]
    made = make(tmp_path, graphs, program, outputs=OUTPUTS, inputs={"image": picture(scale=0.25)})
    chain = Chain.load(made, warm_up=False)
    assert chain.manifest.values["row"].type == "int8" and chain.manifest.values["doubles"].type == "uint8"
    # 0.25 and 1.25 are codes 0 (0.5 ties to even) and 2 of 0.5; with 1 more 1.25 is 2 and 2.25 is 4.
    result = chain.run(image(1, 5))
    assert result.outputs["rows"].numbers.tolist() == [[[0, 2], [2, 4]]]


def test_it_may_renew_what_it_goes_over_and_begin_again(tmp_path):
    """Inside a repeat: rows doubled twice, in the place where they were."""
    step = m.Repeat(times=2, steps=(each(stacks={"rows": "double"}),))
    program = [TABLE, step, m.Answer(name="end", gives={"rows": "rows"})]
    chain = Chain.load(make(tmp_path, GRAPHS, program, outputs=OUTPUTS), warm_up=False)
    for _ in range(2):
        assert chain.run(image(1, 5)).outputs["rows"].numbers.tolist() == [[[4, 20], [8, 24], [12, 28]]]
