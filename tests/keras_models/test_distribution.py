"""Strategies: who writes, who reads, and what a TF_CONFIG may be."""

import json
from types import SimpleNamespace

import pytest

from keras_models import distribution

BOTH = {"worker": ["a:1", "b:2"]}


def cluster(tasks, kind="worker", index=0):
    return json.dumps({"cluster": tasks, "task": {"type": kind, "index": index}})


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "worker",
        "null",
        "[]",
        "{}",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": 0}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker"}}',
        cluster(["a:1"]),
        cluster({"worker": []}),
        cluster({"worker": "a:1"}),
        cluster({"worker": ["a"]}),
        cluster({"worker": [1]}),
        cluster(BOTH, index=2),
        cluster(BOTH, index=-1),
        cluster(BOTH, index="first"),
        cluster(BOTH, index=None),
        cluster(BOTH, "chief"),
        cluster(BOTH, ["worker"]),
        cluster(BOTH | {"ps": ["c:3"]}),
        cluster(BOTH | {"ps": ["c:3"]}, "ps"),
        cluster(BOTH | {"chief": ["c:3", "d:4"]}),
    ],
)
def test_a_malformed_cluster_is_one_sentence(text):
    with pytest.raises(ValueError) as caught:
        distribution.check_cluster(text)
    said = str(caught.value)
    assert said.startswith("expected TF_CONFIG such as ") and said.endswith(f"received {text!r}") and "\n" not in said


@pytest.mark.parametrize(
    "text",
    [
        cluster(BOTH),
        cluster(BOTH, index=1),
        cluster(BOTH, index="1"),
        cluster({"worker": ["[::1]:80"]}),
        cluster(BOTH | {"chief": ["c:3"]}, "chief"),
        cluster({"chief": ["c:3"]}, "chief"),
    ],
)
def test_a_cluster_that_tensorflow_takes_is_accepted(text):
    distribution.check_cluster(text)


def test_without_a_strategy_this_process_is_the_chief_of_itself():
    assert distribution.make(None) is None and distribution.is_chief(None)
    distribution.wait(None)
    with distribution.scope(None):
        assert distribution.chief_first(None, lambda: 7) == 7


def test_several_workers_need_a_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="received None"):
        distribution.make("multi_worker")


@pytest.mark.parametrize(
    ("jobs", "kind", "index", "chief"),
    [
        (["worker"], "worker", 0, True),
        (["worker"], "worker", 1, False),
        (["chief", "worker"], "worker", 0, False),
        (["chief", "worker"], "chief", 0, True),
        ([], "", None, True),
    ],
)
def test_one_worker_is_the_chief(jobs, kind, index, chief):
    resolver = SimpleNamespace(task_type=kind, task_id=index, cluster_spec=lambda: SimpleNamespace(jobs=jobs))
    assert distribution.is_chief(SimpleNamespace(cluster_resolver=resolver)) == chief


def test_the_chief_writes_before_the_others_read(monkeypatch):
    done = []
    monkeypatch.setattr(distribution, "wait", lambda strategy: done.append("wait"))
    for chief in (True, False):
        monkeypatch.setattr(distribution, "is_chief", lambda strategy, chief=chief: chief)
        assert distribution.chief_first("any", lambda: done.append("read")) is None
    assert done == ["read", "wait", "wait", "read"]


def test_the_replicas_share_a_loss(monkeypatch):
    """Their gradients are added up: of two, each has half of its mean."""
    import tensorflow as tf

    from keras_models.losses import batch_mean

    assert float(batch_mean(tf.constant([1.0, 3.0]))) == 2.0
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: SimpleNamespace(num_replicas_in_sync=2))
    assert float(batch_mean(tf.constant([1.0, 3.0]))) == 1.0
