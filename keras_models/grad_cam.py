"""Where an exit looks: Grad-CAM of every exit of a network whose program is in a line.

Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV 2017. Of any
network the maps that an exit reads are found in its program: the nearest value before the answer that is of rank 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_models import programs
from keras_models.base import Deployable

IMAGE = "image"


class Looks(NamedTuple):
    """What every exit answers, and where it looks.

    Attributes:
        maps: float `[samples, exits, height, width]` of the image's size, from 0; what speaks for the answer.
        answers: int `[samples, exits]`.
        confidence: `[samples, exits]`, probability of the answer.
    """

    maps: np.ndarray
    answers: np.ndarray
    confidence: np.ndarray


def looks(network: Deployable, images) -> Looks:
    """Heat maps for the class that each exit predicts.

    Args:
        network: with a program in a line, of one label.
        images: `[samples, height, width, channels]`, normalised.

    Raises:
        ValueError: an exit reads no maps, or none but the image.
    """
    parts, program, found = network.parts(), network.program(), []
    for name in programs.exit_names(program):
        steps = programs.cut_short(program, name)
        found.append(_look(steps, parts, seen_maps(steps, parts), images))
    return Looks(*(np.stack(column, axis=1) for column in zip(*found, strict=True)))


def seen_maps(steps: list[dict], parts) -> str:
    """The value of rank 4 that the answer of steps in a line is made of most directly; of several the coarsest.

    Raises:
        ValueError: there is none but the image.
    """
    makers = {value: step for step in steps if step["op"] == "run" for value in step["outputs"].values()}
    waiting, name = [programs.given_value(steps[-1])], steps[-1]["name"]
    while waiting:
        step = makers.get(waiting.pop(0))
        if step is None:
            continue
        shapes = {tensor.name: tensor.shape for tensor in parts[step["part"]].model.inputs}
        maps = {value: shapes[port] for port, value in step["inputs"].items() if len(shapes[port]) == 4}
        maps.pop(IMAGE, None)
        if maps:
            return min(maps, key=lambda value: maps[value][1] * maps[value][2])
        waiting += step["inputs"].values()
    raise ValueError(f"expected an exit that reads maps of features, received {name}, which reads the image itself")


def heat(maps, gradients) -> np.ndarray:
    """What of the maps speaks for an answer, `[samples, height, width]`: ReLU(sum_k w_k A_k), w_k the mean gradient.

    maps, gradients: `[samples, height, width, channels]`.
    """
    weights = np.mean(gradients, axis=(1, 2), keepdims=True)
    return np.maximum(np.sum(weights * np.asarray(maps), axis=-1), 0.0)


def _look(steps, parts, target: str, images) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat map of the image's size, answer and its probability, of one exit."""
    import tensorflow as tf

    values = {IMAGE: tf.convert_to_tensor(images, "float32")}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for step in steps:
            if step["op"] == "fill":
                shape = (len(images), *step["shape"][1:])
                values[step["output"]] = tf.fill(shape, tf.cast(step["content"], "float32"))
            if step["op"] == "run":
                inputs = {port: values[name] for port, name in step["inputs"].items()}
                outputs = parts[step["part"]].model(inputs, training=False)
                values |= {name: outputs[port] for port, name in step["outputs"].items()}
                if target in step["outputs"].values():
                    tape.watch(values[target])
        logits = values[programs.given_value(steps[-1])]
        answers = tf.argmax(logits, axis=-1)
        best = tf.reduce_sum(tf.gather(logits, answers, axis=1, batch_dims=1))
    found = heat(values[target].numpy(), tape.gradient(best, values[target]).numpy())
    size = np.shape(images)[1:3]
    maps = tf.image.resize(found[..., None], size)[..., 0].numpy()
    return maps, answers.numpy(), tf.reduce_max(tf.nn.softmax(logits), axis=-1).numpy()
