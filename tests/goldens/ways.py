"""The small networks of the golden bundles with several inputs and outputs, ways out of repeats, and long ways."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.goldens.networks import LABELS, free, image, points, reference
from tests.tflite.bundles import labels, linear, linear_int8, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m


def _look():
    """A look at a piece, which changes the state, and says where to look next and whether it was enough."""
    look = Graph()
    x, h = look.input("piece", (1, 2, 2, 1)), look.input("state", (1, 3))
    new = look.tensor((1, 3))
    seen = look.dense(x, np.linspace(-0.4, 0.5, 12).reshape(3, 4), [0.1, 0, -0.1])
    look.operator(OPERATORS.ADD, [seen, h], [new], OPTIONS.AddOptions, schema.AddOptionsT())
    look.output("next", new)
    look.output("place", look.dense(new, [[0.3, -0.1, 0.2], [0.1, 0.2, -0.3]], [0.1, -0.2]))
    look.output("enough", look.dense(new, [[0.5, 0.25, -0.5]], [0.125]))
    return look


def looks(folder):
    """A box that a parameter says, a case that a parameter names, and looks that end when one is enough."""
    graphs = {
        "look": _look(),
        "plain": linear(np.eye(3), [0, 0, 1], "state", (1, 3), "logits"),
        "mixed": linear([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [0, 0, 0], "state", (1, 3), "logits"),
    }
    box = m.Crop(value="image", at="box", output="piece", size=(2, 2), mode="box", padding=0.25, costs={"macs": 24.0})
    glimpse = m.Crop(value="image", at="place", output="piece", size=(2, 2), mode="glimpse", padding=-1.0)
    loop = (
        run("look", {"piece": "piece", "state": "state"}, {"next": "state", "place": "place", "enough": "enough"}),
        m.Leave(rule=m.AtLeast(value="enough", threshold=reference("enough"))),
        glimpse,
    )
    plain = run("plain", {"state": "state"})
    program = [
        m.Fill(output="box", shape=(1, 4), content=reference("box")),
        m.Fill(output="state", shape=(1, 3), content=0.0),
        box,
        m.Repeat(times=3, steps=loop),
        m.Select(parameter="task", cases=((plain,), (run("mixed", {"state": "state"}),), ())),
        m.Branch(rule=m.AtLeast(value="enough", threshold=reference("again")), then=(plain,)),
        m.Answer(name="end", gives={"label": "state", "place": "place"}),
    ]
    parameters = {"enough": free(1e30), "again": free(1e30), "box": free((0.0, 0.0, 1.0, 1.0))}
    return make(
        folder,
        graphs,
        program,
        outputs=labels(*LABELS) | {"place": m.VectorOutput()},
        inputs=image(5, 4, scale=1 / 64, offset=-1.0),
        parameters=parameters | {"task": m.Parameter(default=2, minimum=0, maximum=2)},
        operating_points=points(
            {"enough": -1.065},
            {"task": 0.5, "box": (0.25, -0.5, 0.75, 0.5), "enough": -0.705},
            {"task": 0.51, "again": -1.45, "box": (1.25, 0.5, 0.5, 1.5)},
        ),
        default_operating_point="p1",
        costs={name: {"macs": 24.0, "energy_uj": 1.5} for name in graphs},
    )


def several(folder):
    """A picture and a hint in, two kinds of labels and a vector out; an exit gives only some of them."""
    both = Graph()
    x, hint = both.input("image", (1, 1, 2, 1), "int8", 0.5, 0), both.input("hint", (1, 3))
    seen = both.tensor((1, 3), "float32")
    codes = both.dense(x, [[64, 0], [0, 64], [32, -32]], [0, 0, 4], "int8", 0.125, 0, 1 / 64)
    both.operator(OPERATORS.DEQUANTIZE, [codes], [seen])
    joined = both.tensor((1, 3))
    both.operator(OPERATORS.ADD, [seen, hint], [joined], OPTIONS.AddOptions, schema.AddOptionsT())
    both.output("logits", joined)
    graphs = {
        "both": both,
        "kind": linear_int8([[40, -30, 9], [-7, 20, 30]], [3, -4], (0.1, 1 / 64, 0.07), "x", (1, 3), "shares"),
        "far": linear([[2, 0], [0, 2]], [0, 0], "x", (1, 2), "other"),
    }
    program = [
        run("both", {"image": "image", "hint": "hint"}),
        m.Exit(name="sure", rule=m.Margin(value="logits", threshold=reference("sure")), gives={"label": "logits"}),
        run("kind", {"x": "logits"}, {"shares": "shares"}),
        run("far", {"x": "shares"}, {"other": "seen"}, on="remote", otherwise=(
            m.Fill(output="seen", shape=(1, 2), content=0.5),
            m.Exit(name="near", rule=m.Margin(value="shares", threshold=0.9), gives={"kind": "shares"}),
        )),
        m.Answer(name="end", gives={"label": "logits", "kind": "seen", "embedding": "shares"}),
    ]  # fmt: skip
    inputs = image(1, 2, scale=0.5) | {"hint": (m.VectorInput(), (1, 3))}
    outputs = labels(*LABELS) | {"kind": m.LabelsOutput(labels=("x", "y"), activation="none")}
    return make(
        folder,
        graphs,
        program,
        remote=["far"],
        outputs=outputs | {"embedding": m.VectorOutput()},
        inputs=inputs,
        parameters={"sure": free(2.0)},
        operating_points=points({"sure": 0.95}, {"sure": 2.0}),
        default_operating_point="p1",
        costs={name: {"macs": 9.0, "latency_us": 2.0} for name in graphs},
    )


COSTS_AHEAD = {"first": 10, "far": 5, "near": 40, "round": 50, "back": 3, "look": 70, "note": 7, "last": 60}


def _parts_ahead():
    """A part for every name in the costs."""
    eye = np.eye(2)
    return {
        "first": linear(eye, [0, 0]),
        "far": linear(eye, [0, 0], "x", (1, 2), "doubled"),
        "near": linear(eye, [0, 0], "x", (1, 2), "doubled"),
        "round": linear(eye, [1, 0], "x", (1, 2), "y"),
        "back": linear(eye, [0, 1], "x", (1, 2), "y"),
        "look": linear([[1]], [0], "row", (1,), "y"),
        "note": _noted(),
        "last": linear(eye, [0, 0], "x", (1, 2), "y"),
    }


def ahead(folder):
    """Exits before, in and behind a repeat, a run elsewhere and an each: under budgets what lies ahead of them decides.

    Each is reached with a cost of its own: 10, 15, then 65, 118 and 171, then 174, then 244 and 321; 388 is the end.
    """
    graphs = _parts_ahead()

    def never(name):
        gives = {"label": "x", "rows": "doubled"} if name == "e4" else {"label": "x"}
        return m.Exit(name=name, rule=m.MaxSoftmax(value="x", threshold=2.0), gives=gives)

    def over(part):
        return run(part, {"x": "x"}, {"y": "x"})

    row = (run("look", {"row": "row"}, {"y": "seen"}), never("e4"),
           run("note", {"seen": "seen", "x": "x"}, {"y": "x"}))  # fmt: skip
    program = [
        run("first", outputs={"logits": "x"}),
        never("e0"),
        run("far", {"x": "x"}, {"doubled": "doubled"}, on="remote",
            otherwise=(run("near", {"x": "x"}, {"doubled": "doubled"}),)),
        never("e1"),
        m.Repeat(times=3, steps=(over("round"), never("e2"), over("back"))),
        never("e3"),
        m.Each(rows={"row": "doubled"}, steps=row, stacks={"stacked": "seen"}),
        over("last"),
        m.Answer(name="end", gives={"label": "x", "rows": "stacked"}),
    ]  # fmt: skip
    return make(
        folder,
        graphs,
        program,
        remote=["far"],
        outputs=labels("a", "b") | {"rows": m.VectorOutput()},
        inputs=image(1, 2, scale=0.5),
        operating_points=points({}),
        default_operating_point="p0",
        costs={name: {"macs": float(cost)} for name, cost in COSTS_AHEAD.items()},
    )


def _noted():
    """Adds what was seen in a row to the first of two numbers, which the next row finds."""
    graph = Graph()
    seen, x = graph.input("seen", (1, 1)), graph.input("x", (1, 2))
    wide, sum_ = graph.dense(seen, [[1], [0]], [0, 0]), graph.tensor((1, 2))
    graph.operator(OPERATORS.ADD, [wide, x], [sum_], OPTIONS.AddOptions, schema.AddOptionsT())
    graph.output("y", sum_)
    return graph
