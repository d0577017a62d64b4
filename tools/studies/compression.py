"""Variants of a run's units beside its float ones: answers, decisions, sizes and latencies."""

from __future__ import annotations

import contextlib
import io
import warnings
import zlib

import numpy as np

from keras_models import datasets
from keras_models.functional.evaluation import accuracy
from tflite.conversion import latency, passes, validate, writer
from tflite.conversion.unit_chain import UnitChain, record
from tflite.errors import FrugalError
from tflite.graph import flatbuffer
from tools import bundling, console, conversion, operating_points, runs

YARDSTICK = {"yardstick int8": "static_wi8_ai8", "yardstick 16x8": "static_wi8_ai16"}
CHUNK = 400  # images whose activations are in memory at a time
POINT = "balanced"  # at whose setting moved images are counted


def compare(run: runs.Run, variants: dict, split: str = runs.HELD_OUT_SPLIT) -> dict:
    """One row a variant, the float chain first, judged on a split.

    variants: name -> options of a conversion. The settings are always chosen on the held-out split.
    """
    bundling.load(datasets.get(run.config["task"]), split)  # one that is not there is told before the work
    rows, units, reference = [], {}, None
    for name, options in variants.items():
        console.say(f"\n{name}")
        work = conversion.begin(run, options)
        conversion.export_units(work)
        if name in YARDSTICK:
            yardstick(work, YARDSTICK[name])
        seen = decision_inputs(work, split)
        if reference is None:
            chosen_on = seen if split == runs.HELD_OUT_SPLIT else decision_inputs(work, runs.HELD_OUT_SPLIT)
            reference = Reference(work, chosen_on, seen)
        rows.append({"name": name} | reference.against(work, seen))
        units |= {(name, unit): content for unit, content in work.units.items()}
    times = latency.unit_latencies(units)  # all variants in turns
    for row in rows:
        row["latency_us"] = sum(time for (name, _), time in times.items() if name == row["name"])
    settings = {name: point.parameters for name, point in reference.points.items()}
    told = {"task": run.config["task"], "split": split, "samples": len(seen["labels"])}
    return told | {"settings": settings, "variants": rows}


class Reference:
    """The float chain: its operating points, and what it answers.

    work: a conversion whose units are exported. chosen_on: their decision inputs on the images that the settings of the
    operating points are chosen on. seen: on those that they are judged on.
    """

    def __init__(self, work, chosen_on: dict, seen: dict):
        self.seen, self.kept = seen, runs.trained_exits(work.run.config, len(work.exit_names))
        self.costs = np.asarray(work.chain.exit_costs(), float)
        self.points = operating_points.Grid(work.policy.look(chosen_on)).solve(self.kept, self.costs)
        self.moved_at = self.points.get(POINT) or next(iter(self.points.values()))

    def against(self, work, seen: dict) -> dict:
        """What a variant does, at the reference's settings."""
        look, before = work.policy.look(seen), work.policy.look(self.seen)
        exits = {name: look.exits(point.parameters, self.kept) for name, point in self.points.items()}
        compared = validate.compare_exits(work.exit_names, self.seen["logits"], seen["logits"], seen["labels"])
        moved = look.exits(self.moved_at.parameters, self.kept) != before.exits(self.moved_at.parameters, self.kept)
        return {
            "exits": {i: row["accuracy"] for i, row in enumerate(compared, 1) if self.kept[i - 1]},
            "points": {
                name: {
                    "accuracy": accuracy(look.correct, taken),
                    "share": float(np.mean(self.costs[taken]) / self.costs[-1]),  # of all multiply-adds
                }
                for name, taken in exits.items()
            },
            "moved": float(np.mean(moved)),
            "confidence": float(np.mean([row["confidence_change"] for row in compared])),
            "sizes": sizes(work),
        }


def decision_inputs(work, split: str) -> dict:
    """What policies see of the units on a split, unit by unit: forms that cannot be joined pass as well."""
    images, labels, _ = bundling.load(work.task, split)
    answers, others = conversion.decision_values(work)
    chain, rows = UnitChain(work.answering, work.units, work.chain.parameters()), []
    for start in console.progress(range(0, len(images), CHUNK), f"images of {split}"):
        session = chain.session(work.task.normalise(images[start : start + CHUNK]))
        seen = session.run(trace=True, keep=[*answers, *others])
        rows.append([np.stack([seen.kept[name].real for name in answers], 1), *(seen.kept[n].real for n in others)])
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    return dict(zip(["logits", *others], columns, strict=True)) | {"labels": labels}


def sizes(work) -> dict[str, tuple[int, int]]:
    """Bytes of every part, as it is and deflated, all exits kept and without controllers, which are alike."""
    _, groups = passes.group_runs(work.answering)
    found = {}
    for group in groups:
        contents = [work.units[name] for name in group.units]
        try:
            contents = [writer.link_groups([group], work.units)[group.name]]
        except FrugalError:
            pass  # what the runtime does not join is counted unit by unit
        found[group.name] = (sum(map(len, contents)), sum(len(zlib.compress(content, 9)) for content in contents))
    return found


def yardstick(work, recipe_name: str) -> None:
    """Quantize the float units that do not decide with ai-edge-quantizer's recipe of that name, in chain order."""
    from ai_edge_quantizer import quantizer, recipe

    parts = work.chain.parts()
    images, _ = conversion.take(work.task, conversion.CALIBRATION_SPLIT, 64, work.options.seed)
    chain = UnitChain(work.answering, work.units, work.chain.parameters())
    for visit, _ in record(chain.session(work.task.normalise(images))).visits.values():
        name = visit.step["part"]
        if parts[name].decides:
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
