"""What a training takes from runs that came before it: their weights to start from, and their answers to learn.

The answers become RUN/lessons.npy: the teachers' mean answer to a training image and to its mirror image, blended with
its label (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", at temperature 1; Furlanello
et al. 2018, "Born-again neural networks", where pupil and teacher have the same shape). Computed once, on images as
they are stored.
"""

from __future__ import annotations

import argparse

import numpy as np

from tools import console, runs

TEACHER_SHARE = 0.7
IMAGES = 2_500  # answered at a time, so that they fit into memory as numbers


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that name other runs."""
    parser.add_argument(
        "--classifiers", metavar="RUN", help="take trunk and classifiers of that run, and train controllers alone"
    )
    parser.add_argument(
        "--start",
        metavar="RUN",
        help="start from trunk and classifiers of that run, a network of the same shape, and train them on",
    )
    parser.add_argument(
        "--teachers",
        metavar="RUN",
        nargs="+",
        help="learn what the last exits of these runs answer to the training images, in their mean, beside the labels",
    )
    parser.add_argument(
        "--teacher-share",
        type=float,
        metavar="SHARE",
        help=f"weight of that, the labels have the rest (default: {TEACHER_SHARE})",
    )


def settings(args: argparse.Namespace) -> dict:
    """Those options as settings of a run. Raises RunError if they contradict each other."""
    share = args.teacher_share
    if args.classifiers and (args.start or args.teachers):
        raise runs.RunError("--classifiers trains controllers alone: expected neither --start nor --teachers with it")
    if share is not None and not args.teachers:
        raise runs.RunError("--teacher-share: expected --teachers with it, whose share it is, received none")
    if share is not None and not 0 < share <= 1:
        raise runs.RunError(f"expected teacher_share above 0 to 1, received {share}")
    if args.teachers and share is None:
        share = TEACHER_SHARE
    return {
        "classifiers": args.classifiers,
        "start": args.start,
        "teachers": args.teachers,
        "teacher_share": share,
    }


def check_sources(config: dict) -> None:
    """Raises RunError if a run to start from or a teacher is of no use for a run of these settings."""
    for option, folders in (("--start", [config["start"]]), ("--teachers", config["teachers"] or [])):
        for folder in filter(None, folders):
            source(config, option, folder)


def source(config: dict, option: str, folder: str) -> runs.Run:
    """A run that another one takes from. Raises RunError if its first stage has not ended or was of another task."""
    other = runs.read(folder)
    for what in ("family", "task"):
        if other.config[what] != config[what]:
            raise runs.RunError(f"{option} {folder}: expected the {what} {config[what]}, received {other.config[what]}")
    runs.need_classifiers(other)
    return other


def copy_classifiers(network, config: dict, option: str, folder: str) -> None:
    """Give a network another run's trunk and classifiers.

    Raises RunError if that run has not come so far, or its trunk or classifiers are others.
    """
    try:
        network.take_classifiers(runs.load_classifiers(source(config, option, folder)))
    except runs.RunError:
        raise
    except ValueError as error:
        raise runs.RunError(f"{option} {folder}: {error}") from None


def answers(network, task, images) -> np.ndarray:
    """Softmax of the last exit, float32 `[n, classes]`; the mean with the mirror image's where a task may mirror."""
    from keras import ops

    def answer(pixels):
        return np.asarray(ops.softmax(network.predict(task.normalise(pixels), batch_size=250, verbose=0)[:, -1]))

    rows = []
    for first in console.progress(range(0, len(images), IMAGES), "lessons"):
        stored = images[first : first + IMAGES]
        views = [stored, stored[:, :, ::-1]] if task.mirror else [stored]
        rows.append(sum(map(answer, views)) / len(views))
    return np.concatenate(rows)


def lessons(run: runs.Run, task):
    """Distributions to learn in the place of the training labels, float32 `[n, classes]`; None without teachers.

    A share of each is the mean of the teachers', the rest its label, smoothed. Read from the run folder if they are
    there, so that a resumed training goes on with the lessons that it began with.
    """
    teachers, share = run.config["teachers"], run.config["teacher_share"]
    if not teachers:
        return None
    file = run.folder / "lessons.npy"
    if file.exists():
        return np.load(file)
    from keras_models.training import smoothed

    images, labels, _ = task.load("train")
    taught = [answers(runs.load_classifiers(runs.read(teacher)), task, images) for teacher in teachers]
    own = np.asarray(smoothed(labels, task.classes, run.config["training"].get("label_smoothing", 0.0)))
    blended = ((1 - share) * own + share * np.mean(taught, axis=0)).astype("float32")
    with runs.whole(file) as stream:
        np.save(stream, blended)
    return blended
