"""The small networks of the golden bundles: together they have every step, rule and tensor type of the language."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import linear, linear_int8, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite import manifest as m

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
    """The manifest's input."""
    return m.Input(shape=(height, width, channels), scale=(scale,) * channels, offset=(offset,) * channels, **fields)


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
        program.append(m.Exit(name=name, rule=rule, value="logits"))
    program.append(m.Answer(name="end", value="shares", activation="none"))
    thresholds = INT8_THRESHOLDS if int8 else THRESHOLDS
    off = {name: never for name, (_, never) in thresholds.items()}
    settings = [{name: on} for name, (on, _) in thresholds.items()] + [{}]
    return make(
        folder,
        graphs,
        program,
        task=m.Task(labels=LABELS),
        input=image(1, 2, scale=0.5),
        parameters={name: free(0.0) for name in (*THRESHOLDS, "weight", "bias")},
        operating_points=points(*settings, **off, weight=1.5, bias=-0.75),
        default_operating_point="p0",
    )


def steps(folder):
    """Every step: fills of the three kinds, both crops, a branch, a select, and a repeat around an exit and a state."""
    look = Graph()
    x, h = look.input("glimpse", (1, 2, 2, 2)), look.input("state", (1, 3))
    flat = look.dense(x, np.linspace(-0.5, 0.6, 24).reshape(3, 8), [0.1, 0, -0.1])
    new = look.tensor((1, 3))
    look.operator(OPERATORS.ADD, [flat, h], [new], OPTIONS.AddOptions, schema.AddOptionsT())
    look.output("state", new)
    look.output("place", look.dense(new, [[0.02, -0.01, 0.01], [0.01, 0.02, -0.02]], [0.1, -0.2]))
    graphs = {
        "look": look,
        "patch": linear(np.linspace(-1, 1, 18).reshape(2, 9), [0.5, 0], "piece", (1, 3, 3, 1), "choice"),
        "plain": linear(np.eye(3), [0, 0, 1], "state", (1, 3), "logits"),
        "mixed": linear([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [0, 0, 0], "state", (1, 3), "logits"),
    }
    loop = (
        m.Crop(value="image", at="place", output="glimpse", size=(2, 2), mode="glimpse", scales=2),
        run("look", {"glimpse": "glimpse", "state": "state"}, {"state": "state", "place": "place"}),
        m.Exit(name="sure", rule=m.MaxSoftmax(value="state", threshold=reference("sure")), value="state"),
    )
    program = [
        m.Fill(output="theta", shape=(4,), content=(0.2, -0.1, 0.7, 0.9)),
        m.Crop(value="image", at="theta", output="piece", size=(3, 3)),
        run("patch", {"piece": "piece"}, {"choice": "choice"}),
        m.Fill(output="state", shape=(1, 3), content=reference("start")),
        m.Fill(output="place", shape=(2,), content=0.25),
        m.Repeat(times=3, steps=loop),
        m.Branch(
            rule=m.Margin(value="state", threshold=reference("apart")),
            then=(run("plain", {"state": "state"}),),
            otherwise=(run("mixed", {"state": "state"}),),
        ),
        m.Select(value="choice", cases=((), (m.Answer(name="second", value="state"),))),
        m.Answer(name="end", value="logits"),
    ]
    return make(
        folder,
        graphs,
        program,
        task=m.Task(labels=LABELS),
        input=image(5, 4, scale=1 / 64, offset=-1.0),
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
    program.insert(5, m.Exit(name="real_exit", rule=m.Entropy(value="v3", threshold=reference("sharp")), value="v4"))
    program.append(m.Answer(name="end", value="v5"))
    return make(
        folder,
        graphs,
        program,
        input=image(1, 2, scale=0.0157, offset=-2.0),
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
            cases=((m.Answer(name="changed", value="end"),), (run("swap", {"x": "c"}, {"y": "c"}),)),
        ),
        m.Answer(name="swapped", value="c"),
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
    change.output("y", _convolution(change, change.input("x", state, "int8", 0.05, -128), 4, 0.05, -128, rng))
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
        program += [m.Exit(name=f"exit_{i}", rule=rule, value="x"), run(f"stage_{i}", {"x": "x"}, {"x": "x"})]
    return make(folder, graphs, [*program, m.Answer(name="end", value="x")])


def readers(folder):
    """Parts of different int8 encodings read the image, which is prepared as float32 and quantized for each."""
    coarse = linear_int8([[64, 0], [0, 64]], [0, 0], (0.9, 1 / 64, 0.9), target="logits", zero_points=(-3, 0))
    fine = linear_int8([[64, 0], [0, 64]], [0, 0], (0.02, 1 / 64, 0.02), target="logits", zero_points=(0, 7))
    program = [
        run("coarse"),
        m.Exit(name="apart", rule=m.Margin(value="logits", threshold=0.96), value="logits"),
        run("fine", outputs={"logits": "last"}),
        m.Answer(name="end", value="last"),
    ]
    return make(folder, {"coarse": coarse, "fine": fine}, program, input=image(1, 2, scale=0.0307, offset=-1.9))


def rewritten(folder):
    """Values that are written again as another type: the image by a part, a state from one iteration to the next."""
    redo = Graph()
    x = redo.input("x", (1, 1, 2, 1), "int8", 0.05, -10)
    half = redo.dense(x, [[48, 8], [-8, 48]], [3, -4], "int8", 0.03, 5, 1 / 64)
    redo.output("y", redo.reshape(half, (1, 1, 2, 1)))
    graphs = {
        "redo": redo,
        "look": linear_int8([[64, 9], [9, 64]], [0, 7], (0.05, 1 / 64, 0.04), target="y", zero_points=(-10, 2)),
        "step": linear_int8([[70, -20], [20, 70]], [5, 0], (0.06, 1 / 64, 0.05), "x", (1, 2), "y", (0, -3)),
    }
    program = [
        run("redo", {"x": "image"}, {"y": "image"}),
        run("look", outputs={"y": "seen"}),
        m.Fill(output="state", shape=(1, 2), content=reference("start")),
        m.Repeat(
            times=3,
            steps=(
                m.Exit(name="inner", rule=m.Margin(value="state", threshold=reference("apart")), value="state"),
                run("step", {"x": "state"}, {"y": "state"}),
            ),
        ),
        m.Select(value="seen", cases=((m.Answer(name="state", value="state"),), ())),
        m.Answer(name="seen", value="seen"),
    ]
    return make(
        folder,
        graphs,
        program,
        input=image(1, 2, scale=0.0307, offset=-3.9),
        parameters={"start": free((0.31, -0.22)), "apart": free(2.0)},
        operating_points=points({}, {"apart": 0.2}, {"apart": 0.7, "start": (1.03, 2.17)}),
        default_operating_point="p0",
    )


def moving(folder):
    """Parts whose RESHAPE takes its size from a tensor: TensorFlow Lite moves their memory from run to run."""
    sized = Graph()
    z, shape = sized.input("x", (1, 2)), sized.input("size", (2,), "int32")
    y = sized.tensor((1, 2))
    sized.operator(OPERATORS.RESHAPE, [z, shape], [y], OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())
    sized.output("y", y)
    mover = Graph()
    x = mover.input("x", (1, 2))
    size = mover.tensor((2,), "int32")
    mover.operator(OPERATORS.SHAPE, [x], [size], OPTIONS.ShapeOptions, _shape_options())
    y = mover.tensor((1, 2))
    mover.operator(OPERATORS.RESHAPE, [x, size], [y], OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())
    mover.output("y", y)
    passing = Graph()
    p = passing.input("x", (1, 2))
    passing.output("same", p)
    passing.output("y", passing.multiply(p, [[2.0, 0.5]]))
    program = [
        run("first", outputs={"y": "a"}),
        run("mover", {"x": "a"}, {"y": "b"}),
        m.Fill(output="size", shape=(2,), content=(1.0, 2.0)),
        run("sized", {"x": "b", "size": "size"}, {"y": "b"}),
        run("passing", {"x": "b"}, {"y": "c", "same": "d"}),
        m.Branch(
            rule=m.AtLeast(value="e", threshold=0.0),
            then=(m.Answer(name="changed", value="c"),),
            otherwise=(m.Answer(name="same", value="d"),),
        ),
    ]
    graphs = {
        "first": linear([[1, 0], [0, 1]], [0.5, 0], target="y"),
        "mover": mover,
        "sized": sized,
        "passing": passing,
        "sum": linear([[1, -1]], [0], "x", (1, 2), "y"),
    }
    program.insert(5, run("sum", {"x": "d"}, {"y": "e"}))
    return make(folder, graphs, program, input=image(1, 2, offset=-3.0))


def _shape_options():
    options = schema.ShapeOptionsT()
    options.outType = schema.TensorType.INT32
    return options


def remote(folder):
    """A part that runs elsewhere, between an exit and the answer."""
    double = Graph()
    x = double.input("x", (1, 2))
    double.output("doubled", double.multiply(x, [[2.0, 2.0]]))
    graphs = {"first": linear([[1, 0], [0, 1]], [0, 0.5]), "far": double}
    program = [
        run("first"),
        m.Exit(name="near", rule=m.Margin(value="logits", threshold=0.9), value="logits"),
        run("far", {"x": "logits"}, {"doubled": "doubled"}, on="remote"),
        m.Answer(name="end", value="doubled"),
    ]
    costs = {name: {"macs": 4.0, "latency_us": 1000.0} for name in graphs}
    return make(folder, graphs, program, costs=costs, remote=["far"], input=image(1, 2, scale=0.5))


def pictures(folder, channels, type):
    """Pictures of any size and colour, cropped, resized and normalised, as the logits of a part that copies them."""
    part, shape = Graph(), (1, 4, 6, channels)
    scaled = {} if type == "float32" else {"scale": 0.021, "zero_point": -7 if type == "int8" else 100}
    x = part.input("image", shape, type, **scaled)
    part.output("logits", part.reshape(x, (1, 24 * channels)))
    spec = m.Input(
        shape=shape[1:], resize="bilinear", crop="center",
        scale=(1 / 127.5, 0.02, 0.011)[:channels], offset=(-1.0, -1.7, -1.1)[:channels],
    )  # fmt: skip
    labels = tuple(str(i) for i in range(24 * channels))
    program = [run("part"), m.Answer(name="end", value="logits", activation="none")]
    return make(folder, {"part": part}, program, task=m.Task(labels=labels), input=spec)


def convolutions(folder):
    """Two int8 stages of convolution, pooling and dense layers with random weights: what a real network is made of."""
    rng = np.random.default_rng(7)
    first, second = Graph(), Graph()
    x = first.input("image", (1, 12, 12, 1), "int8", 1 / 128, 0)
    y = _convolution(first, x, 8, 0.03, -128, rng)
    y = _convolution(first, y, 8, 0.05, -128, rng)
    first.output("features", y)
    first.output(
        "logits", first.dense(y, rng.integers(-9, 10, (3, 12 * 12 * 8)), [30, -20, 5], "int8", 1 / 32, 3, 1 / 128)
    )
    z = second.input("features", (1, 12, 12, 8), "int8", 0.05, -128)
    z = _convolution(second, z, 16, 0.08, -128, rng)
    second.output(
        "logits", second.dense(z, rng.integers(-9, 10, (3, 12 * 12 * 16)), [0, 40, -9], "int8", 1 / 32, -4, 1 / 128)
    )
    program = [
        run("first", outputs={"features": "features", "logits": "logits"}),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=reference("sure")), value="logits"),
        run("second", {"features": "features"}, {"logits": "last"}),
        m.Answer(name="end", value="last"),
    ]
    return make(
        folder,
        {"first": first, "second": second},
        program,
        task=m.Task(labels=LABELS),
        input=image(12, 12, scale=1 / 255),
        parameters={"sure": free(0.9)},
        operating_points=points({"sure": 0.4537}, {"sure": 2.0}),
        default_operating_point="p0",
    )


def _convolution(graph, x, filters, scale, zero_point, rng):
    """A 3 x 3 convolution with ReLU and per-channel weights."""
    shape, _, x_scale, _, _ = graph.tensors[x]
    channels = shape[3]
    weights = rng.integers(-127, 128, (filters, 3, 3, channels))
    w_scales = (rng.uniform(0.5, 1.5, filters) / 400).astype(np.float32)
    w = graph.constant(weights, "int8", w_scales.tolist())
    b = graph.constant(rng.integers(-3000, 3000, filters), "int32", (w_scales * x_scale).tolist())
    y = graph.tensor((*shape[:3], filters), "int8", scale, zero_point)
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU
    return graph.operator(OPERATORS.CONV_2D, [x, w, b], [y], OPTIONS.Conv2DOptions, options)
