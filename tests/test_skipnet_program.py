"""SkipNet and the bundle: its program passes the format's checks, and its parts are built-in operators of TFLite."""

import keras
import msgspec
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_models.skipnet import GATES, SkipNet
from tflite.bundle import manifest
from tflite.bundle.check_program import check_programs
from tflite.bundle.declare import declare_values
from tflite.conversion.export import export_unit

SHAPE = (12, 12, 2)
ABSENT = {"file": "part.tflite", "sha256": "0" * 64, "bytes": 1, "costs": {"macs": 1}}


def network(gate):
    keras.utils.set_random_seed(4)
    return SkipNet(SHAPE, 3, blocks=(2, 2), filters=(4, 6), gate=gate)


def as_manifest(model, program):
    """The manifest of a bundle of a network's parts in float, whose files are not there."""

    def ports(tensors):
        return {port: {"shape": [1, *tensor.shape[1:]], "type": "float32"} for port, tensor in tensors.items()}

    parts = {
        name: ABSENT | {"inputs": ports(part.model.input), "outputs": ports(part.model.output)}
        for name, part in model.parts().items()
    }
    knobs = {
        name: {"default": knob.default, "minimum": knob.minimum, "maximum": knob.maximum}
        for name, knob in model.parameters().items()
    }
    point = {"name": "one", "parameters": {}, "accuracy": 0.5, "costs": {}, "samples": 1}
    steps = {"main": msgspec.convert(program, tuple[manifest.AnyStep, ...])}
    values = declare_values(steps, msgspec.convert(parts, dict[str, manifest.Part]), {"image": (1, *SHAPE)})
    return {
        "format": "frugal",
        "version": 2,
        "name": "skipnet",
        "inputs": {"image": {"kind": "image", "scale": [1, 1], "offset": [0, 0]}},
        "values": msgspec.to_builtins(values),
        "outputs": {"label": {"kind": "labels", "labels": ["a", "b", "c"]}},
        "parts": parts,
        "parameters": knobs,
        "programs": {"main": program},
        "operating_points": [point],
        "default_operating_point": "one",
        "goldens": None,
        "provenance": {},
    }


@pytest.mark.parametrize("gate", GATES)
def test_the_program_passes_the_checks_of_the_format(gate):
    model = network(gate)
    for program in (model.program(), model.reference()):
        read = manifest.decode(msgspec.json.encode(as_manifest(model, program)))
        check_programs(read)
        shapes = {name: read.values[name].shape for name in ("x_1", "x_2", "features_1", "features_2")}
        assert shapes == {"x_1": (1, 12, 12, 4), "x_2": (1, 6, 6, 6), "features_1": (1, 4), "features_2": (1, 6)}
    assert [step["op"] for step in model.program()].count("branch") == 3


def test_a_program_without_the_shortcut_is_refused():
    """What is behind the first block of a group is written by nobody where it is skipped: the checks see it."""
    model = network("recurrent")
    program = [step | ({"otherwise": []} if step["op"] == "branch" else {}) for step in model.program()]
    with pytest.raises(ValueError, match="expected a value that every way here has written, received 'features_2'"):
        check_programs(manifest.decode(msgspec.json.encode(as_manifest(model, program))))


@pytest.mark.parametrize("gate", GATES)
def test_parts_convert_to_built_in_operators_and_say_the_same(gate):
    """Ports keep their names, a gate's state among them, which goes in and comes out under one name."""
    rng = np.random.default_rng(0)
    parts = network(gate).parts()
    for name in [part for part in parts if part.endswith("_3")]:
        model = parts[name].model
        values = {port: rng.random((1, *tensor.shape[1:]), "float32") for port, tensor in model.input.items()}
        runner = Interpreter(model_content=export_unit(model, name)).get_signature_runner("serving_default")
        outputs, expected = runner(**values), model(values, training=False)
        assert set(outputs) == set(expected)
        for port, value in outputs.items():
            np.testing.assert_allclose(value, expected[port], atol=1e-5, err_msg=f"{name}.{port}")
