"""Load on a server: how many requests a second it answers, and how long each takes, on loopback alone."""

from __future__ import annotations

import http.client
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tflite.bundle import Bundle
from tflite.bundle.manifest import Part
from tflite.program.values import DTYPES
from tflite.remote import wire
from tools import native
from tools.serving.catalogue import Catalogue, ServedPart
from tools.serving.process import cpu_seconds, served

WARM_UP = 50  # requests that are not counted


@dataclass(frozen=True)
class Setting:
    """How a server is started.

    Attributes:
        replicas: processes.
        batch: requests that run at once, at most.
    """

    replicas: int
    batch: int

    def arguments(self) -> list[str]:
        """Of tools/serve.py: no limit that a load test is to run into."""
        limits = ["--rate", "0", "--queue", "10000", "--time-limit-s", "60", "--threads", "1"]
        return ["--replicas", str(self.replicas), "--batch", str(self.batch), *limits]


@dataclass(frozen=True)
class Load:
    """What is asked: `requests` in all, `connections` at a time, in at most `seconds`."""

    requests: int
    connections: int
    seconds: float


def drawn(part: Part, seed: int) -> dict[str, np.ndarray]:
    """Inputs of a part: numbers of a normal distribution, or codes."""
    rng, inputs = np.random.default_rng(seed), {}
    for name, tensor in part.inputs.items():
        kind = DTYPES[tensor.type]
        if tensor.type == "float32":
            inputs[name] = rng.normal(size=tensor.shape).astype(kind)
        else:
            limits = np.iinfo(kind)
            inputs[name] = rng.integers(limits.min, limits.max + 1, tensor.shape).astype(kind)
    return inputs


class Asker:
    """Asks for one part on one connection, again and again.

    Args:
        bundle: of the part.
        served: the part, and how it is run here, to compare with.
        port: of the server.
        token: that it wants.
        seed: of the inputs.
    """

    def __init__(self, bundle: Bundle, served: ServedPart, port: int, token: str, seed: int) -> None:
        inputs = drawn(served.part, seed)
        self._tensors, self._expected = served.part.outputs, served.run([inputs])[0]
        self._body = wire.pack(inputs, served.part.inputs)
        self._path = wire.path(bundle.manifest.name, bundle.sha256, served.name)
        self._headers = {
            "Authorization": f"Bearer {token}",
            wire.TENSORS: wire.described(served.part.inputs),
            wire.DIGEST: wire.digest(self._body),
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.ms: list[float] = []
        self.wrong = 0

    def ask(self) -> None:
        """Asks once, and compares the answer with what the part gives here."""
        begin = time.perf_counter()
        self._connection.request("POST", self._path, self._body, self._headers | {wire.REQUEST: uuid.uuid4().hex})
        response = self._connection.getresponse()
        body = response.read()
        self.ms.append(1e3 * (time.perf_counter() - begin))
        self.wrong += response.status != 200 or not self._holds(body)

    def _holds(self, body):
        outputs = wire.unpack(body, self._tensors)
        return all(np.allclose(outputs[key], array, rtol=1e-3, atol=1e-4) for key, array in self._expected.items())

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def loaded(bundle: Bundle, part: ServedPart, setting: Setting, load: Load) -> dict:
    """What a server of that setting does under load: plain numbers."""
    with served([str(bundle.path)], setting.arguments()) as server:
        askers = [Asker(bundle, part, server.port, server.token, seed) for seed in range(load.connections)]
        _together(askers, WARM_UP, load.seconds)
        for asker in askers:
            asker.ms.clear()
        begin, spent = time.perf_counter(), cpu_seconds(server.process.pid)
        _together(askers, load.requests, load.seconds)
        seconds = time.perf_counter() - begin
        spent = None if spent is None else cpu_seconds(server.process.pid) - spent
        for asker in askers:
            asker.close()
    ms = np.array([one for asker in askers for one in asker.ms])
    return {
        "replicas": setting.replicas,
        "batch": setting.batch,
        "connections": load.connections,
        "requests": len(ms),
        "wrong": int(sum(asker.wrong for asker in askers)),
        "seconds": seconds,
        "per_second": len(ms) / seconds,
        "p50_ms": float(np.percentile(ms, 50)),
        "p99_ms": float(np.percentile(ms, 99)),
        "cpu_ms": None if spent is None else 1e3 * spent / len(ms),
    }


def _together(askers: Sequence[Asker], requests: int, seconds: float) -> None:
    """All ask at the same time until there have been so many requests, or the time is over."""
    left, lock, until = [requests], threading.Lock(), time.monotonic() + seconds
    problems: list[Exception] = []

    def work(asker):
        try:
            while time.monotonic() < until:
                with lock:
                    if left[0] <= 0:
                        return
                    left[0] -= 1
                asker.ask()
        except (OSError, http.client.HTTPException) as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(asker,)) for asker in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise ConnectionError(f"server: expected answers, received {problems[0]!r}")


def measure(
    path: str, settings: Sequence[Setting], loads: Sequence[Load], tell: Callable[[str], None] = lambda text: None
) -> dict:
    """Every setting under every load, for the first remote part of a bundle.

    Args:
        path: of the bundle.
        settings: of the servers.
        loads: to put on each.
        tell: is told what was found.
    """
    bundle = Bundle.load(path)
    with native.quiet():
        part = next(iter(Catalogue([path], max(setting.batch for setting in settings)).parts.values()))
    rows, before = [], os.getloadavg()[0]
    for setting in settings:
        for load in loads:
            rows.append(loaded(bundle, part, setting, load))
            tell(sentence(rows[-1]))
    described = {"bundle": part.bundle, "part": part.name, "macs": part.part.costs.get("macs")}
    sizes = {"bytes_in": part.bytes_in, "bytes_out": part.bytes_out, "batch": part.most}
    return described | sizes | {"load": before, "rows": rows}


def sentence(row: dict) -> str:
    """A row in words."""
    return (
        f"{row['replicas']} replica{'' if row['replicas'] == 1 else 's'}, batches of at most {row['batch']}, "
        f"{row['connections']} connections: {row['per_second']:.0f} requests a second, p50 {row['p50_ms']:.1f} ms, "
        f"p99 {row['p99_ms']:.1f} ms, {row['cpu_ms'] or float('nan'):.2f} ms of processor each, {row['wrong']} wrong"
    )
