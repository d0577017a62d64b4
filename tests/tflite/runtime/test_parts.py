"""Parts in TensorFlow Lite: what it cannot allocate or run, and results of other shapes than the manifest's."""

import dataclasses

import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from tests.tflite.bundles import image, linear, linear_int8, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.errors import BundleError, ChainError
from tflite.runtime import parts
from tflite.runtime.chain import Chain
from tflite.runtime.parts import open_parts, zero_inputs

PROGRAM = [run("part"), m.Answer(name="end", gives={"label": "logits"})]


def reshaped():
    """A part whose RESHAPE takes its size from its input: as many elements, in whatever shape that says."""
    graph = Graph()
    x, size = graph.input("image", (1, 1, 2, 1)), graph.input("size", (2,), "int32")
    y = graph.tensor((1, 2))
    graph.operator(OPERATORS.RESHAPE, [x, size], [y], OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())
    graph.output("logits", y)
    return graph


def reshaping(folder, *size):
    """A bundle that reshapes its two pixels to a size."""
    program = [
        m.Fill(output="size", shape=(2,), content=tuple(float(n) for n in size)),
        run("part", {"image": "image", "size": "size"}),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    return make(folder, {"part": reshaped()}, program)


def test_a_model_that_cannot_be_allocated(tmp_path):
    graph = Graph()
    x, y = graph.input("image", (1, 1, 2, 1)), graph.tensor((1, 1, 2, 1))
    mixed = graph.constant([7], "int32")
    graph.output("logits", graph.operator(OPERATORS.ADD, [x, mixed], [y], OPTIONS.AddOptions, schema.AddOptionsT()))
    with pytest.raises(BundleError, match="expected a model that TFLite can allocate, but it says: ") as caught:
        open_parts(Bundle.load(make(tmp_path, {"part": graph}, PROGRAM)))
    assert (caught.value.file, caught.value.field) == ("parts/part.tflite", "parts.part")


def test_a_result_of_another_shape_than_the_manifest_says(tmp_path):
    """Files that say so are refused in loading; this is for bundles that never were files."""
    bundle = Bundle.load(make(tmp_path, {"part": linear([[1, 0], [0, 1]], [0, 0])}, PROGRAM))
    part = msgspec.structs.replace(
        bundle.manifest.parts["part"], outputs={"logits": m.Tensor(shape=(2, 1), type="float32")}
    )
    manifest = msgspec.structs.replace(bundle.manifest, parts={"part": part})
    with pytest.raises(BundleError) as caught:
        open_parts(dataclasses.replace(bundle, manifest=manifest))
    assert caught.value.field == "parts.part.outputs.logits"
    assert caught.value.problem == "expected a result of the shape [2, 1], received [1, 2]"


def test_a_result_whose_shape_shows_only_in_a_run(tmp_path):
    assert Chain.load(reshaping(tmp_path / "good", 1, 2), warm_up=False).run(image(3, 4)).answer.tolist() == [3, 4]
    chain = Chain.load(reshaping(tmp_path / "turned", 2, 1), warm_up=False)
    with pytest.raises(ChainError, match=r"part part: expected a result of the shape \[1, 2\], received \[2, 1\]"):
        chain.run(image(3, 4))


def test_a_failing_part_is_one_sentence(tmp_path):
    chain = Chain.load(reshaping(tmp_path, 1, 3), warm_up=False)
    with pytest.raises(ChainError, match="part part: expected an inference, but TFLite says: ") as caught:
        chain.run(image(3, 4))
    assert "\n" not in str(caught.value)


def test_zero_inputs():
    shape, type_, scale, _, _ = linear_int8([[1, 0], [0, 1]], [0, 0], (0.5, 0.25, 0.125)).tensors[0]
    tensor = m.Tensor(shape=shape, type=type_, scale=scale, zero_point=3)
    part = m.Part(file=None, inputs={"image": tensor}, outputs={}, costs={"macs": 1.0})
    assert {name: (a.shape, a.dtype.name) for name, a in zero_inputs(part).items()} == {"image": ((1, 1, 2, 1), "int8")}


def test_what_was_fed_can_be_read_again(tmp_path):
    bundle = Bundle.load(make(tmp_path, {"part": linear([[1, 0], [0, 1]], [0, 0])}, PROGRAM))
    part = open_parts(bundle)["part"]
    given = np.array([3, 4], np.float32).reshape(1, 1, 2, 1)
    part.inputs["image"](given)
    part.invoke()
    assert np.array_equal(part.fed["image"](), given)


def test_kernels_are_those_that_are_asked_for(tmp_path, monkeypatch):
    asked, types = [], parts.OpResolverType

    def interpreter(**options):
        asked.append(options["experimental_op_resolver_type"])
        return Interpreter(**options)

    monkeypatch.setattr(parts, "Interpreter", interpreter)
    graph = linear([[1, 0], [0, 1]], [0, 0])
    chain = Chain.load(make(tmp_path, {"part": graph}, PROGRAM), warm_up=False)
    for kernels in ("optimized", "reference"):
        assert chain.with_kernels(kernels).run(image(3, 4)).answer.tolist() == [3.0, 4.0]
    assert asked == [types.AUTO, types.BUILTIN_WITHOUT_DEFAULT_DELEGATES, types.BUILTIN_REF]
    with pytest.raises(ChainError, match=r"kernels: expected one of \['optimized', 'reference', 'xnnpack'\], received"):
        chain.with_kernels("gpu")
