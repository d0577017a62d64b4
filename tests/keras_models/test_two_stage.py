"""Two-stage detectors: their stages, rows, and programs; in a bundle, and taught there."""

import numpy as np
import pytest
from keras import ops

from keras_models import row_learning, two_stage_training
from keras_models.functional import few_shot_heads
from keras_models.two_stage import TwoStage
from tests.keras_models.tiny_detectors import ENTRY, NAMES, REGION_SIZES, SIDE, STAGES, detector, pictures
from tflite.conversion.deploy import deploy
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain

FOUND = pictures(24)
IMAGES = FOUND.images.astype(np.float32) * np.float32(1 / 255)
BOX = FOUND.boxes[0, :1]


def bundled(network, folder, quantize="float32"):
    """A bundle of a network, and its chain."""
    vectors = {name: ({"kind": "vector"}, (1, *shape)) for name, shape in network.inputs().items()}
    samples = {"image": IMAGES, "box": FOUND.boxes[:, 0]}
    samples |= {
        "examples": np.ones((24, *network.inputs()["examples"]), np.float32),
        "given": np.ones((24, 3), np.float32),
    }
    bundle = deploy(
        network,
        folder,
        name="tiny",
        inputs={"image": (ENTRY, (1, SIDE, SIDE, 3)), **vectors},
        points={"few": {"promising": 0.5}, "all": {"promising": 0.0, "sure": 0.001}},
        samples=samples,
        quantize=quantize,
        goldens=list(FOUND.images[:4]),
        others={"teach": [{"image": FOUND.images[0], "box": BOX}]},
    )
    return Chain(bundle, warm_up=False)


def test_a_row_of_zeros_is_no_kind_and_in_no_table():
    network = detector(novel=("bar",))
    assert not np.asarray(network.rows)[1].any() and np.asarray(network.rows)[[0, 2]].all()
    table = network.tables()["classes"]
    assert table.labels == ("square", "post") and table.capacity == 5
    np.testing.assert_allclose(np.linalg.norm(table.content, axis=1), 1, rtol=1e-6)
    logits = np.asarray(network.classify(np.ones((1, 6), np.float32), ops.convert_to_tensor(network.rows)))
    assert logits.shape == (1, 4) and logits[0, 1] < -1000 < logits[0, [0, 2, 3]].min()


def test_arguments_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="expected a classifier, one of cosine, dense, received 'linear'"):
        detector(classifier="linear")
    with pytest.raises(ValueError, match="new ones among them, received 3 and ring"):
        detector(novel=("ring",))
    with pytest.raises(ValueError, match="multiples of 16, received"):
        TwoStage((20, 32, 3), 3, NAMES, **REGION_SIZES)


def test_the_loss_passes_over_kinds_without_a_row():
    network = detector(novel=("bar",))
    model = two_stage_training.Detecting(network, 4)
    kinds = np.array([[0, 1], [-1, 2]])
    at, present = model.known_kinds(ops.convert_to_tensor(kinds))
    np.testing.assert_array_equal(present, [[True, False], [False, True]])
    np.testing.assert_array_equal(at, [[0, 1], [0, 2]])


def test_regions_of_a_training_are_proposals_and_things():
    network = detector()
    model = two_stage_training.Detecting(network, 4)
    seen = network.look(IMAGES[:2])
    regions, there = model.regions_of(seen, FOUND.boxes[:2], FOUND.kinds[:2] >= 0)
    assert regions.shape == (2, 6, 4)
    np.testing.assert_array_equal(regions[:, 4:], FOUND.boxes[:2])
    np.testing.assert_array_equal(there[:, 4:], FOUND.kinds[:2] >= 0)


def test_the_balanced_set_shows_so_many_things_of_every_kind_and_no_more():
    shown = two_stage_training.balanced(FOUND, range(3), 2, seed=1)
    kinds = shown.kinds[shown.kinds >= 0]
    assert np.bincount(kinds).tolist() == [2, 2, 2]
    assert (shown.kinds >= 0).any(axis=1).all() and not shown.boxes[shown.kinds < 0].any()
    again = two_stage_training.balanced(FOUND, range(3), 2, seed=1)
    np.testing.assert_array_equal(shown.boxes, again.boxes)


def test_new_rows_are_as_long_as_the_others_are():
    network = detector(novel=("bar",))
    before = np.array(network.rows)
    two_stage_training.add_rows(network, seed=2)
    rows = np.array(network.rows)
    np.testing.assert_array_equal(rows[[0, 2]], before[[0, 2]])
    lengths = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(lengths[1], lengths[[0, 2]].mean(), rtol=1e-5)


def test_training_finds_things():
    network = detector(filters=(8, 12, 16, 16), width=12, hidden=16, embedding=24)
    own = STAGES["base"] | {"epochs": 60, "peak_learning_rate": 0.05}
    stage = network.stages({"base": own, "fine_tuned": STAGES["fine_tuned"] | {"epochs": 0}})[0]
    model = stage.prepare(60 * 3, None)
    history = model.fit(
        IMAGES, {"boxes": FOUND.boxes, "kinds": FOUND.kinds}, batch_size=8, epochs=60, verbose=0, shuffle=False
    ).history
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert history["right"][-1] > 0.5 > history["right"][0]
    remembered = np.asarray(network.memory).any(axis=1)
    assert remembered.mean() > 0.5, "of some regions no unit says anything"


def test_a_bundle_answers_boxes_and_a_budget_looks_at_fewer_regions(tmp_path):
    network = detector()
    chain = bundled(network, tmp_path / "made")
    assert chain.self_test() == []
    result = chain.run(FOUND.images[0], operating_point="all")
    boxes = result.outputs["things"].boxes
    assert 0 < len(boxes) <= 3 and {box.name for box in boxes} <= set(NAMES)
    looked = [event.row for event in result.events if event.kind == "row"]
    assert looked == [0, 1, 2, 3]
    costs = network.part_macs
    one = costs["trunk"] + costs["propose"] + costs["head"] + costs["classify"] + 4 * 9 * 6
    cut = chain.run(FOUND.images[0], Budget(macs=one), "all")
    assert [event.row for event in cut.events if event.kind == "row"] == [0]
    assert [event.why for event in cut.events if event.kind == "stopped"] == ["macs"]
    assert cut.macs == one


@pytest.mark.parametrize("quantize", ["float32", "int8"])
def test_a_kind_is_taught_by_its_features_and_by_steps(quantize, tmp_path):
    network = detector(novel=("bar",))
    chain = bundled(network, tmp_path / "made", quantize)
    kinds = [{part.inputs[port].type for port in part.inputs} for part in chain.manifest.parts.values()]
    assert ({"int8"} in kinds) == (quantize == "int8")
    at = [(int(p), int(r)) for p, r in np.argwhere(FOUND.kinds == 1)[:3]]
    examples = [{"image": FOUND.images[p], "box": FOUND.boxes[p, r][None]} for p, r in at]
    seen = [chain.run(one, program="embed").outputs["embedding"].numbers[0] for one in examples]
    expected = np.mean([by_steps(network, chain, one[None]) for one in seen], axis=0)
    taught = chain.teach("bar", examples)
    np.testing.assert_allclose(taught, expected / np.linalg.norm(expected), atol=1e-3)
    given = {"examples": np.array([seen], np.float32), "given": np.ones((1, 3), np.float32)}
    expected = by_steps(network, chain, given["examples"][0])
    learned = chain.teach("bar, learned", [given], program="learn")
    assert chain.tables["classes"].labels == ("square", "post", "bar", "bar, learned")
    np.testing.assert_allclose(learned, expected, atol=1e-3)


def by_steps(network, chain, examples):
    """The row that steps on examples `[n, size]` end with, beside the rows that a chain has now."""
    known, count = chain.tables["classes"].rows, len(examples)
    rows = np.zeros((1, network.capacity, network.embedding), np.float32)
    rows[0, : len(known)] = known
    memory = np.asarray(network.memory)
    seen = np.concatenate([examples, memory])[None]
    others = few_shot_heads.log_sum_exp(network.classify(seen, rows))
    wanted = np.concatenate([np.ones(count), np.zeros(len(memory))]).reshape(1, -1, 1).astype(np.float32)
    weights = np.where(wanted > 0, row_learning.NEW / count, (1 - row_learning.NEW) / len(memory)).astype(np.float32)
    row = few_shot_heads.unit(few_shot_heads.unit(examples).numpy().mean(axis=0)[None, None])
    for _ in range(row_learning.STEPS):
        gradient = few_shot_heads.row_gradient(seen, others, wanted, weights, row)
        row = few_shot_heads.unit(row - row_learning.RATE * gradient)
    return np.asarray(row)[0, 0]
