"""What a part has computed in a session, by version: running again under other settings reuses what does not change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from .values import Column, Value

SMALL = 4096  # elements a sample; outputs up to this size are remembered for every version that all samples share


class Memo:
    """The outputs of one part that a session remembers.

    Small outputs are kept for every version that all samples of a step had at once, as a sweep over a parameter makes
    them; of everything else each sample's latest outputs are kept.

    Args:
        samples: of the session.
    """

    def __init__(self, samples: int):
        self._samples = samples
        self._latest: dict[str, Column] = {}
        self._shared: dict[int, dict[str, Column]] = {}

    def outputs(
        self, rows: np.ndarray, versions: np.ndarray, compute: Callable[[np.ndarray], dict[str, Value]]
    ) -> dict[str, Column]:
        """The outputs for those rows, remembered or computed.

        Args:
            rows: indices of samples.
            versions: uint64, one a row: equal ones mean equal outputs.
            compute: function from the rows that are not remembered to their outputs by port.

        Returns:
            Port -> a column that has a value for every one of the rows.
        """
        distinct = np.unique(versions)
        sources = [self._shared[key] for key in map(int, distinct) if key in self._shared] + [self._latest]
        missing, result = np.ones(len(rows), bool), {}
        for source in filter(None, sources):
            known = next(iter(source.values())).versions[rows] == versions
            self._adopt(result, rows[missing & known], source)
            missing &= ~known
        if missing.any():
            values = compute(rows[missing])
            target = self._latest
            if len(distinct) == 1 and sum(value.array[0].size for value in values.values()) <= SMALL:
                target = self._shared.setdefault(int(distinct[0]), {})
            for port, value in values.items():
                for columns in (target, result):
                    self._column(columns, port).put(rows[missing], value, versions[missing])
        return result

    def _adopt(self, result, rows, source):
        for port, column in source.items():
            self._column(result, port).adopt(rows, column, column.versions[rows])

    def _column(self, columns, port):
        if port not in columns:
            columns[port] = Column(self._samples)
        return columns[port]


def digest(*parts: object) -> int:
    """A 64-bit number for what the parts are, bytes or anything with a representation."""
    state = hashlib.blake2b(digest_size=8)
    for part in parts:
        state.update(part if isinstance(part, bytes) else repr(part).encode())
        state.update(b"\0")
    return int.from_bytes(state.digest(), "little")


def combined(key: object, versions: Mapping[str, np.ndarray]) -> np.ndarray:
    """The version of what `key` makes of inputs with these versions, uint64 `[samples]`, by name."""
    samples = len(next(iter(versions.values())))
    state = np.full(samples, digest(key), np.uint64)
    for name in sorted(versions):
        state = _scrambled(state ^ (versions[name] + np.array([digest(name)], np.uint64)))
    return np.maximum(state, np.uint64(1))  # 0 means that there is no value


def _scrambled(x: np.ndarray) -> np.ndarray:
    """A bijection of 64-bit numbers that spreads every bit (the last steps of SplitMix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
