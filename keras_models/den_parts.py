"""How a Deep Elastic Network is deployed: the selector first, then `select` block by block over its levels.

A block is a part for each level, or a part for each of its channel groups, whose results add up: a network with
`increments`. The scores that a `select` looks at are logits less price * size, so that one bundle serves all budgets.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.base import AdaptiveModel, Knob, Part
from keras_models.datasets.task import ASKED
from keras_models.outputs import Labels

PRICES = (-8.0, -4.0, -2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # worth measuring
HIGHEST_PRICE = 1e4  # price at which the size alone decides, whatever the selector says


class ElasticParts(AdaptiveModel):
    """Parts and program of an estimator with a selector (`den.DEN`)."""

    @property
    def priced(self) -> np.ndarray:
        """What a price is of, `[blocks, levels]`: as `sizes`, but that the mean block's highest level is 1."""
        return self.sizes * len(self.blocks)

    def parts(self) -> dict[str, Part]:
        """`selector` and `decide`; `stem`; the levels of each block, or its groups; `end` and the heads."""
        image = keras.Input(self.image_shape, name="image")
        looked = keras.Model({"image": image}, {"seen": self.selector.look(image)}, name="selector")
        parts = {"selector": Part(looked), "decide": Part(self._deciding(), keep_float=True)}
        parts |= {
            stem.name: Part(keras.Model({"image": image}, {"y": stem(image)}, name=stem.name)) for stem in self.stems
        }
        for number, block in enumerate(self.blocks, 1):
            x = keras.Input(self.shapes[number - 1][1:], name="x")
            for name, (inputs, outputs) in (_groups if self.increments else _levels)(block, x).items():
                name = f"block_{number}_{name}"
                parts[name] = Part(keras.Model(inputs, outputs, name=name))
        x = keras.Input(self.shapes[-1][1:], name="x")
        parts["end"] = Part(keras.Model({"x": x}, {"features": self.ended(x)}, name="end"))
        features = keras.Input(parts["end"].model.output["features"].shape[1:], name="features")
        for head in self.heads:
            model = keras.Model({"features": features}, {"logits": head(self.thought(features))}, name=head.name)
            parts[head.name] = Part(model, keep_float=True)
        return parts

    def outputs(self):
        """One label, or one of each task."""
        return {name: Labels(count) for name, count in self.classes.items()} if self.tasks else super().outputs()

    def _deciding(self) -> keras.Model:
        """From what the selector saw, and the price, to what each block's `select` looks at."""
        seen, price = keras.Input((self.selector.seen,), name="seen"), keras.Input((1,), name="price")
        scores = self.selector.decide(seen) - ops.expand_dims(price, -1) * ops.cast(self.priced[None], "float32")
        levels = {f"levels_{number}": scores[:, number - 1] for number in range(1, len(self.blocks) + 1)}
        return keras.Model({"seen": seen, "price": price}, levels, name="decide")

    def program(self) -> list[dict]:
        """Ask the selector, then run of every block what it says; answer."""
        names = {f"levels_{number}": f"levels_{number}" for number in range(1, len(self.blocks) + 1)}
        steps = [
            {"op": "fill", "output": "price", "shape": [1, 1], "content": programs.parameter("price")},
            programs.run("selector", {"image": "image"}, {"seen": "seen"}),
            programs.run("decide", {"seen": "seen", "price": "price"}, names),
        ]
        steps += self._stem_steps()
        for number, before, after in self._values():
            cases = [self._way(number, level, before, after) for level in range(len(self.fractions))]
            steps.append({"op": "select", "value": f"levels_{number}", "cases": cases})
        return [*steps, *self._answer_steps()]

    def reference(self) -> list[dict]:
        """All blocks at their highest level, and no selector."""
        steps = self._stem_steps()
        for number, before, after in self._values():
            steps += self._way(number, len(self.fractions) - 1, before, after)
        return [*steps, *self._answer_steps()]

    def parameters(self) -> dict[str, Knob]:
        """The price of computation, and of several tasks which one is asked."""
        text = "what a whole block costs in log probability: 0 is as trained, above it smaller levels are taken"
        found = {"price": Knob(0.0, -HIGHEST_PRICE, HIGHEST_PRICE, text, PRICES, full_depth=-HIGHEST_PRICE)}
        if self.tasks:
            found[ASKED] = Knob(0, 0, len(self.tasks) - 1, "which task is asked", names=self.tasks)
        return found

    def _values(self) -> list[tuple[int, str, str]]:
        """(number of a block, what it reads, what it writes): blocks that keep the shape keep the value."""
        found, group = [], 1
        for number, block in enumerate(self.blocks, 1):
            before = "image" if number == 1 and not self.stems else f"x_{group}"
            group += not block.keeps_shape
            found.append((number, before, f"x_{group}"))
        return found

    def _stem_steps(self) -> list[dict]:
        ways = [[programs.run(stem.name, {"image": "image"}, {"y": "x_1"})] for stem in self.stems]
        return [programs.select_by(ASKED, ways)] if len(ways) > 1 else ways[0] if ways else []

    def _answer_steps(self) -> list[dict]:
        _, _, last = self._values()[-1]
        end = programs.run("end", {"x": last}, {"features": "features"})
        ways = []
        for head, name in zip(self.heads, self.tasks or ("label",), strict=True):
            logits = f"logits_{name}" if self.tasks else "logits"
            run = programs.run(head.name, {"features": "features"}, {"logits": logits})
            ways.append([run, programs.answer(name if self.tasks else "answer", **{name: logits})])
        return [end, programs.select_by(ASKED, ways)] if self.tasks else [end, *ways[0]]

    def _way(self, number: int, level: int, before: str, after: str) -> list[dict]:
        """The steps of a block at a level."""
        block, name = self.blocks[number - 1], f"block_{number}"
        if not block.widths[level]:
            kept = block.keeps_shape
            return [] if kept else [programs.run(f"{name}_shortcut", {"x": before}, {"y": after})]
        if not self.increments:
            return [programs.run(f"{name}_level_{level}", {"x": before}, {"y": after})]
        entered = f"entered_{number}"
        made = {"entered": entered} | ({} if block.keeps_shape else {"y": after})
        steps = [programs.run(f"{name}_enter", {"x": before}, made)]
        for group in range(1, level + 1):
            steps.append(programs.run(f"{name}_group_{group}", {"entered": entered, "y": after}, {"y": after}))
        return steps


def _levels(block, x) -> dict[str, tuple[dict, dict]]:
    """(inputs, outputs) of the parts of a block that has one for each level."""
    found = {} if block.keeps_shape or block.widths[0] else {"shortcut": ({"x": x}, {"y": block.shortcut(x)})}
    running = [level for level, width in enumerate(block.widths) if width]
    return found | {f"level_{level}": ({"x": x}, {"y": block(x, level=level)}) for level in running}


def _groups(block, x) -> dict[str, tuple[dict, dict]]:
    """(inputs, outputs) of the parts of a block that has one for each group; the first level is the shortcut."""
    shortcut = block.shortcut(x)
    outputs = {"entered": block(x, entry=True)} | ({} if block.keeps_shape else {"y": shortcut})
    found = {} if block.keeps_shape else {"shortcut": ({"x": x}, {"y": shortcut})}
    found["enter"] = ({"x": x}, outputs)
    entered = keras.Input(x.shape[1:], name="entered")
    y = keras.Input(shortcut.shape[1:], name="y")
    for group in range(1, block.levels):
        found[f"group_{group}"] = ({"entered": entered, "y": y}, {"y": y + block(entered, group=group)})
    return found
