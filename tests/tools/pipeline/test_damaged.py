"""A run any of whose files is damaged: the last good one is taken, or it is made again, and that is said."""

import json
import re
import shutil
import zipfile

import numpy as np
import pytest

from keras_models import cascade_files, files
from tests.tools import stripes
from tests.tools.stripes import STRIPES, call, refused
from tools.pipeline import distillation, judging, observed, runs, training

tiny, trained, trained_once = stripes.tiny, stripes.trained, stripes.trained_once


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGES = {
    "halved": halve,
    "empty": lambda file: file.write_bytes(b""),
    "garbage": lambda file: file.write_bytes(b"\x93garbage\x00\xff" * 40),
}
damages = pytest.mark.parametrize("damage", DAMAGES)


def begun(folder, monkeypatch) -> list[str]:
    """The stages that a training of that run trains."""
    seen = []
    monkeypatch.setattr(training, "fit_stage", lambda run, network, task, stage, *_: seen.append(stage.name))
    run = runs.read(folder)
    training.train(run)
    assert all(files.is_network(folder / name) for name in ("classifiers.keras", "model.keras"))
    return seen


@damages
def test_a_finished_network_is_made_again_from_the_stage_before(trained, capsys, monkeypatch, damage):
    DAMAGES[damage](trained / "model.keras")
    (trained / ".draft.elsewhere.1.model.keras").write_bytes(b"stray")
    assert begun(trained, monkeypatch) == ["controllers"]
    assert capsys.readouterr().out == f"{trained}/model.keras is damaged, it is made again\n"


def test_where_no_stage_is_left_it_begins_again(trained, capsys, monkeypatch):
    for name in ("model.keras", "classifiers.keras"):
        halve(trained / name)
    assert begun(trained, monkeypatch) == ["classifiers", "controllers"]
    assert capsys.readouterr().out.count("is damaged, it is made again\n") == 2


def test_a_damaged_stage_behind_a_good_network_is_not_missed(trained, capsys):
    halve(trained / "classifiers.keras")
    assert call() == 0 and capsys.readouterr().out.endswith(
        "runs/tiny is trained: convert it with python tools/convert.py runs/tiny\n"
    )


def test_a_damaged_network_is_no_source_of_others(trained, capsys):
    halve(trained / "classifiers.keras")
    problem = refused(capsys, "tiny", "--out", "other", "--start", str(trained))
    assert (
        "classifiers.keras: expected a network that tools/train.py saved, received a damaged file; train it" in problem
    )


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '"text"', "\xff\xfe", "[" * 9999])
def test_damaged_settings_are_refused_in_one_sentence(trained, capsys, content):
    (trained / "config.json").write_text(content, encoding="latin-1")
    assert refused(capsys, "tiny", "--set", "controllers.epochs=2", "--out", str(trained)).startswith("error: ")
    with pytest.raises(runs.RunError, match="config.json: expected .* damaged: put it right, or give another --out"):
        runs.read(trained)


@pytest.mark.parametrize("change", [{"family": "none"}, {"stages": {}}, {"stages": {"classifiers": 1}}, {"seed": "a"}])
def test_settings_that_are_none_are_refused(trained, change):
    settings = json.loads((trained / "config.json").read_text()) | change
    (trained / "config.json").write_text(json.dumps(settings))
    with pytest.raises(runs.RunError, match="expected the settings of a run, received none of"):
        runs.read(trained)


def rewritten(file, name, content):
    """Another content of one of a network's files, with the right sums; None leaves it out."""
    with zipfile.ZipFile(file) as archive:
        held = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for entry, kept in held.items():
            if entry != name or content is not None:
                archive.writestr(entry, content if entry == name else kept)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"[" * 100_000),
        ("config.json", b"[]"),
        ("config.json", b"{}"),
        ("config.json", b""),
        ("model.weights.h5", b"no HDF5"),
        ("model.weights.h5", None),
        (None, None),
    ],
)
def test_a_network_that_cannot_be_read_is_one_sentence(trained, capsys, name, content):
    file = trained / "model.keras"
    rewritten(file, name, content) if name else halve(file)
    told = re.escape(f"{file}: expected a network that tools/train.py saved; it cannot be read: ")
    with pytest.raises(runs.RunError, match=f"^{told}.+; remove it, and train again with the same --out$"):
        runs.load_model(runs.read(trained))
    told = r"model.keras: expected a Keras classifier as a member; it cannot be read: ." if name else "a damaged one$"
    with pytest.raises(ValueError, match=told):
        cascade_files.load_members([str(trained), str(trained)], None)


@damages
def test_observed_values_are_made_again(trained, capsys, damage):
    run = runs.read(trained)
    network = runs.load_model(run)
    before = observed.load(run, network, STRIPES, "held_out")
    [file] = (trained / "observed").glob("*held-out*")
    DAMAGES[damage](file)
    again = observed.load(run, network, STRIPES, "held_out")
    assert capsys.readouterr().out.startswith(f"{file} is damaged, it is made again (")
    for name, value in before.items():
        np.testing.assert_array_equal(again[name], value)
    observed.load(run, network, STRIPES, "held_out")
    assert capsys.readouterr().out == ""


def shuffled(file):
    """Its form is right, and its content is not."""
    rows = np.load(file)
    np.save(file, rows * 2)


@pytest.mark.parametrize("damage", [*DAMAGES.values(), shuffled])
def test_soft_targets_are_made_again(trained, capsys, monkeypatch, damage):
    run = runs.Run(trained, runs.read(trained).config | {"teachers": [str(trained)], "teacher_share": 0.5})
    half = np.full((64, 2), 0.5, "float32")
    monkeypatch.setattr(distillation, "answers", lambda *_: half)
    before = distillation.soft_targets(run, STRIPES)
    damage(trained / "soft_targets.npy")
    np.testing.assert_array_equal(distillation.soft_targets(run, STRIPES), before)
    assert capsys.readouterr().out.startswith(f"{trained}/soft_targets.npy is damaged, it is made again (")


@damages
def test_what_a_stage_reached_is_told_from_the_network_where_its_file_is_damaged(trained, capsys, damage):
    run = runs.read(trained)
    network, file = runs.load_model(run), trained / "controllers.json"
    before, lines = json.loads(file.read_text()), judging.told(run, network)
    DAMAGES[damage](file)
    assert judging.told(run, network) == lines and json.loads(file.read_text()) == before
    assert "controllers.json is damaged, it is made again (" in capsys.readouterr().out


def test_a_second_process_in_a_run_is_refused(trained, capsys):
    (trained / "model.keras").unlink()
    with files.locked(trained / runs.IN_USE):
        assert call() == 2
    assert capsys.readouterr().err == (
        "error: runs/tiny is in use by another process: wait until that ends, or give another --out\n"
    )


def test_a_worker_of_the_same_cluster_is_not(trained, monkeypatch):
    monkeypatch.setattr(training.distribution, "is_chief", lambda strategy: False)
    with files.locked(trained / runs.IN_USE):
        assert training.train(runs.read(trained)).exits == 4


def test_the_backup_stays_until_the_network_is_saved(tmp_path, monkeypatch, capsys):
    """On a full disk: one sentence, and the stage need not be trained again."""
    folder = tmp_path / "runs" / "tiny"

    def full(self, network, file):
        raise OSError(28, "No space left on device, so it is not written", str(file))

    with monkeypatch.context() as patch:
        patch.setattr(runs.Run, "save", full)
        assert call("--epochs", "1") == 2
    assert capsys.readouterr().err.startswith("error: No space left on device, so it is not written: runs/tiny/classif")
    assert (folder / "backup/classifiers/latest.weights.h5").exists()
    rows = (folder / "classifiers.csv").read_text()
    assert training.train(runs.read(folder), until=1).compiled
    assert (folder / "classifiers.csv").read_text() == rows and not (folder / "backup/classifiers").exists()
    shutil.rmtree(folder)
