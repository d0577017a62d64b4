"""Advice: a network whole, thinner, on smaller images, with exits and in a cascade, trained for the same short time.

Everything is in one folder, and goes on where it was interrupted:

FOLDER/config.json   what was asked for; the same resumes
FOLDER/plan.json     the passes that each training gets, and the share of the images
FOLDER/networks/     the networks that are trained, as .keras files
FOLDER/runs/         their trainings
FOLDER/judged/       what each way gave on the held-out images, and bundles/ to be timed
"""

import contextlib
import dataclasses
import hashlib
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import keras

from keras_models import costs, datasets, files, own_layers, presets, seeding
from keras_models.base import AdaptiveModel
from keras_models.cascade_files import load_members
from keras_models.cascade_members import Member, reference_network
from keras_models.presets import settings
from keras_models.pretrained.members import make_member
from keras_models.scaled_clones import scaled_clone, sizes_of
from keras_models.with_exits import exit_candidates
from tools import console
from tools.pipeline import distillation, runs, training
from tools.studies import advice_options
from tools.studies.advice_options import AdviceOptions

WHOLE, THINNER, SMALLER, EXITS, CASCADE = "whole", "thinner", "smaller", "exits", "cascade"
TRAINING_SHARE = 0.6  # of the time; the rest is for conversions, held-out images and the clock
LEAST_SHARE = 0.2  # of the whole network's time that a step of a small one takes, however small it is
FROZEN_SHARE, JOINT_SHARE = 0.5, 1.15  # of its time that a step of exits takes, on a frozen network and jointly
PROBED = 3  # steps that are timed


@dataclass(frozen=True)
class Candidate:
    """A way to the accuracy.

    Attributes:
        name, label: short, and in words.
        kind: one of the constants above.
        config: of its run, or of a cascade of runs that is not trained.
        policy: who decides.
        effort: time of a training step, as a share of the whole network's.
    """

    name: str
    label: str
    kind: str
    config: Mapping
    policy: str
    effort: float


class Advice:
    """What was asked for, and the candidates, in their folder.

    asked: the options. folder: of everything. Raises UserError or ValueError if the network is not to be had or can
    have no exits.
    """

    def __init__(self, asked: AdviceOptions, folder: Path):
        self.asked, self.folder = asked, folder
        self.task = datasets.get(asked.task, console.progress)
        self.unavailable: dict[str, str] = {}
        for file in asked.layers:
            own_layers.load(file)
        seeding.set_random_seed(asked.seed)
        member, self.recipe = _network(asked, self.task)
        self.member = dataclasses.replace(member, network=_functional(member.network))
        found = [candidate.layer for candidate in exit_candidates(self.member.network) if candidate.chosen]
        self.at = asked.exits.split(",") if asked.exits not in (None, "auto") else found
        if not self.at:
            raise console.UserError(
                f"expected a network with a layer to leave from that has places left, received {asked.network} without"
            )
        self.files = self._save_networks()

    def _save_networks(self) -> dict[str, tuple[str, str, Path, tuple[int, int]]]:
        """The networks to be trained: name -> (label, kind, file, size of its images); notes what cannot be made."""
        shape, found = self.member.network.input_shape[1:], {}
        wanted = [("whole", "the network whole", WHOLE, 1.0, shape[:2])]
        wanted += [(f"width_{w:g}", f"{w:g} of its channels", THINNER, w, shape[:2]) for w in self.asked.widths]
        sides = [sizes_of(shape, share) for share in self.asked.sizes]
        wanted += [
            (f"size_{h}x{w}", f"it on images of {h} x {w}", SMALLER, 1.0, (h, w)) for h, w in dict.fromkeys(sides)
        ]
        for name, label, kind, width, size in wanted:
            file = self.folder / "networks" / f"{name}.keras"
            found[name] = (label, kind, file, tuple(size))
            if not files.is_network(file):
                seeding.set_random_seed(self.asked.seed)
                try:
                    made = scaled_clone(self.member.network, width, size, self.asked.keep_weights)
                except ValueError as error:
                    if kind == WHOLE:
                        raise
                    del found[name]
                    self.unavailable[label] = " ".join(str(error).split())
                    continue
                file.parent.mkdir(parents=True, exist_ok=True)
                with files.draft(file) as draft:
                    made.save(draft)
        return found

    def candidates(self, epochs: int = 1) -> list[Candidate]:
        """All ways, the network whole first; each training has so many passes."""
        found, macs = [], self.macs
        for name, (label, kind, *_) in self.files.items():
            alone = {"at": self.at[:1], "freeze": False}
            config = self._config(name, alone, epochs, exit_weights=(0, 1))
            effort = 1.0 if kind == WHOLE else max(LEAST_SHARE, macs[name] / macs["whole"])
            found.append(Candidate(name, label, kind, config, "static", effort))
        joint, frozen = ({"at": self.at, "freeze": freeze} for freeze in (False, True))
        config = self._config("whole", joint, epochs)
        found.append(Candidate("exits", "exits trained with it", EXITS, config, "fitted", JOINT_SHARE))
        frozen["network"] = self._trained("whole")
        config = self._config("whole", frozen, epochs)
        found.append(Candidate("exits_frozen", "exits on it frozen", EXITS, config, "fitted", FROZEN_SHARE))
        return found + self._cascades()

    @cached_property
    def macs(self) -> dict[str, int]:
        """Multiply-adds of each of the networks."""
        return {
            name: _macs(keras.models.load_model(file, compile=False)) for name, (_, _, file, _) in self.files.items()
        }

    def _cascades(self) -> list[Candidate]:
        """Of the smallest network of each kind, and the whole one."""
        found = []
        for kind in (THINNER, SMALLER):
            own = [name for name, (_, other, *_) in self.files.items() if other == kind]
            if own:
                name = min(own, key=self.macs.get)
                arguments = {"members": [self._trained(name), self._trained("whole")], "deferral": "max_softmax"}
                arguments, stages = presets.resolve("cascade", arguments, {})
                config = self._common("cascade") | {"arguments": arguments, "stages": stages}
                label = f"a cascade: {self.files[name][0]}, then all of it"
                found.append(Candidate(f"cascade_{name}", label, CASCADE, config, "max_softmax", 0.0))
        return found

    def _common(self, family: str) -> dict:
        own = {"preset": f"advice on {self.asked.network}", "family": family}
        return own | {"task": self.task.name, "seed": self.asked.seed} | distillation.settings()

    def _trained(self, name: str) -> dict:
        """A trained network as a source of another one: it takes the task's images."""
        return {"file": str(self.folder / "runs" / name / "classifiers.keras")}

    def _config(self, name: str, arguments: Mapping, epochs: int, **own) -> dict:
        """The config of a run on a network of that name."""
        _, _, file, size = self.files[name]
        network = {"file": str(file), "size": size, "scale": self.member.scale, "offset": self.member.offset}
        first = {"batch_size": self.asked.batch_size, "peak_learning_rate": self.asked.learning_rate, "epochs": epochs}
        first = self.recipe | own | {name: value for name, value in first.items() if value is not None}
        made = training.configure(
            str(file),
            dataset=self.task.name,
            arguments={"network": network} | arguments,
            first=first,
            seed=self.asked.seed,
            layers=self.asked.layers,
        )
        return made | {"preset": f"advice on {self.asked.network}"}


def _network(asked: AdviceOptions, task) -> tuple[Member, dict]:
    """The network, with what images it wants, and settings of a training that its preset has."""
    kind, size = advice_options.kind_of(asked.network), asked.side and (asked.side, asked.side)
    if kind == advice_options.APPLICATION:
        weights = "imagenet" if asked.keep_weights else None
        entry = {"application": asked.network, "weights": weights} | ({"size": size} if size else {})
        return make_member(entry, task.input_shape, task.classes), {}
    if kind == advice_options.PRESET:
        preset = presets.get(asked.network)
        return Member(presets.build(preset | {"task": task.name}, task.input_shape, task.classes)), _recipe(preset)
    (member,), *_ = load_members([asked.network], None, "the network")
    config = presets.read_run(Path(asked.network) / "config.json") if kind == advice_options.RUN else None
    return member, _recipe(config) if config else {}


def _recipe(preset: Mapping) -> dict:
    """Settings of a preset's first stage that any training on images has."""
    first = next(iter(preset["stages"].values()))
    return {name: value for name, value in first.items() if name in settings.IMAGE_STAGE and name != "epochs"}


def _functional(network) -> keras.Model:
    return reference_network(network) if isinstance(network, AdaptiveModel) else network


def _macs(network: keras.Model) -> int:
    image = keras.Input(network.input_shape[1:], name="image")
    return costs.count(keras.Model({"image": image}, {"answer": network(image)})).macs


def run_of(advice: Advice, candidate: Candidate) -> runs.Run:
    """The folder of a candidate's training."""
    return runs.Run(advice.folder / "runs" / candidate.name, candidate.config)


def train(advice: Advice, candidate: Candidate, share: float) -> None:
    """Train a candidate's network, if it is trained and has not been. share: of the training images that it sees."""
    if candidate.kind == CASCADE or files.is_network(runs.first_stage_file(run_of(advice, candidate))):
        return
    console.say(f"training {candidate.label}")
    training.train(training.start(candidate.config, run_of(advice, candidate).folder), until=1, share=share)


def planned(advice: Advice) -> dict:
    """How long each training is: {"epochs", "share": of the training images}; decided once."""
    file = advice.folder / "plan.json"
    known = runs.kept(file, presets.read_object)
    if known is None:
        known = {"epochs": advice.asked.epochs, "share": 1.0}
        if advice.asked.epochs is None:
            known = _within_minutes(advice, advice.asked.minutes)
        runs.write_json(file, known)
    return known


def _within_minutes(advice: Advice, minutes: float) -> dict:
    """Passes for each training that take their share of so many minutes: one at least, if need be of fewer images."""
    candidates = advice.candidates()
    size = candidates[0].config["stages"]["classifiers"]["batch_size"]
    steps = -(-dict(advice.task.sizes)["train"] // size)
    epoch = steps * _step_seconds(advice, candidates[0]) * sum(candidate.effort for candidate in candidates)
    passes = 60 * minutes * TRAINING_SHARE / epoch
    found = {"epochs": max(1, int(passes)), "share": min(1.0, max(0.01, round(passes, 2)))}
    count = sum(candidate.effort > 0 for candidate in candidates)
    console.say(
        f"{found['epochs']} epochs of {found['share']:.0%} of the training images for each of {count} networks, about "
        f"{minutes * TRAINING_SHARE:.0f} minutes"
    )
    return found


def _step_seconds(advice: Advice, whole: Candidate) -> float:
    """What a training step of the whole network takes here."""
    task, settings_ = advice.task, whole.config["stages"]
    network = presets.build(whole.config, task.input_shape, task.classes)
    model = network.stages(settings_, advice.asked.seed)[0].prepare(100, None)
    images, labels, _ = task.load("train")
    size = settings_["classifiers"]["batch_size"]
    batch, taken = (task.normalise(images[:size]), labels[:size]), []
    for _ in range(1 + PROBED):  # the first one is traced
        begin = time.monotonic()
        model.train_on_batch(*batch)
        taken.append(time.monotonic() - begin)
    return statistics.median(taken[1:])


@contextlib.contextmanager
def opened(asked: AdviceOptions, folder: Path):
    """The advice in its folder, alone there. Raises RunError if that holds another, or somebody works there."""
    runs.check_place(folder, (runs.IN_USE,)).mkdir(parents=True, exist_ok=True)
    with runs.alone(folder):
        runs.start(folder, dataclasses.asdict(asked) | {"sha256": _digest(asked.network)}, beside=(runs.IN_USE,))
        yield Advice(asked, folder)


def _digest(network: str) -> str | None:
    """Of the file of a network that is one, so that no advice goes on with another of its name."""
    kind = advice_options.kind_of(network)
    file = {advice_options.FILE: Path(network), advice_options.RUN: Path(network) / "model.keras"}.get(kind)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file and file.is_file() else None
