"""Pictures with several things: boxes of masks, kinds left out, examples drawn; and the folders of VOC and COCO."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_models.datasets import annotated_folders, scene_tasks
from keras_models.datasets.annotated import boxes_of, gathered, shots


def two_pictures():
    """One with kinds 3 and 5, the other with kind 3 alone; on 4 x 8 pixels."""
    seen = np.zeros((2, 4, 8), np.uint8)
    seen[0, 1:3, 2:6], seen[0, 2:4, 4:5] = 1, 2
    seen[1, 0, 7] = 1
    boxes = [boxes_of(seen[0], 2), boxes_of(seen[1], 1)]
    return gathered([np.zeros((4, 8, 3), np.uint8)] * 2, boxes, [[3, 5], [3]], list(seen), most=3)


def test_boxes_of_masks_by_hand():
    made = two_pictures()
    assert made.boxes[0].tolist() == [[0.25, 0.25, 0.75, 0.75], [0.5, 0.5, 1, 0.625], [0, 0, 0, 0]]
    assert made.boxes[1, 0].tolist() == [0, 0.875, 0.25, 1]
    assert made.kinds.tolist() == [[3, 5, -1], [3, -1, -1]]
    assert [int(mask.sum()) for mask in made.masks(0)] == [7, 2, 0], "of eight pixels one is hidden"
    with pytest.raises(ValueError, match="received a picture without number 2"):
        boxes_of(np.ones((2, 2), np.uint8), 2)


def test_things_of_other_kinds_are_left_out_in_their_rows():
    made = two_pictures().only([5])
    assert made.kinds.tolist() == [[-1, 5, -1], [-1, -1, -1]]
    assert made.boxes[0, 0].tolist() == [0] * 4 and made.boxes[0, 1].tolist() == [0.5, 0.5, 1, 0.625]
    assert np.unique(made.instances).tolist() == [0, 2]
    assert len(made.rows([1]).images) == 1 and made.rows([1]).kinds.tolist() == [[-1, -1, -1]]


def test_examples_are_on_different_pictures():
    made = two_pictures()
    assert sorted(shots(made, [3], 2, seed=0)[3]) == [(0, 0), (1, 0)]
    assert shots(made, [3, 5], 1, seed=4) == shots(made, [3, 5], 1, seed=4)
    assert {shots(made, [3], 1, seed)[3][0] for seed in range(20)} == {(0, 0), (1, 0)}
    with pytest.raises(ValueError, match="expected 2 pictures with a thing of kind 5, received 1"):
        shots(made, [5], 2, seed=0)


def test_too_many_things_are_refused_and_masks_may_be_unknown():
    image = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="expected at most 1 things on a picture, received 2"):
        gathered([image], [np.zeros((2, 4))], [[0, 1]], most=1)
    made = gathered([image, image], [[], [[0, 0, 1, 1]]], [[], [4]])
    assert made.kinds.tolist() == [[-1], [4]] and made.instances is None
    with pytest.raises(ValueError, match="expected pictures with masks"):
        made.masks(0)
    assert made.only([4]).instances is None


VOC = """<annotation><size><width>8</width><height>4</height></size>
<object><name>kite</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>
<object><name>cat</name><difficult>1</difficult>
<bndbox><xmin>3</xmin><ymin>2</ymin><xmax>6</xmax><ymax>3</ymax></bndbox></object></annotation>"""


@pytest.fixture
def voc(tmp_path):
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main", "SegmentationObject"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ImageSets/Main/val.txt").write_text("one  1\nother -1\n")
    (tmp_path / "Annotations/one.xml").write_text(VOC)
    Image.new("RGB", (8, 4), (9, 9, 9)).save(tmp_path / "JPEGImages/one.jpg")
    mask = np.zeros((4, 8), np.uint8)
    mask[0:2, 0:2], mask[1:3, 2:6], mask[1, 2] = 1, 2, 255
    Image.fromarray(mask).save(tmp_path / "SegmentationObject/one.png")
    return tmp_path


def test_a_folder_of_voc_by_hand(voc):
    """Corners count from 1 and belong to the box; the kite is none of the kinds, so the cat has the first row."""
    made = annotated_folders.read_voc(voc, "val", (4, 8))
    assert made.boxes.tolist() == [[[0.25, 0.25, 0.75, 0.75]]] and made.difficult.tolist() == [[True]]
    assert [annotated_folders.VOC_KINDS[kind] for kind in made.kinds[0]] == ["cat"]
    assert int((made.instances == 1).sum()) == 7 and made.instances.max() == 1
    assert made.images.shape == (1, 4, 8, 3)
    both = annotated_folders.read_voc(voc, "val", (8, 16), ("kite", "cat"))
    assert both.kinds.tolist() == [[0, 1]] and both.boxes[0, 0].tolist() == [0, 0, 0.5, 0.25]
    assert int((both.instances == 1).sum()) == 16, "four pixels, each four times"


def test_a_damaged_folder_of_voc_is_told(voc):
    with pytest.raises(ValueError, match="expected a folder as of PASCAL VOC, received one without .*train.txt"):
        annotated_folders.read_voc(voc, "train", (4, 8))
    (voc / "Annotations/one.xml").write_text("<annotation>")
    with pytest.raises(ValueError, match="expected an annotation as of PASCAL VOC, received .*one.xml"):
        annotated_folders.read_voc(voc, "val", (4, 8))


@pytest.fixture
def coco(tmp_path):
    Image.new("RGB", (8, 4)).save(tmp_path / "a.png")
    square = [2, 1, 5, 1, 5, 2, 2, 2]
    text = {
        "images": [{"id": 7, "file_name": "a.png", "width": 8, "height": 4}],
        "categories": [{"id": 3, "name": "cup"}, {"id": 1, "name": "dog"}],
        "annotations": [
            {"image_id": 7, "category_id": 3, "bbox": [2, 1, 4, 2], "segmentation": [square]},
            # Down the columns: 28 pixels without, 2 with, 2 without.
            {
                "image_id": 7, "category_id": 1, "bbox": [7, 0, 1, 2], "iscrowd": 1,
                "segmentation": {"size": [4, 8], "counts": [28, 2, 2]},
            },
        ],
    }  # fmt: skip
    (tmp_path / "coco.json").write_text(json.dumps(text))
    return tmp_path


def test_a_file_of_coco_by_hand(coco):
    made = annotated_folders.read_coco(coco, coco / "coco.json", (4, 8))
    assert made.kinds.tolist() == [[1, 0]], "categories are numbered in the order of their ids"
    assert made.boxes[0].tolist() == [[0.25, 0.25, 0.75, 0.75], [0, 0.875, 0.5, 1]]
    assert made.difficult.tolist() == [[False, True]]
    assert np.argwhere(made.instances[0] == 2).tolist() == [[0, 7], [1, 7]]
    assert np.argwhere(made.instances[0] == 1).min(axis=0).tolist() == [1, 2]
    cups = annotated_folders.read_coco(coco, coco / "coco.json", (4, 8), ("cup",))
    assert cups.kinds.tolist() == [[0]]


def test_runs_in_coco_s_text():
    """28 is 11100: its low five bits are above 15, so a second sign says that it is positive; 2 and 2 are one each."""
    assert annotated_folders._runs("l022") == [28, 2, 2]
    assert annotated_folders._runs("l022O") == [28, 2, 2, 1], "-1 after two: the last but one less one"


def test_other_files_are_not_of_coco(coco):
    (coco / "b.json").write_text("[]")
    with pytest.raises(ValueError, match="expected annotations as of COCO, received .*b.json: TypeError"):
        annotated_folders.read_coco(coco, coco / "b.json", (4, 8))
    (coco / "a.png").unlink()
    with pytest.raises(ValueError, match="expected a picture, received .*a.png"):
        annotated_folders.read_coco(coco, coco / "coco.json", (4, 8))


def test_unknown_scenes_list_the_known_ones():
    with pytest.raises(ValueError, match="expected scenes among scenes_96, .*, received 'cifar10'"):
        scene_tasks.get("cifar10")
    with pytest.raises(ValueError, match="scenes_96: expected dataset"):
        scene_tasks.get("scenes_96").augment(np.zeros((1, 96, 96, 3), np.uint8), 0)
