"""The rules of IDK cascades that a study compares, on answers that can be checked by hand."""

import numpy as np
import pytest

from keras_models.policies import deferral_rules as rules
from tests.keras_models.policies.deferral_answers import THREE, TINY, TRIPLE, split


def test_what_a_split_tells():
    np.testing.assert_allclose(TINY.largest[:, 0], [0.99, 0.9, 0.8, 0.6])
    assert TINY.errors.tolist() == [[0, 0], [0, 0], [1, 0], [1, 0]]
    assert TINY.entropies[1] == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))
    assert TINY.meets([[False], [False], [True], [False]], 0.25)
    assert not TINY.meets([[False], [False], [True], [False]], 0.2)


def test_a_rule_is_chosen_on_held_out_images_and_judged_on_others():
    def chosen(held_out, allowed):
        return rules.stagewise(rules.PROBABILITY, TINY, held_out, allowed)

    easy = split([[0.95], [0.7], [0.7]], [[1, 1]] * 3)
    assert not chosen(easy, 0.0)(TINY).any()
    hard = split([[0.95], [0.85]], [[1, 1], [0, 1]])
    assert chosen(hard, 0.0)(TINY)[:, 0].tolist() == [False, True, True, True]
    assert not chosen(hard, 0.5)(TINY).any()
    assert chosen(split([[0.9999]], [[0, 1]]), 0.0) is None


def test_thresholds_are_searched_member_by_member():
    """What the first may lose is lost there; then the second has nothing left to lose."""
    rule = rules.stagewise(rules.ENTROPY, TRIPLE, TRIPLE, 0.25)
    assert rule(TRIPLE).tolist() == [[False, False], [False, False], [False, False], [True, True]]


def test_the_cheapest_of_rules_by_mean_cost():
    late = np.array([[True, False], [True, False], [True, False], [True, True]])
    early = np.array([[False, False], [False, False], [True, True], [True, True]])
    found = rules.cheapest([lambda split: late, lambda split: early], TRIPLE, 0.0, THREE)
    assert found(TRIPLE) is late, "1 + 2 + 0.25 * 10 below 1 + 0.5 * 2 + 0.5 * 10"
    assert rules.cheapest([lambda split: ~early], TRIPLE, 0.0, THREE) is None


def test_networks_learn_where_each_member_is_wrong(monkeypatch):
    monkeypatch.setattr(rules, "WIDTHS", (16, 8))
    draws = np.random.default_rng(1)
    sure = draws.uniform(0.5, 0.999, (300, 2))
    fitting = split(sure, np.concatenate([sure > 0.75, np.ones((300, 1))], axis=1))
    labels = np.arange(300) % 2  # which class is answered does not tell whether it is right
    logits = np.where(labels[:, None, None], fitting.logits[..., ::-1], fitting.logits)
    fitting = rules.Split(logits, labels)
    far = split([[0.55, 0.99], [0.6, 0.6], [0.95, 0.55], [0.99, 0.95]], [[1, 1, 1]] * 4)
    found = rules.cost_oblivious_network(fitting, epochs=20)(far)
    assert found.tolist() == [[True, False], [True, True], [False, True], [False, False]]
