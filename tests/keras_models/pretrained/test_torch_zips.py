"""Files of torch.save since version 1.6: read whole, or refused; nothing that a pickle in them asks for is done."""

import io
import os
import struct
import zipfile

import numpy as np
import pytest

from keras_models.pretrained.torch_files import read
from tests.keras_models.pretrained.test_torch_files import STORAGES, TENSORS, Calls, refusal
from tests.keras_models.pretrained.torch_writer import Tensor, pickled, written, zipped


def test_tensors_are_those_of_the_older_format():
    new, old = read(zipped(TENSORS, STORAGES)), read(written(TENSORS, STORAGES))
    assert list(new) == list(old)
    for name, array in old.items():
        np.testing.assert_array_equal(new[name], array)
        assert new[name].dtype == array.dtype and new[name].flags.writeable


def test_a_file_without_its_byte_order_is_of_the_first_versions():
    assert read(zipped(TENSORS, STORAGES, byteorder=None))["count"] == 7


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"byteorder": b"big"}, "numbers of another byte order"),
        ({"compression": zipfile.ZIP_DEFLATED}, "a compressed entry"),
        ({"data.pkl": None}, "no data.pkl, or entries of one name"),
        ({"other/data.pkl": b""}, "no data.pkl, or entries of one name"),
        ({"data/a": b"\0" * 23}, "a storage 'a' of another length than 6"),
        ({"data/b": None}, "\"There is no item named 'net/data/b' in the archive\""),
        (
            {"data.pkl": pickled({"a": Calls(os.system, "touch done")})},
            f"the name {os.system.__module__}.system in a pickle",
        ),
        ({"data.pkl": pickled([1])}, "no dictionary of tensors"),
        ({"data.pkl": pickled([]) + b"."}, "no dictionary of tensors"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, monkeypatch, more, words):
    monkeypatch.chdir(tmp_path)
    assert refusal(zipped(TENSORS, STORAGES, **more)) == words
    assert not list(tmp_path.iterdir()), "nothing is done"


def test_a_view_of_a_storage_that_is_named_in_another_way_is_refused():
    wrong = TENSORS | {"wrong": Tensor("a", "LongStorage", 6, 0, (2,), (1,))}
    assert refusal(zipped(wrong, STORAGES)) == "the storage 'a' described in two ways"
    assert refusal(zipped({"up": Tensor("../data.pkl", "FloatStorage", 6, 0, (2,), (1,))}, STORAGES)).startswith(
        '"There'
    )


def test_entries_that_lie_about_their_size_are_refused():
    """The directory at the end says that an entry is of 2 GB."""
    content = bytearray(zipped(TENSORS, STORAGES))
    place = content.rindex(b"PK\x01\x02")  # the last entry's: its sizes are at bytes 20 and 24
    content[place + 20 : place + 28] = struct.pack("<II", 1 << 31, 1 << 31)
    assert refusal(bytes(content)) == "entries larger than it is itself"


def test_two_entries_of_one_name_are_refused():
    stream = io.BytesIO(zipped(TENSORS, STORAGES))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("net/data/a", b"\0" * 24)
    assert refusal(stream.getvalue()) == "no data.pkl, or entries of one name"


def test_a_damaged_file_is_read_as_numbers_or_refused():
    """Every byte, in two ways, and every end: no other error."""
    content, read_all = zipped(TENSORS, STORAGES), 0
    changed = [content[:end] for end in range(2, len(content))]
    changed += [
        content[:at] + bytes([content[at] ^ f]) + content[at + 1 :] for at in range(len(content)) for f in (1, 128)
    ]
    for damaged in changed:
        try:
            read_all += all(isinstance(array, np.ndarray) for array in read(damaged).values())
        except ValueError as error:
            assert str(error).startswith("expected a file of tensors")
    assert 0 < read_all < len(content)
