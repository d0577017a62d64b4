"""Tiny networks that answer more than a label, made by hand of Keras layers: every kind of program is among them."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.base import Deployable, Knob, Part
from keras_models.outputs import Boxes, Labels, Row, Table, Vector
from keras_models.programs import SERVER

SIDE = 8  # of the square pictures
ROWS = 4


def dense(units, seed, **options):
    """A dense layer with weights of its own, the same each time."""
    return keras.layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, 0.5, seed=seed), **options)


def picture():
    """The image as a Keras input."""
    return keras.Input((SIDE, SIDE, 1), name="image")


class Detector(Deployable):
    """Proposes a box in each quarter of the picture, keeps the best two, and looks at each of them."""

    def parts(self):
        image = picture()
        flat = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(image))
        quarters = np.array([[0, 0, 0.5, 0.5], [0, 0.5, 0.5, 1], [0.5, 0, 1, 0.5], [0.5, 0.5, 1, 1]], np.float32)
        boxes = ops.reshape(0.1 * keras.layers.Activation("tanh")(dense(16, 1)(flat)), (-1, ROWS, 4)) + quarters
        scores = ops.reshape(keras.layers.Activation("sigmoid")(dense(8, 2)(flat)), (-1, ROWS, 2))
        piece, box = keras.Input((4, 4, 1), name="piece"), keras.Input((4,), name="box")
        seen = keras.layers.Flatten()(piece)
        mask = ops.reshape(dense(9, 3)(seen), (-1, 3, 3))
        better = box + 0.05 * keras.layers.Activation("tanh")(dense(4, 4)(seen))
        return {
            "propose": Part(keras.Model({"image": image}, {"boxes": boxes, "scores": scores}), keep_float=True),
            "look": Part(keras.Model({"piece": piece, "box": box}, {"mask": mask, "better": better})),
        }

    def program(self):
        kept = {"boxes": "kept", "scores": "sure", "classes": "kinds", "count": "found"}
        look = programs.run("look", {"piece": "piece", "box": "box"}, {"mask": "mask", "better": "better"})
        crop = {"op": "crop", "value": "image", "at": "box", "output": "piece", "size": [4, 4], "mode": "box"}
        return [
            programs.run("propose", {"image": "image"}, {"boxes": "boxes", "scores": "scores"}),
            {
                "op": "keep",
                "boxes": "boxes",
                "scores": "scores",
                "threshold": programs.parameter("least"),
                "overlap": 0.5,
                "most": 2,
                "outputs": kept,
            },
            {
                "op": "each",
                "rows": {"box": "kept"},
                "count": "found",
                "steps": [crop, look],
                "stacks": {"masks": "mask", "finer": "better"},
                "done": "looked",
            },
            programs.answer("end", things="finer"),
        ]

    def outputs(self):
        return {"things": Boxes("sure", "kinds", "looked", "masks", names=("round", "square"))}

    def parameters(self):
        return {"least": Knob(0.5, 0.0, 1.0, "score from which a box is looked at")}


class Prototypes(Deployable):
    """The class whose mean features are nearest; a device teaches it new ones."""

    capacity, size = 6, 5

    def parts(self):
        image = picture()
        features = dense(self.size, 5)(keras.layers.Flatten()(keras.layers.AveragePooling2D(2)(image)))
        seen, rows = keras.Input((self.size,), name="features"), keras.Input((self.capacity, self.size), name="rows")
        apart = ops.sum(ops.square(rows - ops.expand_dims(seen, 1)), axis=2)
        return {
            "embed": Part(keras.Model({"image": image}, {"features": features})),
            "compare": Part(keras.Model({"features": seen, "rows": rows}, {"scores": -apart}), keep_float=True),
        }

    def _embed(self):
        return programs.run("embed", {"image": "image"}, {"features": "features"})

    def program(self):
        compare = programs.run("compare", {"features": "features", "rows": "classes"}, {"scores": "scores"})
        return [self._embed(), compare, programs.answer("end", label="scores")]

    def programs(self):
        return {"teach": [self._embed(), programs.answer("row", row="features")]}

    def tables(self):
        rows = np.random.default_rng(8).normal(0, 1, (2, self.size)).astype(np.float32)
        return {"classes": Table("classes", (self.size,), self.capacity, "known", ("dark", "bright"), rows)}

    def outputs(self):
        return {"label": Labels(table="classes"), "row": Row("classes")}


class TwoTasks(Deployable):
    """One trunk; a parameter says which of two tasks is answered, or both are where it is 2."""

    def parts(self):
        image, seen = picture(), keras.Input((6,), name="seen")
        trunk = dense(6, 6, activation="relu")(keras.layers.Flatten()(keras.layers.AveragePooling2D(2)(image)))
        heads = {"shape": dense(3, 7), "colour": dense(4, 8)}
        made = {"trunk": Part(keras.Model({"image": image}, {"seen": trunk}))}
        return made | {name: Part(keras.Model({"seen": seen}, {name: head(seen)})) for name, head in heads.items()}

    def program(self):
        heads = [programs.run(name, {"seen": "seen"}, {name: name}) for name in ("shape", "colour")]
        cases = [
            [heads[0], programs.answer("shapes", shape="shape")],
            [heads[1], programs.answer("colours", colour="colour")],
            heads,
        ]
        return [
            programs.run("trunk", {"image": "image"}, {"seen": "seen"}),
            {"op": "select", "parameter": "task", "cases": cases},
            programs.answer("both", shape="shape", colour="colour", features="seen"),
        ]  # fmt: skip

    def outputs(self):
        colours = Labels(4, ("red", "green", "blue", "grey"))
        return {"shape": Labels(3, ("line", "disc", "cross")), "colour": colours, "features": Vector()}

    def parameters(self):
        return {"task": Knob(2.0, 0.0, 2.0, "0: shape, 1: colour, 2: both")}


class Halves(Deployable):
    """The second half runs on a server; where that does not answer, a small one here does."""

    def parts(self):
        image, seen = picture(), keras.Input((SIDE, SIDE, 2), name="seen")
        conv = keras.layers.Conv2D(
            2, 3, padding="same", activation="relu", kernel_initializer=keras.initializers.RandomNormal(0, 0.5, seed=9)
        )
        large = dense(3, 10)(keras.layers.Flatten()(seen))
        small = dense(3, 11)(keras.layers.GlobalAveragePooling2D()(seen))
        return {
            "first": Part(keras.Model({"image": image}, {"seen": conv(image)})),
            "large": Part(keras.Model({"seen": seen}, {"logits": large}), where=SERVER),
            "small": Part(keras.Model({"seen": seen}, {"logits": small})),
        }  # fmt: skip

    def program(self):
        small = programs.run("small", {"seen": "seen"}, {"logits": "logits"})
        far = programs.run("large", {"seen": "seen"}, {"logits": "logits"}, SERVER) | {"otherwise": [small]}
        return [
            programs.run("first", {"image": "image"}, {"seen": "seen"}),
            far,
            programs.answer("end", label="logits"),
        ]

    def outputs(self):
        return {"label": Labels(3, ("a", "b", "c"))}
