"""Policies compared on a run: tools/evaluate.py --policy, and the observed values that are kept in the run folder."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from keras_models.functional import evaluation
from keras_models.policies import choice, controllers
from keras_models.policies.operating_points import FULL, Grid
from tests.tools import blobs
from tests.tools.blobs import BLOBS
from tests.tools.calling import call
from tools import evaluate
from tools.pipeline import observed, policy_evaluation, runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered():
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="module")
def rows(run, tmp_path_factory):
    """The rows by (policy, point), of most policies."""
    out = tmp_path_factory.mktemp("out") / "policies.json"
    names = "own,max_softmax:0.3,fitted,quantile,static"
    assert call(evaluate, [str(run), "--policy", names, "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert (report["dataset"], report["split"]) == ("blobs", "test")
    found = {(row["policy"], row["name"]): row for row in report["policies"]}
    return found | {name: report[name] for name in ("exits", "compared")}


def test_a_fixed_gate_and_the_static_network_by_another_way(run, rows):
    """Accuracy and cost straight from the network's logits on the 1,000 test pictures."""
    network = runs.load_model(runs.read(run))
    images, labels, _ = BLOBS.load("test")
    logits = controllers.answers(network.observe(BLOBS.normalise(images)))
    correct = evaluation.correct_answers(logits, labels)
    largest = np.exp(logits - logits.max(-1, keepdims=True))
    largest = (largest / largest.sum(-1, keepdims=True)).max(-1)
    exits = np.where(largest[:, 0] >= 0.3, 0, np.where(largest[:, 1] >= 0.3, 1, np.where(largest[:, 2] >= 0.3, 2, 3)))
    row = rows["max_softmax:0.3", "fixed"]
    assert row["accuracy"] == pytest.approx(evaluation.accuracy(correct, exits))
    assert list(row["exits"].values()) == pytest.approx(list(np.bincount(exits, minlength=4) / 1000))
    macs = {name: cost.macs for name, cost in network.part_costs.items() if "controller" not in name}
    spent = np.cumsum([sum(macs[f"{part}_{i}"] for part in ("trunk", "pool", "head")) for i in range(1, 5)])
    assert row["macs"] == pytest.approx(spent[exits].mean())
    static = rows["static", "full"]
    assert static["accuracy"] == pytest.approx(correct[:, -1].mean()) and static["share"] == 1.0
    heads = np.cumsum([0, *(macs[f"head_{i}"] for i in range(1, 4))])
    assert static["macs"] == spent[-1] - heads[-1], "a static network has one classifier"
    assert [row["macs"] for row in rows["exits"]] == list(spent - heads), "and so has one that is cut short"
    assert [row["accuracy"] for row in rows["exits"]] == pytest.approx(list(correct.mean(0)))


def test_every_policy_has_a_row_and_is_whole_only_where_it_has_no_other(rows):
    """Nothing is promised of a network that was not trained: the static one and most others have their full depth."""
    keys = [key for key in rows if key not in ("exits", "compared")]
    assert {policy for policy, _ in keys} >= {"max_softmax:0.3", "static"}
    assert ("static", "full") in keys and ("max_softmax:0.3", "full") not in keys
    whole = {policy for policy, name in keys if name == "full"}
    assert not whole & {policy for policy, name in keys if name != "full"}
    assert all(0 < rows[key]["share"] <= 1.1 and 0 <= rows[key]["accuracy"] <= 1 for key in keys)


def test_policies_are_compared_at_the_costs_of_the_first_image_by_image(run, rows):
    """The first one against itself differs by nothing; a fixed gate is judged here once more, from the logits."""
    assert rows["compared"] and {row["policy"] for row in rows["compared"]} >= {"own"}
    for row in rows["compared"]:
        if row["policy"] == "own":
            assert (row["more_accurate"], row["error"]) == (0.0, 0.0)
    record, split = runs.read(run), "test"
    network = runs.load_model(record)
    seen = policy_evaluation.Splits(record, network, BLOBS, split)
    gate, whole = (policy_evaluation.Entrant(choice.parse(text, network), seen) for text in ("margin:0.2", "margin"))
    points = {"a": SimpleNamespace(measured=gate.judged({"threshold": 0.2}))}
    points["a"].measured.costs[:] = 1e12
    first, other = policy_evaluation.compared([(gate, points), (whole, {})], None, "macs")
    one, two = gate.judged({"threshold": 0.2}), whole.within(1e12)
    assert first["accuracy"] == one.accuracy and other["accuracy"] == two.accuracy
    difference = two.right.astype(float) - one.right
    assert other["more_accurate"] == pytest.approx(difference.mean())
    assert other["error"] == pytest.approx(difference.std(ddof=1) / np.sqrt(1000))
    assert (
        policy_evaluation.compared(
            [(whole, {"b": SimpleNamespace(measured=SimpleNamespace(costs=[1.0]))})], None, "macs"
        )
        == []
    )


def test_a_policy_for_which_nothing_is_cheaper_shows_its_full_depth(run, monkeypatch):
    solve = Grid.solve
    monkeypatch.setattr(Grid, "solve", lambda self, kept: {FULL: solve(self, kept)[FULL]})
    (row,) = policy_evaluation.evaluate(runs.read(run), ["own"], "test")["policies"]
    assert row["name"] == FULL and row["share"] > 1, "the controllers are asked on the way"


def test_a_table_for_people(run, capsys):
    assert call(evaluate, [str(run), "--policy", "static,entropy:1.2", "--split", "validation"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("in float on blobs:validation, settings from held-out images")
    assert [line.split()[:2] for line in lines[2:4]] == [["static", "full"], ["entropy:1.2", "fixed"]]


def test_observed_values_are_kept_for_the_same_weights_only(run, monkeypatch):
    record, computed = runs.read(run), []
    network = runs.load_model(record)

    def compute(network, task, images, views, groups):
        computed.append(len(images))
        return {"logits_1": np.full((len(images) * views, 4), len(computed))}

    monkeypatch.setattr(observed, "compute", compute)
    first = observed.load(record, network, BLOBS, "train")
    again = observed.load(record, network, BLOBS, "train")
    assert computed == [60] and (again["logits_1"] == 1).all() and (first["labels"] == again["labels"]).all()
    monkeypatch.setattr(observed, "digest", lambda network, stages: "of other weights")
    assert (observed.load(record, network, BLOBS, "train")["logits_1"] == 2).all()
    assert not [file for file in (record.folder / "observed").iterdir() if file.name.startswith(".")]


def test_the_digest_is_of_what_is_observed_not_of_who_decides(run):
    record = runs.read(run)
    network = runs.load_model(record)
    stages = runs.stages_of(record, network)
    before = observed.digest(network, stages)
    network.controllers.last.bias.assign(network.controllers.last.bias + 1)
    assert observed.digest(network, stages) == before
    network.heads[0].weights[0].assign(network.heads[0].weights[0] + 1)
    assert observed.digest(network, stages) != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--policy", "own,luck"], "expected a policy (own, "),
        (["--policy", "entropy:x"], "expected a threshold from -1 to 100 for entropy, received 'x'"),
        (
            ["--policy", "static", "--limit", "5"],
            "expected --policy without --dataset, --limit, --operating-point and --set",
        ),
        (
            ["--policy", "static", "--set", "kappa=0.01"],
            "expected --policy without --dataset, --limit, --operating-point and --set",
        ),
        (["--policy", "static", "--split", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_one_sentence(run, capsys, arguments, message):
    assert call(evaluate, [str(run), *arguments]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert message in error[-1] and "Traceback" not in "".join(error)


def test_a_bundle_in_the_place_of_a_run_is_refused(bundle_folder, capsys):
    assert call(evaluate, [str(bundle_folder), "--policy", "static"]) == 2
    assert "is not a run: expected a folder with config.json" in capsys.readouterr().err
