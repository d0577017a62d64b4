"""tools/overthinking.py on an EPNet: what is asked of exits is asked of any family's."""

import json

import numpy as np
import pytest

from keras_models.functional.evaluation import correct_answers
from tests.tools.stripes import STRIPES, tiny, trained, trained_once  # noqa: F401
from tools import console, overthinking
from tools.pipeline import runs


def call(*arguments):
    return console.main(overthinking.build_parser, overthinking.command, [str(argument) for argument in arguments])


def test_an_epnets_exits_are_told_as_an_msdnets_are(trained, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "page.md"
    assert call(trained, "--train-split", "none", "--scales", "2", "--out", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    images, labels, _ = STRIPES.load("test")
    network = runs.load_model(runs.read(trained))
    correct = correct_answers(np.array(network(STRIPES.normalise(images))), labels)
    (one,) = found["networks"]
    assert [row["accuracy"] for row in one["exits"]] == pytest.approx(correct.mean(0))
    assert one["rates"]["final"] == pytest.approx(correct.any(1).mean() - correct[:, -1].mean())
    costs = [row["macs"] for row in one["exits"]]
    assert costs == sorted(costs) and costs[-1] < network.exit_costs()[-1], "controllers are not asked, nor paid"
    assert "page_cost.png" in out.read_text() and (tmp_path / "page_cost.png").exists()


def test_what_has_no_exits_is_refused(tmp_path, capsys):
    assert call(tmp_path / "nothing") == 2
    assert "expected" in capsys.readouterr().err
    assert call(tmp_path / "nothing", "--out", tmp_path / "page.json") == 2
    assert "expected --out FILE.md" in capsys.readouterr().err
