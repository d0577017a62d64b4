"""Values over samples: arrays with a sample axis in front, and columns that steps write for some of the samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Quantization = tuple[float, int]  # (scale, zero point): real = (q - zero_point) * scale


@dataclass(frozen=True)
class Value:
    """A value over samples.

    Attributes:
        array: `[samples, ...]` as a part wrote it. The sample axis takes the place of the 1 of a tensor of shape
            `[1, ...]`, and stands before the axes of any other.
        quantization: (scale, zero point) of codes of 8 or 16 bits; None for numbers that are what they say.
    """

    array: np.ndarray
    quantization: Quantization | None = None

    def __len__(self) -> int:
        return len(self.array)

    @property
    def form(self) -> tuple:
        """What makes two values hold numbers alike: (dtype, quantization)."""
        return self.array.dtype, self.quantization

    def real(self) -> np.ndarray:
        """The value as float32, `[samples, ...]`."""
        if self.quantization is not None:
            return dequantize(self.array, self.quantization)
        return self.array if self.array.dtype == np.float32 else self.array.astype(np.float32)

    def rows(self, rows: np.ndarray) -> Value:
        """The value over those samples alone."""
        return Value(self.array[rows], self.quantization)

    def requantized(self, dtype: type, quantization: Quantization | None) -> Value:
        """The value in another form, by way of float32, as docs/bundle.md says; itself where the form is the same."""
        if self.form == (np.dtype(dtype), quantization):
            return self
        return Value(quantize(self.real(), quantization, dtype), quantization)


def dequantize(array: np.ndarray, quantization: Quantization) -> np.ndarray:
    """real = (q - zero_point) * scale, in float32."""
    scale, zero_point = quantization
    return (array.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)


def quantize(array: np.ndarray, quantization: Quantization | None, dtype: type = np.int8) -> np.ndarray:
    """q = clip(round(real / scale) + zero_point), ties to even; NaN becomes the lowest number.

    Without a quantization the numbers are kept: rounded in float64 for an integer dtype.
    """
    if np.issubdtype(dtype, np.floating):
        return array.astype(dtype)
    ends = np.iinfo(dtype)
    if quantization is None:
        wide = np.rint(array.astype(np.float64))
    else:
        scale, zero_point = quantization
        with np.errstate(over="ignore"):  # what overflows is clipped
            wide = np.rint(array / np.float32(scale)) + np.float32(zero_point)
    return np.minimum(np.fmax(wide, ends.min), ends.max).astype(dtype)


class Column:
    """One named value for all samples of a session, in the pieces in which it was written, each for some of them.

    Every sample has a version with its value: equal versions mean equal contents, and 0 means that there is none.

    Args:
        samples: how many there are.
    """

    def __init__(self, samples: int):
        self.versions = np.zeros(samples, np.uint64)
        self._pieces: list[Value] = []
        self._owner = np.full(samples, -1)  # the piece that holds a sample's value
        self._place = np.zeros(samples, int)  # and its row in that piece

    def put(self, rows: np.ndarray, value: Value, versions: np.ndarray) -> None:
        """Write the value of those rows, one row of `value` each."""
        self._owner[rows], self._place[rows] = len(self._pieces), np.arange(len(rows))
        self._pieces.append(value)
        self.versions[rows] = versions
        self._forget_unused()

    def adopt(self, rows: np.ndarray, other: Column, versions: np.ndarray) -> None:
        """Take the value of those rows over from another column, without copying it."""
        offset = len(self._pieces)
        self._pieces += other._pieces
        self._owner[rows], self._place[rows] = other._owner[rows] + offset, other._place[rows]
        self.versions[rows] = versions
        self._forget_unused()

    def written(self) -> np.ndarray:
        """The rows that have a value."""
        return np.flatnonzero(self._owner >= 0)

    def take(self, rows: np.ndarray) -> Value:
        """The value of those rows in one form: float32 where they were written in several."""
        chunks = self.chunks(rows)
        if len(chunks) == 1:
            return chunks[0][1]
        first = chunks[0][1].array
        array = np.empty((len(rows), *first.shape[1:]), np.float32)
        for places, value in chunks:
            array[places] = value.real().reshape(len(places), *first.shape[1:])
        return Value(array)

    def chunks(self, rows: np.ndarray) -> list[tuple[np.ndarray, Value]]:
        """The value of those rows, those of one form and shape together: (places among the rows, value) each."""
        owners, groups = self._owner[rows], {}
        for owner in np.unique(owners):
            if owner < 0:
                raise KeyError("expected a value that every sample here has written, received samples without it")
            piece = self._pieces[owner]
            groups.setdefault((piece.form, piece.array.shape[1:]), []).append(owner)
        return [self._chunk(rows, owners, group) for group in groups.values()]

    def _chunk(self, rows, owners, group):
        if len(group) == 1:
            places = np.flatnonzero(owners == group[0])
            piece, within = self._pieces[group[0]], self._place[rows[places]]
            whole = len(within) == len(piece) and np.array_equal(within, np.arange(len(piece)))
            return places, piece if whole else piece.rows(within)
        places = np.flatnonzero(np.isin(owners, group))
        first = self._pieces[group[0]]
        array = np.empty((len(places), *first.array.shape[1:]), first.array.dtype)
        for owner in group:
            own = owners[places] == owner
            array[own] = self._pieces[owner].array[self._place[rows[places[own]]]]
        return places, Value(array, first.quantization)

    def _forget_unused(self) -> None:
        """Drop the pieces that hold no sample's value any more."""
        used = np.unique(self._owner[self._owner >= 0])
        if len(used) < len(self._pieces):
            renumbered = np.full(len(self._pieces) + 1, -1)
            renumbered[used] = np.arange(len(used))
            self._owner = renumbered[self._owner]
            self._pieces = [self._pieces[i] for i in used]
