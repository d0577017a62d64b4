"""Plain networks: the multiplications that the thesis prints, and a part for every layer."""

import numpy as np
import pytest

from keras_models import presets
from keras_models.cnn import CNN
from keras_models.presets import cnn as declared

# Millions in tables 2.3 and 2.4; the first of each is what the widths give, for the printed 3060 and 1000 are others'.
DIGITS = {"cnn1": 3104, "cnn2": 1040, "cnn3": 264, "cnn4": 162, "cnn5": 26, "cnn6": 7, "cnn7": 5}
GARMENTS = {"cnn1": 1002.7, "cnn2": 482.7, "cnn3": 122.7, "cnn4": 21.65, "cnn5": 6.83}


def convolutions(filters):
    """Multiplications of convolutions of 5x5 at 100x100, halved and rounded up behind each, by hand."""
    total, side, before = 0, 100, 1
    for width in filters:
        total += side * side * 25 * before * width
        side, before = -(-side // 2), width
    return total


@pytest.mark.parametrize(("table", "printed"), [(declared.DIGITS, DIGITS), (declared.GARMENTS, GARMENTS)])
def test_the_ladder_has_the_multiplications_of_the_tables(table, printed):
    for name, (filters, _) in table.items():
        assert convolutions(filters) / 1e6 == pytest.approx(printed[name], abs=0.5), name


@pytest.mark.parametrize("filters", [(4, 8, 16), (2, 8, 8, 128)])
def test_counted_on_the_network_they_are_the_same(filters):
    network = CNN((100, 100, 1), 10, filters)
    assert sum(cost.conv_macs for cost in network.part_costs.values()) == convolutions(filters)


def test_every_layer_is_a_part_and_what_passes_has_its_shape():
    network = CNN((20, 20, 1), 3, (2, 3), (7, 5))
    parts = network.parts()
    assert list(parts) == ["conv_1", "conv_2", "dense_1", "dense_2", "head"]
    assert network.layer_names == list(parts)[:-1]
    shapes = [part.model.output[next(iter(part.model.output))].shape[1:] for part in parts.values()]
    assert shapes == [(10, 10, 2), (5, 5, 3), (7,), (5,), (3,)]


def test_the_parts_in_a_row_are_the_network():
    network, x = CNN((12, 12, 1), 3, (2, 3), (7,)), np.random.default_rng(0).random((4, 12, 12, 1)).astype(np.float32)
    seen = x
    for name in network.layer_names:
        seen = network.parts()[name].model({"x": seen})["y"]
    logits = network.parts()["head"].model({"features": seen})["logits"]
    np.testing.assert_allclose(logits, network(x)[:, 0], atol=1e-5)


def test_presets_name_their_row_and_refuse_what_is_no_network():
    assert presets.get("cnn5_mnist")["arguments"] == {"filters": (8, 16, 64)}
    assert "66.47 % in table 2.4" in presets.get("cnn5_fashion")["source"]
    for name in ("filters", "hidden"):
        with pytest.raises(ValueError, match=f"expected at least one number as {name}"):
            presets.resolve(
                "cnn",
                {"filters": (2,), name: ()},
                {"classifier": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}},
            )


def test_a_thinner_twin_keeps_its_dense_layers():
    twin = declared.static_twin({"filters": (8, 16), "hidden": (9,)}, {}, width=0.5)
    assert twin["arguments"] == {"filters": [4, 8], "hidden": (9,)}
