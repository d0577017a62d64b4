"""Tables of a chain: rows are taught, renamed, removed, saved and loaded, and answers use them at once."""

import json
import shutil

import msgspec
import numpy as np
import pytest

from tests.goldens.make import HERE, load
from tflite.bundle import manifest as m
from tflite.bundle import write_manifest
from tflite.bundle.files import file_entry
from tflite.errors import BundleError, ChainError
from tflite.runtime.chain import Chain

PICTURE = np.array([[0, 255], [128, 64]], np.uint8)
# Embedded: pixels are -1, 255/128 - 1, 0, -0.5; see tests/goldens/taught.py for the weights.
EMBEDDED = [-1 - 127 / 128, 127 / 128 + 0 - 0.25 + 0.25, -0.5 + 0 + 0.5]
FOLDER = HERE / "bundles" / "prototypes"


@pytest.fixture
def chain():
    return load(FOLDER)


@pytest.fixture
def table(chain):
    return chain.tables["classes"]


def test_the_rows_that_came_with_the_bundle(table):
    assert (table.labels, table.capacity, table.row_shape, len(table)) == (("first", "second"), 5, (3,), 2)
    assert table.rows.tolist() == [[0.5, 0.25, -0.5], [-0.75, 1.0, 0.125]]
    table.rows[:] = 7
    assert table.rows[0, 0] == 0.5, "rows are a copy"


def test_a_class_that_was_taught_is_answered_at_once(chain, table):
    before = chain.run(PICTURE)
    assert before.name == "second" and before.answer.shape == (2,)
    row = chain.teach("third", [PICTURE])
    assert row.tolist() == EMBEDDED and table.rows[2].tolist() == EMBEDDED
    after = chain.run(PICTURE)
    assert (after.name, after.label) == ("third", 2) and after.answer.shape == after.probabilities.shape == (3,)
    assert after.answer[2] == pytest.approx(0.5 * np.dot(EMBEDDED, EMBEDDED))
    assert after.outputs["known"].numbers.tolist() == [[3.0]]
    assert [len(stop.probabilities) for stop in chain.trace(PICTURE).stops if stop.label is not None] == [3]
    table.remove("third")
    assert chain.run(PICTURE).name == "second"


def test_a_row_is_the_mean_over_the_examples(chain):
    pictures = [np.full((2, 2), level, np.uint8) for level in (0, 64, 255)]
    each = [chain.run(picture, program="teach").outputs["row"].numbers[0] for picture in pictures]
    row = chain.teach("mean", pictures)
    np.testing.assert_array_equal(row, np.mean(np.array(each, np.float64), axis=0).astype(np.float32))


def test_or_its_direction(chain, table):
    hints = [np.array([[3, 0, -4]], np.float32), np.array([[3, 0, 4]], np.float32)]
    assert chain.teach("up", [hints[0]], program="point").tolist() == pytest.approx([0.6, 0, -0.8])
    assert chain.teach("both", hints, program="point").tolist() == [1, 0, 0]
    with pytest.raises(ChainError, match="a mean.*length|mean has a length above 0, received 0"):
        chain.teach("none", [hints[0], -hints[0]], program="point")
    assert table.labels == ("first", "second", "up", "both")


def test_rows_are_renamed_and_removed_where_they_are(chain, table):
    chain.teach("third", [PICTURE])
    table.rename("second", "zwei")
    table.rename("zwei", "zwei")
    table.remove("first")
    assert table.labels == ("zwei", "third") and table.rows.tolist() == [[-0.75, 1.0, 0.125], EMBEDDED]
    assert chain.run(PICTURE).label == 1


def test_a_table_without_rows_answers_nothing_until_it_is_taught(chain, table):
    table.remove("first")
    table.remove("second")
    with pytest.raises(ChainError, match="table classes: expected at least one row to answer with, received none"):
        chain.run(PICTURE)
    chain.teach("only", [PICTURE])
    assert chain.run(PICTURE).name == "only"


BAD_ROWS = [
    ([1, 2], "a row of numbers [3], received int64 [2]"),
    (["a", "b", "c"], "a row of numbers [3], received"),
    ([1, np.nan, 2], "finite numbers"),
    ([1, 1e300, 2], "finite numbers"),
]


@pytest.mark.parametrize("row, words", BAD_ROWS)
def test_a_row_of_another_form_is_refused(table, row, words):
    with pytest.raises(ChainError) as caught:
        table.add("new", row)
    assert words in str(caught.value) and str(caught.value).startswith("table classes: ") and len(table) == 2


@pytest.mark.parametrize("label", ["", "a\nb", "x" * 201, None, 3, "\ud800", "first"])
def test_a_label_that_cannot_be_is_refused(table, label):
    for change in (lambda: table.add(label, [1, 2, 3]), lambda: table.rename("second", label)):
        with pytest.raises(ChainError, match="label"):
            change()
    assert table.labels == ("first", "second")


def test_what_is_not_there_is_not_changed(table):
    for change in (lambda: table.remove("third"), lambda: table.rename("third", "x")):
        with pytest.raises(ChainError, match=r"expected one of the labels \['first', 'second'\], received 'third'"):
            change()


def test_a_table_is_full_at_its_capacity_and_says_so_before_anything_is_run(chain, table):
    for label in "abc":
        table.add(label, [0, 0, 1])
    with pytest.raises(ChainError, match="expected fewer rows than its capacity, 5, to add one: remove another"):
        chain.teach("d", ["no example is looked at"])


BAD_LESSONS = [
    ({"examples": []}, "examples: expected a list of at least one"),
    ({"examples": PICTURE}, "examples: expected a list of at least one"),
    ({"examples": [PICTURE], "program": "learn"}, "program: expected one of ['main', 'point', 'teach'], received"),
    ({"examples": [PICTURE], "program": "main"}, "expected one that gives one row, received one that gives []"),
    ({"examples": [PICTURE], "program": 3}, "received 3"),
    ({"examples": [PICTURE, None]}, "NoneType"),
]  # fmt: skip


@pytest.mark.parametrize("lesson, words", BAD_LESSONS)
def test_a_lesson_that_cannot_be_is_refused(chain, table, lesson, words):
    with pytest.raises(ChainError) as caught:
        chain.teach("new", **lesson)
    assert words in str(caught.value) and len(table) == 2


def test_a_program_reads_its_own_inputs(chain):
    hint = np.array([[3, 0, -4]], np.float32)
    both = {"image": PICTURE, "hint": hint}
    assert chain.run(both).name == chain.run(PICTURE).name == "second"
    assert chain.run(both, program="point").outputs["direction"].numbers.tolist() == hint.tolist()
    with pytest.raises(ChainError, match=r"inputs: expected the inputs \['hint'\], received \['image'\]"):
        chain.run({"image": PICTURE}, program="point")
    with pytest.raises(ChainError, match=r"inputs: expected the inputs \['image'\], received \['image', 'sound'\]"):
        chain.run({"image": PICTURE, "sound": hint})
    with pytest.raises(ChainError, match="program: expected one of"):
        chain.run(PICTURE, program="learn")


def test_saved_rows_are_loaded_by_another_chain(chain, table, tmp_path):
    chain.teach("dritte ü", [PICTURE])
    table.remove("first")
    table.save(tmp_path / "rows")
    other = Chain(chain.bundle, warm_up=False)
    other.tables["classes"].load(tmp_path / "rows")
    assert other.tables["classes"].labels == ("second", "dritte ü")
    assert other.tables["classes"].rows.tolist() == table.rows.tolist()
    assert other.run(PICTURE).name == "dritte ü"
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def damaged(head=None, rows=None):
    def change(data):
        text, _, numbers = data.partition(b"\n")
        fields = json.loads(text)
        fields.update(head or {})
        return json.dumps(fields).encode() + b"\n" + (numbers if rows is None else rows(numbers))

    return change


BAD_FILES = [
    (lambda data: b"", "another one"),
    (lambda data: b"{}\n", "another one"),
    (lambda data: data[: len(data) // 3], "another one"),
    (lambda data: data[:-1], "expected 24 bytes of rows"),
    (damaged({"format": "other"}), "another one"),
    (damaged({"version": 2}), "of the version 1, received 2"),
    (damaged({"version": 1.0}), "of the version 1, received 1.0"),
    (damaged({"version": True}), "of the version 1, received True"),
    (damaged({"bundle": "0" * 64}), "teach it anew"),
    (damaged({"table": "others"}), "of the table 'classes', received 'others'"),
    (damaged({"labels": ["a"] * 2}), "labels that differ"),
    (damaged({"labels": ["a", 2]}), "labels that differ"),
    (damaged({"labels": [str(i) for i in range(6)]}), "at most 5 labels"),
    (damaged({"labels": "ab"}), "at most 5 labels"),
    (damaged(rows=lambda numbers: b"\xff" * len(numbers)), "finite numbers"),
]


@pytest.mark.parametrize("change, words", BAD_FILES)
def test_a_file_that_is_damaged_or_another_one_is_refused(table, tmp_path, change, words):
    table.save(tmp_path / "rows")
    (tmp_path / "rows").write_bytes(change((tmp_path / "rows").read_bytes()))
    with pytest.raises(ChainError) as caught:
        table.load(tmp_path / "rows")
    assert words in str(caught.value), str(caught.value)
    assert table.labels == ("first", "second")


def test_places_that_cannot_be_read_or_written_are_told(table, tmp_path):
    for change in (table.load, table.save):
        with pytest.raises(ChainError, match="table classes: expected a file"):
            change(tmp_path / "nowhere" / "rows")
    with pytest.raises(ChainError, match="expected a file"):
        table.load(tmp_path)


def test_rows_that_are_not_finite_are_refused_with_the_bundle(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "copy")
    (folder / "tables/classes.bin").write_bytes(b"\xff" * 12)
    manifest = m.decode((folder / "manifest.json").read_bytes())
    table = msgspec.structs.replace(manifest.tables["classes"], content=file_entry(folder, "tables/classes.bin"))
    write_manifest(folder, msgspec.structs.replace(manifest, tables={"classes": table}))
    with pytest.raises(BundleError) as caught:
        load(folder)
    assert (caught.value.file, caught.value.field) == ("tables/classes.bin", "tables.classes.content")


def test_every_lesson_that_other_runtimes_are_taught_too(chain, table, tmp_path):
    *lessons, end = json.loads((HERE / "teach.json").read_text())
    for lesson in lessons:
        if "teach" in lesson:
            kind = np.float32 if lesson["program"] == "point" else np.uint8
            given = [np.array(example, kind) for example in lesson["given"]]
            assert chain.teach(lesson["teach"], given, program=lesson["program"]).ravel().tolist() == lesson["row"]
        elif "rename" in lesson:
            table.rename(lesson["rename"], lesson["to"])
        else:
            table.remove(lesson["remove"])
        assert list(table.labels) == lesson["labels"]
        for picture, answer in zip(lesson["pictures"], lesson["answers"], strict=True):
            result = chain.run(np.array(picture, np.uint8))
            assert (result.name, result.answer.tolist()) == (answer["name"], pytest.approx(answer["numbers"]))
    assert len(table) == 5 and "saved" in end
