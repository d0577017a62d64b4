"""The small networks of the golden bundles that have every step and rule of the language; tensors.py has the others."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import labels, linear, linear_int8, make, picture, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m

LABELS = ("a", "b", "c")


def reference(name):
    """The present value of a parameter, in a program."""
    return m.ParameterReference(parameter=name)


def points(*settings, **shared):
    """Operating points named p0, p1, ... with these parameters."""
    return tuple(
        m.OperatingPoint(name=f"p{i}", parameters={**shared, **s}, accuracy=0.5, costs={"macs": 10.0 + i}, samples=9)
        for i, s in enumerate(settings)
    )


def free(default):
    """A parameter without a bound that matters."""
    return m.Parameter(default=default, minimum=-1e30, maximum=1e30)


def image(height, width, channels=1, scale=1.0, offset=0.0, **fields):
    """The manifest's inputs."""
    return {"image": picture((height, width, channels), scale, offset, **fields)}


RULES = {
    "at_least": m.AtLeast(value="score", threshold=reference("at_least")),
    "max_softmax": m.MaxSoftmax(value="logits", threshold=reference("max_softmax")),
    "max_softmax_none": m.MaxSoftmax(value="shares", threshold=reference("max_softmax_none"), activation="none"),
    "margin": m.Margin(value="logits", threshold=reference("margin")),
    "margin_none": m.Margin(value="shares", threshold=reference("margin_none"), activation="none"),
    "entropy": m.Entropy(value="logits", threshold=reference("entropy")),
    "entropy_none": m.Entropy(value="shares", threshold=reference("entropy_none"), activation="none"),
    "logistic": m.LogisticEntropy(value="logits", threshold=reference("logistic"), weight=2.0, bias=reference("bias")),
    "logistic_none": m.LogisticEntropy(
        value="shares", threshold=reference("logistic_none"), weight=reference("weight"), bias=-1.0, activation="none"
    ),
}
# Where each rule holds on some of the images and not on others, and where it never does. None lies on a value seen.
THRESHOLDS = {
    "at_least": (0.45, 1e30),
    "max_softmax": (0.85, 2.0),
    "max_softmax_none": (0.4325, 2.0),
    "margin": (0.7, 2.0),
    "margin_none": (0.025, 2.0),
    "entropy": (0.55, -1.0),
    "entropy_none": (1.03, -1.0),
    "logistic": (0.59, -1.0),
    "logistic_none": (0.6405, -1.0),
}
INT8_THRESHOLDS = {
    **THRESHOLDS,
    "max_softmax_none": (0.19, 2.0),
    "entropy_none": (0.86, -1.0),
    "logistic_none": (0.59, -1.0),
}


def rules(folder, int8):
    """One exit for each rule and activation; operating point i switches on exit i alone, the last one none."""
    if int8:
        head = linear_int8([[64, 0], [0, 64], [32, -32]], [0, 0, 4], (0.5, 1 / 64, 0.125))
        score = linear_int8([[40, -30]], [0], (0.5, 1 / 64, 0.05), target="score")
        shares = linear_int8([[9, 2], [3, 8], [2, 2]], [20, 40, 70], (0.5, 1 / 256, 1 / 256), target="shares",
                             zero_points=(0, -128))  # fmt: skip
    else:
        head = linear([[1, 0], [0, 1], [0.5, -0.5]], [0, 0, 0.25])
        score = linear([[0.6, -0.4]], [0], target="score")
        shares = linear([[0.03, 0.01], [0.01, 0.03], [-0.04, -0.04]], [0.31, 0.3, 0.39], target="shares")
    graphs = {"head": head, "score": score, "shares": shares}
    program = [run("head"), run("score", outputs={"score": "score"}), run("shares", outputs={"shares": "shares"})]
    for name, rule in RULES.items():
        program.append(m.Exit(name=name, rule=rule, gives={"label": "logits"}))
    program.append(m.Answer(name="end", gives={"share": "shares"}))
    thresholds = INT8_THRESHOLDS if int8 else THRESHOLDS
    off = {name: never for name, (_, never) in thresholds.items()}
    settings = [{name: on} for name, (on, _) in thresholds.items()] + [{}]
    return make(
        folder,
        graphs,
        program,
        outputs=labels(*LABELS) | {"share": m.LabelsOutput(labels=LABELS, activation="none")},
        inputs=image(1, 2, scale=0.5),
        parameters={name: free(0.0) for name in (*THRESHOLDS, "weight", "bias")},
        operating_points=points(*settings, **off, weight=1.5, bias=-0.75),
        default_operating_point="p0",
    )


def _look():
    """A recurrent look: a glimpse and a state in, the next state and the next place out."""
    look = Graph()
    x, h = look.input("glimpse", (1, 2, 2, 2)), look.input("state", (1, 3))
    flat = look.dense(x, np.linspace(-0.5, 0.6, 24).reshape(3, 8), [0.1, 0, -0.1])
    new = look.tensor((1, 3))
    look.operator(OPERATORS.ADD, [flat, h], [new], OPTIONS.AddOptions, schema.AddOptionsT())
    look.output("state", new)
    look.output("place", look.dense(new, [[0.02, -0.01, 0.01], [0.01, 0.02, -0.02]], [0.1, -0.2]))
    return look


def steps(folder):
    """Every step: fills of the three kinds, both crops, a branch, a select, and a repeat around an exit and a state."""
    graphs = {
        "look": _look(),
        "patch": linear(np.linspace(-1, 1, 18).reshape(2, 9), [0.5, 0], "piece", (1, 3, 3, 1), "choice"),
        "plain": linear(np.eye(3), [0, 0, 1], "state", (1, 3), "logits"),
        "mixed": linear([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [0, 0, 0], "state", (1, 3), "logits"),
    }
    loop = (
        m.Crop(value="image", at="place", output="glimpse", size=(2, 2), mode="glimpse", scales=2),
        run("look", {"glimpse": "glimpse", "state": "state"}, {"state": "state", "place": "place"}),
        m.Exit(name="sure", rule=m.MaxSoftmax(value="state", threshold=reference("sure")), gives={"label": "state"}),
    )
    program = [
        m.Fill(output="theta", shape=(4,), content=(0.2, -0.1, 0.7, 0.9)),
        m.Crop(value="image", at="theta", output="piece", size=(3, 3)),
        run("patch", {"piece": "piece"}, {"choice": "choice"}),
        m.Fill(output="state", shape=(1, 3), content=reference("start")),
        m.Fill(output="place", shape=(1, 2), content=0.25),
        m.Repeat(times=3, steps=loop),
        m.Branch(
            rule=m.Margin(value="state", threshold=reference("apart")),
            then=(run("plain", {"state": "state"}),),
            otherwise=(run("mixed", {"state": "state"}),),
        ),
        m.Select(value="choice", cases=((), (m.Answer(name="second", gives={"label": "state"}),))),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    return make(
        folder,
        graphs,
        program,
        outputs=labels(*LABELS),
        inputs=image(5, 4, scale=1 / 64, offset=-1.0),
        parameters={"sure": free(2.0), "apart": free(0.5), "start": free((0.1, 0.2, 0.3))},
        operating_points=points({"sure": 0.9}, {"apart": 0.2}, {"apart": 2.0, "start": (0.0, 2.0, 0.0)}),
        default_operating_point="p1",
        costs={name: {"macs": 24.0, "energy_uj": 1.5} for name in graphs},
    )


def seams(folder):
    """Seams between all types: the image is read as int8, then int8 of another scale, uint8, float32 and int32."""
    first = linear_int8([[64, -20], [13, 50]], [3, -7], (0.0173, 1 / 64, 0.031), target="y", zero_points=(-5, 11))
    other = linear_int8([[80, -9], [21, 77]], [0, 5], (0.043, 1 / 64, 0.07), "x", (1, 2), "y", (3, -20))
    unsigned = Graph()
    unsigned.output("y", unsigned.quantize(unsigned.input("x", (1, 2), "uint8", 0.05, 128), 0.03, 100, "uint8"))
    whole = Graph()
    w = whole.input("x", (1, 2), "int32")
    y = whole.tensor((1, 2), "int32")
    whole.operator(
        OPERATORS.ADD, [w, whole.constant([[7, -3]], "int32")], [y], OPTIONS.AddOptions, schema.AddOptionsT()
    )
    whole.output("y", y)
    graphs = {
        "first": first,
        "other": other,
        "unsigned": unsigned,
        "real": linear([[3.3, 0.1], [-0.2, 2.7]], [0.01, 0.02], "x", (1, 2), "y"),
        "whole": whole,
        "last": linear_int8([[64, 0], [0, 64]], [0, 0], (0.5, 1 / 64, 0.5), "x", (1, 2), "y", (1, -1)),
    }
    names = list(graphs)
    program = [run("first", outputs={"y": "v0"})]
    program += [run(name, {"x": f"v{i}"}, {"y": f"v{i + 1}"}) for i, name in enumerate(names[1:])]
    program.insert(
        5, m.Exit(name="real_exit", rule=m.Entropy(value="v3", threshold=reference("sharp")), gives={"label": "v4"})
    )
    program.append(m.Answer(name="end", gives={"label": "v5"}))
    return make(
        folder,
        graphs,
        program,
        inputs=image(1, 2, scale=0.0157, offset=-2.0),
        parameters={"sharp": free(-1.0)},
        operating_points=points({}, {"sharp": 0.4}),
        default_operating_point="p0",
    )


def shared(folder):
    """One file of several signatures: a part that several steps run, and one that reads what it wrote."""
    graphs = {
        "first": linear([[1, 0], [0, 1]], [0, 0], target="y", signature="first"),
        "swap": linear([[0, 1], [1, 0]], [0, 0.5], "x", (1, 2), "y", "swap"),
        **_recurrent(np.random.default_rng(12)),
    }
    program = [
        run("first", outputs={"y": "a"}),
        run("swap", {"x": "a"}, {"y": "b"}),
        run("swap", {"x": "b"}, {"y": "c"}),
        run("spread", {"x": "a"}, {"y": "state"}),
        m.Repeat(times=4, steps=(run("change", {"x": "state"}, {"y": "state"}),)),
        run("join", {"x": "state"}, {"y": "end"}),
        m.Select(
            value="b",
            cases=((m.Answer(name="changed", gives={"label": "end"}),), (run("swap", {"x": "c"}, {"y": "c"}),)),
        ),
        m.Answer(name="swapped", gives={"label": "c"}),
    ]
    return make(folder, graphs, program, single=True)


def _recurrent(rng):
    """Three int8 parts around a state of 6 x 6 x 4: one makes it, a convolution changes it, one reads it."""
    spread, change, join = Graph("spread"), Graph("change"), Graph("join")
    state = (1, 6, 6, 4)
    x = spread.input("x", (1, 2), "int8", 0.1, 0)
    weights, bias = rng.integers(-90, 90, (144, 2)), rng.integers(0, 300, 144)
    codes = spread.dense(x, weights, bias, "int8", 0.05, -128, 1 / 64)
    spread.output("y", spread.reshape(codes, state))
    change.output("y", convolution(change, change.input("x", state, "int8", 0.05, -128), 4, 0.05, -128, rng))
    z = join.input("x", state, "int8", 0.05, -128)
    join.output("y", join.dense(z, rng.integers(-20, 20, (2, 144)), [0, 100], "int8", 0.1, 5, 1 / 128))
    return {"spread": spread, "change": change, "join": join}


def stages(folder):
    """Ten tiny parts with an exit that never answers behind each but the last: what a step costs beside its part."""
    eye = np.eye(2)
    graphs = {"stage_0": linear(eye, [0, 0], target="x")}
    graphs |= {f"stage_{i}": linear(eye, [0, 0], "x", (1, 2), "x") for i in range(1, 10)}
    program = [run("stage_0", outputs={"x": "x"})]
    for i in range(1, 10):
        rule = m.MaxSoftmax(value="x", threshold=2.0)
        program += [
            m.Exit(name=f"exit_{i}", rule=rule, gives={"label": "x"}),
            run(f"stage_{i}", {"x": "x"}, {"x": "x"}),
        ]
    return make(folder, graphs, [*program, m.Answer(name="end", gives={"label": "x"})])


def convolution(graph, x, filters, scale, zero_point, rng):
    """A 3 x 3 convolution with ReLU and per-channel weights, of the type of its input: int8 or int16."""
    shape, type, x_scale, _, _ = graph.tensors[x]
    channels = shape[3]
    weights = rng.integers(-127, 128, (filters, 3, 3, channels))
    w_scales = (rng.uniform(0.5, 1.5, filters) / 400).astype(np.float32)
    w = graph.constant(weights, "int8", w_scales.tolist())
    wide = type == "int16"
    bias = rng.integers(-3000, 3000, filters) << (8 if wide else 0)
    b = graph.constant(bias, "int64" if wide else "int32", (w_scales * x_scale).tolist())
    y = graph.tensor((*shape[:3], filters), type, scale, zero_point)
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU
    return graph.operator(OPERATORS.CONV_2D, [x, w, b], [y], OPTIONS.Conv2DOptions, options)
