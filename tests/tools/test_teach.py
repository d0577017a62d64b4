"""tools/teach.py: a class more in a finished bundle, and the other tools with what it was taught."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_models.datasets import TASKS
from keras_models.datasets.task import Task
from tests.goldens import lessons
from tests.goldens.make import HERE
from tests.tools.calling import call
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain
from tools import evaluate, run, teach

BUNDLE = str(lessons.FAMILIES / "tafe")
POINTED = str(HERE / "bundles/pointed")
LESSON = next(each for each in json.loads(lessons.FILE.read_text()) if each["family"] == "tafe")
SHAPE = tuple(LESSON["shape"])


class Asked(Task):
    """The pictures of the lesson, labelled as the taught bundle answers, but for one of "other"."""

    def load(self, split, *, data_dir=None):
        images = np.array(LESSON["pictures"], np.uint8).reshape(-1, *SHAPE)
        labels = [self.labels.index(answer["name"]) for answer in LESSON["answers"]]
        return images, np.array([4, *labels[1:]]), None


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with the examples as .png files, which is the one worked in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").mkdir()
    for number, pixels in enumerate(LESSON["examples"]):
        Image.fromarray(np.array(pixels, np.uint8).reshape(SHAPE[:2])).save(tmp_path / f"examples/{number}.png")
    Image.fromarray(np.array(LESSON["pictures"][3], np.uint8).reshape(SHAPE[:2])).save(tmp_path / "asked.png")
    return tmp_path


def test_a_class_is_taught_by_pictures_and_known_from_then_on(files, capsys):
    assert call(teach, [BUNDLE, "examples", "--name", "new", "--out", "taught.rows"]) == 0
    assert capsys.readouterr().out == "wrote taught.rows: 4 of at most 5 rows, 'new' of 3 examples\n"
    chain = Chain(Bundle.load(BUNDLE), warm_up=False)
    chain.tables["classes"].load("taught.rows")
    np.testing.assert_allclose(chain.tables["classes"].rows[-1], LESSON["row"], atol=LESSON["tolerance"])
    assert call(run, [BUNDLE, "asked.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["label"] != "new"
    assert call(run, [BUNDLE, "asked.png", "--tables", "taught.rows", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["label"] == "new" == LESSON["answers"][3]["name"]


def test_one_after_another_and_by_numbers(files, capsys):
    assert call(teach, [BUNDLE, "examples/0.png", "--name", "first"]) == 0
    arguments = ["--program", "describe", "--numbers", "description=[0,1,0]", "--tables", "classes.rows"]
    assert call(teach, [BUNDLE, "--name", "second", *arguments, "--out", "both.rows"]) == 0
    assert capsys.readouterr().out.endswith("wrote both.rows: 5 of at most 5 rows, 'second' of 1 example\n")
    table = Chain(Bundle.load(BUNDLE), warm_up=False).tables["classes"]
    table.load("both.rows")
    assert table.labels[-2:] == ("first", "second")
    np.testing.assert_allclose(table.rows[-1], table.rows[1], rtol=1e-3)  # as class 1 is described
    assert call(teach, [BUNDLE, "examples/1.png", "--name", "third", "--tables", "both.rows"]) == 2
    assert "expected fewer rows than its capacity, 5, to add one" in capsys.readouterr().err


def test_what_was_taught_is_evaluated_by_the_names_of_the_rows(files, capsys, monkeypatch):
    labels, form = ("new", "2", "1", "0", "other"), ((1 / 255,), (0.0,))
    monkeypatch.setitem(TASKS, "asked", Asked("asked", "none", SHAPE, labels, (("test", 6),), *form))
    assert call(teach, [BUNDLE, "examples", "--name", "new", "--out", "taught.rows"]) == 0
    capsys.readouterr()
    arguments = [BUNDLE, "--dataset", "asked", "--operating-point", "full", "--json"]
    assert call(evaluate, [*arguments, "--tables", "taught.rows"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 5 and found["unknown"] == ["other"]
    assert found["operating_points"][0]["accuracy"] == 1.0
    assert call(evaluate, arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["unknown"] == ["other", "new"] and found["samples"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "new"], "expected pictures or --numbers INPUT=[N,N,...], received neither"),
        (["examples", "--name", "new", "--numbers", "description=[1,0,0]"], "received both"),
        (["--name", "new", "--numbers", "description=many"], "received something else for description"),
        (["examples", "--name", "0"], "expected a new label, received '0'"),
        (
            ["examples", "--name", "new", "--table", "rows"],
            "expected a table of the bundle (classes), received --table",
        ),
        (["examples", "--name", "new", "--program", "main"], "expected one that gives one row"),
        (["examples", "--name", "new", "--tables", "asked.png"], "expected a file of saved rows"),
        (["nowhere.png", "--name", "new"], "expected an image file, a folder of them or TASK:SPLIT:ROWS"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(files, capsys, arguments, words):
    before = sorted(files.iterdir())
    assert call(teach, [BUNDLE, *arguments]) == 2
    printed = capsys.readouterr()
    assert words in printed.err and printed.err.count("\n") == 1 and printed.out == ""
    assert sorted(files.iterdir()) == before


def test_a_bundle_without_tables_says_so(files, capsys):
    bundle = str(lessons.FAMILIES / "cnn")
    assert call(teach, [bundle, "examples", "--name", "new"]) == 2
    assert "expected a table of the bundle (no table), received no --table" in capsys.readouterr().err
    (files / "some.rows").write_bytes(b"{}")
    assert call(run, [bundle, "asked.png", "--tables", "some.rows"]) == 2
    assert "expected a bundle with tables for some.rows" in capsys.readouterr().err


def test_where_the_program_asks_for_a_box_there_is_one_for_each_picture(files, capsys):
    boxes = ["--box", "0,0,0.5,0.5", "--box", "0.25,0,1,0.75", "--box", "0,0,1,1"]
    assert call(teach, [POINTED, "examples", "--name", "thing", *boxes, "--out", "things.rows"]) == 0
    assert capsys.readouterr().out == "wrote things.rows: 3 of at most 5 rows, 'thing' of 3 examples\n"
    chain = Chain(Bundle.load(POINTED), warm_up=False)
    pictures = [np.asarray(Image.open(f"examples/{i}.png")) for i in range(3)]
    corners = np.array([[0, 0, 0.5, 0.5], [0.25, 0, 1, 0.75], [0, 0, 1, 1]], np.float32)
    given = [{"image": p, "where": box[None]} for p, box in zip(pictures, corners)]
    row = chain.teach("thing", given)
    chain.tables["classes"].load("things.rows")
    np.testing.assert_array_equal(chain.tables["classes"].rows[-1], row)


@pytest.mark.parametrize(
    "bundle, boxes, words",
    [
        (POINTED, ["0,0,1,1"], "expected --box for each of 3 pictures, received 1"),
        (POINTED, ["0,0,1"] * 3, "expected 4 numbers such as 0.1,0.2,0.6,0.7, received '0,0,1'"),
        (POINTED, ["0,0,0,1"] * 3, "box: expected top, left, bottom and right, 0..1"),
        (BUNDLE, ["0,0,1,1"] * 3, "expected a program that asks for a box, received --box for 'teach'"),
    ],
)
def test_another_box_is_one_sentence_and_nothing_is_written(files, capsys, bundle, boxes, words):
    options = [word for box in boxes for word in ("--box", box)]
    assert call(teach, [bundle, "examples", "--name", "thing", *options, "--out", "things.rows"]) == 2
    assert words in capsys.readouterr().err and not (files / "things.rows").exists()
