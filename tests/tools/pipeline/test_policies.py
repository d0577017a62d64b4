"""A bundle decides as its policy said."""

import json

import numpy as np
import pytest

from keras_models.policies import choice
from tests.tools import blobs
from tests.tools.blobs import BLOBS
from tools.pipeline import policy_evaluation, runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered():
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


POLICIES = ["static", "max_softmax", "entropy:1.2", "margin", "patience:1", "random", "fitted:entropy", "quantile"]


@pytest.mark.parametrize("text", POLICIES)
def test_a_bundle_decides_as_its_policy_says(run, tmp_path, text):
    """Exits of the float chain, image by image, against those of the batch, at every operating point."""
    from tflite.runtime.chain import Chain

    assert blobs.convert(run, "--out", tmp_path / "b", "--quantize", "float32", "--exits", "all", "--policy", text) == 0
    chain, network = Chain.load(tmp_path / "b"), runs.load_model(runs.read(run))
    manifest = json.loads((tmp_path / "b/manifest.json").read_text())
    names = [step["name"] for step in manifest["programs"]["main"] if step["op"] in ("exit", "answer")]
    images, labels, _ = BLOBS.load(runs.HELD_OUT_SPLIT)
    policy = choice.parse(text, network)
    ends = policy.chain.exit_names
    kept = np.isin(ends, names)
    values = {"image": BLOBS.normalise(images), "labels": labels}
    sweep = policy_evaluation.sweep_of(policy.chain, values)
    assert chain.self_test() == [] and "controller" not in json.dumps(manifest["parts"])
    for point in manifest["operating_points"]:
        (expected,) = sweep.measure([policy.chain.full_depth() | point["parameters"]], kept)
        results = [chain.run(image, operating_point=point["name"]) for image in images]
        assert [r.exit for r in results] == [ends[way] for way in expected.way], point["name"]
    points = [point["name"] for point in manifest["operating_points"]]
    assert ("fixed" in points) == (":" in text and not text.startswith("fitted"))
    assert points[-1] == "full" and (names == ["exit_4"]) >= (text == "static")


def test_an_unknown_policy_leaves_nothing(run, tmp_path, capsys):
    assert blobs.convert(run, "--out", tmp_path / "b", "--policy", "luck") == 2
    assert "expected a policy (own, max_softmax" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
