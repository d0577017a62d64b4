"""Which parts are named for activations of 16 bits."""

import pytest

from tflite.conversion.export import ConversionError, int16_parts

PARTS, DECIDING = ["trunk_1", "head_1", "trunk_2", "head_2"], ["controller_1"]


@pytest.mark.parametrize(
    ("listed", "parts"),
    [
        ("", set()),
        ("head_2", {"head_2"}),
        ("head_*, trunk_1", {"head_1", "head_2", "trunk_1"}),
        ("all", set(PARTS)),
    ],
)
def test_parts_of_16_bits_are_named_by_name_or_pattern(listed, parts):
    assert int16_parts(listed, PARTS, DECIDING) == parts


@pytest.mark.parametrize(
    ("listed", "end"),
    [
        ("head_1,tail", "received 'tail'"),
        ("controller_*", "received 'controller_*': controller_1 is fitted on the quantized chain and stays float32"),
    ],
)
def test_a_part_that_cannot_have_16_bits_is_refused(listed, end):
    with pytest.raises(ConversionError) as refused:
        int16_parts(listed, PARTS, DECIDING)
    assert str(refused.value) == f"expected --int16 as parts of trunk_1, head_1, trunk_2, head_2, {end}"
