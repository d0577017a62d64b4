"""Folders that are replaced in place: whole or not at all, whatever ends the process that replaces them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tflite
from tests.tools import learned
from tflite.bundle.places import PlaceError
from tflite.bundle.replacing import folder_in_place, recover

ROOT = Path(__file__).parents[3]


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_draft_becomes_the_folder_when_it_is_done(tmp_path):
    out = tmp_path / "deep" / "bundle"
    with folder_in_place(out) as draft:
        (draft / "file").write_text("new")
        assert not out.exists() and draft.parent == out.parent
    assert (out / "file").read_text() == "new"
    assert list(out.parent.iterdir()) == [out]
    assert out.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("exists", [False, True])
def test_a_failure_leaves_everything_as_it_was(tmp_path, error, exists):
    out = tmp_path / "bundle"
    if exists:
        learned.write(out)
    before = tree(tmp_path)
    with pytest.raises(error), folder_in_place(out, force=True) as draft:
        (draft / "file").write_text("new")
        raise error
    assert tree(tmp_path) == before


@pytest.mark.parametrize("of", ["draft", "elsewhere"])
def test_an_error_names_the_file_where_it_was_to_be(tmp_path, of):
    with pytest.raises(OSError) as caught, folder_in_place(tmp_path / "bundle") as draft:
        raise OSError(28, "No space left on device", str((draft if of == "draft" else tmp_path / of) / "manifest.json"))
    assert caught.value.filename == str(tmp_path / ("bundle" if of == "draft" else of) / "manifest.json")


@pytest.mark.parametrize("at", [1, 2])
def test_an_interruption_between_the_two_renames_leaves_the_old_one(tmp_path, monkeypatch, at):
    out, calls, rename = learned.write(tmp_path / "bundle"), [], Path.rename
    before = tree(tmp_path)

    def interrupted(self, target):
        calls.append(target)
        if len(calls) == at:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), folder_in_place(out, force=True) as draft:
        (draft / "file").write_text("new")
    assert tree(tmp_path) == before


def test_an_existing_folder_is_refused_before_any_work(tmp_path):
    with pytest.raises(PlaceError, match="exists: expected a new folder; give --force"), folder_in_place(tmp_path):
        pytest.fail("the block ran")


@pytest.mark.parametrize("start", ["a bundle", "an empty folder"])
def test_force_replaces_a_bundle_with_what_the_tools_wrote_beside_it(tmp_path, start):
    out = tmp_path / "b"
    out.mkdir()
    if start == "a bundle":
        learned.write(out)
        for name in ("MODEL_CARD.md", "validation.json", "phone_check.json", "frontier.json"):
            (out / name).write_text("{}")
    with folder_in_place(out, force=True) as draft:
        (draft / "new").write_text("new")
    assert tree(tmp_path) == ["b", "b/new"]


def stranger(tmp_path, kind):
    """Something that is not to be replaced, and what it is that says so."""
    out = tmp_path / "out"
    if kind == "file":
        out.write_text("mine")
    elif kind == "folder":
        (out / "x").mkdir(parents=True)
        (out / "x/thesis").write_text("mine")
    elif kind == "link":
        out.symlink_to(learned.write(tmp_path / "elsewhere"))
    elif kind == "dangling link":
        out.symlink_to(tmp_path / "nowhere")
    elif kind == "other json":
        out.mkdir()
        (out / "manifest.json").write_text('{"format": "chrome", "file": "x"}')
    else:
        learned.write(out)
        place = {"beside": "notes.txt", "inside": "parts/notes.txt", "hidden": ".git"}.get(kind)
        (out / place).write_text("mine") if place else (out / "parts" / "mine").mkdir()
    return out


KINDS = {
    "file": "a file",
    "folder": "no bundle: x/thesis is",
    "link": "a link",
    "dangling link": "a link",
    "other json": "no bundle: manifest.json is",
    "beside": "where notes.txt is",
    "inside": "where parts/notes.txt is",
    "hidden": "where .git is",
    "empty folder": "where parts/mine is",
}


@pytest.mark.parametrize("kind", KINDS)
def test_force_replaces_nothing_else(tmp_path, kind):
    out = stranger(tmp_path, kind)
    before = tree(tmp_path)
    told = re.escape(f"with nothing else in it, received {out}, {KINDS[kind]}; give another one")
    with pytest.raises(PlaceError, match=told), folder_in_place(out, True):
        pytest.fail("the block ran")
    assert tree(tmp_path) == before


def test_what_came_in_while_the_work_was_done_stays(tmp_path):
    out = learned.write(tmp_path / "b")
    with pytest.raises(PlaceError, match="where thesis is"), folder_in_place(out, True):
        (out / "thesis").write_text("mine")
    with pytest.raises(PlaceError, match="exists: expected a new folder"), folder_in_place(tmp_path / "c"):
        (tmp_path / "c").mkdir()
    assert (out / "thesis").exists() and (out / "manifest.json").exists() and len(os.listdir(tmp_path)) == 2


# Replaces copies of a bundle, one after another, and is killed when it changes something for the so-manieth time.
KILLED = """
import os, shutil, signal, sys
from tflite.bundle.replacing import folder_in_place
new, *outs = sys.argv[1:]
def replace(out, left):
    counts = True
    def count(event, arguments):
        nonlocal left
        changes = event in ("os.rename", "os.remove", "os.mkdir", "shutil.rmtree")
        if counts and (changes or event == "open" and arguments[2] & os.O_CREAT):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
    sys.addaudithook(count)
    with folder_in_place(out, True) as draft:
        counts = False
        shutil.copytree(new, draft, dirs_exist_ok=True)
        counts = True
for left, out in enumerate(outs):
    if (child := os.fork()) == 0:
        replace(out, left)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
STEPS = 24  # more than there are


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two bundles, `old` and `new`."""
    folder = tmp_path_factory.mktemp("made")
    return {name: learned.write(folder / name, name=name) for name in ("old", "new")}


@pytest.mark.parametrize("name", ["b", 60 * "n", 255 * "n", 63 * "🎉", "-x", ".hidden", "a\nb", "*[x]?"])
def test_a_process_killed_at_any_moment_leaves_a_bundle_that_loads_and_nothing_that_stays(tmp_path, made, caplog, name):
    outs, seen = [tmp_path / str(step) / name for step in range(STEPS)], set()
    for out in outs:
        shutil.copytree(made["old"], out)
        shutil.copytree(made["old"], out.with_name(f"{name[:50]}2"))
    line = [sys.executable, "-W", "ignore", "-c", KILLED, made["new"], *outs]
    statuses = subprocess.run(line, cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert set(statuses) == {"-9", "0"} and len(statuses) == STEPS
    for out, status in zip(outs, statuses, strict=True):
        gone = not out.exists()
        caplog.clear()
        found = tflite.Bundle.load(out).manifest.name
        assert caplog.messages == [f"{out}: a process that replaced it was killed; what was there is back"] * gone
        seen.add((status, gone, found))
        with folder_in_place(out, True) as draft:
            shutil.copytree(made["old"], draft, dirs_exist_ok=True)
        assert len(os.listdir(out.parent)) == 2
    assert seen == {("-9", True, "old"), ("-9", False, "old"), ("-9", False, "new"), ("0", False, "new")}


HOLDS = """
import sys, time
from tflite.bundle.replacing import folder_in_place
with folder_in_place(sys.argv[1], True) as draft:
    (draft / "half").write_text("half")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_of_two_processes_the_second_is_refused_and_a_killed_one_holds_nothing(tmp_path, caplog):
    out = learned.write(tmp_path / "b")
    with subprocess.Popen([sys.executable, "-c", HOLDS, out], cwd=ROOT, stdout=subprocess.PIPE) as first:
        assert first.stdout.readline() == b"begun\n"
        told = f"^expected a folder that no other process is writing, received {re.escape(str(out))}; wait until"
        with pytest.raises(PlaceError, match=told), folder_in_place(out, True):
            pytest.fail("the block ran")
        with folder_in_place(tmp_path / "b.new"), folder_in_place(tmp_path / "c"):
            assert tflite.Bundle.load(out) and first.poll() is None
        first.kill()
    with folder_in_place(out, True) as draft:
        learned.write(draft)
    assert sorted(os.listdir(tmp_path)) == ["b", "b.new", "c"]
    assert caplog.messages == [f"{out}: a process that replaced it was killed; what it left is removed"]


def test_nothing_is_made_of_files_of_other_names(tmp_path):
    for name in (".b.abcdefgh.claim", ".b.short.claim", ".b.abcdefgh.old", ".b.abcdefgh"):
        (tmp_path / name).write_text("mine")
    before = tree(tmp_path)
    assert not recover(tmp_path / "b") and not recover(tmp_path / "none" / "b")
    with folder_in_place(tmp_path / "b"):
        pass
    assert tree(tmp_path) == sorted([*before, "b"])
