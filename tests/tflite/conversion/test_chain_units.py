"""A chain's units on their way into a bundle, on the tiny networks."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.tflite.conversion import branching, tiny
from tflite.conversion.chain_units import ChainUnits, int8_units
from tflite.graph import flatbuffer


class Chain:
    """A tiny network as it is handed over: parts that say whether they stay float32."""

    def __init__(self, module):
        self.module = module

    def parts(self):
        parts = self.module.keras_parts().items()
        return {n: SimpleNamespace(model=model, keep_float=n in self.module.DECIDING) for n, model in parts}

    def program(self):
        return self.module.program()

    def programs(self):
        return {}

    def parameters(self):
        return {"threshold": SimpleNamespace(default=0.5), "bright": SimpleNamespace(default=0.05)}


@pytest.fixture(scope="module")
def tiny_chain():
    return ChainUnits(chain=Chain(tiny))


def input_type(content):
    model = flatbuffer.load(content)
    graph = model.subgraphs[0]
    return flatbuffer.type_name(graph.tensors[graph.inputs[0]].type)


def test_what_a_program_says_of_its_parts(tiny_chain):
    assert tiny_chain.end_names == ["exit_1", "exit_2"] and tiny_chain.deciding == []
    assert tiny_chain.answer_values == tiny_chain.read_values() == ["logits_1", "logits_2"]
    assert tiny_chain.defaults["threshold"] == {"default": 0.5}
    assert all("rule" not in step for step in tiny_chain.all_exits)


def test_a_dropped_exit_takes_its_head_along(tiny_chain):
    kept = tiny_chain.kept_program(np.array([False, True]))
    parts = [step["part"] for step in kept if step["op"] == "run"]
    assert parts == ["first_1", "second_1", "first_2", "second_2", "head_2"]
    assert tiny_chain.kept_program(None) == tiny_chain.program


def test_a_gate_that_only_an_exit_asks_decides_and_is_timed_even_where_it_is_dropped():
    rule = {"rule": "at_least", "value": "sure", "threshold": 0.5}
    program = [
        tiny.run("first_1", {"x": "image"}, {"y": "middle"}),
        tiny.run("gate", {"x": "middle"}, {"y": "sure"}),
        {"op": "exit", "name": "early", "rule": rule, "gives": {"label": "middle"}},
        {"op": "answer", "name": "end", "gives": {"label": "middle"}},
    ]
    part = SimpleNamespace(model=tiny.keras_parts()["first_1"], keep_float=True)
    parts = {"first_1": part, "gate": part}
    chain = SimpleNamespace(program=lambda: program, programs=dict, parts=lambda: parts)
    work = ChainUnits(chain=chain)
    assert work.deciding == ["gate"] and work.answer_values == ["middle", "middle"]
    assert work.export(["first_1"]) == {"first_1"}
    work.export_deciding(np.array([False, True]))
    assert list(work.units) == ["first_1"] and work.latencies["gate"] == 0.0
    work.export_deciding(np.array([True, True]))
    assert list(work.units) == ["first_1", "gate"] and work.latencies["gate"] > 0


def test_parts_of_the_trunk_become_int8_and_deciding_ones_stay_float():
    units = int8_units(Chain(branching), branching.images(12, 1))
    assert set(units) == set(branching.keras_parts())
    types = {name: input_type(content) for name, content in units.items()}
    assert {name for name, kind in types.items() if kind == "float32"} == branching.DECIDING
    assert set(types.values()) == {"float32", "int8"}


def test_sizes_are_those_of_the_joined_parts_as_they_are_and_deflated(tiny_chain):
    tiny_chain.units = dict(tiny.floats())
    sizes = tiny_chain.sizes()
    assert list(sizes) == ["stage_1", "stage_2"] and all(0 < small < raw for raw, small in sizes.values())
