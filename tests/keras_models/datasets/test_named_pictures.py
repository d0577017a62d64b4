"""Data sets of tensorflow-datasets as one's own pictures: splits and features of other names, and what is refused."""

import json
import logging

import numpy as np
import pytest
from PIL import Image

from keras_models import datasets
from keras_models.datasets import named_pictures, storage
from keras_models.datasets.picture_store import PictureStore
from tests.keras_models.datasets.photos import photo

SHAPE, NAMES = (16, 24, 3), ["cat", "dog"]


@pytest.fixture(autouse=True)
def cache(only_folders, monkeypatch):
    """Nothing is prepared, and nothing is kept."""
    monkeypatch.setenv("FRUGAL_CACHE_DIR", str(only_folders / "cache"))
    logging.getLogger("absl").setLevel(logging.ERROR)
    return only_folders


def builder(features, splits, keys):
    """A builder of numbered photos with these features."""
    import tensorflow_datasets as tfds

    class Made(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """Numbered photos, by turns of the first and the second class."""

        VERSION = tfds.core.Version("1.2.0")

        def _info(self):
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features), supervised_keys=keys
            )

        def _split_generators(self, dl_manager):
            starts = np.cumsum([0, *splits.values()])
            return {
                split: self._generate_examples(range(start, start + count), -1 if split == "dev" else 0)
                for (split, count), start in zip(splits.items(), starts, strict=False)
            }

        def _generate_examples(self, numbers, without):
            for number in numbers:
                yield number, {key: self._value(key, number, without) for key in features}

        def _value(self, key, number, without):
            if "image" in key:
                channels = features[key].shape[-1]
                pixels = np.asarray(photo(number).convert("L" if channels == 1 else "RGB"))
                return pixels.reshape(*pixels.shape[:2], -1).astype(features[key].np_dtype) * (
                    257 if features[key].np_dtype == np.uint16 else 1
                )
            return "text" if key == "text" else without or number % 2

    return Made


@pytest.fixture
def known(monkeypatch):
    """Makes data sets known: function (name, splits, **features), splits: name -> number of examples."""
    import tensorflow_datasets as tfds

    made = {}

    def know(name, splits, keys=("image", "label"), **more):
        features = {"image": tfds.features.Image(shape=(None, None, 3)), "label": tfds.features.ClassLabel(names=NAMES)}
        features = {key: feature for key, feature in (features | more).items() if feature is not None}
        made[name] = builder(features, splits, keys)
        made[name].name = name

    real = storage._builder
    monkeypatch.setattr(
        storage, "_builder", lambda name, folder: made[name](data_dir=folder) if name in made else real(name, folder)
    )
    return know


def task_of(name, shape=SHAPE):
    return datasets.get(f"tfds:{name}@{'x'.join(map(str, shape))}")


def refusal(name, kind=ValueError):
    with pytest.raises(kind) as caught:
        task_of(name)
    return str(caught.value)


def test_a_data_set_is_read_once_and_then_is_not_needed(known, cache, monkeypatch):
    known("made", {"train": 150, "test": 40})
    told = []

    def progress(items, description, total):
        told.append((description, total))
        return items

    task = datasets.get("tfds:made@16x24x3@0..255", progress)
    assert told == [("listing tfds:made train", 150), ("listing tfds:made test", 40), ("reading tfds:made", 190)]
    assert task.labels == ("cat", "dog") and task.scale == (1.0,) * 3 and task.notes == ()
    assert task.sizes == (("train", 112), ("validation", 24), ("held_out", 14), ("test", 40))
    images, labels, _ = task.load("test")
    order = [int(name[5:-1]) for name in dict(task.names)["test"]]
    assert sorted(order) == list(range(40)) and labels.sum() == 20
    numbers = _numbers()
    for split in ("train", "test"):
        images, labels, _ = task.load(split)
        for image, label in zip(images, labels, strict=True):
            assert numbers[image.tobytes()] % 2 == label and (numbers[image.tobytes()] >= 150) == (split == "test")
    monkeypatch.setattr(named_pictures.NamedPictures, "_builder", lambda self: pytest.fail("it has been read"))
    again = datasets.get("tfds:made@16x24x3@0..255")
    assert again.load("train")[0].tobytes() == task.load("train")[0].tobytes()


def _numbers():
    """Number of a photo by the bytes of its pixels at 16 x 24."""
    return {
        np.asarray(photo(number).resize((24, 16), Image.Resampling.BILINEAR)).tobytes(): number for number in range(190)
    }


def test_a_damaged_listing_is_made_again(known):
    known("made", {"train": 60, "test": 20})
    sizes = task_of("made").sizes
    place = PictureStore("tfds:made").folder / "listing.json"
    whole = json.loads(place.read_text())
    for damaged in (
        "{",
        "[]",
        json.dumps(whole | {"splits": {"train": ["a"]}}),
        json.dumps(whole | {"splits": {"x": []}}),
    ):
        place.write_text(damaged)
        assert task_of("made").sizes == sizes and json.loads(place.read_text()) == whole


@pytest.mark.parametrize(
    ("splits", "sizes", "notes"),
    [
        ({"train": 200}, (120, 26, 14, 40), ()),
        ({"train": 100, "validation": 20}, (76, 16, 8, 20), ()),  # what is validation elsewhere is tested on
        ({"train": 100, "valid": 40, "test": 10}, (100, 26, 14, 10), ()),
        (
            {"train": 100, "test": 10, "unlabelled": 4, "extra": 2},
            (76, 16, 8, 10),
            ("left out, for nothing says what they are for: the splits extra, unlabelled",),
        ),
        (
            {"train": 100, "test": 20, "dev": 6},  # whose labels are -1
            (76, 16, 8, 20),
            ("left out, for they have no label: pictures of dev",),
        ),
    ],
)
def test_splits(known, splits, sizes, notes):
    known("made", splits)
    task = task_of("made")
    assert tuple(size for _, size in task.sizes) == sizes
    assert tuple(note for note in task.notes if not note.startswith("few")) == notes


def test_features_of_other_names_and_kinds(known):
    import tensorflow_datasets as tfds

    label = tfds.features.ClassLabel(num_classes=2)
    picture = tfds.features.Image(shape=(None, None, 3))
    names = {"image": None, "label": None, "image_left": picture, "image_right": picture, "kind": label}
    known("named", {"train": 60, "test": 9}, keys=("image_left", "kind"), **names)
    assert task_of("named").labels == ("0", "1")
    known("only", {"train": 60, "test": 9}, keys=None, text=tfds.features.Text())
    assert task_of("only").labels == ("cat", "dog")
    deep = tfds.features.Image(shape=(None, None, 1), dtype=np.uint16, encoding_format="png")
    known("deep", {"train": 60, "test": 9}, image=deep)
    task = task_of("deep", (32, 48, 1))
    assert task.notes[0].startswith("few") and task.load("test")[0].max() < 220


@pytest.mark.parametrize(
    ("more", "received"),
    [
        ({"image": None}, "label, text"),
        ({"label": None}, "image, text"),
        ({"second_image": True}, "image, label, second_image, text"),
    ],
)
def test_what_is_no_data_set_of_classified_pictures_is_refused_before_it_is_prepared(known, cache, more, received):
    import tensorflow_datasets as tfds

    more = {key: value and tfds.features.Image(shape=(None, None, 3)) for key, value in more.items()}
    known("other", {"train": 60}, keys=None, **more, text=tfds.features.Text())
    expected = "tfds:other: expected a data set of pictures with one class each, received one of "
    assert refusal("other") == expected + received
    assert not list(cache.glob("home/tensorflow_datasets/*"))


def test_splits_that_are_refused(known):
    known("none", {"test": 60})
    words = "expected a split train, and at most one for validation and for test, received "
    assert refusal("none") == f"tfds:none: {words}test"
    known("both", {"train": 60, "val": 9, "validation": 9})
    assert refusal("both") == f"tfds:both: {words}train, val, validation"


def test_names_that_are_refused():
    assert refusal("no_such_data") == (
        "expected tfds:NAME of a data set that tensorflow-datasets knows, received tfds:no_such_data"
    )
    assert refusal("huggingface:mnist") == "expected tfds:NAME such as tfds:cifar100, received tfds:huggingface:mnist"
    assert refusal("imagenet2012").startswith(
        "tfds:imagenet2012: expected a data set that is prepared, received: Manual"
    )


def test_what_cannot_be_downloaded_says_what_to_do(monkeypatch, only_folders):
    from tensorflow_datasets.core.download import downloader

    def offline(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.setattr(downloader._Downloader, "download", offline)
    where = only_folders / "home" / "tensorflow_datasets"
    assert refusal("cifar100", OSError) == (
        f"cifar100 could not be prepared in {where}: put it there or in $TFDS_DATA_DIR, connect to the network, or "
        "take a task that needs none, such as max_min_digits; received ConnectionError: no network"
    )


def test_damaged_data_are_named(known, only_folders):
    known("made", {"train": 60, "test": 9})
    storage.prepare("made")
    for file in (only_folders / "home").rglob("*-train.*tfrecord*"):
        file.write_bytes(file.read_bytes()[:500])
    told = refusal("made", OSError)
    assert told.startswith("made/1.2.0 is damaged: remove ") and "and it is prepared again; received " in told
