"""Records of one length in a file that is only added to: what is made once of many things, and kept.

A record is a key of 32 bytes, a CRC-32 of key and content, and the content. Who is interrupted loses the record that
was being written; a damaged record is as one that is not there; what is added later under a key counts. Nothing else is
in the file, so its length says how many records there are.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from keras_models import files

KEY, _CHECK = 32, 4


class RecordFile:
    """The records in a file, as they were when it was looked at: when this is made, and whenever some are added.

    Args:
        file: need not be there.
        size: bytes of a record's content.
    """

    def __init__(self, file: str | Path, size: int):
        self.file, self.size = Path(file), size
        self._length = KEY + _CHECK + size
        self._rows: dict[bytes, int] = {}
        self._sound: set[bytes] = set()  # keys whose records have been checked
        self._look(0)

    def _look(self, first: int) -> None:
        """Notes where the records from a row on are."""
        count = self.file.stat().st_size // self._length if self.file.exists() else 0
        self._records = (
            np.memmap(self.file, np.uint8, "r", shape=(count, self._length))
            if count
            else np.zeros((0, self._length), np.uint8)
        )
        for row in range(first, count):
            self._rows[self._records[row, :KEY].tobytes()] = row

    def lacking(self, keys: Iterable[bytes]) -> list[bytes]:
        """Those of some keys that have no record, or a damaged one: once each, in their order."""
        return [key for key in dict.fromkeys(keys) if not self._is_sound(key)]

    def _is_sound(self, key: bytes) -> bool:
        row = self._rows.get(key)
        if row is not None and key not in self._sound:
            record = self._records[row]
            content = zlib.crc32(record[KEY + _CHECK :], zlib.crc32(key))
            if content == int.from_bytes(record[KEY : KEY + _CHECK].tobytes(), "little"):
                self._sound.add(key)
        return key in self._sound

    def read(self, keys: Sequence[bytes]) -> np.ndarray:
        """The content under each key: uint8 `[n, size]`. A key without a sound record is a KeyError."""
        if missing := self.lacking(keys):
            raise KeyError(f"expected records that are there, received {missing[0].hex()}")
        return self._records[[self._rows[key] for key in keys], KEY + _CHECK :]

    def add(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Writes (key, content) behind what is there; one process at a time may.

        Raises:
            OSError: they cannot be written, such as on a full disk: then none of them is there.
        """
        whole = len(self._records) * self._length
        text = b"".join(
            key + zlib.crc32(content, zlib.crc32(key)).to_bytes(_CHECK, "little") + content for key, content in records
        )
        with open(self.file, "ab") as stream:
            try:
                stream.truncate(whole)  # what another one could not end
                stream.write(text)
                stream.flush()
            except OSError as error:
                os.ftruncate(stream.fileno(), whole)
                raise OSError(error.errno, error.strerror, str(self.file)) from None
        first = len(self._records)
        self._look(first)
        self._sound -= {self._records[row, :KEY].tobytes() for row in range(first, len(self._records))}

    def keep_only(self, keys: Iterable[bytes]) -> None:
        """Writes the file anew with the sound records of these keys, if it has more than twice as many records."""
        kept = [key for key in dict.fromkeys(keys) if self._is_sound(key)]
        if len(self._records) > 2 * max(1, len(kept)):
            with files.whole(self.file) as stream:
                for key in kept:
                    stream.write(self._records[self._rows[key]].tobytes())
            self._rows = {}
            self._look(0)
