"""Multiply-adds of a static network, counted by hand."""

from tflite.graph import flatbuffer
from tools import rivals
from tools.reporting import static_network


def test_multiply_adds_are_counted_as_the_parts_are(bundle):
    dense = rivals.part_model(bundle, "stage_3")
    assert [name for name, _ in flatbuffer.operators(dense)].count("FULLY_CONNECTED") == 2
    assert static_network.count_macs(dense) == 8
