"""FishNet and its baselines: what tasks share, what is deployed of each, and how choices are learned."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_models import presets
from keras_models.fishnet import FishNet
from keras_models.functional.asked import FAR
from keras_models.layers.fusion import mixing
from keras_models.policies import allocating

SHAPE, CLASSES = (8, 12, 1), {"which": 3, "whether": 2}
TINY = {"filters": (3, 4), "pools": (2, 3), "hidden": (5,)}
RNG = np.random.default_rng(0)
IMAGES, TASKS = RNG.random((12, *SHAPE)).astype("float32"), np.tile([0, 1], 6)
LABELS = np.arange(12) % 2
VALUES = {"image": IMAGES, "task": TASKS}


def build(seed=1, **arguments):
    """A network whose normalisations differ from task to task, as training leaves them."""
    keras.utils.set_random_seed(seed)
    network = FishNet(SHAPE, CLASSES, **TINY | arguments)
    network(VALUES, training=True)
    return network


def fit(network, stage="together", steps=4, **settings):
    """A few steps of a stage; returns its history."""
    given = {name: {"epochs": 1, "batch_size": 6} for name in ("together", "fixed")}
    given[stage] |= settings
    _, stages = presets.resolve("fishnet", TINY, given)
    chosen = next(one for one in network.stages(stages, seed=2) if one.name == stage)
    model = chosen.prepare(steps, None)
    return model.fit(VALUES, LABELS, batch_size=6, epochs=steps // 2, shuffle=False, verbose=0), model


def part_logits(network, task):
    """What the deployed parts of a task answer to all images."""
    name, parts = list(CLASSES)[task], network.parts()
    seen = parts[f"trunk_{name}"].model({"image": IMAGES})
    return np.asarray(parts[f"head_{name}"].model(seen)["logits"])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"pools": (1, 1)},
        {"pools": (1, 1), "shared_norm": True},
        {"allocation": "random"},
        {"allocation": "own", "pools": (2, 2)},
        {"allocation": "own", "pools": (2, 2), "fusion": "cross_stitch"},
        {"allocation": "own", "pools": (2, 2), "fusion": "nddr"},
        {"global_pool": 5},
        {"backbone": "residual", "filters": (3, 3, 4), "pools": (2, 2, 2), "hidden": ()},
    ],
)
def test_what_is_deployed_of_a_task_answers_as_the_network_does(arguments):
    network = build(**arguments)
    logits = np.asarray(network(VALUES))
    assert logits.shape == (12, 1, 3)
    for task, labels in enumerate(CLASSES.values()):
        own = TASKS == task
        np.testing.assert_allclose(logits[own, 0, :labels], part_logits(network, task)[own], atol=2e-5)
        assert (logits[own, 0, labels:] == FAR).all()
    again = FishNet.from_config(network.get_config())
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in network.weights]


def test_a_plain_task_costs_one_network_and_soft_sharing_all():
    """3x3 kernels: 8x12x9x3 + 4x6x27x4 multiplications, 24 numbers to 5, then 5 to 3 or 2: means of two tasks."""
    plain = 8 * 12 * 9 * 3 + 4 * 6 * 27 * 4
    single = build(allocation="own", pools=(2, 2))
    assert build().static_cost() == single.static_cost() == plain + 24 * 5 + 5 * 2.5
    stitched = build(allocation="own", pools=(2, 2), fusion="cross_stitch")
    assert stitched.static_cost() == 2 * plain + 24 * 5 + 5 * 2.5


def test_single_networks_have_nothing_in_common():
    network = build(allocation="own", pools=(2, 2))
    assert {name: rows.tolist() for name, rows in network.picked().items()} == {
        "conv_1": [[0] * 3, [1] * 3],
        "conv_2": [[0] * 4, [1] * 4],
    }
    before = part_logits(network, 0)
    for convolution in network.convolutions:
        changed = np.array(convolution.candidates)
        changed[..., 1] += 1
        convolution.candidates.assign(changed)
    np.testing.assert_array_equal(part_logits(network, 0), before)


def test_random_picks_are_drawn_once_and_are_not_learned():
    network = build(allocation="random", pools=(4, 4))
    picked = network.picked()
    assert len({tuple(rows.ravel()) for rows in picked.values()}) == 2 and not network.learned()
    fit(network)
    assert all((picked[name] == rows).all() for name, rows in network.picked().items())


def test_the_first_stage_learns_choices_and_the_second_leaves_them():
    network = build()
    thetas = [np.array(one.theta) for one in network.convolutions]
    history, model = fit(network, "together", temperature=2.0)
    assert isinstance(model, allocating.Gumbel) and np.isfinite(history.history["loss"]).all()
    learned = [np.array(one.theta) for one in network.convolutions]
    assert all(np.abs(new - old).max() > 0 for new, old in zip(learned, thetas, strict=True))
    kernels = np.array(network.convolutions[0].candidates)
    _, model = fit(network, "fixed")
    assert type(model) is allocating.Fixed
    assert all((np.array(one.theta) == old).all() for one, old in zip(network.convolutions, learned, strict=True))
    assert np.abs(np.array(network.convolutions[0].candidates) - kernels).max() > 0


def test_candidates_that_no_task_picks_get_no_gradient_when_choices_are_fixed():
    network = build()
    before = np.array(network.convolutions[1].candidates)  # even thetas pick the first candidate
    fit(network, "fixed")
    moved = np.abs(np.array(network.convolutions[1].candidates) - before).max(axis=(0, 1, 2, 3))
    assert moved[0] > 0 and (moved[1:] == 0).all()


def test_straight_through_uses_one_candidate_in_a_step():
    network = build()
    model = fit(network, straight_through=True)[1]
    shares = ops.convert_to_numpy(model.relaxed(network.convolutions[1]))
    assert set(np.unique(shares)) == {0.0, 1.0} and (shares.sum(-1) == 1).all()


@pytest.mark.parametrize(("method", "kind"), [("alternating", allocating.Alternating), ("bandit", allocating.Bandit)])
def test_other_ways_to_learn_choices(method, kind):
    network = build()
    before = [np.array(one.theta) for one in network.convolutions]
    history, model = fit(network, method=method)
    assert type(model) is kind and np.isfinite(history.history["loss"]).all()
    assert all(
        np.abs(np.array(one.theta) - old).max() > 0 for one, old in zip(network.convolutions, before, strict=True)
    )


def test_turns_change_some_variables_in_odd_steps_and_the_others_in_even_ones():
    one, other = keras.Variable([1.0]), keras.Variable([1.0])
    optimizer = allocating.Turns([True, False], learning_rate=1.0)
    optimizer.build([one, other])
    seen = []
    for _ in range(3):
        optimizer.apply([ops.ones((1,)), ops.ones((1,))], [one, other])
        seen.append((float(one[0]), float(other[0])))
    assert seen == [(1, 0), (0, 0), (0, -1)]


def test_the_sum_of_losses_is_that_of_the_tasks():
    """Even logits: log 3 of one task and log 2 of the other."""
    network = build()
    for head in network.heads:
        for weight in head.last.weights:
            weight.assign(ops.zeros_like(weight))
    model = allocating.Fixed(network)
    seen = model(VALUES)
    loss = float(model.compute_loss(VALUES, LABELS, seen, training=False))
    assert loss == pytest.approx(np.log(3) + np.log(2), abs=1e-5)
    smooth = allocating.Fixed(network, label_smoothing=0.3)
    assert float(smooth.compute_loss(VALUES, LABELS, seen, training=False)) == pytest.approx(loss, abs=1e-5)


def test_calls_in_training_mode_can_leave_the_averages():
    network = build()
    averages = [np.array(weight) for weight in network.non_trainable_weights]
    with network.frozen_averages():
        network(VALUES, training=True)
    assert all((np.array(w) == old).all() for w, old in zip(network.non_trainable_weights, averages, strict=True))
    network(VALUES, training=True)
    assert any((np.array(w) != old).any() for w, old in zip(network.non_trainable_weights, averages, strict=True))


def test_soft_sharing_begins_with_most_of_a_network_itself():
    np.testing.assert_allclose(mixing(3, 0.9), [[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
    network = build(allocation="own", pools=(2, 2), fusion="cross_stitch")
    x = [np.full((1, 2, 2, 3), value, "float32") for value in (1.0, 11.0)]
    mixed = [float(one[0, 0, 0, 0]) for one in network.mixers[0](x)]
    assert mixed == pytest.approx([2.0, 10.0])  # 0.9 * 1 + 0.1 * 11, and the other way round


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pools": (1,)}, "expected as many pools as filters"),
        ({"fusion": "nddr"}, "expected allocation own with fusion nddr, received learned"),
        ({"global_pool": 4, "allocation": "own"}, "expected allocation learned or random with a global_pool"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        presets.resolve("fishnet", TINY | arguments, {})


def test_a_network_refuses_what_it_cannot_be():
    with pytest.raises(ValueError, match="expected as many candidates as tasks"):
        FishNet(SHAPE, CLASSES, **TINY | {"allocation": "own"})
    with pytest.raises(ValueError, match="expected backbone 'plain' or 'residual', received 'deep'"):
        FishNet(SHAPE, CLASSES, **TINY | {"backbone": "deep"})
    with pytest.raises(ValueError, match="expected fusion 'none'"):
        FishNet(SHAPE, CLASSES, **TINY | {"fusion": "mean"})
