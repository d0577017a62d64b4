"""Folders of pictures as tasks: their names, who is in which split, how files become images, and what is told."""

import shutil

import numpy as np
import pytest
from PIL import Image

from keras_models import datasets
from keras_models.datasets import pictures
from keras_models.datasets.shares import SPLITS
from tests.keras_models.datasets.photos import as_jpeg, photo, write

SHAPE = (32, 48, 3)


def task_of(folder, shape=SHAPE):
    return datasets.get(pictures.name(folder, shape))


def split_of(task):
    """Name of a picture -> its split."""
    return {name.split("/", task.name.count("/") + 1)[-1]: split for split, names in task.names for name in names}


def refusal(folder):
    with pytest.raises(ValueError) as caught:
        task_of(folder)
    return str(caught.value)


def test_a_name_says_where_what_shape_and_what_pixels(tmp_path):
    write(tmp_path, 20)
    named = pictures.name(tmp_path, (4, 6, 3), (-1, 1))
    assert named == f"{tmp_path}@4x6x3@-1..1"
    task = datasets.get(named)
    assert task.name == named and task.input_shape == (4, 6, 3) and task.labels == ("cat", "dog")
    ends = task.normalise(np.stack([np.zeros((4, 6, 3), np.uint8), np.full((4, 6, 3), 255, np.uint8)]))
    np.testing.assert_allclose(ends[:, 0, 0, 0], [-1, 1], atol=1e-6)
    plain = task_of(tmp_path, (4, 6, 1))
    assert plain.scale == (1 / 255,) and plain.offset == (0.0,)
    with pytest.raises(ValueError, match="expected a task among "):
        datasets.get(f"{tmp_path}@4x6x2")


def test_a_folder_a_class_is_shared_out_class_by_class(tmp_path):
    task = task_of(write(tmp_path, 100))
    assert task.sizes == (("train", 120), ("validation", 26), ("held_out", 14), ("test", 40)) and task.notes == ()
    seen = []
    for split, count in task.sizes:
        images, labels, groups = task.load(split)
        assert images.shape == (count, *SHAPE) and groups is None
        np.testing.assert_array_equal(np.bincount(labels), [count / 2] * 2)
        seen += [(label, image.tobytes()) for image, label in zip(images, labels, strict=True)]
    assert set(seen) == {(k, np.asarray(photo(1000 * k + i)).tobytes()) for k in range(2) for i in range(100)}
    np.testing.assert_array_equal(task.load("test[:10%]")[0], task.load("test")[0][:4])


def test_the_first_pictures_of_a_split_are_of_all_classes(tmp_path):
    """Normalisation and calibration are taken from them, so one class alone would spoil both."""
    task = task_of(write(tmp_path, 100))
    for split in ("train[:10%]", "train[10%:20%]", "test[:10]"):
        assert 0 < task.load(split)[1].mean() < 1, split


def test_splits_are_the_same_for_other_names_orders_and_sizes(tmp_path):
    before = split_of(task_of(write(tmp_path / "a", 60)))
    for kind in ("cat", "dog"):
        (tmp_path / "b" / kind).mkdir(parents=True)
        for i in range(60):
            shutil.copy(tmp_path / "a" / kind / f"{i:03}.png", tmp_path / "b" / kind / f"{99 - i}.PNG")
    after = split_of(task_of(tmp_path / "b", (8, 8, 1)))
    assert {name: after[f"{name[:4]}{99 - int(name[4:7])}.PNG"] for name in before} == before


@pytest.mark.parametrize(
    ("parts", "sizes"),
    [
        ({"train": 100, "test": 10}, (("train", 150), ("validation", 32), ("held_out", 18), ("test", 20))),
        ({"train": 100, "val": 10}, (("train", 150), ("validation", 32), ("held_out", 18), ("test", 20))),
        ({"train": 50, "val": 20, "test": 10}, (("train", 100), ("validation", 26), ("held_out", 14), ("test", 20))),
    ],
)
def test_folders_of_splits_keep_their_pictures(tmp_path, parts, sizes):
    for number, (name, count) in enumerate(parts.items()):
        write(tmp_path / name, count, first=10_000 * number)
    task = task_of(tmp_path)
    assert task.sizes == sizes
    names = dict(task.names)
    judged = "test" if "test" in parts else "val"
    assert all(f"/{judged}/" in path for path in names["test"]) and all("/train/" in path for path in names["train"])
    decides = "val" if len(parts) == 3 else "train"
    assert all(f"/{decides}/" in path for split in ("validation", "held_out") for path in names[split])


def test_near_duplicates_are_in_one_split(tmp_path):
    write(tmp_path, 60)
    for i in range(40):
        as_jpeg(photo(i), 80).save(tmp_path / "cat" / f"copy{i:03}.png")
        shutil.copy(tmp_path / "dog" / f"{i:03}.png", tmp_path / "dog" / f"same{i:03}.png")
    task = task_of(tmp_path)
    sides = split_of(task)
    assert all(sides[f"cat/{i:03}.png"] == sides[f"cat/copy{i:03}.png"] for i in range(40))
    assert all(sides[f"dog/{i:03}.png"] == sides[f"dog/same{i:03}.png"] for i in range(40))
    assert len(set(sides.values())) == 4 and task.notes == ()


def test_near_duplicates_between_folders_of_splits_are_told(tmp_path):
    write(tmp_path / "train", 60)
    write(tmp_path / "test", 10, first=500)
    sides = split_of(task_of(tmp_path))
    one, other = (
        next(i for i in range(60) if sides[f"train/cat/{i:03}.png"] == split) for split in ("train", "held_out")
    )
    as_jpeg(photo(one), 90).save(tmp_path / "test" / "cat" / "a.png")
    shutil.copy(tmp_path / "train" / "cat" / f"{one:03}.png", tmp_path / "test" / "cat" / "b.png")
    shutil.copy(tmp_path / "train" / "cat" / f"{other:03}.png", tmp_path / "test" / "dog" / "c.png")
    notes = [note for note in task_of(tmp_path).notes if not note.startswith("few")]
    assert notes == [
        f"the same picture is in two classes: {tmp_path}/train/cat/{other:03}.png = {tmp_path}/test/dog/c.png",
        "2 of 23 pictures of test nearly repeat one of train (1 exactly; thumbnails at most 0.15 apart), so that test "
        f"promises too much: {tmp_path}/test/cat/b.png ~ {tmp_path}/train/cat/{one:03}.png, "
        f"{tmp_path}/test/cat/a.png ~ {tmp_path}/train/cat/{one:03}.png",
        "1 of 23 pictures of test nearly repeat one of held_out (1 exactly; thumbnails at most 0.15 apart), so that "
        f"test promises too much: {tmp_path}/test/dog/c.png ~ {tmp_path}/train/cat/{other:03}.png",
    ]


def test_pictures_of_every_kind_are_brought_to_one_and_told(tmp_path):
    write(tmp_path, 80)
    exif = Image.Exif()
    exif[0x0112] = 6
    cat = tmp_path / "cat"
    photo(1).convert("L").save(cat / "grey.png")
    photo(2).convert("RGBA").save(cat / "alpha.png")
    photo(3).convert("LA").save(cat / "greyalpha.png")
    Image.fromarray(np.asarray(photo(4).convert("L")).astype(np.uint16) * 257).save(cat / "deep.png")
    photo(5).convert("P").save(cat / "palette.png")
    photo(6).convert("CMYK").save(cat / "cmyk.jpg", quality=95)
    photo(7, (32, 48)).save(cat / "turned.jpg", exif=exif, quality=95)
    photo(8).save(cat / "moves.webp", save_all=True, append_images=[photo(9)], lossless=True)
    photo(10).convert("P").save(cat / "moves.gif", save_all=True, append_images=[photo(9).convert("P")])
    (note,) = [note for note in task_of(tmp_path).notes if note.startswith("brought")]
    assert note == (
        "brought to RGB of 8 bits, upright, on white, the first of several: 3 grey, 2 transparent, 1 of 16 bits, "
        "2 with a palette, 1 CMYK, 1 turned by Exif, 2 animated"
    )
    grey = [note for note in task_of(tmp_path, (32, 48, 1)).notes if note.startswith("brought")]
    assert grey[0].startswith("brought to grey of 8 bits, ") and " 3 grey" not in grey[0]
    task = task_of(tmp_path)
    found = {name: image for split in SPLITS for name, image in zip(dict(task.names)[split], task.load(split)[0])}
    upright = np.asarray(photo(7, (32, 48)).rotate(-90, expand=True)).astype(int)
    assert np.abs(found[str(cat / "turned.jpg")] - upright).mean() < 4
    for name, number in (("cmyk.jpg", 6), ("moves.webp", 8), ("alpha.png", 2)):
        assert np.abs(found[str(cat / name)] - np.asarray(photo(number)).astype(int)).mean() < 4, name
    np.testing.assert_array_equal(found[str(cat / "deep.png")][..., 0], photo(4).convert("L"))


def test_files_in_which_there_is_no_picture_are_left_out_and_told(tmp_path, recwarn):
    write(tmp_path, 60)
    cat = tmp_path / "cat"
    (cat / "000.png").write_bytes(b"")
    (cat / "001.png").write_text("nothing")
    photo(2, (200, 200)).save(cat / "002.jpg")
    (cat / "002.jpg").write_bytes((cat / "002.jpg").read_bytes()[:-200])
    (cat / "lost.png").symlink_to("nowhere")
    Image.new("1", (12_000, 12_000)).save(cat / "huge.png")
    Image.fromarray(np.zeros((4, 4), np.float32)).save(cat / "float.tif")
    task = task_of(tmp_path)
    left = [cat / name for name in ("000.png", "001.png", "002.jpg")]
    assert task.notes[0] == f"left out, for no picture can be read there: {', '.join(map(str, left))} and 3 more"
    assert sum(size for _, size in task.sizes) == 58 + 60 and not len(recwarn)
    for split, size in task.sizes:
        assert len(task.load(split)[0]) == size
    photo(500).save(cat / "000.png")
    assert sum(size for _, size in task_of(tmp_path).sizes) == 59 + 60, "a file that is put right is read"


def test_classes_of_few_pictures_and_unequal_ones_are_told(tmp_path):
    write(tmp_path, 100, ("ape", "cat"))
    write(tmp_path, 10, ("fox",), first=5000)
    assert task_of(tmp_path).notes == (
        "few pictures to be trained on, so that much is chance: fox (6); 50 and more are wanted",
        "ape has 60 pictures to be trained on, fox 6: --class-weights balanced lets classes weigh alike",
    )


def test_a_class_that_is_missing_where_it_is_judged_is_told(tmp_path):
    write(tmp_path / "train", 70)
    write(tmp_path / "test", 10, ("cat",), first=500)
    assert task_of(tmp_path).notes == ("no picture in test, so that nothing is told by it: dog",)


def test_too_few_pictures_are_refused(tmp_path):
    write(tmp_path / "few", 4)
    write(tmp_path / "few", 30, ("ape", "fox"))
    (tmp_path / "few/fox/empty").mkdir()
    (tmp_path / "few/none").mkdir()
    assert refusal(tmp_path / "few") == (
        f"{tmp_path}/few: expected at least 5 readable pictures of every class to be trained on, received 4 of cat, "
        "4 of dog, 0 of none: add some, or leave the class out"
    )
    write(tmp_path / "five", 5)
    assert refusal(tmp_path / "five") == (
        f"{tmp_path}/five: expected pictures for every split, some dozens a class, received 6 of train, "
        "2 of validation, 0 of held_out, 2 of test"
    )
    for kind in ("cat", "dog"):
        (tmp_path / "split/train" / kind).mkdir(parents=True)
    write(tmp_path / "split/test", 20)
    assert "received 0 of cat, 0 of dog: add" in refusal(tmp_path / "split"), "what is tested on is not trained on"


def test_pictures_are_there_when_files_have_gone_or_changed_since(tmp_path):
    task = task_of(write(tmp_path, 30))
    before = task.load("train")[0]
    (tmp_path / "cat" / "000.png").write_text("nothing")
    np.testing.assert_array_equal(task.load("train")[0], before)
    assert dict(task.sizes)["train"] == 36 and dict(task_of(tmp_path).sizes)["train"] == 35
