"""tools/furnish.py, and what static_network.py --smaller makes of it, on a small bundle of two answers."""

import shutil

import msgspec
import numpy as np
import pytest

import tflite
from tests.tools.calling import call
from tflite.bundle import queries, write_manifest
from tflite.bundle.samples import read_samples
from tools import furnish, static_network
from tools.reporting import furnishing


@pytest.fixture
def folder(bundle_folder, tmp_path):
    return shutil.copytree(bundle_folder, tmp_path / "bundle")


def test_samples_networks_and_memory_stand_beside_it(folder, pixels, capsys):
    before = tflite.Bundle.load(folder).manifest
    assert call(static_network, [str(folder), "--smaller", "--out", str(folder) + "_a"]) == 2
    assert "expected a bundle that tools/furnish.py has furnished" in capsys.readouterr().err
    assert call(furnish, [str(folder), "--split", "test", "--samples", "20"]) == 0
    furnished = tflite.Bundle.load(folder)
    images, labels, _ = pixels.load("test")
    shown, of = read_samples(furnished)
    places = [int(np.flatnonzero((images == picture).all(axis=(1, 2, 3)))[0]) for picture in shown]
    assert len(shown) == 20 and labels[places].tolist() == of.tolist()
    compared = furnished.manifest.provenance["static_networks"]
    chain = tflite.Chain(furnished)
    for point in furnished.manifest.operating_points:
        said = [chain.run(image, operating_point=point.name).label for image in images]
        assert compared["points"][point.name] == pytest.approx(np.mean(np.array(said) == labels))
    *cuts, whole = compared["networks"]
    assert whole["name"] == "the whole network" and whole["macs"] == 12
    assert cuts and all(row["name"].startswith("the network up to ") and row["macs"] < 12 for row in cuts)
    held = furnished.manifest.provenance["memory_kib"]
    assert min(held["all_parts"], held["one_file"], held["static"], held["reached"]["kib"]) > 0
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.count("## Static networks on the same images") == card.count("## Memory") == 1
    assert furnished.manifest.operating_points == before.operating_points
    assert furnished.manifest.programs == before.programs
    assert furnishing.as_accurate(compared["networks"], compared["points"]["exact"]) == whole
    assert call(static_network, [str(folder), "--smaller", "--out", str(folder) + "_b"]) == 2
    assert "expected an exit as accurate as exact" in capsys.readouterr().err


def test_the_smaller_network_is_the_first_exit_as_accurate(folder):
    manifest = tflite.Bundle.load(folder).manifest
    exit_name = queries.answers(manifest.programs["main"])[0]
    networks = [
        {"name": f"the network up to {exit_name}", "accuracy": 0.6, "macs": 8.0},
        {"name": "the whole network", "accuracy": 0.9, "macs": 12.0},
    ]
    compared = {"images": 9, "points": {manifest.default_operating_point: 0.6}, "networks": networks}
    provenance = manifest.provenance | {"static_networks": compared}
    write_manifest(folder, msgspec.structs.replace(manifest, provenance=provenance))
    assert call(static_network, [str(folder), "--smaller", "--split", "test"]) == 0
    made = tflite.Bundle.load(str(folder) + "_smaller")
    assert made.manifest.name == "learned_smaller" and "static_networks" not in made.manifest.provenance
    assert made.manifest.operating_points[0].costs["macs"] < 12
    assert f"The parts up to {exit_name} of" in (made.path / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_no_samples_are_refused(folder, capsys):
    assert call(furnish, [str(folder), "--samples", "0"]) == 2
    assert "expected --samples of at least 1, received 0" in capsys.readouterr().err
