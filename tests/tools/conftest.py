"""The hand-made bundle with learned exits, and its data set among the tasks."""

import pytest

from tests.tools import learned


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    """The folder of the bundle."""
    return learned.write(tmp_path_factory.mktemp("learned"))


@pytest.fixture
def bundle(bundle_folder):
    """The loaded bundle."""
    import tflite

    return tflite.Bundle.load(bundle_folder)


@pytest.fixture(autouse=True)
def pixels(monkeypatch):
    """The task `pixels`, known to the tools; it needs no TensorFlow."""
    from keras_models.datasets import TASKS
    from tools import native

    monkeypatch.setattr(native, "load_tensorflow", lambda: None)
    task = learned.Pixels()
    monkeypatch.setitem(TASKS, task.name, task)
    return task
