"""MSDNet: channels, costs and parameters of the authors' network, which scales feed which, and what is refused."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_models import presets
from keras_models.msdnet import MSDNet, scales_of
from tests.families.tiny import TINY

# Channels of scales 1, 2 and 3 behind every layer, as the authors' program has them for 32 x 32 pixels; a layer that
# drops a scale halves the others.
CHANNELS = [
    (22, 44, 88),
    (28, 56, 112), (34, 68, 136),
    (40, 80, 160), (46, 92, 184), (None, 104, 208),
    (None, 64, 128), (None, 76, 152), (None, 88, 176), (None, 100, 200),
    (None, None, 224), (None, None, 136), (None, None, 160), (None, None, 184), (None, None, 208),
]  # fmt: skip


@pytest.fixture(scope="module")
def hundred():
    """Five blocks for a hundred classes."""
    return MSDNet((32, 32, 3), 100)


@pytest.fixture(scope="module")
def tiny():
    """Three blocks of a layer, two scales: 12 x 12 and 6 x 6."""
    keras.utils.set_random_seed(1)
    return MSDNet((12, 12, 1), 3, **TINY["msdnet"].arguments)


def layer(network, name):
    return next(block.get_layer(name) for block in network.blocks if any(one.name == name for one in block.layers))


def maps(block, side="output"):
    return {port: tuple(tensor.shape[1:]) for port, tensor in getattr(block, side).items()}


def own_models(network, i):
    return network.blocks[i - 1], network.branches[i - 1]


def macs(network, i):
    return [network.part_costs[f"{part}_{i}"].macs for part in ("block", "branch", "head")]


def operations(network, i):
    """As the authors count block and classifier of an exit: multiply-adds, ReLUs, pooling, a Dense with its biases."""
    block, branch, head = macs(network, i)
    rectified = [
        sum(math.prod(one.output.shape[1:]) for one in model.layers if isinstance(one, keras.layers.ReLU))
        for model in own_models(network, i)
    ]
    pooled = math.prod(network.branches[i - 1].get_layer("second_relu").output.shape[1:])
    return block + rectified[0], branch + rectified[1] + pooled + head + network.classes


def test_every_layer_has_the_authors_channels(hundred):
    found = []
    for number, row in enumerate(CHANNELS, 1):
        scales = [s for s, width in enumerate(row, 1) if width]
        shapes = [layer(hundred, f"layer_{number}_scale_{s}").output.shape[1:] for s in scales]
        assert [shape[:2] for shape in shapes] == [(64 >> s, 64 >> s) for s in scales]
        found.append((None,) * (3 - len(scales)) + tuple(shape[-1] for shape in shapes))
    assert found == CHANNELS
    names = {one.name for block in hundred.blocks for one in block.layers if isinstance(one, keras.layers.Concatenate)}
    assert len(names) == sum(width is not None for row in CHANNELS for width in row), "no layer has more"


def test_what_crosses_the_cuts(hundred):
    assert maps(hundred.blocks[0], "input") == {"image": (32, 32, 3)}
    expected = [
        {"scale_1": (32, 32, 22), "scale_2": (16, 16, 44), "scale_3": (8, 8, 88)},
        {"scale_1": (32, 32, 34), "scale_2": (16, 16, 68), "scale_3": (8, 8, 136)},
        {"scale_2": (16, 16, 52), "scale_3": (8, 8, 104)},
        {"scale_2": (16, 16, 100), "scale_3": (8, 8, 200)},
        {"scale_3": (8, 8, 208)},
    ]
    assert [maps(block) for block in hundred.blocks] == expected
    assert [maps(block, "input") for block in hundred.blocks[1:]] == expected[:-1]
    runs = {step["part"]: step for step in hundred.program() if step["op"] == "run"}
    assert runs["block_3"]["outputs"] == {"scale_2": "block_3_scale_2", "scale_3": "block_3_scale_3"}
    assert runs["block_4"]["inputs"] == runs["block_3"]["outputs"]
    assert runs["branch_3"]["inputs"] == {"x": "block_3_scale_3"}, "classifiers read the coarsest scale alone"


def test_the_authors_costs_and_parameters(hundred):
    """Of block and classifier in millions of operations, and of all up to an exit; parameters with gamma and beta."""
    blocks, classifiers = zip(*(operations(hundred, i) for i in hundred.exit_numbers), strict=True)
    assert [round(count / 1e6, 3) for count in blocks] == [4.632, 4.378, 10.664, 9.886, 12.326]
    assert [round(count / 1e6, 3) for count in classifiers] == [2.228, 3.113, 2.523, 4.292, 4.440]
    spent = np.cumsum(np.add(blocks, classifiers))
    assert [round(count / 1e6, 3) for count in spent] == [6.860, 14.350, 27.537, 41.715, 58.481]
    multiplied = np.cumsum([sum(macs(hundred, i)) for i in hundred.exit_numbers])
    assert [round(count / 1e6, 3) for count in multiplied] == [6.793, 14.209, 27.279, 41.374, 58.088]
    parameters = [
        sum(math.prod(weight.shape) for model in (*own_models(hundred, i), hundred.heads[i - 1])
            for weight in model.trainable_weights)
        for i in hundred.exit_numbers
    ]  # fmt: skip
    assert np.cumsum(parameters).tolist() == [299_704, 649_740, 1_018_308, 1_492_424, 2_078_924]


def test_ten_classes_cost_less_at_every_exit():
    network = MSDNet((32, 32, 3), 10)
    spent = np.cumsum([sum(operations(network, i)) for i in network.exit_numbers])
    assert [round(count / 1e6, 3) for count in spent] == [6.848, 14.327, 27.502, 41.668, 58.423]


def test_ten_blocks_hand_on_what_the_layers_of_fifty_five_give():
    """Scales go behind layers 20 and 39. Of the coarsest one, by hand: 64 + 24 x 20 = 544 channels, halved to 272; 19
    more layers make 728, halved to 364; the last 16 make 748."""
    network = MSDNet((32, 32, 3), 10, depths=tuple(range(1, 11)))
    coarsest = [maps(block)["scale_3"][-1] for block in network.blocks]
    assert coarsest == [88, 136, 208, 304, 424, 272 + 24, 464, 656, 364 + 24 * 6, 748]
    assert [len(maps(block)) for block in network.blocks] == [3, 3, 3, 3, 3, 2, 2, 2, 1, 1]
    assert sum(isinstance(one, keras.layers.Concatenate) for block in network.blocks for one in block.layers) == (
        3 * 19 + 2 * 19 + 17
    )


def test_sixty_four_pixels_need_no_wider_classifier():
    """The authors' costs for a classifier of 512 features, which are 384 x 10 products more at every exit."""
    network = MSDNet((64, 64, 1), 10)
    assert maps(network.blocks[0]) == {"scale_1": (64, 64, 22), "scale_2": (32, 32, 44), "scale_3": (16, 16, 88)}
    assert {branch.output["features"].shape[1:] for branch in network.branches} == {(128,)}
    spent = np.cumsum([sum(operations(network, i)) + 384 * 10 for i in network.exit_numbers])
    assert [round(count / 1e6, 2) for count in spent] == [26.21, 56.13, 108.83, 165.49, 232.51]


def test_the_costs_of_a_tiny_one_by_hand(tiny):
    stem = 144 * 9 * 1 * 4 + 36 * 9 * 4 * 8
    # Scale 1: a 1x1 convolution from 4 channels to 2, a 3x3 one from 2 to 2. Scale 2: the same at 12 x 12 and a strided
    # one to 2; and from its own 8 channels to 4, then to 2.
    first = 144 * 4 * 2 + 144 * 9 * 2 * 2 + (144 * 4 * 2 + 36 * 9 * 2 * 2) + (36 * 8 * 4 + 36 * 9 * 4 * 2)
    second = 144 * 6 * 2 + 144 * 9 * 2 * 2 + (144 * 6 * 2 + 36 * 9 * 2 * 2) + (36 * 12 * 4 + 36 * 9 * 4 * 2)
    # Scale 1 is read once more, from 8 channels, and dropped; the transition halves the 16 + 4 channels of scale 2.
    third = (144 * 8 * 2 + 36 * 9 * 2 * 2) + (36 * 16 * 4 + 36 * 9 * 4 * 2) + 36 * 20 * 10
    # From 6 x 6 to 3 x 3 and 2 x 2 places, 6 filters.
    branches = [9 * 9 * seen * 6 + 4 * 9 * 6 * 6 for seen in (12, 16, 10)]
    expected = [[block, branch, 18] for block, branch in zip((stem + first, second, third), branches, strict=True)]
    assert [macs(tiny, i) for i in tiny.exit_numbers] == expected


def test_maps_flow_from_fine_to_coarse_alone(tiny):
    """What a layer adds to a scale is of that scale and the next finer one; what was there is handed on as it was."""
    block, rng = tiny.blocks[1], np.random.default_rng(2)
    seen = {port: rng.random((1, *shape), "float32") for port, shape in maps(block, "input").items()}
    width = {port: value.shape[-1] for port, value in seen.items()}
    before = block(seen, training=False)
    for port, value in seen.items():
        np.testing.assert_array_equal(before[port][..., : width[port]], value)
    for port, feeds in (("scale_1", {"scale_1", "scale_2"}), ("scale_2", {"scale_2"})):
        after = block(seen | {port: 1 - seen[port]}, training=False)
        added = {name: [side[name][..., width[name] :] for side in (before, after)] for name in seen}
        assert {name for name, pair in added.items() if not np.array_equal(*pair)} == feeds


def test_a_scale_that_is_dropped_is_read_once_more(tiny):
    block, rng = tiny.blocks[2], np.random.default_rng(2)
    seen = {port: rng.random((1, *shape), "float32") for port, shape in maps(block, "input").items()}
    assert maps(block, "input") == {"scale_1": (12, 12, 8), "scale_2": (6, 6, 16)}
    assert maps(block) == {"scale_2": (6, 6, 10)}
    before, after = block(seen), block(seen | {"scale_1": 1 - seen["scale_1"]})
    assert not np.array_equal(before["scale_2"], after["scale_2"])


def test_convolutions_stride_between_scales_alone(tiny):
    strided = {
        one.name.removesuffix("_conv")
        for block in tiny.blocks for one in block.layers
        if isinstance(one, keras.layers.Conv2D) and one.strides == (2, 2)
    }  # fmt: skip
    assert strided == {"stem_scale_2", "layer_1_scale_2_down", "layer_2_scale_2_down", "layer_3_scale_2_down"}
    assert layer(tiny, "layer_2_scale_2_same_conv").kernel.shape == (3, 3, 4, 2)
    assert layer(tiny, "layer_2_scale_2_same_narrow_conv").kernel.shape == (1, 1, 12, 4)
    assert layer(tiny, "layer_1_scale_1_same_norm").epsilon == 1e-5


@pytest.mark.parametrize(
    ("depth", "scales", "dropping"), [(15, 3, [6, 11]), (55, 3, [20, 39]), (3, 2, [3]), (4, 3, [3]), (5, 1, [])]
)
def test_a_scale_is_dropped_behind_each_equal_run_of_layers(depth, scales, dropping):
    seen = [scales_of(number, depth, scales) for number in range(1, depth + 1)]
    assert seen[0] == (scales, scales)
    assert [number for number, (read, given) in enumerate(seen, 1) if read > given] == dropping
    assert all(given == read for (_, given), (read, _) in zip(seen, seen[1:], strict=False)), (
        "all is read that is given"
    )


def test_what_no_classifier_reads_is_not_made():
    """Of four layers at three scales the last gives two: the finer of them is read by nobody."""
    network = MSDNet((12, 12, 1), 3, (2, 2), 4, 2, head_filters=4)
    assert scales_of(4, 4, 3) == (2, 2)
    # 16 channels of the stem, 8 of each layer, halved behind the third.
    assert maps(network.blocks[1]) == {"scale_3": (3, 3, (16 + 3 * 8) // 2 + 8)}
    with pytest.raises(StopIteration):
        layer(network, "layer_4_scale_2")


def test_exits_share_gradients_at_the_coarsest_scale_alone(images):
    """Of three exits the first sends a third of its gradient into the first block, the second half of its own into the
    second, through the finer scale none the less; its part through the coarsest scale is 2/3 of that once more.
    """
    found = []
    for shared in (False, True):
        keras.utils.set_random_seed(1)
        network = MSDNet((12, 12, 1), 3, equilibrium=shared, **TINY["msdnet"].arguments)
        weights = [
            layer(network, f"{name}_conv").kernel
            for name in ("layer_1_scale_1_same", "layer_1_scale_2_same", "layer_2_scale_2_same")
        ]
        with tf.GradientTape(persistent=True) as tape:
            logits = network(images, training=True)
            one, two, three = (tf.reduce_sum(logits[:, i] ** 2) for i in range(3))
        gradients = [tape.gradient(one, weights[1]), *(tape.gradient(two, w.value) for w in weights)]
        own = tape.gradient(two, network.branches[1].get_layer("first_conv").kernel.value)
        found.append((logits, gradients, own, tape.gradient(three, weights[2].value)))
    (plain_logits, plain, plain_own, plain_last), (logits, shared, own, last) = found
    np.testing.assert_allclose(logits, plain_logits, atol=1e-6)
    np.testing.assert_allclose(own, plain_own, rtol=1e-3, atol=1e-6)
    for one, other, share in zip(shared, plain, (1 / 3, 1 / 2, 1 / 2 * 2 / 3, 1 / 2), strict=True):
        np.testing.assert_allclose(one, share * np.array(other), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(last, 1 / 2 * np.array(plain_last), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "exits"),
    [
        ("msdnet_digits", 3),
        ("msdnet_cifar10", 5),
        ("msdnet_cifar10_10", 10),
        ("msdnet_svhn_2", 2),
        ("msdnet_max_min_6", 6),
        ("msdnet_cifar100", 5),
    ],
)
def test_presets_have_an_exit_a_block(name, exits):
    preset = presets.get(name)
    assert len(preset["arguments"]["depths"]) == exits
    assert presets.resolve("msdnet", preset["arguments"], preset["stages"])[0]["depths"][0] == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input_shape": (12, 12)}, r"expected input_shape \(height, width, channels\), received \(12, 12\)"),
        ({"classes": 1}, "expected at least two classes, received 1"),
        ({"depths": (3,)}, r"expected depths of at least two blocks, each of a layer or more, received \(3,\)"),
        ({"depths": (3, 0)}, r"expected depths of at least two blocks.*received \(3, 0\)"),
        ({"factors": (1, 2)}, r"expected factors and bottleneck of as many scales, received \(1, 2\) and \(1, 2, 4\)"),
        ({"factors": (1, 1, 2), "growth": 3}, r"expected a growth of even numbers .*, received 3 times \(1, 1, 2\)"),
    ],
)
def test_bad_arguments_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        MSDNet(**{"input_shape": (12, 12, 1), "classes": 3} | given)
