"""The static frontier and what a chain takes of it, from rows by hand."""

import pytest

from tflite.baselines import frontier


def row(kind, name, accuracy, instructions, mean):
    return {"kind": kind, "name": name, "accuracy": accuracy, "arm64_instructions": instructions, "mean": mean}


ROWS = [
    row("static", "small", 0.90, 100.0, 2.0),
    row("static", "beaten", 0.89, 150.0, 1.0),
    row("static", "large", 0.96, 400.0, 4.0),
    row("fixed depth", "cut", 0.94, 200.0, 3.0),
    row("chain", "fast", 0.93, 150.0, 1.5),
    row("chain", "exact", 0.96, 300.0, 5.0),
    row("chain", "best", 0.97, 500.0, 5.0),
]


def test_the_frontier_is_what_no_cheaper_static_network_equals():
    assert [found["name"] for found in frontier.frontier(ROWS)] == ["small", "cut", "large"]
    by_time = [found | {"arm64_instructions": None} for found in ROWS]
    assert [found["name"] for found in frontier.frontier(by_time)] == ["beaten", "small", "cut", "large"]


def test_a_chain_stands_beside_the_cheapest_that_is_as_accurate():
    shares = {found["name"]: found.get("share", "none") for found in frontier.with_shares(ROWS)}
    assert shares["fast"] == {"of": "cut", "arm64_instructions": 0.75, "mean": 0.5}
    assert shares["exact"] == {"of": "large", "arm64_instructions": 0.75, "mean": 1.25}
    assert shares["best"] is None and shares["small"] == "none"


def test_it_is_said_in_words_and_where_there_is_none():
    said = [frontier.sentence(found) for found in frontier.with_shares(ROWS)[4:]]
    assert said[0] == (
        "fast (93.00%) takes 0.75 of the arm64 instructions, 0.50 of the mean latency of cut, the cheapest static one "
        "as accurate."
    )
    assert said[2] == "No static network is as accurate as best (97.00%)."


def test_without_a_static_network_there_is_no_yardstick():
    assert frontier.yardstick(ROWS[4:], 0.5) is None
    assert frontier.yardstick(ROWS, 0.95)["name"] == "large"


@pytest.mark.parametrize("unit", [None, 0.0])
def test_a_cost_that_is_not_known_has_no_share(unit):
    rows = [ROWS[4], ROWS[3] | {"p90": unit}]
    (share,) = (found["share"] for found in frontier.with_shares(rows) if found["kind"] == "chain")
    assert set(share) == {"of", "arm64_instructions", "mean"}
