"""Manifests that have the right form and make no sense: each refused with its field named."""

import json

import pytest

from tests.tflite.bundles import two_exits
from tflite.bundle import manifest as m
from tflite.bundle.check import check_manifest
from tflite.errors import BundleError


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A good manifest as JSON text."""
    return (two_exits(tmp_path_factory.mktemp("bundle")) / "manifest.json").read_text()


def refusal(raw, change):
    data = json.loads(raw)
    change(data)
    with pytest.raises(BundleError) as caught:
        check_manifest(m.decode(json.dumps(data)))
    return caught.value


def test_a_good_manifest_passes(raw):
    manifest = m.decode(raw)
    check_manifest(manifest)
    assert list(manifest.values) == ["image", "logits", "swapped"]


@pytest.mark.parametrize(
    "file",
    ["/etc/passwd", "../x", "parts/../../x", "parts/..", "./x", "parts//x", "parts\\x", "C:x", ".", "x/", "a\0b"],
)
def test_a_path_outside_the_folder_is_refused(raw, file):
    error = refusal(raw, lambda d: d["parts"]["first"].update(file=file))
    assert error.field == "parts.first.file"
    assert str(error).endswith(f"received {file!r}")


def value(name, **fields):
    return lambda d: d["values"][name].update(**fields)


def quantized(type, **fields):
    return lambda d: d["parts"]["first"]["inputs"]["image"].update(type=type, **fields)


@pytest.mark.parametrize(
    "change, field, words",
    [
        (lambda d: d["parts"]["first"].update(sha256=None), "parts.first.file", "sha256 and bytes"),
        (lambda d: d["parts"]["first"].update(file="manifest.json"), "parts.first.file", "another file"),
        (lambda d: d["parts"]["second"].update(file="parts/first.tflite"), "parts.second.file", "one sha256"),
        (lambda d: d["inputs"]["image"].update(scale=[1, 1]), "inputs.image.scale", "each of 1 channels, received 2"),
        (lambda d: d["inputs"]["image"].update(offset=[]), "inputs.image.offset", "received 0"),
        (lambda d: d["inputs"].update(sound={"kind": "vector"}), "inputs.sound", "a value of that name, received none"),
        (value("image", shape=[1, 2**13, 2**13, 2]), "values.image", "at most"),
        (value("image", shape=[1, 2, 1]), "values.image.shape", "[1, height, width, channels], received [1, 2, 1]"),
        (
            value("image", type="int32"),
            "values.image.type",
            "float32, int8, uint8 or int16 for an input, received int32",
        ),
        (value("logits", type="int8"), "values.logits", "a scale for int8"),
        (lambda d: d["parts"]["second"]["costs"].pop("macs"), "parts.second.costs", "expected macs"),
        (lambda d: d["parts"]["second"]["costs"].pop("energy_uj"), "parts.second.costs", "received ['macs']"),
        (quantized("int8"), "parts.first.inputs.image", "a scale for int8"),
        (quantized("int8", scale=0.5), "parts.first.inputs.image", "from -128 to 127 for int8, received None"),
        (quantized("int8", scale=0.5, zero_point=128), "parts.first.inputs.image", "received 128"),
        (quantized("uint8", scale=0.5, zero_point=-1), "parts.first.inputs.image", "received -1"),
        (quantized("float32", scale=0.5), "parts.first.inputs.image", "no scale"),
        (quantized("int32", zero_point=1), "parts.first.inputs.image", "no scale"),
        (lambda d: d["parameters"]["confidence"].update(minimum=2), "parameters.confidence", "minimum <= maximum"),
        (
            lambda d: d["parameters"]["confidence"].update(default=2),
            "parameters.confidence.default",
            "0 to 1, received 2",
        ),
        (
            lambda d: d["parameters"]["confidence"].update(default=[0.5, 2]),
            "parameters.confidence.default",
            "0 to 1, received 2",
        ),
        (lambda d: d["operating_points"][1].update(name="fast"), "operating_points[1].name", "'fast' twice"),
        (
            lambda d: d["operating_points"][1].update(parameters={"kappa": 1}),
            "operating_points[1].parameters",
            "'kappa'",
        ),
        (
            lambda d: d["operating_points"][0]["parameters"].update(confidence=7),
            "operating_points[0].parameters.confidence",
            "0 to 1, received 7",
        ),
        (
            lambda d: d["operating_points"][0]["parameters"].update(confidence=[0.5]),
            "operating_points[0].parameters.confidence",
            "a number, received a list of 1",
        ),
        (
            lambda d: d.update(default_operating_point="best"),
            "default_operating_point",
            "['fast', 'full'], received 'best'",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(raw, change, field, words):
    error = refusal(raw, change)
    assert (error.file, error.field) == ("manifest.json", field)
    assert words in str(error)
