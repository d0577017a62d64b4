"""A run folder: what a training was told, what it wrote, and how far it came.

RUN/config.json      settings; equal settings resume, others are refused
RUN/classifiers.keras   after the first stage
RUN/model.keras      after the last stage: what tools/convert.py reads
RUN/policy.json      how the controllers do, on images they were not fitted on
RUN/lessons.npy      what teachers answer to the training images, blended with the labels, where there are teachers
RUN/history.csv, logs/   curves of the training; logs/ is for TensorBoard
RUN/backup/          the last epoch of an unfinished training
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

POLICY_SPLIT = "validation"
HELD_OUT_SPLIT = "held_out"


class RunError(ValueError):
    """A run folder that cannot be used as asked; the sentence says why and what to do."""


@contextlib.contextmanager
def whole(file: Path) -> Iterator:
    """A stream of bytes that become that file when it ends well: an interruption leaves no half of it."""
    draft = file.with_name(f".{file.name}")
    with draft.open("wb") as stream:
        yield stream
    draft.replace(file)


@dataclass(frozen=True)
class Run:
    """A run folder and its settings."""

    folder: Path
    config: dict

    @property
    def model_file(self) -> Path:
        """The finished network."""
        return self.folder / "model.keras"

    @property
    def classifiers_file(self) -> Path:
        """The network after its first stage."""
        return self.folder / "classifiers.keras"

    def save(self, network, file: Path) -> None:
        """Save a Keras model as that file of the run, whole or not at all: an interruption leaves no half of it."""
        draft = file.with_name(f".draft{file.suffix}")
        network.save(draft)
        draft.replace(file)

    def write(self, name: str, content: dict) -> None:
        """Write a JSON file into the run, whole or not at all."""
        draft = self.folder / f".{name}.draft"
        draft.write_text(json.dumps(content, indent=2) + "\n")
        draft.replace(self.folder / name)


def start(folder, config: dict, beside=()) -> Run:
    """A new run, or the one that stands there with the same settings. Raises RunError if its settings differ.

    beside: names of files that may stand in a new run's folder.
    """
    folder = Path(folder)
    run = Run(folder, json.loads(json.dumps(config)))
    if (folder / "config.json").exists():
        before = read(folder).config
        changed = sorted(k for k in before.keys() | run.config.keys() if before.get(k) != run.config.get(k))
        if changed:
            raise RunError(
                f"{folder} holds a run with other settings ({', '.join(changed)}): expected the same, to resume it; "
                "give another --out, or remove the folder"
            )
        return run
    if folder.exists() and any(file.name not in beside for file in folder.iterdir()):
        raise RunError(f"{folder} is not empty and is not a run: expected a new folder or one with config.json")
    folder.mkdir(parents=True, exist_ok=True)
    run.write("config.json", run.config)
    return run


def read(folder) -> Run:
    """The run in that folder. Raises RunError if there is none."""
    file = Path(folder) / "config.json"
    if not file.exists():
        raise RunError(f"{folder} is not a run: expected a folder with config.json, written by tools/train.py")
    try:
        return Run(Path(folder), json.loads(file.read_text()))
    except ValueError as error:
        raise RunError(f"{file}: expected JSON, received {error}") from None


def load_model(run: Run):
    """The trained network of a run. Raises RunError if the training has not ended."""
    if not run.model_file.exists():
        raise RunError(
            f"{run.folder} has no model.keras: expected a finished run; train it to the end with the same --out"
        )
    return _read_network(run.model_file)


def load_classifiers(run: Run):
    """The network of a run after its first stage. Raises RunError if that has not ended."""
    need_classifiers(run)
    return _read_network(run.classifiers_file)


def need_classifiers(run: Run) -> None:
    """Raises RunError if a run's first stage has not ended."""
    if not run.classifiers_file.exists():
        raise RunError(f"{run.folder} has no {run.classifiers_file.name}: expected a run whose first stage has ended")


def _read_network(file: Path):
    import keras

    import keras_models.epnet  # noqa: F401  registers the classes that the file names

    try:
        return keras.models.load_model(file, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{file}: expected a network that tools/train.py saved; it cannot be read: {reason}") from None


def listed_exits(text: str, exits: int):
    """The exits that a list such as "3,6,9" names, and the last: bool `[exits]`. Raises RunError for another text."""
    import numpy as np

    try:
        numbers = {int(word) for word in text.split(",")}
    except ValueError:
        numbers = {0}
    if not numbers <= set(range(1, exits + 1)):
        raise RunError(f"expected exits: all, auto, or numbers from 1 to {exits} such as 3,6,9, received {text!r}")
    return np.isin(np.arange(1, exits + 1), list(numbers | {exits}))


def policy_exits(config: dict, exits: int):
    """The exits that a run's controllers were fitted for, bool `[exits]`.

    Raises RunError for a list of exits that is none, or names one whose classifier is not trained.
    """
    import numpy as np

    text, trained = config["policy"].get("exits", "all"), trained_exits(config, exits)
    if text == "all":
        return trained
    listed = listed_exits(text, exits)
    if (listed & ~trained).any():
        numbers = ",".join(str(i + 1) for i in np.flatnonzero(trained))
        raise RunError(f"expected exits among {numbers}, whose classifiers are trained, received {text!r}")
    return listed


def trained_exits(config: dict, exits: int):
    """The exits whose classifiers are trained, bool `[exits]`: those that weigh something in the loss.

    Raises RunError if there are not as many weights as exits, or the last exit's is zero.
    """
    import numpy as np

    weights = config.get("training", {}).get("exit_weights")
    if weights is None:
        return np.ones(exits, bool)
    if len(weights) != exits or not weights[-1] > 0:
        raise RunError(f"expected exit_weights of {exits} exits, the last above zero, received {list(weights)}")
    return np.array(weights) > 0


def trained_as(config: dict) -> str:
    """How the classifiers of a run were trained, in one clause."""
    words = [f"preset `{config['preset']}`", f"{config['training']['epochs']} epochs", f"seed {config['seed']}"]
    if config.get("start"):
        words.append(f"from the weights of {config['start']}")
    if config.get("teachers"):
        words.append(f"taught by {' and '.join(config['teachers'])}")
    return ", ".join(words)
