"""Deep Elastic Networks: program against network, prices, counts of the paper's backbones, training of both parts."""

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets.task import ASKED
from keras_models.den import DEN
from keras_models.den_parts import HIGHEST_PRICE
from keras_models.functional import elastic as maths
from keras_models.policies import elastic
from tests.families.tiny import _every_level
from tflite.batched.executor import Executor
from tools.pipeline.sweep import keras_parts

SHAPE = (12, 12, 2)
SMALL = {"blocks": (1, 1), "filters": (4, 8), "stem_filters": 4, "selector": (4, 6, 8, 8), "selector_pool": 1}
STAGE = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.05}


def made(seed=4, classes=3, **arguments):
    keras.utils.set_random_seed(seed)
    return DEN(SHAPE, classes, **SMALL | arguments)


def stirred(network, images):
    """The network with random weights and averages, whose selector takes every level of every block for some image."""
    rng = np.random.default_rng(0)
    for weight in network.weights:
        small = rng.uniform(0.5, 1.5, weight.shape)
        weight.assign(small if len(weight.shape) < 2 else rng.normal(size=weight.shape) / np.sqrt(weight.shape[-2] * 4))
    _every_level(network, {"image": images})
    return network


def pictures(count=48):
    return np.random.default_rng(3).normal(size=(count, *SHAPE)).astype("float32")


def session_of(network, images, **values):
    program = network.program()
    specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
    return Executor(program, keras_parts(network, program), specs).session({"image": images} | values)


def settings(**own):
    """Resolved settings of stages, from those that differ."""
    return presets.resolve("den", SMALL, {"estimator_1": STAGE} | {name: STAGE | one for name, one in own.items()})[1]


@pytest.mark.parametrize("increments", [False, True])
def test_the_program_runs_what_the_network_decides(increments):
    images = pictures()
    network = stirred(made(increments=increments), images)
    session, seen = session_of(network, images), []
    for price in (-HIGHEST_PRICE, -1.0, 0.0, 0.5, 1.0, HIGHEST_PRICE):
        found = network.decisions(images, price=price, batch_size=7)
        outcomes = session.run({"price": price})
        np.testing.assert_allclose(outcomes.outputs, found["logits"], rtol=1e-3, atol=1e-4)
        for path, levels in zip(outcomes.paths(), found["levels"], strict=True):
            for number, level in enumerate(levels, 1):
                what = "group" if increments else "level"
                ran = [name for name in path if name.startswith(f"block_{number}_{what}")]
                last = [f"block_{number}_{what}_{k}" for k in range(1, level + 1)]
                assert ran == (last if increments else last[-1:])
        seen.append(found["levels"])
    assert (seen[0] == 3).all() and (seen[-1] == 0).all()
    assert {tuple(np.unique(column)) for column in seen[2].T} == {(0, 1, 2, 3)}, "not every level is compared"
    np.testing.assert_allclose(network(images)[:, 0], network.decisions(images)["logits"], rtol=1e-4, atol=1e-5)


def test_a_price_moves_to_smaller_levels_alone():
    images = pictures()
    network = stirred(made(size="macs"), images)
    scores = network.selector(images)
    used = [
        np.sum(network.sizes[np.arange(2), network.levels_at(scores, p)], axis=1) for p in (-2.0, -0.5, 0, 0.5, 2.0)
    ]
    assert (np.diff(used, axis=0) <= 1e-9).all() and used[0].mean() > used[-1].mean()
    assert not np.any(network.levels_at(np.zeros((1, 2, 4)))), "the lowest among equals"


def test_sizes_are_shares_of_parameters_or_of_multiply_adds():
    """Blocks of 4 from 4 channels on 6 x 6 places, and of 8 from 4 on 3 x 3: 10,368 and 7,776 multiply-adds."""
    np.testing.assert_allclose(made().sizes, [[0, 0.125, 0.25, 0.5]] * 2)
    network = made(size="macs")
    first = 36 * 9 * (16 + 16) / (36 * 9 * 32 + 9 * 9 * (32 + 64))
    np.testing.assert_allclose(network.sizes[:, -1], [first, 1 - first])
    np.testing.assert_allclose(network.sizes[:, 1], network.sizes[:, -1] / 4)
    macs = network.part_macs
    assert [macs[f"block_{n}_level_3"] for n in (1, 2)] == [block.macs for block in network.blocks]
    assert macs["block_1_level_1"] * 4 == macs["block_1_level_3"] and macs["block_2_shortcut"] == 0


@pytest.mark.parametrize(
    ("preset", "shape", "parameters", "macs"),
    [
        ("den_wrn32_4_cifar100_coarse_fine", (32, 32, 3), 7.35e6, 2.13e9 / 2),
        ("den_resnet42_cifar100", (32, 32, 3), 29.8e6, 2.91e9 / 2),
        ("den_simpleconvnet_cifar10", (84, 84, 3), 0.148e6, 27.46e6),
    ],
)
def test_backbones_have_the_papers_counts(preset, shape, parameters, macs):
    """As tables 2 and 3 print them, where FLOPs are two a multiply-add in table 2 and one in table 3."""
    classes = {"cifar100": {"coarse": 20, "fine": 100}}.get(
        preset.split("32_4_")[-1][:8], 5 if "simple" in preset else 100
    )
    network = DEN(shape, classes, **presets.get(preset)["arguments"])
    kernels = [weight for layer in network.estimator_layers for weight in layer.weights if "kernel" in weight.path]
    assert sum(int(np.prod(kernel.shape)) for kernel in kernels) == pytest.approx(parameters, rel=0.005)
    counted = sum(block.macs for block in network.blocks)
    counted += sum(int(np.prod(layer.kernel.shape)) for layer in (*network.dense, network.heads[0]))
    for stem in network.stems:
        counted += int(np.prod(network.shapes[0][1:])) * 27
    assert counted == pytest.approx(macs, rel=0.005)


def test_each_task_has_its_own_ends():
    images, tasks = pictures(), np.arange(48) % 2
    network = stirred(made(classes={"many": 3, "few": 2}, own_stems=True), images)
    outcomes = session_of(network, images, **{ASKED: tasks}).run({})
    logits = np.asarray(network({"image": images, ASKED: tasks}))[:, 0]
    for path, task, answer, expected in zip(outcomes.paths(), tasks, outcomes.outputs, logits, strict=True):
        own, other = (f"_{('many', 'few')[number]}" for number in (task, 1 - task))
        assert {f"stem{own}", f"head{own}"} <= set(path) and not {f"stem{other}", f"head{other}"} & set(path)
        np.testing.assert_allclose(answer[: 3 - task], expected[: 3 - task], rtol=1e-3, atol=1e-4)
    same = network.decisions(images, tasks)["levels"], network.decisions(images, 1 - tasks)["levels"]
    np.testing.assert_array_equal(*same, "the selector sees the image alone")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"levels": (0, 0.5)}, r"expected levels that rise from at least 0 to 1, two or more, received \[0, 0.5\]"),
        ({"levels": (0.5, 0.2, 1)}, "expected levels that rise"),
        ({"block": "pair", "levels": (0.5, 1), "increments": True}, "expected increments of residual blocks"),
        ({"block": "dense"}, "expected block 'residual' or 'pair', received 'dense'"),
        ({"size": "bytes"}, "expected size 'parameters' or 'macs', received 'bytes'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        made(**arguments)


def trained(network, own, stage, images, labels, epochs=1):
    """The Keras history of one stage."""
    [found] = [one for one in network.stages(settings(**{stage: own}), seed=1) if one.name == stage]
    model = found.prepare(epochs * len(images) // 8, None)
    return model.fit(images, labels, batch_size=8, epochs=epochs, verbose=0).history, model


def test_an_expensive_size_makes_the_selector_small():
    """With a penalty far above any loss everything is skipped after some steps, and the network gets no worse by it."""
    images, labels = pictures(64), np.arange(64) % 3
    network = made()
    before = [np.array(weight) for layer in network.estimator_layers for weight in layer.weights]
    own = {"rho": 50.0, "entropy": 0.0, "peak_learning_rate": 0.02}
    history, _ = trained(network, own, "selector_1", images, labels, epochs=8)
    assert history["used"][0] > 0.25 and history["used"][-1] < 0.15
    after = [weight for layer in network.estimator_layers for weight in layer.weights]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (network.decisions(images)["levels"] == 0).mean() > 0.8


class Needy(DEN):
    """Bright images are answered right whatever runs, dark ones the better the more does."""

    def estimate(self, x, levels, tasks=None, training=False, below=None):
        used = maths.size(levels, self.sizes)
        bright = keras.ops.mean(x, axis=(1, 2, 3)) > 0
        sure = keras.ops.where(bright, 6.0, 8.0 * used - 3.0)
        return keras.ops.stack([sure, 0 * sure], axis=1)

    def stemmed(self, images, tasks=None):
        return images


def test_the_selector_learns_which_images_need_the_channels():
    images = pictures(128) + np.where(np.arange(128) % 2, 0.7, -0.7)[:, None, None, None].astype("float32")
    network = Needy(SHAPE, 2, **SMALL)
    own = {"rho": 0.5, "peak_learning_rate": 5e-3}
    trained(network, own, "selector_1", images, np.zeros(128, int), epochs=12)
    scores = network.selector(images)
    used = np.asarray(maths.size(network.levels_at(scores), network.sizes))
    assert used[1::2].mean() < 0.3 < 0.5 < used[::2].mean(), (used[1::2].mean(), used[::2].mean())
    assert np.abs(scores).max() < 20, "logits that a price of a few nats still moves"


@pytest.mark.parametrize(
    "own", [{"baseline": "none", "entropy": 0.0, "epsilon": 0.0}, {"baseline": "greedy", "wrong": 5.0}]
)
def test_the_papers_form_and_block_drops_train(own):
    images, labels = pictures(16), np.arange(16) % 3
    network = made(levels=(0, 1) if "wrong" in own else (0, 0.25, 0.5, 1))
    history, model = trained(network, own, "selector_1", images, labels)
    assert np.isfinite(history["loss"]).all() and np.any(network.selector.choose.kernel)
    assert model(images, training=True)["levels"].shape == (16, 4 + ("wrong" in own), 2)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"mix": 1.0, "tau": 1.0}, lambda z: (z == 3).all()),
        ({"mix": 1.0, "tau": 0.0}, lambda z: set(np.unique(z)) == {0, 1, 2, 3} and (z[:, 0] != z[:, 1]).any()),
        ({"nested": True}, lambda z: set(np.unique(z)) == {1, 2, 3} and (z[:, 0] == z[:, 1]).all()),
        ({"assigned": (2,)}, lambda z: (z == 2).all()),
        ({"mix": 0.0}, lambda z: (z == 1).all()),
    ],
)
def test_structures_that_the_estimator_learns_with(own, expected):
    network = made()
    network.selector.choose.bias.assign([0, 99, 0, 0] * 2)  # takes level 1 always
    resolved = settings(estimator_2=own)["estimator_2"]
    drawn = np.asarray(elastic.Estimating(network, resolved, 3).drawn(pictures(64), None))
    assert drawn.shape == (64, 2) and expected(drawn), np.unique(drawn, axis=0)


def test_tasks_have_the_levels_that_are_assigned():
    network = made(classes={"many": 3, "few": 2})
    resolved = settings(estimator_1={"assigned": (1, 3)})["estimator_1"]
    found = elastic.Estimating(network, resolved, 3).drawn(pictures(4), np.array([0, 1, 1, 0]))
    assert np.asarray(found).tolist() == [[1, 1], [3, 3], [3, 3], [1, 1]]


def test_one_structure_leaves_none_out():
    with pytest.raises(ValueError, match="expected 2 structures at least in selector_1, .*, received 1"):
        settings(selector_1={"structures": 1})


@pytest.mark.parametrize("assigned", [(1,), (1, 4), (1, 2, 3)])
def test_every_task_has_a_level_that_there_is(assigned):
    network = made(classes={"many": 3, "few": 2})
    said = rf"expected 2 levels of 1 to 3 as assigned of estimator_1, received \[{', '.join(map(str, assigned))}\]"
    with pytest.raises(ValueError, match=said):
        network.stages(settings(estimator_1={"assigned": assigned}))


def test_half_precision_trains_both_parts():
    images, labels = pictures(16), np.arange(16) % 3
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        network = made()
        for stage in ("estimator_1", "selector_1", "estimator_2"):
            history, _ = trained(network, {}, stage, images, labels)
            assert np.isfinite(history["loss"]).all(), stage
    finally:
        keras.mixed_precision.set_global_policy(before)
    assert network(images).dtype == "float32" and network.in_float32() is not network


def test_packnet_changes_new_groups_and_the_tasks_own_head_alone():
    """The second of two stages: levels 1 and 3 are assigned; groups above 1 learn, and the head of the second task."""
    images = {"image": pictures(16), ASKED: np.arange(16) % 2}
    network = made(classes={"many": 3, "few": 2})
    own = {"assigned": (1, 3), "pack": 3, "weight_decay": None}
    before = {weight.path: np.array(weight) for weight in network.weights}
    resolved = settings(estimator_2=own)
    stage = next(one for one in network.stages(resolved, seed=1) if one.name == "estimator_2")
    stage.prepare(2, None).fit(images, np.arange(16) % 2, batch_size=8, verbose=0)
    changed = {path for path, value in before.items() if not np.array_equal(value, find(network, path))}
    kernels = {weight.path for block in network.blocks for weight in (block.first.kernel, block.second.kernel)}
    norms = {w.path for block in network.blocks for w in (block.hidden_norm.gamma, block.hidden_norm.beta)}
    head = {weight.path for weight in network.heads[1].weights}
    assert changed <= kernels | norms | head and kernels <= changed and changed & head
    for block in network.blocks:
        first = before[block.first.kernel.path]
        np.testing.assert_array_equal(first[..., : block.widths[1]], block.first.kernel[..., : block.widths[1]])
    level_1 = network.decisions(images["image"], np.zeros(16, int), levels=np.ones((16, 2), int))["logits"]
    again = made(classes={"many": 3, "few": 2})
    expected = again.decisions(images["image"], np.zeros(16, int), levels=np.ones((16, 2), int))["logits"]
    np.testing.assert_allclose(level_1[:, :3], expected[:, :3], atol=1e-5)


def find(network, path):
    return next(weight for weight in network.weights if weight.path == path)


def test_a_packed_level_is_one_that_is_assigned():
    said = "expected pack of estimator_1 among levels that are assigned, and no weight_decay, received 2"
    for own in ({"pack": 2, "assigned": (1, 3), "weight_decay": None}, {"pack": 2, "assigned": (1, 2)}):
        with pytest.raises(ValueError, match=said):
            settings(estimator_1=own)
