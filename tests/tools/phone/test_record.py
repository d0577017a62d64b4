"""Counts written into a bundle, and the images that weigh them; no laboratory is needed for that."""

import json
import shutil

import msgspec
import pytest

import tflite
from tests.goldens.families import HERE
from tflite.bundle.places import read_object
from tools.console import UserError
from tools.phone import record
from tools.phone.models import UNIT, with_counts


@pytest.fixture
def folder(bundle_folder, tmp_path):
    """The bundle with learned exits, to write into."""
    return shutil.copytree(bundle_folder, tmp_path / "learned")


def counted(*names):
    return [{"name": name, "instructions": 100.0 * number} for number, name in enumerate(names, 1)]


REPORT = {
    "library": "org.tensorflow:tensorflow-lite:2.16.1",
    "processor": "cortex-a76",
    "qemu": "7.2.22",
    "dataset": "pixels",
    "split": "test",
    "samples": 60,
    "parts": counted("stage_1", "stage_2", "stage_3"),
    "chains": counted("fast", "exact", "static network"),
}


def test_counts_become_costs_of_parts_and_points_and_the_report_lies_beside_them(folder):
    record.write(tflite.Bundle.load(folder), REPORT)
    bundle = tflite.Bundle.load(folder)
    costs = {name: part.costs for name, part in bundle.manifest.parts.items()}
    assert costs["stage_2"] == {"macs": 200.0, "arm64_instructions": 200.0}
    points = {point.name: point.costs["arm64_instructions"] for point in bundle.manifest.operating_points}
    assert points == {"fast": 100.0, "exact": 200.0}
    source = bundle.manifest.provenance["arm64_instructions"]
    assert (source["processor"], source["samples"], bundle.manifest.provenance["dataset"]) == (
        "cortex-a76",
        60,
        "pixels",
    )
    assert json.loads((folder / "phone_check.json").read_text()) == REPORT == read_object(bundle.path / record.FILE)


def test_only_a_folder_and_the_points_own_images_are_written(bundle, tmp_path):
    record.check_writable(bundle, False)
    with pytest.raises(UserError, match="expected --write without --dataset, .* received one of them"):
        record.check_writable(bundle, True)
    archive = shutil.make_archive(str(tmp_path / "learned"), "zip", bundle.path)
    with pytest.raises(UserError, match=f"expected a folder with --write, received {archive}"):
        record.check_writable(tflite.Bundle.load(archive), False)


def test_the_images_are_those_of_the_points_unless_others_are_named(bundle, pixels):
    named = msgspec.structs.replace(bundle.manifest, provenance={"dataset": "pixels", "held_out_split": "validation"})
    with pytest.raises(ValueError, match="expected the split test, received 'validation'"):
        record.load_images(named, None, None, None)
    assert len(record.load_images(named, None, "test", 7)) == 7
    assert len(record.load_images(bundle.manifest, None, None, None)) == 60
    nameless = msgspec.structs.replace(bundle.manifest, provenance={})
    assert record.load_images(nameless, None, None, None) is None
    assert len(record.load_images(nameless, "pixels", "test", None)) == 60
    for split, limit in (("test", None), (None, 5)):
        with pytest.raises(UserError, match="expected --dataset with --split and --limit"):
            record.load_images(nameless, None, split, limit)


def test_a_part_on_a_server_costs_a_phone_nothing():
    bundle = tflite.Bundle.load(HERE / "cinet")
    device = {name: 7.0 for name, part in bundle.manifest.parts.items() if part.file is not None}
    found = with_counts(bundle.manifest.parts, device)
    assert found["classifier"].costs[UNIT] == 0.0
    assert [found[name].costs[UNIT] for name in device] == [7.0, 7.0]
