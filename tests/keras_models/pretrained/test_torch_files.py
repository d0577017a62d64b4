"""Files of torch.save: read whole, strides and all, or refused; nothing that a pickle asks for is done."""

import collections
import os
import pickle

import numpy as np
import pytest

from keras_models.pretrained.torch_files import read
from tests.keras_models.pretrained.torch_writer import MAGIC, SIZES, Tensor, pickled, written

STORAGES = {"a": np.arange(6, dtype="<f4"), "b": np.array([7], "<i8")}
TENSORS = {
    "rows": Tensor("a", "FloatStorage", 6, 0, (2, 3), (3, 1)),
    "turned": Tensor("a", "FloatStorage", 6, 0, (3, 2), (1, 3)),
    "every_other": Tensor("a", "FloatStorage", 6, 1, (3,), (2,)),
    "count": Tensor("b", "LongStorage", 1, 0, (), ()),
}


def refusal(content):
    with pytest.raises(
        ValueError, match="^expected a file of tensors as torch.save writes them, received one with "
    ) as e:
        read(content)
    return str(e.value).partition("received one with ")[2]


def test_tensors_are_read_by_their_strides():
    found = read(written(TENSORS, STORAGES))
    assert list(found) == list(TENSORS)
    np.testing.assert_array_equal(found["rows"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["turned"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(found["every_other"], [1, 3, 5])
    assert found["count"] == 7 and found["count"].dtype == np.int64 and found["rows"].dtype == np.float32
    assert all(array.flags.c_contiguous and array.flags.writeable for array in found.values())


def test_a_file_that_ends_early_or_late_is_refused():
    content = written(TENSORS, STORAGES)
    for end in range(len(content)):
        refusal(content[:end])
    assert refusal(content + b"\0") == "bytes behind its end"


def test_a_damaged_file_is_read_as_numbers_or_refused():
    """Every byte, in four ways: no other error, and nothing that hangs."""
    content, read_all = written(TENSORS, STORAGES), 0
    for at in range(len(content)):
        for flipped in (0x01, 0x10, 0x80, 0xFF):
            damaged = content[:at] + bytes([content[at] ^ flipped]) + content[at + 1 :]
            try:
                read_all += all(isinstance(array, np.ndarray) for array in read(damaged).values())
            except ValueError as error:
                assert str(error).startswith("expected a file of tensors")
    assert 0 < read_all < 2 * len(content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"offset": 1}, "a tensor that is not within its 6 numbers"),
        ({"strides": (4, 1)}, "a tensor that is not within its 6 numbers"),
        ({"shape": (7, 1), "strides": (0, 0)}, "a tensor that is not within its 6 numbers"),
        ({"shape": (1 << 39, 1 << 39), "strides": (0, 0)}, "a tensor that is not within its 6 numbers"),
        ({"shape": (0, 3)}, "a tensor that is not within its 6 numbers"),
        ({"strides": (-3, 1)}, "a tensor of numbers that are no counts"),
        ({"offset": True}, "a tensor of numbers that are no counts"),
        ({"offset": 0.0}, "the operation BINFLOAT in a pickle"),
        ({"offset": None}, "a tensor of numbers that are no counts"),
        ({"length": "6"}, "a tensor of numbers that are no counts"),
        ({"shape": (6,)}, r"a tensor of shape (6,) and strides (3, 1)"),
        ({"shape": (1,) * 9, "strides": (1,) * 9}, f"a tensor of shape {(1,) * 9} and strides {(1,) * 9}"),
        ({"shape": 6}, "Value after * must be an iterable, not int"),
        ({"key": 3}, "a tensor of no storage"),
        ({"kind": "CharStorage"}, "the name torch.CharStorage in a pickle"),
        ({"kind": "LongStorage"}, "the storage 'a' described in two ways"),
        ({"length": 7}, "the storage 'a' described in two ways"),
        ({"key": "c"}, "other storages than its tensors have"),
    ],
)
def test_a_tensor_is_within_its_storage(change, words):
    wrong = Tensor(**vars(TENSORS["rows"]) | change)
    assert refusal(written(TENSORS | {"wrong": wrong}, STORAGES)) == words


def test_tensors_are_no_larger_than_the_file():
    storages = {"a": np.arange(10_000, dtype="<f4")}
    tensors = {str(number): Tensor("a", "FloatStorage", 10_000, 0, (10_000,), (1,)) for number in range(2)}
    assert refusal(written(tensors, storages)) == "tensors larger than it is itself"


def test_storages_are_as_long_as_told():
    longer = {"a": np.arange(7, dtype="<f4"), "b": STORAGES["b"]}
    assert refusal(written(TENSORS, longer)) == "a storage 'a' of another length than 6"
    assert refusal(written({"count": TENSORS["count"]}, STORAGES)) == "other storages than its tensors have"


@pytest.mark.parametrize(
    "head",
    [(MAGIC + 1, 1001, SIZES), (MAGIC, 1000, SIZES), (MAGIC, 1001, {}), (MAGIC, 1001, SIZES | {"little_endian": 0})],
)
def test_another_format_is_refused(head):
    assert refusal(written(TENSORS, STORAGES, head)) == "another beginning"


class Calls:
    """What calls a function when it is unpickled."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


class Plain:
    """An object of a class, which newer pickles make by an operation of its own."""


MARK, STOP = b"\x80\x02", b"."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (pickled({"a": Calls(os.system, "touch done")}), f"the name {os.system.__module__}.system in a pickle"),
        (pickled({"a": Calls(eval, "open('done', 'w')")}), "the name __builtin__.eval in a pickle"),
        (pickled(Calls(getattr, 1, "real")), "the name __builtin__.getattr in a pickle"),
        (pickled(Calls(os.system, "touch done"), 4), "the operation FRAME in a pickle"),
        (pickled(Calls(os.system, "touch done"), 0), "the operation PUT in a pickle"),
        (MARK + b"cposix\nsystem\nX\x0a\0\0\0touch done\x85R" + STOP, "the name posix.system in a pickle"),
        (MARK + b"(X\x0a\0\0\0touch doneiposix\nsystem\n" + STOP, "the operation INST in a pickle"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93" + STOP, "the operation SHORT_BINUNICODE in a pickle"),
        (MARK + b"X\5\0\0\0posixX\6\0\0\0system\x93" + STOP, "the operation STACK_GLOBAL in a pickle"),
        (MARK + b"\x82\x01" + STOP, "the operation EXT1 in a pickle"),
        (pickled(Plain()), "the operation NEWOBJ in a pickle"),
        (MARK + b"ccollections\nOrderedDict\n)\x81" + STOP, "the operation NEWOBJ in a pickle"),
        (MARK + b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n" + STOP, None),
        (MARK + b"Nr\xff\xff\xff\x7f" + STOP, f"a memo of {0x7FFFFFFF} in a pickle"),
        (MARK + b"}N" + b"\x85" * 1_000_000 + b"Ns" + STOP, "a pickle of more than 20000 operations"),
        (pickled({}), "no dictionary of tensors"),
        (pickled([]), "no dictionary of tensors"),
        (pickled(collections.OrderedDict(a=1)), "values that are no tensors by name"),
        (pickled(collections.OrderedDict({1: TENSORS["rows"]})), "values that are no tensors by name"),
        # A dictionary whose method of that name is another thing: what it has is taken all the same.
        (MARK + b"ccollections\nOrderedDict\n)R}X\5\0\0\0itemsNsb" + STOP, "other storages than its tensors have"),
    ],
)
def test_what_a_hostile_pickle_asks_for_is_not_done(body, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    received = refusal(written(body, STORAGES))
    assert words is None or received == words
    assert not os.listdir(tmp_path)


def test_a_hostile_pickle_in_any_place_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hostile = pickled(Calls(os.system, "touch done"))
    pickle.loads(hostile)
    assert os.listdir(tmp_path) == ["done"], "it would do something"
    os.remove("done")
    parts = [pickled(MAGIC), pickled(1001), pickled(SIZES), pickled(collections.OrderedDict()), pickled([])]
    assert read(b"".join(parts)) == {}
    for place in range(len(parts)):
        assert refusal(b"".join([*parts[:place], hostile, *parts[place + 1 :]])).startswith("the name")
    assert not os.listdir(tmp_path)


def test_what_a_pickle_sets_on_its_stand_ins_is_forgotten():
    """It sets the defaults of the function that makes tensors; the next file is read as ever."""
    function = b"ctorch._utils\n_rebuild_tensor_v2\n"
    setting = MARK + b"ccollections\nOrderedDict\n)R" + b"X\1\0\0\0a" + function
    setting += b"N}X\x0c\0\0\0__defaults__)s\x86b" + b"s" + STOP  # state (None, {"__defaults__": ()})
    assert refusal(written(setting, STORAGES)) == "values that are no tensors by name"
    np.testing.assert_array_equal(read(written(TENSORS, STORAGES))["every_other"], [1, 3, 5])
