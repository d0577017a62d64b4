"""A training that goes on from its backup, whatever happened to the files of that."""

import errno
import itertools
import json
import resource

import keras
import numpy as np
import pytest

from keras_models import backup, files

X, Y = np.linspace(-1, 1, 8, dtype="float32")[:, None], np.linspace(0, 1, 8, dtype="float32")[:, None]
WEIGHTS, TOLD = "latest.weights.h5", "training_metadata.json"


def model():
    keras.utils.set_random_seed(3)
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, activation="tanh"), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss="mse", run_eagerly=True)
    return made


def fit(folder, epochs, said=None, chief=True):
    """Trains to that epoch from what the folder holds; the network, and the number of the first epoch."""
    made, begun = model(), []
    seen = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    told = backup.Backup(folder, chief, (said if said is not None else []).append)
    made.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=[told, seen])
    return made, (begun or [None])[0]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """The network after four epochs without an interruption."""
    return fit(tmp_path_factory.mktemp("straight"), 4)[0]


def test_it_goes_on_after_the_last_epoch_and_says_nothing(tmp_path, straight):
    said = []
    fit(tmp_path / "b", 3)
    made, first = fit(tmp_path / "b", 4, said)
    assert first == 3 and said == [] and same(made, straight)
    assert fit(tmp_path / "b", 4, said)[1] is None, "it has ended, and its backup stays until its result is saved"
    backup.forget(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def halved(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scribbled(file):
    content = bytearray(file.read_bytes())
    content[-9] ^= 255
    file.write_bytes(bytes(content))


DAMAGES = {
    "halved": halved,
    "empty": lambda file: file.write_bytes(b""),
    "garbage": lambda file: file.write_bytes(b"\x00\xff garbage" * 99),
    "scribbled": scribbled,
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize(("damage", "name"), list(itertools.product(DAMAGES, (WEIGHTS, TOLD))))
def test_the_epoch_before_is_taken_where_the_latest_is_damaged(tmp_path, straight, damage, name):
    said = []
    fit(tmp_path, 3)
    DAMAGES[damage](tmp_path / name)
    (tmp_path / f"{name}.tmp").write_bytes(b"stray")
    made, first = fit(tmp_path, 4, said)
    assert first == 2 and same(made, straight)
    assert said == [f"{tmp_path}: the latest backup is damaged, going on after epoch 2"]


@pytest.mark.parametrize("damage", ["halved", "empty", "garbage", "scribbled"])
def test_it_begins_again_where_both_are_damaged(tmp_path, straight, damage):
    said = []
    fit(tmp_path, 3)
    for name in (WEIGHTS, f"{WEIGHTS}.bkp"):
        DAMAGES[damage](tmp_path / name)
    made, first = fit(tmp_path, 4, said)
    assert first == 0 and same(made, straight)
    assert said == [f"{tmp_path}: the backup is damaged, this stage of the training begins again"]


@pytest.mark.parametrize("told", ["[]", "{}", '{"epoch": "2"}', '{"epoch": -1}', '{"epoch": 99}', "\xff", "[" * 9999])
def test_metadata_that_tell_nothing_are_damaged(tmp_path, told):
    fit(tmp_path, 1)
    (tmp_path / TOLD).write_text(told, encoding="latin-1")
    said = []
    assert fit(tmp_path, 2, said)[1] == 0 and len(said) == 1


def test_a_file_of_keras_itself_is_taken_and_restored_to_the_last_weight(tmp_path):
    """It tells no digest. One that only the last variable is missing from leaves the first as they were."""
    made = model()
    made.optimizer.build(made.trainable_variables)
    made.save_weights(tmp_path / WEIGHTS)
    (tmp_path / TOLD).write_text(json.dumps({"epoch": 2, "batch": 0}))
    said = []
    assert fit(tmp_path, 3, said)[1] == 2 and said == []
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2), keras.layers.Dense(5)])
    for file in tmp_path.iterdir():
        file.unlink()
    other.save_weights(tmp_path / WEIGHTS)
    (tmp_path / TOLD).write_text(json.dumps({"epoch": 2, "batch": 0}))
    callback = backup.Backup(tmp_path, say=said.append)
    fresh = model()
    callback.set_model(fresh)
    callback.on_train_begin()
    assert same(fresh, model()) and said[0].endswith("begins again")


class Stop(BaseException):
    """The process is killed."""


@pytest.mark.parametrize("step", range(7))
def test_a_process_killed_at_any_step_of_writing_loses_an_epoch_at_most(tmp_path, monkeypatch, straight, step):
    fit(tmp_path, 2)
    left = [step]

    def or_stop(function):
        def called(*given, **named):
            if not left[0]:
                raise Stop
            left[0] -= 1
            return function(*given, **named)

        return called

    with monkeypatch.context() as patch:
        for place, name in ((files.Path, "replace"), (files.os, "fsync"), (files.Path, "mkdir")):
            patch.setattr(place, name, or_stop(getattr(place, name)))
        with pytest.raises(Stop):
            fit(tmp_path, 3)
    made, first = fit(tmp_path, 4)
    assert first == 2 and same(made, straight)


def test_a_full_disk_is_one_error_and_the_last_backup_stays(tmp_path, straight):
    fit(tmp_path, 2)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        with pytest.raises(OSError, match="is not written, and what was there is as it was") as caught:
            fit(tmp_path, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.filename == str(tmp_path / WEIGHTS) and caught.value.errno == errno.EFBIG
    assert not list(tmp_path.glob(".draft*"))
    made, first = fit(tmp_path, 4)
    assert first == 2 and same(made, straight)


def test_a_worker_reads_and_writes_nothing(tmp_path):
    fit(tmp_path, 2)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert fit(tmp_path, 3, chief=False)[1] == 2
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        (None, ""),
        (b"", ""),
        (b"epoch,loss\n0,0.5\n", "epoch,loss\n0,0.5\n"),
        (b"epoch,loss\n0,0.5\n1,0.", "epoch,loss\n0,0.5\n"),
        (b"epo", ""),
        (b"epoch,loss\n\xff\xfe\n", ""),
        (b"epoch,loss\n\0\0\0", ""),
    ],
)
def test_curves_go_on_after_whole_lines(tmp_path, there, kept):
    file, said = tmp_path / "s.csv", []
    if there is not None:
        file.write_bytes(there)
    model().fit(X, Y, epochs=1, verbose=0, callbacks=[backup.curves(file, said.append)])
    text = file.read_text()
    assert text.startswith(kept or "epoch,loss") and text.count("epoch") == 1
    assert text.count("\n") == (3 if kept else 2)
    assert len(said) == (there is not None and there.decode("latin-1") != kept)
