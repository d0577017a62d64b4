"""A user's own network and own pictures all the way: by the README's commands to a bundle, its report and the app.

What is packed here for the app is tested on the JVM by `make test-android`: goldens by core's SelfTestTest, the page of
each bundle by the app's OwnNetworksTest.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import tflite
from keras_models import seeding
from keras_models.datasets import picture_files
from tests import own_networks
from tests.own_layers import forget
from tests.own_networks import BROKEN, COUNT, NAMES, NETWORKS, NEW, NEW_PICTURES, PICTURES
from tests.tools.calling import call
from tests.tools.phone.here import on_the_phone
from tflite import baselines
from tflite.bundle import queries
from tools import benchmark, convert, evaluate, pack, report, train
from tools.phone import chains, laboratory

ZIPS = Path(__file__).resolve().parents[2] / "android_demo/core/target/own"
MADE = ZIPS / "made"  # newer than the sources that the bundles are made by: see the Makefile
BRIEFLY = ["--batch-size", "16", "--learning-rate", "0.03", "--set", "controllers.epochs=10"]
SLOW = ("mobilenet", "lite0")  # of some two hundred layers each


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """A working folder with a blank and an umlaut in its name, and the pictures in it."""
    for old in [*ZIPS.glob("*.zip"), MADE]:
        old.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("zu Haus, schön"))
        own_networks.write_pictures()
        yield Path()


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in NETWORKS]
)
def bundle(request, folder):
    """Trained with exits and converted to int8, all exits kept: so short a training makes none that pays."""
    seeding.set_random_seed(1)
    epochs = ["--epochs", "1" if request.param in SLOW else "12"]
    assert call(train, [*NETWORKS[request.param](), *BRIEFLY, *epochs]) == 0
    forget()  # each command is a process of its own
    out = f"bundles/{request.param}"
    assert call(convert, [f"runs/{request.param}", "--exits", "all", "--calibration-images", "32", "--out", out]) == 0
    forget()
    return tflite.Bundle.load(out)


def test_its_goldens_agree_here_and_images_leave_where_they_are_told_to(bundle):
    manifest, chain = bundle.manifest, tflite.Chain(bundle)
    answers = queries.answers(manifest.programs["main"])
    assert queries.labels(manifest) == tuple(sorted(NAMES)) and len(answers) > 2
    assert "int8" in {tensor.type for tensor in manifest.parts["stage_2"].inputs.values()}
    assert manifest.provenance["dataset"].startswith(PICTURES)
    assert manifest.goldens is not None and chain.self_test() == []
    image = picture_files.read(f"{NEW_PICTURES}/fünf/bild {COUNT}.png")
    ends = [chain.run(image, parameters={"threshold": threshold}) for threshold in (0.0, 2.0)]
    assert [end.exit for end in ends] == [answers[0], answers[-1]] and ends[0].macs < ends[1].macs


def test_it_is_evaluated_on_new_pictures_and_a_broken_one_is_named(bundle, capsys):
    assert call(evaluate, [bundle.path, "--data", NEW_PICTURES, "--json"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["samples"] == NEW * len(NAMES) and found["left_out"] == [f"{NEW_PICTURES}/{BROKEN}"]
    assert captured.err.startswith("error: ") and captured.err.endswith(f"{NEW_PICTURES}/{BROKEN}\n")
    names = [point.name for point in bundle.manifest.operating_points]
    assert [point["name"] for point in found["operating_points"]] == names
    assert call(evaluate, [bundle.path, "--data", PICTURES]) == 2, "which it was trained on"
    assert call(evaluate, [bundle.path, "--operating-point", names[0]]) == 0, "on its own test pictures"
    assert f" images of {PICTURES}:test\n" in capsys.readouterr().out


def test_it_has_a_report_and_is_measured(bundle):
    page = f"reports/{bundle.path.name}.html"
    assert call(report, [bundle.path, "--out", page]) == 0
    text = Path(page).read_text(encoding="utf-8")
    assert f"measured on 60 images of {PICTURES}:test." in text
    assert text.count("<svg") == 4, "cost, who leaves, every exit, latency"
    assert call(benchmark, [bundle.path, "--limit", "16", "--rounds", "1", "--no-conditional", "--no-cuts"]) == 0


@on_the_phone
def test_its_goldens_agree_on_the_phones_kernels(bundle):
    seen = chains.observe(bundle, baselines.example_inputs(bundle)[:1], laboratory.prepare())
    assert seen.problems == [] and seen.cases > 0 and min(seen.instructions.values()) > 0


def test_it_is_packed_for_the_app(bundle):
    assert call(pack, [bundle.path, "--out", ZIPS]) == 0
    packed = tflite.Chain.load(ZIPS / f"{bundle.manifest.name}.zip")
    image = np.full((8, 8), 128, np.uint8)
    assert packed.run(image).path == tflite.Chain(bundle).run(image).path
    MADE.touch()
