"""The rows of table 4.2, on answers that can be checked by hand."""

import json

import numpy as np
import pytest

from tools.pipeline import observed, runs
from tools.studies import idk

COSTS = np.array([2.0e6, 10.0e6])


def split(confidences, right):
    """Answers of two classes, all of label 0; the first member's largest probabilities, who is right."""
    sure, right = np.array(confidences), np.array(right)
    logits = np.zeros((len(sure), 2, 2))
    logits[np.arange(len(sure)), 0, np.where(right[:, 0], 0, 1)] = np.log(sure / (1 - sure))
    logits[np.arange(len(sure)), 1, np.where(right[:, 1], 0, 1)] = 3.0
    return idk.Split(logits, np.zeros(len(sure), int))


@pytest.fixture
def tiny():
    """Four images; the first member is wrong where it is unsure, the last one never."""
    return split([0.99, 0.9, 0.8, 0.6], [[1, 1], [1, 1], [0, 1], [0, 1]])


def test_what_a_split_tells(tiny):
    np.testing.assert_allclose(tiny.largest, [0.99, 0.9, 0.8, 0.6])
    assert tiny.errors.tolist() == [[0, 0], [0, 0], [1, 0], [1, 0]]
    assert tiny.entropies[1] == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))


def test_rows_of_images_that_the_entropy_sorts(tiny):
    found = idk.rows(tiny, tiny, tiny, COSTS)
    assert len(found) == 4 * 3 + 4
    by_type = {row["type"]: row for row in found}
    # Half go on, to the accuracy of the last: 2 + 0.5 * 10 of 10.
    same = {"accuracy": 100.0, "idk": 50.0, "macs": 7.0e6, "relative": 0.7}
    for row in found[:12]:
        assert row | same == row
    assert [row["target"] for row in found[:12:3]] == [100.0, 99.9, 99.8, 99.65]
    assert by_type[idk.ORACLE] == {"type": idk.ORACLE, "target": None} | same
    assert by_type[idk.OBLIVIOUS] | same == by_type[idk.OBLIVIOUS]
    assert (by_type[idk.FAST]["accuracy"], by_type[idk.FAST]["relative"]) == (50.0, 0.2)
    assert (by_type[idk.ACCURATE]["accuracy"], by_type[idk.ACCURATE]["relative"]) == (100.0, 1.0)


def test_a_rule_is_chosen_on_held_out_images_and_judged_on_others(tiny):
    rules = idk.probability_rules(tiny)
    held_out = split([0.95, 0.7, 0.7], [[1, 1], [1, 1], [1, 1]])
    loose = idk.cheapest(rules, held_out, 0.0)  # the first member is right on all of them
    assert not loose(tiny).any()
    strict = idk.cheapest(rules, split([0.95, 0.85], [[1, 1], [0, 1]]), 0.0)
    assert strict(tiny).tolist() == [False, True, True, True]
    allowed = idk.cheapest(rules, split([0.95, 0.85], [[1, 1], [0, 1]]), 0.5)
    assert not allowed(tiny).any()
    hopeless = idk.cheapest(rules, split([0.9999], [[0, 1]]), 0.0)
    assert hopeless(tiny).all()


def test_a_network_learns_where_the_first_member_is_wrong():
    draws = np.random.default_rng(1)
    sure = draws.uniform(0.5, 1, 300)
    fitting = split(np.minimum(sure, 0.999), np.stack([sure > 0.75, np.ones(300, bool)], axis=1))
    far = split([0.55, 0.6, 0.95, 0.99], [[1, 1]] * 4)
    found = idk.network_decisions(fitting, far, epochs=10, widths=(16, 8))
    assert found.tolist() == [True, True, False, False]


def test_the_printed_table_is_consistent():
    """FLOPs = 1.7e7 + IDK * 3.7e7, relative to 3.7e7; the rates are printed to 0.1 %."""
    for name, _, _, rate, flops, relative in idk.PRINTED:
        assert 1.7e7 + rate / 100 * 3.7e7 == pytest.approx(flops, abs=2e4), name
        assert flops / 3.7e7 == pytest.approx(relative, abs=1e-3), name


def test_the_page_and_the_numbers_beside_it(tiny, tmp_path):
    found = idk.rows(tiny, tiny, tiny, COSTS)
    lines = idk.page(found, "Cascade of two")
    assert lines[0] == "# Cascade of two" and "| Prob+Grid | 99.65 | 100.00 | 50.0 | 7.00 M | 0.700 |" in lines
    assert "| Oracle |  | 100.00 | 50.0 | 7.00 M | 0.700 |" in lines
    assert "| Ent+Cost | 95.26 | 95.22 | 48.9 | 35.09 M | 0.949 |" in lines
    idk.write(runs.Run(tmp_path, {}), found)
    assert json.loads((tmp_path / "idk.json").read_text())["rows"] == found


def test_a_run_is_read_by_its_observed_values(tiny, tmp_path, monkeypatch):
    values = {"logits_1": tiny.logits[:, 0], "logits_2": tiny.logits[:, 1], "labels": tiny.labels}
    asked = []

    class Network:
        def exit_costs(self):
            return np.array([2.0e6, 12.0e6])

    def load(run, network, task, split):
        asked.append((task.name, split))
        return values

    monkeypatch.setattr(runs, "load_model", lambda run: Network())
    monkeypatch.setattr(observed, "load", load)
    run = runs.Run(tmp_path, {"family": "cascade", "task": "cifar10"})
    assert idk.table(run) == idk.rows(tiny, tiny, tiny, COSTS)
    assert asked == [("cifar10", name) for name in ("validation", "held_out", "test")]
    values["logits_3"] = values["logits_2"]
    with pytest.raises(ValueError, match="expected a cascade of two members"):
        idk.table(run)
