"""Policies of a bundle: their names, the settings they offer, and that a bundle decides as its policy said."""

import json

import numpy as np
import pytest

from keras_models import gates
from tests.tools import blobs
from tests.tools.blobs import BLOBS
from tools import console, policies, policy_names, runs

EVERY = [True, True, True]
COSTS = [1.0, 2.0, 6.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("controllers", ("controllers", "max_softmax", None)),
        ("static", ("static", "max_softmax", None)),
        ("entropy", ("shared", "entropy", None)),
        ("entropy:0.2", ("fixed", "entropy", 0.2)),
        ("patience:3", ("fixed", "patience", 3.0)),
        ("fitted", ("fitted", "max_softmax", None)),
        ("fitted:margin", ("fitted", "margin", None)),
        ("quantile", ("quantile", "max_softmax", None)),
    ],
)
def test_names_of_policies(text, expected):
    assert policy_names.check(text) == expected


@pytest.mark.parametrize("text", ["", "luck", "static:1", "fitted:", "fitted:luck", "controllers:0.1", "quantile:2"])
def test_other_names_are_refused(text):
    with pytest.raises(console.UserError, match=rf"expected a policy \(controllers, .*received {text!r}"):
        policy_names.check(text)


@pytest.mark.parametrize("word", ["", "x", "nan", "-1.1", "3"])
def test_other_thresholds_are_refused(word):
    with pytest.raises(console.UserError, match=rf"expected a threshold from -1 to 2 for margin, received {word!r}"):
        policy_names.check(f"margin:{word}")


def test_thresholds_that_are_allowed_are_those_of_the_program():
    class Network:
        def exit_costs(self):
            return np.ones(3)

        def program(self):
            return []

    assert set(policy_names.STATISTICS) == set(gates.STATISTICS)
    for statistic, (low, high) in policy_names.STATISTICS.items():
        threshold = gates.Gated(Network(), gates.Gate(statistic)).parameters()["threshold"]
        assert (threshold["minimum"], threshold["maximum"]) == (low, high)


class Answers:
    """A network of three exits, four images: surer at exit 1 from the first to the last, right on the first two."""

    correct = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1]])
    height = np.array([[4.0, 4, 4], [3, 4, 4], [2, 1, 4], [1, 4, 4]])

    def exit_costs(self):
        return np.array(COSTS)

    def look(self, text):
        inputs = {"logits": np.eye(2)[self.correct] * self.height[..., None], "labels": np.ones(4, int)}
        return policies.parse(text, self).look(inputs)


def settings(text, kept=EVERY):
    """(exits of the four images) of every setting that the policy offers."""
    look = Answers().look(text)
    return [tuple(look.exits(p, kept).tolist()) for p in look.candidates(kept, COSTS)]


def test_a_shared_threshold_is_swept_from_all_to_none():
    found = settings("max_softmax")
    assert found[0] == (0, 0, 0, 0) and found[-1] == (0, 1, 2, 1)
    assert (0, 0, 2, 1) in found and set(found) == set(settings("entropy"))


def test_a_fixed_threshold_is_the_one_setting():
    """Probabilities of logits of 4, 3, 2 and 1 against 0: .982, .953, .881, .731."""
    assert settings("max_softmax:0.9") == [(0, 0, 2, 1)]
    look = Answers().look("max_softmax:0.9")
    assert look.policy.fixed and look.candidates(EVERY, COSTS) == [{"threshold": 0.9}]


def test_fitted_thresholds_send_each_image_where_it_is_right():
    found = settings("fitted")
    assert (0, 0, 2, 1) in found, "exit 1 for those that are right there, exit 2 for the last, the end for the third"
    assert set(Answers().look("fitted").policy.whole()) == {"threshold_1", "threshold_2"}


def test_closed_exits_are_never_taken():
    for text in ("max_softmax", "entropy:0.9", "fitted", "quantile"):
        assert {exit_ for exits in settings(text, [False, True, True]) for exit_ in exits} <= {1, 2}


def test_quantiles_cover_early_and_late():
    found = settings("quantile")
    assert (0, 0, 0, 2) in found and (2, 2, 2, 2) in found


def test_nobody_leaves_a_static_network_or_at_whole():
    assert settings("static") == []
    for text in ("static", "max_softmax", "entropy", "margin", "patience", "random", "fitted", "quantile"):
        look = Answers().look(text)
        assert (look.exits(look.policy.whole(), EVERY) == 2).all(), text


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
    names = [step["name"] for step in manifest["program"] if step["op"] in ("exit", "answer")]
    kept = np.array([f"exit_{i}" in names for i in range(1, 5)])
    images, labels, _ = BLOBS.load(runs.HELD_OUT_SPLIT)
    policy = policies.parse(text, network)
    look = policy.look(network.decision_inputs(BLOBS.normalise(images)) | {"labels": labels})
    assert chain.self_test() == [] and "controller" not in json.dumps(manifest["parts"])
    for point in manifest["operating_points"]:
        expected = look.exits(policy.whole() | point["parameters"], kept)
        results = [chain.run(image, operating_point=point["name"]) for image in images]
        assert [int(r.exit.removeprefix("exit_")) - 1 for r in results] == list(expected), point["name"]
    points = [point["name"] for point in manifest["operating_points"]]
    assert ("fixed" in points) == (":" in text and not text.startswith("fitted"))
    assert points[-1] == "full" and (names == ["exit_4"]) >= (text == "static")


def test_an_unknown_policy_leaves_nothing(run, tmp_path, capsys):
    assert blobs.convert(run, "--out", tmp_path / "b", "--policy", "luck") == 2
    assert "expected a policy (controllers, max_softmax" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
