"""Pictures with several things on each: their boxes, kinds and masks, whatever they come from.

Boxes are (top, left, bottom, right) in shares of the picture, as in a bundle. Importing this module is cheap.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_models.datasets.batching import Batching
from keras_models.datasets.draws import permutation, stream
from keras_models.datasets.task import Task

NOBODY = -1  # the kind of a row without a thing


@dataclasses.dataclass(frozen=True)
class Annotated:
    """Some pictures and what is on them; rows behind a picture's last thing have kind -1 and a box of zeros.

    Attributes:
        images: uint8 `[n, height, width, 3]`.
        boxes: float32 `[n, most, 4]`.
        kinds: int64 `[n, most]`.
        instances: uint8 `[n, height, width]`, the row of the thing that a pixel shows plus 1, or 0; None where no masks
            are known.
        difficult: bool `[n, most]`, things that count neither as found nor as missed.
    """

    images: np.ndarray
    boxes: np.ndarray
    kinds: np.ndarray
    instances: np.ndarray | None
    difficult: np.ndarray

    def masks(self, picture: int) -> np.ndarray:
        """The mask of each row of a picture: bool `[most, height, width]`.

        Raises:
            ValueError: no masks are known.
        """
        if self.instances is None:
            raise ValueError("expected pictures with masks, received pictures with boxes alone")
        return self.instances[picture] == np.arange(1, self.kinds.shape[1] + 1)[:, None, None]

    def only(self, kinds) -> Annotated:
        """The same pictures, of which only things of some kinds (their numbers) are known, in the rows they have."""
        return self.where(np.isin(self.kinds, list(kinds)))

    def where(self, kept) -> Annotated:
        """The same pictures, of which only some things are known: bool `[n, most]`; in the rows they have."""
        instances = self.instances
        if instances is not None:
            known = np.insert(kept, 0, False, axis=1)[np.arange(len(kept))[:, None, None], instances]
            instances = np.where(known, instances, 0)
        boxes, labels = np.where(kept[..., None], self.boxes, 0), np.where(kept, self.kinds, NOBODY)
        return dataclasses.replace(
            self, boxes=boxes, kinds=labels, instances=instances, difficult=self.difficult & kept
        )

    @property
    def things(self) -> np.ndarray:
        """What there is to find, as `functional.average_precision` takes it: float32 `[n, most, 6]`."""
        beside = np.stack([self.kinds, self.difficult], axis=-1)
        return np.concatenate([self.boxes, beside.astype(np.float32)], axis=-1)

    def rows(self, chosen) -> Annotated:
        """Some of the pictures."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Annotated(**{name: None if array is None else array[chosen] for name, array in fields.items()})


def boxes_of(instances, count: int) -> np.ndarray:
    """The boxes around `count` things of which every one is seen: float32 `[count, 4]` of uint8 `[height, width]`."""
    boxes = np.zeros((count, 4), np.float32)
    for number in range(count):
        places = np.argwhere(instances == number + 1)
        if not len(places):
            raise ValueError(f"expected {count} things that are seen, received a picture without number {number + 1}")
        boxes[number] = np.concatenate([places.min(axis=0), places.max(axis=0) + 1]) / np.tile(instances.shape, 2)
    return boxes


def shots(annotated: Annotated, kinds, count: int, seed: int) -> dict[int, list[tuple[int, int]]]:
    """Draws examples of kinds: number of the kind -> (picture, row) of each of `count` things, on different pictures.

    Raises:
        ValueError: there are fewer pictures with such a thing.
    """
    found = {}
    for kind in kinds:
        places = np.argwhere((annotated.kinds == kind) & ~annotated.difficult)
        places = places[permutation(stream(seed, kind), len(places))]
        _, first = np.unique(places[:, 0], return_index=True)
        chosen = places[np.sort(first)][:count]
        if len(chosen) < count:
            raise ValueError(f"expected {count} pictures with a thing of kind {kind}, received {len(chosen)}")
        found[int(kind)] = [(int(picture), int(row)) for picture, row in chosen]
    return found


def few(annotated: Annotated, kinds, count: int, seed: int) -> Annotated:
    """The pictures of `shots`, of which nothing but those things is known: so many of each kind, and no more."""
    chosen = [place for places in shots(annotated, kinds, count, seed).values() for place in places]
    pictures = sorted({picture for picture, _ in chosen})
    known = np.zeros(annotated.kinds.shape, bool)
    known[tuple(np.array(chosen).T)] = True
    return annotated.rows(pictures).where(known[pictures])


@dataclasses.dataclass(frozen=True)
class DetectionTask(Task):
    """Pictures on which things are found; `labels` are the names of their kinds.

    Attributes:
        most: things on a picture.
    """

    most: int = 6

    def annotated(self, split, *, data_dir=None) -> Annotated:
        """Loads a split, or a slice of one, into memory; arguments are those of `Task.load`.

        Raises:
            ValueError: it is none, or holds another number of pictures or other ones.
        """
        from keras_models.datasets import storage

        builder = storage.prepare(self.builder, data_dir)
        found = list(storage.examples(builder, self._slices(split)))
        made = gathered(
            [one["image"] for one in found],
            [one["objects"]["bbox"] for one in found],
            [one["objects"]["kind"] for one in found],
            [one["instances"][..., 0] for one in found],
            most=self.most,
        )
        self.checked(split, made.images, made.kinds[:, 0])
        return made

    def load(self, split, *, data_dir=None):
        """As `Task.load`, with `Annotated.things` `[n, most, 6]` in the labels' place."""
        found = self.annotated(split, data_dir=data_dir)
        return found.images, found.things, None

    def augment(self, images, seed):
        """Things move with their pictures: a ValueError that says what to call."""
        raise ValueError(f"{self.name}: expected dataset(), which moves boxes with their pictures, received augment()")

    def dataset(self, split, batch_size, *, shown=None, examples=(), observed=None, **how):
        """Returns a tf.data.Dataset of pictures and what is on them, to be given to `fit`.

        An element is (float32 images `[b, h, w, c]`, {"boxes" `[b, most, 4]`, "kinds" int64 `[b, most]`, "difficult"
        bool `[b, most]`}); with marks "instances" their uint8 `[b, h, w]` too. With examples the images come in a
        dictionary, "image" and "examples", float32 `[examples, h, w, c + 1]`: of each of those kinds a picture with one
        thing of it, and the pixels of its box as the last channel, drawn anew for each batch. With observed there is
        what that gives, by name, in the pictures' place, "example_" and the name in that of the examples' pictures, and
        "example_mask", the pixels `[examples, h, w, 1]`.

        Args:
            shown: function (annotated, split) -> what is known of it; None is all.
            examples: numbers of kinds.
            observed: function (normalised pictures) -> name -> array `[n, ...]`, asked once; None: pictures themselves.
            split, batch_size: as for `Task.dataset`.
            how: those of `Batching`; boxes are mirrored too. Of `cutout`, `distributions` and `balanced`, which are for
                labels, there are to be none: a ValueError.
        """
        how = Batching(**how)
        if how.cutout or how.balanced or how.distributions is not None or callable(how.augment):
            raise ValueError(f"{self.name}: expected boxes as they are, mirrored at most, received what is for labels")
        from keras_models.datasets import annotated_pipeline

        found = self.annotated(split, data_dir=how.data_dir)
        found = found if shown is None else shown(found, split)
        return annotated_pipeline.batches(
            self, found, batch_size, how.augment and self.mirror, how.shuffle_seed, how.marks, tuple(examples), observed
        )


def gathered(images, boxes, kinds, instances=None, difficult=None, most: int | None = None) -> Annotated:
    """Pictures with as many things each as there are, as one `Annotated`.

    Args:
        images: uint8 `[height, width, 3]` of each.
        boxes: `[things, 4]` of each.
        kinds: `[things]` of each.
        instances: uint8 `[height, width]` of each; None where no masks are known.
        difficult: bool `[things]` of each; None where none is.
        most: rows of a picture; None is the most that there are.
    """
    counts = [len(some) for some in kinds]
    most = max(counts, default=0) if most is None else most
    if max(counts, default=0) > most:
        raise ValueError(f"expected at most {most} things on a picture, received {max(counts)}")
    shape = len(counts), most
    made = Annotated(
        np.stack(images),
        np.zeros((*shape, 4), np.float32),
        np.full(shape, NOBODY, np.int64),
        None if instances is None else np.stack(instances).astype(np.uint8),
        np.zeros(shape, bool),
    )
    for place, count in enumerate(counts):
        made.boxes[place, :count], made.kinds[place, :count] = np.reshape(boxes[place], (-1, 4)), kinds[place]
        if difficult is not None:
            made.difficult[place, :count] = difficult[place]
    return made
