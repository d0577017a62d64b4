"""What lies in a folder of pictures: what is one, whose class it is, and what is left out and told."""

import os
import shutil
from pathlib import Path

import pytest

from keras_models.datasets.picture_folders import PictureFolder
from keras_models.datasets.shares import TEST, TRAIN, VALIDATION, WHOLE


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """A working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*names):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"no picture, which nobody looks at here")


def listed(folder="p"):
    """(labels, name and label of each picture, notes)."""
    found = PictureFolder(folder).listing()
    return found.labels, [(entry.name, entry.label) for entry in found.entries], found.notes


def refusal(folder="p"):
    with pytest.raises(ValueError) as caught:
        PictureFolder(folder).listing()
    return str(caught.value)


def test_a_folder_a_class():
    touch("p/dog/b.PNG", "p/cat/a.jpeg", "p/dog/a.webp")
    assert listed() == (("cat", "dog"), [("p/cat/a.jpeg", 0), ("p/dog/a.webp", 1), ("p/dog/b.PNG", 1)], ())
    assert {entry.part for entry in PictureFolder("p").listing().entries} == {WHOLE}


def test_a_stamp_changes_with_the_file_and_stays_with_it():
    touch("p/cat/a.png", "p/cat/b.png", "p/dog/a.png")
    before = [entry.stamp for entry in PictureFolder("p").listing().entries]
    assert [entry.stamp for entry in PictureFolder("p").listing().entries] == before and len(set(before)) == 3
    Path("p/cat/b.png").write_bytes(b"another one")
    after = [entry.stamp for entry in PictureFolder("p").listing().entries]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]


@pytest.mark.parametrize("name", ["validation", "val", "valid"])
def test_folders_of_splits(name):
    touch(*(f"p/{part}/{kind}/a.png" for part in ("train", "test", name) for kind in ("cat", "dog")))
    parts = {entry.name: entry.part for entry in PictureFolder("p").listing().entries}
    assert {parts[f"p/{part}/dog/a.png"] for part in ("train",)} == {TRAIN}
    assert parts["p/test/cat/a.png"] == TEST and parts[f"p/{name}/cat/a.png"] == VALIDATION


def test_validation_alone_beside_train_is_taken_too():
    touch("p/train/cat/a.png", "p/train/dog/a.png", "p/val/cat/a.png")
    assert {entry.part for entry in PictureFolder("p").listing().entries} == {TRAIN, VALIDATION}


def test_a_class_may_be_called_train():
    touch("p/train/a.png", "p/plane/a.png")
    assert listed()[0] == ("plane", "train")


def test_a_class_that_is_in_one_part_alone():
    touch("p/train/cat/a.png", "p/train/dog/a.png", "p/test/dog/a.png", "p/test/fox/a.png")
    labels, pictures, notes = listed()
    assert labels == ("cat", "dog") and pictures[2:] == [("p/test/dog/a.png", 1)]
    assert notes == ("left out, for p/train has no such class: p/test/fox",)


def test_folders_within_a_class_are_of_the_class():
    touch("p/cat/2025/may/a.png", "p/cat/b.png", "p/dog/a.png", "p/cat/2025/notes.txt")
    labels, pictures, notes = listed()
    assert pictures == [("p/cat/b.png", 0), ("p/cat/2025/may/a.png", 0), ("p/dog/a.png", 1)]
    assert notes[0] == "folders within a class's are taken as part of it: p/cat/2025/may"
    assert notes[1].startswith("left out, for they are no files of pictures (.png, .jpg, ")
    assert notes[1].endswith("): p/cat/2025/notes.txt") and len(notes) == 2


def test_hidden_files_and_files_of_no_class_are_told():
    touch("p/cat/a.png", "p/cat/.DS_Store", "p/cat/._a.png", "p/dog/a.png", "p/readme.md", "p/.git/x.png", "p/b.png")
    labels, pictures, notes = listed()
    assert labels == ("cat", "dog") and len(pictures) == 2
    assert notes == (
        "left out, for they are hidden: p/.git, p/cat/.DS_Store, p/cat/._a.png",
        "left out, for they are in no class's folder: p/b.png, p/readme.md",
    )


def test_of_many_names_some_are_told():
    touch("p/cat/a.png", "p/dog/a.png", *(f"p/cat/{i}.txt" for i in range(1200)))
    (note,) = listed()[2]
    assert note.endswith("): p/cat/0.txt, p/cat/1.txt, p/cat/10.txt and 1,197 more")


def test_links_are_followed_once():
    touch("elsewhere/a.png", "p/dog/a.png", "p/cat/b.png")
    os.symlink("../../elsewhere/a.png", "p/cat/a.png")
    os.symlink("../elsewhere", "p/fox")
    os.symlink("..", "p/dog/round")
    os.symlink("nowhere", "p/dog/lost.png")
    labels, pictures, _ = listed()
    assert labels == ("cat", "dog", "fox")
    assert [name for name, _ in pictures] == [
        "p/cat/a.png", "p/cat/b.png", "p/dog/a.png", "p/dog/lost.png", *(
            name for name, label in pictures[4:-1]
        ), "p/fox/a.png",
    ]  # fmt: skip
    assert all(name.count("round") <= 1 for name, _ in pictures), "and not round and round"


def test_what_is_no_file_is_no_picture():
    touch("p/dog/a.png", "p/cat/a.png")
    os.mkfifo("p/cat/pipe.png")
    Path("p/cat/folder.png").mkdir()
    assert len(listed()[1]) == 2


def test_folders_that_are_refused():
    assert refusal() == "p: expected a folder of pictures, received none"
    Path("p").mkdir()
    assert refusal() == "p: expected a folder for each of several classes, received none"
    touch("p/all/cat/a.png", "p/all/dog/a.png")
    assert refusal() == (
        "p: expected a folder for each of several classes, received all: perhaps p/all is the folder to name"
    )
    shutil.rmtree("p")
    touch("p/cat/a.png")
    assert refusal() == "p: expected a folder for each of several classes, received cat"
    touch("p/train/cat/a.png", "p/train/dog/a.png")
    assert refusal() == "p: expected a folder test beside train, received none"
    touch("p/val/cat/a.png", "p/valid/cat/a.png")
    assert refusal() == "p: expected one folder validation, received valid too"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("p/Cat/a.png", "p/cat/a.png"), "Cat (p) and cat (p)"),
        (("p/train/cat/a.png", "p/train/dog/a.png", "p/test/Dog/a.png"), "dog (p/train) and Dog (p/test)"),
        (("p/caf\u00e9/a.png", "p/cafe\u0301/a.png"), "cafe\u0301 (p) and caf\u00e9 (p)"),
    ],
)
def test_classes_that_differ_in_capitals_alone_are_refused(names, told):
    touch(*names)
    assert refusal() == (
        f"p: expected classes whose names differ in more than capitals, received {told}: give both one name"
    )


def test_a_name_that_is_no_text_is_refused():
    os.makedirs(b"p/\xff")
    touch("p/cat/a.png")
    assert refusal() == r"p: expected names of classes that are text, received '\udcff'"
