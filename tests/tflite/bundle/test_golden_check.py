"""Goldens that no run of their bundle can give are refused when it is loaded; the JVM reads the same table."""

import json
import shutil

import msgspec
import pytest

from tests.goldens.make import HERE
from tests.goldens.tables import table
from tests.tflite.bundle.test_refusals import with_change
from tflite.bundle import Bundle, file_entry, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.golden_check import check_golden_files
from tflite.bundle.golden_index import INDEX
from tflite.errors import BundleError

BUNDLES = HERE / "bundles"


@pytest.mark.parametrize("case", table("goldens"), ids=lambda case: f"{case['place']} = {case.get('json', 'gone')}")
def test_one_change_of_an_index_is_refused_with_its_field(case):
    folder = BUNDLES / case["bundle"]
    manifest = m.decode((folder / "manifest.json").read_bytes())
    index = with_change(json.loads((folder / INDEX).read_text()), case)
    with pytest.raises(BundleError) as caught:
        check_golden_files(manifest, lambda file: index.encode())
    assert (caught.value.file, caught.value.field) == (INDEX, case.get("field", case["place"]))
    assert caught.value.problem == case["problem"]


def test_a_label_that_no_output_has_refuses_the_bundle_although_every_digest_is_right(tmp_path):
    folder = shutil.copytree(BUNDLES / "convolutions", tmp_path / "bundle")
    index = json.loads((folder / INDEX).read_text())
    index["cases"][0]["outputs"]["label"]["label"] = 99
    (folder / INDEX).write_text(json.dumps(index))
    manifest = Bundle.load(BUNDLES / "convolutions").manifest
    signed = msgspec.structs.replace(manifest.goldens, index=file_entry(folder, INDEX))
    signed = msgspec.structs.replace(manifest, goldens=signed)
    said = "golden/index.json: cases[0].outputs.label.label: expected a label below 3, received 99"
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match=said.replace("[", r"\[")):
        write_manifest(folder, signed)
    assert (folder / "manifest.json").read_bytes() == before
    (folder / "manifest.json").write_bytes(m.encode(signed))
    with pytest.raises(BundleError) as caught:
        Bundle.load(folder)
    assert str(caught.value) == said and caught.value.bundle == str(folder)


def test_names_that_nobody_knows_cost_no_sentence_each():
    """Half a million of them are looked up in a moment: only the first that is unknown is put into words."""
    folder = BUNDLES / "stages"
    manifest = m.decode((folder / "manifest.json").read_bytes())
    index = json.loads((folder / INDEX).read_text())
    index["cases"][0]["path"] = ["stage_0"] * 500_000 + ["x"]
    with pytest.raises(BundleError, match="path.500000.: expected one of"):
        check_golden_files(manifest, lambda file: json.dumps(index).encode())
