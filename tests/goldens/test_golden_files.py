"""The files that both runtimes are tested with: complete, reproduced by Python, and what make.py makes."""

import gzip
import json

import numpy as np
import pytest

from tests.goldens import make, mutations
from tests.goldens import traces as recorded
from tflite.baselines import inputs_of_goldens
from tflite.bundle import Bundle, language
from tflite.bundle.check_size import walk
from tflite.bundle.golden_index import read_index
from tflite.runtime.budget import Budget
from tflite.runtime.governor import Governor, Policy
from tflite.runtime.recording import written

BUNDLES = make.bundles()


def kinds(union):
    """The classes of a union of the language."""
    return set(union.__args__)


def manifests():
    return [Bundle.load(path).manifest for path in BUNDLES]


def test_every_step_rule_type_and_option_is_in_some_bundle():
    steps = [step for manifest in manifests() for step in walk(manifest.programs["main"])]
    rules = [step.rule for step in steps if hasattr(step, "rule")]
    tensors = [
        tensor
        for manifest in manifests()
        for part in manifest.parts.values()
        for tensor in (*part.inputs.values(), *part.outputs.values())
    ]
    named = {name: getattr(language, name) for name in ("Run", "Exit", "Branch", "Select", "Crop", "Repeat", "Leave")}
    assert {*named.values(), language.Fill, language.Answer} - {type(step) for step in steps} == set()
    assert {step.on for step in steps if isinstance(step, language.Run)} == {"local", "remote"}
    assert {step.mode for step in steps if isinstance(step, language.Crop)} == {"theta", "box", "glimpse"}
    assert {type(step.content) for step in steps if isinstance(step, language.Fill)} == {
        float, tuple, language.ParameterReference,
    }  # fmt: skip
    assert kinds(language.AnyRule) - {type(rule) for rule in rules} == set()
    softmax_rules = kinds(language.AnyRule) - {language.AtLeast}
    seen = {(type(rule), getattr(rule, "activation", None)) for rule in rules}
    assert {(kind, activation) for kind in softmax_rules for activation in ("softmax", "none")} - seen == set()
    assert {tensor.type for tensor in tensors} == {"float32", "int8", "uint8", "int16", "int32"}


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_python_reproduces_its_goldens(path):
    assert make.load(path).self_test() == []


def test_every_rule_holds_on_some_images_and_not_on_others():
    for name in ("rules_float", "rules_int8"):
        index = read_index((make.HERE / "bundles" / name / "golden/index.json").read_bytes())
        for i, rule in enumerate(make.networks.RULES):
            exits = [case.exit for case in index.cases if case.operating_point == f"p{i}"]
            assert set(exits) == {rule, "end"}, f"{name} {rule}: {exits}"


def test_runs_under_budgets_end_as_written():
    runs = json.loads((make.HERE / "runs.json").read_text())
    assert {run["reason"] for run in runs} == {"rule", "final", "latency", "macs", "energy", "bytes"}
    for run in runs:
        chain = make.load(make.HERE / "bundles" / run["bundle"])
        inputs = inputs_of_goldens(chain.bundle)[run["case"]]
        budget = Budget(**run["budget"]) if run["budget"] else None
        result = chain.run(inputs, budget, parameters=run["parameters"])
        assert [result.label, list(result.path), result.exit, result.reason, result.macs] == [
            run[key] for key in ("label", "path", "exit", "reason", "macs")
        ]
        np.testing.assert_allclose(result.answer.ravel(), run["answer"], atol=1e-5)


def test_the_governor_decides_the_traces_as_written():
    traces = json.loads((make.HERE / "governor.json").read_text())
    reasons, local = set(), set()
    for trace in traces:
        governor = Governor(recorded.points_of(trace["points"]), Policy(**trace["policy"]))
        events = map(recorded.event_of, trace["events"])
        decisions = governor.replay(events)
        assert [written(decision) for decision in decisions] == trace["decisions"]
        reasons |= {decision.reason for decision in decisions}
        local |= {decision.local for decision in decisions}
    assert reasons == {"manual", "thermal", "power_saving", "battery", "latency", "best"}
    assert local == {None, "offline", "metered", "round_trip"}


def test_the_script_still_makes_what_lies_here(tmp_path):
    make.make(tmp_path)
    for ours in sorted(make.HERE.rglob("*")):
        name = ours.relative_to(make.HERE)
        made = tmp_path / name
        if name.parts[0] == "families":
            continue  # trained: see families.py
        if ours.suffix in (".tflite", ".bin") or ours.name == "governor.json":
            assert made.read_bytes() == ours.read_bytes(), made


def test_mutations_load_or_are_refused_and_are_the_same_every_time(tmp_path):
    mutations.write(tmp_path / "some.gz", 150)
    with gzip.open(tmp_path / "some.gz", "rt") as stream:
        lines = [json.loads(line) for line in stream]
    refused = [line for line in lines if line["file"] is not None]
    assert 75 < len(refused) < 147
    assert all(line["problem"] for line in refused)
    assert {line["damage"]["file"].split("/")[0] for line in lines if "damage" in line} >= {"parts", "golden"}
    for kind in ("zip", "goldens"):
        some = [line for line in lines if kind in line]
        assert 0 < len([line for line in some if line["file"] is None]) < len(some), kind
    again = [mutation for _, mutation in mutations.mutations(150)]
    assert [line.get("manifest", line.get("zip")) for line in lines] == [
        mutation.get("manifest", mutation.get("zip")).decode("latin-1") for mutation in again
    ]
