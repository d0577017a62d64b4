"""The tables of a chain: rows with a label each, which the device may add to, rename, remove, save and load."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import wraps
from os import PathLike
from pathlib import Path

import numpy as np

from ..bundle.check_size import rows_of
from ..bundle.files import Bundle
from ..bundle.json_text import MAX_BYTES, read_json
from ..bundle.places import PlaceError, whole
from ..errors import BundleError, ChainError
from ..program.values import quantize
from .budget import shown
from .owner import Owner

FORMAT, VERSION = "frugal-table", 1
MAX_LABEL = 200  # characters of a label that a device gives


def _alone(change):
    """Of a method: it changes the table only where no run is under way."""

    @wraps(change)
    def held(self, *args, **named):
        with self._owner:
            return change(self, *args, **named)

    return held


class Table:
    """The rows of one table.

    Attributes:
        name: of the table.
        capacity: how many rows it can hold.
        row_shape: of a row, such as `(64,)`.
        labels: of the rows, in order.
        changes: grows with every change.
    """

    def __init__(self, bundle: Bundle, name: str, owner: Owner) -> None:
        spec = bundle.manifest.tables[name]
        tensor = bundle.manifest.values[spec.rows]
        self.name, self.capacity, self.row_shape = name, rows_of(tensor), tensor.shape[2:]
        self.labels, self.changes = spec.labels, 0
        self._bundle, self._owner = bundle.sha256, owner
        numbers = np.zeros(0, np.float32)
        if spec.content is not None:
            data = bundle.read(spec.content.file)
            numbers = np.frombuffer(data, np.dtype(spec.type).newbyteorder("<")).astype(np.float32)
        if not np.isfinite(numbers).all():
            field = f"tables.{name}.content"
            raise BundleError("expected finite numbers, received NaN or infinity", file=spec.content.file, field=field)
        self._rows = numbers.reshape(len(self.labels), *self.row_shape)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def rows(self) -> np.ndarray:
        """A copy of the rows, float32 `[count, ...]`."""
        return self._rows.copy()

    @_alone
    def add(self, label: str, row: np.ndarray) -> None:
        """Adds a row behind the others.

        Args:
            label: a new one, of 1 to 200 characters.
            row: finite numbers of `row_shape`.

        Raises:
            ChainError: the table is full, the label is there already, or the row is of another form.
        """
        self.check_new(label)
        row = np.asarray(row)
        if row.shape != self.row_shape or not np.issubdtype(row.dtype, np.number):
            received = f"{row.dtype} {list(row.shape)}"
            raise self._error(f"expected a row of numbers {list(self.row_shape)}, received {received}")
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused
            row = row.astype(np.float32)
        if not np.isfinite(row).all():
            raise self._error("expected a row of finite numbers, received NaN or infinity")
        self._set((*self.labels, label), np.concatenate([self._rows, row[None]]))

    def check_new(self, label: str) -> None:
        """Checks that a row of that label can be added.

        Raises:
            ChainError: the table is full, or the label is there already or is none.
        """
        if len(self) >= self.capacity:
            raise self._error(
                f"expected fewer rows than its capacity, {self.capacity}, to add one: remove another first"
            )
        self._check_label(label)

    @_alone
    def rename(self, label: str, new: str) -> None:
        """Gives a row another label.

        Raises:
            ChainError: there is no such row, or the new label is there already.
        """
        place = self._place(label)
        if new != label:
            self._check_label(new)
        self._set((*self.labels[:place], new, *self.labels[place + 1 :]), self._rows)

    @_alone
    def remove(self, label: str) -> None:
        """Removes a row; those behind it move up.

        Raises:
            ChainError: there is no such row.
        """
        place = self._place(label)
        self._set(self.labels[:place] + self.labels[place + 1 :], np.delete(self._rows, place, axis=0))

    def save(self, path: str | PathLike) -> None:
        """Writes the rows to a file, whole or not at all; docs/bundle.md has its form.

        Raises:
            ChainError: it cannot be written.
        """
        head = {"format": FORMAT, "version": VERSION, "bundle": self._bundle, "table": self.name, "labels": self.labels}
        try:
            with whole(path) as stream:
                stream.write(json.dumps(head, ensure_ascii=False).encode() + b"\n" + self._rows.astype("<f4").tobytes())
        except (OSError, PlaceError, ValueError) as error:
            raise self._error(f"expected a file that can be written, but {error}") from None

    @_alone
    def load(self, path: str | PathLike) -> None:
        """Reads the rows that were saved from this bundle's table; they replace all rows.

        Raises:
            ChainError: it cannot be read, is no such file, or belongs to another bundle or table.
        """
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            raise self._error(f"expected a file of saved rows, but {error}") from None
        text, found, numbers = data.partition(b"\n")
        try:
            head = read_json(text) if found and len(text) <= MAX_BYTES else None
        except (BundleError, ValueError):
            head = None
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise self._error(f"expected a file of saved rows, received another one: {path}")
        self._check_head(head)
        labels, size = head.get("labels"), 4 * math.prod(self.row_shape)
        if not isinstance(labels, list) or len(labels) > self.capacity or not _are_labels(labels):
            raise self._error(f"expected at most {self.capacity} labels that differ in {path}, received others")
        if len(numbers) != size * len(labels):
            raise self._error(f"expected {size * len(labels)} bytes of rows in {path}, received {len(numbers)}")
        rows = np.frombuffer(numbers, "<f4").astype(np.float32).reshape(len(labels), *self.row_shape)
        if not np.isfinite(rows).all():
            raise self._error(f"expected finite numbers in {path}, received NaN or infinity")
        self._set(tuple(labels), rows)

    def _check_head(self, head):
        for key, expected in (("version", VERSION), ("bundle", self._bundle), ("table", self.name)):
            received = head.get(key)
            if type(received) is not type(expected) or received != expected:  # 1.0 is no version
                advice = ": teach it anew" if key == "bundle" else ""
                raise self._error(f"expected saved rows of the {key} {expected!r}, received {shown(received)}{advice}")

    def _check_label(self, label):
        if not _is_label(label):
            expected = f"a label of 1 to {MAX_LABEL} characters, none of them a control character"
            raise self._error(f"expected {expected}, received {shown(label)}")
        if label in self.labels:
            raise self._error(f"expected a new label, received {label!r}, which is there: rename or remove it first")

    def _place(self, label):
        if label not in self.labels:
            raise self._error(f"expected one of the labels {shown(list(self.labels))}, received {shown(label)}")
        return self.labels.index(label)

    def _set(self, labels, rows):
        self.labels, self._rows, self.changes = labels, rows, self.changes + 1

    def _error(self, problem):
        return ChainError(f"table {self.name}: {problem}")


class Tables(Mapping):
    """The tables of a chain by name.

    Args:
        bundle: whose tables they are.
        owner: of the chain, if they belong to one.

    Raises:
        BundleError: a table's file has numbers that are not finite.
    """

    def __init__(self, bundle: Bundle, owner: Owner | None = None) -> None:
        self._manifest, owner = bundle.manifest, owner or Owner()
        self._tables = {name: Table(bundle, name, owner) for name in bundle.manifest.tables}
        self._every = tuple(self._tables.values())

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def changes(self) -> int:
        """Grows with every change of any table."""
        return sum([table.changes for table in self._every])

    def arrays(self) -> list[np.ndarray]:
        """The rows and counts in the order of `check_size.given_values`, in the encodings of their values."""
        found, values = [], self._manifest.values
        for name, spec in self._manifest.tables.items():
            table = self._tables[name]
            real = np.zeros(values[spec.rows].shape, np.float32)
            real[0, : len(table)] = table.rows
            found.append(quantize(real, values[spec.rows]))
            if spec.count is not None:
                found.append(quantize(np.array([[len(table)]], np.float32), values[spec.count]))
        return found

    def labels(self, output) -> tuple[str, ...]:
        """The labels of an output, its own or those that its table has now.

        Raises:
            ChainError: its table has no row.
        """
        if output.table is None:
            return output.labels
        table = self._tables[output.table]
        if not len(table):
            raise ChainError(
                f"table {table.name}: expected at least one row to answer with, received none: teach it one"
            )
        return table.labels


def _is_label(label):
    if not isinstance(label, str) or not 1 <= len(label) <= MAX_LABEL or min(label) < " ":
        return False
    return not any("\ud800" <= sign <= "\udfff" for sign in label)  # half a character


def _are_labels(labels):
    return all(isinstance(label, str) and label for label in labels) and len(set(labels)) == len(labels)
