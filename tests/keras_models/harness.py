"""What every family of networks must answer: `check(make, shape, folder)` trains, saves and takes apart what it makes.

Nothing here knows a family: only that a network is an `AdaptiveModel` whose program answers with the logits that the
model gives when it is called, exit by exit.
"""

import keras
import numpy as np

from keras_models.base import AdaptiveModel


def check(make, shape, folder):
    """Runs all the checks on a network.

    make: builds an untrained network. shape: `(height, width, channels)` of an image. folder: an empty one, to save in.
    """
    keras.utils.set_random_seed(3)
    network = make()
    images = np.random.default_rng(3).random((6, *shape), "float32")
    check_fit(network, images)
    check_save(network, images, folder / "network.keras")
    check_configuration(network)
    check_program(network)
    check_chain(network, images)


def check_fit(network, images):
    """One step of training changes the answers and leaves them finite."""
    before = call(network, images)
    classes = before.shape[-1]
    network.compile(keras.optimizers.SGD(0.01))
    history = network.fit(images, np.arange(len(images)) % classes, verbose=0)
    after = call(network, images)
    assert np.isfinite(history.history["loss"]).all() and np.isfinite(after).all()
    assert np.abs(after - before).max() > 1e-6


def check_save(network, images, file):
    """A network that was saved and loaded answers as before, to the bit."""
    network.save(file)
    loaded = keras.models.load_model(file, compile=False)
    assert type(loaded) is type(network)
    np.testing.assert_array_equal(call(loaded, images), call(network, images))
    np.testing.assert_equal(every_value(loaded, images[:1]), every_value(network, images[:1]))


def check_configuration(network):
    """get_config tells all arguments: a network built from it has the same program and the same weights' shapes."""
    again = type(network).from_config(network.get_config())
    assert isinstance(again, AdaptiveModel)
    assert again.program() == network.program() and again.parameters() == network.parameters()
    assert [w.shape for w in again.weights] == [w.shape for w in network.weights]


def check_program(network):
    """Every part is run by its ports' names, every value is made before it is read, and the last step answers."""
    parts, made, run = network.parts(), {"image"}, []
    steps = network.program()
    for step in steps:
        if step["op"] == "run":
            model = parts[step["part"]].model
            run.append(step["part"])
            assert set(step["inputs"]) == set(model.input) and set(step["outputs"]) == set(model.output), step
            assert set(step["inputs"].values()) <= made, step
            made |= set(step["outputs"].values())
        elif step["op"] == "fill":
            made.add(step["output"])
        else:
            assert step["op"] in ("exit", "answer") and step["value"] in made, step
            assert step.get("rule", {}).get("value", step["value"]) in made, step
    assert run == list(parts), "parts are named in the order in which a full run visits them"
    assert [step["op"] for step in steps].count("answer") == 1 and steps[-1]["op"] == "answer"
    names = [step["name"] for step in steps if step["op"] in ("exit", "answer")]
    assert len(set(names)) == len(names) == network.exit_costs().size
    assert (np.diff(network.exit_costs()) > 0).all()
    for parameter in network.parameters().values():
        assert parameter["minimum"] <= parameter["default"] <= parameter["maximum"] and parameter["description"]


def check_chain(network, images):
    """The chain of the parts, image by image, gives the logits of the model."""
    expected = call(network, images)
    answers = [step["value"] for step in network.program() if step["op"] in ("exit", "answer")]
    parts = network.parts()
    for image, logits in zip(images, expected, strict=True):
        values = every_value(network, image[None], parts=parts)
        chain = np.concatenate([values[name] for name in answers])
        np.testing.assert_allclose(chain, logits, atol=1e-5 * np.abs(expected).max())


def every_value(network, image, parameters=None, parts=None) -> dict[str, np.ndarray]:
    """All named values of a full run of a straight program, no exit taken; image: `[1, height, width, channels]`.

    parameters: name -> number, over the defaults. parts: the network's, for a caller with many images.
    """
    parts = parts or network.parts()
    settings = {name: parameter["default"] for name, parameter in network.parameters().items()} | (parameters or {})
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
    """Logits `[batch, exits, classes]` in inference."""
    return np.asarray(network(images, training=False))
