"""Masks of two-stage detectors: what is trained of them, by which masks, and what a bundle answers."""

import numpy as np
import pytest
from keras import ops

from keras_models import mask_training, seeding
from keras_models.shapeprop import ShapeProp
from tests.keras_models.tiny_detectors import ENTRY, NAMES, REGION_SIZES, SIDE, STAGES, pictures
from tflite.conversion.deploy import deploy
from tflite.runtime.chain import Chain

FOUND = pictures(16)
IMAGES = FOUND.images.astype(np.float32) * np.float32(1 / 255)
MASKS = {"shapes": "channels", "mask": 6, "tower": 5, "latent": 3}
OWN = {
    "epochs": 1,
    "batch_size": 8,
    "peak_learning_rate": 0.05,
    "weight_decay": None,
    "optimizer": "sgd",
    "masked": ("square", "bar"),
}


def segmenter(**arguments):
    """A small detector with masks, the same each time."""
    seeding.set_random_seed(3)
    network = ShapeProp((SIDE, SIDE, 3), 3, labels=NAMES, **REGION_SIZES | MASKS | arguments)
    rng = np.random.default_rng(5)
    for weight in network.weights:
        if len(weight.shape) > 1 and weight is not network.rows:
            weight.assign(weight + rng.normal(0, 1.2 / np.sqrt(np.prod(weight.shape[:-1])), weight.shape))
    return network


def test_targets_are_the_things_under_their_boxes():
    instances = np.zeros((1, 4, 4), np.uint8)
    instances[0, :2, :2], instances[0, 2:, 1:] = 1, 2
    boxes = np.array([[[0, 0, 0.5, 0.5], [0.5, 0, 1, 1], [0, 0, 0, 0]]], np.float32)
    found = mask_training.targets_of(instances, ops.convert_to_tensor(boxes), (2, 4))
    np.testing.assert_array_equal(found[0, 0], np.ones((2, 4)))
    np.testing.assert_array_equal(found[0, 1], [[0, 1, 1, 1], [0, 1, 1, 1]])


@pytest.mark.parametrize("shapes", ["none", "shared", "channels"])
def test_masks_are_learned_and_the_detector_stays(shapes):
    network = segmenter(shapes=shapes)
    model = mask_training.mask_stage(network, OWN).prepare(40, None)
    before = [np.array(weight) for weight in network.weights]
    labels = {"boxes": FOUND.boxes, "kinds": FOUND.kinds, "instances": FOUND.instances}
    history = model.fit(IMAGES, labels, batch_size=8, epochs=20, shuffle=False, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    own = {id(weight) for weight in network.mask_weights()}
    changed = [not np.array_equal(*pair) for pair in zip(before, network.weights, strict=True)]
    assert all(id(weight) in own for weight, moved in zip(network.weights, changed, strict=True) if moved)
    assert sum(changed) > len(own) / 2


def test_masks_of_other_kinds_teach_nothing():
    network = segmenter()
    model = mask_training.Masking(network, [0])
    pieces = np.random.default_rng(1).normal(size=(1, 2, *network.mask, network.width)).astype(np.float32)
    kinds, present = np.array([[0, 2]]), np.ones((1, 2), np.float32)
    targets = np.zeros((1, 2, *network.mask), np.float32)
    other = targets.copy()
    other[0, 1] = 1
    same = [float(model.losses_of(pieces, kinds, present, some)[0]) for some in (targets, other)]
    assert same[0] == same[1]
    other[0, 0] = 1
    assert float(model.losses_of(pieces, kinds, present, other)[0]) != same[0]


def test_a_new_row_has_the_mean_of_all_saliencies():
    network = segmenter(novel=("bar",))
    shares = np.asarray(network.saliencies())
    np.testing.assert_array_equal(shares[:2], [[1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(shares[2:], 1 / 3)


def test_kinds_without_a_name_are_refused():
    with pytest.raises(ValueError, match="expected masks of kinds among square, bar, post, received ring"):
        mask_training.mask_stage(segmenter(), OWN | {"masked": ["ring"]})
    with pytest.raises(ValueError, match="expected shapes, one of none, shared, channels, received 'all'"):
        segmenter(shapes="all")


@pytest.mark.parametrize(("shapes", "quantize"), [("none", "float32"), ("channels", "float32"), ("channels", "int8")])
def test_every_box_of_a_bundle_has_its_mask(shapes, quantize, tmp_path):
    network = segmenter(shapes=shapes)
    vectors = {name: ({"kind": "vector"}, (1, *shape)) for name, shape in network.inputs().items()}
    samples = {"image": IMAGES} | {name: np.ones((16, *shape), np.float32) for name, shape in network.inputs().items()}
    bundle = deploy(
        network,
        tmp_path / "made",
        name="tiny",
        inputs={"image": (ENTRY, (1, SIDE, SIDE, 3)), **vectors},
        points={"all": {"promising": 0.0, "sure": 0.001}},
        samples=samples,
        quantize=quantize,
        goldens=list(FOUND.images[:2]),
    )
    chain = Chain(bundle, warm_up=False)
    assert chain.self_test() == []
    result = chain.run(FOUND.images[0])
    boxes = result.outputs["things"].boxes
    assert boxes and all(box.mask.shape == (6, 6) and 0 < box.mask.min() <= box.mask.max() < 1 for box in boxes)
    if quantize == "float32":
        pieces = mask_training.crop_boxes(
            network.look(IMAGES[:1])["features"], np.array([[box.corners for box in boxes]], np.float32), network.mask
        )
        kinds = np.eye(3, dtype=np.float32)[[NAMES.index(box.name) for box in boxes]]
        expected = ops.sigmoid(network.masks_of(pieces[0], kinds)["mask"])
        np.testing.assert_allclose([box.mask for box in boxes], expected, atol=1e-3)


def test_its_stages_are_a_detectors_and_masks():
    network = segmenter()
    stages = network.stages(STAGES | {"masks": OWN})
    assert [stage.name for stage in stages] == ["base", "fine_tuned", "masks"] and stages[-1].marks == "instances"
    assert network.stages(STAGES | {"masks": OWN | {"epochs": 0}})[-1].name == "fine_tuned"
