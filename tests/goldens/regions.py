"""The small networks of the golden bundles that find boxes and look at each."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.goldens.networks import LABELS, free, image, points, reference
from tests.tflite.bundles import labels, linear, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m

PROPOSALS = 4


def _propose(rng):
    """Four boxes around fixed ones, moved by the picture; scores of two classes in eight bits."""
    graph = Graph()
    x = graph.input("image", (1, 6, 6, 1))
    anchors = [[0, 0, 0.5, 0.5], [0.1, 0, 0.6, 0.5], [0.4, 0.5, 1, 1], [0.45, 0.5, 1.05, 0.9]]
    moved = graph.dense(x, rng.normal(0, 0.004, (16, 36)), np.ravel(anchors))
    graph.output("boxes", graph.reshape(moved, (1, PROPOSALS, 4)))
    scores = graph.quantize(graph.dense(x, rng.normal(0, 0.12, (8, 36)), np.full(8, 0.4)), 1 / 64, -20)
    graph.output("scores", graph.reshape(scores, (1, PROPOSALS, 2)))
    return graph


def _look(rng):
    """A piece of 2 x 2 and its box in: a mask, a better box, and how sure it is."""
    graph = Graph()
    piece, box = graph.input("piece", (1, 2, 2, 1)), graph.input("box", (1, 4))
    graph.output("mask", graph.reshape(graph.dense(piece, rng.normal(0, 1, (6, 4)), np.zeros(6)), (1, 2, 3)))
    change, better = graph.dense(piece, rng.normal(0, 0.02, (4, 4)), np.zeros(4)), graph.tensor((1, 4))
    graph.operator(OPERATORS.ADD, [box, change], [better], OPTIONS.AddOptions, schema.AddOptionsT())
    graph.output("better", better)
    graph.output("sure", graph.dense(piece, rng.normal(0, 1, (1, 4)), [0.0]))
    return graph


def boxes(folder):
    """The best two of four boxes, and what a look at each says of it: masks, finer boxes; a look too sure ends them."""
    rng = np.random.default_rng(21)
    graphs = {
        "propose": _propose(rng),
        "look": _look(rng),
        "sum": linear(rng.normal(0, 1, (3, 3)), [0.1, 0, 0], "scores", (1, 3), "logits"),
    }
    kept = {"boxes": "kept", "scores": "kept_scores", "classes": "classes", "rows": "places", "count": "count"}
    each = (
        m.Crop(value="image", at="box", output="piece", size=(2, 2), mode="box", costs={"macs": 4.0}),
        run("look", {"piece": "piece", "box": "box"}, {"mask": "mask", "better": "better", "sure": "sure"}),
        m.Branch(rule=m.AtLeast(value="sure", threshold=reference("sure")), then=(m.Leave(rule=_always()),)),
    )
    program = [
        run("propose", outputs={"boxes": "proposed", "scores": "scores"}),
        m.Keep(boxes="proposed", scores="scores", threshold=reference("least"), overlap=reference("overlap"), most=3,
               outputs=kept, costs={"macs": 9.0}),
        m.Each(rows={"box": "kept"}, count="count", steps=each, stacks={"masks": "mask", "finer": "better"},
               done="done"),
        run("sum", {"scores": "kept_scores"}),
        m.Answer(name="end", gives={"label": "logits", "things": "finer", "proposed": "kept"}),
    ]  # fmt: skip
    fields = {"labels": ("x", "y"), "scores": "kept_scores", "classes": "classes"}
    outputs = {
        "things": m.MasksOutput(**fields, count="done", masks="masks"),
        "proposed": m.BoxesOutput(**fields, count="count"),
    }
    return make(
        folder,
        graphs,
        program,
        outputs=labels(*LABELS) | outputs,
        inputs=image(6, 6, scale=1 / 64, offset=-1.0),
        parameters={"least": free(0.5), "overlap": free(0.3), "sure": free(1e30)},
        operating_points=points(
            {"least": 0.8}, {"least": 0.3, "overlap": 0.9}, {"least": -4.0, "sure": 0.51}, {"least": 4.0}
        ),
        default_operating_point="p1",
        costs={name: {"macs": 24.0} for name in graphs},
    )


def _always():
    return m.AtLeast(value="sure", threshold=-1e30)
