"""Manifests that are refused, each with its field named: one change of a golden bundle's manifest each.

The table is read by the tests of the Java runtime too: both name the same field in the same words.
"""

import json
import re

import pytest

from tests.goldens.make import HERE
from tests.goldens.tables import table
from tflite.bundle import manifest as m
from tflite.bundle.check import check_manifest
from tflite.errors import BundleError

CHANGED = "the text that stands for the change"


def with_change(root, case):
    """The text of a file with the change of a case; JSON that Python would not write is put in as text."""
    *path, last = (int(key) if key.isdigit() else key for key in re.sub(r"\[(\d+)\]", r".\1", case["place"]).split("."))
    node = root
    for key in path:
        node = node[key]
    if "json" in case:
        node[last] = CHANGED
    else:
        del node[last]
    return json.dumps(root).replace(json.dumps(CHANGED), case.get("json", ""))


@pytest.mark.parametrize("case", table("refusals"), ids=lambda case: f"{case['place']} = {case.get('json', 'gone')}")
def test_one_change_is_refused_with_its_field(case):
    manifest = json.loads((HERE / "bundles" / case["bundle"] / "manifest.json").read_text())
    with pytest.raises(BundleError) as caught:
        check_manifest(m.decode(with_change(manifest, case).encode()))
    assert (caught.value.file, caught.value.field) == ("manifest.json", case.get("field", case["place"]))
    assert caught.value.problem == case["problem"]


def test_every_kind_of_check_has_its_case():
    """Forms, files, images, parts, tensors, parameters, points and steps: each is refused for something."""
    fields = {case.get("field", case["place"]).split(".")[0].split("[")[0] for case in table("refusals")}
    sections = {"format", "version", "name", "inputs", "values", "outputs", "parts", "parameters", "programs"}
    assert fields >= sections | {"operating_points", "default_operating_point", "goldens", "provenance", ""}
