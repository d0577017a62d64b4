"""The tables of counted instructions: what is said where something is missing, and that all forms say the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.markdown import table as cells
from tflite.baselines import FULL_DEPTH, STATIC
from tools.phone import table

MACHINE = {"cpu": "A CPU", "cores": 1, "system": "Linux", "python": "3.11", "versions": {}, "date": "today"}


def chain(name, accuracy, instructions, to_static=0.5):
    row = {"name": name, "accuracy": accuracy, "instructions": instructions, "macs": 1e6}
    return row | {"instructions_to_static": to_static, "macs_to_static": to_static}


def part(name="stage_1", **more):
    row = {"name": name, "macs": 2000.0, "instructions": 500.0, "per_mac": 0.25}
    return row | {"equal": True, "steps": 0, "floats": 0.0} | more


@pytest.fixture
def found():
    """One part, one operating point, the static network; images of a data set."""
    return {
        "bundle": "learned",
        "command": "python tools/phone_check.py bundles/learned",
        "machine": MACHINE,
        "library": "tensorflow-lite:2.16.1",
        "processor": "cortex-a76",
        "qemu": "7.2",
        "parts": [part()],
        "goldens": {"cases": 2, "problems": []},
        "dataset": "pixels",
        "split": "test[:50%]",
        "samples": 1200,
        "chains": [chain("fast", 0.985, 5e5), chain(STATIC, 0.99, 1e6, 1.0)],
        "missing": {},
    }


def test_what_ran_where_is_one_line(found):
    assert table.title(found) == "learned on tensorflow-lite:2.16.1 (arm64-v8a), cortex-a76, under QEMU 7.2"
    assert table.images(found) == "1,200 images of pixels:test[:50%]"
    found |= {"dataset": None, "samples": 6}
    assert table.images(found) == "ways of 6 golden cases, accuracies of the manifest"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"equal": True, "steps": 7, "floats": 0.5}, "equal"),
        ({"equal": False, "steps": None, "floats": 1.234e-5}, "float within 1.2e-05"),
        ({"equal": False, "steps": 1, "floats": 2e-7}, "codes 1 steps off, float within 2.0e-07"),
        ({"equal": False, "steps": None, "floats": None}, ""),
    ],
)
def test_how_a_part_compares_with_this_machine(given, said):
    (row,) = table.parts({"parts": [part(**given)]}).rows
    assert row[-1] == said


def test_a_part_without_multiply_adds_has_no_instructions_for_one():
    (row,) = table.parts({"parts": [part(macs=0.0, per_mac=None)]}).rows
    assert row[1:4] == ("0", "500", "")


def test_a_network_that_is_never_accurate_enough_is_told(found):
    found["chains"][0]["accuracy"] = 0.5
    within = "of the static network's accuracy there is no"
    kinds = ("operating point", "network cut short")
    assert table.sentences(found)[1:-1] == [f"Within {n} points {within} {kind}." for n in (0.5, 0.2) for kind in kinds]


def test_the_chain_at_full_depth_is_no_operating_point(found):
    """However cheap it seems."""
    found["chains"].insert(0, chain(FULL_DEPTH, 0.99, 1.0))
    assert table.sentences(found)[1] == (
        "Within 0.5 points of the static network's accuracy: fast, at 0.500 of its instructions."
    )


@pytest.mark.parametrize("chains", [[chain("fast", 0.9, 1.0)], [chain("fast", 0.9, 1.0), chain(STATIC, None, 1.0)], []])
def test_nothing_is_compared_with_an_accuracy_that_nobody_knows(found, chains):
    found["chains"] = chains
    assert table.sentences(found) == ["Golden paths: 2 of 2 answer as they should.", table.CAVEAT]


def test_the_first_problems_are_told_and_all_are_counted(found):
    """A case that is wrong twice is one that is wrong."""
    problems = [f"golden {number}: expected the label 1, received 0" for number in range(7)]
    found |= {"chains": [], "goldens": {"cases": 9, "problems": [problems[0], *problems]}}
    said = table.sentences(found)
    assert said[0] == "Golden paths: 2 of 9 answer as they should."
    assert said[1:-1] == [f"{problem}." for problem in [problems[0], *problems[:4]]]


def test_what_was_not_counted_has_its_reason(found):
    found["missing"] = {"static, cut short at a": "expected a line, received branch"}
    assert table.sentences(found)[-2] == "Not counted: static, cut short at a (expected a line, received branch)."


def test_a_page_has_the_cells_of_the_terminal(found):
    page, lines = table.markdown(found), table.text(found).splitlines()
    tables = [block for block in page.split("\n\n") if block.startswith("|")]
    for made, markdown in zip((table.parts(found), table.chains(found)), tables, strict=True):
        assert cells(markdown) == [list(made.header), *map(list, made.rows)]
        assert set(made.text().splitlines()) <= set(lines)
    assert page.startswith("# learned on the phone's own kernels\n\n`python tools/phone_check.py bundles/learned`\n")
    assert "Compared with A CPU, 1 core, Linux" in page
    assert [line[2:] for line in page.splitlines() if line.startswith("- ")] == lines[-len(table.sentences(found)) :]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 50)), min_size=1, max_size=6))
def test_what_is_named_is_accurate_enough_and_nothing_cheaper_is(points):
    rows = [chain(f"p{i}", accuracy / 100, float(cost), cost / 50) for i, (accuracy, cost) in enumerate(points)]
    known = {row["name"]: row for row in rows}
    sentence = next(table._near_static([*rows, chain(STATIC, 0.9, 50.0, 1.0)], 0.05))
    enough = [row for row in rows if round(100 * row["accuracy"]) >= 85]
    if not enough:
        assert sentence.endswith("there is no operating point.")
        return
    name, _, rest = sentence.split(": ")[1].partition(",")
    assert known[name] in enough and known[name]["instructions"] == min(row["instructions"] for row in enough)
    assert rest == f" at {known[name]['instructions'] / 50:.3f} of its instructions."
