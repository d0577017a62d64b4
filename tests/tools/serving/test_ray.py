"""The application on Ray Serve, on its local cluster; where `ray[serve]` is not installed these tests are skipped."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray.serve", reason='ray[serve] is not installed: pip install ".[ray]"')

from tests.tools.serving.live import FAR, TOKEN, client, halves, seen
from tflite.errors import RemoteError
from tools.serving.options import TOKEN as VARIABLE
from tools.serving.ray_app import NAME, build

ROOT = Path(__file__).resolve().parents[3]
PORT = 8761
PATIENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "300",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "300",
}
# In a process of its own: a cluster that ends leaves threads behind, and warns of what is none of this project's.
SCRIPT = f"""
import sys, threading
import ray
from ray import serve
from ray.serve._private import api
from tools.serving.ray_app import build
api.HTTP_PROXY_TIMEOUT = 600  # of a busy machine
ray.init(num_cpus=4, include_dashboard=False)
serve.start(http_options={{"host": "127.0.0.1", "port": {PORT}}})
serve.run(build({{"bundles": [sys.argv[1]], "options": {{"batch": 4, "rate": 0.0}}, "replicas": 2}}))
threading.Event().wait()
"""


@pytest.mark.parametrize("arguments", [{}, {"bundles": []}, {"bundles": ["a"], "bundle": "a"}])
def test_what_a_deployment_file_may_not_say_is_refused(arguments):
    with pytest.raises(ValueError, match="args: expected"):
        build(arguments)


def test_the_deployment_file_names_what_there_is():
    import yaml

    (application,) = yaml.safe_load((ROOT / "tools/serving/ray.yaml").read_text())["applications"]
    assert application["import_path"] == "tools.serving.ray_app:build"
    assert [deployment["name"] for deployment in application["deployments"]] == [NAME]
    assert build(application["args"]) is not None


@pytest.mark.slow
def test_two_replicas_answer_as_the_server_does(tmp_path):
    bundle = halves(tmp_path / "made")
    environment = os.environ | {VARIABLE: TOKEN, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)} | PATIENT
    command = [sys.executable, "-c", SCRIPT, str(bundle.path)]
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            asked(bundle, tmp_path / "log")
        finally:
            process.terminate()
            process.wait(60)
    assert TOKEN not in (tmp_path / "log").read_text()


def is_there(bundle):
    with client(bundle, f"http://127.0.0.1:{PORT}", seconds=30.0) as remote:
        try:
            return remote("far", seen())["logits"].tolist() == [FAR]
        except RemoteError:
            return False


def asked(bundle, log):
    """Waits until the replicas are there, and asks them."""
    until = time.monotonic() + 1000
    while not is_there(bundle):
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(1)
    with client(bundle, f"http://127.0.0.1:{PORT}", seconds=60.0) as remote:
        for number in range(50):
            assert remote("far", seen(number, 1))["logits"].tolist() == [[1, number]]
    with client(bundle, f"http://127.0.0.1:{PORT}", token="another token than that") as remote:
        with pytest.raises(RemoteError, match="401"):
            remote("far", seen())
