"""Records that are added to a file: found again, and made again where they are damaged."""

import zlib

import numpy as np
import pytest

from keras_models.datasets.record_file import KEY, RecordFile


def key(number):
    return bytes([number]) * KEY


def filled(folder, *numbers):
    """A file with a record of five bytes under each number."""
    records = RecordFile(folder / "records", 5)
    records.add((key(number), bytes([number, 1, 2, 3, 4])) for number in numbers)
    return records


def test_a_record_is_its_key_a_check_and_its_content(tmp_path):
    filled(tmp_path, 7)
    content = bytes([7, 1, 2, 3, 4])
    check = zlib.crc32(key(7) + content).to_bytes(4, "little")
    assert (tmp_path / "records").read_bytes() == key(7) + check + content


def test_what_is_added_is_there_in_any_order_and_the_last_one_counts(tmp_path):
    records = filled(tmp_path, 1, 2, 3)
    records.add([(key(2), b"other"), (key(4), b"forth")])
    for found in (records, RecordFile(tmp_path / "records", 5)):
        assert found.read([key(4), key(1), key(2), key(1)]).tolist() == [
            list(b"forth"),
            [1, 1, 2, 3, 4],
            list(b"other"),
            [1, 1, 2, 3, 4],
        ]
        assert found.lacking([key(9), key(1), key(8), key(9)]) == [key(9), key(8)]
    with pytest.raises(KeyError, match="expected records that are there, received 09090909"):
        records.read([key(1), key(9)])
    assert RecordFile(tmp_path / "none", 5).read([]).shape == (0, 5) and not (tmp_path / "none").exists()


def test_an_interrupted_record_is_written_over(tmp_path):
    filled(tmp_path, 1, 2)
    file = tmp_path / "records"
    file.write_bytes(file.read_bytes()[:-1])
    records = RecordFile(file, 5)
    assert records.lacking([key(1), key(2)]) == [key(2)]
    records.add([(key(2), b"again")])
    assert file.stat().st_size == 2 * (KEY + 4 + 5)
    assert RecordFile(file, 5).read([key(2)]).tobytes() == b"again"


@pytest.mark.parametrize("place", [0, KEY, KEY + 4, KEY + 8], ids=["key", "check", "content", "end"])
def test_a_damaged_record_is_not_there(tmp_path, place):
    filled(tmp_path, 1, 2)
    file = tmp_path / "records"
    damaged = bytearray(file.read_bytes())
    damaged[place] ^= 1
    file.write_bytes(damaged)
    records = RecordFile(file, 5)
    assert records.lacking([key(1), key(2)]) == [key(1)]
    records.add([(key(1), b"again")])
    assert records.read([key(1)]).tobytes() == b"again" and not records.lacking([key(1), key(2)])


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    records = filled(tmp_path, 1)
    before = records.file.read_bytes()
    real = open

    def full(*arguments):
        stream = real(*arguments)

        class Full:
            truncate, fileno = stream.truncate, stream.fileno

            def write(self, text):
                stream.write(text[:9])
                stream.flush()
                raise OSError(28, "No space left on device")

            flush = stream.flush

            def __enter__(self):
                return self

            def __exit__(self, *_):
                stream.close()

        return Full()

    monkeypatch.setattr("builtins.open", full)
    with pytest.raises(OSError, match="No space left"):
        records.add([(key(2), b"other")])
    monkeypatch.undo()
    assert records.file.read_bytes() == before and RecordFile(records.file, 5).lacking([key(1), key(2)]) == [key(2)]


def test_records_that_nobody_wants_are_forgotten_when_they_are_most(tmp_path):
    records = filled(tmp_path, *range(1, 8))
    records.keep_only([key(3), key(9), key(5), key(6), key(3)])
    assert len(records.lacking(map(key, range(1, 8)))) == 4
    np.testing.assert_array_equal(records.read([key(6), key(3)])[:, 0], [6, 3])
    records.keep_only([key(3), key(5)])
    assert records.lacking([key(6)]) == [], "no more than twice as many"
