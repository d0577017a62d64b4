"""The small network of the golden bundle whose classes are the rows of a table."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.goldens.networks import free, image, points, reference
from tests.tflite.bundles import make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import file_entry
from tflite.bundle import manifest as m

CAPACITY, SIZE = 5, 3


def _embed():
    """Four pixels as three numbers."""
    graph = Graph()
    x = graph.input("image", (1, 2, 2, 1))
    weights = [[1, -1, 0.5, 0], [0, 1, -1, 0.5], [0.5, 0, 1, -1]]
    graph.output("features", graph.dense(x, weights, [0, 0.25, 0]))
    return graph


def _compare():
    """Features against every row, less the half of its square: the nearest row scores most."""
    graph = Graph()
    features, rows = graph.input("features", (1, SIZE)), graph.input("rows", (1, CAPACITY, SIZE))
    column = graph.reshape(features, (1, SIZE, 1))
    products, squares = graph.tensor((1, CAPACITY, 1)), graph.tensor((1, CAPACITY, SIZE))
    options = schema.BatchMatMulOptionsT()
    graph.operator(OPERATORS.BATCH_MATMUL, [rows, column], [products], OPTIONS.BatchMatMulOptions, options)
    graph.operator(OPERATORS.MUL, [rows, rows], [squares], OPTIONS.MulOptions, schema.MulOptionsT())
    halves, scores = graph.tensor((1, CAPACITY, 1)), graph.tensor((1, CAPACITY, 1))
    half = graph.constant(np.full((1, SIZE, 1), 0.5))
    graph.operator(OPERATORS.BATCH_MATMUL, [squares, half], [halves], OPTIONS.BatchMatMulOptions, options)
    graph.operator(OPERATORS.SUB, [products, halves], [scores], OPTIONS.SubOptions, schema.SubOptionsT())
    graph.output("scores", graph.reshape(scores, (1, CAPACITY)))
    return graph


def _two_rows(folder):
    """The table that comes with a bundle, written into its folder."""
    rows = np.array([[0.5, 0.25, -0.5], [-0.75, 1.0, 0.125]], "<f2")
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/classes.bin").write_bytes(rows.tobytes())
    content = file_entry(folder, "tables/classes.bin")
    return m.Table(rows="classes", count="known", labels=("first", "second"), type="float16", content=content)


def prototypes(folder):
    """The nearest of some rows; two rows come with the bundle, in 16 bits, and one of eight can be taught, two ways."""
    graphs = {"embed": _embed(), "compare": _compare()}
    embed = run("embed", outputs={"features": "features"})
    main = (
        embed,
        run("compare", {"features": "features", "rows": "classes"}, {"scores": "scores"}),
        m.Exit(name="many", rule=m.AtLeast(value="known", threshold=reference("many")), gives={"features": "features"}),
        m.Answer(name="end", gives={"label": "scores", "known": "known"}),
    )
    programs = {
        "main": main,
        "teach": (embed, m.Answer(name="row", gives={"row": "features"})),
        "point": (m.Answer(name="hinted", gives={"direction": "hint"}),),
    }
    shapes = {"classes": (1, CAPACITY, SIZE), "known": (1, 1)}
    make(
        folder,
        graphs,
        programs,
        outputs={
            "label": m.LabelsOutput(table="classes"),
            "known": m.VectorOutput(),
            "features": m.VectorOutput(),
            "row": m.RowOutput(table="classes"),
            "direction": m.RowOutput(table="classes", combine="unit"),
        },
        inputs=image(2, 2, scale=1 / 128, offset=-1.0) | {"hint": (m.VectorInput(), (1, SIZE))},
        tables={"classes": _two_rows(folder)},
        given=shapes,
        parameters={"many": free(1e30)},
        operating_points=points({}, {"many": 1.5}),
        default_operating_point="p0",
    )
    return folder


def _propose():
    """Three boxes around fixed ones, moved a little by the picture."""
    graph = Graph()
    x = graph.input("image", (1, 8, 8, 1))
    anchors = [[0, 0, 0.5, 0.5], [0.1, 0.5, 0.7, 1], [0.5, 0.1, 1, 0.6]]
    moved = graph.dense(x, np.random.default_rng(31).normal(0, 0.002, (12, 64)), np.ravel(anchors))
    graph.output("boxes", graph.reshape(moved, (1, 3, 4)))
    return graph


def _known():
    """Scores of the rows, less a hundred for every row and more behind those that there are."""
    graph = _compare()
    scores, known = graph.outputs.pop("scores"), graph.input("known", (1, 1))
    behind, above, least = (graph.tensor((1, CAPACITY)) for _ in range(3))
    places = graph.constant(100.0 * np.arange(1, CAPACITY + 1)[None])
    graph.operator(OPERATORS.MUL, [known, graph.constant([[100.0]])], [hundreds := graph.tensor((1, 1))],
                   OPTIONS.MulOptions, schema.MulOptionsT())  # fmt: skip
    graph.operator(OPERATORS.SUB, [places, hundreds], [behind], OPTIONS.SubOptions, schema.SubOptionsT())
    graph.operator(OPERATORS.RELU, [behind], [above])
    graph.operator(OPERATORS.SUB, [scores, above], [least], OPTIONS.SubOptions, schema.SubOptionsT())
    graph.output("scores", least)
    return graph


def _outline():
    """A mask of what is bright in a piece."""
    graph = Graph()
    x = graph.input("image", (1, 2, 2, 1))
    graph.output("mask", graph.reshape(graph.dense(x, 4 * np.eye(4), np.zeros(4)), (1, 2, 2)))
    return graph


def pointed(folder):
    """Boxes of the classes of a table, each with a mask; a class is taught by pictures with a box on the thing."""
    graphs = {"propose": _propose(), "embed": _embed(), "compare": _known(), "outline": _outline()}
    embed = run("embed", {"image": "piece"}, {"features": "features"})

    def cut(at):
        return m.Crop(value="image", at=at, output="piece", size=(2, 2), mode="box", costs={"macs": 4.0})

    compare = run("compare", {"features": "features", "rows": "classes", "known": "known"}, {"scores": "scores"})
    kept = {"boxes": "kept", "scores": "sure", "classes": "kinds", "count": "count"}
    main = (
        run("propose", outputs={"boxes": "proposed"}),
        m.Each(rows={"box": "proposed"}, steps=(cut("box"), embed, compare), stacks={"rated": "scores"}, done="seen"),
        m.Keep(boxes="proposed", scores="rated", threshold=reference("least"), overlap=0.3, most=2, outputs=kept),
        m.Each(rows={"thing": "kept"}, count="count", stacks={"masks": "mask"}, done="drawn",
               steps=(cut("thing"), run("outline", {"image": "piece"}, {"mask": "mask"}))),
        m.Answer(name="end", gives={"things": "kept"}),
    )  # fmt: skip
    rows = np.array([[1, 0.5, -0.5], [-0.5, 0.25, 1]], "<f4")
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/classes.bin").write_bytes(rows.tobytes())
    table = m.Table(
        rows="classes", count="known", labels=("pale", "dark"), content=file_entry(folder, "tables/classes.bin")
    )
    things = m.MasksOutput(table="classes", scores="sure", classes="kinds", count="drawn", masks="masks")
    return make(
        folder,
        graphs,
        {"main": main, "teach": (cut("where"), embed, m.Answer(name="row", gives={"row": "features"}))},
        outputs={"things": things, "row": m.RowOutput(table="classes")},
        inputs=image(8, 8, scale=1 / 128, offset=-1.0, crop="center", resize="bilinear")
        | {"where": (m.BoxInput(image="image"), (1, 4))},
        tables={"classes": table},
        given={"classes": (1, CAPACITY, SIZE), "known": (1, 1)},
        parameters={"least": free(-2.0)},
        operating_points=points({}, {"least": 0.0}),
        default_operating_point="p0",
    )
