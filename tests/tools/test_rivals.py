"""A chain's rivals are the same network: same answers, other shape."""

import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tests.tools import learned
from tflite.bundle import manifest as m
from tflite.graph import flatbuffer
from tools import rivals
from tools.console import UserError


@pytest.fixture
def images(pixels):
    return pixels.load("test")[0]


def test_the_static_network_answers_as_the_chain_at_its_end(bundle, images):
    static = tflite.Chain(rivals.static_bundle(bundle))
    chain = tflite.Chain(bundle)
    for image in images[:20]:
        last = chain.trace(image).stops[-1]
        result = static.run(image)
        assert result.label == last.label
        np.testing.assert_allclose(result.answer, last.answer, rtol=1e-6)
        assert (result.path, result.macs) == (("static",), 1000)


def test_the_static_network_has_no_heads_that_it_does_not_need(bundle):
    static = rivals.static_bundle(bundle)
    operators = [name for name, _ in flatbuffer.operators(static.read("parts/static.tflite"))]
    assert operators.count("FULLY_CONNECTED") == 3  # two features and the last logits; no head, no controller
    assert "ADD" not in operators
    assert set(static.manifest.parts["static"].outputs) == {"answer"}


@pytest.mark.parametrize(("name", "parts"), [("exit_1", 2), ("exit_2", 3), ("answer", 4)])
def test_a_network_cut_short_answers_as_that_exit_does(bundle, images, name, parts):
    cut, chain = tflite.Chain(rivals.static_bundle(bundle, name)), tflite.Chain(bundle)
    for image in images[:20]:
        (stop,) = (stop for stop in chain.trace(image).stops if stop.name == name)
        np.testing.assert_allclose(cut.run(image).answer, stop.answer, rtol=1e-6)
    operators = [
        operator for operator, _ in flatbuffer.operators(rivals.static_bundle(bundle, name).read("parts/static.tflite"))
    ]
    assert operators.count("FULLY_CONNECTED") == parts - 1, "the features before it, and its own logits"


@pytest.mark.parametrize("point", ["fast", "exact"])
def test_the_conditional_model_leaves_where_the_chain_leaves(bundle, images, point):
    conditional = tflite.Chain(rivals.conditional_bundle(bundle, point))
    chain = tflite.Chain(bundle)
    exits = set()
    for image in images:
        expected = chain.run(image, operating_point=point)
        result = conditional.run(image, operating_point=point)
        np.testing.assert_allclose(result.answer, expected.answer, rtol=1e-6)
        exits.add(expected.exit)
    assert exits == {"exit_1", "exit_2", "answer"}


def test_full_depth_runs_every_part_of_every_image(bundle, images):
    full = tflite.Chain(rivals.full_depth_bundle(bundle))
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
        m.Exit(name="early", rule=rules[kind], value="logits"),
        bundles.run("second", {"logits": "logits"}, {"swapped": "swapped"}),
        m.Answer(name="last", value="swapped"),
    ]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    image = np.array([[[0], [2]]], np.uint8)
    assert tflite.Chain(loaded).run(image).exit == "early"
    assert tflite.Chain(rivals.full_depth_bundle(loaded)).run(image).exit == "last"


def test_parts_of_one_file_are_taken_apart(tmp_path, images):
    graphs = learned.graphs()
    for name, graph in graphs.items():
        graph.signature = name
    folder = bundles.make(
        tmp_path,
        graphs,
        learned.program(),
        learned.COSTS,
        single=True,
        task=m.Task(labels=learned.LABELS),
        input=m.Input(shape=(1, 2, 1), scale=(1 / 255,), offset=(0.0,)),
        parameters={
            "kappa": m.Parameter(default=0.0, minimum=0.0, maximum=0.1),
            "threshold": m.Parameter(default=0.5, minimum=0.0, maximum=1.0),
        },
    )
    loaded = tflite.Bundle.load(folder)
    static, chain = tflite.Chain(rivals.static_bundle(loaded)), tflite.Chain(loaded)
    assert [static.run(i).label for i in images[:9]] == [chain.trace(i).stops[-1].label for i in images[:9]]


def test_a_program_that_is_no_line_has_no_static_network(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    rule = m.MaxSoftmax(value="logits", threshold=0.5)
    program = [
        bundles.run("first"),
        m.Branch(
            rule=rule, then=(m.Answer(name="a", value="logits"),), otherwise=(m.Answer(name="b", value="logits"),)
        ),
    ]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    with pytest.raises(UserError, match="in a line, .* got branch"):
        rivals.static_bundle(loaded)


def test_a_value_written_twice_is_refused(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    program = [bundles.run("first"), bundles.run("first"), m.Answer(name="a", value="logits")]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    with pytest.raises(UserError, match="writes a value again"):
        rivals.static_bundle(loaded)


def test_softmax_exits_have_no_conditional_model(tmp_path):
    loaded = tflite.Bundle.load(bundles.two_exits(tmp_path))
    with pytest.raises(UserError, match="got max_softmax"):
        rivals.conditional_bundle(loaded, "fast")
