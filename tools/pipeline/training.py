"""A training as a loop over a network's stages: each is resumed from its last epoch, and saved when it has ended."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_models import datasets, distribution, families, files, own_layers, presets
from tflite.bundle.places import check_folder
from tools import console
from tools.pipeline import distillation, judging, observed, part_prices, runs

INITIAL_IMAGES = 1_000  # training images that weights may be initialised from
REESTIMATE_BATCH, REESTIMATE_IMAGES = 256, 4_096  # training images that normalisation averages are taken from


def configure(
    preset: str,
    *,
    dataset: str | None = None,
    arguments: Mapping | None = None,
    stages: Mapping[str, Mapping] | None = None,
    first: Mapping | None = None,
    seed: int = 0,
    layers: Sequence[str] | None = None,
    **sources,
) -> dict:
    """Everything that decides a training's result, as plain data: the config of its run.

    Args:
        preset: a preset's name, or a JSON file of one.
        dataset: another task than the preset's.
        arguments: constructor arguments over the preset's.
        stages: stage -> settings over the preset's.
        first: settings of the first stage over the preset's; None stands for what was not given.
        seed: of everything that is drawn.
        layers: Python files that register the classes of a network's layers.
        sources: as for `distillation.settings`.

    Raises ValueError if something in it is unknown, out of range or contradicts something else.
    """
    known = presets.get(preset)
    given = {name: dict(settings) for name, settings in known["stages"].items()}
    for name, settings in (stages or {}).items():
        given[name] = given.get(name, {}) | dict(settings)
    start = next(iter(given), next(iter(families.presets(known["family"]).STAGES)))  # of a preset without settings
    given[start] = given.get(start, {}) | {name: value for name, value in (first or {}).items() if value is not None}
    arguments, resolved = presets.resolve(known["family"], known["arguments"] | dict(arguments or {}), given)
    settings = {
        "preset": Path(preset).stem if preset.endswith((".json", ".keras")) else preset,
        "family": known["family"],
        "arguments": arguments,
        "task": datasets.get(dataset or known["task"], console.progress).name,
        "stages": resolved,
        "seed": seed,
    }
    return settings | own_layers.settings(layers, arguments) | distillation.settings(**sources)


def start(config: dict, folder, beside=()) -> runs.Run:
    """The run of that config: a new one, or the one that stands there with the same settings.

    Raises RunError if another run stands there, or what the run takes from others is not to be had.
    """
    # One that is not there yet is made when all else is in order.
    folder = check_folder(folder) if Path(folder).exists() else Path(folder)
    # A run whose first stage has ended has taken what it needs of other runs.
    if not files.is_network(runs.first_stage_file(runs.Run(folder, config))):
        distillation.check_sources(config)
        declared = families.presets(config["family"])
        if hasattr(declared, "check_sources"):  # of a family that is made of files
            declared.check_sources(config["arguments"])
    run = runs.start(folder, config, beside)
    own_layers.keep(run.folder, config)
    return run


def build(run: runs.Run, task):
    """The untrained network of a run, from its seed."""
    from keras_models import seeding

    seeding.set_random_seed(run.config["seed"])
    own_layers.load_kept(run.folder, run.config)
    return presets.build(run.config, task.input_shape, task.classes)


def train(run: runs.Run, until: int | None = None, strategy=None, half: bool = False, share: float = 1.0):
    """Train every stage of a run that has not ended; returns the network.

    Args:
        until: number of stages to train; all by default.
        strategy: of `distribution.make`, or None.
        half: compute stages on images in bfloat16; weights, losses and what later stages read stay float32.
        share: of its split's images, the first ones, that a stage sees.
    """
    from keras_models import backup

    task, chief = datasets.get(run.config["task"]), distribution.is_chief(strategy)
    for note in task.notes if chief else ():
        console.say(note)
    kept = f"{run.folder} keeps the epochs that have ended, and the same command goes on from there"
    with console.keeping(kept), runs.begun(run) if chief else contextlib.nullcontext():
        with distribution.scope(strategy):
            network, done = begin(run, task, until, chief)
        stages = runs.stages_of(run, network)
        for index in range(done + 1, len(stages) if until is None else until):
            file, stage = run.stage_file(stages, index), stages[index]
            if share != 1:  # in whole percent, one at least
                stage = replace(stage, split=f"{stage.split}[:{max(1, round(100 * share))}%]")
            fit_stage(run, network, task, stage, strategy, half)
            if chief:
                _save(run, network, file)
                backup.forget(run.folder / "backup" / stage.name)
            distribution.wait(strategy)
            if not chief:  # moving averages are each worker's own: all go on from the chief's
                network.load_weights(file)
    return network


def _save(run: runs.Run, network, file: Path) -> None:
    """Save a network, compiled as its own stage has compiled it, or by default: it can be evaluated when it is read."""
    if not network.compiled:
        network.compile()
    run.save(network, file)


def begin(run: runs.Run, task, until: int | None = None, chief: bool = True) -> tuple:
    """A run's network as far as it is trained, and the index of the last stage that has ended (-1: none).

    chief: whether a first stage that another run trained is written into this run.
    """
    network = build(run, task)
    stages = runs.stages_of(run, network)  # Fail fast on settings that do not fit the network.
    count = len(stages) if until is None else until
    for done in reversed(range(count)):
        if runs.is_sound(run.stage_file(stages, done)):
            return runs.read_network(run, run.stage_file(stages, done), compile=True), done
    if run.config["first_stage"]:
        distillation.copy_first_stage(run, network, "--first-stage", run.config["first_stage"])
        if chief:
            _save(run, network, run.stage_file(stages, 0))
        return network, 0
    if run.config["start"]:
        distillation.copy_first_stage(run, network, "--start", run.config["start"])
    else:
        images, groups = _first_images(task, INITIAL_IMAGES)
        network.initialise(run.config["stages"], datasets.network_input(task.values(images, groups)))
    return network, -1


def fit_stage(run: runs.Run, network, task, stage, strategy=None, half: bool = False) -> None:
    """Train one stage to its end; what it tells of the network goes into RUN/STAGE.json.

    half: as for `train`; averages, what is observed and what is told are the float32 network's all the same.
    """
    from keras_models import seeding

    if stage.reads:  # A run that is resumed here ends like one that was not interrupted.
        seeding.set_random_seed(run.config["seed"])
    costs = part_prices.part_prices(network, task, stage.settings.get("cost", "macs"))
    if stage.reads and not isinstance(task, datasets.DetectionTask):
        fit_on_values(run, network, task, stage, costs, strategy)
    elif half:
        _fit_in_half_precision(run, network, task, stage, costs, strategy)
    else:
        fit_on_images(run, network, task, stage, costs, strategy)
    if stage.reestimate:
        _reestimate(run, network, task, stage)
    if stage.score and distribution.is_chief(strategy):
        judging.judge(run, network, task, stage, costs)


def _fit_in_half_precision(run: runs.Run, network, task, stage, costs, strategy) -> None:
    """Fit a stage on images with a copy of the network that computes in bfloat16; its float32 weights come back."""
    import keras

    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        with distribution.scope(strategy):
            copied = type(network).from_config(network.get_config())
            copied.set_weights(network.get_weights())
        own = next(other for other in runs.stages_of(run, copied) if other.name == stage.name)
        fit_on_images(run, copied, task, own, costs, strategy)
    finally:
        keras.mixed_precision.set_global_policy(before)
    network.set_weights(copied.get_weights())


def of_boxes(network, task, stage) -> dict:
    """What a stage says of the data of a task of boxes, as `DetectionTask.dataset` takes it; nothing of another task's.

    What the stage reads of the frozen network is computed once.
    """
    if not isinstance(task, datasets.DetectionTask):
        return {}
    return {"shown": stage.shown, "examples": stage.examples, "observed": network.observe if stage.reads else None}


def fit_on_images(run: runs.Run, network, task, stage, costs, strategy=None) -> None:
    """Fit a stage on the images of its split, augmented as its settings or the task say."""
    settings, targets = stage.settings, None
    if stage.split == "train":
        keep = distribution.is_chief(strategy)
        targets = distribution.chief_first(strategy, lambda: distillation.soft_targets(run, task, keep))
    boxes = of_boxes(network, task, stage)
    balanced = settings.get("class_weights") == "balanced"
    more = {"distributions": targets, "balanced": balanced, "marks": stage.marks}
    data = _shown(run, task, stage, settings["batch_size"], **more, **boxes)
    judged = settings.get("validation_images")
    judged = runs.HELD_OUT_SPLIT if judged is None else f"{runs.HELD_OUT_SPLIT}[:{judged}]"
    steps = int(data.cardinality())
    console.say(f"{stage.name}: {settings['epochs']} epochs of {steps} steps, log in {run.folder}/logs")
    with distribution.scope(strategy):
        model = stage.prepare(steps * settings["epochs"], costs)
    distribution.make_ready(model, next(iter(data)), strategy)
    model.fit(
        data,
        validation_data=task.dataset(judged, 256, marks=stage.marks, **boxes),
        epochs=settings["epochs"],
        shuffle=False,  # the data set does that
        verbose=console.keras_verbosity(),
        callbacks=callbacks(run, stage, strategy),
    )


def fit_on_values(run: runs.Run, network, task, stage, costs, strategy=None) -> None:
    """Fit a stage on what the frozen network shows it of the images of its split."""
    settings, keep = stage.settings, distribution.is_chief(strategy)
    values = distribution.chief_first(
        strategy, lambda: observed.load(run, network, task, stage.split, settings.get("views", 1), keep)
    )
    count = len(values["labels"])
    console.say(f"{stage.name}: {settings['epochs']} epochs on {count} images and shifts of images of {stage.split}")
    fit_values(stage, values, costs, callbacks(run, stage, strategy), strategy)


def fit_values(stage, values: Mapping[str, np.ndarray], costs, callbacks=(), strategy=None):
    """Fit a stage on values by name, `labels` among them; returns the Keras history."""
    settings, labels = stage.settings, np.asarray(values["labels"])
    steps = settings["epochs"] * math.ceil(len(labels) / settings["batch_size"])
    read = {name: values[name] for name in stage.reads}
    with distribution.scope(strategy):
        model = stage.prepare(steps, costs)
    distribution.make_ready(model, ({name: value[:2] for name, value in read.items()}, labels[:2]), strategy)
    size = {name: settings[name] for name in ("batch_size", "epochs")}
    return model.fit(read, labels, **size, verbose=0, callbacks=list(callbacks))


def callbacks(run: runs.Run, stage, strategy=None) -> list:
    """What makes a stage resumable, and its curves, which the chief alone writes."""
    import keras

    from keras_models import backup

    chief = distribution.is_chief(strategy)
    found = [backup.Backup(run.folder / "backup" / stage.name, chief, console.say)]
    if chief:
        found.append(backup.curves(run.folder / f"{stage.name}.csv", console.say))
        found.append(keras.callbacks.TensorBoard(str(run.folder / "logs" / stage.name), write_graph=False))
    return found


def _reestimate(run: runs.Run, network, task, stage) -> None:
    """Normalisation averages anew, from training images as the stage has seen them: changed at random, too.

    Averages over images as they are stored suit no weights that learned among shifted ones with black edges: a network
    that had 87.8 % of CIFAR-10's validation images had 84.3 % by them.
    """
    from keras_models.layers.normalization import reestimate

    seen = _shown(run, task, stage, REESTIMATE_BATCH, **of_boxes(network, task, stage))
    reestimate(network, (images for images, *_ in seen.take(REESTIMATE_IMAGES // REESTIMATE_BATCH)))


def _shown(run: runs.Run, task, stage, batch_size: int, **more):
    """Batches of the images of a stage's split, shuffled, and augmented as its settings or the task say."""
    from keras_models.datasets import augmentation

    changes = {"augment": augmentation.of(task, stage.settings.get("augmentation"))}
    changes["cutout"] = stage.settings.get("cutout", 0)
    return task.dataset(stage.split, batch_size, shuffle_seed=run.config["seed"], **changes, **more)


def _first_images(task, most: int):
    """At most so many training images, uint8, and their groups or None: the first, of several tasks of each alike."""
    images, _, groups = task.load("train")
    rows = np.arange(len(images))[:most]
    if isinstance(task, datasets.ManyTasks):
        rows = np.random.default_rng(0).permutation(len(images))[:most]
    return images[rows], None if groups is None else groups[rows]
