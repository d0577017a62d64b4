"""The way from a run to a bundle, step by step; tools/convert.py is its command line."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import keras
import numpy as np

from keras_models import datasets, programs, seeding
from keras_models.early_exit import EarlyExit, listed_exits
from keras_models.functional import evaluation
from keras_models.policies import choice, names, operating_points
from keras_models.policies.operating_points import Grid
from tflite.conversion import calibrate, export, latency, quantize, ranges
from tflite.conversion.chain_units import ChainUnits
from tools import console
from tools.pipeline import bundling, compression, judge, kept_exits, runs, training
from tools.pipeline.options import ConversionOptions
from tools.pipeline.sweep import Sweep, chain_sweep, declared, with_tables

FITTING_IMAGES = 6_000  # that a program is run on where every setting takes a run; one in a line is run once, on all
REFIT_FROM = 0.5  # benefit, in percent, that quantization may cost before a stage is fitted again
CALIBRATION_SPLIT = "train[:10%]"
PROMISED_SPLIT = "test"  # of whose size images operating points promise what they lose
CHOICE_IMAGES = 300  # held-out images that decide between calibrations


@dataclass
class Conversion(ChainUnits):
    """What the steps of a conversion share: the chain of its policy, its units, and where they come from.

    Attributes:
        run, options: what is converted, and how.
        network, task, policy: of the run, and who decides.
    """

    run: runs.Run
    options: ConversionOptions
    network: object
    task: object
    policy: object
    chain: object = field(init=False)

    def __post_init__(self):
        self.chain = self.policy.chain

    @cached_property
    def judge(self):
        """Who compares answers with what is right."""
        return judge.of_chain(self.chain, self.task)

    @property
    def scoring(self) -> quantize.Scoring:
        """How int8 chains are compared with the float one."""
        return quantize.Scoring(self.judge.divergence() or calibrate.divergence, declared(self.chain))

    def unit_prices(self) -> Mapping[str, float]:
        """Price of a run of each unit, in the unit of `options.cost`."""
        return self.chain.part_macs if self.options.cost == "macs" else kept_exits.decided_prices(self)


def convert(run: runs.Run, options: ConversionOptions, folder) -> dict:
    """Convert a run and write a whole bundle into a folder; returns the validation report."""
    begun = time.monotonic()
    work = begin(run, options)
    export_units(work)
    images, labels, groups = bundling.load(work.task, runs.HELD_OUT_SPLIT)
    inputs = work.task.values(images, groups)
    # A network in a line may tell itself what a sweep over it starts from.
    floats = work.network.observe(datasets.network_input(inputs)) if programs.in_a_line(work.program) else {}
    floats, converted = floats or converted_values(work, inputs, {}), converted_values(work, inputs)
    reference, sweep = sweep_of(work, floats, labels), sweep_of(work, converted, labels, work.units)
    values, labels = fitting_values(work)
    kept = kept_exits.choose(work, sweep_of(work, values, labels, work.units))
    sweep = refit(work, kept, floats, converted, sweep, values | {"labels": labels})
    work.export_deciding(kept)
    fitting = sweep_of(work, values, labels, work.units)
    pairs = evaluation.source_pairs(work.task.sources(runs.HELD_OUT_SPLIT))
    known = {"pairs": pairs, "others": dict(work.task.sizes).get(PROMISED_SPLIT)}
    points = Grid(sweep, work.policy, options.minimise, reference=reference, fitting=fitting, **known).solve(kept)
    tell_unshown(work, points, len(images))
    report = bundling.write_bundle(work, folder, kept, points, sweep, reference)
    report["seconds"] = round(time.monotonic() - begun, 1)
    console.write_text(folder / "validation.json", console.as_json(report))
    console.say(f"converted in {report['seconds']:.0f} s")
    return report


def tell_unshown(work: Conversion, points: Mapping, samples: int) -> None:
    """Note the tolerances for which there is no operating point, of a policy that has settings."""
    if missing := {} if work.policy.fixed or not work.chain.parameters() else operating_points.unshown(points):
        lost = ", ".join(f"{most:g} ({name})" for name, most in missing.items())
        work.notes.append(
            f"No operating point loses at most {lost} points as far as {samples:,} held-out images can show: more of "
            "them show more."
        )
        console.say(work.notes[-1])


def begin(run: runs.Run, options: ConversionOptions) -> Conversion:
    """A conversion of a run before its first step."""
    keras.backend.clear_session()  # names of layers are counted up in a process, and stand in the parts
    seeding.set_random_seed(options.seed)  # Keras shuffles what it fits on by its global seed
    network, task = runs.load_for(run, options.policy), datasets.get(run.config["task"])
    if options.exits not in ("all", "auto"):
        exits = len(network.exit_names) if isinstance(network, EarlyExit) else 1
        listed_exits(options.exits, np.ones(exits, bool))  # Fail fast on an invalid list.
    return Conversion(run, options, network, task, choice.parse(options.policy, network))


def take(task, split: str, count: int | None, seed: int):
    """At most `count` images of a split, drawn without replacement, or all.

    Returns (what a program starts from, by name, float32 `[count, ...]`; their labels).
    """
    images, labels, groups = bundling.load(task, split)
    rows = np.sort(np.random.default_rng(seed).permutation(len(images))[:count])
    return task.values(images[rows], None if groups is None else groups[rows]), labels[rows]


def export_units(work: Conversion) -> None:
    """Every unit but those that decide at exits, in the wanted precision; `keep_float` ones stay float32."""
    names_, mode = [name for name in work.chain.parts() if name not in work.deciding], work.options.quantize
    here = [name for name in names_ if name not in work.on_server]
    wide = export.int16_parts(work.options.int16, here, work.deciding)
    console.say(f"exporting {len(names_)} units")
    kept_float = work.export(names_, "float32" if mode == "int8" else mode, wide)
    if work.options.prune or work.options.cluster:
        work.units = compression.shrink(work, work.units, kept_float)
    if mode == "int8":
        quantize_units(work, kept_float, wide)
    work.latencies = latency.unit_latencies(work.units)
    if wide:
        took, whole = (sum(work.latencies[name] for name in some) for some in (wide, work.units))
        named = "all parts" if wide >= {*names_} else ", ".join(name for name in names_ if name in wide)
        work.notes.append(
            f"activations of 16 bits over weights of 8 in {named}, which take {took:.0f} of the {whole:.0f} us of all "
            "parts here"
        )


def quantize_units(work: Conversion, kept_float: set[str], wide: Collection[str] = ()) -> None:
    """The units as int8, calibrated, and trained through the rounding if that is asked for.

    wide: names of those with activations of 16 bits.
    """
    wanted = (CALIBRATION_SPLIT, work.options.calibration_images), (runs.POLICY_SPLIT, CHOICE_IMAGES)
    images, choosing = (with_tables(work.chain, take(work.task, *some, work.options.seed)[0]) for some in wanted)
    pixels = work.task.pixel_range  # known, and need not be observed
    result = quantize.quantize_chain(
        work.units, kept_float, work.all_exits, work.defaults, images, choosing, pixels, console.say, wide, work.scoring
    )
    work.calibration = {"chosen": result.chosen, "scores": result.scores}
    work.notes += result.notes
    for note in result.notes:
        console.say(note)
    if work.options.qat:
        work.units = compression.quantization_aware(work, work.units, kept_float, result.ranges, pixels)
        made = ranges.quantize_units(work.units, result.ranges)
        given = work.all_exits, work.defaults, images, choosing, console.say, work.scoring
        work.units |= quantize.correct_trained(made, work.units, *given)
    else:
        work.units |= result.units


def converted_values(work: Conversion, inputs: dict, units: Mapping[str, bytes] | None = None) -> dict[str, np.ndarray]:
    """What a sweep starts from: values of a program in a line, else the inputs themselves.

    inputs: as `Task.values` gives them. units: as for `sweep_of`; None is the converted ones.
    """
    if not programs.in_a_line(work.program):
        return inputs
    count = len(next(iter(inputs.values())))
    made = sweep_of(work, inputs, np.zeros(count, int), work.units if units is None else units)
    return made.record(work.read_values())


def fitting_values(work: Conversion) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What a sweep starts from on the images that policies are fitted on, and their labels."""
    count = None if programs.in_a_line(work.program) else FITTING_IMAGES
    inputs, labels = take(work.task, runs.POLICY_SPLIT, count, work.options.seed)
    return converted_values(work, inputs), labels


def sweep_of(work: Conversion, values: dict, labels, units: Mapping[str, bytes] | None = None) -> Sweep:
    """The chain on labelled samples: parts that have a unit as that, all others in Keras."""
    return chain_sweep(work.chain, values, labels, work.unit_prices(), units, work.judge)


def refit(work: Conversion, kept, floats: dict, converted: dict, sweep: Sweep, fitting: dict) -> Sweep:
    """Fit again what was fitted on values that quantization changed, where that helps; returns the sweep to go on with.

    It stays as it was if the operating points of the held-out split get no cheaper by it. fitting: the converted
    chain's values on the images that policies are fitted on, with their `labels`.
    """
    stage = refittable(work, kept)
    if stage is None:
        return sweep
    costs = None if work.options.cost == "macs" else work.unit_prices()
    trained = work.run.config["stages"][stage.name].get("cost", "macs")
    if work.options.cost == stage.settings.get("cost", "macs") == trained:
        scores = (stage.score(values, sweep.labels, costs) for values in (floats, converted))
        before, now = (float(np.mean([row["benefit"] for row in rows])) for rows in scores)
        console.say(f"benefit of the {stage.name}: {before:.2f} on the float chain, {now:.2f} on this one")
        if before - now <= REFIT_FROM:
            return sweep
    console.say(f"refitting the {stage.name} on {len(fitting['labels'])} images of {runs.POLICY_SPLIT}")
    as_trained = [np.array(weight) for weight in stage.weights]
    seeding.set_random_seed(work.options.seed)  # Keras shuffles by its global generator
    training.fit_values(stage, fitting, costs)
    again = sweep_of(work, converted, sweep.labels)
    before, after = (Grid(one, work.policy, work.options.minimise).score(kept) for one in (sweep, again))
    if after < before:
        return again
    for weight, value in zip(stage.weights, as_trained, strict=True):
        weight.assign(value)
    console.say(f"fitted again they are no better: the {stage.name} stay as they were trained")
    return sweep


def refittable(work: Conversion, kept):
    """The stage that may be fitted again, for the kept exits and the cost of this conversion; None if there is none."""
    in_a_line = programs.in_a_line(work.chain.program())  # else no image has all the values that a stage may read
    if not (work.options.refit and in_a_line and work.policy.name == names.OWN):
        return None
    settings = work.run.config["stages"]
    for stage in work.network.stages(settings, work.options.seed):
        if stage.refit is not None:
            wanted = {"cost": work.options.cost}
            if kept is not None and not kept.all():
                wanted["exits"] = ",".join(str(i + 1) for i in np.flatnonzero(kept))
            changed = {name: value for name, value in wanted.items() if name in stage.settings} | dict(stage.refit)
            again = settings | {stage.name: dict(settings[stage.name]) | changed}
            return next(s for s in work.network.stages(again, work.options.seed) if s.name == stage.name)
    return None


def check_drop(report: dict, allowed: float) -> None:
    """Raises ConversionError if an operating point lost more than `allowed` points of a hundred against float."""
    for row in report["operating_points"]:
        drop = 100 * (row["float_accuracy"] - row["accuracy"])
        if drop > allowed:
            raise export.ConversionError(
                f"operating point {row['name']} loses {drop:.2f} points against float: expected at most {allowed}"
            )
