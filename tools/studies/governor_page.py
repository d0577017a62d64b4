"""The page of the governor's study: its figures, what missed them and why, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tflite.runtime.governor import Governor
from tools import machine
from tools.reporting.figures import colour
from tools.studies import pages
from tools.studies.governor_profile import Profile
from tools.studies.governor_simulation import BLOCK, Stream, drive, points_of
from tools.studies.governor_traces import PER_SECOND, TRACES

P90, SWITCHES, LOSS = 1.05, 4, 0.3  # what is promised
WINDOW = 150  # runs of a percentile in the picture
DRAWN = ("heating", "bursts", "charge cycles")


def misses(row: dict) -> list[str]:
    """Which of the three figures a stream does not meet."""
    found = ["p90"] if row.get("p90", 0) > P90 else []
    found += ["switches"] if (row["switches"] or 0) > SWITCHES else []
    return found + (["accuracy"] if row.get("gain", 0) < -LOSS else [])


def shown(profiles: Sequence[Profile], runs: int, seed: int) -> tuple[Stream, float]:
    """What is drawn: a stream of the bundle that offers most points, and a target a tenth above the best of them."""
    ladders = [Governor(points_of(profile)).ladder for profile in profiles]
    most = max(range(len(profiles)), key=lambda number: len(ladders[number]))
    return Stream(profiles[most], DRAWN[0], runs, seed), 1.1 * float(profiles[most].p90_ms()[ladders[most][-1]])


def text(
    found: dict,
    profiles: Sequence[Profile],
    picture: Path,
    stream: Stream,
    target: float,
    command: str,
    tries: Sequence[str] = (),
) -> str:
    """The page in Markdown. tries: blocks on what else was tried (`governor_tries.blocks`)."""
    blocks = [
        "# The governor on simulated devices",
        pages.image("the governor on simulated devices", picture),
        f"Above: {stream.profile.bundle} at a target of {target:.3f} ms. Below: every stream that was simulated.",
        _INTRODUCTION.format(runs=found["runs"], seconds=found["runs"] // PER_SECOND),
        _summary(found["streams"]).markdown(),
        "The worst of all targets, trace by trace: the 90th percentile over the target; switches in the worst 1,000 "
        "runs, where nothing changes; accuracy less that of the best fixed point, in points.",
        _by_trace(found["streams"]).markdown(),
        "The traces:",
        "\n".join(f"- **{name}**: {make.__doc__}" for name, make in TRACES.items()),
        *_missed(found["streams"]),
        *tries,
        *_deadlines(found["deadlines"]),
        *_measured(profiles),
        *machine.foot(command, f"Seed {found['seed']}, {found['targets']} targets for each bundle, in equal ratios."),
    ]
    return pages.page(blocks)


_INTRODUCTION = (
    "A stream is {runs} runs, {seconds} s of a camera. Each sees a real image that training and conversion have "
    "not seen, and its way through the network at each operating point is the real one. What it takes are the "
    "times of one measured run of the bundle's parts, drawn at random, times how slow the device is at that "
    "moment: only that slowness, the gauges and the seconds between runs are made up. The governor has its "
    "defaults and the target, and is told what a chain tells it. Counted are the runs at which some point can "
    "hold the target: the 90th percentile of the cheapest one, times the slowdown of the moment, is within it. A "
    "fixed point is used for the whole stream; the best is the most accurate of those whose 90th percentile in "
    "the counted runs is within the target, and that no reading forbids."
)


def _summary(rows):
    counts = {
        f"p90 at most {P90} of the target where some point can hold it": [
            (misses(row), f"{row['p90']:.3f}", row["p90"]) for row in rows if "p90" in row
        ],
        f"at most {SWITCHES} switches in {BLOCK:,} runs when nothing changes": [
            (misses(row), str(row["switches"]), row["switches"]) for row in rows if row["switches"] is not None
        ],
        f"accuracy within {LOSS} points of the best fixed point that holds it": [
            (misses(row), f"{row['gain']:+.2f}", -row["gain"]) for row in rows if "gain" in row
        ],
    }
    table = []
    for (promise, streams), kind in zip(counts.items(), ("p90", "switches", "accuracy")):
        met = sum(kind not in missed for missed, _, _ in streams)
        worst = max(streams, key=lambda stream: stream[2], default=([], "", 0))[1]
        table.append([promise, len(streams), met, worst])
    return Table(["promised", "streams", "met", "worst"], table, "lrrr")


def _by_trace(rows):
    bundles = sorted({row["bundle"] for row in rows})
    table = [
        [name, *(_worst([r for r in rows if (r["trace"], r["bundle"]) == (name, b)]) for b in bundles)]
        for name in TRACES
    ]
    return Table(["trace", *bundles], table, "l" + "l" * len(bundles))


def _worst(rows):
    p90 = max((row["p90"] for row in rows if "p90" in row), default=None)
    switches = max((row["switches"] for row in rows if row["switches"] is not None), default=None)
    gain = min((row["gain"] for row in rows if "gain" in row), default=None)
    told = ["" if p90 is None else f"{p90:.3f}", "" if switches is None else str(switches)]
    return "; ".join(word for word in [*told, "" if gain is None else f"{gain:+.2f}"] if word)


def _missed(rows):
    missed = [row for row in rows if misses(row)]
    if not missed:
        return ["Every stream meets all three."]
    told = (
        "What missed, and what bounds it. *gain*: accuracy less that of the best fixed point, with the standard "
        "error of that difference on these images. *offered*: the same against the points that the governor "
        "offers, for it knows accuracies from the manifest, measured on other images, and gives up a tenth of a "
        "point for a cheaper one. *moment*: against the best of those at each moment; a fixed point may be late "
        "for a whole hot stretch, if that is a tenth of the stream, and a governor may not."
    )
    if short := [(-LOSS - row["gain"]) / row["error"] for row in missed if "accuracy" in misses(row) and row["error"]]:
        told += (
            f" Of the {len(short)} accuracies that are more than {LOSS} points below, the farthest is {max(short):.1f} "
            "standard errors beyond that."
        )
    header = ["bundle", "trace", "target ms", "missed", "p90", "switches", "best", "gain", "offered", "moment"]
    return [told, Table(header, [_row_of(row) for row in missed], "lllllrlrrr").markdown()]


def _row_of(row):
    def signed(name):
        return f"{row[name]:+.2f}" if name in row else ""

    gain = f"{signed('gain')} ± {row['error']:.2f}" if "gain" in row else ""
    p90 = f"{row['p90']:.3f}" if "p90" in row else ""
    switches = "" if row["switches"] is None else row["switches"]
    target = f"{row['target_ms']:.4f}"
    told = [row["bundle"], row["trace"], target, ", ".join(misses(row)), p90, switches, row.get("best", "")]
    return [*told, gain, signed("offered"), signed("moment")]


def _deadlines(rows):
    ways = {"at_load": "medians of load", "followed": "times the slowdown", "governed": "with the governor"}
    bundles = sorted({row["bundle"] for row in rows})
    table = []
    for trace in dict.fromkeys(row["trace"] for row in rows):
        for bundle in bundles:
            some = [row for row in rows if (row["trace"], row["bundle"]) == (trace, bundle) and "followed" in row]
            if some:
                table.append([trace, bundle, *(f"{max(row[way] for row in some):.3f}" for way in ways)])
    told = (
        "With the target as the deadline of every run (`Budget(latency_ms=...)`), at the most expensive point: "
        "the 90th percentile over it, the worst of all targets, where the way to the first exit is within it. A "
        "runtime compares what is left with the medians of load, times the slowdown of the last runs. Beside it "
        "stand those medians alone, and the governor and the deadline together, as the app uses them."
    )
    return [told, Table(["trace", "bundle", *ways.values()], table, "llrrr").markdown()]


def _measured(profiles):
    rows = []
    for profile in profiles:
        ratios = np.percentile(profile.ratios[:, -1], (10, 50, 90, 99))
        rest = np.percentile(profile.rest_us, (50, 90))
        spread = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        images = f"{profile.images['count']} of {profile.images['dataset']}:{profile.images['split']}"
        rows.append([profile.bundle, images, spread, ", ".join(f"{us:.0f}" for us in rest), f"{max(profile.cold):.0f}"])
    header = ["bundle", "images", "parts over medians: p10, p50, p90, p99", "all else, us: p50, p90", "coldest run"]
    points = []
    for profile in profiles:
        right = profile.is_right[profile.stop, np.arange(profile.stop.shape[1])].mean(axis=1)
        for point, p90, accuracy in zip(profile.points, profile.p90_ms(), right):
            told = [f"{p90:.4f}", f"{100 * accuracy:.2f}", f"{100 * point['accuracy']:.2f}"]
            points.append([profile.bundle, point["name"], *told])
    made = profiles[0].made
    how = (
        f"The times are of {len(profiles[0].rest_us)} runs past all exits, measured by `{made['command']}` at niceness "
        f"{made['niceness']} on {made['machine']}, a machine that others use as well. What the first runs of a new "
        "chain take is in times of the usual."
    )
    head = ["bundle", "point", "p90 ms at rest", "accuracy % on these images", "accuracy % by the manifest"]
    return ["What was measured:", Table(header, rows, "lllll").markdown(), how, Table(head, points, "llrrr").markdown()]


def paint(axes: Sequence, found: dict, stream: Stream, target: float) -> None:
    """Three traces, latencies above and points below, and the three figures of all streams."""
    for column, trace in enumerate(DRAWN):
        _paint_trace(axes[column], axes[3 + column], Stream(stream.profile, trace, stream.runs, stream.seed), target)
    kinds = {"p90": ("p90 over the target", P90), "switches": ("switches in 1,000 runs", SWITCHES)}
    kinds["gain"] = ("points above the best fixed one", -LOSS)
    for axis, (kind, (title, promise)) in zip(axes[6:], kinds.items()):
        _paint_figure(axis, found["streams"], kind, promise)
        axis.set(title=title)


def _paint_trace(above, below, stream, target):
    driven = drive(stream, target)
    seconds = np.arange(stream.runs) / PER_SECOND
    late = np.lib.stride_tricks.sliding_window_view(driven.latency_ms, WINDOW)
    above.plot(seconds, stream.device.slowdown, color=colour("grey"), linewidth=1.0, label="slowdown")
    above.plot(
        seconds[WINDOW - 1 :], np.percentile(late, 90, axis=1) / target, color=colour("blue"), label="p90 over target"
    )
    above.axhline(P90, color=colour("red"), linewidth=0.8)
    above.set(title=stream.trace, ylim=(0.3, 2.4))
    if stream.trace == DRAWN[-1]:
        above.legend(loc="upper right")
    names = [point["name"] for point in stream.profile.points]
    below.step(seconds, driven.points, where="post", color=colour("orange"), linewidth=1.2)
    below.set(xlabel="seconds", yticks=range(len(names)), yticklabels=names, ylim=(-0.3, len(names) - 0.7))


def _paint_figure(axis, rows, kind, promise):
    bundles = sorted({row["bundle"] for row in rows})
    names = [name for name in TRACES if any(row["trace"] == name and row.get(kind) is not None for row in rows)]
    for number, bundle in enumerate(bundles):
        some = [row for row in rows if row["bundle"] == bundle and row.get(kind) is not None]
        places = [names.index(row["trace"]) + 0.16 * (number - (len(bundles) - 1) / 2) for row in some]
        own = colour(("blue", "orange", "violet", "green", "sky", "brown")[number % 6])
        axis.scatter([row[kind] for row in some], places, 12, color=own, alpha=0.7, linewidths=0, label=bundle)
    axis.axvline(promise, color=colour("red"), linewidth=0.8)
    room = 2 if kind == "switches" else 0  # for the names of the bundles
    axis.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) + room - 0.5, -0.5))
    if kind == "switches":
        axis.legend(loc="lower right", fontsize=7)
