"""An advice as numbers, as sentences, as a page and as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from keras_models.functional.evaluation import budgeted_curve, standard_error
from keras_models.policies.verdicts import SURE, Way, verdict
from tflite.conversion.table import Table
from tools import console, machine, native
from tools.reporting import figures
from tools.studies import advice
from tools.studies.advice import Advice
from tools.studies.advice_judging import ROUNDS, Judge, Judged, pool, time, units
from tools.studies.advice_options import AdviceOptions
from tools.studies.pages import page

CLOCK = 0.05  # share of a mean time below which two are not told apart on a machine that others use as well
WORDS = {
    "latency": "time on this machine",
    "macs": "multiply-adds",
    "arm64": "arm64 instructions",
}
COLOURS = {
    advice.WHOLE: "ink",
    advice.THINNER: "blue",
    advice.SMALLER: "green",
    advice.EXITS: "orange",
    advice.CASCADE: "violet",
}


def advise(asked: AdviceOptions, folder: Path) -> dict:
    """Train, judge and time every way, from where it was interrupted; returns a `report`.

    folder: of everything that is made. Raises UserError, ValueError or RunError for what cannot be done.
    """
    counted, missing = units(asked.cost)
    with advice.opened(asked, folder) as given:
        plan = advice.planned(given)
        judge, judged = Judge(given, pool(given.task, asked.images, asked.seed), counted), []
        for candidate in given.candidates(plan["epochs"]):
            advice.train(given, candidate, plan["share"])
            with native.quiet():
                judged.append(judge(candidate))
        times = time(given, [way.candidate.name for way in judged], judge.pool)
        notes = [] if missing is None else [f"arm64 instructions were not counted: {missing}"]
        return report(given, judged, times, plan, notes)


def report(given: Advice, judged: Sequence[Judged], times: Mapping[str, np.ndarray], plan: Mapping, notes=()) -> dict:
    """Everything that an advice found, as plain data.

    Args:
        given, judged: the advice, and its ways, the network whole first.
        times: way -> milliseconds `[rounds, images]`.
        plan: of the trainings.
        notes: sentences for the page.
    """
    costs = {"latency": {way.candidate.name: np.median(times[way.candidate.name], axis=0) for way in judged}}
    for unit in set(judged[0].costs) - {"latency"}:
        costs[unit] = {way.candidate.name: way.costs[unit] for way in judged}
    verdicts = {}
    for unit in sorted(costs, key=lambda unit: (unit != given.asked.cost, unit != "latency", unit)):
        ways = [Way(way.candidate.name, way.right, costs[unit][way.candidate.name]) for way in judged]
        found = verdict(ways, given.asked.wanted, CLOCK if unit == "latency" else 0.0)
        verdicts[unit] = {"best": found.best, "sure": found.sure, "open": found.open, "nearest": found.nearest}
    rows = [_row(given, way, judged[0], {unit: costs[unit][way.candidate.name] for unit in verdicts}) for way in judged]
    found = {"network": given.asked.network, "task": given.task.name, "goal": given.asked.goal()}
    found |= {"images": len(judged[0].right), "timed": times[judged[0].candidate.name].shape[1], "plan": dict(plan)}
    found |= {"seed": given.asked.seed, "cost": given.asked.cost, "ways": rows, "verdicts": verdicts}
    found["sentences"] = {unit: sentence(found, unit) for unit in verdicts}
    return console.plain(found | {"unavailable": given.unavailable, "notes": list(notes)})


def _row(given: Advice, way: Judged, first: Judged, costs: Mapping[str, np.ndarray]) -> dict:
    """A way: its accuracy, its paired difference to the first one, its margin, and its mean costs."""
    difference = way.right.astype(float) - first.right
    own = Way(way.candidate.name, way.right, way.costs["macs"])
    margin, error = given.asked.wanted.margin(own, Way("", first.right, first.costs["macs"]))
    row = {"name": own.name, "label": way.candidate.label, "kind": way.candidate.kind}
    row |= {"accuracy": way.right.mean(), "error": standard_error(way.right)}
    row |= {"difference": difference.mean(), "difference_error": standard_error(difference)}
    row |= {"margin": margin, "margin_error": error}
    row |= {"costs": {unit: cost.mean() for unit, cost in costs.items()}}
    return row | {
        "cost_errors": {u: standard_error(c) for u, c in costs.items()},
        "chosen": way.chosen,
        "curve": way.curve,
    }


def sentence(found: Mapping, unit: str) -> str:
    """The verdict by a unit, in one sentence that says how sure it is."""
    ways, told = {row["name"]: row for row in found["ways"]}, found["verdicts"][unit]
    others, by = [ways[name]["label"] for name in told["open"]], f"By {WORDS[unit]}"
    if told["best"] is None:
        return _none_reaches(by, ways[told["nearest"]], others, found["goal"])
    best, first = ways[told["best"]], found["ways"][0]
    share = best["costs"][unit] / first["costs"][unit]
    how = f"{share:.2f} of its cost, {_points(best['difference'], best['difference_error'])}"
    way = best["label"] if best is first else f"{best['label']} ({how})"
    if told["sure"]:
        return (
            f"{by} the cheapest way to {found['goal']} is {way}: the others are out by over {SURE:g} standard errors."
        )
    doubts = ["it may itself miss that"] if best["margin"] <= SURE * best["margin_error"] else []
    doubts += [f"{_listed(others)} may do as well for less or as much"] if others else []
    apart = "not told apart" if others else "not sure"
    return f"{by} {apart}: the cheapest way to {found['goal']} seems to be {way}, but {' and '.join(doubts)}."


def _none_reaches(by: str, nearest: Mapping, others: Sequence[str], goal: str) -> str:
    short = f"{nearest['label']} comes nearest, {100 * -nearest['margin']:.1f} points short"
    if others:
        return f"{by} not told apart: no way was seen to reach {goal}, though {_listed(others)} may; {short}."
    return (
        f"{by} none of these ways reaches {goal} after this training: {short}, which is over {SURE:g} standard errors."
    )


def _points(difference: float, error: float) -> str:
    if difference == error == 0:
        return "the same answers"
    return f"{100 * difference:+.1f} ± {100 * error:.1f} points"


def _listed(names: Sequence[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} or {last}" if some else last


def text(found: Mapping) -> str:
    """The verdicts and the table for a terminal."""
    told = [found["sentences"][unit] for unit in found["sentences"]]
    missing = [f"not tried: {label} ({reason})" for label, reason in found["unavailable"].items()]
    return "\n".join([_table(found).text(), "", *told, *missing, *found["notes"]])


def _table(found: Mapping) -> Table:
    first, units = found["ways"][0], list(found["ways"][0]["costs"])
    rows = []
    for row in found["ways"]:
        cells = [row["label"], f"{100 * row['accuracy']:.2f} ± {100 * row['error']:.2f}"]
        cells.append("" if row is first else f"{100 * row['difference']:+.2f} ± {100 * row['difference_error']:.2f}")
        cells.append(_reaches(row))
        for unit in units:
            own = row["costs"][unit]
            shown = f"{own:.3f} ms" if unit == "latency" else console.count(own)
            cells.append(f"{shown} ({own / first['costs'][unit]:.2f})")
        rows.append(cells)
    header = ["way", "accuracy %", "to whole, points", "reaches it", *(WORDS[unit] for unit in units)]
    return Table(header, rows, "lrrl" + "r" * len(units))


def _reaches(row: Mapping) -> str:
    margin, error = row["margin"], row["margin_error"]
    if abs(margin) > SURE * error or error == 0:
        return "yes" if margin >= 0 else "no"
    return "perhaps" if margin >= 0 else "perhaps not"


def markdown(found: Mapping, command: str, picture: str) -> str:
    """The page: verdicts first, then the picture, the table, and how it was done."""
    main, *others = found["sentences"]
    passes, share = found["plan"]["epochs"], found["plan"]["share"]
    half = found["images"] // 2
    how = (
        f"Each network was trained for {passes} epoch{'' if passes == 1 else 's'} of {share:.0%} of the training "
        f"images and became int8 parts. Settings of exits and cascades were chosen on {half:,} held-out images for "
        "the goal, and judged on as many others, and the other way round; test images were not looked at. ± is one "
        f"standard error, of differences image by image. Times are of {found['timed']} of these images, {ROUNDS} times "
        "in turns, from image to label on one thread, the median of the rounds; in brackets shares of the network "
        "whole. A longer training moves all of them: what is close together here may change places."
    )
    blocks = [f"# Advice: {found['network']} on {found['task']}", f"**{found['sentences'][main]}**"]
    blocks += ["\n".join(f"- {found['sentences'][unit]}" for unit in others)] if others else []
    blocks += [f"![accuracy against cost]({picture})", _table(found).markdown(), how]
    missing = [f"- not tried: {label} ({reason})" for label, reason in found["unavailable"].items()]
    missing += [f"- {note}" for note in found["notes"]]
    return page([*blocks, *(["\n".join(missing)] if missing else []), *machine.foot(command, f"Seed {found['seed']}.")])


def draw(found: Mapping, file) -> None:
    """The picture: accuracy against time, and against multiply-adds with the curves of what can be set."""

    def paint(figure, axes):
        for axis, unit in zip(axes, ("latency", "macs"), strict=True):
            _paint(axis, found, unit)
        for row in found["ways"]:
            if row["kind"] in (advice.EXITS, advice.CASCADE):
                curve = budgeted_curve([accuracy for _, accuracy in row["curve"]], [cost for cost, _ in row["curve"]])
                axes[1].plot(curve[:, 0] / 1e6, 100 * curve[:, 1], color=figures.colour(COLOURS[row["kind"]]), lw=0.9)
        axes[0].set(xlabel="milliseconds an image here, mean", ylabel="accuracy on held-out images, %")
        axes[1].set(xlabel="million multiply-adds an image, mean; lines: other settings")
        figures.legend_above(figure, axes[0], 3, fontsize=8)

    figures.draw_png(file, paint, (1, 2), (9.6, 4.8), sharey=True)


def _paint(axis, found: Mapping, unit: str) -> None:
    first, scale = found["ways"][0], 1.0 if unit == "latency" else 1e6
    for number, row in enumerate(found["ways"]):
        axis.errorbar(
            row["costs"][unit] / scale,
            100 * row["accuracy"],
            yerr=100 * row["error"],
            xerr=row["cost_errors"][unit] / scale,
            color=figures.colour(COLOURS[row["kind"]]),
            marker=figures.MARKERS[number % len(figures.MARKERS)],
            markersize=7,
            linestyle="none",
            elinewidth=0.9,
            label=row["label"],
        )
    goal = 100 * (first["accuracy"] - first["margin"])
    axis.axhline(goal, color=figures.colour("grey"), lw=0.9, ls=":")
    axis.annotate(found["goal"], (0.99, goal), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
    axis.set_xlim(left=0)
