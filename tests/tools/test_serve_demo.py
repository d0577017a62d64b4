"""The demonstration of the server half: a real server, killed while images are answered."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.tools.calling import call
from tests.tools.serving.live import halves
from tools import serve_demo


def test_it_answers_with_the_server_kills_it_and_goes_on_without(tmp_path, capsys):
    bundle = halves(tmp_path / "made")
    for name, pixels in (("left", [200, 10]), ("right", [10, 200])):
        Image.fromarray(np.array([pixels], np.uint8)).save(tmp_path / f"{name}.png")
    line = ["--bundle", str(bundle.path), "--latency-ms", "5000", "--json"]
    assert call(serve_demo, [*line, "--images", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    there, here = json.loads(printed.out)
    # Far away the numbers are swapped: the answers tell who gave them.
    assert [(answer["label"], answer["there"], answer["bytes"]) for answer in there] == [
        ("b", True, [8, 8]),
        ("a", True, [8, 8]),
    ]
    assert [(answer["label"], answer["there"], answer["part"]) for answer in here] == [
        ("a", False, "here"),
        ("b", False, "here"),
    ]
    assert "the server was killed; the same chain goes on" in printed.err
    assert "2 of 2 answered on the server (32 B)" in printed.err


@pytest.mark.slow
def test_a_small_cinet_is_trained_and_served(tmp_path, capsys, monkeypatch):
    from keras_models import presets

    if serve_demo.PRESET not in presets.known():
        pytest.skip(f"there is no preset {serve_demo.PRESET} yet")
    monkeypatch.chdir(tmp_path)
    assert call(serve_demo, ["--epochs", "1", "--latency-ms", "5000"]) == 0
    printed = capsys.readouterr().out
    assert "8 of 8 answered on the server" in printed and printed.count("here, by") == 8
