"""Goldens: written from a chain, reproduced by it, and not by a chain that differs."""

import json

import msgspec
import numpy as np
import pytest

from tests.tflite.bundles import linear, linear_int8, make, run, two_exits
from tflite.bundle import Bundle, file_entry, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.golden_index import INDEX
from tflite.bundle.goldens import write_goldens
from tflite.errors import BundleError
from tflite.runtime.chain import Chain

PIXELS = [np.array([[0, 2]], np.uint8), np.array([[7, 1]], np.uint8), np.array([[[0.5], [0.25]]], np.float32)]


def with_goldens(folder):
    """Adds goldens to a bundle and returns its folder."""
    chain = Chain.load(folder, warm_up=False)
    goldens = write_goldens(chain, folder, PIXELS)
    write_manifest(folder, msgspec.structs.replace(chain.manifest, goldens=goldens))
    return folder


def answer(index, case=0):
    """What a case expects of the output `label`."""
    return index["cases"][case]["outputs"]["label"]


def changed(folder, change):
    """Changes the index of goldens, signs it again and returns what the self-test says."""
    index = json.loads((folder / INDEX).read_text())
    change(index)
    (folder / INDEX).write_text(json.dumps(index))
    manifest = m.decode((folder / "manifest.json").read_bytes())
    goldens = msgspec.structs.replace(manifest.goldens, index=file_entry(folder, INDEX))
    write_manifest(folder, msgspec.structs.replace(manifest, goldens=goldens))
    return Chain.load(folder, warm_up=False).self_test()


@pytest.fixture
def folder(tmp_path):
    return with_goldens(two_exits(tmp_path))


@pytest.fixture
def int8_folder(tmp_path):
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    return with_goldens(make(tmp_path, graphs, [run("part"), m.Answer(name="end", gives={"label": "logits"})]))


def test_a_chain_reproduces_its_own_goldens(folder):
    assert Chain.load(folder).self_test() == []
    index = json.loads((folder / INDEX).read_text())
    assert [image["offset"] for image in index["arrays"]] == [0, 2, 4]
    assert [(case["inputs"]["image"], case["operating_point"], case["path"]) for case in index["cases"]][:2] == [
        (0, "fast", ["first"]),
        (0, "full", ["first", "second"]),
    ]
    assert index["cases"][0]["events"] == [{"kind": "not_reached", "name": "second"}]
    assert answer(index)["label"] == 1 and answer(index)["numbers"] == [0.0, 2.0]
    assert (folder / "golden/arrays.bin").read_bytes()[:4] == bytes([0, 2, 7, 1])


@pytest.mark.parametrize(
    "key, value, words",
    [
        ("path", ["second"], "golden 0: expected the path ('second',), received ('first',)"),
        ("exit", "last", "expected the exit 'last', received 'early'"),
        ("reason", "final", "expected the reason 'final', received 'rule'"),
        ("events", [], "expected the events , received not_reached second"),
        ("events", [{"kind": "case", "name": "main[1]", "case": 2}], "expected the events case main[1] 2, received"),
    ],
)
def test_every_difference_is_found(folder, key, value, words):
    problems = changed(folder, lambda index: index["cases"][0].update({key: value}))
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize(
    "key, value, words",
    [
        ("label", 0, "golden 0: expected the label 0 of label, received 1"),
        ("numbers", [0.0, 2.5], "expected numbers of label within 0.001, received 0.5 off"),
        ("probabilities", [0.1, 0.9], "expected probabilities of label within 0.001"),
    ],
)
def test_every_difference_of_an_answer_is_found(folder, key, value, words):
    problems = changed(folder, lambda index: answer(index).update({key: value}))
    assert len(problems) == 1
    assert words in problems[0]


def test_the_corners_of_crops_may_be_a_little_off(tmp_path):
    program = [
        m.Fill(output="at", shape=(4,), content=(0.0, 0.0, 1.0, 0.5)),
        m.Crop(value="image", at="at", output="piece", size=(1, 2), mode="box"),
        run("part", {"image": "piece"}),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    folder = with_goldens(make(tmp_path, {"part": linear([[1, 0], [0, 1]], [0, 0])}, program))

    def move(by):
        def change(index):
            (event,) = index["cases"][0]["events"]
            event["corners"][3] = 0.5 + by

        return change

    assert changed(folder, move(0.0009)) == []
    problems = changed(folder, move(0.25))
    assert problems[0] == "golden 0: expected corners of piece within 0.001, received 0.25 off"
    assert changed(folder, lambda index: index["cases"][0].update(tolerance=0.26)) == []


def test_a_float_answer_may_be_a_little_off_and_an_int8_one_may_not(tmp_path):
    def nudge(index):
        answer(index)["numbers"][0] += 1e-4

    floats, codes = two_exits(tmp_path / "float"), tmp_path / "int8"
    assert changed(with_goldens(floats), nudge) == []
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    make(codes, graphs, [run("part"), m.Answer(name="end", gives={"label": "logits"})])
    assert "expected numbers of label within 0, received" in changed(with_goldens(codes), nudge)[0]


@pytest.mark.parametrize("kind", ["folder", "int8_folder"])
def test_the_tolerance_of_a_case_is_what_counts(kind, request):
    def nudge(index):
        index["cases"][0] |= {"tolerance": 0.41}
        answer(index)["numbers"][0] += 0.4

    folder = request.getfixturevalue(kind)
    assert changed(folder, nudge) == []
    problems = changed(folder, lambda index: index["cases"][0].update(tolerance=0.39))
    assert len(problems) == 1 and "expected numbers of label within 0.39, received 0.4" in problems[0]
    with pytest.raises(BundleError, match="tolerance"):
        changed(folder, lambda index: index["cases"][0].update(tolerance=-1))


def test_int8_goldens_are_reproduced_bit_by_bit(int8_folder):
    assert Chain.load(int8_folder).self_test() == []


@pytest.mark.parametrize(
    "change, field",
    [
        (lambda index: index["arrays"][1].update(offset=10**6), "arrays[1].offset"),
        (lambda index: index["cases"][1].update(inputs={"image": 9}), "cases[1].inputs"),
        (lambda index: index["cases"][1].update(inputs={"sound": 0}), "cases[1].inputs"),
        (lambda index: index["cases"][2].update(operating_point="best"), "cases[2].operating_point"),
        (lambda index: index["arrays"][0].update(shape=[2, 1]), "cases[0]"),
        (lambda index: index.update(extra=1), ""),
    ],
)
def test_an_index_that_makes_no_sense_is_refused(folder, change, field):
    with pytest.raises(BundleError) as caught:
        changed(folder, change)
    assert (caught.value.file, caught.value.field) == (INDEX, field)


@pytest.mark.parametrize(
    "shape, said",
    [
        (
            [9, 9],
            "arrays[1].offset: expected an array inside the 12 bytes of golden/arrays.bin, received one behind them",
        ),
        # The two other images have 2 elements each; 64 bits do not count the sum of the last case.
        ([2**13, 2**13], "arrays: expected arrays of at most 67108864 elements together, received 67108868"),
        ([2**24] * 3, f"arrays: expected arrays of at most 67108864 elements together, received {2**72 + 4}"),
    ],
)
def test_an_image_behind_the_end_is_refused_whatever_its_size(folder, shape, said):
    with pytest.raises(BundleError) as caught:
        changed(folder, lambda index: index["arrays"][1].update(shape=shape))
    assert str(caught.value) == f"golden/index.json: {said}"


def test_a_bundle_that_fails_its_self_test_is_no_chain_where_that_is_asked(folder):
    assert Chain.load(folder, self_test=True).run(PIXELS[0]).label == 0
    for case in (0, 2):
        problems = changed(folder, lambda index: answer(index, case).update(label=1 - answer(index, case)["label"]))
    assert len(problems) == 2
    with pytest.raises(BundleError) as caught:
        Chain.load(folder, self_test=True)
    assert (caught.value.file, caught.value.field) == (str(folder), "goldens")
    said = (
        "expected a bundle that passes its self-test here, received one that fails 2 of its cases: golden 0: expected"
    )
    assert caught.value.problem == f"{said} the label 0 of label, received 1"


def test_a_bundle_without_goldens_says_so(tmp_path):
    chain = Chain.load(two_exits(tmp_path), self_test=True)
    with pytest.raises(BundleError, match="goldens: expected goldens, received null"):
        chain.self_test()


def test_changed_pixels_are_refused(folder):
    data = bytearray((folder / "golden/arrays.bin").read_bytes())
    data[0] ^= 1
    (folder / "golden/arrays.bin").write_bytes(data)
    with pytest.raises(BundleError, match="golden/arrays.bin: goldens.arrays.file: expected the SHA-256"):
        Bundle.load(folder)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda index: index["arrays"][0].update(shape=[]), "length >= 1"),
        (lambda index: index["arrays"][0].update(shape=[1] * 9), "length <= 8"),
        (lambda index: answer(index).update(label=-1), ">= 0"),
        (lambda index: answer(index).update(label=2**70), "<= 4611686018427387904"),
        (lambda index: answer(index).update(numbers=[float("inf")]), "Infinity is no JSON"),
        (lambda index: index["cases"][0]["events"][0].update(kind="run"), "'run'"),
        (lambda index: index["arrays"].extend(index["arrays"][:1] * 10_000), "length <= 10000"),
        (lambda index: index["cases"].extend(index["cases"][:1] * 10_000), "length <= 10000"),
        (lambda index: index["arrays"][2].update(offset=2**62), "received one behind them"),
        (lambda index: index["arrays"][0].update(shape=[2**13, 2**13]), "together, received 67108868"),
        (lambda index: index["arrays"][0].update(shape=[2**12, 2**12]), "received one behind them"),
    ],
)
def test_an_index_of_another_form_is_refused(folder, change, words):
    with pytest.raises(BundleError) as caught:
        changed(folder, change)
    assert caught.value.file == INDEX
    assert words in str(caught.value)


def test_an_answer_beyond_float32_is_a_difference(folder):
    problems = changed(folder, lambda index: answer(index).update(numbers=[1e300, 2.0]))
    assert problems == ["golden 0: expected numbers of label within 0.001, received inf off"]


def test_a_field_that_stands_twice_in_an_index_is_refused(folder):
    text = (folder / INDEX).read_text().replace('"cases"', '"arrays": [], "cases"', 1)
    (folder / INDEX).write_text(text)
    with pytest.raises(BundleError, match="the field 'arrays' stands twice"):
        changed_text(folder)


def changed_text(folder):
    """Signs a changed index again and runs the self-test."""
    manifest = m.decode((folder / "manifest.json").read_bytes())
    goldens = msgspec.structs.replace(manifest.goldens, index=file_entry(folder, INDEX))
    write_manifest(folder, msgspec.structs.replace(manifest, goldens=goldens))
    return Chain.load(folder, warm_up=False).self_test()
