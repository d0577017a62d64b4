"""Native libraries: what they say when they start is kept from the user, and nothing else is."""

import os
import subprocess
import sys

import pytest

from tools import native
from tools.foreign import ROOT


def test_the_environment_keeps_what_the_caller_set(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("GRPC_VERBOSITY", "x")
    monkeypatch.delenv("GRPC_VERBOSITY")
    native.prepare_environment()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["GRPC_VERBOSITY"] == "ERROR"


def test_native_notes_are_dropped_and_the_rest_follows(capfd):
    with native.quiet():
        os.write(2, b"INFO: Created a delegate.\nWARNING: something\n")
        os.write(2, b"I0000 00:00:1795.44 265 port.cc:153] oneDNN custom operations are on.\n")
        os.write(2, b"E0000 00:00:1795.44 265 tensor.cc:12] trouble\n")
    assert capfd.readouterr().err == "WARNING: something\nE0000 00:00:1795.44 265 tensor.cc:12] trouble\n"


@pytest.mark.slow
def test_tensorflow_is_loaded_without_a_word():
    code = "from tools import native; native.prepare_environment(); print(native.load_tensorflow().__name__)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "CUDA_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.", False),
        (b"fully_quantize: 0, inference_type: 6", False),
        (b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR", False),
        (b"To enable the following instructions: AVX2, rebuild TensorFlow", False),
        (b"E0000 00:00:17.1 1 cuda_platform.cc:52] failed call to cuInit", False),
        (b"W0000 00:00:17.1 1 cpu_feature_guard.cc:227] This TensorFlow binary", False),
        (b"  INFO: of somebody else", True),
        (b"WARNING: the disk is full", True),
        (b"E0000 00:00:17.1 1 allocator.cc:52] out of memory", True),
        (b"Traceback (most recent call last):", True),
        (b"Error in port.cc:5] of another program", True),
    ],
)
def test_what_is_news_to_a_user_is_kept(capfd, line, kept):
    with native.quiet():
        os.write(2, line + b"\n")
    assert capfd.readouterr().err.encode() == (line + b"\n" if kept else b"")


def test_what_was_written_before_a_failure_follows_and_the_failure_goes_on(capfd):
    """An error is not eaten; its last line needs no end."""
    with pytest.raises(ValueError, match="no"), native.quiet():
        os.write(2, b"INFO: a delegate\nwhat went wrong")
        raise ValueError("no")
    assert capfd.readouterr().err == "what went wrong"
    os.write(2, b"INFO: said outside\n")
    assert capfd.readouterr().err == "INFO: said outside\n", "stderr is what it was"


def test_quiet_within_quiet_is_as_quiet(capfd):
    with native.quiet():
        with native.quiet():
            os.write(2, b"INFO: inner\ninner\n")
        os.write(2, b"outer\nINFO: outer\n")
    assert capfd.readouterr().err == "inner\nouter\n"


def test_nothing_is_left_open(capfd):
    """A command calls it many times."""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with native.quiet():
            os.write(2, b"INFO: \n")
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_needs_tensorflow_alone_runs_whatever_backend_its_caller_has_for_keras():
    code = "from tools import native; native.load_tensorflow(); import keras; print(keras.backend.backend())"
    environment = os.environ | {"KERAS_BACKEND": "nonsense", "KERAS_NNX_ENABLED": "1"}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "tensorflow\n"), done.stderr
