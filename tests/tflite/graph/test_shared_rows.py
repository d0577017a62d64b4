"""Files with filters in common, stored once and restored byte for byte."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tflite.models import Graph, build
from tflite.bundle import Bundle
from tflite.graph import shared_rows

GOLDENS = Path(__file__).resolve().parents[2] / "goldens" / "families"
FIRST, SECOND, THIRD = (np.full(16, number, np.float32) for number in (1, 2, 3))


def dense(*rows) -> bytes:
    """A model of one dense layer with those rows of weights."""
    graph = Graph()
    x = graph.input("x", (1, 16))
    graph.output("y", graph.dense(x, np.stack(rows), np.zeros(len(rows))))
    return build(graph)


def test_the_rows_of_a_constant_are_found():
    content = dense(FIRST, SECOND, THIRD)
    [span] = shared_rows.spans(content)
    assert (span.row, span.count) == (64, 3)
    weights = content[span.start : span.start + 3 * 64]
    np.testing.assert_array_equal(np.frombuffer(weights, np.float32).reshape(3, 16), [FIRST, SECOND, THIRD])


def test_rows_in_common_are_stored_once():
    files = {"one": dense(FIRST, SECOND), "other": dense(SECOND, THIRD, FIRST)}
    assert list(shared_rows.in_common(files)) == [(64, 5, 3)]
    shared = shared_rows.share(files)
    head = json.loads(shared.partition(b"\n")[0])
    assert head["pools"] == [[64, 3]]
    # Two of five rows are not stored again; each of the five has two bytes in a table.
    rest = len(head_of(shared)) + 1
    assert len(shared) == rest + sum(map(len, files.values())) - 2 * 64 + 5 * 2
    assert shared_rows.restore(shared) == files


def head_of(shared: bytes) -> bytes:
    return shared.partition(b"\n")[0]


def test_a_large_pool_has_wider_entries():
    assert shared_rows._entry(1 << 16).itemsize == 2 and shared_rows._entry((1 << 16) + 1).itemsize == 4


@pytest.mark.parametrize("family", ["fishnet", "epnet", "toy_tasks"])
def test_parts_of_a_bundle_come_back_byte_for_byte(family):
    bundle = Bundle.load(GOLDENS / family)
    files = {part.file: bundle.read(part.file) for part in bundle.manifest.parts.values()}
    assert shared_rows.restore(shared_rows.share(files)) == files


def test_tasks_that_pick_the_same_filter_share_its_codes():
    """In int8, with other normalisations folded in: the tiny FishNet's tasks pick the same candidate somewhere."""
    bundle = Bundle.load(GOLDENS / "fishnet")
    files = {part.file: bundle.read(part.file) for part in bundle.manifest.parts.values()}
    assert any(different < count for _, count, different in shared_rows.in_common(files))


def test_what_is_no_shared_form_is_refused():
    shared = shared_rows.share({"one": dense(FIRST, SECOND)})
    for damaged in (
        b"",
        b"{}\n",
        b"[1]\n",
        shared[:-1],
        shared.replace(b'"version":1', b'"version":2'),
        b"\xff" + shared,
    ):
        with pytest.raises(shared_rows.SharedRowsError):
            shared_rows.restore(damaged)
    changed = bytearray(shared)
    changed[len(head_of(shared)) + 5] ^= 1
    with pytest.raises(shared_rows.SharedRowsError, match="expected the bytes of one with SHA-256"):
        shared_rows.restore(bytes(changed))
