"""What every network must answer, of Keras alone: training by stages, saving, configuration, costs and parameters.

Nothing here knows a family. What needs converted parts is in tests/families.
"""

import keras
import numpy as np

from keras_models.base import AdaptiveModel
from keras_models.programs import WITHOUT_DECISIONS, asked_ways
from tests.families.case import ran, snapshot
from tflite.batched.steps import walk


def check_stages(case):
    """Every stage's loss is finite; it changes some of its own weights, and all others stay as they are, to the bit.

    Another training from the same seed ends with the same weights.
    """
    network = case.build()
    network.initialise(case.config["stages"], case.data()[0])
    for stage in case.stages(network):
        own = {id(weight) for weight in stage.weights}
        others = [weight for weight in network.weights if id(weight) not in own]
        before, untouched = snapshot(stage.weights), snapshot(others)
        history = case.fit(network, stage)
        assert np.isfinite(history.history["loss"]).all(), stage.name
        changed = [not np.array_equal(*pair) for pair in zip(before, snapshot(stage.weights), strict=True)]
        assert any(changed), f"{stage.name} changes nothing"
        for weight, value in zip(others, untouched, strict=True):
            np.testing.assert_array_equal(weight, value, err_msg=f"{stage.name} changes {weight.path}")
        assert all(np.isfinite(value).all() for value in snapshot(network.weights))
    for one, other in zip(case.trained.weights, network.weights, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=f"another training with the same seed: {one.path}")


def check_save(case):
    """A network that was saved and loaded answers and decides as before, to the bit."""
    file = case.folder / "network.keras"
    case.network.save(file)
    loaded = keras.models.load_model(file, compile=False)
    assert type(loaded) is type(case.network)
    images = case.data()[0]
    np.testing.assert_array_equal(call(loaded, images), call(case.network, images))
    assert loaded.program() == case.network.program() and loaded.parameters() == case.network.parameters()
    for one, other in zip(loaded.weights, case.network.weights, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
    return loaded


def check_configuration(case):
    """get_config tells all arguments: a network built from it has the same program and the same weights' shapes."""
    network = case.build()
    again = type(network).from_config(network.get_config())
    assert isinstance(again, AdaptiveModel)
    assert again.program() == network.program() and again.parameters() == network.parameters()
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in network.weights]


def check_parameters(network):
    """Defaults, candidates and full depth are within the limits, and are numbers with a description."""
    for name, knob in network.parameters().items():
        for value in (knob.default, *knob.candidates, *([] if knob.full_depth is None else [knob.full_depth])):
            assert knob.minimum <= value <= knob.maximum, name
        assert knob.description, name
    assert set(network.full_depth()) == {name for name, knob in network.parameters().items() if not knob.names}


def check_reference(network):
    """It decides nothing, whatever is asked; answers at its end, runs only known parts, each in one place."""
    for steps in asked_ways(network.reference(), network.parameters()):
        assert {step["op"] for _, step in walk(steps)} <= set(WITHOUT_DECISIONS) and steps[-1]["op"] == "answer"
        parts = [step["part"] for _, step in walk(steps) if step["op"] == "run"]
        assert len(parts) == len(set(parts)) and set(parts) <= set(network.parts())
    every = [network.program(), *network.programs().values()]
    assert set().union(*map(ran, every)) == set(network.parts()), "every part is run somewhere"
    assert all("otherwise" not in step for step in network.reference()), "the server is asked whatever happens"


def every_value(network, image, parameters=None, parts=None) -> dict[str, np.ndarray]:
    """All named values of a full run of a program in a line, no exit taken; image: `[1, height, width, channels]`.

    parameters: name -> number, over the defaults. parts: the network's, for a caller with many images.
    """
    parts = parts or network.parts()
    settings = {name: knob.default for name, knob in network.parameters().items()} | (parameters or {})
    values = {"image": image}
    for step in network.program():
        if step["op"] == "run":
            inputs = {port: values[name] for port, name in step["inputs"].items()}
            outputs = parts[step["part"]].model(inputs, training=False)
            values |= {name: np.asarray(outputs[port]) for port, name in step["outputs"].items()}
        elif step["op"] == "fill":
            content = step["content"]
            content = settings[content["parameter"]] if isinstance(content, dict) else content
            values[step["output"]] = np.broadcast_to(np.float32(content), step["shape"])
    return values


def call(network, images) -> np.ndarray:
    """Logits `[batch, answers, classes]` in inference; of a network that says several things all of them in a row."""
    said = network(images, training=False)
    if isinstance(said, dict):
        return np.concatenate([np.asarray(one).reshape(len(images), -1) for one in said.values()], axis=1)
    return np.asarray(said)
