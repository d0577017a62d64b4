"""IDK cascades: trained classifiers in a line, cheapest first; each may say "I don't know", and then the next one runs.

Wang, UCB/EECS-2020-236, chapter 4 (Wang et al., "IDK Cascades", UAI 2018). The members are black boxes and stay as they
are; what is fitted is when to go on (`functional.deferral`): a threshold or two numbers for every member but the last.
A cascade that goes to its end has paid for all members: the accuracy of everything is that of the last member alone,
which is what `reference()` runs.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_models import families, programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.cascade_members import Member, member_layer, normalisation
from keras_models.early_exit import EarlyExit
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.deferral import Deferral
from keras_models.policies import deferral

# Values worth measuring.
PROBABILITIES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995)
ENTROPIES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4)
MOST = 1e4  # of a weight or a bias
ALWAYS = {"max_softmax": 2.0, "entropy": -1.0, "weight": 0.0, "bias": 50.0}  # the values at which all go on


@keras.saving.register_keras_serializable("frugal")
class Cascade(EarlyExit, AdaptiveModel):
    """Frozen members, and who goes on from each.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        members: `Member`, or classifiers that take the images as the cascade does; cheapest first, at least two. They
            are frozen in place.
        scale, offset: the normalisation of the images that the cascade takes, pixel * scale + offset, a number for each
            channel; by default they are pixels. Members with one of their own have theirs.
        deferral: who goes on, as for `layers.deferral.Deferral`: "max_softmax", "entropy" or "logistic".

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, members, classes]`.
    """

    kept_as = {"members": "specified"}

    def __init__(self, input_shape, classes, members, scale=None, offset=None, deferral="logistic", **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        if len(members) < 2:
            raise ValueError(f"expected at least two members, received {len(members)}")
        self.scale, self.offset = normalisation(scale, offset, self.image_shape[2])
        self.specified = tuple(m if isinstance(m, Member) else Member(m) for m in members)
        given = (self.image_shape, self.classes, self.scale, self.offset)
        self.members = [member_layer(m, *given, name=f"m{i}") for i, m in enumerate(self.specified, 1)]
        self.deferral, self.rule = deferral, Deferral(deferral, len(members) - 1, name="deferral")
        self.rule.trainable = False
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Nothing is left to make. input_shape: as Keras asks."""
        del input_shape
        self.built = True

    def call(self, images, training=False):
        del training  # the members are frozen
        return ops.cast(ops.stack([member(images) for member in self.members], axis=1), "float32")

    @property
    def member_numbers(self) -> range:
        """1 .. N."""
        return range(1, len(self.members) + 1)

    def stages(self, settings, seed=0) -> list[Stage]:
        """One: the deferral, on images that the members have not seen: of their own they are too sure."""
        own = settings["deferral"]

        def prepare(steps, part_costs):
            return deferral.trainer(self.rule, steps, deferral.member_costs(self.exit_costs(part_costs)), own)

        def score(values, labels, part_costs):
            return deferral.score(self.rule, values, labels, deferral.member_costs(self.exit_costs(part_costs)))

        reads = tuple(f"logits_{i}" for i in self.member_numbers)
        return [Stage("deferral", "validation", self.rule.weights, own, prepare, reads=reads, score=score)]

    def observe(self, images, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """The values `logits_1` .. `logits_N`; see `AdaptiveModel.observe`."""
        logits = in_batches(lambda batch: {"logits": self(batch)}, images, batch_size)["logits"]
        return {f"logits_{i}": logits[:, i - 1] for i in self.member_numbers}

    def parts(self) -> dict[str, Part]:
        """The members' parts, with prefixes m1_, m2_, ...; a first one, `m1_input`, where a member's images differ."""
        return {name: part for member in self.members for name, part in member.parts().items()}

    def program(self) -> list[dict]:
        """Run a member; leave, or go on."""
        steps = []
        for i, member in enumerate(self.members, 1):
            value = f"logits_{i}"
            steps += member.steps(value)
            last = i == len(self.members)
            steps.append(programs.answer(f"member_{i}", label=value) if last else self._exit(i, value))
        return steps

    def _exit(self, i: int, value: str) -> dict:
        rule = {"rule": self.rule.kind, "value": value, "activation": "softmax"}
        if self.rule.kind == "logistic":
            numbers = {name: programs.parameter(f"{name}_{i}") for name in ("weight", "bias")}
            rule |= {"rule": "logistic_entropy", "threshold": 0.5} | numbers
        else:
            rule["threshold"] = programs.parameter(f"threshold_{i}")
        return programs.exit_if(f"member_{i}", rule, label=value)

    def parameters(self) -> dict[str, Knob]:
        """`threshold_i`, or `weight_i` and `bias_i`; their defaults are what was fitted."""
        fitted = {name: np.clip(values, -MOST, MOST) for name, values in self.rule.values().items()}
        knobs = {}
        for i in self.member_numbers[:-1]:
            at = {name: float(values[i - 1]) for name, values in fitted.items()}
            knobs |= {f"{name}_{i}": knob for name, knob in _knobs(self.rule.kind, at).items()}
        return knobs

    def get_config(self):
        """The constructor's arguments, as Keras saves them: the members are inside."""
        members = [member.to_config() for member in self.specified]
        return super().get_config() | {"members": members}

    @classmethod
    def from_config(cls, config):
        families.load_all()
        return cls(**config | {"members": [Member.from_config(member) for member in config["members"]]})

    @classmethod
    def create(cls, input_shape, classes, task=None, **arguments):
        """A cascade of members that are named by their run folders or files (`cascade_files.load_members`)."""
        from keras_models.cascade_files import load_members

        members, scale, offset = load_members(arguments["members"], task)
        return cls(input_shape, classes, **arguments | {"members": members, "scale": scale, "offset": offset})


def cascade(members: Sequence, input_shape, classes, scale=None, offset=None, deferral="logistic") -> Cascade:
    """An IDK cascade of trained classifiers, cheapest first; its deferral is still to be fitted.

    Args:
        members, input_shape, classes, scale, offset, deferral: as for `Cascade`.
    """
    return Cascade(input_shape, classes, members, scale, offset, deferral)


def _knobs(kind: str, at: dict[str, float]) -> dict[str, Knob]:
    """The parameters of one member. at: the fitted numbers."""
    if kind == "logistic":
        return _logistic_knobs(at["weight"], at["bias"])
    low, high, candidates, text = {
        "max_softmax": (-1.0, 2.0, PROBABILITIES, "largest probability below which the next member runs"),
        "entropy": (-1.0, 100.0, ENTROPIES, "entropy in nats above which the next member runs"),
    }[kind]
    default = min(max(at["threshold"], low), high)
    return {"threshold": Knob(default, low, high, text, candidates, full_depth=ALWAYS[kind])}


def _logistic_knobs(weight: float, bias: float) -> dict[str, Knob]:
    """Biases worth measuring are the fitted one, and those at which some entropies are as good as even."""
    even = {round(-weight * alpha, 6) for alpha in ENTROPIES} if abs(weight) > 1e-6 else set()
    biases = tuple(sorted(value for value in even | {bias} if abs(value) <= MOST))
    text = "in the logistic of the entropy; the next member runs above 0.5"
    return {
        "weight": Knob(weight, -MOST, MOST, f"weight (per nat) {text}", full_depth=ALWAYS["weight"]),
        "bias": Knob(bias, -MOST, MOST, f"bias {text}", biases, full_depth=ALWAYS["bias"]),
    }
