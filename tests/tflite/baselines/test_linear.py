"""Which programs are linear, and what is read from them."""

import pytest

import tflite
from tests.tflite import bundles
from tflite import baselines
from tflite.baselines import BaselineError
from tflite.baselines.linear import needed_values
from tflite.bundle import manifest as m


def test_a_program_that_branches_is_not_linear(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    rule = m.MaxSoftmax(value="logits", threshold=0.5)
    program = [
        bundles.run("first"),
        m.Branch(
            rule=rule,
            then=(m.Answer(name="a", gives={"label": "logits"}),),
            otherwise=(m.Answer(name="b", gives={"label": "logits"}),),
        ),
    ]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    with pytest.raises(BaselineError, match="expected a linear program .* received branch"):
        baselines.linearize(loaded)
    assert not baselines.is_linear(loaded)


def test_a_value_written_twice_is_refused(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    program = [bundles.run("first"), bundles.run("first"), m.Answer(name="a", gives={"label": "logits"})]
    loaded = tflite.Bundle.load(bundles.make(tmp_path, graphs, program))
    with pytest.raises(BaselineError, match="writes a value again"):
        baselines.static_bundle(loaded)


def test_a_linear_program_has_its_constants_and_its_stages(bundle):
    linear = baselines.linearize(bundle)
    assert linear.given == ("image", "kappa")
    assert [[unit.name for unit in units] for units, _ in linear.stages] == [
        ["stage_1.0.0"],
        ["stage_2.1.0"],
        ["stage_3.2.0"],
    ]
    assert [end.name for _, end in linear.stages] == ["exit_1", "exit_2", "answer"]
    assert linear.fills_of({"image"}) == () and linear.fills_of({"kappa"}) == linear.fills


def test_values_are_needed_directly_or_not(bundle):
    units = [unit for units, _ in baselines.linearize(bundle).stages for unit in units]
    assert needed_values(units, {"logits_2"}) == {"logits_2", "features_1", "image", "kappa"}
    assert needed_values(units, {"kappa"}) == {"kappa"}
