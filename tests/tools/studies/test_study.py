"""What studies share: settings within a budget, exits that are not trained, and costs, on the run of blobs."""

import json

import numpy as np
import pytest

from keras_models.functional import thresholds
from keras_models.policies import choice
from tests.tools import blobs
from tools.pipeline import policy_evaluation, runs
from tools.studies.study import Effort, Study


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
    whole = policy_evaluation.static_cost(study.network) / unit
    assert study.costs("static")[-1] == pytest.approx(whole) and study.costs("entropy")[-1] > whole
    assert study.costs("own") is not study.costs("own"), "a caller may change what it was given"


def test_within_a_budget_the_most_accurate_threshold_is_taken(study):
    """Against every threshold tried by hand on the held-out images; the first exit is never taken."""
    gate, costs = choice.parse("max_softmax", study.network).gate, study.costs("max_softmax")
    sure, right = study.confidence(gate, study.held_out), study.correct(study.held_out)
    budget, best = 0.8 * costs[-1], (-1.0, None)
    for limit in thresholds.spread_thresholds(sure[:, 1:], 60):
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
