"""Hand-made bundles of tiny parts, for tests of every runtime; answers can be worked out on paper."""

from pathlib import Path

import numpy as np

from tests.tflite.models import Graph, build
from tflite.bundle import file_entry, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.declare import declare_values
from tflite.runtime.chain import Chain

IDENTITY = [[1, 0], [0, 1]]
SWAP = [[0, 1], [1, 0]]
POINT = m.OperatingPoint(name="only", parameters={}, accuracy=0.5, costs={"macs": 1.0}, samples=2)


def tensor_of(graph, index):
    """The manifest's description of a graph's tensor."""
    shape, type, scale, zero_point, _ = graph.tensors[index]
    return m.Tensor(shape=shape, type=type, scale=scale, zero_point=None if scale is None else zero_point)


def part_of(graph, entry, costs):
    """The manifest's description of a graph in the file `entry`; entry None is a remote part."""
    place = {"file": None} if entry is None else {"file": entry.file, "sha256": entry.sha256, "bytes": entry.bytes}
    return m.Part(
        **place,
        signature=graph.signature,
        inputs={name: tensor_of(graph, index) for name, index in graph.inputs.items()},
        outputs={name: tensor_of(graph, index) for name, index in graph.outputs.items()},
        costs=costs,
    )


def write_parts(folder, graphs, costs, single=False):
    """Writes graphs as parts, a file each or all in one, and returns the manifest's `parts`."""
    folder = Path(folder)
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    if single:
        (folder / "parts/all.tflite").write_bytes(build(*graphs.values()))
    entries = {}
    for name, graph in graphs.items():
        file = "parts/all.tflite" if single else f"parts/{name}.tflite"
        if not single:
            (folder / file).write_bytes(build(graph))
        entries[name] = file_entry(folder, file)
    return {name: part_of(graph, entries[name], costs[name]) for name, graph in graphs.items()}


def picture(shape=(1, 2, 1), scale=1.0, offset=0.0, **fields):
    """A picture as input, and the shape of its value; `scale` and `offset` of all channels, or of each."""
    scale, offset = (v if isinstance(v, tuple) else (v,) * shape[2] for v in (scale, offset))
    return m.ImageInput(scale=scale, offset=offset, **fields), (1, *shape)


def labels(*names, **fields):
    """One output, `label`, that is one of these names."""
    return {"label": m.LabelsOutput(labels=names, **fields)}


def manifest(parts, programs, inputs=None, given=None, **fields):
    """A manifest whose values are declared as the converter does; by default the image is 1 x 2 grey pixels, unscaled.

    Args:
        parts: of the manifest.
        programs: the steps of `main`, or name -> steps.
        inputs: name -> (input, shape of its value), as `picture` makes them.
        given: value of a table -> its shape.
        fields: further fields of the `Manifest`.
    """
    inputs = inputs or {"image": picture()}
    programs = programs if isinstance(programs, dict) else {"main": tuple(programs)}
    settings = {
        "name": "hand_made",
        "inputs": {name: entry for name, (entry, _) in inputs.items()},
        "values": declare_values(programs, parts, {name: shape for name, (_, shape) in inputs.items()} | (given or {})),
        "outputs": labels("a", "b"),
        "parts": parts,
        "programs": programs,
        "operating_points": (POINT,),
        "default_operating_point": "only",
    }
    return m.Manifest(**{**settings, **fields})


def make(folder, graphs, program, costs=None, single=False, remote=(), **fields):
    """Writes a bundle.

    Args:
        folder: where to.
        graphs: part name -> `Graph`.
        program: list of steps.
        costs: part name -> costs; by default part i (from 1) costs 10 * i macs.
        single: whether all parts share one file.
        remote: names of parts without a file.
        fields: as for `manifest`.

    Returns:
        The folder.
    """
    costs = costs or {name: {"macs": 10.0 * (i + 1)} for i, name in enumerate(graphs)}
    parts = write_parts(folder, graphs, costs, single)
    for name in remote:
        parts[name] = part_of(graphs[name], None, costs[name])
    write_manifest(folder, manifest(parts, program, **fields))
    return Path(folder)


def linear(weights, bias, source="image", shape=(1, 1, 2, 1), target="logits", signature="serving_default"):
    """A float part: target = weights source + bias."""
    graph = Graph(signature)
    graph.output(target, graph.dense(graph.input(source, shape), weights, bias))
    return graph


def linear_int8(weights, bias, scales, source="image", shape=(1, 1, 2, 1), target="logits", zero_points=(0, 0)):
    """An int8 part: scales are those of input, weights and output; weights and bias are codes."""
    graph = Graph()
    x = graph.input(source, shape, "int8", scales[0], zero_points[0])
    y = graph.dense(x, weights, bias, "int8", scales[2], zero_points[1], weight_scale=scales[1])
    graph.output(target, y)
    return graph


def run(part, inputs=None, outputs=None, **fields):
    """A run step; by default it reads the image and writes the logits."""
    return m.Run(part=part, inputs=inputs or {"image": "image"}, outputs=outputs or {"logits": "logits"}, **fields)


def two_exits(folder, threshold=None, **fields):
    """A cascade with one early exit, whose threshold is the parameter `confidence` unless it is given.

    Logits of `first` are the two pixels; `second` swaps them: (p1, p0). On the pixels (0, 2) the softmax of the first
    exit is (.1192, .8808).
    """
    graphs = {
        "first": linear([[1, 0], [0, 1]], [0, 0], target="logits"),
        "second": linear([[0, 1], [1, 0]], [0, 0], source="logits", shape=(1, 2), target="swapped"),
    }
    reference = m.ParameterReference(parameter="confidence") if threshold is None else threshold
    program = [
        run("first"),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=reference), gives={"label": "logits"}),
        run("second", {"logits": "logits"}, {"swapped": "swapped"}),
        m.Answer(name="last", gives={"label": "swapped"}),
    ]
    settings = {
        "parameters": {"confidence": m.Parameter(default=0.9, minimum=0.0, maximum=1.0)},
        "operating_points": (
            m.OperatingPoint(
                name="fast", parameters={"confidence": 0.5}, accuracy=0.5, costs={"macs": 10.0}, samples=2
            ),
            m.OperatingPoint(
                name="full", parameters={"confidence": 1.0}, accuracy=0.7, costs={"macs": 30.0}, samples=2
            ),
        ),
        "default_operating_point": "full",
        "costs": {"first": {"macs": 10.0, "energy_uj": 1.5}, "second": {"macs": 20.0, "energy_uj": 2.5}},
    }
    return make(folder, graphs, program, **{**settings, **fields})


def image(*pixels):
    """The image of a bundle: one row of grey pixels."""
    return np.array([pixels], np.uint8)


def reference(name):
    """A setting that is a parameter."""
    return m.ParameterReference(parameter=name)


def answers(folder, graphs, program, pixels, **fields):
    """Runs a program on pixels; gives the answer as a list, and the path."""
    result = Chain.load(make(folder, graphs, program, **fields), warm_up=False).run(image(*pixels))
    return result.answer.tolist(), result.path
