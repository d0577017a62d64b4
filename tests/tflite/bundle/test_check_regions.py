"""Programs over rows, kept boxes and tables: what passes, what is refused, and how much they may be."""

import pytest

from tests.tflite.bundle.test_check_program import ANSWER, FILE, HEAD, check, fill
from tests.tflite.bundles import manifest, picture
from tflite.bundle import manifest as m
from tflite.bundle.check import check_manifest
from tflite.errors import BundleError


def refusal(*steps):
    """The sentence with which a program is refused, or "none"."""
    try:
        check(*steps)
    except BundleError as error:
        return f"{error.field}: {error.problem}"
    return "none"


KEPT = {"boxes": "best", "scores": "sure", "count": "found"}


def boxes(count, output="boxes"):
    return fill(output=output, shape=(1, count, 4))


def scores(count, classes=1):
    return fill(output="rated", shape=(1, count, classes))


def keep(**fields):
    return m.Keep(**{"boxes": "boxes", "scores": "rated", "threshold": 0.5, "overlap": 0.5, "most": 2, "outputs": KEPT,
                     **fields})  # fmt: skip


def each(*steps, **fields):
    inside = steps or (fill(output="made", shape=(1, 3)),)
    return m.Each(**{"rows": {"box": "boxes"}, "steps": inside, "stacks": {"stacked": "made"}, **fields})


def test_what_each_and_keep_write_may_be_read_behind_them():
    read = m.Answer(name="read", gives={"all": "stacked"})
    assert refusal(HEAD, boxes(4), each(), read) == "none"
    assert refusal(HEAD, boxes(4), scores(4), keep(), each(rows={"box": "best"}, count="found", done="done"),
                   m.Answer(name="read", gives={"all": "done"})) == "none"  # fmt: skip


@pytest.mark.parametrize("value", ["box", "made"])
def test_what_is_written_in_a_row_may_not_for_there_may_be_none(value):
    problem = refusal(HEAD, boxes(4), each(), m.Answer(name="read", gives={"all": value}))
    assert problem.endswith(f"a value that every way here has written, received {value!r}")


def test_rows_have_one_number_and_a_form():
    both = each(rows={"box": "boxes", "other": "others"})
    assert refusal(HEAD, boxes(4), boxes(4, "others"), both, ANSWER) == "none"
    problem = refusal(HEAD, boxes(4), boxes(3, "others"), both, ANSWER)
    assert "rows.other: expected [1, 4, ...] of at most 1000 rows, received [1, 3, 4] in 'others'" in problem
    for shape in ((4,), (2, 4), ()):
        problem = refusal(HEAD, fill(output="boxes", shape=shape), each(), ANSWER)
        assert f"expected [1, rows, ...] of at most 1000 rows, received {list(shape)}" in problem


def test_a_thousand_rows_are_gone_over_and_no_more():
    assert refusal(HEAD, boxes(1000), each(), ANSWER) == "none"
    assert "of at most 1000 rows, received [1, 1001, 4]" in refusal(HEAD, boxes(1001), each(), ANSWER)


def test_rows_count_as_steps():
    """Ten rows of a thousand steps are ten thousand, and three more are the fill, the each and the run."""
    inner = tuple(fill(output="made", shape=(1, 3)) for _ in range(999))
    assert refusal(HEAD, boxes(10), each(*inner), ANSWER) == "none"
    inner = (*inner, fill(output="made", shape=(1, 3)))
    problem = refusal(HEAD, boxes(10), each(*inner), ANSWER)
    assert problem == "programs.main: expected at most 10000 steps a run, received 10004"


def test_eaches_of_one_row_inside_each_other_are_bounded_too():
    """Each counts as two rows: 1 + 2 * (1 + 2 * ... ), so that looking ahead stays short at any depth."""
    steps = tuple(fill(output="made", shape=(1, 3)) for _ in range(40))
    for depth in range(12):
        if depth == 11:
            problem = refusal(HEAD, boxes(1), *steps, ANSWER)
            assert (
                problem == f"programs.main: expected at most 10000 steps a run, received {3 + 40 * 2**11 + 2**11 - 1}"
            )
        steps = (each(*steps),)


def test_a_leave_belongs_to_the_each_around_it():
    sure = m.Leave(rule=m.AtLeast(value="one", threshold=0.5))
    assert refusal(HEAD, boxes(2), each(fill(output="made", shape=(1, 3)), sure), ANSWER) == "none"
    # The row that is left stacks nothing, so what it stacks has to be there only on the way through.
    branch = m.Branch(rule=sure.rule, then=(sure,), otherwise=(fill(output="made", shape=(1, 3)),))
    assert "received 'made'" in refusal(HEAD, boxes(2), each(branch), ANSWER)


def test_a_keep_counts_its_boxes_once_and_its_scores_for_every_box_kept():
    """4,000 boxes and 8 classes: 16,000 + 32,000 * (1 + 999) are under 2^26, three times as much is over it."""
    large = keep(most=999, outputs={"count": "found"})
    assert refusal(HEAD, boxes(4000), scores(4000, 8), large, large, ANSWER) == "none"
    problem = refusal(HEAD, boxes(4000), scores(4000, 8), large, large, large, ANSWER)
    cells = 48_000 + 3 * (16_000 + 32_000 * 1000) + 2
    assert problem.endswith(f"expected at most {2**26} elements read and written between parts, received {cells}")


def test_scores_are_as_many_for_every_box():
    assert refusal(HEAD, boxes(4), scores(4, 3), keep(), ANSWER) == "none"
    problem = refusal(HEAD, boxes(4), fill(output="rated", shape=(1, 6)), keep(), ANSWER)
    assert problem.endswith("scores: expected as many elements for each of 4 boxes, received 6 in 'rated'")


ROWS = m.Tensor(shape=(1, 3, 2), type="float32")


def with_table(table, rows=(1, 3, 2), **outputs):
    """The sentence with which a manifest of a table `t` is refused, or "none"."""
    read = m.Part(**FILE, inputs={"x": m.Tensor(shape=rows, type="float32")}, outputs={"y": ROWS}, costs={"macs": 1.0})
    program = (m.Run(part="read", inputs={"x": "rows"}, outputs={"y": "y"}), m.Answer(name="end", gives={"all": "y"}))
    fields = {"outputs": {"all": m.VectorOutput(), **outputs}, "tables": {"t": m.Table(rows="rows", **table)}}
    made = manifest({"read": read}, program, {"image": picture()}, {"rows": rows}, **fields)
    try:
        check_manifest(m.decode(m.encode(made)))
    except BundleError as error:
        return str(error).removeprefix("manifest.json: ")
    return "none"


def content(size):
    return m.File(file="tables/t.bin", sha256="0" * 64, bytes=size)


def test_tables_that_pass():
    assert with_table({}) == "none"
    assert with_table({"labels": ("a", "b"), "content": content(16)}) == "none"
    assert with_table({"labels": ("a", "b"), "content": content(8), "type": "float16"}) == "none"
    assert with_table({"labels": ()}, more=m.LabelsOutput(table="t"), row=m.RowOutput(table="t")) == "none"
    boxed = m.BoxesOutput(table="t", scores="y")
    assert with_table({}, rows=(1, 100_000, 2), things=boxed) == "none"


@pytest.mark.parametrize(
    "rows, words",
    [((3, 2), "received [3, 2] in 'rows'"), ((3,), "received [3]"), ((1, 100_001, 1), "at most 100000 rows")],
)
def test_tables_of_another_form_are_refused(rows, words):
    problem = with_table({}, rows=rows)
    assert problem.startswith("tables.t.rows: expected [1, capacity, ...]") and words in problem


def test_an_output_has_labels_or_a_table():
    both = {"labels": ("a",), "table": "t"}
    for output in (m.LabelsOutput(**both), m.BoxesOutput(**both, scores="y")):
        assert with_table({}, more=output) == "outputs.more.labels: expected labels or a table, received both"
    neither = m.MasksOutput(scores="y", masks="y")
    assert with_table({}, more=neither) == "outputs.more.labels: expected labels or a table, received none"
