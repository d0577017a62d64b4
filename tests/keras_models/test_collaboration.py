"""Fine-tuning of exits together: the loss by hand, what is trained and what stays, and the chain that comes of it."""

import keras
import numpy as np
import pytest

from keras_models import collaboration, presets, programs, seeding
from keras_models.losses import distilled
from keras_models.msdnet import MSDNet
from tests.families.tiny import TINY

SETTINGS = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1, "milestones": ()}


def network(links="dense", **more):
    seeding.set_random_seed(1)
    return MSDNet((12, 12, 1), 3, links=links, **dict(TINY["msdnet"].arguments) | more)


def stages(model, links="dense", **own):
    given = TINY["msdnet"].stages | {"collaboration": SETTINGS | own}
    _, settings = presets.resolve("msdnet", TINY["msdnet"].arguments | {"links": links}, given)
    return {stage.name: stage for stage in model.stages(settings)}


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(16, 12, 12, 1)).astype("float32"), rng.integers(0, 3, 16)


def test_distillation_by_hand():
    """Of an answer (.8, .2) and a teacher of (.5, .5): KL = .5 log(.5 / .8) + .5 log(.5 / .2) = .2231."""
    logits = np.log([[[0.8, 0.2], [0.5, 0.5]]]).astype("float32")
    divergence = 0.5 * np.log(0.5 / 0.8) + 0.5 * np.log(0.5 / 0.2)
    found = distilled(np.array([[2.0, 7.0]], "float32"), logits, logits[:, 1], 0.1)
    np.testing.assert_allclose(found, [[0.9 * 2 + 0.1 * divergence, 7]], rtol=1e-5)
    mean = distilled(np.array([[2.0, 7.0]], "float32"), logits, logits[:, 1], 0.1, mean=True)
    np.testing.assert_allclose(mean, [[0.9 * 2 + 0.1 * divergence / 2, 7]], rtol=1e-5)
    same = distilled(np.array([[2.0, 7.0]], "float32"), logits[:, [1, 1]], logits[:, 1], 1.0)
    np.testing.assert_allclose(same, [[0, 7]], atol=1e-6)


def test_a_higher_temperature_softens_both_and_counts_squared():
    """Square roots of .8 : .2 are 2/3 and 1/3."""
    logits = np.log([[[0.8, 0.2], [0.5, 0.5]]]).astype("float32")
    divergence = 0.5 * np.log(0.5 / (2 / 3)) + 0.5 * np.log(0.5 / (1 / 3))
    found = distilled(np.zeros((1, 2), "float32"), logits, logits[:, 1], 1.0, temperature=2.0)
    np.testing.assert_allclose(found, [[4 * divergence, 0]], rtol=1e-5)


def test_without_distillation_the_loss_is_the_sum_of_cross_entropies():
    model, (images, labels) = network(), data()
    trainer = collaboration.Collaboration(model, kd_weight=0.0)
    logits = np.array(model(images))
    expected = -np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))[np.arange(16), :, labels].sum(1).mean()
    seen = {"logits": keras.ops.convert_to_tensor(logits), "teacher": logits[:, -1]}
    assert float(trainer.compute_loss(None, labels, seen)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("frozen", "teacher"), [(True, "frozen_base"), (False, "self_final")])
def test_heads_and_links_are_trained_and_the_backbone_if_it_is_wanted(frozen, teacher):
    model, (images, labels) = network(), data()
    stage = stages(model, freeze_backbone=frozen, teacher=teacher)["collaboration"]
    own = {id(weight) for weight in stage.weights}
    before = [np.array(weight) for weight in model.weights]
    trainer = stage.prepare(4, None)
    history = trainer.fit(images, labels, batch_size=8, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    moved = [not np.array_equal(a, b) for a, b in zip(before, map(np.array, model.weights), strict=True)]
    assert all(id(weight) in own for weight, changed in zip(model.weights, moved, strict=True) if changed)
    heads = {id(weight) for layer in (*model.heads, model.links) for weight in layer.weights}
    assert (own == heads) == frozen
    trunk = {id(weight) for block in model.blocks for weight in block.weights}
    assert frozen != any(changed and id(w) in trunk for w, changed in zip(model.weights, moved, strict=True))
    assert any(np.abs(layer.kernel).max() > 0 for layer in model.links.added)
    assert stage.reestimate != frozen


def test_the_teacher_stays_as_the_network_was():
    model, (images, _) = network(), data()
    teach, before = collaboration.frozen_copy(model), np.array(model(images))[:, -1]
    model.heads[-1].bias.assign([5.0, 0.0, 0.0])
    np.testing.assert_allclose(teach(images), before, atol=1e-6)
    assert not np.allclose(np.array(model(images))[:, -1], before)


def test_the_first_stage_leaves_links_alone_and_knows_nothing_of_them():
    images, labels = data()
    found = []
    for links in ("none", "dense"):
        model = network(links)
        stage = stages(model, links)["classifiers"]
        stage.prepare(2, None).fit(images, labels, batch_size=8, shuffle=False, verbose=0)
        found.append(np.array(model(images)))
    assert not any(np.any(layer.kernel) for layer in model.links.added)
    assert found[0].shape == found[1].shape


def test_no_epochs_are_no_stage():
    model = network("none")
    _, settings = presets.resolve("msdnet", TINY["msdnet"].arguments, TINY["msdnet"].stages)
    assert [stage.name for stage in model.stages(settings)] == ["classifiers", "controllers"]
    with pytest.raises(ValueError, match="expected epochs of the stage collaboration, which trains links, received 0"):
        presets.resolve("msdnet", TINY["msdnet"].arguments | {"links": "dense"}, TINY["msdnet"].stages)


@pytest.mark.parametrize("links", ["dense", "identity"])
def test_the_program_answers_as_the_network_does_over_links(links):
    model, (images, _) = network(links), data()
    rng = np.random.default_rng(1)
    for weight in model.links.weights:
        weight.assign(rng.uniform(0.2, 1.0, weight.shape))
    logits, parts = np.array(model(images[:2])), model.parts()
    values = {"image": images[:2]}
    for step in programs.without_exits(model.program(), model.exit_names):
        if step["op"] == "run" and not step["part"].startswith("controller"):
            inputs = {port: values[name] for port, name in step["inputs"].items()}
            outputs = parts[step["part"]].model(inputs, training=False)
            values |= {name: outputs[port] for port, name in step["outputs"].items()}
    for i in model.exit_numbers:
        np.testing.assert_allclose(values[f"logits_{i}"], logits[:, i - 1], atol=1e-4)
    short = programs.cut_short(model.program(), "exit_3")
    assert {"head_1", "head_2", "head_3"} <= {step.get("part") for step in short}, "a linked answer needs those before"


def test_a_linked_network_is_saved_and_read(tmp_path):
    model, (images, _) = network(), data()
    model.links.added[0].kernel.assign(np.ones(model.links.added[0].kernel.shape))
    model.save(tmp_path / "linked.keras")
    again = keras.models.load_model(tmp_path / "linked.keras", compile=False)
    np.testing.assert_array_equal(again(images), model(images))
