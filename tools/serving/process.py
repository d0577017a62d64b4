"""A server in a process of its own, for demonstrations and measurements: started, waited for, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.serving.options import TOKEN

SERVE = Path(__file__).resolve().parents[1] / "serve.py"
PATIENCE_S = 120.0


class Served(NamedTuple):
    """A server that runs.

    Attributes:
        process: of it.
        address: where it is asked.
        token: that it wants.
        port: where it listens.
    """

    process: subprocess.Popen
    address: str
    token: str
    port: int


def cpu_seconds(pid: int) -> float | None:
    """Processor time of a process and all that it has started; None where the system does not tell (it is Linux's)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime of proc(5)
    return own + sum(cpu_seconds(int(child)) or 0.0 for child in children)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextlib.contextmanager
def served(bundles: Sequence[str], arguments: Sequence[str] = (), log: Path | None = None) -> Iterator[Served]:
    """Serves bundles on loopback, with a token that nobody else knows, while it is open.

    Args:
        bundles: folders.
        arguments: of tools/serve.py, beyond the port.
        log: file for its log; None for nowhere.

    Raises:
        ChildProcessError: it ended before it answered.
    """
    token, port = secrets.token_urlsafe(24), free_port()
    command = [sys.executable, str(SERVE), *bundles, "--port", str(port), *arguments]
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(open(os.devnull if log is None else log, "wb"))
        process = subprocess.Popen(command, env=os.environ | {TOKEN: token}, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_healthy(process, port)
            yield Served(process, f"http://127.0.0.1:{port}", token, port)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_healthy(process: subprocess.Popen, port: int) -> None:
    """Waits until the server answers that it is well.

    Raises:
        ChildProcessError: it ended, or does not answer.
    """
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ChildProcessError(f"server: expected it to run, received its end with status {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise ChildProcessError(f"server: expected an answer within {PATIENCE_S:g} s, received none")
