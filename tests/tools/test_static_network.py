"""tools/static_network.py on the hand-made bundle, whose last answer and counts can be worked out on paper."""

import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tests.tools import learned
from tests.tools.calling import call
from tflite.baselines import inputs_of_goldens
from tflite.bundle import manifest as m
from tflite.bundle.goldens import write_goldens
from tools import static_network


@pytest.fixture
def written(bundle_folder, tmp_path, pixels):
    out = tmp_path / "made"
    assert call(static_network, [str(bundle_folder), "--out", str(out), "--split", "test"]) == 0
    return tflite.Bundle.load(out)


def test_it_answers_as_the_last_exit_and_costs_what_is_left(written, pixels):
    images, labels, _ = pixels.load("test")
    chain = tflite.Chain(written)
    said = np.array([chain.run(image).label for image in images])
    a, b = images[:, 0, 0, 0].astype(int), images[:, 0, 1, 0].astype(int)
    np.testing.assert_array_equal(said, b > a)
    (point,) = written.manifest.operating_points
    assert point.accuracy == pytest.approx((said == labels).mean())
    assert (point.name, point.samples) == ("static", len(images))
    # Two features of two numbers and the last logits of two, each a 2 x 2 matrix; no head and no controller.
    assert chain.run(images[0]).macs == point.costs["macs"] == 3 * 4
    assert written.manifest.name == "learned_static"
    card = (written.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "12 multiply-adds for every image" in card


def test_a_chain_without_a_self_test_gives_one_without(written, bundle):
    assert bundle.manifest.goldens is None and written.manifest.goldens is None


def test_its_self_test_has_the_pictures_of_the_chains(bundle_folder, tmp_path, pixels):
    provenance = {"dataset": "pixels", "held_out_split": "test"}
    folder = learned.write(tmp_path / "chain", provenance=provenance)
    images = list(pixels.load("test")[0][:3])
    goldens = write_goldens(tflite.Chain(tflite.Bundle.load(folder)), folder, images)
    learned.write(folder, provenance=provenance, goldens=goldens)
    out = tmp_path / "chain_static"
    assert call(static_network, [str(folder), "--limit", "10"]) == 0
    made = tflite.Bundle.load(out)
    assert made.manifest.operating_points[0].samples == 10, "of the split on which the chain's points were measured"
    np.testing.assert_array_equal([given["image"] for given in inputs_of_goldens(made)], images)
    assert tflite.Chain(made).self_test() == []


def test_what_is_there_stays_unless_it_is_to_be_replaced(written, bundle_folder, capsys):
    arguments = [str(bundle_folder), "--out", str(written.path), "--split", "test"]
    assert call(static_network, arguments) == 2
    assert "expected a new folder; give --force" in capsys.readouterr().err
    assert call(static_network, [*arguments, "--force"]) == 0


def test_a_program_whose_way_is_not_known_is_refused_in_a_sentence_and_leaves_nothing(tmp_path, capsys, pixels):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    ends = (m.Answer(name="a", gives={"label": "logits"}),), (m.Answer(name="b", gives={"label": "logits"}),)
    rule = m.MaxSoftmax(value="logits", threshold=0.5)
    program = [bundles.run("first"), m.Branch(rule=rule, then=ends[0], otherwise=ends[1])]
    outputs, inputs = bundles.labels(*learned.LABELS), {"image": bundles.picture(scale=1 / 255)}
    folder = bundles.make(tmp_path / "branching", graphs, program, outputs=outputs, inputs=inputs)
    assert call(static_network, [str(folder), "--dataset", "pixels", "--split", "test"]) == 2
    assert (
        "expected a bundle with a self-test, whose inputs show the whole way, received none" in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["branching"]


def test_it_may_be_another_network_that_was_trained_alone(bundle_folder, written, tmp_path, pixels, capsys):
    """One that looks at the first pixel alone: logits (10 a, 5), right where a > .5 and b is not larger, or neither."""
    program = [
        m.Run(part="stage_1", inputs={"image": "image", "kappa": "kappa"}, outputs={"logits_1": "logits_1"}),
        m.Answer(name="answer", gives={"label": "logits_1"}),
    ]
    fill = learned.program()[0]
    settings = {"name": "alone", "outputs": bundles.labels(*learned.LABELS), "provenance": {"dataset": "pixels"}}
    settings |= {"inputs": {"image": bundles.picture(scale=1 / 255)}, "default_operating_point": "fast"}
    settings |= {"parameters": {"kappa": m.Parameter(default=0.02, minimum=0.0, maximum=0.1)}}
    settings |= {"operating_points": (learned.point("fast", 0.05, 0.8, 100.0),)}
    graphs, costs = {"stage_1": learned.graphs()["stage_1"]}, {"stage_1": learned.COSTS["stage_1"]}
    alone = bundles.make(tmp_path / "alone", graphs, [fill, *program], costs, **settings)
    out = tmp_path / "smaller"
    assert call(static_network, [bundle_folder, "--network", alone, "--out", out, "--split", "test"]) == 0
    images, labels, _ = pixels.load("test")
    expected = np.mean((images[:, 0, 0, 0] < 127.5) == labels)
    made = tflite.Bundle.load(out)
    assert made.manifest.operating_points[0].accuracy == pytest.approx(expected)
    assert made.manifest.name == "learned_static" and "`alone` linked" in (out / "MODEL_CARD.md").read_text()
