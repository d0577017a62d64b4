"""The way from a run to a bundle, step by step; tools/convert.py is its command line."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from keras_models import datasets, policy, seeding
from tflite.batched.units import UnitRunner
from tflite.batched.values import Value
from tflite.conversion import export, latency, passes, quantize, ranges
from tflite.graph.link import Unit, link
from tools import bundling, compression, console, kept_exits, operating_points, policies, runs

REFIT_IMAGES, REFIT_EPOCHS = 6_000, 8
REFIT_FROM = 0.5  # benefit, in percent, that quantization may cost before the controllers are fitted again
CALIBRATION_SPLIT = "train[:10%]"
CHOICE_IMAGES = 300  # held-out images that decide between calibrations
JUDGED_KAPPAS = (0.005, 0.01, 0.02, 0.05)  # prices at which the benefit of the controllers is looked at


@dataclass
class Work:
    """What the steps of a conversion share."""

    run: runs.Run
    options: object
    network: object
    task: object
    policy: object
    units: dict[str, bytes]
    latencies: dict[str, float]
    calibration: dict | None

    @property
    def chain(self):
        """What is deployed of the network with its policy (`keras_models.base.Deployable`)."""
        return self.policy.chain

    @cached_property
    def program(self) -> list[dict]:
        """The chain's program, before any exit is dropped."""
        return self.chain.program()

    @cached_property
    def exit_names(self) -> list[str]:
        """Names of all exits, before any is dropped."""
        return passes.exit_names(self.program)

    @cached_property
    def answering(self) -> list[dict]:
        """The program up to its answers: every exit an answer that asks nobody."""
        return passes.without_exit_rules(self.program)

    @cached_property
    def controllers(self) -> list[str]:
        """The parts that only the rules of exits need."""
        needed = {step["part"] for step in passes.run_steps(self.answering)}
        return [name for name in self.chain.parts() if name not in needed]

    def kept_program(self, kept) -> list[dict]:
        """The program with the kept exits alone, bool `[exits]`, and nothing that only the dropped ones needed."""
        names = {name for name, keep in zip(self.exit_names, kept, strict=True) if keep}
        return passes.drop_dead(passes.keep_exits(self.program, names))


def convert(run: runs.Run, options, folder) -> dict:
    """Convert a run and write a whole bundle into `folder`; returns the validation report."""
    begun = time.monotonic()
    work = begin(run, options)
    export_units(work)
    judging = decision_inputs(work, *bundling.load(work.task, runs.HELD_OUT_SPLIT)[:2])
    floats = as_trained(work)
    on_float, look = work.policy.look(floats), work.policy.look(judging)
    kept = kept_exits.choose(work, look)
    prices = kept_exits.exit_prices(work, kept)
    if not options.no_refit and needs_refit(work, floats, judging, kept, prices):
        again = refit(work, kept, prices, judging, look)
        if again is not look:
            on_float, look = work.policy.look(floats), again
    export_controllers(work, kept)
    grid = operating_points.Grid(look, options.minimise, reference=on_float)
    points = grid.solve(kept, kept_exits.exit_prices(work, kept))
    report = bundling.write_bundle(work, folder, kept, points, judging, floats, on_float)
    report["seconds"] = round(time.monotonic() - begun, 1)
    (folder / "validation.json").write_text(json.dumps(console.plain(report), indent=1) + "\n")
    console.say(f"converted in {report['seconds']:.0f} s")
    return report


def begin(run: runs.Run, options) -> Work:
    """A conversion of a run before its first step."""
    keras.backend.clear_session()  # names of layers are counted up in a process, and stand in the parts
    seeding.set_random_seed(options.seed)  # Keras shuffles what it fits on by its global seed
    network, task = runs.load_model(run), datasets.get(run.config["task"])
    if options.exits not in ("all", "auto"):
        runs.listed_exits(options.exits, network.exits)  # a typing error is told before the work, not after
    return Work(run, options, network, task, policies.parse(options.policy, network), {}, {}, None)


def take(task, split: str, count: int, seed: int):
    """At most `count` images of a split, drawn without replacement, and their labels."""
    images, labels, _ = bundling.load(task, split)
    rows = np.sort(np.random.default_rng(seed).permutation(len(images))[:count])
    return images[rows], labels[rows]


def export_units(work: Work) -> None:
    """Every unit but the controllers, in the wanted precision: deciding units stay float32."""
    parts, mode = work.chain.parts(), work.options.quantize
    names = [name for name in parts if name not in work.controllers]
    deciding = {name for name in names if parts[name].decides}
    console.say(f"exporting {len(names)} units")
    single = "float32" if mode == "int8" else mode
    for name in names:
        work.units[name] = export.export_unit(parts[name].model, name, "float32" if name in deciding else single)
    if work.options.prune or work.options.cluster:
        work.units = compression.shrink(work, work.units, deciding)
    if mode == "int8":
        quantize_units(work, deciding)
    work.latencies = latency.unit_latencies(work.units)


def quantize_units(work: Work, deciding: set[str]) -> None:
    """The units that do not decide as int8, calibrated, and trained through the rounding if that is asked for."""
    images, _ = take(work.task, CALIBRATION_SPLIT, work.options.calibration_images, work.options.seed)
    choice, _ = take(work.task, runs.POLICY_SPLIT, CHOICE_IMAGES, work.options.seed)
    pixels = pixel_range(work.task)
    result = quantize.quantize_chain(
        work.units,
        deciding,
        work.answering,
        work.chain.parameters(),
        work.task.normalise(images),
        work.task.normalise(choice),
        pixels,
        console.say,
    )
    for note in result.notes:
        console.say(note)
    work.calibration = {"chosen": result.chosen, "scores": result.scores, "notes": list(result.notes)}
    if work.options.qat:
        work.units = compression.quantization_aware(work, work.units, deciding, result.ranges, pixels)
        work.units |= ranges.quantize_units(work.units, result.ranges)
    else:
        work.units |= result.units


def pixel_range(task) -> tuple[float, float]:
    """Lowest and highest normalised pixel: an image's range is known and need not be observed."""
    ends = np.array([[0.0], [255.0]]) * np.array(task.scale) + np.array(task.offset)
    return float(ends.min()), float(ends.max())


def decision_inputs(work: Work, images, labels) -> dict:
    """What the controllers see on the converted chain, and the labels: logits, the values they read, labels."""
    steps = passes.straight_steps(work.answering)
    units = [Unit(step["part"], work.units[step["part"]], step["inputs"], step["outputs"]) for step in steps]
    answers, others = decision_values(work)
    names = answers + others
    linked = link(units, {"image": "image"}, {name: name for name in names})
    outputs = UnitRunner(linked)({"image": Value(work.task.normalise(images))})
    real = [outputs[name].real() for name in names]
    count = len(answers)
    return {"logits": np.stack(real[:count], 1), "labels": labels} | dict(zip(others, real[count:], strict=True))


def decision_values(work: Work) -> tuple[list[str], list[str]]:
    """Names of the answers, and of the other values that controllers read of the chain."""
    steps = passes.straight_steps(work.answering)
    answers = [step["value"] for step in work.answering if step["op"] in ("exit", "answer")]
    made = {value for step in steps for value in step["outputs"].values()}
    asking = [step for step in work.program if step.get("part") in work.controllers]
    seen = dict.fromkeys(value for step in asking for value in step["inputs"].values())
    return answers, [value for value in seen if value in made and value not in answers]


def as_trained(work: Work) -> dict:
    """The float network's decision inputs on the held-out split, in Keras, with its `labels`."""
    images, labels, _ = bundling.load(work.task, runs.HELD_OUT_SPLIT)
    return work.network.decision_inputs(work.task.normalise(images)) | {"labels": labels}


def needs_refit(work: Work, float_inputs: dict, judging: dict, kept: np.ndarray, prices: np.ndarray) -> bool:
    """Whether the controllers lost benefit by what quantization changed, or were fitted for another cost.

    Fitting again moves exits by itself: where the converted chain shows the controllers what they know, they stay.
    """
    if work.policy.name != policies.CONTROLLERS:
        return False
    if work.options.cost != work.run.config["policy"]["cost"]:
        return True
    floats, now = (
        np.mean(
            [p["benefit"] for p in policy.score(work.network, inputs, judging["labels"], prices, kept, JUDGED_KAPPAS)]
        )
        for inputs in (float_inputs, judging)
    )
    console.say(f"benefit of the controllers: {floats:.2f} on the float chain, {now:.2f} on this one")
    return bool(floats - now > REFIT_FROM)


def refit(work: Work, kept: np.ndarray, prices: np.ndarray, judging: dict, look):
    """Fit the controllers again, from where they are, on what the converted chain shows them.

    They stay as they were if the operating points of the held-out split get no cheaper by it. look: what they say there
    before; returned is what those say that are kept.
    """
    as_trained = work.network.controllers.get_weights()
    fitting = decision_inputs(work, *take(work.task, runs.POLICY_SPLIT, REFIT_IMAGES, work.options.seed))
    console.say(f"refitting the controllers on {len(fitting['labels'])} images of {runs.POLICY_SPLIT}")
    seeding.set_random_seed(work.options.seed)  # Keras shuffles by its global generator
    policy.fit_controllers(
        work.network,
        fitting,
        fitting["labels"],
        kappa=work.run.config["policy"]["kappa"],
        exit_prices=prices,
        kept=kept,
        epochs=REFIT_EPOCHS,
        learning_rate=0.003,
        warm_up=0.0,
        kappa_weighting=work.run.config["policy"].get("kappa_weighting", 0.0),
        seed=work.options.seed,
    )
    again = work.policy.look(judging)
    before, after = (operating_points.Grid(seen, work.options.minimise).score(kept, prices) for seen in (look, again))
    if after < before:
        return again
    work.network.controllers.set_weights(as_trained)
    console.say("fitted again they are no better: the controllers stay as they were trained")
    return look


def export_controllers(work: Work, kept: np.ndarray) -> None:
    """The controllers of the kept exits as they are now, in float32; another's latency stands for those left out."""
    parts = work.chain.parts()
    ran = {step.get("part") for step in work.kept_program(kept)}
    used = [name for name in work.controllers if name in ran]
    for name in used:
        work.units[name] = export.export_unit(parts[name].model, name)
    work.latencies = latency.unit_latencies(work.units)
    for name in parts:
        work.latencies.setdefault(name, work.latencies[used[0]] if used else 0.0)


def check_drop(report: dict, allowed: float) -> None:
    """Raises ConversionError if an operating point lost more than `allowed` points of a hundred against float."""
    for row in report["operating_points"]:
        drop = 100 * (row["float_accuracy"] - row["accuracy"])
        if drop > allowed:
            raise export.ConversionError(
                f"operating point {row['name']} loses {drop:.2f} points against float: expected at most {allowed}"
            )
