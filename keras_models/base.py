"""The contract: what every network, or network with a policy, answers, so that tools need no family's name.

    parts()       static submodels            program()     plain steps that say which runs next
    parameters()  the program's knobs         outputs()     what an answer means
    reference()   the program that runs everything: what full cost and full accuracy mean
    programs()    further programs            tables()      rows that a device may add to
    stages()      the training, in order

Nothing in tools/ or tflite/ uses an attribute of a network that is not in this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import keras
import numpy as np

from keras_models import costs
from keras_models.configured import Configured
from keras_models.float32 import float32_policy, in_float32
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.outputs import Boxes, Labels, Row, Table, Vector
from keras_models.programs import DEVICE, asked_ways, cut_short, live_steps, path_costs, total_cost

Output = Labels | Vector | Boxes | Row
_COUNTED: dict[str, dict[str, costs.Cost]] = {}  # part costs by configuration: counting takes a second


@dataclass(frozen=True)
class Part:
    """A static submodel of a dynamic network.

    Attributes:
        model: functional `keras.Model` that shares the trained layers. Its inputs and outputs are dictionaries of
            tensors, and their keys are the names of the ports that the program connects.
        keep_float: whether the part stays in float32 when the network is quantized. Parts that decide or answer from a
            few numbers do: they cost next to nothing, and rounding them moves decisions.
        where: `programs.DEVICE` or `programs.SERVER`; what runs on the server is billed apart.
        sent: of a part on the server, port -> lowest and highest number of what it reads there: that is sent in 256
            steps between them, a byte each. Ports that are left out take float32.
    """

    model: keras.Model
    keep_float: bool = False
    where: str = DEVICE
    sent: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One stage of a training.

    Attributes:
        name: of the stage, its settings in a preset, and the files that it leaves.
        split: of the task, whose samples it is fitted on.
        weights: the variables that it may change; everything else keeps its values to the bit.
        settings: every setting of the stage, resolved: `epochs` and `batch_size` are among them.
        prepare: function (steps, part_costs) -> compiled `keras.Model` whose `fit` trains the weights. steps: of the
            whole stage. part_costs: price of a run of each part in the unit that `settings["cost"]` names; None where
            that is multiply-adds, which a network counts itself.
        reads: names of the program's values that it is fitted on, computed once, for everything before is frozen; None
            for the task's inputs themselves.
        score: function (values, labels, part_costs) -> rows that tell how the network does after the stage, from
            held-out values of the names in `reads`; None where the history says it all. Rows of a stage that can be
            fitted again have a `benefit`, in percent, higher is better.
        refit: settings over the stage's own with which it is fitted again, from where it is, on what a quantized chain
            shows it, if its program is in a line; None where that makes no sense.
        reestimate: whether the moving averages of the normalisations are taken anew after the stage: they lag where
            gradients of several answers meet.
        marks: feature of the task's data that is known in training alone, such as where on an image something is; it
            comes with the labels, as a dictionary of `label` and the feature. None where labels are enough.
        shown: of a task of boxes, function (annotated pictures, split) -> what is known of them; None is all.
        examples: of a task of boxes, kinds by number of which every batch comes with an example (`DetectionTask`).
    """

    name: str
    split: str
    weights: Sequence
    settings: Mapping
    prepare: Callable[[int, Mapping | None], keras.Model]
    reads: tuple[str, ...] | None = None
    score: Callable[[Mapping, np.ndarray, Mapping | None], list[dict]] | None = None
    refit: Mapping | None = None
    reestimate: bool = False
    given: Sequence | None = None
    marks: str | None = None
    shown: Callable | None = None
    examples: tuple[int, ...] = ()


@dataclass(frozen=True)
class Knob:
    """A parameter of a program.

    Attributes:
        default, minimum, maximum: numbers.
        description: what it is, with its unit.
        candidates: values worth measuring when operating points are chosen.
        full_depth: the value at which everything is run, as far as this parameter decides; None: it decides nothing.
        names: of the values 0, 1, 2, ..., where who asks says which: nothing to choose. Every sample of a task with
            groups has its own, by the number of its group.
    """

    default: float
    minimum: float
    maximum: float
    description: str
    candidates: tuple[float, ...] = ()
    full_depth: float | None = None
    names: tuple[str, ...] = ()


class Deployable:
    """What is deployed of a network, and what it costs: static submodels, and plain data that says which runs next."""

    def __init_subclass__(cls, **options):
        """Parts compute in float32, in whatever numbers the network is trained: that is what converters take."""
        super().__init_subclass__(**options)
        if "parts" in vars(cls):
            cls.parts = in_float32(cls.parts)

    def in_float32(self) -> Deployable:
        """Itself, or if any of it computes in other numbers a copy that does not."""
        return self

    def parts(self) -> dict[str, Part]:
        """Named static submodels, in the order in which a full run visits them."""
        raise TypeError(f"{type(self).__name__} must define parts()")

    def program(self) -> list[dict]:
        """The steps of the bundle's program (docs/bundle.md), over the parts' names."""
        raise TypeError(f"{type(self).__name__} must define program()")

    def outputs(self) -> dict[str, Output]:
        """What an answer means, by name."""
        raise TypeError(f"{type(self).__name__} must define outputs()")

    def programs(self) -> dict[str, list[dict]]:
        """Further programs over the parts, by name: `teach` makes a row of a table of an example."""
        return {}

    def inputs(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the numbers that programs read beside the image, by name.

        One called `box`, `(4,)`, is what of the image is meant (top, left, bottom, right, 0..1): a person can draw it.
        """
        return {}

    def tables(self) -> dict[str, Table]:
        """Rows with labels that the programs read and a device may add to, by name."""
        return {}

    def parameters(self) -> dict[str, Knob]:
        """The program's parameters by name."""
        return {}

    def reference(self) -> list[dict]:
        """The program that runs everything without deciding: by default the last answer, and what it needs.

        It may `select` by a parameter with names: a caller decides that.

        Raises:
            ValueError: the program branches, so a family must say what everything is.
        """
        return live_steps([step for step in self.program() if step["op"] != "exit"])

    def full_depth(self) -> dict[str, float]:
        """Settings of the parameters at which the program itself runs everything; not of those that a caller sets."""
        return {
            name: knob.default if knob.full_depth is None else knob.full_depth
            for name, knob in self.parameters().items()
            if not knob.names
        }

    @cached_property
    def part_costs(self) -> dict[str, costs.Cost]:
        """Cost of one run of each part."""
        return self._count_parts()

    def _count_parts(self) -> dict[str, costs.Cost]:
        return {name: costs.count(part.model) for name, part in self.parts().items()}

    @property
    def part_macs(self) -> dict[str, int]:
        """Multiply-adds of one run of each part."""
        return {name: cost.macs for name, cost in self.part_costs.items()}

    def static_cost(self, prices: Mapping[str, float] | None = None, exit_name: str | None = None) -> float:
        """Cost of everything without decisions, or of a program in a line that is cut short at an exit.

        Where a caller says what is asked it is the mean over all. prices: of a run of each part, multiply-adds if None.
        """
        own, unit = prices or self.part_macs, None if prices else "macs"
        if exit_name is not None:
            return float(path_costs(cut_short(self.program(), exit_name), own, unit)[-1])
        ways = asked_ways(self.reference(), self.parameters())
        return float(np.mean([total_cost(way, own, unit) for way in ways]))


class AdaptiveModel(Deployable, Configured, CheckedFit, keras.Model):
    """A network that decides, input by input, how much of itself to run.

    Calling it gives the logits of all its answers, `[batch, answers, classes]`: that is what is trained. What is
    deployed is the chain: `parts()` and `program()`. The constructor takes (input_shape, classes, **arguments) and
    keeps them for `get_config`.
    """

    @classmethod
    def create(cls, input_shape, classes: int, task: str | None = None, **arguments) -> AdaptiveModel:
        """The untrained network of a preset: by default what the constructor makes of its arguments.

        Args:
            input_shape: (height, width, channels) of an image.
            classes: number of labels.
            task: name of the task whose images it takes, for families that need its normalisation.
            arguments: plain data, as a preset has it; a family may load what they name.

        Raises:
            ValueError: something that they name is not to be had.
        """
        return cls(input_shape, classes, **(cls.from_task(task, arguments) if task else arguments))

    def compile(self, optimizer="sgd", loss=None, metrics=None, **kwargs):
        """As in Keras; by default the sum of the answers' cross-entropies, and the last answer's accuracy."""
        metrics = [ExitAccuracy(-1, name="accuracy")] if metrics is None else metrics
        super().compile(optimizer=optimizer, loss=loss or SumOfCrossEntropies(), metrics=metrics, **kwargs)
        if self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)  # Build slots now; otherwise train_step retraces.

    def get_compile_config(self):
        """As in Keras, but that the scaling of losses of mixed_float16, whose state is saved, is part of it."""
        config = super().get_compile_config()
        if config and isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            config["optimizer"] = keras.saving.serialize_keras_object(self.optimizer)
        return config

    def compile_from_config(self, config):
        """As it was compiled when it was saved: Keras leaves that to those who override `compile`."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def in_float32(self) -> AdaptiveModel:
        """Itself, or if any of it computes in other numbers a copy with the same weights that does not."""
        if all(layer.compute_dtype == "float32" for layer in self._flatten_layers()):
            return self
        with float32_policy():
            copied = type(self).from_config(self.get_config())
        for layer in copied._flatten_layers():  # those that say themselves what they compute in
            layer.dtype_policy = "float32"
        copied.set_weights(self.get_weights())
        return copied

    def outputs(self) -> dict[str, Output]:
        """What an answer means, by name: by default one label of `self.classes`."""
        return {"label": Labels(self.classes)}

    def stages(self, settings: Mapping[str, Mapping], seed: int = 0) -> list[Stage]:
        """The training, in order.

        Args:
            settings: stage name -> its settings, resolved (`presets.resolve`).
            seed: of whatever a stage draws.

        Raises:
            ValueError: settings that do not fit the network, told before any work.
        """
        raise TypeError(f"{type(self).__name__} must define stages()")

    def observe(self, images) -> dict[str, np.ndarray]:
        """The program's values that later stages read, of normalised images `[n, height, width, channels]`.

        Every exit is passed; arrays by value name, `[n, ...]`. Empty where no stage reads any.
        """
        return {}

    def initialise(self, settings: Mapping[str, Mapping], images) -> None:
        """Start weights from some normalised training images, where settings ask for it; nothing by default."""

    def trunk_weights(self) -> list:
        """What a network of another family with the same trunk may start from, in an order that all of these keep.

        Of a residual trunk: stem, blocks, head. Nothing by default: such networks start from their own family only.
        """
        return []

    def _count_parts(self) -> dict[str, costs.Cost]:
        """Once for all networks of this configuration: every tool loads a network anew."""
        config = {key: value for key, value in self.get_config().items() if key != "name"}
        known = f"{type(self).__qualname__} {json.dumps(config, sort_keys=True, default=repr)}"
        if known not in _COUNTED:
            _COUNTED[known] = super()._count_parts()
        return dict(_COUNTED[known])

    def __dir__(self):
        """Without the costs: Keras reads every attribute when it saves or loads, and these take seconds to count."""
        return [name for name in super().__dir__() if name not in ("part_costs", "part_macs")]
