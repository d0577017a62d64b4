"""Summaries of labelled runs, on results that are written down here: no part is run."""

from types import SimpleNamespace

import numpy as np
import pytest

from tflite.errors import ChainError
from tflite.runtime.budget import Budget
from tflite.runtime.evaluation import evaluate, tidy


def result(label, exit="early", path=("a",), macs=10, elapsed_ms=1.0, reason="rule"):
    return SimpleNamespace(
        label=label, exit=exit, reason=reason, path=path, macs=macs, costs={"macs": float(macs), "energy_uj": macs / 4},
        elapsed_ms=elapsed_ms, operating_point="given", probabilities=np.array([0.5, 0.5]),
    )  # fmt: skip


class Chain:
    """Answers with the images that it is given, which are results, and notes how it was asked."""

    def __init__(self):
        self.asked = []

    def run(self, image, *how):
        self.asked.append(how)
        return image


EARLY, LATE = result(1), result(0, "last", ("a", "b"), 30, 5.0, "final")


def test_one_sample():
    evaluation = evaluate(Chain(), [(EARLY, 1)])
    total = evaluation.total
    assert (total.samples, evaluation.accuracy, total.macs) == (1, 1.0, 10.0)
    assert total.exits == total.exit_accuracy == {"early": 1.0}
    assert total.latency_ms == {"mean": 1.0, "p50": 1.0, "p90": 1.0, "p99": 1.0}
    assert (evaluation.groups, evaluation.operating_point) == ({}, "given")


def test_fractions_are_of_the_images_and_accuracies_of_those_who_left_there():
    total = evaluate(Chain(), [(EARLY, 1), (EARLY, 0), (EARLY, 1), (LATE, 1)]).total
    assert total.accuracy == 0.5
    assert total.exits == {"early": 0.75, "last": 0.25}
    assert total.exit_accuracy == {"early": pytest.approx(2 / 3), "last": 0.0}
    assert total.reasons == {"rule": 0.75, "final": 0.25}
    assert total.paths == {"a": 0.75, "a > b": 0.25}
    assert (total.macs, total.costs) == (15.0, {"macs": 15.0, "energy_uj": 3.75})
    assert total.latency_ms["mean"] == 2.0 and total.latency_ms["p50"] == 1.0


def test_exits_are_in_the_order_of_first_use():
    assert list(evaluate(Chain(), [(LATE, 0), (EARLY, 1), (LATE, 0)]).total.exits) == ["last", "early"]


def test_groups_are_named_by_texts_and_sorted_by_them():
    samples = [(LATE, 1, 9), (EARLY, 1, 10), (EARLY, 1, 10), (EARLY, 1)]
    evaluation = evaluate(Chain(), iter(samples))
    assert list(evaluation.groups) == ["10", "9"]
    assert {name: (group.samples, group.accuracy) for name, group in evaluation.groups.items()} == {
        "10": (2, 1.0),
        "9": (1, 0.0),
    }
    assert evaluation.total.samples == 4, "a sample without a group counts in the total"


def test_labels_may_be_numbers_of_numpy():
    evaluation = evaluate(Chain(), [(EARLY, np.int64(1)), (EARLY, np.uint8(1)), (EARLY, np.array(0))])
    assert evaluation.accuracy == pytest.approx(2 / 3)


def test_every_run_is_asked_for_alike():
    chain, budget = Chain(), Budget(macs=5)
    evaluate(chain, [(EARLY, 1), (LATE, 0)], "fast", budget, {"k": 1})
    assert chain.asked == [(budget, "fast", {"k": 1})] * 2


def test_no_sample_is_refused():
    with pytest.raises(ChainError) as caught:
        evaluate(Chain(), iter([]))
    assert str(caught.value) == "samples: expected at least one (image, label), received none"


def test_a_dict_of_it_is_plain():
    made = evaluate(Chain(), [(EARLY, 1, "g")]).to_dict()
    assert made["groups"]["g"] == made["total"]
    assert made["total"]["costs"] == {"macs": 10.0, "energy_uj": 2.5}


def test_an_answer_that_nobody_took_is_listed_with_zero():
    summary = {"exits": {"b": 1.0}, "paths": {}, "accuracy": 1.0}
    tidied = tidy({"operating_point": "p", "total": summary, "groups": {}}, ["a", "b"])
    assert tidied == {"name": "p", "accuracy": 1.0, "exits": {"a": 0.0, "b": 1.0}}


def test_groups_come_in_the_order_of_the_task():
    summary = {"exits": {}, "paths": {}}
    groups = {"easy": summary, "hard": summary, "medium": summary}
    tidied = tidy({"operating_point": "p", "total": summary, "groups": groups}, [], ("easy", "medium", "hard"))
    assert list(tidied["groups"]) == ["easy", "medium", "hard"]


def test_kinds_that_the_task_does_not_name_come_as_they_are():
    summary = {"exits": {}, "paths": {}}
    found = {"operating_point": "p", "total": summary, "groups": {"b": summary, "a": summary}}
    assert list(tidy(found, [])["groups"]) == ["b", "a"]
    assert list(tidy(found, [], ("a", "b", "never seen"))["groups"]) == ["a", "b"]
    assert "groups" not in tidy(found | {"groups": {}}, [], ("a",))


def test_every_result_is_handed_over_as_it_comes():
    seen = []
    evaluate(Chain(), [(EARLY, 1), (LATE, 1)], each=seen.append)
    assert seen == [EARLY, LATE]
