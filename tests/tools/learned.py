"""A hand-made bundle with learned exits, and a data set for it, whose answers can be worked out on paper.

An image is two grey pixels (a, b), scaled to 0..1; the label is 1 where b is larger. Three answers:

    first: logits (10 a, 5), stops where 2 a - 1 + 10 kappa >= threshold
    second: logits (10 a, 10 b - 1), stops where 2 b - 1 + 10 kappa >= threshold
    third: logits (10 a, 10 b): always right, but for a = b, where it says 0
"""

import dataclasses

import numpy as np

from tests.tflite import bundles
from tests.tflite.models import OPERATORS, OPTIONS, Graph, schema
from tflite.bundle import manifest as m

LABELS = ("left", "right")
COSTS = {"stage_1": {"macs": 100.0}, "stage_2": {"macs": 200.0}, "stage_3": {"macs": 700.0}}


def stage(number, weights, bias, source, shape, stop=None):
    """features = x, logits = weights x + bias and, with `stop` (weights, bias), stop = weights x + bias + 10 kappa."""
    graph = Graph()
    x = graph.input(source, shape)
    graph.output(f"features_{number}", graph.dense(x, [[1, 0], [0, 1]], [0, 0]))
    graph.output(f"logits_{number}", graph.dense(x, weights, bias))
    if stop is not None:
        price = graph.dense(graph.input("kappa", (1, 1)), [[10.0]], [0.0])
        score = graph.dense(x, [stop[0]], [stop[1]])
        total = graph.tensor((1, 1))
        options = schema.AddOptionsT()
        graph.operator(OPERATORS.ADD, [score, price], [total], OPTIONS.AddOptions, options)
        graph.output(f"stop_{number}", total)
    return graph


def graphs():
    """The three parts."""
    return {
        "stage_1": stage(1, [[10, 0], [0, 0]], [0, 5], "image", (1, 1, 2, 1), ([2, 0], -1)),
        "stage_2": stage(2, [[10, 0], [0, 10]], [0, -1], "features_1", (1, 2), ([0, 2], -1)),
        "stage_3": stage(3, [[10, 0], [0, 10]], [0, 0], "features_2", (1, 2)),
    }


def program():
    """Run, exit, run, exit, run, answer."""
    steps = [m.Fill(output="kappa", shape=(1, 1), content=m.ParameterReference(parameter="kappa"))]
    for number, source in ((1, "image"), (2, "features_1")):
        outputs = {name: name for name in (f"features_{number}", f"logits_{number}", f"stop_{number}")}
        threshold = m.ParameterReference(parameter="threshold")
        steps.append(m.Run(part=f"stage_{number}", inputs={source: source, "kappa": "kappa"}, outputs=outputs))
        rule = m.AtLeast(value=f"stop_{number}", threshold=threshold)
        steps.append(m.Exit(name=f"exit_{number}", rule=rule, gives={"label": f"logits_{number}"}))
    steps.append(m.Run(part="stage_3", inputs={"features_2": "features_2"}, outputs={"logits_3": "logits_3"}))
    return [*steps, m.Answer(name="answer", gives={"label": "logits_3"})]


def write(folder, **fields):
    """Writes the bundle: points `fast` (kappa .05: exits at 2 a >= 1) and `exact` (kappa .01: at 2 a >= 1.4)."""
    settings = {
        "name": "learned",
        "outputs": bundles.labels(*LABELS),
        "inputs": {"image": bundles.picture(scale=1 / 255)},
        "parameters": {
            "kappa": m.Parameter(default=0.02, minimum=0.0, maximum=0.1),
            "threshold": m.Parameter(default=0.5, minimum=0.0, maximum=1.0),
        },
        "operating_points": (point("fast", 0.05, 0.8, 400.0), point("exact", 0.01, 0.9, 700.0)),
        "default_operating_point": "exact",
        "provenance": {"dataset": "pixels", "family": "hand-made"},
    }
    return bundles.make(folder, graphs(), program(), COSTS, **{**settings, **fields})


def point(name, kappa, accuracy, macs):
    """An operating point."""
    return m.OperatingPoint(
        name=name, parameters={"kappa": kappa}, accuracy=accuracy, costs={"macs": macs}, samples=100
    )


@dataclasses.dataclass(frozen=True)
class Pixels:
    """Stands in for a `keras_models.datasets.Task`: pairs of pixels drawn once; easy where they differ by 100."""

    name: str = "pixels"
    labels: tuple = LABELS
    input_shape: tuple = (1, 2, 1)
    group_names: tuple = ("easy", "hard")

    @property
    def answers(self):
        """Of the one output."""
        return {"label": self.labels}

    def sources(self, split):
        """Every image is one of its own."""
        return None

    def load(self, split):
        """60 images, labels and groups; the split must be "test"."""
        if split != "test":
            raise ValueError(f"expected the split test, received {split!r}")
        images = np.random.default_rng(0).integers(0, 256, (60, 1, 2, 1)).astype(np.uint8)
        a, b = images[:, 0, 0, 0].astype(int), images[:, 0, 1, 0].astype(int)
        return images, (b > a).astype(np.int64), (abs(a - b) < 100).astype(np.int64)
