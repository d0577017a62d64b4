"""Settings of Keras that its user has made elsewhere: what cannot work is refused before Keras is imported."""

import json
import os
import subprocess
import sys

import pytest

from keras_models import environment
from tools.foreign import ROOT

# A network of every family of images is built and trained with the settings; what it answers and exports is told.
WORKS = """
import numpy as np, keras
from keras_models.epnet import EPNet
from keras_models.skipnet import SkipNet
from keras_models.policies import controllers
assert keras.config.image_data_format() == "channels_first"
x, y = np.zeros((8, 12, 12, 1), "float32"), np.arange(8) % 3
epnet = EPNet((12, 12, 1), 3, (4, 4, 6, 6), controller_in=(4,), controller_cat=(4,), stem=2)
for network in (epnet, SkipNet((12, 12, 1), 3, (2, 1), (4, 6), gate="feedforward_1")):
    network.compile()
    network.fit(x, y, verbose=0)
    assert network.predict(x, verbose=0).shape[2] == 3 and sum(network.part_macs.values()) > 1000
controllers.fit_controllers(epnet, epnet.observe(x), y, epochs=1)
"""


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
            "expected floatx float32 in the settings of Keras: put .*keras.json right, or set KERAS_",
        ),
        ({"floatx": "float64"}, "received 'float64'$"),
        ({"epsilon": 1}, "expected epsilon a number such as 1e-07"),
        ({"image_data_format": "nchw"}, "expected image_data_format channels_last or channels_first"),
        ({"backend": "jax"}, "expected the backend tensorflow of Keras: set KERAS_BACKEND=tensorflow, received 'jax'$"),
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
    with pytest.raises(
        ValueError, match=f"expected no {name}, which cuts every training short: unset it, received '3'"
    ):
        environment.check()


def test_a_tool_refuses_in_one_sentence_before_a_run_is_made(tmp_path):
    given = os.environ | {"KERAS_BACKEND": "jax"}
    call = [sys.executable, str(ROOT / "tools/train.py"), "epnet_digits"]
    done = subprocess.run(call, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.startswith("error: expected the backend tensorflow of Keras: set KERAS")
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


def test_networks_train_where_images_have_their_channels_first_elsewhere(tmp_path):
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first"}')
    given = os.environ | {"KERAS_HOME": str(tmp_path), "TF_USE_LEGACY_KERAS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", WORKS], cwd=ROOT, env=given, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
