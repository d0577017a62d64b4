"""A classification task: what its pictures are, how they are normalised, and how they are loaded.

Importing this module is cheap, for the sake of `--help`: TensorFlow is imported where data is first touched.
"""

import dataclasses
import re

import numpy as np

from keras_models.datasets.batching import Batching
from keras_models.labels import balanced_weights, check_finite, plain_labels

ASKED = "task"  # name of the parameter, and of the input beside an image, that says which of several tasks is asked
_SLICE = re.compile(r"(?P<split>\w+)(?:\[(?P<start>-?\d{1,18}%?)?:(?P<stop>-?\d{1,18}%?)?\])?")


@dataclasses.dataclass(frozen=True)
class Task:
    """A classification task.

    Attributes:
        name: of the task.
        builder: tensorflow-datasets name of its data.
        input_shape: (height, width, channels).
        labels: name of each class.
        sizes: (split, number of pictures) of each split.
        scale, offset: per channel; pixel * scale + offset is what a network sees, as in a bundle's `input`.
        group_feature: feature that says what kind of picture one is, or None.
        group_names: name of each kind.
        label_feature: feature that is the label: data sets may answer several tasks.
        within: (split, split of the builder, first picture) for splits that are slices of a builder's split.
        joined: (split, split of the builder, first picture, how many) for splits that end with pictures of another one.
        shift: pixels by which training pictures may be shifted without losing their label.
        mirror: whether they may be mirrored left and right.
        marks: features of the builder's data beside the labels that a training may be guided by, such as where things
            are; a network is not given them otherwise.
        title: for people: what it is, in at most 80 characters; may be empty.
        question: for people: what is asked of a picture, a sentence of at most 200 characters; may be empty.
    """

    name: str
    builder: str
    input_shape: tuple[int, int, int]
    labels: tuple[str, ...]
    sizes: tuple[tuple[str, int], ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    group_feature: str | None = None
    group_names: tuple[str, ...] = ()
    within: tuple[tuple[str, str, int], ...] = ()
    joined: tuple[tuple[str, str, int, int], ...] = ()
    shift: int = 0
    mirror: bool = False
    marks: tuple[str, ...] = ()
    title: str = ""
    question: str = ""
    label_feature: str = "label"

    @property
    def classes(self):
        """Number of classes."""
        return len(self.labels)

    @property
    def answers(self):
        """Names of the classes of each output that a network answers with: {output: labels}."""
        return {"label": self.labels}

    @property
    def notes(self):
        """Sentences about its data that a user should know."""
        return ()

    @property
    def met(self):
        """Numbers of the classes that training pictures are of; others are known by their descriptions alone."""
        return tuple(range(self.classes))

    def descriptions(self, how=None):
        """What is known of each class without a picture: float32 `[classes, size]`; None: only that they differ.

        how: which of several descriptions.
        """
        return None

    @property
    def augments(self):
        """Whether there is a change of a picture that keeps its label."""
        return self.shift > 0 or self.mirror

    @property
    def pixel_range(self):
        """(lowest, highest) number that a network sees of a pixel, in any channel."""
        ends = np.array([[0.0], [255.0]]) * np.array(self.scale) + np.array(self.offset)
        return float(ends.min()), float(ends.max())

    def bounds(self, split):
        """Finds the pictures that a split, or a slice such as "validation[:50%]", stands for.

        Returns:
            (split of the builder, first picture, one after the last); a percentage is rounded to whole pictures. What
            is joined is counted as if it followed there.

        Raises:
            ValueError: `split` is not one of this task's, or is no slice, or is empty.
        """
        match = _SLICE.fullmatch(split)
        sizes = dict(self.sizes)
        if not match or match["split"] not in sizes:
            raise ValueError(f'expected one of {", ".join(sizes)} or a slice like "test[:10%]", received {split!r}')
        count = sizes[match["split"]]
        start, stop = _boundary(match["start"] or "0", count), _boundary(match["stop"] or str(count), count)
        if start >= stop:
            raise ValueError(f"expected a slice that holds pictures, received {split!r}")
        origin, first = next(((o, f) for s, o, f in self.within if s == match["split"]), (match["split"], 0))
        return origin, first + start, first + stop

    def load(self, split, *, data_dir=None):
        """Loads a split into memory, prepared on first use (mnist, fashion_mnist and cifar10 may be downloaded).

        Args:
            split: "train", "validation", "held_out", "test" or a slice of one, for instance "validation[:50%]".
            data_dir: folder of data sets to prefer; see `storage` for where else they are looked for.

        Returns:
            (images uint8 [n, h, w, c], labels int64 [n], groups int64 [n] or None).
        """
        from keras_models.datasets import storage

        arrays = storage.load(self.builder, self._slices(split), data_dir)
        groups = arrays[self.group_feature].astype(np.int64) if self.group_feature else None
        return self.checked(split, arrays["image"], arrays[self.label_feature], groups)

    def load_marks(self, split, feature, *, data_dir=None):
        """Loads a feature that a training may be guided by, in the order of `load`: `[n, ...]`.

        Raises:
            ValueError: the task has no such feature.
        """
        if feature not in self.marks:
            known = f"one of {', '.join(self.marks)}" if self.marks else f"no marks of {self.name}, which has none"
            raise ValueError(f"expected {known}, received {feature!r}")
        from keras_models.datasets import storage

        return storage.load(self.builder, self._slices(split), data_dir)[feature]

    def _slices(self, split):
        """The pictures of a split, or a slice of one, as tensorflow-datasets names them."""
        origin, start, stop = self.bounds(split)
        name = split.partition("[")[0]
        _, other, first, count = next((row for row in self.joined if row[0] == name), (name, origin, 0, 0))
        end = self.bounds(name)[2] - count  # from where on they are of the other split
        pieces = [(origin, start, min(stop, end)), (other, first + max(start - end, 0), first + stop - end)]
        return "+".join(f"{of}[{one}:{last}]" for of, one, last in pieces if one < last)

    def checked(self, split, images, labels, groups=None):
        """What `load` gives, if it can be this task's: once for a split, a pass over its labels.

        Raises:
            ValueError: not as many as the split has, of another type or shape, or labels that are none of the classes.
        """
        _, start, stop = self.bounds(split)
        if images.dtype != np.uint8 or images.shape != (stop - start, *self.input_shape):
            raise ValueError(
                f"{self.name} {split}: expected images of 8-bit pixels of shape {[stop - start, *self.input_shape]}, "
                f"received {images.dtype} {list(images.shape)}"
            )
        if labels.dtype.kind not in "iu" or labels.shape != (stop - start,):
            raise ValueError(
                f"{self.name} {split}: expected {stop - start} whole numbers as labels, received {labels.dtype} of "
                f"shape {list(labels.shape)}"
            )
        if groups is not None and groups.shape != labels.shape:
            raise ValueError(f"{self.name} {split}: expected {stop - start} groups, received shape {groups.shape}")
        return images, plain_labels(labels, self.classes), groups

    def sources(self, split):
        """Which source pictures those of a split are made of, for errors of estimates: one may be in several of them.

        int64 [n, most], -1 where a picture has fewer; None where every picture is one of its own. split: as for `load`.
        """
        from keras_models.datasets import storage

        if self.builder.partition("/")[0] not in storage.OWN:
            return None
        origin, start, stop = self.bounds(split)
        found = storage.prepare(self.builder).sources(origin)
        return None if found is None else found[start:stop]

    def normalise(self, images):
        """Turns images uint8 [..., h, w, c] into what a network sees: float32 pixel * scale + offset, per channel.

        The product is rounded to float32, then the sum, as every runtime of a bundle does it.
        """
        if images.shape[-3:] != self.input_shape or images.dtype != np.uint8:
            raise ValueError(
                f"expected uint8 images of shape {self.input_shape}, received {images.dtype} {images.shape}"
            )
        return images.astype(np.float32) * np.float32(self.scale) + np.float32(self.offset)

    def values(self, images, groups=None):
        """What a program starts from, by name, of images uint8 [n, h, w, c]: here the normalised images alone.

        groups: as `load` gives them; kinds of images tell a network nothing.
        """
        return {"image": self.normalise(images)}

    def augment(self, images, seed):
        """Shifts and mirrors images uint8 [n, h, w, c] at random, as the task allows; as many, of the same type."""
        from keras_models.datasets import pipeline

        return pipeline.shift_and_flip_at_random(images, seed, self.shift, self.mirror).numpy()

    def dataset(self, split, batch_size, **how):
        """Returns a tf.data.Dataset of (float32 images [b, h, w, c], int64 labels [b]), to be given to `fit`.

        Args:
            split: as for `load`.
            batch_size: pictures a batch; the last one may be smaller.
            how: keyword arguments, those of `Batching`.
        """
        how = Batching(**how).check(self)
        from keras_models.datasets import pipeline

        images, labels, _ = self.checked(split, *self.load(split, data_dir=how.data_dir))
        answers = _answers(labels, how.distributions, self.classes)
        weights = balanced_weights(labels, self.classes) if how.balanced else None
        if how.marks is not None:
            if how.augment:
                words = f"expected pictures as they are, for {how.marks} would move with them"
                raise ValueError(f"{words}, received augmented")
            answers = {"label": answers, how.marks: self.load_marks(split, how.marks, data_dir=how.data_dir)}
        return pipeline.batches(self, images, answers, batch_size, **how.changes(weights))


def network_input(values):
    """What a network is called on, of the values that its program starts from: a picture alone, or all by name."""
    return values["image"] if set(values) == {"image"} else values


def _answers(labels, distributions, classes):
    """Distributions in the place of labels, if there are any that can be. Raises ValueError for others."""
    if distributions is not None and distributions.shape != (len(labels), classes):
        raise ValueError(f"expected distributions of shape {(len(labels), classes)}, received {distributions.shape}")
    answers = labels if distributions is None else distributions
    check_finite(answers, "distributions")
    return answers


def _boundary(text, count):
    """Number of the picture that one side of a slice means: "10", "-10", "10%" or "-10%" of `count`."""
    value = round(int(text[:-1]) * count / 100) if text.endswith("%") else int(text)
    return min(max(value + count if value < 0 else value, 0), count)
