"""The bundles of the APK: every right kernel passes their self-tests, and their samples cost what their cards say."""

import re
from pathlib import Path

import numpy as np
import pytest

from tflite.bundle import Bundle
from tflite.bundle.samples import read_samples
from tflite.runtime.chain import Chain
from tflite.runtime.parts import KERNELS

DEMO = Path(__file__).parent.parent / "android_demo"
BUNDLES = sorted((DEMO / "app/src/main/assets/bundles").glob("*.zip"))
SAMPLED = [file for file in BUNDLES if read_samples(Bundle.load(file)) is not None]
ENOUGH = 100
NEAR = 0.03


def stem(file):
    return file.stem


@pytest.mark.parametrize("file", BUNDLES, ids=stem)
def test_all_kernels_pass_the_self_test(file):
    chain = Chain.load(file, warm_up=False)
    assert chain.bundle.manifest.goldens
    assert {kernels: chain.with_kernels(kernels).self_test() for kernels in KERNELS} == {each: [] for each in KERNELS}


@pytest.mark.parametrize("file", SAMPLED, ids=stem)
def test_samples_cost_on_average_what_each_point_says(file):
    chain = Chain.load(file, warm_up=False)
    images, _ = read_samples(chain.bundle)
    for point in chain.bundle.manifest.operating_points:
        mean = np.mean([chain.run(image, operating_point=point.name).macs for image in images])
        assert mean == pytest.approx(point.costs["macs"], rel=NEAR), point.name


def test_who_has_fewer_than_enough_samples_is_told():
    """One without any is asked about another one's, or is no chain."""
    counts = {file.stem: len(read_samples(Bundle.load(file))[1]) for file in SAMPLED}
    assert len(counts) >= 5
    told = re.search(r"`(\w+)` has (\d+) samples", (DEMO / "README.md").read_text())
    assert {name: count for name, count in counts.items() if count < ENOUGH} == {told[1]: int(told[2])}


def test_the_readme_says_which_chain_has_no_smaller_static_network():
    names = {file.stem for file in BUNDLES}
    bare = {name for name in names if name + "_static" in names and name + "_smaller" not in names}
    readme = (DEMO / "README.md").read_text()
    assert set(re.findall(r"`(\w+)` has no `_smaller`", readme)) == bare


def test_the_readme_quotes_the_memory_of_the_cards():
    said = re.findall(r"([\d.]+)(?: times the static network)? for\s`(\w+)`", (DEMO / "README.md").read_text())
    kept = {}
    for file in BUNDLES:
        kib = Bundle.load(file).manifest.provenance.get("memory_kib")
        if kib is not None:
            kept[file.stem] = f"{kib['all_parts'] / kib['static']:.2f}"
    assert {name: times for times, name in said if name in kept} == kept
