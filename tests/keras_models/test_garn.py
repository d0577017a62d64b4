"""GARN: shapes and counts of the thesis, the cell by hand, both losses, and what guides a training."""

import keras
import numpy as np
import pytest

from keras_models import presets, programs
from keras_models.garn import GARN
from keras_models.layers.looking import GlimpseCell
from keras_models.policies import looking

TINY = {"glimpses": 3, "size": 4, "scales": 2, "units": 5, "patch": 4, "place": 3, "glimpse": 6}
TINY |= {"location": 4, "hidden": (5,)}
SETTINGS = {"epochs": 1, "peak_learning_rate": 0.01}


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return GARN((12, 12, 1), 3, **TINY)


def trainer(network, steps=4, **settings):
    complete = presets.resolve("garn", {}, {"looking": SETTINGS | settings})[1]["looking"]
    return looking.trainer(network, complete, steps, 0)


def test_weights_and_multiplications_are_those_of_the_thesis():
    """Table of section 3.4.1 for 80x80: 1200 and 400 pixels, 128, 128, 256, cells of 256, 128, 2; 100, 50, 19."""
    full = GARN((80, 80, 1), 19)
    where = 2 * 128
    locator = 1200 * 128 + 256 * 256 + 512 * 1024
    classifier = 400 * 128 + 256 * 256 + 512 * 1024
    acting = 256 * 100 + 100 * 50 + 50 * 19
    locating = 256 * 128 + 128 * 2
    assert full.part_macs["glimpse"] == where + locator + classifier
    assert full.part_macs["state"] >= acting + locating
    assert full.static_cost() == 8 * sum(full.part_macs.values())
    one = GARN((80, 80, 1), 19, cores=1)
    assert one.part_macs["glimpse"] == where + locator


def test_an_update_by_hand():
    """Pre-activations of 0: c = c / 2, h = tanh(c) / 2; a closed forget gate and an open input gate: c = tanh(1)."""
    cell = GlimpseCell(2, 2, 1)
    gates = np.array([[0, 0, 0, 0], [50, -50, 1, 50]], "float32")
    h, c = (np.asarray(x)[:, 0] for x in cell.update(gates, np.array([[0.8], [0.8]], "float32")))
    np.testing.assert_allclose(c, [0.4, np.tanh(1)], rtol=1e-5)
    np.testing.assert_allclose(h, [np.tanh(0.4) / 2, np.tanh(np.tanh(1))], rtol=1e-5)


def test_forget_gates_begin_open(network):
    bias = np.asarray(network.cells[0].core.bias).reshape(4, 5)
    assert bias[1].tolist() == [1] * 5 and not bias[[0, 2, 3]].any()


def test_the_first_glimpse_is_in_the_middle_and_the_last_answers(network):
    images = np.random.default_rng(0).random((4, 12, 12, 1)).astype("float32")
    seen = network.look(images)
    assert [tuple(seen[name].shape) for name in ("logits", "locations", "baselines")] == [(4, 3, 3), (4, 2, 2), (4, 2)]
    np.testing.assert_array_equal(network(images), seen["logits"][:, -1:])
    np.testing.assert_array_equal(seen["locations"], seen["means"])


def test_the_classifier_sees_the_small_window_alone(network):
    """A change that only the locator's larger window shows moves the first location, not the first answer."""
    image = np.zeros((1, 12, 12, 1), "float32")
    other = image.copy()
    other[0, 2, 2] = 1  # the small window of four pixels is rows and columns 4 to 7, the large one 2 to 9
    one, two = network.look(image), network.look(other)
    np.testing.assert_array_equal(one["logits"][:, 0], two["logits"][:, 0])
    assert not np.array_equal(one["means"][:, 0], two["means"][:, 0])


@pytest.mark.parametrize("reward", ["correct", "centres"])
def test_both_losses_reach_what_is_theirs(reward):
    """Cross-entropy trains the classifier, the reward the locator; the baseline only itself."""
    keras.utils.set_random_seed(1)
    network = GARN((12, 12, 1), 3, **TINY)
    rng = np.random.default_rng(0)
    images, labels = rng.random((16, 12, 12, 1)).astype("float32"), rng.integers(0, 3, 16)
    answers = {"label": labels, "centres": np.full((16, 1, 2), 0.5, "float32")} if reward == "centres" else labels
    before = [np.array(weight) for weight in network.weights]
    trainer(network, reward=reward).fit(images, answers, batch_size=8, verbose=0)
    changed = {w.path for w, b in zip(network.weights, before, strict=True) if not np.array_equal(w, b)}
    for part in ("locator", "classifier", "mean", "baseline", "head", "place"):
        assert any(part in path for path in changed), part


def test_where_to_look_is_learned():
    """A bright square at one place: two thirds of what is lost at first, looking in the middle, are won."""
    keras.utils.set_random_seed(2)
    network = GARN((12, 12, 1), 2, **TINY)
    images, labels = np.zeros((64, 12, 12, 1), "float32"), np.zeros(64, int)
    images[:, 8:11, 8:11] = 1
    answers = {"label": labels, "centres": np.full((64, 1, 2), 0.6, "float32")}
    model = trainer(network, steps=160, peak_learning_rate=0.02)
    before = model.evaluate(images, answers, verbose=0, return_dict=True)["reward"]
    model.fit(images, answers, batch_size=16, epochs=40, verbose=0)
    after = model.evaluate(images, answers, verbose=0, return_dict=True)["reward"]
    assert before < -1 and after > before / 3


def test_a_reward_for_places_needs_places(network):
    with pytest.raises(ValueError, match="expected centres of the regions beside the labels, received labels alone"):
        trainer(network, reward="centres").evaluate(np.zeros((2, 12, 12, 1), "float32"), np.zeros(2), verbose=0)


def test_the_stage_takes_so_many_images_and_asks_for_marks(network):
    given = presets.resolve("garn", {}, {"looking": {"epochs": 1, "images": 2_000}})[1]
    (stage,) = network.stages(given)
    assert (stage.split, stage.marks) == ("train[:2000]", "centres")
    (stage,) = network.stages({"looking": given["looking"] | {"images": None, "reward": "correct"}})
    assert (stage.split, stage.marks) == ("train", None)


def test_the_program_answers_when_it_is_sure_or_may_look_no_more(network):
    *_, repeat, answer = network.program()
    assert repeat["times"] == 3 and answer["name"] == "answer"
    assert [step["op"] for step in repeat["steps"]] == ["crop", "run", "run", "exit", "leave"]
    assert repeat["steps"][0]["scales"] == 2 and repeat["steps"][3]["gives"] == {"label": "logits"}
    with pytest.raises(ValueError, match="received 'exit'"):
        programs.total_cost(network.program(), network.part_macs)


@pytest.mark.parametrize(("wrong", "told"), [({"glimpses": 1}, "2 to 1000"), ({"scales": 9}, "at most 8 scales")])
def test_what_cannot_be_is_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        presets.resolve("garn", wrong, {"looking": {"epochs": 1}})
