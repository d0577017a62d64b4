"""The runs that a study of SkipNets looks at: what they are called, which blocks run for whom, and what that costs."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from keras_models import files
from keras_models.functional.block_costs import Prices, prices
from keras_models.skipnet import THRESHOLD, THRESHOLDS
from tflite.batched.executor import Executor
from tflite.bundle import Bundle
from tools import console
from tools.pipeline import observed, runs
from tools.pipeline.sweep import CHUNK, keras_parts
from tools.studies import finished
from tools.studies.finished import JUDGED, FinishedRuns
from tools.studies.study import kept_file

RESNET, RANDOM, SOFT, SUPERVISED, REINFORCED, BOTH = "ResNet", "SDV", "soft", "+SP", "+HRL", "+HRL+SP"

# As printed for CIFAR-10: (kind, layers) -> accuracy in percent, multiply-adds, saved percent, and where.
PRINTED = {
    (RESNET, 38): [(92.50, None, None, "table 2.2")],
    (RESNET, 74): [(92.95, None, None, "table 2.2")],
    (RESNET, 110): [(93.6, None, None, "table 2.2")],
    (SUPERVISED, 38): [(90.83, 0.58e8, None, "table 2.3")],
    (SUPERVISED, 74): [(92.38, 0.92e8, None, "table 2.3")],
    (SUPERVISED, 110): [(88.11, 0.18e8, None, "table 2.3")],
    (SOFT, 38): [(66.67, 0.61e8, None, "table 2.3")],
    (SOFT, 74): [(52.29, 1.03e8, None, "table 2.3")],
    (SOFT, 110): [(23.44, 0.05e8, None, "table 2.3")],
    (BOTH, 38): [(92.75, None, 29.7, "released code")],
    (BOTH, 74): [(92.77, None, 47.7, "released code")],
    (BOTH, 110): [(None, None, 50.0, "figure 2.4"), (93.30, None, 50.5, "released code")],
}


class Decided(NamedTuple):
    """What was decided on some images: class indices `answers`, int `[samples]`, and which of blocks 2, 3, .. `run`.

    The latter is bool `[samples, gates]`; a static network has no gates.
    """

    answers: np.ndarray
    run: np.ndarray

    @property
    def blocks(self) -> np.ndarray:
        """How many blocks ran with each image, the first one, which always does, among them: int `[samples]`."""
        return 1 + self.run.sum(axis=1)


def network_executor(network) -> Executor:
    """A trained network's program on its parts in Keras."""
    program = network.program()
    specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
    return Executor(program, keras_parts(network, program), specs)


def decide(executor: Executor, images: np.ndarray, settings: Sequence[Mapping[str, float]]) -> list[Decided]:
    """What a program whose branches are its gates decides on normalised images under each of some settings."""

    def read(outcomes):
        return outcomes.labels(), outcomes.branches()

    watch = functools.partial(console.progress, description="decisions")
    return [Decided(*arrays) for arrays in executor.under({"image": images}, settings, CHUNK, read, watch)]


@dataclass(frozen=True)
class SkipStudy(FinishedRuns):
    """Finished runs of one data set, and what is asked of them.

    Attributes:
        skipnets: of the family skipnet, one for each alpha; figures look at the first.
        baselines: of the family resnet, trained alone, or of skipnet with random gates.
        bundles: conversions of the first run.
        thresholds, threshold: probabilities from which a block runs; 0 runs all of them; that of the figures.
        images, converted_images: at most so many of each split (None: all), and for bundles, which run one by one.
        gallery: images of a gallery.

    Raises ValueError if there is no run of a SkipNet, or runs of other families or of several data sets.
    """

    skipnets: tuple[runs.Run, ...]
    baselines: tuple[runs.Run, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    thresholds: tuple[float, ...] = (0.0, *THRESHOLDS)
    threshold: float = THRESHOLD
    images: int | None = None
    converted_images: int = 2_000
    gallery: int = 16

    def __post_init__(self):
        families, others = ([run.config["family"] for run in some] for some in (self.skipnets, self.baselines))
        if set(families) != {"skipnet"}:
            raise ValueError(f"expected runs of the family skipnet, at least one, received {families}")
        if not set(others) <= {"skipnet", "resnet"}:
            raise ValueError(f"expected baselines of the families resnet and skipnet, received {others}")
        tasks = sorted({run.config["task"] for run in self.every})
        if len(tasks) != 1:
            raise ValueError(f"expected runs of one data set, received {', '.join(tasks)}")
        for bundle in self.bundles:
            if bundle.manifest.provenance.get("training") != self.run.config:
                raise ValueError(f"expected bundles of {self.run.folder}, received {bundle.manifest.name} of another")

    @property
    def run(self) -> runs.Run:
        """The run that figures look at."""
        return self.skipnets[0]

    @property
    def every(self) -> tuple[runs.Run, ...]:
        """All runs."""
        return (*self.skipnets, *self.baselines)

    @property
    def reference(self) -> float:
        """Multiply-adds of the figures' network without gates: what shares are of."""
        return self.prices(self.run).reference

    def prices(self, run: runs.Run) -> Prices:
        """Multiply-adds of what a run's network consists of."""
        return prices(self.network(run).part_macs)

    def decided(self, run: runs.Run, split: str, thresholds: Sequence[float | None]) -> list[Decided]:
        """What a run's network decides on a split at each threshold; None for the program's own.

        Decisions are kept in RUN/reproduce/: an interrupted study goes on.
        """
        digest = observed.digest(self.network(run), ())
        places = {
            threshold: kept_file(run, [digest, self.task.name, split, self.images, threshold], "decisions-")
            for threshold in thresholds
        }
        known = {threshold: runs.kept(file, lambda f: Decided(**files.arrays(f))) for threshold, file in places.items()}
        missing = [threshold for threshold, decided in known.items() if decided is None]
        if missing:
            console.say(f"{run.folder} on {split}")
            images = self.task.normalise(self.split(split).images)
            settings = [{} if threshold is None else {"threshold": threshold} for threshold in missing]
            found = decide(network_executor(self.network(run)), images, settings)
            for threshold, decided in zip(missing, found, strict=True):
                files.write_arrays(places[threshold], **decided._asdict())
                known[threshold] = decided
        return [known[threshold] for threshold in thresholds]

    def looked_at(self) -> Decided:
        """What the figures' network decides on the test images at the figures' threshold."""
        [found] = self.decided(self.run, JUDGED, [self.threshold])
        return found


def trained_as(run: runs.Run) -> str:
    """How a run was trained, in one clause."""
    config, more = run.config, []
    if (first := config["stages"].get("supervised", {})).get("price"):
        more.append(f"price {first['price']:g} of blocks beyond {first['free']:g} of them")
    start = f", from the weights of {config['start']}" if config.get("start") else ""
    return f"`{config['preset']}`: {finished.trained_as(run, *more)}{start}"


def layers(network) -> int:
    """The number that a residual network of basic blocks is named by."""
    return 2 * sum(network.block_counts) + 2


def kind(run: runs.Run) -> str:
    """What a run stands for in the source's tables."""
    arguments, stages = run.config["arguments"], run.config["stages"]
    if run.config["family"] == "resnet":
        return RESNET
    if arguments.get("gate") == "random":
        return RANDOM
    if arguments.get("soft"):
        return SOFT
    first, second = (stages[name]["epochs"] for name in ("supervised", "reinforced"))
    return BOTH if first and second else REINFORCED if second else SUPERVISED


def title(study: SkipStudy, run: runs.Run) -> str:
    """What a run is called: `SkipNet-38+HRL+SP, alpha 1`."""
    number, what, config = layers(study.network(run)), kind(run), run.config
    if what == RESNET:
        return f"ResNet-{number}"
    if what == RANDOM:
        return f"SDV-{number}, random gates, rate {study.network(run).rate:g}"
    if what in (SUPERVISED, SOFT):
        price = config["stages"]["supervised"].get("price", 0)
        return f"SkipNet-{number}+SP{', soft gates' if what == SOFT else ''}{f', price {price:g}' if price else ''}"
    return f"SkipNet-{number}{what}, alpha {config['stages']['reinforced']['alpha']:g}"


def printed(study: SkipStudy, run: runs.Run) -> list[dict]:
    """What the source prints for a run's like."""
    network = study.network(run)
    if study.task.name != "cifar10" or network.filters != (16, 32, 64):
        return []
    names = ("accuracy", "macs", "saved", "where")
    return [dict(zip(names, row, strict=True)) for row in PRINTED.get((kind(run), layers(network)), [])]
