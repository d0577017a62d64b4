"""The small networks of the golden bundles in which parts treat their tensors in every way: read, rewritten, moved."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.goldens.networks import LABELS, convolution, free, image, points, reference
from tests.tflite.bundles import labels, linear, linear_int8, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m


def readers(folder):
    """Parts of different int8 encodings read the image, which is prepared as float32 and quantized for each."""
    coarse = linear_int8([[64, 0], [0, 64]], [0, 0], (0.9, 1 / 64, 0.9), target="logits", zero_points=(-3, 0))
    fine = linear_int8([[64, 0], [0, 64]], [0, 0], (0.02, 1 / 64, 0.02), target="logits", zero_points=(0, 7))
    program = [
        run("coarse"),
        m.Exit(name="apart", rule=m.Margin(value="logits", threshold=0.96), gives={"label": "logits"}),
        run("fine", outputs={"logits": "last"}),
        m.Answer(name="end", gives={"label": "last"}),
    ]
    return make(folder, {"coarse": coarse, "fine": fine}, program, inputs=image(1, 2, scale=0.0307, offset=-1.9))


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
                m.Exit(
                    name="inner", rule=m.Margin(value="state", threshold=reference("apart")), gives={"label": "state"}
                ),
                run("step", {"x": "state"}, {"y": "state"}),
            ),
        ),
        m.Select(value="seen", cases=((m.Answer(name="state", gives={"label": "state"}),), ())),
        m.Answer(name="seen", gives={"label": "seen"}),
    ]
    return make(
        folder,
        graphs,
        program,
        inputs=image(1, 2, scale=0.0307, offset=-3.9),
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
            then=(m.Answer(name="changed", gives={"label": "c"}),),
            otherwise=(m.Answer(name="same", gives={"label": "d"}),),
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
    return make(folder, graphs, program, inputs=image(1, 2, offset=-3.0))


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
        m.Exit(name="near", rule=m.Margin(value="logits", threshold=0.9), gives={"label": "logits"}),
        run("far", {"x": "logits"}, {"doubled": "doubled"}, on="remote"),
        m.Answer(name="end", gives={"label": "doubled"}),
    ]
    costs = {name: {"macs": 4.0, "latency_us": 1000.0} for name in graphs}
    return make(folder, graphs, program, costs=costs, remote=["far"], inputs=image(1, 2, scale=0.5))


def pictures(folder, channels, type, crop="center", **fields):
    """Pictures of any size and colour, cropped, resized and normalised, as the logits of a part that copies them."""
    part, shape = Graph(), (1, 4, 6, channels)
    scaled = {} if type == "float32" else {"scale": 0.021, "zero_point": -7 if type == "int8" else 100}
    x = part.input("image", shape, type, **scaled)
    part.output("logits", part.reshape(x, (1, 24 * channels)))
    scale, offset = (1 / 127.5, 0.02, 0.011)[:channels], (-1.0, -1.7, -1.1)[:channels]
    inputs = image(*shape[1:], scale, offset, resize="bilinear", crop=crop, **fields)
    outputs = labels(*(str(i) for i in range(24 * channels)), activation="none")
    program = [run("part"), m.Answer(name="end", gives={"label": "logits"})]
    return make(folder, {"part": part}, program, outputs=outputs, inputs=inputs)


def convolutions(folder):
    """Two int8 stages of convolution, pooling and dense layers with random weights: what a real network is made of."""
    rng = np.random.default_rng(7)
    first, second = Graph(), Graph()
    x = first.input("image", (1, 12, 12, 1), "int8", 1 / 128, 0)
    y = convolution(first, x, 8, 0.03, -128, rng)
    y = convolution(first, y, 8, 0.05, -128, rng)
    first.output("features", y)
    first.output(
        "logits", first.dense(y, rng.integers(-9, 10, (3, 12 * 12 * 8)), [30, -20, 5], "int8", 1 / 32, 3, 1 / 128)
    )
    z = second.input("features", (1, 12, 12, 8), "int8", 0.05, -128)
    z = convolution(second, z, 16, 0.08, -128, rng)
    second.output(
        "logits", second.dense(z, rng.integers(-9, 10, (3, 12 * 12 * 16)), [0, 40, -9], "int8", 1 / 32, -4, 1 / 128)
    )
    program = [
        run("first", outputs={"features": "features", "logits": "logits"}),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=reference("sure")), gives={"label": "logits"}),
        run("second", {"features": "features"}, {"logits": "last"}),
        m.Answer(name="end", gives={"label": "last"}),
    ]
    return make(
        folder,
        {"first": first, "second": second},
        program,
        outputs=labels(*LABELS),
        inputs=image(12, 12, scale=1 / 255),
        parameters={"sure": free(0.9)},
        operating_points=points({"sure": 0.4537}, {"sure": 2.0}),
        default_operating_point="p0",
    )


def _parts_of_sixteen():
    """Parts that see and decide, and a chain between values of 16 bits and all others."""
    rng = np.random.default_rng(16)
    scores = {"weight_scale": 1 / 64, "scale": 1 / 4096}
    see, gate = Graph(), Graph()
    x = convolution(see, see.input("image", (1, 4, 4, 1), "int16", 1 / 16384), 2, 1 / 8192, 0, rng)
    see.output("features", x)
    see.output("logits", see.dense(x, rng.integers(-40, 41, (3, 32)), [9000, 0, -9000], "int16", **scores))
    see.output("place", see.dense(x, rng.integers(-9, 10, (4, 32)), [0, 0, 400000, 400000], "int16", **scores))
    z = gate.dense(gate.input("logits", (1, 3), "int16", 1 / 4096), [[99, -80, 60]], [7], "int16", **scores)
    sure = gate.tensor((1, 1), "int16", 1 / 32768)
    gate.output("sure", gate.operator(OPERATORS.LOGISTIC, [z], [sure]))
    return {
        "see": see,
        "gate": gate,
        "wide": _dense_16(rng.integers(-90, 91, (3, 8)), [50, 0, -50], 1 / 9000, 1 / 5000, (1, 2, 2, 2)),
        "narrow": linear_int8(64 * np.eye(3), [9, 0, -9], (0.01, 1 / 64, 0.011), "x", (1, 3), "y", (-3, 5)),
        "again": _dense_16(rng.integers(-90, 91, (3, 3)), [0, 99, 0], 1 / 3000, 1 / 7000),
        "real": linear(rng.uniform(-2, 2, (3, 3)), [0.1, 0, 0], "x", (1, 3), "y"),
        "last": _dense_16(64 * np.eye(3), [0, 0, 0], 1 / 2500, 1 / 2000),
    }


def sixteen(folder):
    """Values of 16 bits: an image, what rules, a select, a crop and answers read, and seams to all other types."""
    graphs = _parts_of_sixteen()
    chain = ["wide", "narrow", "again", "real", "last"]
    values = ["piece", "hidden", "low", "high", "sum", "end"]
    seams = [run(part, {"x": values[i]}, {"y": values[i + 1]}) for i, part in enumerate(chain)]
    program = [
        run("see", outputs={"features": "features", "logits": "logits", "place": "place"}),
        m.Exit(
            name="early", rule=m.MaxSoftmax(value="logits", threshold=reference("apart")), gives={"label": "logits"}
        ),
        run("gate", {"logits": "logits"}, {"sure": "sure"}),
        m.Crop(value="features", at="place", output="piece", size=(2, 2), mode="box", padding=0.5),
        m.Branch(
            rule=m.AtLeast(value="sure", threshold=reference("enough")),
            then=(m.Answer(name="gate", gives={"label": "logits", "sure": "sure"}),),
        ),
        *seams,
        m.Select(value="high", cases=((), (), (m.Answer(name="high", gives={"label": "high"}),))),
        m.Answer(name="end", gives={"label": "end", "place": "place"}),
    ]
    return make(
        folder,
        graphs,
        program,
        outputs=labels(*LABELS) | {"place": m.VectorOutput(), "sure": m.VectorOutput()},
        inputs=image(4, 4, scale=1 / 100, offset=-1.0),
        parameters={"apart": free(2.0), "enough": free(2.0)},
        operating_points=points({"apart": 0.55}, {"enough": 0.6}, {}),
        default_operating_point="p2",
    )


def _dense_16(weights, bias, scale, result, shape=(1, 3)):
    """A part of one dense layer between values of 16 bits."""
    part = Graph()
    part.output("y", part.dense(part.input("x", shape, "int16", scale), weights, bias, "int16", result, 0, 1 / 64))
    return part
