"""Small programs over parts that are numpy functions, whose outcomes can be worked out on paper."""

import numpy as np

from tflite.batched.executor import Executor
from tflite.batched.values import Value

COSTS = {name: {"macs": 10.0**i} for i, name in enumerate(("gate", "block", "head", "big"))}
PARAMETERS = {"way": {"default": 0.0}, "sure": {"default": 0.5}, "gain": {"default": 1.0}}


def part(function):
    """A batched part of ports x (and y) and out: `function` of arrays `[samples, ...]`."""
    return lambda inputs: {"out": Value(np.asarray(function(*(v.real() for v in inputs.values())), np.float32))}


def run(name, inputs, output, **fields):
    ports = dict(zip(("x", "y"), inputs.split(), strict=False))
    return {"op": "run", "part": name, "inputs": ports, "outputs": {"out": output}, **fields}


def at_least(value, threshold):
    return {"rule": "at_least", "value": value, "threshold": threshold}


def leave(name, value, rule):
    return {"op": "exit", "name": name, "gives": {"label": value}, "rule": rule}


def answer(name, value):
    return {"op": "answer", "name": name, "gives": {"label": value}}


PARTS = {
    "gate": part(lambda x: x[:, :1]),  # its first number
    "block": part(lambda x: 2 * x),
    "head": part(lambda x: np.stack([x[:, 0], 1 - x[:, 0]], 1)),
    "big": part(lambda x: x + 100),
    "scaled": part(lambda x, gain: x * gain),
}


def skipping():
    """A block that is skipped below the parameter `way`, then an exit, then another network."""
    return [
        run("gate", "image", "score"),
        {"op": "branch", "rule": at_least("score", {"parameter": "way"}), "then": [run("block", "image", "image")]},
        run("head", "image", "logits"),
        leave("early", "logits", at_least("score", {"parameter": "sure"})),
        run("big", "image", "logits"),
        answer("end", "logits"),
    ]


def executor(program, parts=None):
    return Executor(program, PARTS | (parts or {}), PARAMETERS)


def images(*numbers):
    """A batch of samples of two numbers: the given one, and 5."""
    return {"image": np.array([[number, 5] for number in numbers], np.float32)}
