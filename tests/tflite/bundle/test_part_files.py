"""Parts that are not what the manifest says: refused when a bundle is loaded, before TensorFlow Lite sees them."""

import msgspec
import pytest

from tests.tflite.bundles import linear, linear_int8, make, run
from tests.tflite.models import build
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.bundle.part_files import check_part_files
from tflite.errors import BundleError

PROGRAM = [run("part"), m.Answer(name="end", gives={"label": "logits"})]


def float_part():
    return linear([[1, 0], [0, 1]], [0, 0])


def int8_part(zero_points=(3, -4)):
    return linear_int8([[1, 0], [0, 1]], [0, 0], (0.5, 0.25, 0.125), zero_points=zero_points)


def refusal(folder, graph, data=None, **fields):
    """Makes a bundle of `graph`, changes its only part's description or file, and checks it."""
    bundle = Bundle.load(make(folder, {"part": graph}, PROGRAM))
    part = bundle.manifest.parts["part"]
    if data is not None:
        (folder / part.file).write_bytes(data)
    changed = msgspec.structs.replace(part, **fields)
    with pytest.raises(BundleError) as caught:
        check_part_files(msgspec.structs.replace(bundle.manifest, parts={"part": changed}), bundle.read)
    assert caught.value.file == part.file
    return caught.value


def tensors(graph, name, **fields):
    """The manifest's description of inputs, with one changed."""
    shape, type, scale, zero_point, _ = graph.tensors[graph.inputs[name]]
    tensor = m.Tensor(shape=shape, type=type, scale=scale, zero_point=None if scale is None else zero_point)
    return {name: msgspec.structs.replace(tensor, **fields)}


@pytest.mark.parametrize(
    "data", [b"", b"TFL3", b"not a model" * 100, bytes(4096)], ids=["empty", "id", "text", "zeros"]
)
def test_a_file_that_is_no_model(tmp_path, data):
    error = refusal(tmp_path, float_part(), data)
    assert error.field == "parts.part.file"
    assert "\n" not in str(error)


def test_a_truncated_model_whose_digest_is_right(tmp_path):
    whole = build(float_part())
    assert refusal(tmp_path, float_part(), whole[: len(whole) // 2]).field == "parts.part.file"


def test_a_model_without_the_signature(tmp_path):
    error = refusal(tmp_path, float_part(), signature="other")
    assert error.field == "parts.part.signature"
    assert str(error).endswith("expected the signature 'other', received ['serving_default']")


@pytest.mark.parametrize(
    "fields, what",
    [
        ({"shape": (1, 2, 1, 1)}, "the shape [1, 2, 1, 1] of the manifest, received [1, 1, 2, 1]"),
        ({"type": "int8"}, "the type int8 of the manifest, received float32"),
    ],
)
def test_a_float_tensor_that_does_not_fit(tmp_path, fields, what):
    graph = float_part()
    error = refusal(tmp_path, graph, inputs=tensors(graph, "image", **fields))
    assert error.field == "parts.part.inputs.image"
    assert what in str(error)


@pytest.mark.parametrize(
    "fields, what",
    [
        ({"scale": 0.51}, "expected the scale [0.50999"),
        ({"zero_point": 4}, "the zero point [4] of the manifest, received [3]"),
        ({"type": "uint8"}, "the type uint8 of the manifest, received int8"),
    ],
)
def test_a_quantized_tensor_that_does_not_fit(tmp_path, fields, what):
    graph = int8_part()
    error = refusal(tmp_path, graph, inputs=tensors(graph, "image", **fields))
    assert error.field == "parts.part.inputs.image"
    assert what in str(error)


def test_other_names(tmp_path):
    graph = float_part()
    error = refusal(tmp_path, graph, inputs={"picture": next(iter(tensors(graph, "image").values()))})
    assert error.field == "parts.part.inputs"
    assert "['picture'], received ['image']" in str(error)
    error = refusal(tmp_path, graph, outputs={"y": m.Tensor(shape=(1, 2), type="float32")})
    assert (error.field, "['y'], received ['logits']" in str(error)) == ("parts.part.outputs", True)


def test_a_bundle_whose_part_would_be_refused_is_not_written(tmp_path):
    graph = float_part()
    graph.tensors[graph.outputs["logits"]] = ((2, 1), "float32", None, 0, None)
    with pytest.raises(BundleError, match=r"expected the shapes \[\[1, 2\]\] as model") as caught:
        make(tmp_path, {"part": graph}, PROGRAM)
    assert (caught.value.file, caught.value.field) == ("parts/part.tflite", "parts.part.file")
    assert not (tmp_path / "manifest.json").exists()


def test_scales_are_compared_as_float32(tmp_path):
    graph = linear_int8([[1, 0], [0, 1]], [0, 0], (0.1, 0.1, 0.1))
    assert Bundle.load(make(tmp_path, {"part": graph}, PROGRAM)).manifest.parts["part"].inputs["image"].scale == 0.1


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_zero_points_are_compared_in_all_their_bits(tmp_path, side):
    # TFLite would take the lower 32 bits of what the file says, which are the manifest's.
    graph = int8_part()
    (place,) = getattr(graph, side).values()
    shape, type, scale, zero_point, data = graph.tensors[place]
    graph.tensors[place] = (shape, type, scale, zero_point + 2**32, data)
    error = refusal(tmp_path, int8_part(), build(graph))
    assert error.field == "parts.part.file"
    where = f"model.subgraphs[0].tensors[{place}].quantization.zero_point"
    assert error.problem == f"expected -128 to 127 as {where}, received others"
