"""Saved networks go on as Keras' users expect, and networks in half precision decide and come apart in float32."""

import keras
import numpy as np
import pytest

from keras_models.cascade import Cascade
from keras_models.epnet import EPNet
from keras_models.optimizers import OneCycle
from keras_models.policies import controllers, gates
from keras_models.resnet import ResNet
from keras_models.skipnet import SkipNet

SHAPE = (12, 12, 1)
X = np.random.default_rng(0).random((8, *SHAPE), "float32")
Y = np.arange(8) % 3
NETWORKS = {
    "epnet": lambda: EPNet(SHAPE, 3, (4, 4), controller_in=(4,), controller_cat=(4,)),
    "resnet": lambda: ResNet(SHAPE, 3, (1,), (4,)),
    "skipnet": lambda: SkipNet(SHAPE, 3, (2,), (4,)),
}


def fit(network):
    keras.utils.set_random_seed(2)
    return network.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_saved_network_is_evaluated_and_trained_on(tmp_path, name):
    keras.utils.set_random_seed(1)
    network = NETWORKS[name]()
    with pytest.raises(ValueError, match="compile"):
        network.evaluate(X, Y, verbose=0)
    network.compile(keras.optimizers.SGD(OneCycle(0.1, 9), momentum=0.9), run_eagerly=True)
    fit(network)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert loaded.evaluate(X, Y, verbose=0, return_dict=True) == network.evaluate(X, Y, verbose=0, return_dict=True)
    assert int(loaded.optimizer.iterations) == 2 and loaded.optimizer.get_config() == network.optimizer.get_config()
    assert fit(loaded) == fit(network), "with the momentum that it had"


def test_a_cascade_is_evaluated_by_its_own_metrics(tmp_path):
    """A compiled member's, which nobody updates, would stand in their place."""
    member = NETWORKS["resnet"]()
    member.compile()
    network = Cascade(SHAPE, 3, [member, NETWORKS["resnet"]()])
    network.compile(run_eagerly=True)
    found = network.evaluate(X, Y, verbose=0, return_dict=True)
    right = np.asarray(network(X))[:, -1].argmax(-1) == Y
    assert set(found) == {"accuracy", "loss"} and found["loss"] > 1
    np.testing.assert_allclose(found["accuracy"], right.mean(), atol=1e-6)
    network.save(tmp_path / "network.keras")
    assert keras.models.load_model(tmp_path / "network.keras").evaluate(X, Y, verbose=0, return_dict=True) == found


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def half(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def numbers(parts) -> set:
    """What parts and everything in them compute in."""
    return {layer.compute_dtype for part in parts.values() for layer in part.model._flatten_layers()}


@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_is_for_training(half, name, tmp_path):
    network = NETWORKS[name]()
    network.compile("sgd", run_eagerly=True)
    assert np.isfinite(fit(network)).all() and network.compute_dtype == half.removeprefix("mixed_")
    assert keras.ops.dtype(network(X)) == "float32" and network.predict(X, verbose=0).dtype == "float32"
    parts = network.parts()
    assert numbers(parts) == {"float32"} and keras.config.dtype_policy().name == half
    assert numbers(Cascade(SHAPE, 3, [network, NETWORKS[name]()]).parts()) == {"float32"}, (
        "members say what they compute in"
    )
    exact, rough = np.asarray(network.in_float32()(X)), np.asarray(network(X))
    assert 0 < np.abs(exact - rough).max() < 0.1 * np.abs(exact).max()
    network.save(tmp_path / "network.keras")
    keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(np.asarray(keras.models.load_model(tmp_path / "network.keras")(X)), exact)
    assert network.in_float32() is not network and NETWORKS[name]().in_float32().compute_dtype == "float32"


def test_controllers_and_gates_decide_in_float32(half):
    network = NETWORKS["epnet"]()
    values = network.observe(X)
    assert {value.dtype.name for value in values.values()} == {"float32"}
    for estimator in controllers.ESTIMATORS:
        trained = controllers.trainer(network, 2, estimator=estimator)
        assert {layer.compute_dtype for layer in trained._flatten_layers()} == {"float32"}
    history = controllers.fit_controllers(network, values, Y, epochs=1, estimator="exact")
    assert np.isfinite(history.history["benefit"]).all()
    assert controllers.score(network, values, Y)[0]["accuracy"] >= 0
    assert numbers(gates.Gate("random").apply(network).parts()) == {"float32"}
