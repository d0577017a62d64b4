"""Conversions between tensors, against numbers worked out by hand."""

import numpy as np
import pytest

from tests.goldens.tables import numbers, table
from tflite.batched.values import Value
from tflite.bundle import manifest as m
from tflite.program.values import DTYPES, converter, dequantize, quantize, reader


def tensor(type, scale=None, zero_point=None, shape=(3,)):
    return m.Tensor(shape=shape, type=type, scale=scale, zero_point=zero_point)


INT8 = tensor("int8", 0.5, -1)
INT16 = tensor("int16", 0.25, 0)
FLOAT = tensor("float32")


def test_the_same_encoding_needs_no_conversion():
    assert converter(INT8, tensor("int8", 0.5, -1)) is None
    assert converter(tensor("int8", 0.1, 0), tensor("int8", float(np.float32(0.1)), 0)) is None
    assert converter(INT8, tensor("int8", 0.5, 0)) is not None


def test_dequantizing():
    codes = np.array([-128, -1, 127], np.int8)
    assert dequantize(codes, INT8).tolist() == [-63.5, 0.0, 64.0]
    assert reader(INT8)(codes) == [-63.5, 0.0, 64.0]
    assert reader(tensor("uint8", 0.5, 128))(np.array([0, 128, 255], np.uint8)) == [-64.0, 0.0, 63.5]
    assert reader(tensor("int32"))(np.array([1, -2, 3], np.int32)) == [1.0, -2.0, 3.0]
    assert reader(INT16)(np.array([-32768, 3], np.int16)) == [-8192.0, 0.75]
    assert reader(FLOAT)(np.array([[0.5, 1.5, 2.5]], np.float32)) == [0.5, 1.5, 2.5]


@pytest.mark.parametrize("convert", [lambda a: quantize(a, INT8), lambda a: converter(FLOAT, INT8)(a)])
def test_quantizing_rounds_ties_to_even_and_clips(convert):
    # 0.25 / 0.5 = 0.5 -> 0, 0.75 / 0.5 = 1.5 -> 2; then less 1.
    assert convert(np.array([0.25, 0.75, 1.25], np.float32)).tolist() == [-1, 1, 1]
    assert convert(np.array([1e9, -1e9, 3.4e38], np.float32)).tolist() == [127, -128, 127]


@pytest.mark.parametrize("convert", [lambda a: quantize(a, INT8), lambda a: converter(FLOAT, INT8)(a)])
def test_nan_becomes_the_lowest_number(convert):
    assert convert(np.array([np.nan, np.inf, 0], np.float32)).tolist() == [-128, 127, -1]


def test_eight_bits_to_eight_bits_is_the_same_as_by_way_of_float32():
    source, target = tensor("int8", 0.37, 5, (256,)), tensor("uint8", 0.41, 7, (256,))
    codes = np.arange(-128, 128).astype(np.int8)
    assert (converter(source, target)(codes) == quantize(dequantize(codes, source), target)).all()
    assert converter(source, tensor("float32"))(codes).dtype == np.float32


def test_the_buffered_quantizer_is_the_same_as_the_plain_one():
    target = tensor("int8", 0.0371, -3, (1000,))
    real = np.random.default_rng(0).normal(0, 3, 1000).astype(np.float32)
    assert (converter(tensor("float32", shape=(1000,)), target)(real) == quantize(real, target)).all()


def test_every_code_of_8_bits_has_one_of_16_and_comes_back():
    source, wide = tensor("int8", 0.037, 5, (256,)), tensor("int16", 0.037 / 100, 0, (256,))
    codes = np.arange(-128, 128).astype(np.int8)
    spread = converter(source, wide)(codes)
    assert spread.dtype == np.int16 and spread.tolist() == [100 * (code - 5) for code in range(-128, 128)]
    assert (converter(wide, source)(spread) == codes).all()


def test_int32_counts_whole_numbers_and_clips():
    int32 = tensor("int32")
    assert converter(int32, FLOAT)(np.array([1, -2, 3], np.int32)).tolist() == [1.0, -2.0, 3.0]
    assert converter(FLOAT, int32)(np.array([0.5, 2.5, 1e20], np.float32)).tolist() == [0, 2, 2**31 - 1]
    assert converter(INT8, int32)(np.array([1, 2, 0], np.int8)).tolist() == [1, 2, 0]


def sides(case):
    """The two tensors of a case of the table, and the array that is read."""
    shape = (len(case["codes"]),)
    source, target = (m.Tensor(shape=shape, **case[side]) for side in ("from", "to"))
    return source, target, np.array(numbers(case["codes"])).astype(DTYPES[source.type])


@pytest.mark.parametrize("case", table("conversions"), ids=lambda case: case["why"])
def test_both_runtimes_convert_alike(case):
    source, target, codes = sides(case)
    made = converter(source, target)(codes)
    assert made.tolist() == case["expected"]
    assert made.dtype == DTYPES[target.type]


@pytest.mark.parametrize("case", table("conversions"), ids=lambda case: case["why"])
def test_batches_are_converted_alike(case):
    source, target, codes = sides(case)
    forms = [None if t.scale is None else (t.scale, t.zero_point) for t in (source, target)]
    made = Value(codes[:, None], forms[0]).requantized(DTYPES[target.type], forms[1])
    assert made.array.ravel().tolist() == case["expected"]
