"""One family under test: its tiny network, trained, stirred, exported; data; and runs of its program in three ways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from keras_models import presets, seeding
from keras_models.datasets import DetectionTask, ManyTasks, network_input
from keras_models.datasets.annotated import gathered
from keras_models.datasets.task import ASKED, Task
from keras_models.early_exit import EarlyExit
from keras_models.layers.normalization import reestimate
from keras_models.policies.choice import OwnRules
from tests.families.tiny import Tiny
from tflite.batched.executor import Executor
from tflite.batched.steps import walk
from tflite.batched.units import UnitRunner
from tflite.conversion.export import export_unit
from tools.pipeline import training
from tools.pipeline.conversion import Conversion
from tools.pipeline.options import ConversionOptions
from tools.pipeline.runs import Run
from tools.pipeline.sweep import declared, keras_parts, with_tables

COUNT = 16  # images that are trained on: two steps of eight
SEEN = 32  # images that programs are compared on
SIZES = (("train", 160), ("validation", 16), ("held_out", SEEN), ("test", 8))


class Noise(Task):
    """Blobs of light at random places on noise, with random labels."""

    def load(self, split, *, data_dir=None):
        """As `Task.load`; each picture is drawn from its number."""
        _, start, stop = self.bounds(split)
        rng = np.random.default_rng([start, *split.encode()])
        images = rng.integers(0, 90, (stop - start, *self.input_shape))
        for image in images:
            y, x = rng.integers(0, self.input_shape[0] - 4, 2)
            image[y : y + 5, x : x + 5] += rng.integers(20, 160)
        return images.astype(np.uint8), rng.integers(0, len(self.labels), stop - start), None


class NoiseThings(DetectionTask):
    """Grey things at random places on noise, of kinds that say nothing of how they look."""

    def annotated(self, split, *, data_dir=None):
        """As `DetectionTask.annotated`; each picture is drawn from its number."""
        _, start, stop = self.bounds(split)
        rng = np.random.default_rng([start, *split.encode()])
        height, width, channels = self.input_shape
        images = rng.integers(0, 90, (stop - start, height, width, channels)).astype(np.uint8)
        boxes = rng.uniform(0.05, 0.5, (len(images), self.most, 2))
        boxes = np.concatenate([boxes, boxes + rng.uniform(0.15, 0.4, boxes.shape)], axis=-1)
        shown = np.zeros(images.shape[:3], np.uint8)
        for image, seen, rows in zip(images, shown, boxes, strict=True):
            for number, (top, left, bottom, right) in enumerate((rows * np.tile([height, width], 2)).astype(int)):
                image[top:bottom, left:right], seen[top:bottom, left:right] = (
                    rng.integers(90, 250, channels),
                    number + 1,
                )
        kinds = rng.integers(0, self.classes, boxes.shape[:2])
        return gathered(list(images), boxes, kinds, list(shown), most=self.most)


@dataclass
class Case:
    """A family and its tiny network.

    Attributes:
        family: name in the registry.
        tiny: configuration.
        folder: an empty one.
    """

    family: str
    tiny: Tiny
    folder: Path

    @cached_property
    def config(self) -> dict:
        """What `presets.build` takes, resolved: `arguments` and `stages`."""
        given = self.tiny.arguments(self.folder) if callable(self.tiny.arguments) else self.tiny.arguments
        arguments, stages = presets.resolve(self.family, given, self.tiny.stages)
        return {"family": self.family, "arguments": arguments, "stages": stages, "seed": 3, "preset": "tiny"}

    def build(self):
        """The untrained network, the same each time."""
        config = self.config  # making it may draw
        seeding.set_random_seed(3)
        return presets.build(config, self.tiny.shape, self.tiny.classes)

    def stages(self, network) -> list:
        """The stages of a training."""
        return network.stages(self.config["stages"], seed=3)

    @cached_property
    def task(self) -> Noise | ManyTasks:
        """The data."""
        if isinstance(self.tiny.classes, int):
            return self._noise("noise", self.tiny.classes)
        return ManyTasks("noises", tuple((name, self._noise(name, n)) for name, n in self.tiny.classes.items()))

    def _noise(self, name, classes) -> Noise:
        channels = self.tiny.shape[2]
        if self.tiny.boxes:
            form = self.tiny.shape, tuple("abcdefghij"[:classes]), SIZES, (1 / 255,) * channels, (0.0,) * channels
            return NoiseThings(name, "none", *form, mirror=True, most=self.tiny.boxes)
        form = self.tiny.shape, tuple("abcdefghij"[:classes]), SIZES, (1 / 255,) * channels, (0.0,) * channels
        return Noise(name, "none", *form)

    def data(self, split="train", count=COUNT):
        """What a network is called on, `count` normalised images of all tasks, and their labels `[count]`."""
        images, labels, groups = self.task.load(split)
        rows = np.linspace(0, len(images) - 1, count).astype(int) if groups is not None else np.arange(count)
        values = self.task.values(images[rows], None if groups is None else groups[rows])
        return network_input(values), labels[rows]

    @cached_property
    def images(self) -> np.ndarray:
        """Stored images on which programs are compared, `[SEEN, h, w, c]`, so many of each task."""
        return self.task.load("held_out")[0]

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """What the program starts from, of `images`."""
        images, _, groups = self.task.load("held_out")
        return self.task.values(images, groups)

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """The same, and what the tables of the network hold."""
        return with_tables(self.network, self.values)

    def asked(self, row: int) -> dict[str, float]:
        """The settings with which an image is asked, beside those that are chosen."""
        return {name: float(values[row]) for name, values in self.values.items() if name == ASKED}

    def fit(self, network, stage):
        """Two steps of a stage on random data; returns the Keras history."""
        if self.tiny.boxes:
            return self._fit_boxes(network, stage)
        images, labels = self.data()
        if stage.reads:
            seeding.set_random_seed(3)  # as `training.fit_stage` does
            return training.fit_values(stage, network.observe(images) | {"labels": labels}, None)
        settings = stage.settings
        steps = settings["epochs"] * (COUNT // settings["batch_size"])
        model, options = stage.prepare(steps, None), {"epochs": settings["epochs"], "shuffle": False, "verbose": 0}
        history = model.fit(images, labels, batch_size=settings["batch_size"], **options)
        if stage.reestimate:
            reestimate(network, [images])
        return history

    def _fit_boxes(self, network, stage):
        """The same of a family that answers with boxes."""
        options = training.of_boxes(network, self.task, stage) | {"shuffle_seed": 3, "augment": True}
        options |= {"marks": stage.marks}
        data = self.task.dataset(f"{stage.split}[:{COUNT}]", stage.settings["batch_size"], **options)
        return stage.prepare(2, None).fit(data, epochs=stage.settings["epochs"], verbose=0, shuffle=False)

    @cached_property
    def trained(self):
        """A network through all its stages; read only."""
        network = self.build()
        network.initialise(self.config["stages"], self.data()[0])
        for stage in self.stages(network):
            self.fit(network, stage)
        return network

    @cached_property
    def network(self):
        """A network with much larger weights than two steps make, so that images part ways; read only."""
        network = self.build()
        network.set_weights(self.trained.get_weights())
        rng = np.random.default_rng(5)
        for weight in network.weights:
            if len(weight.shape) > 1:
                fan_in = np.prod(weight.shape[:-1])
                weight.assign(weight + rng.normal(0, 1.5 / np.sqrt(fan_in), weight.shape))
        reestimate(network, [network_input(self.values)])
        if self.tiny.level:
            self.tiny.level(network, network_input(self.values))
        return network

    @cached_property
    def units(self) -> dict[str, bytes]:
        """Every part exported in float32."""
        return {name: export_unit(part.model, name) for name, part in self.network.parts().items()}

    def executor(self, units: dict[str, bytes] | None = None, network=None) -> Executor:
        """The program in batches, over TFLite units or over Keras parts, of another network if one is given."""
        network = network or self.network
        program = network.program()
        made = {name: UnitRunner(content) for name, content in (units or {}).items()}
        specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
        return Executor(program, made or keras_parts(network, program), specs, declared(network))

    @cached_property
    def session(self):
        """The program over Keras parts on `images`."""
        return self.begin(self.executor())

    def begin(self, executor: Executor, network=None):
        """A session of an executor on `images`, and on the tables as they come with the network, or with another."""
        return executor.session(with_tables(network or self.network, self.values))

    def conversion(self, **options) -> Conversion:
        """A conversion of the network, its units exported."""
        run = Run(self.folder / "tiny", json.loads(json.dumps(self.config)))
        work = Conversion(run, ConversionOptions(**options), self.network, self.task, OwnRules(self.network))
        work.units, work.latencies = dict(self.units), dict.fromkeys(self.units, 1.0)
        return work

    def kept(self) -> np.ndarray | None:
        """All exits, as a conversion has them; None for a program that is not in a line."""
        return np.ones(len(self.network.exit_names), bool) if isinstance(self.network, EarlyExit) else None


def ran(program) -> set[str]:
    """Names of the parts that steps run, at any depth."""
    return {step["part"] for _, step in walk(program) if step["op"] == "run"}


def snapshot(weights) -> list[np.ndarray]:
    """Copies of the values."""
    return [np.array(keras.ops.convert_to_numpy(weight)) for weight in weights]
