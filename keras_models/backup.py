"""Keras' BackupAndRestore whose files may be damaged, and whose writing may be interrupted anywhere."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from keras_models import files

log = logging.getLogger(__name__)


class Backup(keras.callbacks.BackupAndRestore):
    """The last epoch of a training, and the one before; the chief alone writes, all workers go on from the same one.

    Metadata and weights belong together: the former tell a digest of the latter and of the epoch. Whatever is
    interrupted or damaged, the latest pair that is as it was written is taken. Both stay when the training has ended:
    who has saved what came of it removes the folder.

    Args:
        folder: of the files, Keras' own names.
        chief: whether this process writes.
        say: is told in one line that something was damaged, and what is done.
    """

    def __init__(self, folder, chief: bool = True, say: Callable[[str], None] = log.warning):
        super().__init__(str(folder), double_checkpoint=True, delete_checkpoint=False)
        self.chief, self.say = chief, say
        # The latest first, of both.
        self._weights = Path(self._weights_path), Path(self._prev_weights_path)
        self._metadata = Path(self._training_metadata_path), Path(self._prev_training_metadata_path)
        self._latest_is_good = False

    def on_train_begin(self, logs=None):
        """Go on from the latest good epoch, if there is one."""
        last = (self.params or {}).get("epochs", float("inf"))
        found = [(_read(file), file) for file in self._metadata]
        pairs = [(told, file, weights) for told, file in found if told for weights in self._weights]
        for told, file, weights in sorted(pairs, key=lambda pair: -pair[0]["epoch"]):
            if told["epoch"] <= last and _belong(told, file, weights) and self._restore(weights):
                self.model._initial_epoch = told["epoch"]
                self._latest_is_good = (weights, file) == (self._weights[0], self._metadata[0])
                if any(latest.exists() for latest in {self._weights[0], self._metadata[0]} - {weights, file}):
                    self.say(f"{self.backup_dir}: the latest backup is damaged, going on after epoch {told['epoch']}")
                return
        if any(file.exists() for file in (*self._weights, *self._metadata)):
            self.say(f"{self.backup_dir}: the backup is damaged, this stage of the training begins again")

    def _restore(self, weights: Path) -> bool:
        """Load weights, all of them or none."""
        optimizer = self.model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        variables = [*self.model.variables, *(() if optimizer is None else optimizer.variables)]
        before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
        try:
            with tempfile.TemporaryDirectory() as folder:
                named = Path(folder, "any.weights.h5")  # Keras reads no other ending
                named.symlink_to(weights.absolute())
                self.model.load_weights(str(named))
        except Exception as error:
            if files.damage(error) is None:
                raise
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            return False
        return True

    def _save_model(self):
        if not self.chief:
            return
        folder = Path(self.backup_dir)
        folder.mkdir(parents=True, exist_ok=True)
        weights = _weights(self.model)
        told = {"epoch": self._current_epoch, "batch": self._last_batch_seen}
        told["digest"] = _digest(self._current_epoch, weights)
        with files.whole(self._weights[0]) as stream:
            stream.write(weights)
            stream.flush()  # a full disk is noticed here
            # At every moment some metadata and some weights belong together.
            if self._latest_is_good:
                for latest, before in (self._weights, self._metadata):
                    latest.replace(before)
        with files.whole(self._metadata[0]) as stream:
            stream.write(json.dumps(told).encode())
        self._latest_is_good = True


def curves(file: Path, say: Callable[[str], None] = log.warning) -> keras.callbacks.CSVLogger:
    """Writes the numbers of every epoch into a file, after those that are there: whole lines of text alone stay."""
    there = file.read_bytes() if file.exists() else b""
    lines = there[: there.rfind(b"\n") + 1] if there.isascii() and b"\0" not in there else b""
    if lines != there:
        say(f"{file} is damaged, {len(lines.splitlines()) or 'none'} of its lines are kept")
        with files.whole(file) as stream:
            stream.write(lines)
    return keras.callbacks.CSVLogger(str(file), append=True)


def forget(folder) -> None:
    """Remove the backup of a training whose result has been saved."""
    shutil.rmtree(folder, ignore_errors=True)


def _weights(model) -> bytes:
    """What `save_weights` writes, made in memory: on a full disk HDF5 ends the process."""
    from keras.src.saving import saving_lib

    memory = io.BytesIO()
    store = saving_lib.H5IOStore(memory, mode="w")
    saving_lib._save_state(model, weights_store=store, assets_store=None, inner_path="", visited_saveables=set())
    store.close()
    return memory.getvalue()


def _digest(epoch: int, weights: bytes) -> str:
    """Of weights and the epoch that they are of."""
    return hashlib.sha256(weights + str(epoch).encode()).hexdigest()


def _read(file: Path) -> dict | None:
    """Metadata; None where there is none, or what is there is none."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return told if isinstance(told["epoch"], int) and told["epoch"] > 0 else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _belong(told: dict, file: Path, weights: Path) -> bool:
    """Whether weights are those that metadata, in that file, are of; Keras itself tells no digest."""
    if not weights.is_file():
        return False
    if "digest" not in told:
        return (file.suffix == ".bkp") == (weights.suffix == ".bkp")
    return told["digest"] == _digest(told["epoch"], weights.read_bytes())
