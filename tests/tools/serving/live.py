"""Bundles whose second half runs on a server, and servers to run it: real ones, on loopback."""

import contextlib
import threading
import time

import numpy as np
import uvicorn

from tests.tflite.bundles import IDENTITY, SWAP, image, labels, linear, make, run
from tests.tflite.models import build
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.remote.client import ClientOptions, HttpRemote
from tools.serving.app import PartsServer
from tools.serving.catalogue import Catalogue
from tools.serving.options import ServerOptions

TOKEN = "a token for these tests alone"
PICTURE = image(3, 1)  # far answers [1, 3], here it is answered [3, 1]
FAR, HERE = [1.0, 3.0], [3.0, 1.0]


def halves(folder, **fields):
    """A bundle: `far` swaps two numbers on a server; `here` gives them as they are where it does not answer."""
    graphs = {
        "near": linear(IDENTITY, [0, 0], target="seen"),
        "far": linear(SWAP, [0, 0], "seen", (1, 2)),
        "here": linear(IDENTITY, [0, 0], "seen", (1, 2)),
    }
    seen, answered = {"seen": "seen"}, {"logits": "logits"}
    program = [
        run("near", outputs=seen),
        run("far", seen, answered, on="remote", otherwise=(run("here", seen, answered),)),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    make(folder, graphs, program, remote=["far"], outputs=labels("a", "b"), **fields)
    (folder / "server").mkdir()
    (folder / "server/far.tflite").write_bytes(build(graphs["far"]))
    return Bundle.load(folder)


@contextlib.contextmanager
def serving(bundle, token=TOKEN, **options):
    """A server of a bundle in a thread; gives its address, and the application as `app`."""
    application = PartsServer(Catalogue([str(bundle.path)], options.get("batch", 8)), ServerOptions(**options), token)
    server = uvicorn.Server(uvicorn.Config(application.app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.005)
        assert server.started
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


def client(bundle, address, token=TOKEN, **options):
    """A client whose pauses are the same in every run."""
    return HttpRemote(bundle, address, token, ClientOptions(**{"seed": 1, **options}))


def seen(one=3.0, other=1.0):
    """Inputs of `far`."""
    return {"seen": np.array([[one, other]], np.float32)}
