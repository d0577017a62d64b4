"""Members of a cascade from what trainings left: run folders of tools/train.py, and Keras files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from keras_models import datasets, families, files, own_layers, presets, pretrained
from keras_models.cascade_members import Member
from keras_models.presets import sources

SHOWN = 6  # labels of a task in an error


def load_members(
    entries: Sequence, task: str | None, role: str = "a member"
) -> tuple[list[Member], tuple | None, tuple | None]:
    """Members, and the normalisation (scale, offset) of the images of a task; None where that is unknown.

    Args:
        entries: run folders or .keras files, or objects {"file", "size", "scale", "offset"} of the latter: `Member`.
        task: name of the cascade's task; None is that of the first run.
        role: what they are to be, for errors.

    Raises:
        ValueError: one is not to be had, or has been trained for other labels.
    """
    found = [_load(entry, role) for entry in entries]
    names = [name for _, name in found if name]
    task = task or next(iter(names), None)
    for name in names:
        if datasets.get(name).labels != datasets.get(task).labels:
            raise ValueError(f"expected members with the labels of {task}, received one trained on {name}")
    known = datasets.get(task) if task else None
    return [member for member, _ in found], known and known.scale, known and known.offset


def load_network(entry, task: str | None, input_shape, classes: int) -> tuple[Member, tuple | None, tuple | None]:
    """One network, and the normalisation of the images of a task; see `load_members`.

    Args:
        entry: as there, or as `pretrained.is_application` takes it.
        task: name of the network's task.
        input_shape, classes: (height, width, channels) of its images, and the number of its labels.

    Raises:
        ValueError: it is not to be had.
    """
    if not pretrained.is_application(entry):
        (network,), scale, offset = load_members([entry], task, "the network")
        _check_classes(network, task, classes)
        return network, scale, offset
    from keras_models.pretrained.members import make_member

    known = datasets.get(task) if task else None
    return make_member(entry, input_shape, classes), known and known.scale, known and known.offset


def _check_classes(member: Member, task: str | None, classes: int) -> None:
    """Raises ValueError for a Keras classifier of another number of classes than a task; it names the task's."""
    answered = getattr(member.network, "output_shape", None)  # an adaptive network has none
    if task and isinstance(answered, tuple) and len(answered) == 2 and answered[-1] != classes:
        shown = ", ".join(datasets.get(task).labels[:SHOWN]) + (", ..." if classes > SHOWN else "")
        raise ValueError(
            f"expected a network with the {classes} classes of {task} ({shown}), received one of {answered[-1]}"
        )


def _load(entry, role: str) -> tuple[Member, str | None]:
    """A member, and the name of its task if it is a run."""
    sources.check_source(entry, role)
    if isinstance(entry, Mapping):
        more = {name: tuple(entry[name]) for name in ("size", "scale", "offset") if entry.get(name)}
        return Member(_read(Path(entry["file"]), role), **more), None
    path = Path(entry)
    if path.suffix == ".keras":
        return Member(_read(path, role)), None
    config = presets.read_run(path / "config.json", ("family", "task"))
    families.load(config["family"])  # registers the classes that the file names
    own_layers.load_kept(path, config)
    task = datasets.get(config["task"])
    return Member(_read(sources.network_file(path), role), scale=task.scale, offset=task.offset), task.name


def _read(file: Path, role: str):
    network, reason = files.read_network(file)
    if reason is not None:
        raise ValueError(f"{file}: expected a Keras classifier as {role}; it cannot be read: {reason}")
    return network
