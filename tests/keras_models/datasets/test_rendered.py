"""Rendered data sets: prepared with a painter that needs no Mitsuba, and read as they come with these tests."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_models import datasets
from keras_models.datasets import clevr_tasks, scene_kinds, scene_tasks, storage
from keras_models.datasets.annotated import boxes_of
from keras_models.datasets.rendered import RenderedBuilder
from keras_models.rendering import renderer

SHIPPED = Path(__file__).resolve().parents[2] / "rendered"


@dataclasses.dataclass(frozen=True)
class Grey:
    """Draws pictures of 4 x 4 pixels, as grey as their number; one fails while there is a file that says so."""

    trap: str
    size = 48
    apart = False
    drawn = []

    def record(self, split, index):
        if (split, index) == (1, 1) and Path(self.trap).exists():
            raise KeyboardInterrupt
        self.drawn.append((split, index))
        return bytes([10 * split + index]) * 48


@dataclasses.dataclass(eq=False)
class GreyConfig(tfds.core.BuilderConfig):
    painter: Grey | None = None
    sizes: tuple = (3, 2, 1, 0)


class GreyPictures(RenderedBuilder, skip_registration=True):
    def _info(self):
        features = {"image": tfds.features.Image(shape=(4, 4, 3)), "label": tfds.features.Scalar(np.int64)}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def example(self, split, index, record):
        return {"image": np.frombuffer(record, np.uint8).reshape(4, 4, 3), "label": 10 * split + index}


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """Makes the grey pictures in a folder of their own, with `trap` as the file that stops it."""
    monkeypatch.setattr(renderer, "check", lambda: None)
    monkeypatch.setattr(Grey, "drawn", [])
    monkeypatch.setattr("keras_models.rendering.store._AT_ONCE", 1)

    def made():
        config = GreyConfig(name="grey", painter=Grey(str(tmp_path / "trap")))
        builder = GreyPictures(config=config, data_dir=tmp_path / "sets")
        builder.download_and_prepare()
        return builder

    return made


def test_a_preparation_that_was_interrupted_draws_nothing_twice(prepare, tmp_path):
    (tmp_path / "trap").write_text("")
    with pytest.raises(KeyboardInterrupt):
        prepare()
    kept = list((tmp_path / "sets").glob(".*.drawn"))
    assert len(kept) == 1 and Grey.drawn == [(0, 0), (0, 1), (0, 2), (1, 0)]
    (tmp_path / "trap").unlink()
    builder = prepare()
    assert Grey.drawn == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    assert not list((tmp_path / "sets").glob(".*.drawn")), "nothing is left beside the data set"
    assert list(builder.info.splits) == ["train", "validation", "test"], "a split of no pictures is none"
    arrays = storage.read(builder, "validation")
    assert sorted(arrays["label"]) == [10, 11] and (arrays["image"][:, 0, 0, 0] == arrays["label"]).all()
    assert builder.sources("train") is None


def test_without_mitsuba_a_data_set_says_what_to_install(only_folders, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mitsuba", None)
    renderer._mitsuba.cache_clear()
    with pytest.raises(OSError, match="^rendering needs Mitsuba 3 and trimesh: install them by pip install") as told:
        storage.prepare("clevr_sharing/small", only_folders / "sets")
    assert "network" not in str(told.value) and "\n" not in str(told.value)


def shipped(name):
    return storage.prepare(name, SHIPPED)


def test_shipped_clevr_pictures_answer_every_task():
    builder = shipped("clevr_sharing/tiny")
    assert {split: info.num_examples for split, info in builder.info.splits.items()} == {
        "train": 16, "validation": 8, "test": 8, "held_out": 8,
    }  # fmt: skip
    arrays = storage.read(builder, "train")
    names = "shape", "material", "size", "colour"
    objects = np.stack([arrays["objects"][name] for name in names], axis=-1)
    assert arrays["image"].shape == (16, 60, 80, 3) and objects.shape == (16, 4, 4)
    for task, asked in clevr_tasks.QUESTIONS.items():
        assert asked.answers(objects).tolist() == arrays[f"t{asked.alike or task}"].tolist()
    drawn = {builder.builder_config.painter.objects(0, index).tobytes() for index in range(16)}
    assert {one.tobytes() for one in objects} == drawn, "the same as are drawn today"


def test_shipped_clevr_pictures_show_the_colours_of_their_objects():
    """Red objects in large: among the pixels of their region some are much more red than blue."""
    arrays = storage.read(shipped("clevr_sharing/tiny"), "train")
    quarters = [np.s_[:30, :40], np.s_[:30, 40:], np.s_[30:, 40:], np.s_[30:, :40]]
    red = clevr_tasks.COLOURS.index("red")
    found = 0
    for image, colours, sizes in zip(
        arrays["image"], arrays["objects"]["colour"], arrays["objects"]["size"], strict=True
    ):
        for quarter, colour, size in zip(quarters, colours, sizes, strict=True):
            if colour == red and size == 1:
                pixels = image[quarter].reshape(-1, 3).astype(int)
                assert ((pixels[:, 0] - pixels[:, 2]) > 40).mean() > 0.05
                found += 1
    assert found > 0


def test_shipped_scenes_have_boxes_that_fit_their_masks():
    task = scene_tasks.get("scenes_tiny")
    made = task.annotated("train", data_dir=SHIPPED)
    assert made.images.shape == (scene_tasks.TINY[0], 96, 96, 3) and made.kinds.shape == (scene_tasks.TINY[0], 6)
    counts = (made.kinds >= 0).sum(axis=1)
    assert counts.min() >= 1 and counts.max() >= 4
    for place, count in enumerate(counts):
        assert np.array_equal(made.boxes[place, :count], boxes_of(made.instances[place], count))
        assert made.masks(place).sum(axis=(1, 2))[:count].min() >= 0.004 * 96 * 96
    assert len(np.unique(made.kinds[made.kinds >= 0])) > 12
    few = task.annotated("test[:3]", data_dir=SHIPPED)
    assert len(few.images) == 3 and few.images.std() > 20


def test_shipped_single_things_are_seen_pairs_in_training_alone():
    task = datasets.get("things_tiny")
    images, kinds, colours, roles = scene_tasks.load_pairs(task, "train", data_dir=SHIPPED)
    assert images.shape == (scene_tasks.TINY_SINGLE[0], 96, 96, 3) and set(roles) == {0}
    assert colours.max() < 8 and kinds.max() < 20
    assert np.array_equal(task.load("train", data_dir=SHIPPED)[1], kinds)
    tested = scene_tasks.load_pairs(task, "test", data_dir=SHIPPED)[3]
    assert 2 in tested and 1 not in tested, "new pairs of the test are not those of validation"


def test_roles_of_pairs():
    """Of 160 pairs 100 are seen, 20 new in validation, 40 in the test; every kind is seen in five colours."""
    roles = np.array([[scene_kinds.role(kind, colour) for colour in range(8)] for kind in range(20)])
    assert np.bincount(roles.ravel()).tolist() == [100, 20, 40]
    assert ((roles == 0).sum(axis=1) == 5).all() and (roles == 0).sum(axis=0).min() >= 11
    assert scene_kinds.pair(3, 2) == 26


def test_new_kinds_are_five_each_and_never_twice():
    new = [kind for kinds in scene_kinds.NOVEL.values() for kind in kinds]
    assert len(new) == len(set(new)) == 15 and set(new) < set(scene_kinds.KINDS)
    assert len(scene_kinds.base(1)) == 15 and not set(scene_kinds.base(2)) & set(scene_kinds.NOVEL[2])


def test_attributes_tell_most_kinds_apart():
    table = scene_kinds.attributes()
    assert table.shape == (20, len(scene_kinds.ATTRIBUTES)) and set(np.unique(table)) == {0.0, 1.0}
    assert table.sum(axis=0).min() >= 1, "each is had by some kind"
    assert dict(zip(scene_kinds.ATTRIBUTES, table[scene_kinds.KINDS.index("mug")], strict=True))["handle"] == 1
