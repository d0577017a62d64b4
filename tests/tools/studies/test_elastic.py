"""The study of Deep Elastic Networks: costs and structures by hand, and its page from tiny networks of two tasks."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import TASKS
from keras_models.den import DEN
from tests.families.tiny import _every_level
from tests.families.toy_tasks import _THIRDS, QUESTIONS
from tests.tools.stripes import STRIPES
from tflite.bundle import Bundle
from tools import compare_elastic, console
from tools.pipeline import conversion, distillation, runs
from tools.pipeline.options import ConversionOptions
from tools.studies import elastic, elastic_study
from tools.studies.elastic_study import Answered, ElasticStudy

SMALL = {"blocks": (1, 1), "filters": (4, 8), "stem_filters": 4, "selector": (4, 6, 8, 8), "selector_pool": 1}
STAGE = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}
NO = STAGE | {"epochs": 0}


@pytest.fixture(scope="module", autouse=True)
def questions():
    """The tasks, known."""
    with pytest.MonkeyPatch.context() as patch:
        for task in (QUESTIONS, STRIPES, _THIRDS):
            patch.setitem(TASKS, task.name, task)
        yield


def make_run(folder, task="questions", selects=True, **stages):
    """A finished run of an untrained network whose images take every level."""
    own = {"estimator_1": STAGE} | ({"selector_1": STAGE} if selects else {}) | stages
    arguments, stages = presets.resolve("den", SMALL, own)
    config = {"preset": "den_tiny", "family": "den", "task": task, "arguments": arguments, "stages": stages, "seed": 0}
    run = runs.start(folder, config | distillation.settings())
    keras.utils.set_random_seed(6)
    network = presets.build(run.config, (12, 12, 1), TASKS[task].classes)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if len(weight.shape) > 1:
            weight.assign(rng.normal(size=weight.shape) / np.sqrt(weight.shape[-2] * 3))
    _every_level(network, {"image": TASKS[task].normalise(TASKS[task].load("test")[0])})
    run.save(network, run.model_file)
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs by name, and an int8 bundle of the first."""
    folder = tmp_path_factory.mktemp("runs")
    whole = STAGE | {"tau": 1.0}
    found = {
        "den": make_run(folder / "den"),
        "plain": make_run(
            folder / "plain", selector_1=STAGE | {"baseline": "none", "entropy": 0.0}, estimator_2=NO | {"mix": 0.0}
        ),
        "blockdrop": make_run(folder / "drop", selector_1=STAGE | {"wrong": 5.0, "baseline": "greedy"}),
        "nested": make_run(folder / "nested", selects=False, estimator_1=STAGE | {"nested": True}),
        "assigned": make_run(folder / "assigned", selects=False, estimator_1=STAGE | {"assigned": (2, 3)}),
        "shared": make_run(folder / "shared", selects=False, estimator_1=whole),
        "stripes": make_run(folder / "stripes", "stripes", selects=False, estimator_1=whole),
        "thirds": make_run(folder / "thirds", "thirds", selects=False, estimator_1=whole),
    }
    bundle = folder / "bundle"
    bundle.mkdir()
    conversion.convert(found["den"], ConversionOptions(quantize="int8", calibration_images=8), bundle)
    return SimpleNamespace(bundle=bundle, **found)


def test_runs_are_told_apart(made):
    kinds = {name: elastic_study.kind(getattr(made, name).config) for name in vars(made) if name != "bundle"}
    assert kinds == {
        "den": "DEN",
        "plain": "DEN, plain form",
        "blockdrop": "BlockDrop",
        "nested": "NestedNet",
        "assigned": "NestedNet",
        "shared": "full network",
        "stripes": "full network",
        "thirds": "full network",
    }


@pytest.mark.parametrize("own_stems", [False, True])
def test_what_structures_cost_is_what_the_program_runs(own_stems):
    """Level by level, against the costs of the parts that run: a stem, a part of each block, one head of two."""
    network = DEN((12, 12, 1), {"a": 2, "b": 2}, own_stems=own_stems, **SMALL)
    macs = network.part_macs
    stem, head = (macs[f"stem{'_a' if own_stems else ''}"], macs["head_a"])
    levels = np.array([[0, 0], [1, 3], [2, 1]])
    ways = [[], ["block_1_level_1", "block_2_level_3"], ["block_1_level_2", "block_2_level_1"]]
    expected = [stem + head + sum(macs[part] for part in way) for way in ways]
    np.testing.assert_allclose(elastic_study.spent(network, levels), expected)
    assert elastic_study.selector_macs(network) == macs["selector"] + macs["decide"] > 0


def test_structures_are_dealt_out_within_their_task():
    levels, tasks = np.arange(40).reshape(20, 2), np.arange(20) % 2
    dealt = elastic_study.permuted(levels, tasks, 3)
    assert (dealt != levels).any()
    for task in (0, 1):
        assert sorted(map(tuple, dealt[tasks == task])) == sorted(map(tuple, levels[tasks == task]))


def test_aims_by_hand(made):
    """Everything has 80 % at 100; at 40 the selector, chosen on held-out images, has 79.5 % and blindly 70 %."""
    study = ElasticStudy(made.den)
    whole = Answered(np.arange(10) < 8, np.full((10, 2), 3), np.arange(10) % 2, np.full(10, 100.0))
    fixed = {"selector": 2.0, "error": 0.01, "structures": 3}
    judged = [
        {"price": 0, "macs": 80.0, "mean": 0.9, "permuted": 0.9} | fixed,
        {"price": 1, "macs": 38.0, "mean": 0.795, "permuted": 0.7} | fixed,
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ElasticStudy, "whole", lambda *given: whole)
        first, second, third = elastic.aims(study, judged, judged)
    assert first["reached"] and "0.50 points at 40.0%, price 1" in first["found"]
    assert second["reached"] and "+9.50 points, standard error 1.41" in second["found"]
    assert third["reached"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ElasticStudy, "whole", lambda *given: whole)
        [none] = elastic.aims(study, judged[:1], judged[:1])
    assert not none["reached"]


def test_the_page_tells_everything(made, tmp_path, capsys):
    page = tmp_path / "den.md"
    others = [f"--baseline={getattr(made, name).folder}" for name in ("plain", "blockdrop", "nested", "assigned")]
    others += [f"--baseline={getattr(made, name).folder}" for name in ("shared", "stripes", "thirds")]
    line = [str(made.den.folder), *others, f"--bundle={made.bundle}", f"--out={page}"]
    assert console.main(compare_elastic.build_parser, compare_elastic.command, line) in (0, None)
    text, numbers = page.read_text(), json.loads(page.with_suffix(".json").read_text())
    assert page.with_suffix(".png").stat().st_size > 10_000
    methods = [own["method"] for own in numbers["rows"]]
    assert methods == [
        "a full network per task",
        "DEN, plain form, rho 0.5",
        "DEN, plain form, rho 0.5: everything",
        "BlockDrop",
        "BlockDrop: everything",
        *(f"NestedNet, {share}" for share in ("0.25", "0.5", "1")),
        "NestedNet, 0.5, 1",
        "one full network for all tasks",
        "DEN, rho 0.5",
        "DEN, rho 0.5: the same structures for other images",
        "DEN, rho 0.5: levels at random",
        "DEN, rho 0.5: everything",
    ]
    rows = dict(zip(methods, numbers["rows"], strict=True))
    chosen, blind = rows["DEN, rho 0.5"], rows["DEN, rho 0.5: the same structures for other images"]
    assert chosen["macs"] == blind["macs"] and chosen["selector"] > blind["selector"] == 0
    assert rows["NestedNet, 0.5, 1"]["macs_by_task"]["direction"] < rows["NestedNet, 0.5, 1"]["macs_by_task"]["third"]
    assert numbers["bundles"] and all(0 <= own["accuracy"] <= 1 for own in numbers["bundles"])
    assert all(f"| {method} " in text for method in methods[1:])
    assert "What was aimed at" in text and f"wrote {page}" in capsys.readouterr().out
    assert sum(sum(level) for level in numbers["structures"]["third"]["levels"]) == 2 * len(_THIRDS.load("test")[1])


def test_a_run_is_deployed_by_groups(made, tmp_path):
    line = [str(made.den.folder), f"--as-groups={tmp_path / 'groups'}"]
    assert console.main(compare_elastic.build_parser, compare_elastic.command, line) in (0, None)
    run = runs.read(tmp_path / "groups")
    network, before = runs.load_model(run), runs.load_model(made.den)
    assert "block_1_group_3" in network.parts() and "block_1_level_3" in before.parts()
    values = QUESTIONS.values(*QUESTIONS.load("test")[::2])
    np.testing.assert_array_equal(network(values), before(values))
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    conversion.convert(run, ConversionOptions(quantize="float32"), bundle)
    assert len(Bundle.load(bundle).manifest.parts) > 0


def test_other_runs_are_refused(made):
    with pytest.raises(ValueError, match="expected a first run with a selector, received .*nested without"):
        ElasticStudy(made.nested)
    with pytest.raises(ValueError, match="expected runs of stripes, received .*thirds"):
        ElasticStudy(make_like(made.den, "stripes"), (made.thirds,))


def make_like(run, task):
    return runs.Run(run.folder, run.config | {"task": task})
