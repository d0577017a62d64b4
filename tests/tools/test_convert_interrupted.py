"""A conversion that is told to end: by Ctrl+C, or as a system ends a process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import runs

ROOT = Path(__file__).parents[2]
CONFIG = {"preset": "tiny", "family": "epnet", "arguments": {}, "task": "max_min_digits", "policy": {}, "seed": 3}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_conversion_leaves_nothing_behind(tmp_path, number):
    run = runs.start(tmp_path / "run", CONFIG)
    run.model_file.write_bytes(b"a network, which is not read before the draft is made")
    out = tmp_path / "bundles" / "b"
    command = [sys.executable, ROOT / "tools/convert.py", run.folder, "--out", out]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": ""}) as process:
        for _ in range(1000):
            if out.parent.exists() and any(out.parent.iterdir()):
                break
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip().splitlines()[-1]) == (130, "interrupted")
    assert list(out.parent.iterdir()) == []
