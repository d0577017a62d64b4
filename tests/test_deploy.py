"""Networks that answer boxes, rows, several labels, or from elsewhere: from Keras to a bundle, and alike there."""

import hashlib

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_models.outputs import Boxes
from tests.keras_models import other_answers
from tflite.batched.executor import Declared, Executor
from tflite.conversion.deploy import deploy
from tflite.conversion.export import ConversionError
from tflite.errors import ChainError
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tools.pipeline.sweep import keras_parts

NETWORKS = {
    "detector": other_answers.Detector,
    "prototypes": other_answers.Prototypes,
    "two_tasks": other_answers.TwoTasks,
    "halves": other_answers.Halves,
}
POINTS = {
    "detector": {"few": {"least": 0.6}, "all": {"least": 0.0}},
    "two_tasks": {"shape": {"task": 0.0}, "colour": {"task": 1.0}, "both": {"task": 2.0}},
}
PICTURES = np.random.default_rng(4).integers(0, 256, (24, other_answers.SIDE, other_answers.SIDE, 1), np.uint8)
IMAGES = PICTURES.astype(np.float32) * np.float32(1 / 255)
ENTRY = {"kind": "image", "scale": [1 / 255], "offset": [0.0]}


def deployed(name, folder, quantize="float32", remote=None):
    """A network and its bundle."""
    network = NETWORKS[name]()
    folder.mkdir()
    bundle = deploy(
        network,
        folder,
        name=name,
        inputs={"image": (ENTRY, (1, other_answers.SIDE, other_answers.SIDE, 1))},
        points=POINTS.get(name),
        samples={"image": IMAGES},
        quantize=quantize,
        goldens=list(PICTURES[:4]) if name != "halves" or remote else [],
        others={"teach": list(PICTURES[:2])} if network.programs() else None,
        remote=remote,
    )
    return network, bundle


def in_keras(network):
    """A session of the network's own program over its Keras parts, on all images."""
    specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
    beside = {name: _beside(output) for name, output in network.outputs().items()}
    sizes = {name: 2 for name, output in network.outputs().items() if getattr(output, "table", None)}
    declared = Declared(beside=beside, sizes=sizes)
    tables = {key: rows for table in network.tables().values() for key, rows in table.values(len(IMAGES)).items()}
    executor = Executor(network.program(), keras_parts(network, network.program()), specs, declared)
    return executor.session({"image": IMAGES, **tables})


def _beside(output):
    if not isinstance(output, Boxes):
        return {}
    values = {key: getattr(output, key, None) for key in ("scores", "classes", "count", "masks")}
    return {key: value for key, value in values.items() if value}


def units_of(chain, path):
    """The units that ran, in order."""
    return tuple(unit for part in path for unit in chain.manifest.parts[part].units)


@pytest.fixture(scope="module", params=["detector", "prototypes", "two_tasks"])
def both(request, tmp_path_factory):
    network, bundle = deployed(request.param, tmp_path_factory.mktemp("made") / "float")
    return network, Chain(bundle, warm_up=False)


def test_a_bundle_answers_as_the_network_does_in_keras(both):
    network, chain = both
    session = in_keras(network)
    for point in chain.manifest.operating_points:
        seen = session.run(point.parameters)
        for row, picture in enumerate(PICTURES):
            result = chain.run(picture, operating_point=point.name)
            assert units_of(chain, result.path) == seen.paths()[row]
            assert result.exit == seen.ends[seen.end[row]]
            for name, answer in result.outputs.items():
                expected = seen.given[name].real[list(seen.given[name].rows).index(row)]
                np.testing.assert_allclose(answer.numbers.ravel(), expected[: answer.numbers.size], atol=1e-4)
            assert result.costs["macs"] == sum(network.part_macs[unit] for unit in units_of(chain, result.path))


def test_its_self_test_has_every_program(both):
    network, chain = both
    assert chain.self_test() == []
    assert set(chain.manifest.programs) == {"main", *network.programs()}
    assert chain.measure(runs=1).keys() == chain.manifest.parts.keys()


def test_a_fault_of_a_part_is_told_in_the_provenance(tmp_path, monkeypatch):
    said = ["part look: expected its output"]
    monkeypatch.setattr(Chain, "kernel_faults", lambda chain: said)
    _, bundle = deployed("detector", tmp_path / "made")
    assert bundle.manifest.provenance == {"quantize": "float32", "faults": said}
    monkeypatch.undo()
    _, bundle = deployed("detector", tmp_path / "again")
    assert "faults" not in bundle.manifest.provenance


@pytest.mark.parametrize("name", ["detector", "prototypes", "two_tasks"])
def test_in_int8_it_answers_nearly_so(name, tmp_path):
    _, floats = deployed(name, tmp_path / "float")
    _, bundle = deployed(name, tmp_path / "int8", "int8")
    types = {tensor.type for part in bundle.manifest.parts.values() for tensor in part.inputs.values()}
    assert "int8" in types
    point = bundle.manifest.operating_points[-1].name
    exact, rounded = (Chain(one, warm_up=False) for one in (floats, bundle))
    moved = []
    for picture in PICTURES:
        expected, received = (one.run(picture, operating_point=point) for one in (exact, rounded))
        assert expected.outputs.keys() == received.outputs.keys()
        for key, answer in expected.outputs.items():
            if answer.numbers.shape == received.outputs[key].numbers.shape:
                moved.append(np.abs(answer.numbers - received.outputs[key].numbers).max() / np.ptp(answer.numbers))
    assert len(moved) >= len(PICTURES) and np.mean(moved) < 0.1


def test_boxes_have_their_masks_and_a_budget_leaves_some_out(tmp_path):
    network, bundle = deployed("detector", tmp_path / "made")
    chain = Chain(bundle, warm_up=False)
    result = chain.run(PICTURES[0], operating_point="all")
    boxes = result.outputs["things"].boxes
    assert len(boxes) == 2 and {box.name for box in boxes} <= {"round", "square"}
    assert all(box.mask.shape == (3, 3) and 0 < box.mask.min() and box.mask.max() < 1 for box in boxes)
    assert boxes[0].score >= boxes[1].score
    one = chain.run(PICTURES[0], Budget(macs=network.part_macs["propose"] + network.part_macs["look"]), "all")
    assert [box.corners for box in one.outputs["things"].boxes] == [boxes[0].corners]
    assert [event.why for event in one.events if event.kind == "stopped"] == ["macs"]


def test_a_class_is_taught_on_the_device(tmp_path):
    network, bundle = deployed("prototypes", tmp_path / "made")
    chain = Chain(bundle, warm_up=False)
    assert chain.run(PICTURES[0]).name in ("dark", "bright")
    assert units_of(chain, chain.run(PICTURES[0], program="teach").path) == ("embed",)
    chain.teach("this one", [PICTURES[0]])
    chain.teach("that one", list(PICTURES[1:3]))
    assert chain.run(PICTURES[0]).name == "this one"
    assert chain.run(PICTURES[0]).answer.shape == (4,)
    assert chain.tables["classes"].rows[3].tolist() == pytest.approx(
        np.mean([chain.run(p, program="teach").outputs["row"].numbers[0] for p in PICTURES[1:3]], axis=0)
    )
    assert len(bundle.manifest.parts) == 2, "both programs run one file of the embedding"


def test_a_task_that_is_not_asked_for_is_not_run(tmp_path):
    network, bundle = deployed("two_tasks", tmp_path / "made")
    chain = Chain(bundle, warm_up=False)
    shape, colour, both = (chain.run(PICTURES[3], operating_point=name) for name in ("shape", "colour", "both"))
    assert (set(shape.outputs), set(colour.outputs)) == ({"shape"}, {"colour"})
    assert set(both.outputs) == {"shape", "colour", "features"}
    assert shape.outputs["shape"].name == both.outputs["shape"].name
    assert colour.outputs["colour"].name in ("red", "green", "blue", "grey")
    assert shape.macs < both.macs and units_of(chain, colour.path) == ("trunk", "colour")


def test_the_half_on_the_server_is_asked_and_its_stand_in_where_it_fails(tmp_path):
    network, bundle = deployed("halves", tmp_path / "made")
    part = bundle.manifest.parts["large"]
    assert part.file is None and part.inputs["seen"].type == "float32"
    half = hashlib.sha256((tmp_path / "made/server/large.tflite").read_bytes()).hexdigest()
    assert bundle.manifest.provenance["server"] == {"large": half}
    server = Interpreter(str(tmp_path / "made/server/large.tflite")).get_signature_runner()
    calls = []

    def remote(name, inputs):
        calls.append(name)
        return server(**inputs)

    def broken(name, inputs):
        raise OSError("no network")

    chain = Chain(bundle, remote=remote, warm_up=False)
    seen = in_keras(network).run()
    for row in range(6):
        result = chain.run(PICTURES[row])
        assert units_of(chain, result.path) == seen.paths()[row] == ("first", "large")
        np.testing.assert_allclose(result.answer, seen.outputs[row], atol=1e-4)
    assert calls == ["large"] * 6
    for other, why in ((None, "absent"), (broken, "error")):
        alone = Chain(bundle, remote=other, warm_up=False).run(PICTURES[0])
        assert units_of(chain, alone.path) == ("first", "small")
        assert [event.why for event in alone.events if event.kind == "failed"] == [why]


def test_a_server_half_stays_float_and_the_device_gets_int8(tmp_path):
    _, bundle = deployed("halves", tmp_path / "made", "int8")
    parts = bundle.manifest.parts
    assert parts["large"].inputs["seen"].type == "float32"
    assert parts["stage_1"].inputs["image"].type == "int8"
    assert Chain(bundle, warm_up=False).run(PICTURES[0]).name in "abc"


def test_what_cannot_be_deployed_is_told(tmp_path):
    network, inputs = NETWORKS["two_tasks"](), {"image": (ENTRY, (1, 8, 8, 1))}
    with pytest.raises(ConversionError, match="expected one of .'float32', 'int8'., received 'int4'"):
        deploy(network, tmp_path, name="x", inputs=inputs, quantize="int4")
    with pytest.raises(ConversionError, match="samples: expected inputs to calibrate int8 on, received none"):
        deploy(network, tmp_path, name="x", inputs=inputs, quantize="int8")
    assert not list(tmp_path.iterdir())
    deploy(network, tmp_path / "no_goldens", name="x", inputs=inputs, labels=())
    with pytest.raises(ChainError):
        Chain.load(tmp_path / "no_goldens").run(PICTURES[0][:4])
