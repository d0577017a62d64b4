"""Int8 conversion of programs that branch: who is calibrated on what, one scale a value, and the bundle that runs."""

import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.conversion import branching
from tests.tflite.conversion.test_quantize import spoiled
from tests.tflite.handmade import Handmade, dense
from tflite.batched.executor import Executor
from tflite.batched.units import UnitRunner, bundle_parts
from tflite.conversion import calibrate, rebuild
from tflite.conversion.calibrate import Candidate, Observations
from tflite.conversion.correct import correct_chain, correct_leaving
from tflite.conversion.export import ConversionError
from tflite.conversion.passes import run_steps, without_exit_rules
from tflite.conversion.ranges import quantize_units, unit_ranges
from tflite.conversion.unit_chain import UnitChain, record
from tflite.conversion.validate import compare_answers
from tflite.graph import flatbuffer
from tflite.runtime.chain import Chain

PROGRAM = without_exit_rules(branching.program())
IMAGES = branching.images(48, 1)
WIDEST = Candidate(48, 1.0)


def trunk():
    return {name: unit for name, unit in branching.floats().items() if name not in branching.DECIDING}


def session(bright=0.05):
    return UnitChain(PROGRAM, branching.floats(), branching.parameters(bright)).session(IMAGES)


def output_of(unit, port="y"):
    return flatbuffer.ports(flatbuffer.load(branching.floats()[unit])).outputs[port]


def test_a_unit_is_observed_on_the_samples_that_reach_it():
    """The bright half runs the skipped block; every image runs the tail, twice: its range is that of both runs."""
    seen, values = calibrate.observe(session(), trunk()), record(session())
    sides = values.outcomes.sides()
    assert sides["main[2]"] == {"then": 24, "otherwise": 24} and min(sides["main[3]"].values()) > 8
    lengths = {name: len(seen.extremes[name, output_of(name)]) for name in trunk()}
    ways = sides["main[3]"]
    assert lengths == {"stem": 48, "skipped": 24, "narrow": ways["cases[0]"], "wide": ways["cases[1]"], "tail": 48}
    visit, outputs = values.visits["main[2].then[0]", ()]
    written = outputs["y"].real().reshape(24, -1)
    np.testing.assert_allclose(seen.extremes["skipped", output_of("skipped")][:, 1], written.max(1), rtol=1e-5)
    runs = [outputs["y"].real().reshape(48, -1) for visit, outputs in values.visits.values()
            if visit.step["part"] == "tail"]  # fmt: skip
    assert len(runs) == 2 and seen.notes == ()
    expected = np.maximum(runs[0].max(1), runs[1].max(1))
    np.testing.assert_allclose(seen.extremes["tail", output_of("tail")][:, 1], expected, rtol=1e-5)


def test_a_side_that_nobody_takes_is_observed_on_all_that_came_and_said():
    seen = calibrate.observe(session(bright=1e9), trunk())
    assert len(seen.extremes["skipped", output_of("skipped")]) == 48
    [note] = seen.notes
    assert note == (
        "no calibration image takes main[2].then (a branch): skipped is calibrated on images that do not go there"
    )
    assert branching.quantized(1e9).notes[:1] == seen.notes
    assert not branching.quantized().notes
    alone = calibrate.observe(session(), trunk()).extremes
    for key in alone:  # what lies behind the side is observed as the images go, not as if they went there
        if key[0] == "wide":
            assert len(seen.extremes[key]) == len(alone[key])


def step(part, reads, writes):
    return {"op": "run", "part": part, "inputs": {"x": reads}, "outputs": {"y": writes}}


def branch(then, otherwise=(), threshold=10.0):
    rule = {"rule": "at_least", "value": "image", "threshold": threshold}
    return {"op": "branch", "rule": rule, "then": list(then), "otherwise": list(otherwise)}


def test_sides_inside_sides_and_behind_answers_are_found():
    """Images of 1 and 2: nobody takes the outer side, whose inner side nobody would take either, nor what lies behind
    the first answer, where again one of two sides stays empty."""
    inner = branch([step("inner", "a", "a")], threshold=5.0)
    program = [
        branch([step("outer", "image", "a"), inner]),
        branch(
            [step("cheap", "image", "b"), {"op": "answer", "name": "first", "gives": {"label": "b"}}], threshold=0.0
        ),
        branch([step("high", "image", "c")], [step("low", "image", "c")], threshold=1.5),
        {"op": "answer", "name": "second", "gives": {"label": "c"}},
    ]
    units = {name: dense([[2.0]], [0.0]) for name in ("outer", "inner", "cheap", "high", "low")}
    images = np.array([[1.0], [2.0]], np.float32)
    seen = calibrate.observe(UnitChain(program, units, {}).session(images), units)
    highest = {name: array[:, 1].tolist() for (name, index), array in seen.extremes.items() if index == 3}
    assert highest == {"outer": [2, 4], "inner": [4, 8], "cheap": [2, 4], "high": [4], "low": [2]}
    assert [note.split(":")[0].split("takes ")[1] for note in seen.notes] == [
        "main[0].then (a branch)", "main[0].then[1].then (a branch)", "main[1].otherwise (a branch)",
    ]  # fmt: skip
    assert seen.notes[2].endswith("high, low are calibrated on images that do not go there")


def test_a_unit_that_no_sample_can_reach_is_refused():
    program = [{"op": "answer", "name": "end", "gives": {"label": "image"}}, step("dead", "image", "a")]
    units = {"dead": dense([[2.0]], [0.0])}
    with pytest.raises(ConversionError, match="expected samples that reach each part, received none that reach dead"):
        calibrate.observe(UnitChain(program, units, {}).session(np.ones((2, 1), np.float32)), units)


def pool():
    """A pooling unit: its output has the scale of its input."""
    model = Handmade()
    x, y = model.tensor("x", [1, 1, 1, 1]), model.tensor("y", [1, 1, 1, 1])
    options = schema.Pool2DOptionsT(filterHeight=1, filterWidth=1, strideH=1, strideW=1)
    model.operator("MAX_POOL_2D", [x], y, options)
    return model.pack({"x": x}, {"y": y})


def ranges_of(program, units, extremes):
    """Ranges of the ports by hand-made extremes {(unit, port): (lowest, highest)}, the same for every image."""
    ports = {name: flatbuffer.ports(flatbuffer.load(content)) for name, content in units.items()}
    index = {(name, port): i for name, p in ports.items() for side in p for port, i in side.items()}
    seen = Observations({(key[0], index[key]): np.array([bounds] * 2) for key, bounds in extremes.items()})
    found = unit_ranges(units, program, seen, WIDEST, (0.0, 1.0))
    return {key: found[key[0]][i] for key, i in index.items()}


def test_a_value_has_one_range_the_union_over_the_steps_that_write_it():
    """v is written with -4..2 and, renewed, with -1..8, and read behind: all have -4..8. The image has 0..1."""
    units = {name: dense([[1.0]], [0.0]) for name in "abc"}
    program = [step("a", "image", "v"), branch([step("b", "v", "v")]), step("c", "v", "end")]
    seen = {("a", "y"): (-4, 2), ("b", "y"): (-1, 8), ("c", "y"): (0, 3)}
    # What readers have seen of v does not count: the range is that of what writes it.
    seen |= {("a", "x"): (0, 0.5), ("b", "x"): (-9, 9), ("c", "x"): (-9, 9)}
    assert ranges_of(program, units, seen) == {
        ("a", "x"): (0, 1), ("a", "y"): (-4, 8), ("b", "x"): (-4, 8), ("b", "y"): (-4, 8),
        ("c", "x"): (-4, 8), ("c", "y"): (0, 3),
    }  # fmt: skip


def test_a_pooling_on_one_side_ties_its_input_to_the_other_side():
    """v is pooled u, or b's output: u, which a writes with -4..2, has the union with b's -1..8 as well."""
    units = {"a": dense([[1.0]], [0.0]), "b": dense([[1.0]], [0.0]), "pool": pool()}
    program = [step("a", "image", "u"), branch([step("pool", "u", "v")], [step("b", "u", "v")])]
    seen = {("a", "x"): (0, 1), ("a", "y"): (-4, 2), ("b", "x"): (-4, 2), ("b", "y"): (-1, 8)}
    seen |= {("pool", "x"): (-3, 1), ("pool", "y"): (-3, 1)}
    found = ranges_of(program, units, seen)
    assert {found[key] for key in found if key != ("a", "x")} == {(-4, 8)}


def test_what_a_float_part_writes_counts_as_its_readers_see_it():
    """v comes from the int8 unit a with -4..2 or from a float part with up to 20, as the reader c sees."""
    units = {name: dense([[1.0]], [0.0]) for name in "ac"}
    program = [branch([step("a", "image", "v")], [step("float", "image", "v")]), step("c", "v", "end")]
    seen = {("a", "x"): (0, 1), ("a", "y"): (-4, 2), ("c", "x"): (-4, 20), ("c", "y"): (0, 3)}
    found = ranges_of(program, units, seen)
    assert found["a", "y"] == found["c", "x"] == (-4, 20)


def test_a_value_has_one_scale_wherever_it_is_written_and_read():
    units, forms = branching.quantized().units, {}
    assert set(units) == set(trunk())
    for step in run_steps(PROGRAM):
        if step["part"] in units:
            runner = UnitRunner(units[step["part"]])
            for side in ("inputs", "outputs"):
                for port, value in step[side].items():
                    forms.setdefault(value, set()).add(runner.form(getattr(runner.ports, side)[port]))
    assert set(forms) == {"image", "x", "y", "z", "end"} and all(len(found) == 1 for found in forms.values())
    assert forms["y"] == forms["z"] and forms["x"] != forms["y"]
    assert all(dtype is np.int8 for [(dtype, _)] in forms.values())


@pytest.mark.parametrize("bright", [0.05, 1e9])
def test_the_int8_chain_is_close_to_the_float_one_on_every_side(bright):
    held_out = branching.images(40, 3)
    floats, ints = (branching.trace(held_out, units) for units in (None, branching.quantized(bright).units))
    assert min(min(sides.values()) for where, sides in floats.sides().items() if where != "main[5]") > 8
    assert np.mean([a == b for a, b in zip(floats.paths(), ints.paths(), strict=True)]) >= 0.95
    for name, (rows, logits) in floats.answers().items():
        assert np.abs(logits - ints.answers()[name][1]).mean() < 0.05 * logits.std(), name


def test_the_bundle_of_a_branching_chain_does_what_the_int8_chain_does(tmp_path):
    units = branching.floats() | branching.quantized().units
    groups = branching.write_bundle(tmp_path, units)
    assert [group.units for group in groups if len(group.units) > 1] == [("stem", "gate"), ("tail", "big_head")]
    held_out = branching.images(40, 4)
    runners = {name: UnitRunner(content) for name, content in units.items()}
    seen = Executor(branching.program(), runners, branching.parameters()).run({"image": held_out})
    assert all(count > 2 for sides in seen.sides().values() for count in sides.values())
    chain = Chain.load(tmp_path, warm_up=False)
    parts = Executor(
        msgspec.to_builtins(chain.manifest.programs["main"]), bundle_parts(chain.bundle), branching.parameters()
    )
    batched = parts.run({"image": held_out})
    units_of = {group.name: group.units for group in groups}
    for i, image in enumerate(held_out):
        result = chain.run(image)
        assert [unit for part in result.path for unit in units_of[part]] == list(seen.paths()[i])
        assert result.exit == seen.ends[seen.end[i]] and result.path == batched.paths()[i]
        np.testing.assert_allclose(result.answer, seen.outputs[i], rtol=1e-5, atol=1e-5)


def test_a_unit_is_corrected_on_the_samples_that_reach_it():
    chain = UnitChain(PROGRAM, branching.floats(), branching.parameters())
    reference, seen = record(chain.session(IMAGES)), calibrate.observe(session(), trunk())
    units = quantize_units(trunk(), unit_ranges(trunk(), PROGRAM, seen, WIDEST, (0.0, 1.0)))
    units["skipped"] = spoiled(units["skipped"], 3000)
    found = correct_chain(chain, units, reference, IMAGES)
    assert found.skipped == () and found.recording.outcomes.paths() == reference.outcomes.paths()
    bad = record(chain.session(IMAGES, units), reference.outcomes)
    key = "main[2].then[0]", ()

    def off(recording):
        return np.abs((recording.visits[key][1]["y"].real() - reference.visits[key][1]["y"].real()).mean((0, 1, 2)))

    assert off(found.recording).max() < 0.2 * off(bad).max()
    leaving = correct_leaving(found.units, PROGRAM, reference, found.recording)
    assert [name for name in units if leaving[name] != found.units[name]] == []  # tail writes z, which it reads


def test_units_on_a_side_that_nobody_takes_keep_their_biases():
    chain = UnitChain(PROGRAM, branching.floats(), branching.parameters(1e9))
    reference, seen = record(chain.session(IMAGES)), calibrate.observe(session(1e9), trunk())
    units = quantize_units(trunk(), unit_ranges(trunk(), PROGRAM, seen, WIDEST, (0.0, 1.0)))
    found = correct_chain(chain, units, reference, IMAGES)
    assert found.skipped == ("skipped",) and found.units["skipped"] == units["skipped"]
    assert found.units["wide"] != units["wide"]


def test_answers_are_compared_over_the_samples_that_pass_them():
    held_out, labels = branching.images(40, 3), np.zeros(40, int)
    floats = branching.trace(held_out)
    same = compare_answers(floats, floats, labels)
    assert [(row["exit"], row["samples"], row["answers_changed"], row["confidence_drift"]) for row in same] == [
        ("small", 40, 0.0, 0.0), ("big", 40, 0.0, 0.0),
    ]  # fmt: skip
    assert same[0]["accuracy"] == np.mean(floats.answers()["small"][1].argmax(1) == 0)


def test_fine_tuning_refuses_a_chain_that_branches_in_one_sentence():
    problem = r"expected a program of run, fill, exit, answer steps, received a 'branch' step: only a straight chain"
    with pytest.raises(ConversionError, match=problem):
        rebuild.rebuild(branching.floats(), branching.program(), ["big_logits"], (12, 12, 1))
