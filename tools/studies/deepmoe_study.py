"""The runs that a study of DeepMoEs looks at: what each answers, which channels are open for whom, what it costs.

Three costs, which are kept apart. Theory: the multiply-adds of the channels whose own gates are open for an image, as
if closed ones were free one by one. Channels: the multiply-adds of the static submodels that the program really runs.
And the arm64 instructions that these take as int8 on a phone's kernels.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keras_models.functional.batches import in_batches
from tflite.batched.executor import Executor
from tflite.batched.units import UnitRunner
from tflite.conversion.chain_units import int8_units
from tools import console, native
from tools.phone import laboratory, models
from tools.pipeline import runs
from tools.pipeline.sweep import CHUNK
from tools.studies.finished import JUDGED, FinishedRuns, reached

CALIBRATION, CALIBRATION_IMAGES = "train[:5%]", 512
VEHICLES = ("airplane", "automobile", "ship", "truck")
LOOKING = ("embedding", "choose")  # parts that run before the base network


@dataclass(frozen=True)
class ExpertStudy(FinishedRuns):
    """Finished runs of one data set, and what is asked of them.

    Attributes:
        gated: DeepMoEs with gates that are deployed whole or in branches; figures look at the first.
        static: networks without gates, the plain one first.
        clustered: DeepMoEs that are deployed in clusters.
        group: labels of one coarse group; all others are the other one.
        images: at most so many test images (None: all).
        shuffled, draws: of how many images gates are exchanged, and how often each.
        seed: of these draws.

    Raises ValueError if there is no run with gates or none without, or runs of other families or several data sets.
    """

    gated: tuple[runs.Run, ...]
    static: tuple[runs.Run, ...]
    clustered: tuple[runs.Run, ...] = ()
    group: tuple[str, ...] = VEHICLES
    images: int | None = None
    shuffled: int = 500
    draws: int = 10
    seed: int = 0

    def __post_init__(self):
        every = self.every
        if not self.gated or not self.static or {run.config["family"] for run in every} != {"deepmoe"}:
            raise ValueError(
                "expected runs of the family deepmoe, one with gates and one without, received "
                f"{len(self.gated)} and {len(self.static)} of {', '.join(sorted({r.config['family'] for r in every}))}"
            )
        if len(tasks := sorted({run.config["task"] for run in every})) != 1:
            raise ValueError(f"expected runs of one data set, received {', '.join(tasks)}")
        if unknown := set(self.group) - set(self.task.labels):
            raise ValueError(f"expected labels of {self.task.name} as the group, received {sorted(unknown)[0]}")
        kinds = [(run, network.gated, network.deploy == "clusters") for run in every for network in [self.network(run)]]
        for run, gated, clustered in kinds:
            if (gated, clustered) != (run not in self.static, run in self.clustered):
                raise ValueError(f"expected each run as what it is, received {run.folder} in the place of another kind")

    @property
    def every(self) -> tuple[runs.Run, ...]:
        """All runs."""
        return (*self.gated, *self.static, *self.clustered)

    @functools.cached_property
    def judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Normalised test images, and their labels."""
        images, labels = self.split(JUDGED)
        return self.task.normalise(images), labels

    @functools.cached_property
    def calibration(self) -> np.ndarray:
        """Normalised training images that int8 is calibrated on."""
        return self.task.normalise(self.task.load(CALIBRATION)[0][:CALIBRATION_IMAGES])

    def before_refined(self, run: runs.Run):
        """A clustered network before its weights were fitted to its clusters; None where they were not."""
        if not run.config["stages"]["refined"]["epochs"]:
            return None
        return runs.read_network(run, run.folder / "clusters.keras")


def summary(right: np.ndarray) -> dict:
    """Accuracy (0..1) with its standard error of right answers, bool `[samples]`."""
    found = reached(right)
    return {"accuracy": found["accuracy"], "standard_error": found["error"]}


def answers(network, images: np.ndarray, gates: np.ndarray | None = None) -> np.ndarray:
    """Class indices that a float network answers, `[samples]`.

    gates: `[samples, gates]` in the place of the images' own; None: as it is deployed.
    """
    if gates is None:
        return in_batches(lambda batch: {"logits": network(batch)}, images)["logits"][:, 0].argmax(-1)
    found = [
        np.asarray(network.answer(images[at : at + CHUNK], gates[at : at + CHUNK]))[:, 0].argmax(-1)
        for at in range(0, len(images), CHUNK)
    ]
    return np.concatenate(found)


def looking_macs(network) -> int:
    """Multiply-adds of what runs before the base network."""
    return sum(network.part_macs[name] for name in LOOKING) if network.gated else 0


def theory(network, gates: np.ndarray | None) -> float:
    """Mean multiply-adds of an image if every closed channel were free, looking counted in.

    gates: of the images, `[samples, gates]`; None for a network without.
    """
    opened = None if gates is None else gates > 0
    return float(np.mean(network.channel_macs(opened))) + looking_macs(network)


def deployed(study: ExpertStudy, network) -> dict:
    """A network's parts as int8: accuracy, mean costs by unit, bytes, and how often each part runs.

    Returns:
        {"accuracy", "standard_error", "macs", "arm64_instructions" (None where they cannot be counted), "bytes",
        "parts": {part: {"share", "macs", "arm64_instructions"}}}, and what `moved` tells.
    """
    images, labels = study.judged
    with native.quiet():
        units = int8_units(network, study.calibration)
        made = {name: UnitRunner(content) for name, content in units.items()}
        specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
        executor, names = Executor(network.program(), made, specs), decided_values(network)
        outcomes = executor.run({"image": images}, chunk=CHUNK, trace=True, keep=names)
    costs: dict[str, Mapping] = {"macs": network.part_macs}
    if not laboratory.missing():
        costs[models.UNIT] = models.count(units)
    spent = outcomes.costs({name: {unit: cost[name] for unit, cost in costs.items()} for name in units})
    times = outcomes.runs()
    shares = {name: {"share": float(times[name].mean())} for name in units}
    parts = {name: shares[name] | {unit: float(cost[name]) for unit, cost in costs.items()} for name in units}
    means = {unit: float(spent[unit].mean()) if unit in spent else None for unit in ("macs", models.UNIT)}
    told = summary(outcomes.labels() == labels) | means
    told |= moved(network, images, {name: outcomes.kept[name].real for name in names})
    console.say(f"int8: {100 * told['accuracy']:.2f} %, {console.count(told['macs'])} multiply-adds")
    return told | {"bytes": sum(map(len, units.values())), "parts": parts}


def decided_values(network) -> list[str]:
    """Names of the program's values by which is decided what runs."""
    if not network.gated or network.deploy == "branches":
        return []
    return ["gates", "scores"] if network.clusters else ["gates"]


def moved(network, images: np.ndarray, seen: Mapping[str, np.ndarray]) -> dict:
    """Shares of the gates that int8 opens or closes, and of the images that it sends to another cluster.

    seen: values of `decided_values` in int8.
    """
    if not seen:
        return {}
    gates = network.gates_of(images)
    found = {"gates_moved": float(np.mean((gates > 0) != (seen["gates"] > 0)))}
    if "scores" in seen:
        scores = np.asarray(network.clusters(gates))
        found["clusters_moved"] = float(np.mean(scores.argmax(-1) != seen["scores"].argmax(-1)))
    return found


def layer_shares(network, gates: np.ndarray) -> list[dict]:
    """How the gates of each layer are: mean share open, and shares of those open for all, for none and for some."""
    rows, start = [], 0
    for number, width in enumerate(network.gate_widths, 1):
        often = (gates[:, start : start + width] > 0).mean(axis=0)
        always, never = float((often == 1).mean()), float((often == 0).mean())
        row = {"layer": number, "gates": width, "open": float(often.mean()), "always": always, "never": never}
        rows.append(row | {"sometimes": 1 - always - never})
        start += width
    return rows
