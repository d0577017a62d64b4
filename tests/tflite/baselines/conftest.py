"""The hand-made bundle with learned exits, and images for it."""

import pytest

import tflite
from tests.tools import learned


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    """The folder of the bundle."""
    return learned.write(tmp_path_factory.mktemp("learned"))


@pytest.fixture
def bundle(bundle_folder):
    """The loaded bundle."""
    return tflite.Bundle.load(bundle_folder)


@pytest.fixture
def images():
    """60 images of two pixels."""
    return learned.Pixels().load("test")[0]
