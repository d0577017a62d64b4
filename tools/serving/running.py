"""Runs the application in uvicorn: one process, or several that share a port."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import socket
import tempfile
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from tools import native
from tools.serving import logs
from tools.serving.options import TOKEN, ServerOptions

ASKED = "FRUGAL_SERVE_ASKED"  # of the environment: bundles and options, for further processes
METRICS = "PROMETHEUS_MULTIPROC_DIR"
KEEP_ALIVE_S = 5  # a connection that is not used is closed after it


def application(bundles: Sequence[str], options: ServerOptions, token: str | None) -> Starlette:
    """The application for bundles.

    Raises:
        BundleError: one cannot be served.
    """
    from tools.serving.app import PartsServer
    from tools.serving.catalogue import Catalogue

    with native.quiet():
        catalogue = Catalogue(bundles, options.batch)
    return PartsServer(catalogue, options, token).app


def from_environment() -> Starlette:
    """The application of one of several processes, which the first one has told what to serve."""
    logs.begin()
    asked = json.loads(os.environ[ASKED])
    return application(asked["bundles"], ServerOptions(**asked["options"]), os.environ.get(TOKEN))


def serve(
    bundles: Sequence[str],
    options: ServerOptions,
    token: str | None,
    host: str = "127.0.0.1",
    port: int = 8700,
    replicas: int = 1,
    certificate: str | None = None,
    key: str | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, after which requests in flight are answered yet.

    Args:
        bundles: folders.
        options: limits.
        token: that requests have to carry, or None.
        host: address to listen on.
        port: 0 for any.
        replicas: processes.
        certificate: PEM file, for TLS; None for cleartext.
        key: PEM file of its key.
    """
    logs.begin()
    files = {"ssl_certfile": certificate, "ssl_keyfile": key}
    settings = _settings(options) | {"host": host, "port": port} | files
    try:
        if replicas == 1:
            uvicorn.Server(uvicorn.Config(application(bundles, options, token), **settings)).run()
        else:
            _serve_replicas(bundles, options, token, replicas, settings)
    except KeyboardInterrupt:
        pass  # uvicorn passes the signal on when it has ended, with all requests in flight answered


def _settings(options: ServerOptions) -> dict:
    """What uvicorn is told of limits and logs."""
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "limit_concurrency": options.connections,
        "timeout_graceful_shutdown": math.ceil(options.drain_s),
    }


def _serve_replicas(bundles, options, token, replicas, settings):
    """Processes that share a socket; they count together in files of a folder of this run."""
    application(bundles, options, token)  # a bundle that is refused is told once, and nothing is started
    os.environ[ASKED] = json.dumps({"bundles": list(bundles), "options": dataclasses.asdict(options)})
    if token is not None:
        os.environ[TOKEN] = token
    os.environ[METRICS] = tempfile.mkdtemp(prefix="frugal_metrics_")
    try:
        config = uvicorn.Config(f"{__name__}:from_environment", factory=True, workers=replicas, **settings)
        shared = config.bind_socket()
        # Connections take it over: asyncio sets it by itself only where a socket names its protocol, and without it the
        # second piece of an answer waits for the acknowledgement of the first.
        shared.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Multiprocess(config, sockets=[shared]).run()
    finally:
        shutil.rmtree(os.environ.pop(METRICS), ignore_errors=True)
        os.environ.pop(ASKED)
