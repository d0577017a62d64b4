"""MSDNet as bundles: maps of two scales across int8 cuts; thresholds for budgets of a set, and anytime prediction."""

import json
from pathlib import Path

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.presets import msdnet
from tests.families.tiny import TINY
from tests.tools.stripes import STRIPES
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tools import console, convert, overthinking, train
from tools.pipeline import runs


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder with a trained run, by milestones, and its int8 bundle whose exits have MSDNet's thresholds."""
    folder = tmp_path_factory.mktemp("msdnet")
    images = {"epochs": 4, "batch_size": 16, "peak_learning_rate": 0.05, "milestones": (0.5, 0.75)}
    stages = {"classifiers": images, "controllers": {"epochs": 2, "views": 1}}
    preset = {"task": "stripes", "arguments": TINY["msdnet"].arguments, "stages": stages}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stripes", STRIPES)
        patch.setitem(msdnet.PRESETS, "tiny", preset | {"source": "none", "expected": "seconds"})
        made = ["tiny", "--out", str(folder / "run")]
        assert console.main(train.build_parser, train.command, made) == 0
        made = [str(folder / "run"), "--out", str(folder / "bundle"), "--exits", "all", "--policy", "quantile"]
        assert console.main(convert.build_parser, convert.command, made) == 0
        yield folder


def test_every_exit_has_its_threshold_for_a_budget_of_the_set(room):
    manifest = json.loads(Path(room / "bundle/manifest.json").read_text())
    assert Chain.load(room / "bundle").self_test() == []
    assert set(manifest["parameters"]) == {"threshold_1", "threshold_2"}
    assert "controller" not in json.dumps(manifest["parts"])
    spent = [point["costs"]["macs"] for point in manifest["operating_points"]]
    assert spent == sorted(spent)


def test_maps_of_two_scales_cross_a_cut_in_int8(room):
    values = json.loads(Path(room / "bundle/manifest.json").read_text())["values"]
    crossing = {name: value for name, value in values.items() if "scale" in name}
    for i in (1, 2):
        for s, side in ((1, 12), (2, 6)):
            value = crossing[f"block_{i}_scale_{s}"]
            assert (value["type"], value["shape"][1:3]) == ("int8", [side, side])


def test_anytime_the_last_answer_within_the_budget_counts(room):
    """At full depth nobody leaves by a rule: a budget ends the run at the deepest exit that it pays for."""
    network, chain = runs.load_model(runs.read(room / "run")), Chain.load(room / "bundle")
    image, reached = STRIPES.load("test")[0][0], []
    for spent in network.exit_costs(kept=np.ones(3, bool)):
        result = chain.run(image, operating_point="full", budget=Budget(macs=int(spent)))
        reached.append(result.exit)
        assert result.macs <= spent
    assert reached == ["exit_1", "exit_2", "exit_3"]


def test_the_page_of_overthinking_of_a_run_and_its_bundle(room, capsys):
    """Both have the same images and exits; the float network's heat maps are drawn where it overthinks."""
    out = room / "pages" / "page.md"
    given = [str(room / "run"), str(room / "bundle"), "--train-split", "train[:50%]", "--out", str(out), "--json"]
    assert console.main(overthinking.build_parser, overthinking.command, given) == 0
    found = json.loads(out.with_suffix(".json").read_text())
    assert json.loads(capsys.readouterr().out) == found
    run, bundle = found["networks"]
    assert [row["name"] for row in run["exits"]] == [row["name"] for row in bundle["exits"]]
    assert [row["macs"] for row in run["exits"]] == pytest.approx([row["macs"] for row in bundle["exits"]], rel=0.05)
    splits = {row["split"] for row in found["which_exit"]}
    assert splits == {"validation", "test", "train[:50%]"}
    for shown in ("cost", "ranks", "labels_by_scale", "labels_by_split", "clutter", "cosines"):
        assert (out.parent / f"page_{shown}.png").exists() and f"page_{shown}.png" in out.read_text()


@pytest.mark.parametrize("places", [["{run}", "{nothing}"], ["{run}", "--scales", "0"]])
def test_what_cannot_be_told_is_one_sentence(room, places, capsys):
    given = [place.format(run=room / "run", nothing=room / "nothing") for place in places]
    assert console.main(overthinking.build_parser, overthinking.command, given) == 2
    assert capsys.readouterr().err.splitlines()[-1].count("expected") == 1


@pytest.mark.slow
def test_exits_are_trained_together_as_a_second_stage(tmp_path):
    """From the first stage of another run: links and distillation, then the controllers, and a bundle over links."""
    images = {"epochs": 2, "batch_size": 16, "peak_learning_rate": 0.05}
    stages = {"classifiers": images, "collaboration": {"epochs": 2, "batch_size": 16}, "controllers": {"epochs": 1}}
    arguments = dict(TINY["msdnet"].arguments) | {"links": "dense"}
    preset = {"task": "stripes", "arguments": arguments, "stages": stages, "source": "none", "expected": "seconds"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stripes", STRIPES)
        patch.setitem(msdnet.PRESETS, "linked", preset)
        made = ["linked", "--out", str(tmp_path / "run")]
        assert console.main(train.build_parser, train.command, made) == 0
        made = [str(tmp_path / "run"), "--out", str(tmp_path / "bundle"), "--exits", "all", "--policy", "quantile"]
        assert console.main(convert.build_parser, convert.command, made) == 0
    assert {"classifiers.keras", "collaboration.keras", "model.keras"} <= {f.name for f in (tmp_path / "run").iterdir()}
    first, second = (runs.read_network(runs.read(tmp_path / "run"), tmp_path / "run" / name)
                     for name in ("classifiers.keras", "collaboration.keras"))  # fmt: skip
    assert not any(np.any(layer.kernel) for layer in first.links.added)
    assert all(np.any(layer.kernel) for layer in second.links.added)
    chain = Chain.load(tmp_path / "bundle")
    assert chain.self_test() == []
    of_exit_2 = {name for name, part in chain.manifest.parts.items() if "head_2" in part.units}
    (run,) = [step for step in chain.manifest.programs["main"] if getattr(step, "part", "") in of_exit_2]
    assert "logits_1" in run.inputs.values()
