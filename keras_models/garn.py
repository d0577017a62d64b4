"""GARN: a network that looks at an image glimpse by glimpse, where one recurrent core locates and another classifies.

Dai, "Redesigning deep neural networks for resource-efficient inference", WPI 2022, chapter 3; Dai et al., "Recurrent
networks for guided multi-attention classification", KDD 2020. With one core it is RAM (Mnih et al., "Recurrent models
of visual attention", NeurIPS 2014), or HRAM if it is rewarded as GARN is. Beyond the source: it stops looking when the
classifier is sure, or when the glimpses that it was allowed are used up.
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models import programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.functional.glimpses import glimpse, retina
from keras_models.layers.looking import GlimpseCell
from keras_models.policies import looking

SURE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 2.0)  # probabilities worth measuring; none is as high as the last one
NEVER = 2.0


@keras.saving.register_keras_serializable("frugal")
class GARN(AdaptiveModel):
    """A recurrent network with hard attention.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        glimpses: how many there are; the first is at the centre.
        size: side of a glimpse in pixels.
        scales: windows that the locator sees, each twice as wide as the one before.
        classifier_scales: windows that the classifier sees; of one core `scales` counts.
        cores: 2: one locates, one classifies (GARN); 1 does both (RAM, HRAM).
        units, patch, place, glimpse: widths of a core, of x_h, l_h and g.
        location, hidden: widths of the hidden layers of the location network, and of the action network.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits behind the last glimpse,
    `[batch, 1, classes]`.
    """

    kept_as = {"place": "place_width", "location": "location_width"}

    def __init__(
        self,
        input_shape,
        classes,
        glimpses=8,
        size=20,
        scales=3,
        classifier_scales=1,
        cores=2,
        units=256,
        patch=128,
        place=128,
        glimpse=256,
        location=128,
        hidden=(100, 50),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.glimpses, self.size, self.scales, self.cores = int(glimpses), int(size), int(scales), int(cores)
        self.classifier_scales = int(classifier_scales)
        self.units, self.patch, self.glimpse = units, patch, glimpse
        self.place_width, self.location_width = place, location
        self.hidden = tuple(hidden)
        widths = {"patch": patch, "glimpse": glimpse, "units": units}
        self.place = keras.layers.Dense(place, activation="relu", name="place")
        self.cells = [GlimpseCell(**widths, name=name) for name in ("locator", "classifier")[: self.cores]]
        self.located = keras.layers.Dense(location, activation="relu", name="located")
        self.mean = keras.layers.Dense(2, activation="tanh", name="mean")
        self.baseline = keras.layers.Dense(1, name="baseline")
        self.actions = [keras.layers.Dense(width, activation="relu") for width in self.hidden]
        self.head = keras.layers.Dense(self.classes, name="head")
        self.build((None, *self.image_shape))

    @property
    def seen_scales(self) -> list[int]:
        """Windows that each core sees."""
        return [self.scales, self.classifier_scales][: self.cores]

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.place.build((None, 2))
        units, pixels = self.units, self.size**2 * self.image_shape[2]
        for cell, scales in zip(self.cells, self.seen_scales, strict=True):
            cell.build(((None, pixels * scales), (None, self.place_width)))
        self.located.build((None, units))
        self.mean.build((None, self.location_width))
        self.baseline.build((None, units))
        for layer, width in zip((*self.actions, self.head), (units, *self.hidden), strict=True):
            layer.build((None, width))
        self.built = True

    def call(self, images, training=False):
        return self.look(images)["logits"][:, -1:]

    def look(self, images, draw=None) -> dict:
        """All glimpses at images.

        Args:
            images: `[batch, height, width, channels]`.
            draw: function (number of a glimpse from 1, its mean `[batch, 2]`) -> where it is; None is at the mean.

        Returns:
            `logits` behind every glimpse, `[batch, glimpses, classes]`, of which the last answers; of those behind the
            first `locations` and `means`, `[batch, glimpses - 1, 2]`, and `baselines` `[batch, glimpses - 1]`.
        """
        seen = retina(images, self.size, max(self.seen_scales))
        batch = ops.shape(images)[0]
        where, states = ops.zeros((batch, 2)), [(ops.zeros((batch, self.units)),) * 2 for _ in self.cells]
        outputs, locations, means, baselines = [], [], [], []
        for number in range(self.glimpses):
            if number:
                means.append(self.mean(self.located(states[0][0])))
                where = ops.stop_gradient(means[-1] if draw is None else draw(number, means[-1]))
                locations.append(where)
                baselines.append(self.baseline(ops.stop_gradient(states[0][0])))
            gates = self.gates(glimpse(seen, where), where, [h for h, _ in states])
            states = [cell.update(z, c) for cell, z, (_, c) in zip(self.cells, gates, states, strict=True)]
            outputs.append(states[-1][0])
        return {
            "logits": ops.cast(self.act(ops.stack(outputs, axis=1)), "float32"),
            "locations": ops.stack(locations, axis=1),
            "means": ops.stack(means, axis=1),
            "baselines": ops.concatenate(baselines, axis=1),
        }

    def gates(self, patches, where, outputs) -> list:
        """What the cores make of a glimpse before their states: `[batch, 4 * units]` each.

        Args:
            patches: `[batch, size, size, channels * scales]`, the smallest window first.
            where: (x, y) `[batch, 2]`.
            outputs: of the cores before, `[batch, units]` each.
        """
        place, channels, found = self.place(where), self.image_shape[2], []
        for cell, scales, h in zip(self.cells, self.seen_scales, outputs, strict=True):
            patch = patches if scales * channels == patches.shape[-1] else patches[:, :, :, : scales * channels]
            found.append(cell.gates(ops.reshape(patch, (-1, self.size**2 * scales * channels)), place, h))
        return found

    def act(self, h):
        """Logits of a classifying core's outputs `[..., units]`."""
        for layer in self.actions:
            h = layer(h)
        return self.head(h)

    def stages(self, settings, seed=0) -> list[Stage]:
        """One: both losses at once."""
        own = settings[looking.STAGE]

        def prepare(steps, part_costs):
            return looking.trainer(self, own, steps, seed)

        split = "train" if own["images"] is None else f"train[:{own['images']}]"
        marks = looking.MARKS if own["reward"] == looking.CENTRES else None
        return [Stage(looking.STAGE, split, self.weights, own, prepare, marks=marks)]

    def parts(self) -> dict[str, Part]:
        """`glimpse`, which multiplies, and `state`, which keeps the cores' states, answers, and says where to look."""
        units, names = self.units, [cell.name for cell in self.cells]
        patch = keras.Input((self.size, self.size, self.image_shape[2] * max(self.seen_scales)), name="patch")
        where = keras.Input((2,), name="where")
        outputs = {f"h_{name}": keras.Input((units,), name=f"h_{name}") for name in names}
        gates = self.gates(patch, where, list(outputs.values()))
        made = {f"gates_{name}": value for name, value in zip(names, gates, strict=True)}
        look = keras.Model({"patch": patch, "where": where} | outputs, made, name="glimpse")

        inputs = {f"gates_{name}": keras.Input((4 * units,), name=f"gates_{name}") for name in names}
        inputs |= {f"c_{name}": keras.Input((units,), name=f"c_{name}") for name in names}
        inputs["count"] = keras.Input((1,), name="count")
        made = {"count": inputs["count"] + 1.0}
        for name, cell in zip(names, self.cells, strict=True):
            made[f"h_{name}"], made[f"c_{name}"] = cell.update(inputs[f"gates_{name}"], inputs[f"c_{name}"])
        made["where"] = self.mean(self.located(made[f"h_{names[0]}"]))
        made["logits"] = self.act(made[f"h_{names[-1]}"])
        return {"glimpse": Part(look), "state": Part(keras.Model(inputs, made, name="state"), keep_float=True)}

    def program(self) -> list[dict]:
        """Look, and look where the locator says, until the classifier is sure or the glimpses are used up."""
        start, steps, answer = self._steps()
        sure = {"rule": "max_softmax", "value": "logits", "threshold": programs.parameter("sure")}
        used_up = {"rule": "at_least", "value": "count", "threshold": programs.parameter("glimpses")}
        steps += [programs.exit_if("sure", sure, label="logits"), {"op": "leave", "rule": used_up}]
        return [*start, {"op": "repeat", "times": self.glimpses, "steps": steps}, answer]

    def reference(self) -> list[dict]:
        """All glimpses."""
        start, steps, answer = self._steps()
        return [*start, {"op": "repeat", "times": self.glimpses, "steps": steps}, answer]

    def _steps(self):
        """What is before the first glimpse, a glimpse, and the answer behind the last one."""
        names = [cell.name for cell in self.cells]
        states = [f"{kind}_{name}" for kind in "hc" for name in names]
        shapes = {"where": [1, 2], "count": [1, 1]} | {name: [1, self.units] for name in states}
        start = [{"op": "fill", "output": name, "shape": shape, "content": 0.0} for name, shape in shapes.items()]
        crop = {"op": "crop", "mode": "glimpse", "value": "image", "at": "where", "output": "patch"}
        crop |= {"size": [self.size, self.size], "scales": max(self.seen_scales)}
        looked = {"patch": "patch", "where": "where"} | {f"h_{name}": f"h_{name}" for name in names}
        gates = {f"gates_{name}": f"gates_{name}" for name in names}
        kept = {"count": "count"} | {f"c_{name}": f"c_{name}" for name in names}
        made = kept | {f"h_{name}": f"h_{name}" for name in names} | {"where": "where", "logits": "logits"}
        steps = [crop, programs.run("glimpse", looked, gates), programs.run("state", gates | kept, made)]
        return start, steps, programs.answer("answer", label="logits")

    def parameters(self) -> dict[str, Knob]:
        """How sure the classifier has to be to stop, and how many glimpses it may have."""
        sure = "largest probability from which it answers at once; above 1 never"
        used = "glimpses that it may have"
        counts = tuple(float(n) for n in range(1, self.glimpses + 1))
        return {
            "sure": Knob(NEVER, 0.0, 2.0, sure, SURE, full_depth=NEVER),
            "glimpses": Knob(counts[-1], 1.0, counts[-1], used, counts[1:], full_depth=counts[-1]),
        }
