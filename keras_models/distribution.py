"""Training on several devices of a machine, or on several machines: TensorFlow's strategies, as its users know them.

`mirrored` is tf.distribute.MirroredStrategy over the devices of this machine. `multi_worker` is
tf.distribute.MultiWorkerMirroredStrategy: every worker is started with the same command and its own TF_CONFIG, over a
run folder that all of them see. The batch size is that of all devices together. The chief writes; all read what it
wrote.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
from collections.abc import Callable, Mapping

STRATEGIES = ("mirrored", "multi_worker")
HELP = (
    "train on all devices of this machine (mirrored), or on several machines (multi_worker: start the same command on "
    "each, with TF_CONFIG and one folder for all); the batch size is that of all devices together"
)


def make(name: str | None):
    """The strategy of that name (`STRATEGIES`); None for None. Made once, before anything else of TensorFlow.

    Raises:
        ValueError: multi_worker without a TF_CONFIG that names a cluster and this task.
    """
    if name is None:
        return None
    if name == "multi_worker":
        check_cluster(os.environ.get("TF_CONFIG"))
    import tensorflow as tf

    if name == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    devices = [device.name for device in tf.config.list_logical_devices("GPU")]
    return tf.distribute.MirroredStrategy(devices or [d.name for d in tf.config.list_logical_devices("CPU")])


def check_cluster(text: str | None) -> None:
    """Fail fast on a TF_CONFIG that is none: raises ValueError."""
    form = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = json.loads(text or "")
        cluster, task = config["cluster"], config["task"]
        index, addresses = str(task["index"]), cluster[task["type"]]
        known = _is_cluster(cluster) and index.isdecimal() and int(index) < len(addresses)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ValueError(f"expected TF_CONFIG such as {form} for --strategy multi_worker, received {text!r}")


def _is_cluster(cluster) -> bool:
    """Whether it is jobs with the addresses of their tasks: workers, and perhaps a chief."""
    if not isinstance(cluster, Mapping) or not set(cluster) <= {"chief", "worker"}:
        return False
    return len(cluster.get("chief", "1")) == 1 and all(
        isinstance(addresses, list) and all(re.fullmatch(r"\S+:\d+", str(address)) for address in addresses)
        for addresses in cluster.values()
    )


def scope(strategy) -> contextlib.AbstractContextManager:
    """Inside it networks are built, compiled and read for a strategy; nothing without one."""
    return contextlib.nullcontext() if strategy is None else strategy.scope()


def is_chief(strategy) -> bool:
    """Whether this process writes: the first worker, or the only process."""
    resolver = getattr(strategy, "cluster_resolver", None)
    if resolver is None or not resolver.task_type:
        return True
    has_chief = "chief" in resolver.cluster_spec().jobs
    return resolver.task_type == "chief" or (not has_chief and resolver.task_id == 0)


def wait(strategy) -> None:
    """Wait until all workers have come here: one that ends early looks to the others as if it had crashed."""
    if strategy is not None:
        _meeting(strategy)()


@functools.cache
def _meeting(strategy):
    """A sum over all workers, which none has before all have come; traced once."""
    import tensorflow as tf

    def count():
        return strategy.reduce("SUM", strategy.run(lambda: tf.constant(1)), axis=None)

    return tf.function(count, autograph=False)


def chief_first(strategy, read: Callable):
    """What `read` gives, which keeps its result in a file: when the chief has written that, the others read it."""
    chief = is_chief(strategy)
    found = read() if chief else None
    wait(strategy)
    return found if chief else read()


def make_ready(model, batch, strategy) -> None:
    """Let a compiled model be fitted under a strategy, around two faults of Keras 3 with several workers.

    It builds metrics and losses from the first batch as the replicas see it, and fails where a replica's part is no
    plain tensor: it is given a plain batch instead. And it asks for the mean of metrics over an axis that scalars do
    not have (tensorflow/tensorflow#72388): they are averaged over the replicas alone.

    Args:
        model: compiled in the strategy's scope.
        batch: (inputs, labels) of a few samples.
        strategy: or None, which changes nothing.
    """
    if strategy is None:
        return
    from keras.src.backend.tensorflow import trainer

    def build(iterator=None, data_batch=None):
        with scope(strategy):
            model._symbolic_build(data_batch=batch)

    model._maybe_symbolic_build = build
    if not hasattr(trainer.reduce_per_replica, "averages_scalars"):
        trainer.reduce_per_replica = _averaging(trainer.reduce_per_replica)


def _averaging(reduce):
    """Keras' reduction of what replicas return, scalars averaged over them."""
    import tensorflow as tf

    def average(values, strategy, reduction):
        if reduction != "auto":
            return reduce(values, strategy, reduction)
        return tf.nest.map_structure(lambda value: strategy.reduce("MEAN", value, axis=None), values)

    average.averages_scalars = True
    return average
