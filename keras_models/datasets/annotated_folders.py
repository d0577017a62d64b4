"""Annotated pictures in the usual folders: PASCAL VOC's and COCO's. Pictures are brought to one size, boxes with them.

VOC:   ROOT/JPEGImages/NAME.jpg, ROOT/Annotations/NAME.xml, ROOT/ImageSets/Main/SPLIT.txt, and masks where there is
       ROOT/SegmentationObject/NAME.png
COCO:  a folder of pictures, and a JSON file of images, categories and annotations
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from keras_models.datasets.annotated import Annotated, gathered

VOC_KINDS = tuple(
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant "
    "sheep sofa train tvmonitor".split()
)
VOC_NOVEL = {  # the splits of few-shot detection (Kang et al. 2019)
    1: ("bird", "bus", "cow", "motorbike", "sofa"),
    2: ("aeroplane", "bottle", "cow", "horse", "sofa"),
    3: ("boat", "cat", "motorbike", "sheep", "sofa"),
}
_NO_THING = 255  # of VOC's masks: the edge between things
_MOST = 254  # things whose masks fit in a byte


def read_voc(root: str | Path, split: str, shape, kinds=VOC_KINDS) -> Annotated:
    """Reads a split of a folder as of PASCAL VOC.

    Args:
        root: the folder, such as VOCdevkit/VOC2007.
        split: name of a file of ImageSets/Main.
        shape: (height, width) that pictures are brought to.
        kinds: names, in the order of their numbers; things of others are left out.

    Returns:
        the pictures in the order of the list; masks if every picture has one.

    Raises:
        ValueError: the folder is none of VOC, or a file of it is damaged.
    """
    root = Path(root)
    names = _lines(root / "ImageSets" / "Main" / f"{split}.txt")
    read = [_voc_things(root / "Annotations" / f"{name}.xml", kinds) for name in names]
    masks = [root / "SegmentationObject" / f"{name}.png" for name in names]
    instances = None
    if all(mask.is_file() for mask in masks):
        instances = [_voc_instances(mask, shape, things["rows"]) for mask, things in zip(masks, read, strict=True)]
    images = [_picture(root / "JPEGImages" / f"{name}.jpg", shape) for name in names]
    columns = ([things[key] for things in read] for key in ("boxes", "kinds", "difficult"))
    boxes, numbers, difficult = columns
    return gathered(images, boxes, numbers, instances, difficult)


def read_coco(pictures: str | Path, file: str | Path, shape, kinds=None) -> Annotated:
    """Reads pictures with annotations as of COCO.

    Args:
        pictures: their folder.
        file: of the annotations, such as instances_val2017.json.
        shape: (height, width) that pictures are brought to.
        kinds: names of categories, in the order of their numbers; None are all, by their id.

    Returns:
        the pictures in the order of their id; what stands for a crowd is difficult; later things cover earlier ones.

    Raises:
        ValueError: the file is none of COCO, or a picture is not there.
    """
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
        names = {one["id"]: one["name"] for one in sorted(found["categories"], key=lambda one: one["id"])}
        kinds = tuple(names.values()) if kinds is None else kinds
        things: dict[int, list] = {one["id"]: [] for one in found["images"]}
        for one in found["annotations"]:
            if names[one["category_id"]] in kinds:
                things[one["image_id"]].append(one)
        rows = sorted(found["images"], key=lambda one: one["id"])
        made = [_coco_things(row, things[row["id"]], names, kinds, shape) for row in rows]
        files = [Path(pictures, row["file_name"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"expected annotations as of COCO, received {file}: {type(error).__name__}: {error}"
        ) from error
    boxes, numbers, instances, difficult = ([one[place] for one in made] for place in range(4))
    return gathered([_picture(path, shape) for path in files], boxes, numbers, instances, difficult)


def _lines(file: Path) -> list[str]:
    """Names in a list of VOC; of "NAME 1" and "NAME -1" those with 1."""
    if not file.is_file():
        raise ValueError(f"expected a folder as of PASCAL VOC, received one without {file}")
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row[0] for row in rows if row[1:] != ["-1"]]


def _voc_things(file: Path, kinds) -> dict[str, list]:
    """Boxes, kinds and what is difficult of a file of VOC, and the place of each thing among all of the file."""
    made: dict[str, list] = {"boxes": [], "kinds": [], "difficult": [], "rows": []}
    try:
        tree = ElementTree.parse(file).getroot()
        height, width = (float(tree.findtext(f"size/{side}")) for side in ("height", "width"))
        for row, thing in enumerate(tree.findall("object")):
            if thing.findtext("name") not in kinds:
                continue
            left, top, right, bottom = (float(thing.findtext(f"bndbox/{e}")) for e in ("xmin", "ymin", "xmax", "ymax"))
            made["boxes"].append([(top - 1) / height, (left - 1) / width, bottom / height, right / width])  # from 1 on
            made["kinds"].append(kinds.index(thing.findtext("name")))
            made["difficult"].append(thing.findtext("difficult") == "1")
            made["rows"].append(row)
    except (OSError, TypeError, ValueError, ElementTree.ParseError) as error:
        raise ValueError(f"expected an annotation as of PASCAL VOC, received {file}: {error}") from error
    return made


def _voc_instances(file: Path, shape, rows) -> np.ndarray:
    """The mask of VOC with the things numbered as they are kept."""
    from PIL import Image

    with Image.open(file) as picture:
        seen = np.array(picture.resize((shape[1], shape[0]), Image.Resampling.NEAREST))
    numbers = np.zeros(256, np.uint8)
    for place, row in enumerate(rows):
        numbers[row + 1] = place + 1
    numbers[_NO_THING] = 0
    return numbers[seen]


def _coco_things(row: dict, things: list[dict], names: dict, kinds, shape) -> tuple:
    """(boxes, kinds, instances, difficult) of a picture of COCO."""
    height, width = row["height"], row["width"]
    instances = np.zeros(shape, np.uint8)
    boxes, numbers, difficult = [], [], []
    for place, one in enumerate(things[:_MOST]):
        left, top, across, down = one["bbox"]
        boxes.append([top / height, left / width, (top + down) / height, (left + across) / width])
        numbers.append(kinds.index(names[one["category_id"]]))
        difficult.append(bool(one.get("iscrowd")))
        instances[_coco_mask(one.get("segmentation") or [], height, width, shape)] = place + 1
    return boxes, numbers, instances, difficult


def _coco_mask(segmentation, height: int, width: int, shape) -> np.ndarray:
    """The mask of polygons, or of the lengths of runs down the columns: bool `shape`."""
    from PIL import Image, ImageDraw

    if isinstance(segmentation, dict):
        counts = segmentation["counts"]
        counts = _runs(counts) if isinstance(counts, str) else counts
        flat = np.repeat(np.arange(len(counts)) % 2, counts).astype(np.uint8)
        drawn = Image.fromarray(flat.reshape(width, height).T * np.uint8(255))
        return np.array(drawn.resize((shape[1], shape[0]), Image.Resampling.NEAREST)) > 0
    drawn = Image.new("1", (shape[1], shape[0]))
    for polygon in segmentation:
        points = np.reshape(polygon, (-1, 2)) * (shape[1] / width, shape[0] / height)
        ImageDraw.Draw(drawn).polygon([tuple(point) for point in points.tolist()], fill=1)
    return np.array(drawn)


def _runs(text: str) -> list[int]:
    """The lengths in COCO's text: five bits a sign, from the third on as the difference to the last but one."""
    counts, value, shift = [], 0, 0
    for sign in text.encode():
        bits = sign - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    return counts


def _picture(file: Path, shape) -> np.ndarray:
    """The pixels of a picture, stretched to the size that is wanted: uint8 `[height, width, 3]`."""
    from PIL import Image

    try:
        with Image.open(file) as picture:
            return np.array(picture.convert("RGB").resize((shape[1], shape[0]), Image.Resampling.BILINEAR))
    except OSError as error:
        raise ValueError(f"expected a picture, received {file}: {error}") from error
