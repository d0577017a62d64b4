"""The static network answers as the chain does at its end, or at the exit where it is cut short."""

import dataclasses

import msgspec
import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tests.tools import learned
from tflite import baselines
from tflite.bundle import manifest as m
from tflite.graph import flatbuffer


def test_the_static_network_answers_as_the_chain_at_its_end(bundle, images):
    static = tflite.Chain(baselines.static_bundle(bundle))
    chain = tflite.Chain(bundle)
    for image in images[:20]:
        last = chain.trace(image).stops[-1]
        result = static.run(image)
        assert result.label == last.label
        np.testing.assert_allclose(result.answer, last.answer, rtol=1e-6)
        assert (result.path, result.macs) == (("static",), 1000)


def test_the_static_network_has_no_heads_that_it_does_not_need(bundle):
    static = baselines.static_bundle(bundle)
    operators = [name for name, _ in flatbuffer.operators(static.read("parts/static.tflite"))]
    assert operators.count("FULLY_CONNECTED") == 3  # two features and the last logits; no head, no controller
    assert "ADD" not in operators
    assert set(static.manifest.parts["static"].outputs) == {"answer"}


@pytest.mark.parametrize(("name", "parts"), [("exit_1", 2), ("exit_2", 3), ("answer", 4)])
def test_a_network_cut_short_answers_as_that_exit_does(bundle, images, name, parts):
    cut, chain = tflite.Chain(baselines.static_bundle(bundle, name)), tflite.Chain(bundle)
    for image in images[:20]:
        (stop,) = (stop for stop in chain.trace(image).stops if stop.name == name)
        np.testing.assert_allclose(cut.run(image).answer, stop.answer, rtol=1e-6)
    operators = [
        operator
        for operator, _ in flatbuffer.operators(baselines.static_bundle(bundle, name).read("parts/static.tflite"))
    ]
    assert operators.count("FULLY_CONNECTED") == parts - 1, "the features before it, and its own logits"


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
        outputs=bundles.labels(*learned.LABELS),
        inputs={"image": bundles.picture(scale=1 / 255)},
        parameters={
            "kappa": m.Parameter(default=0.0, minimum=0.0, maximum=0.1),
            "threshold": m.Parameter(default=0.5, minimum=0.0, maximum=1.0),
        },
    )
    loaded = tflite.Bundle.load(folder)
    static, chain = tflite.Chain(baselines.static_bundle(loaded)), tflite.Chain(loaded)
    assert [static.run(i).label for i in images[:9]] == [chain.trace(i).stops[-1].label for i in images[:9]]


def test_a_chain_that_saves_latency_has_static_networks_too(bundle):
    """Their points are sorted by the one cost that they carry, multiply-adds."""

    def timed(each):
        return msgspec.structs.replace(each, costs=dict(each.costs) | {"latency_us": 1.0})

    points = tuple(timed(point) for point in bundle.manifest.operating_points)
    parts = {name: timed(part) for name, part in bundle.manifest.parts.items()}
    manifest = msgspec.structs.replace(bundle.manifest, parts=parts, operating_points=points, sorted_by="latency_us")
    made, missing = baselines.attempt(baselines.static_shapes(dataclasses.replace(bundle, manifest=manifest)))
    assert missing == {} and all(static.manifest.sorted_by == "macs" for static in made.values())


def test_multiply_adds_are_counted_as_the_parts_are(bundle):
    dense = baselines.part_model(bundle, "stage_3")
    assert [name for name, _ in flatbuffer.operators(dense)].count("FULLY_CONNECTED") == 2
    assert baselines.count_macs(dense) == 8


def test_a_static_network_is_written_with_its_own_accuracy_cost_and_self_test(tmp_path, images):
    folder = learned.write(tmp_path / "chain")
    goldens = tflite.write_goldens(tflite.Chain(tflite.Bundle.load(folder)), folder, list(images[:3]))
    bundle = tflite.Bundle.load(learned.write(folder, goldens=goldens, title="Two pixels", question="Which?"))
    last = (images[:, 0, 1, 0] > images[:, 0, 0, 0]).astype(int)
    labels = np.concatenate([1 - last[:15], last[15:]])  # a quarter of the 60 is wrong
    written = baselines.write_static_bundle(bundle, tmp_path / "static", "whole", images, labels)
    made = tflite.Bundle.load(tmp_path / "static")
    assert made.manifest == written and written.name == "whole"
    assert (written.title, written.question) == ("Two pixels, static network", "Which?")
    (point,) = written.operating_points
    # Two features of two numbers and the last logits of two, each a 2 x 2 matrix.
    assert (point.name, point.accuracy, point.costs, point.samples) == ("static", 0.75, {"macs": 12.0}, 60)
    np.testing.assert_array_equal([given["image"] for given in baselines.inputs_of_goldens(made)], images[:3])
    assert tflite.Chain(made).self_test() == []


def test_no_self_test_has_no_inputs(bundle):
    assert baselines.inputs_of_goldens(bundle) == []
