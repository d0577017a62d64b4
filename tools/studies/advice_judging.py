"""What the ways of an advice give on held-out images as int8 chains, and what they cost.

Held-out images are those of the splits that no network is trained on, less the test images, which no choice may see.
Settings are chosen on one half and judged on the other, and the other way round, so that every image judges once.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

import tflite
from keras_models import datasets, files, presets
from keras_models.policies import choice
from keras_models.policies.operating_points import Grid, Measured, Setting, cheapest
from tflite.bundle import replacing, write_manifest
from tflite.runtime import timing
from tools import console, native
from tools.phone import laboratory
from tools.pipeline import bundling, conversion, kept_exits, part_prices, policy_evaluation, runs
from tools.pipeline.options import ConversionOptions
from tools.pipeline.sweep import Sweep
from tools.studies.advice import CASCADE, Advice, Candidate, run_of

TOLERANCES = (5.0, 2.0, 1.0, 0.5, 0.2, 0.0)  # points lost against a chain's own full depth, of the curves
OVERHEADS = {  # of handing on to a part, and asking a rule
    "latency": kept_exits.DISPATCH_OVERHEAD_US,
    "arm64": kept_exits.DISPATCH_OVERHEAD_INSTRUCTIONS,
    "macs": 0.0,
}
MOST = 4  # exits before the last of which every choice is tried; of more all are kept
TIMED, ROUNDS = 200, 5  # images that the clock sees, and how often
BUNDLES = "bundles"


@dataclass(frozen=True)
class Pool:
    """Held-out images `[n, h, w, c]`, uint8, and labels, in an order that is drawn."""

    images: np.ndarray
    labels: np.ndarray

    def rows(self, half: int) -> np.ndarray:
        """Those of a half, 0 or 1: every second one."""
        return np.arange(half, len(self.labels), 2)


@dataclass(frozen=True)
class Judged:
    """What a way gave on the pool.

    Attributes:
        candidate: the way.
        right: bool `[n]`.
        costs: unit -> float `[n]`; "latency" is the sum of the parts' own, in microseconds: `time` asks the clock.
        chosen: what was chosen for each half on the other: {"parameters", "exits": name -> share that leaves there}.
        curve: (mean multiply-adds, accuracy) for each of the tolerances.
    """

    candidate: Candidate
    right: np.ndarray
    costs: dict[str, np.ndarray]
    chosen: list[dict]
    curve: list


@dataclass(frozen=True)
class Half:
    """A chain on the images of one half. prices: unit -> part -> price of a run."""

    sweep: Sweep
    prices: Mapping[str, Mapping[str, float]]

    def spent(self, kept: np.ndarray, unit: str) -> np.ndarray:
        """Cost of leaving through each exit, handing on included, `[exits]`."""
        return self.sweep.exit_costs(kept, self.prices[unit]) + OVERHEADS[unit] * np.maximum(1, np.cumsum(kept))

    def settings(self, work, unit: str) -> list[tuple[np.ndarray, Setting]]:
        """Every choice of exits, and every setting of the policy with it, at the costs of a unit."""
        opened = choice.open_exits(work.network, work.run.config["stages"], work.policy)
        found = []
        for kept in _choices(opened):
            grid = Grid(self.sweep.at_prices(self.spent(kept, unit)), work.policy)
            full = grid.full_depth(kept)
            found += [(kept, setting) for setting in (*grid.settings(full, kept), full)]
        return found

    def measure(self, kept: np.ndarray, setting: Setting) -> Measured:
        """What a setting gives here."""
        return self.sweep.measure([setting.parameters], kept)[0]


def _choices(opened: np.ndarray) -> list[np.ndarray]:
    """The sets of exits that are tried, bool `[exits]` each: the last one is in all of them."""
    places = np.flatnonzero(opened[:-1])
    if len(places) > MOST:
        return [opened]
    found = []
    for number in range(len(places) + 1):
        for some in itertools.combinations(places, number):
            found.append(np.isin(np.arange(len(opened)), [*some, len(opened) - 1]))
    return found


def enough(tried: Sequence[tuple], accuracy: float) -> tuple[np.ndarray, Setting]:
    """The cheapest setting, with its exits, that reaches an accuracy with some margin; else the most accurate one."""
    settings = [setting for _, setting in tried]
    found = cheapest(settings, accuracy, 0.0) or max(settings, key=lambda s: (s.accuracy, -s.cost))
    return next((kept, setting) for kept, setting in tried if setting is found)


def pool(task, images: int, seed: int) -> Pool:
    """At most so many held-out images, in the order that a seed draws."""
    splits = [bundling.load(task, split)[:2] for split in (runs.POLICY_SPLIT, runs.HELD_OUT_SPLIT)]
    pixels, labels = (np.concatenate(parts) for parts in zip(*splits, strict=True))
    rows = np.random.default_rng(seed).permutation(len(labels))[:images]
    return Pool(pixels[rows], labels[rows])


def units(cost: str) -> tuple[tuple[str, ...], str | None]:
    """What can be counted here, and why arm64 instructions cannot. Raises UserError if they are to be saved."""
    try:
        laboratory.prepare()
    except console.UserError as error:
        if cost == "arm64":
            raise
        return ("latency", "macs"), str(error)
    return ("latency", "macs", "arm64"), None


class Judge:
    """Judges candidates in turn, the network whole first: what it reaches is what the others are to keep.

    given, seen: the advice, and the images. counted: units that can be counted.
    """

    def __init__(self, given: Advice, seen: Pool, counted: Sequence[str]):
        self.advice, self.pool, self.counted = given, seen, counted
        self.first: Judged | None = None

    def __call__(self, candidate: Candidate) -> Judged:
        """What a candidate gives; read where it is known already."""
        file = self.advice.folder / "judged" / f"{candidate.name}.json"
        arrays = runs.kept(file.with_suffix(".npz"), files.arrays)
        known = arrays and runs.kept(file, presets.read_object)
        if known and set(self.counted) < set(arrays) and bundles(self.advice, candidate.name):
            right = arrays.pop("right").astype(bool)
            found = Judged(candidate, right, arrays, known["chosen"], known["curve"])
        else:
            console.say(f"converting and judging {candidate.label}")
            found = self._judge(candidate)
            file.parent.mkdir(exist_ok=True)
            files.write_arrays(file.with_suffix(".npz"), right=found.right, **found.costs)
            runs.write_json(file, console.plain({"chosen": found.chosen, "curve": found.curve}))
        self.first = self.first or found
        return found

    def _judge(self, candidate: Candidate) -> Judged:
        work = _converted(self.advice, candidate)
        values = conversion.converted_values(work, work.task.values(self.pool.images))
        prices = {unit: _prices(work, unit) for unit in self.counted}
        halves = [self._half(work, values, self.pool.rows(half), prices) for half in (0, 1)]
        right, curve, chosen = np.zeros(len(self.pool.labels), bool), np.zeros((len(TOLERANCES), 2)), []
        costs = {unit: np.zeros(len(right)) for unit in self.counted}
        for half, (judging, fitting) in enumerate((halves, halves[::-1])):
            rows, tried = self.pool.rows(half), fitting.settings(work, self.advice.asked.cost)
            kept, setting = enough(tried, self._target(self.pool.rows(1 - half)))
            measured = judging.measure(kept, setting)
            right[rows] = measured.right
            for unit, cost in costs.items():
                cost[rows] = judging.spent(kept, unit)[measured.way]
            ends = policy_evaluation.ends(judging.sweep, measured)
            chosen.append({"parameters": setting.parameters, "exits": ends})
            curve += [_point(judging, *enough(tried, tried[-1][1].accuracy - lost / 100)) for lost in TOLERANCES]
            if half == 0 or len(tried) > 1:
                _write_chain(work, self.advice.folder / BUNDLES / f"{candidate.name}_{half}", kept, setting)
        return Judged(candidate, right, costs, chosen, (curve / 2).tolist())

    def _half(self, work, values, rows, prices) -> Half:
        some = {name: value[rows] for name, value in values.items()}
        return Half(conversion.sweep_of(work, some, self.pool.labels[rows], work.units), prices)

    def _target(self, rows) -> float:
        """The accuracy to reach on some rows, 0..1; of the network whole: anything."""
        wanted = self.advice.asked.wanted
        if wanted.accuracy is not None:
            return wanted.accuracy
        return 0.0 if self.first is None else float(self.first.right[rows].mean()) - wanted.points / 100


def _converted(given: Advice, candidate: Candidate) -> conversion.Conversion:
    """A candidate's chain as int8 parts."""
    keras.backend.clear_session()
    run, task = run_of(given, candidate), datasets.get(candidate.config["task"])
    if candidate.kind == CASCADE:
        network = presets.build(candidate.config, task.input_shape, task.classes)
    else:
        network = runs.load_first_stage(run)
    options = ConversionOptions(policy=candidate.policy, exits="all", cost=given.asked.cost, seed=given.asked.seed)
    work = conversion.Conversion(run, options, network, task, choice.parse(candidate.policy, network))
    conversion.export_units(work)
    return work


def _prices(work: conversion.Conversion, unit: str) -> Mapping[str, float]:
    if unit == "macs":
        return work.chain.part_macs
    return work.latencies if unit == "latency" else part_prices.measure(work.units, unit)


def _point(half: Half, kept: np.ndarray, setting: Setting) -> tuple[float, float]:
    """Mean multiply-adds and accuracy of a setting."""
    measured = half.measure(kept, setting)
    return float(half.spent(kept, "macs")[measured.way].mean()), measured.accuracy


def _write_chain(work: conversion.Conversion, folder: Path, kept: np.ndarray, setting: Setting) -> None:
    """Writes a bundle with one operating point, not measured on its own."""
    with replacing.folder_in_place(folder, force=True) as draft:
        written = work.write(draft, work.programs | {"main": work.kept_program(kept)})
        write_manifest(draft, bundling.manifest(work, written, {"wanted": setting}))


def bundles(given: Advice, name: str) -> list[Path]:
    """The bundles of a way, one for each half, or the same for both; none if they are not there."""
    found = [given.folder / BUNDLES / f"{name}_{half}" for half in (0, 1)]
    there = [folder for folder in found if (folder / "manifest.json").is_file()]
    return there * 2 if there == found[:1] else there if there == found else []


def time(given: Advice, names: Sequence[str], seen: Pool) -> dict[str, np.ndarray]:
    """Milliseconds of each way from image to label, of its bundles on the first `TIMED` images, all in turns.

    Returns:
        name -> float `[rounds, images]`.
    """
    with native.quiet():
        chains = {name: [tflite.Chain.load(folder) for folder in bundles(given, name)] for name in names}

    def answer(pair, name):
        half, image = pair
        return chains[name][half].run(image).label

    images = [(row % 2, image) for row, image in enumerate(seen.images[:TIMED])]
    ways = {name: lambda pair, name=name: answer(pair, name) for name in names}
    found = timing.interleave(ways, images, ROUNDS)
    return {name: result["ms"] for name, result in found.items()}
