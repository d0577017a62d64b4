"""The application on Ray Serve, on its local cluster; where `ray[serve]` is not installed these tests are skipped."""

import json
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
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "120",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "120",
}


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
    file = tmp_path / "deployment.yaml"
    file.write_text(
        json.dumps(
            {
                "http_options": {"host": "127.0.0.1", "port": PORT},
                "applications": [
                    {
                        "name": "frugal",
                        "route_prefix": "/",
                        "import_path": "tools.serving.ray_app:build",
                        "args": {"bundles": [str(bundle.path)], "options": {"batch": 4, "rate": 0.0}},
                        "deployments": [{"name": NAME, "num_replicas": 2, "ray_actor_options": {"num_cpus": 0.5}}],
                    }
                ],
            }
        )
    )
    environment = os.environ | {VARIABLE: TOKEN, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)} | PATIENT
    command = [sys.executable, "-m", "ray.serve.scripts", "run", str(file), "--app-dir", str(ROOT)]
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            asked(bundle, tmp_path / "log")
        finally:
            process.terminate()
            process.wait(60)
    assert TOKEN not in (tmp_path / "log").read_text()


def asked(bundle, log):
    """Waits until the replicas are there, and asks them."""
    until = time.monotonic() + 500
    with client(bundle, f"http://127.0.0.1:{PORT}", failures=10_000) as remote:
        while True:
            try:
                assert remote("far", seen())["logits"].tolist() == [FAR]
                break
            except RemoteError:
                assert time.monotonic() < until, log.read_text()[-3000:]
                time.sleep(1)
        for number in range(50):
            assert remote("far", seen(number, 1))["logits"].tolist() == [[1, number]]
    with client(bundle, f"http://127.0.0.1:{PORT}", token="another token than that") as remote:
        with pytest.raises(RemoteError, match="401"):
            remote("far", seen())
