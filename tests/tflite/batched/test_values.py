"""Values and columns: forms, conversions, pieces that several steps have written."""

import numpy as np
import pytest

from tflite.batched.values import Column, Value, quantize
from tflite.bundle import manifest as m
from tflite.program import values as one_by_one

CODES = np.array([[-128], [0], [127]], np.int8)


def test_codes_are_read_by_their_scale():
    assert Value(CODES, (0.5, 1)).real().ravel().tolist() == [-64.5, -0.5, 63.0]
    assert Value(np.array([3], np.int32)).real().dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "scale", "zero_point"),
    [("int8", 0.1, 3), ("uint8", 0.37, 128), ("int16", 0.01, 0), ("int32", None, None), ("float32", None, None)],
)
def test_a_value_is_written_as_the_runtime_writes_it(kind, scale, zero_point):
    numbers = np.array([np.nan, np.inf, -np.inf, 0, 0.05, 0.15, -7.3, 12.749, 3e9, -3e9, 2.5, 3.5, 3e38], np.float32)
    tensor = m.Tensor(shape=numbers.shape, type=kind, scale=scale, zero_point=zero_point)
    quantization = None if scale is None else (float(np.float32(scale)), zero_point)
    got = quantize(numbers, quantization, one_by_one.DTYPES[kind])
    np.testing.assert_array_equal(got, one_by_one.quantize(numbers, tensor))


def test_the_same_form_is_no_conversion():
    value = Value(CODES, (0.5, 1))
    assert value.requantized(np.int8, (0.5, 1)) is value
    assert value.requantized(np.int8, (1.0, 0)).array.ravel().tolist() == [-64, 0, 63]  # -64.5 and -.5: ties to even


def versions(*numbers):
    return np.array(numbers, np.uint64)


def test_rows_come_from_the_step_that_wrote_them_last():
    column = Column(4)
    column.put(np.arange(4), Value(np.arange(4, dtype=np.float32)[:, None]), versions(1, 1, 1, 1))
    column.put(np.array([1, 3]), Value(np.array([[10], [30]], np.float32)), versions(2, 2))
    assert column.take(np.array([0, 1, 3])).array.ravel().tolist() == [0, 10, 30]
    assert column.versions.tolist() == [1, 2, 1, 2]


def test_rows_of_two_forms_are_read_as_float32():
    column = Column(3)
    column.put(np.array([0, 2]), Value(CODES[:2], (0.5, 1)), versions(1, 1))
    column.put(np.array([1]), Value(np.array([[7]], np.float32)), versions(2))
    assert column.take(np.arange(3)).array.ravel().tolist() == [-64.5, 7.0, -0.5]
    assert column.take(np.array([0, 2])).array.dtype == np.int8
    assert [places.tolist() for places, _ in column.chunks(np.arange(3))] == [[0, 2], [1]]


def test_a_whole_piece_is_not_copied():
    column, value = Column(3), Value(CODES, (0.5, 1))
    column.put(np.arange(3), value, versions(1, 1, 1))
    assert column.take(np.arange(3)) is value


def test_another_column_is_taken_over_without_a_copy():
    column, other, value = Column(3), Column(3), Value(CODES, (0.5, 1))
    other.put(np.arange(3), value, versions(5, 6, 7))
    column.adopt(np.arange(3), other, versions(8, 8, 8))
    assert column.take(np.arange(3)) is value
    assert column.versions.tolist() == [8, 8, 8] and other.versions.tolist() == [5, 6, 7]


def test_pieces_that_nobody_owns_are_dropped():
    column = Column(2)
    for number in range(5):
        column.put(np.arange(2), Value(np.full((2, 1), number, np.float32)), versions(1, 1))
    assert len(column._pieces) == 1 and column.take(np.arange(2)).array.ravel().tolist() == [4, 4]


def test_a_value_that_some_samples_lack_cannot_be_read():
    column = Column(3)
    column.put(np.array([0]), Value(CODES[:1]), versions(1))
    assert column.written().tolist() == [0]
    with pytest.raises(KeyError, match="expected a value that every sample here has written"):
        column.take(np.array([0, 1]))
