"""Variants of a run's units beside its float ones: answers, decisions, sizes and latencies.

For programs in a line: every sample passes every exit, and what each answers is compared.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_models import datasets, programs
from keras_models.early_exit import EarlyExit
from keras_models.policies import choice
from keras_models.policies.operating_points import Grid
from tflite.conversion import latency, validate
from tflite.conversion.table import Table
from tflite.conversion.yardstick import quantize_by_recipe
from tools import console, machine
from tools.pipeline import bundling, conversion, runs
from tools.pipeline.conversion import Conversion
from tools.pipeline.options import ConversionOptions
from tools.pipeline.sweep import Sweep
from tools.reporting import figures
from tools.studies.pages import page, percent

# ai-edge-quantizer: recipe, images to calibrate on, and whether their extremes count, not its moving average.
YARDSTICK = {
    "yardstick int8": ("static_wi8_ai8", 64, False),
    "yardstick int8 min-max": ("static_wi8_ai8", 256, True),
    "yardstick 16x8": ("static_wi8_ai16", 64, False),
    "yardstick 16x8 min-max": ("static_wi8_ai16", 256, True),
}
POINT = "balanced"  # at whose setting moved images are counted
SUMMARY = ("last exit %", "mean of exits %", "most lost at an exit", "moved", "confidence", "kB", "zipped kB", "us")
EXPLAINED = (
    "what decides is as it was trained in float. Moved: images that leave elsewhere than on the float chain, at its "
    "setting `balanced`. Confidence: mean absolute change of the largest probability over all exits. Size: all parts, "
    "in kilobytes, as they are and deflated one by one. Latency: all parts run once, one thread, variants in turns: "
    "the sum of the parts' lowest medians of five."
)


def compare(run: runs.Run, variants: Mapping[str, ConversionOptions], split: str = runs.HELD_OUT_SPLIT) -> dict:
    """How every variant of a finished run does, judged on a split; settings are always chosen on the held-out split.

    variants: name -> options of its conversion, the float chain first.

    Returns:
        {"task", "split", "samples", "settings": by operating point, "variants": rows of `Reference.against` with
        "name" and "latency_us"}.

    Raises UserError if the program branches, repeats or crops.
    """
    bundling.load(datasets.get(run.config["task"]), split)  # Fail fast on a split that is not there.
    rows, units, reference = [], {}, None
    for name, options in variants.items():
        console.say(f"\n{name}")
        work = conversion.begin(run, options)
        check_line(work)
        conversion.export_units(work)
        if name in YARDSTICK:
            recipe, count, widest = YARDSTICK[name]
            inputs, _ = conversion.take(work.task, conversion.CALIBRATION_SPLIT, count, work.options.seed)
            quantize_by_recipe(work, recipe, inputs["image"], widest)
        values = values_of(work, split)
        if reference is None:
            chosen_on = values if split == runs.HELD_OUT_SPLIT else values_of(work, runs.HELD_OUT_SPLIT)
            reference = Reference(work, chosen_on, values)
        rows.append({"name": name} | reference.against(work, values))
        units |= {(name, unit): content for unit, content in work.units.items()}
    times = latency.unit_latencies(units)  # all variants in turns
    for row in rows:
        row["latency_us"] = sum(time for (name, _), time in times.items() if name == row["name"])
    settings = {name: point.parameters for name, point in reference.points.items()}
    told = {"task": run.config["task"], "split": split, "samples": len(values["labels"])}
    return told | {"settings": settings, "variants": rows}


def check_line(work: Conversion) -> None:
    """Raises UserError for a network whose samples do not all pass the same exits."""
    if not (isinstance(work.network, EarlyExit) and programs.in_a_line(work.program)):
        raise console.UserError(
            f"expected a run with a program in a line ({', '.join(programs.IN_A_LINE)} steps), received one of the "
            f"family {work.run.config['family']}"
        )


class Reference:
    """The float chain of a conversion whose units are exported: its operating points, and what it answers.

    chosen_on: `values_of` the images that the points' settings are chosen on. values: of those they are judged on.
    """

    def __init__(self, work: Conversion, chosen_on: Mapping, values: Mapping):
        self.kept = choice.open_exits(work.network, work.run.config["stages"], work.policy)
        self.points = Grid(sweep(work, chosen_on), work.policy).solve(self.kept)
        self.moved_at = POINT if POINT in self.points else next(iter(self.points))
        own = sweep(work, values)
        (moved,) = own.measure([self.points[self.moved_at].parameters], self.kept)
        self.answers, self.way = own.answers(), moved.way

    def against(self, work: Conversion, values: Mapping) -> dict:
        """What a variant does, at the reference's settings.

        Returns:
            {"exits": accuracy by number, "points": {name: {"accuracy", "share": of all multiply-adds}}, "moved": share
            of the samples, "confidence": mean change, "sizes"}.
        """
        own, labels = sweep(work, values), values["labels"]
        settings = [point.parameters for point in self.points.values()]
        measured = dict(zip(self.points, own.measure(settings, self.kept), strict=True))
        whole = own.exit_costs(self.kept)[-1]
        compared = validate.compare_exits(work.end_names, self.answers, own.answers(), labels)
        return {
            "exits": {i: row["accuracy"] for i, row in enumerate(compared, 1) if self.kept[i - 1]},
            "points": {
                name: {"accuracy": found.accuracy, "share": float(np.mean(found.costs) / whole)}
                for name, found in measured.items()
            },
            "moved": float(np.mean(measured[self.moved_at].way != self.way)),
            "confidence": float(np.mean([row["confidence_change"] for row in compared])),
            "sizes": work.sizes(),
        }


def values_of(work: Conversion, split: str) -> dict[str, np.ndarray]:
    """What the exits of a variant answer and what decides reads, by name, with `labels`; unit by unit."""
    images, labels, groups = bundling.load(work.task, split)
    return conversion.converted_values(work, work.task.values(images, groups)) | {"labels": labels}


def sweep(work: Conversion, values: Mapping) -> Sweep:
    """The chain from what its units answered on: what decides is the same for all variants, in Keras."""
    seen = {name: value for name, value in values.items() if name != "labels"}
    return conversion.sweep_of(work, seen, values["labels"])


def tables(found: dict, name: str, command: str) -> str:
    """What `compression.compare` found of the run of that name, as Markdown."""
    rows, reference, samples = found["variants"], found["variants"][0], found["samples"]
    error = f"standard error of an accuracy: at most {50 / samples**0.5:.1f} points"
    blocks = [f"# Compression of {name}: {found['task']}"]
    blocks += [f"{samples:,} images of `{found['split']}` ({error}), {EXPLAINED}"]
    blocks += [Table(["", *SUMMARY], [_summary(row, reference) for row in rows]).markdown()]
    for title, key, shown in (
        (
            "Accuracy at the float chain's settings, percent (and share of all multiply-adds)",
            "points",
            lambda p: f"{percent(p['accuracy'])} ({p['share']:.1%})",
        ),
        ("Accuracy of every exit, percent", "exits", percent),
        ("Size of every part, bytes, and deflated", "sizes", lambda size: f"{size[0]:,} ({size[1]:,})"),
    ):
        cells = [[row["name"], *map(shown, row[key].values())] for row in rows]
        blocks += [f"## {title}", Table(["", *reference[key]], cells).markdown()]
    return page([*blocks, *machine.foot(command)])


def _changes(row: dict, reference: dict) -> list[float]:
    """Accuracy that every exit won against the reference, in points."""
    both = zip(reference["exits"].values(), row["exits"].values(), strict=True)
    return [100 * (now - before) for before, now in both]


def _summary(row: dict, reference: dict) -> list[str]:
    reached = list(row["exits"].values())
    raw, small = (sum(size[i] for size in row["sizes"].values()) / 1000 for i in (0, 1))
    accuracies = [percent(reached[-1]), percent(sum(reached) / len(reached)), f"{max(_changes(reference, row)):.2f}"]
    rest = [f"{row['moved']:.1%}", f"{row['confidence']:.4f}", f"{raw:.0f}", f"{small:.0f}", f"{row['latency_us']:.0f}"]
    return [row["name"], *accuracies, *rest]


def draw(found: dict, file: Path) -> None:
    """Accuracy that every exit lost or won against float, a line a variant; and size against the mean of that."""
    reference, *rows = found["variants"]
    exits = list(reference["exits"])

    def paint(figure, axes):
        left, right = axes
        for number, row in enumerate(rows):
            change = _changes(row, reference)
            left.plot(exits, change, **figures.series(number), label=row["name"])
            size = sum(small for _, small in row["sizes"].values()) / 1000
            mark = figures.series(number) | {"linestyle": "none", "markersize": 9}
            right.plot(size, sum(change) / len(change), **mark, label=row["name"])
        for axis in axes:
            axis.axhline(0, color=figures.colour("muted"), linewidth=1)
        left.set(xlabel="exit", ylabel="accuracy against float32, points")
        right.set(xlabel="all parts, deflated, kB", ylabel="mean over the exits, points")
        if rows:  # float32 may be all that was asked for
            right.set_xlim(0, 1.1 * right.dataLim.x1)  # what weighs the same stands in one line
            right.legend()

    figures.draw_png(file, paint, (1, 2), (10, 4.2))
