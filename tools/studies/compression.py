"""Variants of a run's units beside its float ones: answers, decisions, sizes and latencies.

For programs in a line: every sample passes every exit, and what each answers is compared.
"""

from __future__ import annotations

import contextlib
import io
import warnings
import zlib
from collections.abc import Mapping

import numpy as np

from keras_models import datasets, programs
from keras_models.early_exit import EarlyExit
from tflite.conversion import latency, passes, validate, writer
from tflite.conversion.unit_chain import UnitChain, record
from tflite.errors import FrugalError
from tflite.graph import flatbuffer
from tools import console
from tools.pipeline import bundling, conversion, kept_exits, runs
from tools.pipeline.conversion import Conversion
from tools.pipeline.operating_points import Grid
from tools.pipeline.options import ConversionOptions
from tools.pipeline.sweep import Sweep

YARDSTICK = {"yardstick int8": "static_wi8_ai8", "yardstick 16x8": "static_wi8_ai16"}
CALIBRATION_IMAGES = 64  # that the yardstick is given
POINT = "balanced"  # at whose setting moved images are counted


def compare(run: runs.Run, variants: Mapping[str, ConversionOptions], split: str = runs.HELD_OUT_SPLIT) -> dict:
    """How every variant does, judged on a split; settings are always chosen on the held-out split.

    Args:
        run: a finished run, whose program is in a line.
        variants: name -> options of its conversion, the float chain first.
        split: on which variants are judged.

    Returns:
        {"task", "split", "samples", "settings": by operating point, "variants": rows of `Reference.against` with
        "name" and "latency_us"}.

    Raises:
        UserError: the program branches, repeats or crops.
    """
    bundling.load(datasets.get(run.config["task"]), split)  # Fail fast on a split that is not there.
    rows, units, reference = [], {}, None
    for name, options in variants.items():
        console.say(f"\n{name}")
        work = conversion.begin(run, options)
        check_line(work)
        conversion.export_units(work)
        if name in YARDSTICK:
            yardstick(work, YARDSTICK[name])
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
    """The float chain: its operating points, and what it answers.

    Args:
        work: a conversion whose units are exported.
        chosen_on: `values_of` the images that the settings of the operating points are chosen on.
        values: of those that they are judged on.
    """

    def __init__(self, work: Conversion, chosen_on: Mapping, values: Mapping):
        self.kept = kept_exits.open_exits(work.network, work.run.config["stages"], work.policy)
        self.points = Grid(sweep(work, chosen_on), work.policy).solve(self.kept)
        self.moved_at = self.points.get(POINT) or next(iter(self.points.values()))
        own = sweep(work, values)
        self.answers, (moved,) = own.answers(), own.measure([self.moved_at.parameters], self.kept)
        self.way = moved.way

    def against(self, work: Conversion, values: Mapping) -> dict:
        """What a variant does, at the reference's settings.

        Returns:
            {"exits": accuracy by number, "points": {name: {"accuracy", "share": of all multiply-adds}}, "moved": share
            of the samples, "confidence": mean change, "sizes"}.
        """
        own, labels = sweep(work, values), values["labels"]
        settings = [self.moved_at.parameters, *(point.parameters for point in self.points.values())]
        moved, *measured = own.measure(settings, self.kept)
        whole = own.exit_costs(self.kept)[-1]
        compared = validate.compare_exits(work.end_names, self.answers, own.answers(), labels)
        return {
            "exits": {i: row["accuracy"] for i, row in enumerate(compared, 1) if self.kept[i - 1]},
            "points": {
                name: {"accuracy": found.accuracy, "share": float(np.mean(found.costs) / whole)}
                for name, found in zip(self.points, measured, strict=True)
            },
            "moved": float(np.mean(moved.way != self.way)),
            "confidence": float(np.mean([row["confidence_change"] for row in compared])),
            "sizes": sizes(work),
        }


def values_of(work: Conversion, split: str) -> dict[str, np.ndarray]:
    """What the exits of a variant answer and what decides reads, by name, with `labels`; unit by unit."""
    images, labels, _ = bundling.load(work.task, split)
    return conversion.converted_values(work, images) | {"labels": labels}


def sweep(work: Conversion, values: Mapping) -> Sweep:
    """The chain from what its units answered on: what decides is the same for all variants, in Keras."""
    seen = {name: value for name, value in values.items() if name != "labels"}
    return conversion.sweep_of(work, seen, values["labels"])


def sizes(work: Conversion) -> dict[str, tuple[int, int]]:
    """Bytes of every part, as it is and deflated, all exits kept and without what decides, which is alike."""
    _, groups = passes.group_runs(work.all_exits)
    found = {}
    for group in groups:
        contents = [work.units[name] for name in group.units]
        try:
            contents = [writer.link_groups([group], work.units)[group.name]]
        except FrugalError:
            pass  # what the runtime does not join is counted unit by unit
        found[group.name] = (sum(map(len, contents)), sum(len(zlib.compress(content, 9)) for content in contents))
    return found


def yardstick(work: Conversion, recipe_name: str) -> None:
    """Quantize the float units that do not decide with ai-edge-quantizer's recipe of that name, in chain order."""
    from ai_edge_quantizer import quantizer, recipe

    parts = work.chain.parts()
    images, _ = conversion.take(work.task, conversion.CALIBRATION_SPLIT, CALIBRATION_IMAGES, work.options.seed)
    chain = UnitChain(work.all_exits, work.units, work.defaults)
    for visit, _ in record(chain.session(work.task.normalise(images))).visits.values():
        name = visit.step["part"]
        if parts[name].keep_float:
            continue
        tool = quantizer.Quantizer(bytearray(work.units[name]), getattr(recipe, recipe_name)())
        feeds = [{port: value.real()[i : i + 1] for port, value in visit.inputs.items()} for i in range(len(images))]
        with _hushed():
            quantized = tool.quantize(tool.calibrate({"serving_default": feeds})).quantized_model
        work.units[name] = flatbuffer.with_weights_inside(quantized)


@contextlib.contextmanager
def _hushed():
    """Without what ai-edge-quantizer prints and draws, and its warning that it keeps all tensors to look at them."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as sink:
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(sink):
            yield
