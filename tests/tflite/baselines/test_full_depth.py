"""At full depth no exit answers."""

import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tflite import baselines
from tflite.bundle import manifest as m


def test_full_depth_runs_every_part_of_every_image(bundle, images):
    full = tflite.Chain(baselines.full_depth(bundle)[0])
    for image in images[:5]:
        result = full.run(image, operating_point="fast")
        assert result.path == ("stage_1", "stage_2", "stage_3")


@pytest.mark.parametrize("kind", ["entropy", "margin", "logistic_entropy", "max_softmax"])
def test_full_depth_disarms_every_kind_of_rule(tmp_path, kind):
    rules = {
        "entropy": m.Entropy(value="logits", threshold=9.0),
        "margin": m.Margin(value="logits", threshold=0.0),
        "logistic_entropy": m.LogisticEntropy(value="logits", threshold=1.0, weight=1.0, bias=0.0),
        "max_softmax": m.MaxSoftmax(value="logits", threshold=0.0),
    }
    graphs = {
        "first": bundles.linear([[1, 0], [0, 1]], [0, 0]),
        "second": bundles.linear([[0, 1], [1, 0]], [0, 0], source="logits", shape=(1, 2), target="swapped"),
    }
    program = [
        bundles.run("first"),
        m.Exit(name="early", rule=rules[kind], gives={"label": "logits"}),
        bundles.run("second", {"logits": "logits"}, {"swapped": "swapped"}),
        m.Answer(name="last", gives={"label": "swapped"}),
    ]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    image = np.array([[[0], [2]]], np.uint8)
    assert tflite.Chain(loaded).run(image).exit == "early"
    assert tflite.Chain(baselines.full_depth(loaded)[0]).run(image).exit == "last"
