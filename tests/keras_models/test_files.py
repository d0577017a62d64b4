"""The lock of a folder: others wait, and a process that dies lets go."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_models import files

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from keras_models import files
with files.locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def taken(file) -> bool:
    """Whether somebody else holds the lock."""
    with file.open() as other:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_lock_keeps_others_out_as_long_as_it_is_held(tmp_path):
    file = tmp_path / "lock"
    with files.locked(file):
        assert taken(file)
    assert not taken(file)
    with pytest.raises(KeyError), files.locked(file):
        raise KeyError
    assert not taken(file)


def test_a_killed_process_lets_go_of_its_lock(tmp_path):
    file = tmp_path / "lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with other.stdout:
        assert other.stdout.readline().strip() == "held"
    assert taken(file)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert not taken(file)
