"""The server half in this process: what a bundle's folder has of it, and what it refuses."""

import numpy as np
import pytest

from tests.keras_models import other_answers
from tests.test_deploy import PICTURES, deployed
from tflite.bundle import Bundle
from tflite.errors import ChainError
from tflite.runtime.chain import Chain
from tflite.runtime.server_parts import ServerParts, server_parts


class Sending(other_answers.Halves):
    """What goes to its server goes as bytes between 0 and 4."""

    def parts(self):
        parts = super().parts()
        large = parts["large"]
        return parts | {"large": type(large)(large.model, where=large.where, sent={"seen": (0.0, 4.0)})}


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    return deployed("halves", tmp_path_factory.mktemp("made") / "float")[1]


def test_a_chain_answers_with_it(halves):
    chain = Chain(halves, remote=server_parts(halves), warm_up=False)
    result = chain.run(PICTURES[0])
    assert "large" in result.path and [event.kind for event in result.events].count("remote") == 1


def test_a_bundle_without_has_none(tmp_path, halves):
    _, whole = deployed("two_tasks", tmp_path / "whole")
    assert server_parts(whole) is None
    alone = Bundle(tmp_path, halves.manifest)
    assert server_parts(alone) is None
    with pytest.raises(ChainError, match="remote part large: expected a model in .*server/large.tflite"):
        ServerParts(alone)


def test_what_is_sent_is_a_byte_a_number(tmp_path, monkeypatch):
    import tests.test_deploy as deploying

    monkeypatch.setitem(deploying.NETWORKS, "halves", Sending)
    network, bundle = deployed("halves", tmp_path / "made")
    tensor = bundle.manifest.parts["large"].inputs["seen"]
    assert tensor.type == "uint8" and tensor.scale == pytest.approx(4 / 255) and tensor.zero_point == 0
    chain = Chain(bundle, remote=server_parts(bundle), warm_up=False)
    seen = deploying.in_keras(network).run()
    for row in range(4):
        result = chain.run(PICTURES[row])
        (event,) = [event for event in result.events if event.kind == "remote"]
        assert event.bytes[0] == 8 * 8 * 2, "not four times as many"
        # 128 numbers that are off by at most half a step of 4 / 255, times weights of deviation 0.5.
        np.testing.assert_allclose(result.answer, seen.outputs[row], atol=4 * 0.5 * np.sqrt(128) * 4 / 255 / 2)
        assert not np.array_equal(result.answer, seen.outputs[row])
