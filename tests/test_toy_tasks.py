"""A family that is asked several tasks, added by one file, goes through the shared checks and through every tool."""

import json

import numpy as np
import pytest

from tests.families import toy_tasks, whole_way
from tests.families.toy_tasks import QUESTIONS
from tests.goldens import families
from tests.tools.calling import typed
from tflite.bundle import Bundle
from tflite.errors import ChainError
from tflite.runtime.chain import Chain
from tools import benchmark, evaluate, report, run

registered, case, folder = whole_way.fixtures(toy_tasks, "toy_questions")


def test_it_passes_the_checks_of_all_families(case):
    assert whole_way.check(case) == 0, "who asks decides, and no number does"


def test_a_bundle_answers_the_task_that_is_named(folder):
    chain = Chain.load(folder / "bundle", self_test=True)
    stated = json.loads((folder / "bundle/manifest.json").read_text())
    assert stated["parameters"]["task"]["names"] == ["direction", "third"]
    assert stated["outputs"]["third"]["labels"] == ["first", "second", "third"]
    images, labels, groups = QUESTIONS.load("held_out")
    results = [chain.run(image, parameters={"task": QUESTIONS.group_names[g]}) for image, g in zip(images, groups)]
    assert [list(result.outputs) for result in results] == [[QUESTIONS.group_names[g]] for g in groups]
    (point,) = chain.manifest.operating_points
    assert point.accuracy == pytest.approx(np.mean([r.label for r in results] == labels)) and point.accuracy > 0.6
    assert point.parameters == {}, "who asks says what is asked, not an operating point"
    assert chain.run(images[0], parameters={"task": 1}).outputs.keys() == {"third"}
    with pytest.raises(ChainError, match=r"task: expected one of \['direction', 'third'\], received 'colour'"):
        chain.run(images[0], parameters={"task": "colour"})


def test_the_self_test_asks_every_task(folder):
    cases = json.loads((folder / "bundle/golden/index.json").read_text())["cases"]
    assert {case["parameters"]["task"] for case in cases} == {0.0, 1.0}
    assert {name for case in cases for name in case["outputs"]} == {"direction", "third"}


def test_every_tool_takes_it(folder, capsys):
    bundle = folder / "bundle"
    assert typed(evaluate, bundle, "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["operating_points"]
    assert set(found["groups"]) == {"direction", "third"}
    assert found["accuracy"] == pytest.approx(np.mean([row["accuracy"] for row in found["groups"].values()]))
    assert typed(evaluate, folder / "run", "--policy", "own") == 0
    assert "third" in capsys.readouterr().out
    assert typed(benchmark, bundle, "--rounds", 1, "--limit", 8) == 0
    assert typed(report, bundle, "--out", folder / "report.html") == 0
    page = (folder / "report.html").read_text()
    assert "third" in page
    capsys.readouterr()
    assert typed(run, bundle, "questions:test:0,9", "--set", "task=third") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and any(word in lines[0] for word in ("first", "second", "third"))


def test_the_kept_bundle_reaches_every_way():
    """tests/goldens/families holds it for the other runtimes."""
    bundle = Bundle.load(families.HERE / toy_tasks.NAME)
    assert Chain(bundle, warm_up=False).self_test() == []
