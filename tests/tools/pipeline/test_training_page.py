"""docs/training.md: its commands are ones that tools/train.py takes, and its clusters ones that TensorFlow takes."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from keras_models import distribution
from tools import train

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "training.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ +python tools/train\.py (.*?)(?: &)?$", TEXT, re.MULTILINE)
CLUSTER = re.compile(r'TF_CONFIG=("(?:\\"|[^"])*")')


def test_there_are_commands_and_clusters():
    assert len(COMMANDS) >= 5 and len(CLUSTER.findall(TEXT)) == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_taken(command):
    options = train.build_parser().parse_args(shlex.split(command))
    # A network of the reader's own is not there: `test_own_networks` and `test_own_layers` train such.
    assert options.preset == "my_model.keras" or train.configure(options)["stages"]


@pytest.mark.parametrize("cluster", CLUSTER.findall(TEXT))
def test_a_cluster_is_taken_as_a_shell_reads_it(cluster):
    workers = re.search(r"^ +export (WORKERS=.*)$", TEXT, re.MULTILINE)[1]
    hosts = re.search(r"^ +hosts=\$\(scontrol show hostnames \| (.*)\)$", TEXT, re.MULTILINE)[1]
    script = f"{workers}; hosts=$(printf 'n1\\nn2\\n' | {hosts}); SLURM_PROCID=1; printf %s {cluster}"
    distribution.check_cluster(subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout)
