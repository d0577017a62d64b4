"""What a chain takes beside the static networks that one could deploy in its place.

A row is a dictionary with "kind", one of the three below, "name", "accuracy" (0..1) and costs, those of `COSTS` that
were measured: arm64 instructions and multiply-adds an image on average, latencies in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CHAIN, FIXED_DEPTH, ALONE = "chain", "fixed depth", "static"
INSTRUCTIONS = "arm64_instructions"
COSTS = (INSTRUCTIONS, "mean", "p50", "p90", "p99", "macs")


def unit_of(rows: Iterable[dict]) -> str:
    """The cost by which rows are cheap: instructions where all have them, else the mean latency."""
    return INSTRUCTIONS if all(row.get(INSTRUCTIONS) is not None for row in rows) else "mean"


def frontier(rows: Iterable[dict]) -> list[dict]:
    """The static rows, networks trained alone and fixed depths, that no cheaper one equals; the cheapest first."""
    rows = list(rows)
    unit, best, found = unit_of(rows), -1.0, []
    for row in sorted((row for row in rows if row["kind"] != CHAIN), key=lambda row: (row[unit], -row["accuracy"])):
        if row["accuracy"] > best:
            best = row["accuracy"]
            found.append(row)
    return found


def yardstick(rows: Iterable[dict], accuracy: float) -> dict | None:
    """The cheapest static row of at least that accuracy; None if there is none."""
    return next((row for row in frontier(rows) if row["accuracy"] >= accuracy), None)


def with_shares(rows: Sequence[dict]) -> list[dict]:
    """The rows; those of a chain with "share", what they take of the cheapest static network at least as accurate.

    Returns:
        Rows with "share": {"of": name of that network, cost: quotient}; None where there is no such network.
    """
    return [
        row | {"share": _share(row, yardstick(rows, row["accuracy"]))} if row["kind"] == CHAIN else row for row in rows
    ]


def _share(row: dict, static: dict | None) -> dict | None:
    if static is None:
        return None
    known = [cost for cost in COSTS if row.get(cost) is not None and static.get(cost)]
    return {"of": static["name"]} | {cost: row[cost] / static[cost] for cost in known}


def sentence(row: dict) -> str:
    """What `with_shares` found of a chain's row, in words."""
    share = row["share"]
    if share is None:
        return f"No static network is as accurate as {row['name']} ({row['accuracy']:.2%})."
    words = {INSTRUCTIONS: "arm64 instructions", "mean": "mean latency", "p90": "p90"}
    told = ", ".join(f"{share[cost]:.2f} of the {name}" for cost, name in words.items() if cost in share)
    return f"{row['name']} ({row['accuracy']:.2%}) takes {told} of {share['of']}, the cheapest static one as accurate."
