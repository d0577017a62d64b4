"""Pytest's entry: the repository comes first on the path, and a foreign `tflite` stops the run with one sentence."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = str(Path(__file__).resolve().parent)
if sys.path[0] != ROOT:
    sys.path.insert(0, ROOT)

from tools.foreign import foreign_tflite  # noqa: E402  (needs the path above)


@pytest.fixture(autouse=True, scope="session")
def picture_cache(tmp_path_factory):
    """Decoded pictures of the tests are kept where they are in nobody's way."""
    os.environ["FRUGAL_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


def pytest_configure(config):
    """Refuses to test somebody else's package."""
    del config
    problem = foreign_tflite()
    if problem:
        raise pytest.UsageError(problem)
