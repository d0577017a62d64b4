"""The way from a run to a bundle, step by step; tools/convert.py is its command line."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache, cached_property

import keras
import numpy as np

from keras_models import datasets, policy
from keras_models.base import path_costs
from tflite.conversion import execute, export, latency, passes, quantize
from tflite.conversion.exits import choose_exits, improve_exits
from tflite.graph.link import Unit, link
from tools import bundling, console, operating_points, runs

REFIT_IMAGES, REFIT_EPOCHS = 6_000, 8
REFIT_FROM = 0.5  # benefit, in percent, that quantization may cost before the controllers are fitted again
CALIBRATION_SPLIT = "train[:10%]"
CHOICE_IMAGES = 300  # held-out images that decide between calibrations
HAND_OVER_US = 8.0  # copying activations from part to part, entering an interpreter and asking a rule, in Python
JUDGED_KAPPAS = (0.005, 0.01, 0.02, 0.05)  # prices at which the benefit of the controllers is looked at


@dataclass
class Work:
    """What the steps of a conversion share."""

    run: runs.Run
    options: object
    network: object
    task: object
    units: dict[str, bytes]
    program: list[dict]
    latencies: dict[str, float]
    calibration: dict | None

    @property
    def exit_names(self) -> list[str]:
        """Names of all exits, before any is dropped."""
        return passes.exit_names(self.network.program())

    @cached_property
    def answering(self) -> list[dict]:
        """The program up to its answers: every exit an answer that asks nobody."""
        return passes.drop_dead([{k: v for k, v in step.items() if k != "rule"} for step in self.program])

    @cached_property
    def controllers(self) -> list[str]:
        """The parts that only the rules of exits need."""
        needed = {step["part"] for step in execute.straight_steps(self.answering)}
        return [name for name in self.network.parts() if name not in needed]


def convert(run: runs.Run, options, folder) -> dict:
    """Convert a run and write a whole bundle into `folder`; returns the validation report."""
    begin = time.monotonic()
    keras.backend.clear_session()  # names of layers are counted up in a process, and stand in the parts
    keras.utils.set_random_seed(options.seed)  # Keras shuffles what it fits on by its global seed
    network, task = runs.load_model(run), datasets.get(run.config["task"])
    if options.exits not in ("all", "auto"):
        runs.listed_exits(options.exits, network.exits)  # a typing error is told before the work, not after
    work = Work(run, options, network, task, {}, network.program(), {}, None)
    export_units(work)
    judging = decision_inputs(work, *bundling.load(task, runs.HELD_OUT_SPLIT)[:2])
    before = as_trained(work)
    kept = choose_kept(work, judging)
    prices = exit_prices(work, kept)
    reference = before["inputs"]
    if not options.no_refit and needs_refit(work, before["inputs"], judging, kept, prices):
        refit(work, kept, prices)
        reference = None  # other controllers: the float network is no measure of what they decide
    export_controllers(work, kept)
    grid = operating_points.Grid(network, judging, options.minimise, reference=reference)
    points = grid.solve(kept, exit_prices(work, kept))
    report = bundling.write_bundle(work, folder, kept, points, judging, before)
    report["seconds"] = round(time.monotonic() - begin, 1)
    (folder / "validation.json").write_text(json.dumps(console.plain(report), indent=1) + "\n")
    console.say(f"converted in {report['seconds']:.0f} s")
    return report


def take(task, split: str, count: int, seed: int):
    """At most `count` images of a split, drawn without replacement, and their labels."""
    images, labels, _ = bundling.load(task, split)
    rows = np.sort(np.random.default_rng(seed).permutation(len(images))[:count])
    return images[rows], labels[rows]


def export_units(work: Work) -> None:
    """Every unit but the controllers, in the wanted precision: deciding units stay float32."""
    parts, mode = work.network.parts(), work.options.quantize
    names = [name for name in parts if name not in work.controllers]
    console.say(f"exporting {len(names)} units")
    single = "float32" if mode == "int8" else mode
    for name in names:
        work.units[name] = export.export_unit(parts[name].model, name, "float32" if parts[name].decides else single)
    if mode == "int8":
        deciding = {name for name in names if parts[name].decides}
        images, _ = take(work.task, CALIBRATION_SPLIT, work.options.calibration_images, work.options.seed)
        choice, _ = take(work.task, runs.POLICY_SPLIT, CHOICE_IMAGES, work.options.seed)
        result = quantize.quantize_chain(
            work.units,
            deciding,
            work.answering,
            work.network.parameters(),
            work.task.normalise(images),
            work.task.normalise(choice),
            pixel_range(work.task),
            console.say,
        )
        work.units |= result.units
        work.calibration = {"chosen": result.chosen, "scores": result.scores}
    work.latencies = latency.unit_latencies(work.units)


def pixel_range(task) -> tuple[float, float]:
    """Lowest and highest normalised pixel: an image's range is known and need not be observed."""
    ends = np.array([[0.0], [255.0]]) * np.array(task.scale) + np.array(task.offset)
    return float(ends.min()), float(ends.max())


def decision_inputs(work: Work, images, labels) -> dict:
    """What the controllers see on the converted chain, and the labels: logits, the values they read, labels."""
    program = work.answering
    units = [Unit(s["part"], work.units[s["part"]], s["inputs"], s["outputs"]) for s in execute.straight_steps(program)]
    answers = [step["value"] for step in program if step["op"] in ("exit", "answer")]
    constants = [step["output"] for step in work.program if step["op"] == "fill"]
    asking = [step for step in work.program if step.get("part") in work.controllers]
    seen = dict.fromkeys(value for step in asking for value in step["inputs"].values())
    names = answers + [value for value in seen if value not in answers + constants]
    linked = link(units, {"image": "image"}, {name: name for name in names})
    runner = execute.UnitRunner(linked)
    batch = execute.start_batch([], work.task.normalise(images), {})
    read = [runner.ports.outputs[name] for name in names]
    values = runner.run(runner.feeds(batch, {"image": "image"}), read)
    real = [
        value if value.dtype == np.float32 else execute.dequantize(value, runner.form(index)[1])
        for value, index in zip(values, read, strict=True)
    ]
    count = len(answers)
    others = zip(names[count:], real[count:], strict=True)
    return {"logits": np.stack(real[:count], axis=1), "labels": labels} | dict(others)


def as_trained(work: Work) -> dict:
    """The float network on the held-out split, in Keras, and its controllers before they are refitted."""
    images, _, _ = bundling.load(work.task, runs.HELD_OUT_SPLIT)
    inputs = work.network.decision_inputs(work.task.normalise(images))
    return {"inputs": inputs, "controllers": work.network.controllers.get_weights()}


def choose_kept(work: Work, judging: dict) -> np.ndarray:
    """Which exits stay, bool `[exits]`, by --exits."""
    exits, wanted = work.network.exits, work.options.exits
    trained = runs.policy_exits(work.run.config, exits)
    if wanted == "all":
        return trained
    if wanted != "auto":
        return listed(work, wanted, trained)
    segment, measure = segment_costs(work), work.options.minimise
    grid = operating_points.Grid(work.network, judging, measure, stride=2)
    points = grid.solve(trained, exit_prices(work, trained))
    del points[operating_points.FULL]
    kappas = [point.parameters.get("kappa", work.run.config["policy"]["kappa"]) for point in points.values()]
    ready = np.array([point.exits for point in points.values()])

    def open_segment(i: int, j: int) -> float:
        return segment(i, j) if trained[j] else np.inf

    chosen = choose_exits(grid.correct, ready, open_segment, kappas) if points else [exits - 1]

    def score(ends: list[int]) -> float:
        if not trained[ends].all():
            return np.inf
        spent = np.cumsum([segment(i, j) for i, j in zip([-1, *ends], ends, strict=False)])
        kept = np.isin(np.arange(exits), ends)
        return grid.score(kept, spent[np.searchsorted(ends, np.arange(exits))])

    chosen = improve_exits(chosen, exits, score)
    if len(chosen) > 1:
        console.say(f"exits that pay for themselves: {', '.join(str(k + 1) for k in chosen)} of {exits}")
    else:
        console.say(f"no exit before the last pays for itself; --exits all, or a list such as 1,{exits}, keeps some")
    return np.isin(np.arange(exits), chosen)


def listed(work: Work, text: str, trained: np.ndarray) -> np.ndarray:
    """The exits of a list, bool `[exits]`. Raises UserError if the controllers were not fitted for one of them."""
    kept = runs.listed_exits(text, work.network.exits)
    if (kept & ~trained).any():
        raise console.UserError(
            f"expected --exits among {work.run.config['policy']['exits']}, for which the controllers were fitted, "
            f"received {text!r}"
        )
    return kept


def segment_costs(work: Work):
    """A function (i, j): price units from behind exit i (-1 is the start) to the answer of exit j, nothing between.

    By measured latencies: a check costs its parts and a hand-over.
    """
    costs, exits = with_controllers(work), work.network.exits
    unit = work.network.price_unit(costs)

    @cache
    def segment_cost(i: int, j: int) -> float:
        ends = sorted({i, j, exits - 1} - {-1})
        spent = dict(
            zip(ends, path_costs(bundling.kept_program(work, np.isin(range(exits), ends)), costs), strict=True)
        )
        return (spent[j] - spent.get(i, 0.0) + HAND_OVER_US) / unit

    return segment_cost


def with_controllers(work: Work) -> dict[str, float]:
    """Latencies of all units before the controllers are final: they are so much alike that one stands for all."""
    if not work.controllers:
        return work.latencies
    first = work.controllers[0]
    exported = export.export_unit(work.network.parts()[first].model, first)
    measured = latency.unit_latencies(work.units | {first: exported})
    return measured | {name: measured[first] for name in work.controllers}


def part_prices(work: Work) -> dict[str, float]:
    """Price of a run of each unit, in the unit of --cost."""
    if work.options.cost == "macs":
        return {name: cost.macs for name, cost in work.network.part_costs.items()}
    return with_controllers(work)


def exit_prices(work: Work, kept: np.ndarray) -> np.ndarray:
    """Cost of leaving through each exit in average convolutions, `[exits]`; a dropped one what the next does."""
    prices = part_prices(work)
    spent = path_costs(bundling.kept_program(work, kept), prices)
    positions = np.searchsorted(np.flatnonzero(kept), np.arange(work.network.exits))
    unit = work.network.price_unit(None if work.options.cost == "macs" else prices)
    return spent[positions] / unit


def needs_refit(work: Work, float_inputs: dict, judging: dict, kept: np.ndarray, prices: np.ndarray) -> bool:
    """Whether the controllers lost benefit by what quantization changed, or were fitted for another cost.

    Fitting again moves exits by itself: where the converted chain shows the controllers what they know, they stay.
    """
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


def refit(work: Work, kept: np.ndarray, prices: np.ndarray) -> None:
    """Fit the controllers again, from where they are, on what the converted chain shows them."""
    fitting = decision_inputs(work, *take(work.task, runs.POLICY_SPLIT, REFIT_IMAGES, work.options.seed))
    console.say(f"refitting the controllers on {len(fitting['labels'])} images of {runs.POLICY_SPLIT}")
    keras.utils.set_random_seed(work.options.seed)  # Keras shuffles by its global generator
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
        seed=work.options.seed,
    )


def export_controllers(work: Work, kept: np.ndarray) -> None:
    """The controllers of the kept exits as they are now, in float32; another's latency stands for those left out."""
    parts = work.network.parts()
    ran = {step.get("part") for step in bundling.kept_program(work, kept)}
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
