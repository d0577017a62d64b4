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
    rows = np.array([[0.5, 0.25, -0.5], [-0.75, 1.0, 0.125]], "<f2")
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/classes.bin").write_bytes(rows.tobytes())
    table = m.Table(
        rows="classes",
        count="known",
        labels=("first", "second"),
        type="float16",
        content=file_entry(folder, "tables/classes.bin"),
    )
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
        tables={"classes": table},
        given=shapes,
        parameters={"many": free(1e30)},
        operating_points=points({}, {"many": 1.5}),
        default_operating_point="p0",
    )
    return folder
