"""Files that are written whole or not at all, damage, and the lock of a folder."""

import errno
import fcntl
import os
import resource
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
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


def test_one_that_does_not_wait_is_told(tmp_path):
    with files.locked(tmp_path / "lock") as first, files.locked(tmp_path / "lock", wait=False) as second:
        assert first and not second
    with files.locked(tmp_path / "lock", wait=False) as third:
        assert third


def test_where_there_are_no_locks_nobody_is_kept_out(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(files.fcntl, "flock", none)
    with files.locked(tmp_path / "lock", wait=False) as held:
        assert held


def test_a_draft_has_the_files_ending_and_becomes_it(tmp_path):
    with files.draft(tmp_path / "a.weights.h5") as draft:
        assert draft.name.endswith(".a.weights.h5") and files.is_draft(draft.name, "a.weights.h5")
        draft.write_text("whole")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.weights.h5", "whole")]


def test_a_full_disk_leaves_what_was_there_and_names_the_file(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(
            OSError, match="File too large, so it is not written, and what was there is as it"
        ) as caught:
            with files.whole(file) as stream:
                stream.write(b"x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.filename == str(file) and file.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1


def test_drafts_of_dead_processes_of_this_machine_are_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = files.platform.node()
    kept = [
        f".draft.{here}.{os.getppid()}.a.npy",
        f".draft.elsewhere.{gone.pid}.a.npy",
        f".draft.{here}.{gone.pid}.b.npy",
    ]
    for name in (*kept, f".draft.{here}.{gone.pid}.a.npy"):
        (tmp_path / name).write_text("half")
    with files.whole(tmp_path / "a.npy"):
        pass
    assert {file.name for file in tmp_path.iterdir()} == {*kept, "a.npy"}


def test_a_network_is_known_by_every_byte(tmp_path):
    file = tmp_path / "a.keras"
    assert not files.is_network(file)
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("config.json", "metadata.json", "model.weights.h5"):
            archive.writestr(name, "content of " + name)
    assert files.is_network(file)
    content = file.read_bytes()
    for damaged in (b"", b"garbage", content[: len(content) // 2], content.replace(b"of model", b"0f model")):
        file.write_bytes(damaged)
        assert not files.is_network(file)


def test_why_a_network_cannot_be_read(tmp_path):
    file = tmp_path / "a.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).save(file)
    network, reason = files.read_network(file)
    assert reason is None and network.output_shape == (None, 3)
    file.write_bytes(file.read_bytes()[:-9])
    assert files.read_network(file) == (None, "it is damaged")


def test_what_cannot_be_got_at_is_no_damage(tmp_path):
    assert files.damage(PermissionError(errno.EACCES, "Permission denied", "a")) is None
    assert files.damage(OSError("truncated file\nmore")) == "truncated file"
    assert files.damage(KeyError()) == "KeyError"
    for error in (MemoryError(), type("ResourceExhaustedError", (Exception,), {})("OOM when allocating tensor")):
        assert files.damage(error) is None, "the file is as good as it was"
