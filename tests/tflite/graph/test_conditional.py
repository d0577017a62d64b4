"""The early-exit chain in one file: the same answers as the chain, and as lazy."""

import time

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.tflite.graph.test_flatbuffer import misaligned
from tests.tflite.handmade import dense, dense_int8, invoke
from tflite.graph import flatbuffer
from tflite.graph.conditional import Stage, conditional
from tflite.graph.link import LinkError, Unit, link
from tflite.graph.versions import check_versions


def stage(number, features, width, stop=None, seed=0):
    """A stage of one dense trunk; its logits are the first of its features, its stop value is the first logit."""
    rng = np.random.default_rng(seed + number)
    reads, writes = f"f{number}", f"f{number + 1}"
    trunk = dense(rng.normal(size=(width, features)) / features**0.5, rng.normal(size=width))
    units = [
        Unit("trunk", trunk, {"x": reads}, {"y": writes}),
        Unit("head", dense(np.eye(3, width), np.zeros(3)), {"x": writes}, {"y": "logits"}),
        Unit("controller", dense(np.eye(1, width), [0]), {"x": writes}, {"y": "stop"}),
    ]
    outputs = {"features": writes, "logits": "logits"} | ({} if stop is None else {"stop": "stop"})
    part = link(units, {"x": reads}, outputs)
    named = {"features": writes, "logits": f"logits_{number}"} | ({} if stop is None else {"stop": f"stop_{number}"})
    rule = None if stop is None else (f"stop_{number}", stop)
    return Stage(Unit(f"stage_{number}", part, {"x": reads}, named), f"logits_{number}", rule)


def answer(stages, x):
    """What a chain of interpreters answers: logits and the number of the stage."""
    values = {"f0": x}
    for number, each in enumerate(stages):
        outputs = invoke(each.part.model, **{port: values[value] for port, value in each.part.inputs.items()})
        values.update({value: outputs[port] for port, value in each.part.outputs.items()})
        if each.stop is None or values[each.stop[0]].item() >= each.stop[1]:
            return values[each.logits], number


def test_conditional_answers_as_the_chain_does():
    stages = [stage(0, 8, 8, 0.4), stage(1, 8, 8, 0.3), stage(2, 8, 8)]
    model, ends = conditional(stages), []
    assert misaligned(model) == 0
    for x in np.random.default_rng(9).normal(size=(40, 1, 8), scale=2).astype(np.float32):
        logits, number = answer(stages, x)
        got = invoke(model, f0=x)
        np.testing.assert_array_equal(got["logits"], logits)
        assert got["exit"].tolist() == [number]
        ends.append(number)
    assert min(ends.count(n) for n in range(3)) > 3


def test_conditional_skips_what_it_does_not_need():
    """In turns, so that what else the machine does slows both."""
    interpreters, samples = [], ([], [])
    for threshold in (-np.inf, np.inf):
        stages = [stage(0, 8, 64, threshold), stage(1, 64, 2048, -np.inf), stage(2, 2048, 1024)]
        interpreters.append(Interpreter(model_content=conditional(stages)))
        interpreters[-1].allocate_tensors()
        for given in interpreters[-1].get_input_details():  # what memory happens to hold may be no number
            interpreters[-1].set_tensor(given["index"], np.ones(given["shape"], given["dtype"]))
    for _ in range(200):
        for interpreter, times in zip(interpreters, samples, strict=True):
            start = time.perf_counter()
            interpreter.invoke()
            times.append(time.perf_counter() - start)
    assert min(samples[0]) < 0.5 * min(samples[1])


@pytest.mark.parametrize("value, threshold, ends", [(0.7, 0.7, 1), (0.3, 0.3, 0), (0.5, 0.5, 0), (0.5, 0.5000001, 1)])
def test_the_threshold_is_compared_as_a_double(value, threshold, ends):
    # float32(0.7) = 0.699999988 is below 0.7, float32(0.3) = 0.300000012 is not below 0.3
    head = dense([[1]], [0])
    units = [Unit(f"u{i}", head, {"x": f"v{i}"}, {"y": f"v{i + 1}"}) for i in range(2)]
    model = conditional([Stage(units[0], "v1", ("v1", threshold)), Stage(units[1], "v2")])
    assert invoke(model, v0=np.array([[value]], np.float32))["exit"] == ends


def test_int8_logits_and_stop_values_are_dequantized():
    small = dense_int8([[64]], [0], (1 / 8, 1 / 8), (5, 5))
    stages = [
        Stage(Unit("a", small, {"x": "v0"}, {"y": "v1"}), "v1", ("v1", 1)),
        Stage(Unit("b", small, {"x": "v1"}, {"y": "v2"}), "v2"),
    ]
    model = conditional(stages, "run")
    early = invoke(model, "run", v0=np.array([[13]], np.int8))  # (13 - 5) / 8 = 1
    late = invoke(model, "run", v0=np.array([[12]], np.int8))
    assert (early["logits"].item(), early["exit"].item()) == (1.0, 0)
    assert (late["logits"].item(), late["exit"].item()) == (0.875, 1)


def test_later_stages_read_values_of_any_earlier_stage_and_inputs_of_their_own():
    one = dense([[1]], [0])
    stages = [
        Stage(Unit("a", one, {"x": "image"}, {"y": "v"}), "v", ("v", 9)),
        Stage(Unit("b", one, {"x": "other"}, {"y": "w"}), "w", ("w", 9)),
        Stage(Unit("c", dense([[-1]], [0]), {"x": "image"}, {"y": "u"}), "v"),
    ]
    model = conditional(stages)
    feed = {"image": np.full((1, 1), 2, np.float32), "other": np.full((1, 1), 3, np.float32)}
    got = invoke(model, **feed)
    assert (got["logits"].item(), got["exit"].item()) == (2, 2)  # the last stage answers with a value of the first
    assert len(flatbuffer.load(model).subgraphs) == 5


def test_conditional_refuses_missing_rules_and_rules_too_many():
    with pytest.raises(LinkError, match="a stop value for every stage but the last, received none, none"):
        conditional([stage(0, 4, 4), stage(1, 4, 4)])
    with pytest.raises(LinkError, match="received stop_0"):
        conditional([stage(0, 4, 4, 0.5)])
    with pytest.raises(LinkError, match="received no stage"):
        conditional([])


def test_conditional_refuses_stop_values_of_several_elements():
    first = stage(0, 4, 4, 0.5)
    several = Stage(first.part, first.logits, ("logits_0", 0.5))
    with pytest.raises(LinkError, match=r"of one element, received 'logits_0' of shape \[1, 3\]"):
        conditional([several, stage(1, 4, 4)])


def test_conditional_refuses_values_that_no_stage_writes():
    with pytest.raises(LinkError, match="logits and stop values that a stage writes, received 'nothing'"):
        conditional([Stage(stage(0, 4, 4, 0.5).part, "nothing", ("stop_0", 0.5)), stage(1, 4, 4)])


def test_conditional_refuses_inputs_that_are_named_as_its_outputs():
    part = Unit("a", dense([[1]], [0]), {"x": "logits"}, {"y": "v"})
    with pytest.raises(LinkError, match="other names than the outputs logits and exit, received 'logits'"):
        conditional([Stage(part, "v")])


def test_conditional_of_one_stage_is_that_stage():
    model = conditional([Stage(Unit("a", dense([[3]], [0]), {"x": "image"}, {"y": "v"}), "v")])
    got = invoke(model, image=np.ones((1, 1), np.float32))
    assert (got["logits"].item(), got["exit"].item()) == (3, 0)
    assert flatbuffer.operators(model) == [("FULLY_CONNECTED", 1)]


def test_conditional_has_operators_of_old_runtimes_only():
    check_versions(conditional([stage(0, 4, 4, 0.5), stage(1, 4, 4)]))
