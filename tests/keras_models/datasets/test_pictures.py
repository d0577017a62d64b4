"""Folders of pictures as tasks: their names, who is in which split, and how files become images."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from keras_models import datasets
from keras_models.datasets import pictures
from tflite.bundle.manifest import ImageInput
from tflite.runtime.image import fit_pixels


def write(folder, count, classes=("cat", "dog"), level=100):
    """So many grey pictures of each class, each of a number of its own."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.new("L", (6, 4), level * label + i).save(folder / name / f"{i:03}.png")
    return folder


def test_a_name_says_where_what_shape_and_what_pixels(tmp_path):
    write(tmp_path, 20)
    named = pictures.name(tmp_path, (4, 6, 3), (-1, 1))
    assert named == f"{tmp_path}@4x6x3@-1..1"
    task = datasets.get(named)
    assert task.name == named and task.input_shape == (4, 6, 3) and task.labels == ("cat", "dog")
    ends = task.normalise(np.stack([np.zeros((4, 6, 3), np.uint8), np.full((4, 6, 3), 255, np.uint8)]))
    np.testing.assert_allclose(ends[:, 0, 0, 0], [-1, 1], atol=1e-6)
    plain = datasets.get(pictures.name(tmp_path, (4, 6, 1)))
    assert plain.scale == (1 / 255,) and plain.offset == (0.0,)


def test_a_folder_a_class_is_shared_out_class_by_class(tmp_path):
    task = datasets.get(pictures.name(write(tmp_path, 100), (4, 6, 1)))
    assert task.sizes == (("train", 120), ("validation", 26), ("held_out", 14), ("test", 40))
    seen = []
    for split, count in task.sizes:
        images, labels, groups = task.load(split)
        assert images.shape == (count, 4, 6, 1) and groups is None
        np.testing.assert_array_equal(np.bincount(labels), [count / 2] * 2)
        np.testing.assert_array_equal(images[:, 0, 0, 0] >= 100, labels == 1)
        seen += images[:, 0, 0, 0].tolist()
    assert sorted(seen) == list(range(200)), "each picture is in one split"
    np.testing.assert_array_equal(task.load("test[:10%]")[0], task.load("test")[0][:4])
    assert datasets.get(task.name).load("train")[0].tobytes() == task.load("train")[0].tobytes()


@pytest.mark.parametrize(
    ("folders", "sizes"),
    [
        ({"train": 100, "test": 10}, (("train", 150), ("validation", 32), ("held_out", 18), ("test", 20))),
        (
            {"train": 50, "validation": 20, "test": 10},
            (("train", 100), ("validation", 26), ("held_out", 14), ("test", 20)),
        ),
    ],
)
def test_folders_of_splits_keep_their_pictures(tmp_path, folders, sizes):
    for level, (name, count) in enumerate(folders.items()):
        write(tmp_path / name, count, level=100 + level)
    task = datasets.get(pictures.name(tmp_path, (4, 6, 1)))
    assert task.sizes == sizes
    assert all("/test/" in path for path, _ in dict(task.files)["test"])
    where = "/validation/" if "validation" in folders else "/train/"
    assert all(where in path for split in ("validation", "held_out") for path, _ in dict(task.files)[split])
    assert all("/train/" in path for path, _ in dict(task.files)["train"])


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize(("size", "shape"), [((31, 20), (8, 8)), ((20, 31), (8, 12)), ((5, 4), (8, 8))])
def test_a_file_becomes_the_image_that_a_bundle_makes_of_it(tmp_path, mode, size, shape):
    channels = len(mode) if mode == "RGB" else 1
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], channels)).astype(np.uint8)
    Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]).save(tmp_path / "a.png")
    spec = ImageInput(resize="bilinear", crop="center", scale=[1.0] * channels, offset=[0.0] * channels)
    expected = fit_pixels(pixels, spec, (*shape, channels)).astype(int)
    found = pictures.read(tmp_path / "a.png", (*shape, channels)).astype(int)
    assert np.abs(found - expected).max() <= 1, "but for roundings"


def test_transparent_is_white_and_grey_has_three_channels(tmp_path):
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(tmp_path / "clear.png")
    assert pictures.read(tmp_path / "clear.png", (4, 4, 3)).min() == 255
    Image.new("L", (4, 4), 7).save(tmp_path / "grey.png")
    assert (pictures.read(tmp_path / "grey.png", (2, 2, 3)) == 7).all()


def test_sixteen_bits_are_brought_to_eight_as_a_bundle_does_it(tmp_path):
    Image.fromarray(np.full((4, 4), 257 * 100, np.uint16)).save(tmp_path / "deep.png")
    assert (pictures.read(tmp_path / "deep.png", (2, 2, 1)) == 100).all()


def test_files_that_are_no_pictures_are_left_out_and_told(tmp_path):
    write(tmp_path, 20)
    (tmp_path / "cat" / "000.png").write_text("nothing")
    half = (tmp_path / "cat" / "001.png").read_bytes()
    (tmp_path / "cat" / "001.png").write_bytes(half[: len(half) // 2])
    task = datasets.get(pictures.name(tmp_path, (4, 6, 1)))
    assert task.notes == (
        f"left out, for no picture can be read there: {tmp_path}/cat/000.png, {tmp_path}/cat/001.png",
    )
    paths = [path for _, some in task.files for path, _ in some]
    assert len(paths) == 20 * len(task.labels) - 2 and not any(
        path.endswith(("cat/000.png", "cat/001.png")) for path in paths
    )
    for split, size in task.sizes:
        assert len(task.load(split)[0]) == size
    assert dataclasses.replace(task, left_out=("a",) * 7).notes[0].endswith("a, a, a, a, a and 2 more")
    assert dataclasses.replace(task, left_out=()).notes == datasets.get("cifar10").notes == ()


def test_a_file_that_was_damaged_since_is_named(tmp_path):
    write(tmp_path, 20)
    task = datasets.get(pictures.name(tmp_path, (4, 6, 1)))
    (tmp_path / "cat" / "000.png").write_text("nothing")
    with pytest.raises(ValueError, match="/cat/000.png: expected a picture, but cannot identify image file"):
        for split, _ in task.sizes:
            task.load(split)


def refusal(name):
    with pytest.raises(ValueError) as caught:
        datasets.get(str(name))
    return str(caught.value)


def test_folders_that_are_refused(tmp_path):
    end = "@4x6x1"
    assert refusal(f"{tmp_path}/no{end}") == f"{tmp_path}/no: expected a folder of pictures, received none"
    write(tmp_path / "one", 20, ("cat",))
    assert refusal(f"{tmp_path}/one{end}") == (
        f"{tmp_path}/one: expected a folder for each of several classes, received cat"
    )
    write(tmp_path / "few", 2)
    assert refusal(f"{tmp_path}/few{end}") == (
        f"{tmp_path}/few: expected pictures for every split, some dozens a class, received 2 of train, "
        "0 of validation, 2 of held_out, 0 of test"
    )
    write(tmp_path / "split/train", 20)
    assert refusal(f"{tmp_path}/split{end}") == f"{tmp_path}/split: expected a folder test beside train, received none"
    write(tmp_path / "split/test", 20, ("cat", "fox"))
    assert refusal(f"{tmp_path}/split{end}") == (
        f"{tmp_path}/split/test: expected the classes cat, dog, received cat, fox"
    )
    assert refusal(f"{tmp_path}/one@4x6x2").startswith("expected a task among "), "no such channels"
