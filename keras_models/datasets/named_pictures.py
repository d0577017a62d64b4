"""Data sets of tensorflow-datasets, by their names, as origins of pictures: tfds:cifar100.

Pictures and labels are the features that the data set itself calls its input and its answer (`supervised_keys`), or
else its only picture and its only class. What is decoded once is kept (`picture_store`), the list of the pictures
beside it: from then on neither the data set nor TensorFlow is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_models import files
from keras_models.datasets import storage
from keras_models.datasets.picture_folders import Entry, Listing
from keras_models.datasets.picture_store import PictureStore, silently
from keras_models.datasets.shares import TEST, TRAIN, VALIDATION

PREFIX = "tfds:"
PARTS = {
    "train": TRAIN,
    "test": TEST,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "dev": VALIDATION,
}
_NAME = re.compile(r"\w+(/[\w.+-]+)?(:\d+\.\d+\.\d+)?")


@dataclass(frozen=True)
class NamedPictures:
    """A data set of tensorflow-datasets.

    Attributes:
        dataset: its name as tfds.load takes it, such as "cifar100", "name/config" or "name:1.0.0".
    """

    dataset: str

    @property
    def name(self) -> str:
        """What tells it from others."""
        return PREFIX + self.dataset

    shown = name

    def listing(self, progress: Callable = silently) -> Listing:
        """Its pictures; read from what is kept where it has been listed before.

        Raises:
            ValueError: there is no such data set, or it is none of classified pictures; OSError: it is not to be had.
        """
        place = PictureStore(self.name).folder / "listing.json"
        kept = _read(place)
        if kept is None:
            kept = self._listed(progress)
            place.parent.mkdir(parents=True, exist_ok=True)
            with files.whole(place) as stream:
                stream.write(json.dumps(kept).encode())
        entries = [
            Entry(f"{split}[{row}]", PARTS[split], label, _stamp(kept["name"], split, row))
            for split, labels in kept["splits"].items()
            for row, label in enumerate(labels)
            if label >= 0
        ]
        return Listing(tuple(kept["labels"]), tuple(entries), tuple(kept["notes"]))

    def _listed(self, progress: Callable) -> dict:
        """Name with version, names of classes, label of each picture of each split that is used, and notes."""
        import tensorflow_datasets as tfds

        builder = self._builder()
        image, label = _features(self.name, builder.info)
        splits = {name: split.num_examples for name, split in builder.info.splits.items()}
        used = [name for name in PARTS if splits.get(name)]
        if "train" not in used or len({PARTS[name] for name in used}) < len(used):
            raise ValueError(
                f"{self.name}: expected a split train, and at most one for validation and for test, received "
                f"{', '.join(splits)}"
            )
        found = {}
        for name in used:
            rows = _rows(builder, name, {image: tfds.decode.SkipDecoding()})
            rows = progress(rows, f"listing {self.name} {name}", splits[name])
            found[name] = [int(row[label]) for row in rows]
        labels = builder.info.features[label]
        return {
            "name": builder.info.full_name,
            "labels": labels.names or [str(number) for number in range(labels.num_classes)],
            "splits": found,
            "notes": list(_notes(sorted(set(splits) - set(used)), found)),
        }

    def _builder(self):
        """Its builder, whose data is prepared."""
        from tensorflow_datasets.core.registered import DatasetNotFoundError

        if not _NAME.fullmatch(self.dataset):
            raise ValueError(f"expected {PREFIX}NAME such as {PREFIX}cifar100, received {self.name}")
        try:
            _features(self.name, storage.builder_of(self.dataset).info)  # before anything is downloaded
            return storage.prepare(self.dataset)
        except DatasetNotFoundError:
            raise ValueError(
                f"expected {PREFIX}NAME of a data set that tensorflow-datasets knows, received {self.name}"
            ) from None
        except AssertionError as error:  # of one whose files have to be fetched by hand
            words = " ".join(str(error).split())
            raise ValueError(f"{self.name}: expected a data set that is prepared, received: {words}") from None

    def open_some(self, entries: Sequence[Entry]) -> Iterator[Callable]:
        """See `picture_store.PictureStore.prepare`."""
        if not entries:
            return
        builder = self._builder()
        image, _ = _features(self.name, builder.info)
        wanted = {entry.name for entry in entries}
        for split in PARTS:
            if any(entry.name.startswith(f"{split}[") for entry in entries):
                for row, values in enumerate(_rows(builder, split)):
                    if f"{split}[{row}]" in wanted:
                        yield lambda pixels=values[image]: _opened(pixels)


def _notes(unused: Sequence[str], found: dict[str, list[int]]) -> Iterator[str]:
    if unused:
        yield f"left out, for nothing says what they are for: the splits {', '.join(unused)}"
    unlabelled = [name for name, labels in found.items() if min(labels) < 0]
    if unlabelled:
        yield f"left out, for they have no label: pictures of {', '.join(unlabelled)}"


def _opened(pixels: np.ndarray) -> tuple:
    from PIL import Image

    digest = hashlib.sha256(repr((pixels.dtype.str, pixels.shape)).encode() + pixels.tobytes()).digest()
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.int64) + 128) // 257).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels), digest


def _features(name: str, info) -> tuple[str, str]:
    """The names of the picture and of its class among the features of a data set.

    Raises:
        ValueError: it has none, or several.
    """
    import tensorflow_datasets as tfds

    features = dict(info.features.items()) if hasattr(info.features, "items") else {}
    pictures = [key for key, one in features.items() if type(one) is tfds.features.Image and one.np_dtype != np.float32]
    labels = [key for key, one in features.items() if isinstance(one, tfds.features.ClassLabel)]
    keys = info.supervised_keys
    if isinstance(keys, tuple) and len(keys) == 2 and keys[0] in pictures and keys[1] in labels:
        return keys
    if len(pictures) != 1 or len(labels) != 1:
        received = ", ".join(features) or "none"
        raise ValueError(f"{name}: expected a data set of pictures with one class each, received one of {received}")
    return pictures[0], labels[0]


def _rows(builder, split: str, decoders=None) -> Iterator[dict]:
    """The examples of a split, in the order in which they are stored.

    Raises:
        OSError: what is stored is damaged.
    """
    import tensorflow_datasets as tfds

    config = tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1)
    try:
        yield from tfds.as_numpy(builder.as_dataset(split=split, decoders=decoders, read_config=config))
    except Exception as error:
        reason = files.damage(error)
        if reason is None or isinstance(error, GeneratorExit):
            raise
        again = f"remove {builder.data_dir}, and it is prepared again"
        raise OSError(f"{builder.info.full_name} is damaged: {again}; received {reason}") from error


def _stamp(name: str, split: str, row: int) -> bytes:
    return hashlib.sha256(f"{name} {split} {row}".encode()).digest()


def _read(place: Path) -> dict | None:
    """A listing that is kept; None where there is none, or a damaged one."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        sound = [kept["name"], *kept["labels"], *kept["notes"], *kept["splits"]]
        numbers = [label for name in kept["splits"] for label in kept["splits"][name] if name in PARTS]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    fits = all(isinstance(text, str) for text in sound) and all(isinstance(label, int) for label in numbers)
    return kept if fits and set(kept["splits"]) <= set(PARTS) else None
