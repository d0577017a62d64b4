"""Settings of Keras that its user has made elsewhere: what cannot work is refused before Keras is imported."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_models import environment
from keras_models.epnet import EPNet
from keras_models.policies import controllers
from keras_models.skipnet import SkipNet
from tools.foreign import ROOT


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A KERAS_HOME of its own, nothing set; a function that writes its keras.json."""
    for name in (*environment.CAPS, "KERAS_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return lambda content: (tmp_path / "keras.json").write_text(content)


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "",
        "{half",
        '{"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_first"}',
    ],
)
def test_what_can_work_is_let_be(home, content):
    home(content)
    environment.check()


def test_brackets_without_end_are_refused(home):
    home("[" * 100_000)
    with pytest.raises(ValueError, match="expected settings of Keras by name: put .* received 'brackets nested too"):
        environment.check()


def test_no_settings_are_none(home, tmp_path, monkeypatch):
    environment.check()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("")
    environment.check()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"floatx": "float16"},
            "expected floatx float32 in the settings of Keras: put .*keras.json right, or set KERAS",
        ),
        ({"floatx": "float64"}, "received 'float64'$"),
        ({"epsilon": 1}, "expected epsilon a number such as 1e-07"),
        ({"epsilon": float("nan")}, "expected epsilon a number such as 1e-07"),
        ({"epsilon": -1e-7}, "expected epsilon a number such as 1e-07"),
        ({"epsilon": 0.5}, "expected epsilon a number such as 1e-07"),
        ({"image_data_format": "nchw"}, "expected image_data_format channels_last or channels_first"),
        (
            {"backend": "jax"},
            "expected Keras with its backend tensorflow: set KERAS_BACKEND=tensorflow, received 'jax'$",
        ),
        ([], r"expected settings of Keras by name: .*, received \[\]$"),
    ],
)
def test_what_cannot_work_is_refused(home, settings, message):
    home(json.dumps(settings))
    with pytest.raises(ValueError, match=message):
        environment.check()


def test_the_environment_goes_before_the_file(home, monkeypatch):
    home('{"backend": "jax"}')
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    environment.check()
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(ValueError, match="received 'torch'$"):
        environment.check()


@pytest.mark.parametrize("name", environment.CAPS)
def test_what_cuts_a_training_short_is_refused(home, monkeypatch, name):
    monkeypatch.setenv(name, "3")
    with pytest.raises(ValueError, match=f"^expected no {name}, which cuts every training short: unset it, received"):
        environment.check()


def test_a_tool_refuses_in_one_sentence_before_a_run_is_made(tmp_path):
    given = os.environ | {"KERAS_BACKEND": "jax"}
    call = [sys.executable, str(ROOT / "tools/train.py"), "epnet_digits"]
    done = subprocess.run(call, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.startswith(
        "error: expected Keras with its backend tensorflow: set KERAS"
    )
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


def test_networks_train_where_images_have_their_channels_first_elsewhere():
    x, y = np.zeros((4, 12, 12, 1), "float32"), np.arange(4) % 3
    keras.config.set_image_data_format("channels_first")
    try:
        epnet = EPNet((12, 12, 1), 3, (4, 4), controller_in=(4,), controller_cat=(4,), stem=2)
        for network in (epnet, SkipNet((12, 12, 1), 3, (1, 1), (4, 6), gate="feedforward_1")):
            network.compile(run_eagerly=True)
            network.fit(x, y, verbose=0)
            assert sum(network.part_macs.values()) > 1000
        controllers.fit_controllers(epnet, epnet.observe(x), y, epochs=1)
    finally:
        keras.config.set_image_data_format("channels_last")
