"""What studies share: settings within a budget, exits that are not trained, and costs, on the run of blobs."""

import json

import numpy as np
import pytest

from keras_models.functional import thresholds
from keras_models.policies import choice
from tests.tools import blobs
from tools.pipeline import runs
from tools.studies.study import Effort, Study, kept_file


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of a run whose first exit is not trained."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with blobs.registered():
        blobs.make_run(folder)
        (folder / "classifiers.keras").write_bytes((folder / "model.keras").read_bytes())
        config = json.loads((folder / "config.json").read_text())
        config["stages"]["classifiers"]["exit_weights"] = [0, 1, 1, 1]
        (folder / "config.json").write_text(json.dumps(config))
        yield Study(runs.read(folder), Effort(views=1))


def test_costs_are_in_average_convolutions(study):
    unit = study.network.price_unit()
    np.testing.assert_allclose(study.costs("own") * unit, study.network.exit_costs())
    whole = study.network.static_cost() / unit
    assert study.costs("static")[-1] == pytest.approx(whole) and study.costs("entropy")[-1] > whole
    assert study.costs("own") is not study.costs("own"), "a caller may change what it was given"


def test_within_a_budget_the_most_accurate_threshold_is_taken(study):
    """Against all thresholds of the fitting images, tried on the held-out ones; the first exit is never taken."""
    gate, costs = choice.parse("max_softmax", study.network).gate, study.costs("max_softmax")
    sure, right = study.confidence(gate, study.held_out), study.correct(study.held_out)
    budget, best = 0.8 * costs[-1], (-1.0, None)
    fitting = study.confidence(gate, study.fitting)
    for limit in thresholds.spread_thresholds(fitting[:, 1:], 60):
        exits = thresholds.first_exits(sure, limit)
        if costs[exits].mean() <= budget:
            best = max(best, (right[np.arange(len(exits)), exits].mean(), limit), key=lambda pair: pair[0])
    expected = thresholds.first_exits(study.confidence(gate, study.judged), best[1])
    found = study.within_budget("max_softmax", budget, study.held_out)
    np.testing.assert_array_equal(found, expected)
    assert found.min() == 1 and len(set(found)) > 1


def test_controllers_do_not_stop_at_an_exit_that_is_not_trained(study):
    stop = study.stop(study.network, 0.05, study.judged)
    assert (stop[:, 0] == 0).all() and (stop[:, 1:] > 0).all()
    found = study.within_budget("own", study.costs("own")[-1], study.held_out)
    assert found.min() >= 1


def test_nothing_is_within_too_small_a_budget(study):
    assert study.within_budget("own", 0.5 * study.costs("own")[0], study.held_out) is None


def test_policies_are_fitted_on_one_split_and_judged_on_another(study):
    counts = {name: len(getattr(study, name)["labels"]) for name in ("fitting", "held_out", "judged")}
    assert counts == {"fitting": 255, "held_out": 45, "judged": 1000}


def test_what_is_kept_is_known_by_its_settings_whatever_their_order(tmp_path):
    run = runs.Run(tmp_path, {})
    file = kept_file(run, {"kappa": 0.01, "seed": 0})
    assert file == kept_file(run, {"seed": 0, "kappa": 0.01}) and file.parent == tmp_path / "reproduce"
    others = [{"kappa": 0.01, "seed": 1}, {"kappa": None, "seed": 0}, {"kappa": 0.01}, ["kappa", 0.01, "seed", 0]]
    assert len({kept_file(run, asked) for asked in others} | {file}) == 5
    assert kept_file(run, {"kappa": 0.01, "seed": 0}, "decisions-").name == f"decisions-{file.name}"
    assert not file.exists() and file.parent.is_dir(), "the folder is there to write into"


def test_latencies_are_measured_once_for_the_same_weights(study, monkeypatch):
    """Every part takes as many microseconds as it has multiply-adds; a price is for an average one of the trunk's."""
    measured, macs = [], study.network.part_macs
    expected = study.network.exit_costs() / np.mean([macs[f"trunk_{i}"] for i in study.network.exit_numbers])

    def part_prices(network, task, cost):
        measured.append(cost)
        return dict(network.part_macs)

    monkeypatch.setattr("tools.studies.study.part_prices.part_prices", part_prices)
    fresh = [Study(study.run, Effort(views=1)) for _ in range(2)]
    for one in fresh:
        np.testing.assert_allclose(one.latency_prices, expected)
    assert measured == ["latency"], "the second one reads what is kept"
    other = fresh[0]
    del other.__dict__["latency_prices"]
    other.__dict__["digest"] = "of other weights"
    np.testing.assert_allclose(other.latency_prices, expected)
    assert measured == ["latency"] * 2
