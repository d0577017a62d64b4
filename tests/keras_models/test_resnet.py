"""ResNet: sizes and costs of the sources, and its one stage."""

import numpy as np
import pytest

from keras_models import presets
from keras_models.resnet import ResNet, build_trunk, residual_trunk
from tests.keras_models import harness

SHAPE = (12, 12, 1)


@pytest.fixture(scope="module")
def twenty():
    return presets.build(presets.get("resnet20_cifar10"), (32, 32, 3), 10)


def test_twenty_layers_cost_what_the_source_counts(twenty):
    """Convolutions: the stem, 6 of 16 at 32, then 16 -> 32 at 16 and 5 of 32, 32 -> 64 at 8 and 5 of 64; shortcuts."""
    stem = 1024 * 3 * 16 * 9
    groups = 6 * 1024 * 16 * 16 * 9 + 256 * 9 * (16 * 32 + 5 * 32 * 32) + 64 * 9 * (32 * 64 + 5 * 64 * 64)
    projections = 256 * 16 * 32 + 64 * 32 * 64
    assert twenty.part_costs["trunk"].conv_macs == stem + groups + projections
    assert twenty.part_costs["head"].macs == 64 * 10
    # 0.27 M weights in table 6 of the paper; the shortcuts have some more here.
    kernels = sum(np.prod(w.shape) for w in twenty.trainable_weights)
    assert 0.27e6 < kernels < 0.28e6
    assert len(twenty.blocks) * 2 + 2 == 20


@pytest.mark.parametrize(("name", "layers"), [("resnet8_cifar10", 8), ("resnet38_cifar10", 38), ("resnet_digits", 8)])
def test_depths_are_those_of_their_names(name, layers):
    assert 2 * sum(presets.get(name)["arguments"]["blocks"]) + 2 == layers


def test_every_group_but_the_first_halves_the_resolution():
    stem, blocks = residual_trunk((2, 1), (4, 6))
    shapes = build_trunk(stem, blocks, (None, *SHAPE))
    assert shapes == [(None, 12, 12, 4)] * 3 + [(None, 6, 6, 6)]
    assert [(block.stride, block.project) for block in blocks] == [(1, False), (1, False), (2, True)]


def test_it_answers_once_and_its_parts_do_too():
    network = ResNet(SHAPE, 3, (1, 1), (4, 6))
    images = np.random.default_rng(0).random((4, *SHAPE), "float32")
    logits = harness.call(network, images)
    assert logits.shape == (4, 1, 3)
    np.testing.assert_allclose(harness.every_value(network, images)["logits"], logits[:, 0], atol=1e-5)
    assert network.parameters() == network.full_depth() == {} and network.exit_names == ["answer"]
    assert network.reference() == network.program()


@pytest.mark.parametrize(("blocks", "filters"), [((), ()), ((1, 1), (4,)), ((1, 0), (4, 6))])
def test_groups_that_are_none_are_refused(blocks, filters):
    with pytest.raises(ValueError, match="expected blocks and filters of as many groups, received"):
        ResNet(SHAPE, 3, blocks, filters)
