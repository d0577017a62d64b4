"""Weights by a map of names: kernels turned, answers by hand, and what is left over."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from keras_models.pretrained import torch_files
from keras_models.pretrained.torch_weights import fill, set_weights
from tests.keras_models.pretrained.torch_writer import Tensor, zipped

NAMES = {"a": "body.0", "norm": "body.1", "depthwise": "body.3", "answer": "head"}


def network():
    """As PyTorch's Conv2d(2, 4, 3, 2, 1), BatchNorm2d, ReLU, Conv2d(4, 4, 2, groups=4), Flatten and Linear."""
    image = keras.Input((5, 5, 2))
    x = layers.Conv2D(4, 3, 2, name="a")(layers.ZeroPadding2D(1)(image))
    x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5, name="norm")(x))
    x = layers.DepthwiseConv2D(2, use_bias=False, name="depthwise")(x)
    return keras.Model(image, layers.Dense(3, name="answer")(layers.Flatten()(layers.Permute((3, 1, 2))(x))))


def tensors():
    rng = np.random.default_rng(0)
    shapes = {"body.0.weight": (4, 2, 3, 3), "body.0.bias": (4,), "body.1.weight": (4,), "body.1.bias": (4,)}
    shapes |= {"body.1.running_mean": (4,), "body.1.running_var": (4,), "body.3.weight": (4, 1, 2, 2)}
    shapes |= {"head.weight": (3, 16), "head.bias": (3,)}
    found = {name: rng.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    found["body.1.running_var"] = np.abs(found["body.1.running_var"])
    return found | {"body.1.num_batches_tracked": np.array(7)}


def answered(image, t):
    """What PyTorch's layers answer to an image `[channels, height, width]`, in loops over places."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    x = np.zeros((4, 3, 3))
    for i in range(3):
        for j in range(3):
            window = padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            x[:, i, j] = (t["body.0.weight"] * window).sum((1, 2, 3)) + t["body.0.bias"]
    mean, variance, gain, shift = (
        t[f"body.1.{name}"][:, None, None] for name in ("running_mean", "running_var", "weight", "bias")
    )
    x = np.maximum(0, (x - mean) / np.sqrt(variance + 1e-5) * gain + shift)
    y = np.zeros((4, 2, 2))
    for i in range(2):
        for j in range(2):
            y[:, i, j] = (t["body.3.weight"][:, 0] * x[:, i : i + 2, j : j + 2]).sum((1, 2))
    return t["head.weight"] @ y.ravel() + t["head.bias"]


def test_a_network_that_is_built_alike_answers_alike():
    given, made = tensors(), network()
    fill(made, given, NAMES)
    images = np.random.default_rng(1).normal(size=(3, 2, 5, 5)).astype("float32")
    expected = [answered(image, given) for image in images]
    np.testing.assert_allclose(made(images.transpose(0, 2, 3, 1)), expected, rtol=1e-4, atol=1e-5)


def test_a_state_dict_in_a_file_is_as_good():
    weight = np.arange(6, dtype="<f4")
    content = zipped({"fc.weight": Tensor("0", "FloatStorage", 6, 0, (2, 3), (3, 1))}, {"0": weight})
    dense = keras.Sequential([keras.Input((3,)), layers.Dense(2, use_bias=False, name="dense")])
    fill(dense, torch_files.read(content), {"dense": "fc"})
    np.testing.assert_array_equal(dense.layers[0].kernel, [[0, 3], [1, 4], [2, 5]])


def test_a_depthwise_convolution_of_several_filters_a_channel():
    """Of the four filters the first two are of the first channel."""
    layer = layers.DepthwiseConv2D(1, depth_multiplier=2, use_bias=False)
    layer.build((None, 4, 4, 2))
    set_weights(layer, {"m.weight": np.arange(4.0).reshape(4, 1, 1, 1)}, "m")
    np.testing.assert_array_equal(layer.kernel, [[[[0, 1], [2, 3]]]])


@pytest.mark.parametrize(
    ("names", "more", "message"),
    [
        ({"a": "body.0"}, {}, "expected a module for every layer with weights.*answer, depthwise, norm"),
        (NAMES | {"b": "body.9"}, {}, "a module for every layer with weights and no other, received none or one for b"),
        (NAMES, {"tail.weight": np.zeros(1)}, "expected a layer for every tensor, received none for tail.weight"),
        (NAMES | {"depthwise": "body.0", "a": "body.3"}, {}, "weights of body.[03] of shapes"),
        (NAMES | {"a": "body.1", "norm": "body.0"}, {}, r"weights of body.1 of shapes \[\(3, 3, 2, 4\)"),
    ],
)
def test_what_is_left_over_or_does_not_fit_is_refused(names, more, message):
    with pytest.raises(ValueError, match=message):
        fill(network(), tensors() | more, names)


def test_a_kind_that_is_not_known_is_refused():
    layer = layers.Conv2DTranspose(2, 3, name="up")
    layer.build((None, 4, 4, 2))
    with pytest.raises(ValueError, match="a Dense or a normalisation, received Conv2DTranspose 'up'"):
        set_weights(layer, {"m.weight": np.zeros((2, 2, 3, 3)), "m.bias": np.zeros(2)}, "m")


def test_what_the_page_shows_works(tmp_path, monkeypatch):
    page = Path(__file__).resolve().parents[3] / "docs/from_pytorch_and_onnx.md"
    code = re.search(r"<!-- fill -->\n```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)[1]
    shapes = {"features.0.weight": (8, 3, 3, 3), "features.0.bias": (8,), "fc.weight": (10, 2048), "fc.bias": (10,)}
    shapes |= {f"features.1.{part}": (8,) for part in ("weight", "bias", "running_mean", "running_var")}
    storages = {name: np.arange(np.prod(shape), dtype="<f4") for name, shape in shapes.items()}
    tensors = {
        name: Tensor(name, "FloatStorage", len(storages[name]), 0, shape, tuple(np.cumprod((1, *shape[:0:-1]))[::-1]))
        for name, shape in shapes.items()
    }
    tensors = {name: Tensor(**vars(t) | {"strides": tuple(map(int, t.strides))}) for name, t in tensors.items()}
    monkeypatch.chdir(tmp_path)
    Path("net.pt").write_bytes(zipped(tensors, storages))
    exec(compile(code, str(page), "exec"), {})
    kernel = keras.models.load_model("mine.keras").get_layer("stem").kernel
    np.testing.assert_array_equal(kernel[:, :, 0, 1], np.arange(27.0, 36).reshape(3, 3), "of filter 1, channel 0")
