"""Samples of a bundle: which pictures are chosen, how they are written and read, and what is refused."""

import json

import msgspec
import numpy as np
import pytest

from tests.goldens import make as golden
from tests.tflite.bundles import two_exits
from tflite.bundle import Bundle, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.check import check_manifest
from tflite.bundle.samples import read_samples, spread, write_samples
from tflite.errors import BundleError


def test_every_nth_in_the_order_of_costs_by_hand():
    # In order 3, 0, 4, 1, 5, 2 (equal costs by label); of six two are taken: the places 1.5 and 4.5, hence 0 and 5.
    costs, labels = np.array([[1.0], [2], [3], [1], [2], [2]]), np.array([1, 1, 0, 0, 0, 2])
    assert spread(costs, labels, 2).tolist() == [0, 5]
    assert spread(costs, labels, 9).tolist() == [0, 1, 2, 3, 4, 5]


def test_mean_costs_of_all_points_are_kept():
    rng = np.random.default_rng(4)
    stops = rng.choice(3, 2000, p=[0.7, 0.25, 0.05])
    later = np.minimum(2, stops + (rng.random(2000) < 0.4))
    costs = np.array([1.0, 4.0, 9.0])[np.stack([stops, later], axis=1)]
    rows = spread(costs, rng.integers(0, 10, 2000), 128)
    assert len(set(rows.tolist())) == 128
    assert costs[rows].mean(axis=0) == pytest.approx(costs.mean(axis=0), rel=0.03)


def test_what_is_written_is_read(tmp_path):
    folder = two_exits(tmp_path)
    bundle = Bundle.load(folder)
    assert read_samples(bundle) is None
    images = np.arange(6, dtype=np.uint8).reshape(3, 1, 2, 1)
    samples = write_samples(folder, images, np.array([1, 0, 1]))
    write_manifest(folder, msgspec.structs.replace(bundle.manifest, samples=samples))
    read, labels = read_samples(Bundle.load(folder))
    assert np.array_equal(read, images) and labels.tolist() == [1, 0, 1]
    (folder / "samples/images.bin").write_bytes(bytes(6))
    with pytest.raises(BundleError, match="samples/images.bin.*the file was changed"):
        Bundle.load(folder)


def test_a_golden_bundle_has_some():
    pictures, labels = read_samples(Bundle.load(golden.HERE / "bundles/convolutions"))
    assert pictures.shape == (6, 12, 12, 1) and labels.tolist() == [0, 1, 2, 0, 1, 2]


FILE = {"file": "samples/images.bin", "sha256": "0" * 64}


@pytest.mark.parametrize(
    "samples, field, words",
    [
        ({"images": {**FILE, "bytes": 5}, "labels": [0, 1]}, "samples.images.bytes", "of 2 pictures of [1, 2, 1], rec"),
        ({"images": {**FILE, "bytes": 4}, "labels": [0, 2]}, "samples.labels[1]", "from 0 to 1, received 2"),
        ({"images": {**FILE, "bytes": 4}, "labels": []}, "samples.labels", "length >= 1"),
        ({"images": {**FILE, "bytes": 4, "file": "../x"}, "labels": [0, 1]}, "samples.images.file", "relative path"),
        (None, "samples", "received `null`"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, samples, field, words):
    data = json.loads((two_exits(tmp_path) / "manifest.json").read_text()) | {"samples": samples}
    with pytest.raises(BundleError) as caught:
        check_manifest(m.decode(json.dumps(data)))
    assert caught.value.field == field and words in str(caught.value)


def test_a_program_of_no_picture_has_none(tmp_path):
    data = json.loads((golden.HERE / "bundles/several/manifest.json").read_text())
    data["samples"] = {"images": {**FILE, "bytes": 2}, "labels": [0]}
    with pytest.raises(BundleError, match="samples: expected a program that reads one picture and nothing else"):
        check_manifest(m.decode(json.dumps(data)))
