"""What makes the units of a conversion smaller, or used to rounding, by training: pruning, clustering, QAT.

Each result is kept under RUN/compress/: an interrupted conversion goes on from its last epoch, and one with other exits
or another policy need not train again.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from keras_models import files
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
    """What `wanted(chain, config)` makes of the units, or what it made of the same units with the same settings.

    Of two conversions that want the same one waits for the other, and takes what it made.
    """
    kind = next(iter(told))
    content = hashlib.sha256(b"".join(units[name] for name in sorted(units))).hexdigest()
    told = told | {"seed": work.options.seed, "batch": BATCH, "rate": RATES[kind], "units": content}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    file = work.run.folder / "compress" / f"{kind}-{digest[:16]}.npz"
    backup = file.with_suffix("")
    file.parent.mkdir(exist_ok=True)
    with files.locked(work.run.folder / ".compress"):
        known = runs.kept(file, files.arrays)
        if known:
            console.say(f"{kind}: taken from {file}")
            return {name: unit.tobytes() for name, unit in known.items()}
        trained = _trained(work, units, kept_float, kind, told["epochs"], backup, wanted)
        files.write_arrays(file, **{name: np.frombuffer(bytes(unit), np.uint8) for name, unit in trained.items()})
        shutil.rmtree(backup, ignore_errors=True)
    return trained


def _trained(work, units, kept_float, kind: str, epochs: int, backup: Path, wanted: Callable) -> dict[str, bytes]:
    """What `wanted(chain, config)` makes of the units, from the last epoch of an interrupted training on."""
    import tf_keras

    from keras_models import seeding
    from tflite.conversion import finetune, passes

    options, task = work.options, work.task
    answers = work.answer_values
    steps = passes.straight_steps(work.all_exits)
    chain = finetune.FloatChain(units, steps, answers, frozenset(kept_float), tuple(task.input_shape))
    dataset = task.dataset("train", BATCH, augment=task.augments, shuffle_seed=options.seed)
    backup.mkdir(exist_ok=True)
    images, _, _ = task.load(STATISTICS_SPLIT)
    statistics = task.normalise(images[:STATISTICS_IMAGES])
    config = finetune.TrainingConfig(dataset, epochs, RATES[kind], str(backup), statistics, console.keras_verbosity())
    console.say(f"{kind}: {epochs} epochs of {int(dataset.cardinality())} steps, resumed if it is interrupted")
    seeding.set_random_seed(options.seed)
    tf_keras.utils.set_random_seed(options.seed)
    return wanted(chain, config)
