"""A conversion that is told to end: by Ctrl+C, or as a system ends a process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.pipeline import runs

ROOT = Path(__file__).parents[2]
CONFIG = {"preset": "tiny", "family": "epnet", "arguments": {}, "task": "max_min_digits", "seed": 3}
CONFIG |= {"stages": {name: {"epochs": 1} for name in ("classifiers", "controllers")}}

# The command as it is, with a stand-in for the work, which begins and then takes long: while a library is imported a
# signal may get lost in it.
SCRIPT = """
import signal, sys, time, types
from tools import console, convert, native, pipeline

def work(run, options, draft):
    (draft / "begun").write_text("half of a bundle")
    time.sleep(60)

pipeline.conversion = sys.modules["tools.pipeline.conversion"] = types.SimpleNamespace(convert=work)
native.load_keras = lambda: None
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
sys.exit(console.main(convert.build_parser, convert.command, sys.argv[1:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_conversion_leaves_nothing_behind(tmp_path, number):
    run = runs.start(tmp_path / "run", CONFIG)
    out = tmp_path / "bundles" / "b"
    command = [sys.executable, "-c", SCRIPT, run.folder, "--out", out]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        for _ in range(3000):
            if list(tmp_path.glob("bundles/*/begun")):
                break
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1] == f"interrupted: {out} is not written, and what was there is as it was"
    assert list(out.parent.iterdir()) == []
