"""What makes the units of a conversion smaller, or used to rounding, by training: pruning, clustering, QAT.

Each result is kept under RUN/compress/: an interrupted conversion goes on from its last epoch, and one with other exits
or another policy need not train again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial

import numpy as np

from tools import console
from tools.pipeline import runs

BATCH = 128
STATISTICS_SPLIT, STATISTICS_IMAGES = "train[:10%]", 512
RATES = {"prune": 3e-3, "cluster": 3e-4, "qat": 3e-4}  # Adam's at the start


def shrink(work, floats: dict[str, bytes], kept_float: set[str]) -> dict[str, bytes]:
    """The float units pruned and clustered, as the options ask."""
    from tflite.conversion import finetune

    options, units = work.options, floats
    if options.prune:
        told = {"prune": options.prune, "epochs": options.prune_epochs}
        units = _train(work, units, kept_float, told, partial(finetune.prune, sparsity=options.prune))
    if options.cluster:
        told = {"cluster": options.cluster, "sparse": bool(options.prune), "epochs": options.cluster_epochs}
        wanted = partial(finetune.cluster, clusters=options.cluster, sparse=bool(options.prune))
        units = _train(work, units, kept_float, told, wanted)
    return units


def quantization_aware(work, floats: dict[str, bytes], kept_float: set[str], ranges, image_range) -> dict[str, bytes]:
    """The float units trained through the rounding of int8 in these ranges; zeros that pruning made stay."""
    from tflite.conversion import finetune

    sparse = bool(work.options.prune)
    told = {"qat": [image_range, ranges], "sparse": sparse, "epochs": work.options.qat}
    wanted = partial(finetune.quantize_aware, ranges=ranges, image_range=image_range, sparse=sparse)
    return _train(work, floats, kept_float, told, wanted)


def _train(work, units: dict[str, bytes], kept_float: set[str], told: dict, wanted: Callable) -> dict[str, bytes]:
    """What `wanted(chain, config)` makes of the units, or what it made of the same units with the same settings."""
    import tf_keras

    from keras_models import seeding
    from tflite.conversion import finetune, passes

    kind, options, task = next(iter(told)), work.options, work.task
    content = hashlib.sha256(b"".join(units[name] for name in sorted(units))).hexdigest()
    told = told | {"seed": options.seed, "batch": BATCH, "rate": RATES[kind], "units": content}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    file = work.run.folder / "compress" / f"{kind}-{digest[:16]}.npz"
    if file.exists():
        console.say(f"{kind}: taken from {file}")
        with np.load(file) as kept:
            return {name: kept[name].tobytes() for name in kept.files}
    answers = [step["value"] for step in work.all_exits if step["op"] in ("exit", "answer")]
    steps = passes.straight_steps(work.all_exits)
    chain = finetune.FloatChain(units, steps, answers, frozenset(kept_float), tuple(task.input_shape))
    dataset = task.dataset("train", BATCH, augment=task.augments, shuffle_seed=options.seed)
    backup = file.with_suffix("")
    backup.mkdir(parents=True, exist_ok=True)
    images, _, _ = task.load(STATISTICS_SPLIT)
    statistics = task.normalise(images[:STATISTICS_IMAGES])
    verbosity = console.keras_verbosity()
    config = finetune.TrainingConfig(dataset, told["epochs"], RATES[kind], str(backup), statistics, verbosity)
    console.say(f"{kind}: {config.epochs} epochs of {int(dataset.cardinality())} steps, resumed if it is interrupted")
    seeding.set_random_seed(options.seed)
    tf_keras.utils.set_random_seed(options.seed)
    trained = wanted(chain, config)
    with runs.whole(file) as stream:
        np.savez(stream, **{name: np.frombuffer(bytes(unit), np.uint8) for name, unit in trained.items()})
    shutil.rmtree(backup, ignore_errors=True)
    return trained
