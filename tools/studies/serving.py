"""The page of a load test: a table, a picture, and how it was made."""

from __future__ import annotations

from pathlib import Path

from tflite.conversion.table import Table
from tools import console, machine
from tools.reporting import figures
from tools.studies import pages


def name_of(row: dict) -> str:
    """A server's setting in words."""
    replicas = "one replica" if row["replicas"] == 1 else f"{row['replicas']} replicas"
    return f"{replicas}, {'one by one' if row['batch'] == 1 else 'batches'}"


def table(found: dict) -> Table:
    """A row for every server and load."""
    header = ["Server", "Connections", "Requests", "A second", "p50 (ms)", "p99 (ms)", "Processor (ms)", "Wrong"]
    rows = [
        [
            name_of(row),
            row["connections"],
            row["requests"],
            f"{row['per_second']:.0f}",
            f"{row['p50_ms']:.1f}",
            f"{row['p99_ms']:.1f}",
            "" if row["cpu_ms"] is None else f"{row['cpu_ms']:.2f}",
            row["wrong"],
        ]
        for row in found["rows"]
    ]
    return Table(header, rows)


def findings(found: dict) -> str:
    """What batches and replicas bring where most ask at once, in a sentence or two."""
    most = max(row["connections"] for row in found["rows"])
    rows = {(row["replicas"], row["batch"]): row for row in found["rows"] if row["connections"] == most}
    usual = rows.get((1, 1))
    told = []
    for (replicas, batch), row in rows.items():
        if usual and row is not usual:
            gain = f"{row['per_second'] / usual['per_second']:.2f} times the requests a second"
            spared = (
                row["cpu_ms"]
                and usual["cpu_ms"]
                and f" at {row['cpu_ms'] / usual['cpu_ms']:.2f} of the processor's time"
            )
            told.append(f"{name_of(row)}: {gain}{spared or ''}")
    return f"With {most} connections, beside one replica that answers one by one: {'; '.join(told)}." if told else ""


def write(found: dict, file: Path) -> str:
    """Writes the page, its numbers and its picture beside it; returns the page.

    Args:
        found: as `load.measure` gives it, with the `command` that made it and the `machine` (`machine.describe`).
        file: of the page.
    """
    picture = file.with_suffix(".png")
    figures.draw_png(picture, lambda _, axes: paint(axes, found), (1, 2), (9.0, 3.8))
    batch = f"at most {found['batch']} at once" if found["batch"] > 1 else "a part that cannot be run in batches"
    blocks = [
        "# The server half under load",
        pages.image("requests a second and the time of each, by how many ask at once", picture),
        "How many requests a second does one machine answer, how long does each take, and what do micro-batches and a "
        "second replica bring? Clients, server and replicas share this machine and its loopback: no network is in "
        "these numbers, and the clients' own work is.",
        *filter(None, [findings(found)]),
        table(found).markdown(),
        f"The part is {found['part']} of {found['bundle']}: {console.count(found['macs'] or 0)} multiply-adds, "
        f"{found['bytes_in']} bytes in, {found['bytes_out']} out, {batch}. Each connection asks again as soon as it "
        "has its answer, which is compared with what the part gives here. One thread runs parts in every replica. "
        "The processor's time is the server's, of all replicas, by request. It depends least on what else runs here, "
        f"and something did: over the minute before, {found['load']:.1f} processes wanted to run on "
        f"{found['machine']['cores']} cores.",
        f"`{found['command']}`",
        machine.line(found["machine"]),
    ]
    text = pages.page(blocks)
    pages.put(file, text, found)
    return text


def paint(axes, found: dict) -> None:
    """Requests a second to the left, p50 and p99 to the right."""
    from matplotlib.ticker import LogLocator, NullFormatter

    names = list(dict.fromkeys(map(name_of, found["rows"])))
    for number, name in enumerate(names):
        rows = [row for row in found["rows"] if name_of(row) == name]
        at = [row["connections"] for row in rows]
        look = figures.series(number)
        axes[0].plot(at, [row["per_second"] for row in rows], label=name, **look)
        axes[1].plot(at, [row["p50_ms"] for row in rows], **look)
        axes[1].plot(at, [row["p99_ms"] for row in rows], **{**look, "linestyle": ":"})
    axes[0].set_ylabel("requests a second")
    axes[1].set_ylabel("ms, p50 and (dotted) p99")
    axes[1].set_yscale("log")
    axes[1].yaxis.set_major_formatter("{x:g}")
    axes[1].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[1].yaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylim(bottom=0)
    for axis in axes:
        axis.set_xlabel("connections at once")
        axis.set_xscale("log", base=2)
        counts = sorted({row["connections"] for row in found["rows"]})
        axis.set_xticks(counts, list(map(str, counts)))
    axes[0].legend(fontsize=8)
