"""What a training takes from runs that came before it: their weights to start from, and their answers as soft targets.

The answers become RUN/soft_targets.npy: the teachers' mean answer to a training image and to its mirror image, blended
with its label (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", at temperature 1;
Furlanello et al. 2018, "Born-again neural networks", where student and teacher have the same shape). Computed once, on
images as they are stored.
"""

import numpy as np

from keras_models import families, files
from tools import console
from tools.pipeline import runs

TEACHER_SHARE = 0.7
IMAGES = 2_500  # answered at a time, so that they fit into memory as numbers


def settings(first_stage: str | None = None, start: str | None = None, teachers=None, teacher_share=None) -> dict:
    """What is taken from other runs, as settings of a run. Raises RunError if they contradict each other.

    Args:
        first_stage: run whose first stage is taken as it is, or None.
        start: run whose first stage's weights are the start of this one's, or None.
        teachers: runs whose answers are learned, or None.
        teacher_share: weight of the teachers' answers, the labels have the rest; None is `TEACHER_SHARE`.
    """
    if first_stage and (start or teachers):
        raise runs.RunError("--first-stage takes that stage as it is: expected neither --start nor --teachers with it")
    if teacher_share is not None and not teachers:
        raise runs.RunError("--teacher-share: expected --teachers with it, whose share it is, received none")
    if teacher_share is not None and not 0 < teacher_share <= 1:
        raise runs.RunError(f"expected teacher_share above 0 to 1, received {teacher_share}")
    if teachers and teacher_share is None:
        teacher_share = TEACHER_SHARE
    return {"first_stage": first_stage, "start": start, "teachers": teachers, "teacher_share": teacher_share}


def check_sources(config: dict) -> None:
    """Raises RunError if a run that another of these settings takes from is of no use for it, or one is missing."""
    needs_start = getattr(families.presets(config["family"]), "needs_start", lambda arguments: False)
    if needs_start(config["arguments"]) and not (config["start"] or config["first_stage"]):
        raise runs.RunError("expected --start RUN with network.freeze=true, which keeps that trunk, received none")
    wanted = (("--first-stage", [config["first_stage"]]), ("--start", [config["start"]]))
    for option, folders in (*wanted, ("--teachers", config["teachers"] or [])):
        for folder in filter(None, folders):
            source(config, option, folder)


def source(config: dict, option: str, folder: str) -> runs.Run:
    """A run that another one takes from.

    Raises RunError if its first stage has not ended, or it is of another task, or of a family whose weights do not fit.
    A teacher may be of any, and so may the start of a network that has a trunk in common with it.
    """
    other = runs.read(folder)
    for what in ("task",) if option == "--teachers" else ("family", "task"):
        shared = what == "family" and option == "--start" and _have_trunks(config["family"], other.config["family"])
        if other.config[what] != config[what] and not shared:
            raise runs.RunError(f"{option} {folder}: expected the {what} {config[what]}, received {other.config[what]}")
    runs.need_first_stage(other)
    return other


def _have_trunks(*names: str) -> bool:
    """Whether all these families have a trunk that others may have as well (`AdaptiveModel.trunk_weights`)."""
    from keras_models.base import AdaptiveModel

    return all(families.load(name).trunk_weights is not AdaptiveModel.trunk_weights for name in names)


def copy_first_stage(run: runs.Run, network, option: str, folder: str) -> None:
    """Give a network the weights that another run's first stage trained; of another family, those of its trunk.

    Raises RunError if that run has not come so far, or its weights have other shapes.
    """
    other = source(run.config, option, folder)
    trained = runs.load_first_stage(other)
    if other.config["family"] == run.config["family"]:
        given, own = (
            stage.weights if stage.given is None else stage.given
            for stage in (runs.stages_of(other, trained)[0], runs.stages_of(run, network)[0])
        )
    else:
        given, own = trained.trunk_weights(), network.trunk_weights()
    shapes = [[tuple(weight.shape) for weight in weights] for weights in (own, given)]
    if shapes[0] != shapes[1]:
        pairs = zip(*shapes, strict=False)
        wanted, received = next((pair for pair in pairs if pair[0] != pair[1]), map(len, shapes))
        raise runs.RunError(f"{option} {folder}: expected weights of the same shapes ({wanted}), received {received}")
    for weight, value in zip(own, given, strict=True):
        weight.assign(value)


def answers(network, task, images) -> np.ndarray:
    """Softmax of the last answer, float32 `[n, classes]`; the mean with the mirror image's where a task may mirror."""
    from keras import ops

    def answer(pixels):
        return np.asarray(ops.softmax(network.predict(task.normalise(pixels), batch_size=250, verbose=0)[:, -1]))

    rows = []
    for first in console.progress(range(0, len(images), IMAGES), "soft targets"):
        stored = images[first : first + IMAGES]
        views = [stored, stored[:, :, ::-1]] if task.mirror else [stored]
        rows.append(sum(map(answer, views)) / len(views))
    return np.concatenate(rows)


def soft_targets(run: runs.Run, task, keep: bool = True) -> np.ndarray | None:
    """Distributions to learn in the place of the training labels, float32 `[n, classes]`; None without teachers.

    A share of each is the mean of the teachers', the rest its label, smoothed. Read from the run folder if they are
    there, so that a resumed training goes on with the targets that it began with; written there if they are to be kept.
    """
    teachers, share = run.config["teachers"], run.config["teacher_share"]
    if not teachers:
        return None
    file = run.folder / "soft_targets.npy"
    known = runs.kept(file, lambda file: _distributions(np.load(file), (dict(task.sizes)["train"], task.classes)))
    if known is not None:
        return known
    from keras_models.labels import check_answers
    from keras_models.losses import smoothed

    images, labels, _ = task.load("train")
    taught = [answers(runs.load_first_stage(runs.read(teacher)), task, images) for teacher in teachers]
    smoothing = next(iter(run.config["stages"].values())).get("label_smoothing", 0.0)
    own = np.asarray(smoothed(labels, task.classes, smoothing))
    blended = ((1 - share) * own + share * np.mean(taught, axis=0)).astype("float32")
    check_answers(blended, task.classes)
    if keep:
        with files.whole(file) as stream:
            np.save(stream, blended)
    return blended


def _distributions(rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The rows, if they are distributions. Raises ValueError for what a damaged file may hold instead."""
    if rows.shape != shape or rows.min() < 0 or not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
        raise ValueError(f"expected distributions of shape {shape}, received other numbers of shape {rows.shape}")
    return rows
