"""Trainings on two workers and on two devices."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tools.pipeline import runs

ROOT = Path(__file__).resolve().parents[3]
IMAGE_STAGE = {"epochs": 2, "batch_size": 32, "peak_learning_rate": 0.05}
TRUNK = {"blocks": (1, 1), "filters": (4, 4)}
PRESETS = {
    "tiny": (
        "epnet",
        {"filters": (4, 4, 8, 8), "controller_in": (4,), "controller_cat": (4,)},
        {"classifiers": IMAGE_STAGE, "controllers": {"epochs": 2, "batch_size": 16}},
    ),
    "skipping": ("skipnet", TRUNK, {"supervised": IMAGE_STAGE, "reinforced": {"epochs": 1, "batch_size": 32}}),
    "small": ("resnet", {"blocks": (1,), "filters": (2,)}, {"classifier": IMAGE_STAGE | {"epochs": 1}}),
    "large": ("resnet", {"blocks": (1,), "filters": (8,)}, {"classifier": IMAGE_STAGE | {"epochs": 1}}),
    "pair": ("cascade", {"members": ("small", "large")}, {"deferral": {"epochs": 1, "batch_size": 17}}),
}


def cluster(tasks, kind="worker", index=0):
    return json.dumps({"cluster": tasks, "task": {"type": kind, "index": index}})


def write_presets(folder):
    """The presets as files, which stand in the place of names."""
    for name, (family, arguments, stages) in PRESETS.items():
        preset = {"family": family, "task": "stripes", "arguments": arguments, "stages": stages}
        (folder / f"{name}.json").write_text(json.dumps(preset | {"source": "none", "expected": "seconds"}))


def launch(folder, *arguments, devices=1, tf_config=None):
    """A process of worker.py in a folder; what it says goes into a file there."""
    names = ("PATH", "HOME", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in names if name in os.environ} | {"CUDA_VISIBLE_DEVICES": "-1"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"TF_CONFIG": tf_config} if tf_config else {})
    index = json.loads(tf_config)["task"]["index"] if tf_config else "alone"
    with (folder / f"said_{index}.txt").open("a") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.tools.pipeline.worker", str(devices), *arguments],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def launch_two(folder, *arguments):
    """Two workers on free ports of this machine."""
    with socket.socket() as one, socket.socket() as two:
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{free.getsockname()[1]}" for free in (one, two)]
    return [launch(folder, *arguments, tf_config=cluster({"worker": addresses}, index=index)) for index in (0, 1)]


def ended(folder, *processes):
    """Waits for processes, which must end well; none is left behind."""
    try:
        statuses = [process.wait(timeout=420) for process in processes]
    finally:
        for process in processes:
            process.kill()
    said = "\n".join(file.read_text() for file in sorted(folder.glob("said_*.txt")))
    assert statuses == [0] * len(processes), said[-4000:]
    return said


def rows(file):
    return list(csv.DictReader(file.read_text().splitlines()))


def read(folder):
    return runs.load_model(runs.read(folder))


def moved(start, network):
    """How far the weights of trunk and classifiers have come from a start, as one vector."""
    pairs = [
        (one, two)
        for one, two in zip(start.weights, network.weights, strict=True)
        if not any(name in two.path for name in ("moving", "controllers"))
    ]
    return np.concatenate([np.ravel(np.asarray(two) - np.asarray(one)) for one, two in pairs])


@pytest.mark.slow
def test_two_workers_train_what_one_process_trains(tmp_path):
    """Both stages, with one set of files, the second by reinforce.

    Losses and the way that the weights go are compared: normalisation is by halves of a batch, all else the same. Of
    controllers losses and benefits alone, for what they draw differs.
    """
    write_presets(tmp_path)
    options = ("tiny.json", "--set", "controllers.estimator=reinforce", "--set", "controllers.warm_up=0")
    ended(tmp_path, *launch_two(tmp_path, *options, "--out", "two", "--strategy", "multi_worker"))
    ended(tmp_path, launch(tmp_path, *options, "--out", "one"))

    from tools.pipeline import training

    names = [sorted(file.name for file in (tmp_path / name).iterdir()) for name in ("one", "two")]
    assert names[0] == names[1] and {"classifiers.keras", "model.keras", "controllers.json"} <= set(names[0])
    one, two = read(tmp_path / "one"), read(tmp_path / "two")
    assert len(rows(tmp_path / "two" / "controllers.csv")) == 2
    start = training.build(runs.read(tmp_path / "one"), SimpleNamespace(input_shape=(12, 12, 1), classes=2))
    ways = [moved(start, network) for network in (one, two)]
    assert np.linalg.norm(ways[0]) > 0.1
    assert np.linalg.norm(ways[1] - ways[0]) < 0.2 * np.linalg.norm(ways[0])
    for name, column, near in (
        ("classifiers", "loss", 0.02),
        ("classifiers", "val_loss", 0.02),
        ("controllers", "benefit", 0.1),
        ("controllers", "loss", 0.3),  # of draws that are others
    ):
        seen = [[float(row[column]) for row in rows(tmp_path / run / f"{name}.csv")] for run in ("one", "two")]
        np.testing.assert_allclose(seen[1], seen[0], rtol=near, err_msg=f"{name} {column}")
    before, after = runs.load_first_stage(runs.read(tmp_path / "two")), two
    changed = [not np.array_equal(a, b) for a, b in zip(before.weights, after.weights, strict=True)]
    assert changed == ["controllers" in weight.path for weight in after.weights]


@pytest.mark.slow
def test_interrupted_workers_go_on_from_the_backup(tmp_path):
    write_presets(tmp_path)
    options = ("tiny.json", "--epochs", "25", "--out", "run", "--strategy", "multi_worker")
    backup = tmp_path / "run" / "backup" / "classifiers" / "training_metadata.json"
    processes = launch_two(tmp_path, *options)
    try:
        until = time.monotonic() + 300
        while not backup.exists() and time.monotonic() < until and all(p.poll() is None for p in processes):
            time.sleep(0.02)
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
    epoch = json.loads(backup.read_text())["epoch"]
    before = len(rows(tmp_path / "run" / "classifiers.csv"))
    assert 1 <= epoch < 25 and not (tmp_path / "run" / "classifiers.keras").exists()

    ended(tmp_path, *launch_two(tmp_path, *options))
    epochs = [int(row["epoch"]) for row in rows(tmp_path / "run" / "classifiers.csv")]
    assert epochs[before:] == list(range(epoch, 25))
    assert read(tmp_path / "run").exits == 4


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["mirrored", "multi_worker"])
def test_every_family_trains_on_two_devices(tmp_path, strategy):
    """EPNet in half precision, SkipNet, and a cascade of two ResNets."""
    write_presets(tmp_path)
    ended(tmp_path, launch(tmp_path, "small.json", "--out", "small", "--then", "large.json", "--out", "large"))
    for name in ("tiny", "skipping", "pair"):
        call = [f"{name}.json", "--out", name, "--strategy", strategy]
        call += ["--mixed-precision"] if name == "tiny" else []
        several = strategy == "multi_worker"
        ended(tmp_path, *(launch_two(tmp_path, *call) if several else [launch(tmp_path, *call, devices=2)]))
        assert np.isfinite(read(tmp_path / name)(np.zeros((1, 12, 12, 1), "float32"))).all(), name
        for stage in PRESETS[name][2]:
            curve = rows(tmp_path / name / f"{stage}.csv")
            assert curve and all(np.isfinite(float(row["loss"])) for row in curve), stage
    assert json.loads((tmp_path / "pair" / "deferral.json").read_text())["samples"] == 6
