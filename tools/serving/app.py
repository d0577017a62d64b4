"""The application: answers for remote parts over HTTP, by the protocol of docs/server.md."""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tflite.errors import RemoteError
from tflite.remote import wire
from tools.serving import logs
from tools.serving.batching import Batcher, QueueFullError
from tools.serving.catalogue import Catalogue, ServedPart
from tools.serving.guard import Rate, is_allowed
from tools.serving.metrics import CONTENT_TYPE, Metrics
from tools.serving.options import ServerOptions

IDENTITY = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class RefusedError(Exception):
    """A request that is not answered: the status, a sentence, and headers of the reply."""

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}


class PartsServer:
    """Answers for the parts of a catalogue; `app` is what an ASGI server runs.

    Args:
        catalogue: what is served.
        options: limits.
        token: that requests have to carry; None for none.
    """

    def __init__(self, catalogue: Catalogue, options: ServerOptions, token: str | None = None) -> None:
        self._catalogue, self._options, self._token = catalogue, options, token
        self.metrics, self._rate = Metrics(), Rate(options.rate)
        self._threads = ThreadPoolExecutor(options.threads, "frugal-parts")
        self._batchers = {key: self._batcher(served) for key, served in catalogue.parts.items()}
        routes = [
            Route("/v1/{rest:path}", self._part, methods=["POST"]),
            Route("/v1/parts", self._parts, methods=["GET"]),
            Route("/healthz", self._health, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]
        self.app = Starlette(routes=routes, lifespan=self._lifespan)

    def _batcher(self, served: ServedPart) -> Batcher:
        options = self._options
        observe = self.metrics.batches.labels(served.bundle, served.name).observe
        most = min(served.most, options.batch)
        return Batcher(served.run, self._threads, most, options.batch_wait_ms / 1e3, options.queue, observe)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        logs.note("started", parts=len(self._catalogue.parts))
        yield
        self._threads.shutdown(wait=True)
        logs.note("stopped")

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "parts": len(self._catalogue.parts)})

    async def _parts(self, request: Request) -> Response:
        if not is_allowed(self._token, request.headers.get("authorization")):
            return _unknown()
        return JSONResponse({"parts": self._catalogue.described()})

    async def _metrics(self, request: Request) -> Response:
        if not is_allowed(self._token, request.headers.get("authorization")):
            return _unknown()
        return Response(self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def _part(self, request: Request) -> Response:
        """Answers a request for a part; every one ends here, with a line in the log."""
        begin, known = time.monotonic(), ("unknown", "unknown")
        given = request.headers.get(wire.REQUEST, "")
        identity = given if IDENTITY.fullmatch(given) else "none"
        served = None
        self.metrics.inside.inc()
        try:
            served = self._found(request, begin)
            known = (served.bundle, served.name)
            response = await asyncio.wait_for(self._answered(request, served), self._options.time_limit_s)
        except RefusedError as error:
            response = JSONResponse({"error": str(error)}, error.status, error.headers)
        except (TimeoutError, asyncio.TimeoutError):  # two classes until Python 3.11
            response = JSONResponse({"error": f"expected to end within {self._options.time_limit_s:g} s"}, 504)
        except ClientDisconnect:
            response = JSONResponse({"error": "the connection ended"}, 499)
        except Exception:
            logs.note_failure("failed", request=identity)
            response = JSONResponse({"error": "the part failed"}, 500)
        finally:
            self.metrics.inside.dec()
        response.headers[wire.REQUEST] = identity
        self._note(response, served, known, identity, time.monotonic() - begin)
        return response

    def _note(self, response, served, known, identity, seconds):
        self.metrics.requests.labels(*known, str(response.status_code)).inc()
        self.metrics.seconds.labels(*known).observe(seconds)
        if response.status_code == 200:
            self.metrics.bytes.labels(*known, "in").inc(served.bytes_in)
            self.metrics.bytes.labels(*known, "out").inc(served.bytes_out)
        fields = {"request": identity, "bundle": known[0], "part": known[1], "status": response.status_code}
        logs.note("request", **fields, ms=round(1e3 * seconds, 2))

    def _found(self, request: Request, now: float) -> ServedPart:
        """The part that a request is for, if it may ask."""
        if not is_allowed(self._token, request.headers.get("authorization")):
            raise RefusedError(401, "expected the token of this server", WWW_Authenticate="Bearer")
        address = request.client.host if request.client else ""
        if wait := self._rate.wait_s(address, now):
            raise RefusedError(429, "expected fewer requests a second", Retry_After=str(math.ceil(wait)))
        path = request.scope.get("raw_path") or request.scope["path"].encode()
        *_, bundle, version, part = ("", "", "", *path.decode("ascii", "replace").split("?")[0].split("/"))
        if served := self._catalogue.parts.get((bundle, version, part)):
            return served
        versions = self._catalogue.versions(bundle)
        if not versions:
            raise RefusedError(404, f"expected a bundle that is served here, received {bundle[:100]}")
        if version not in versions:
            here = " or ".join(versions)
            raise RefusedError(409, f"{bundle}: expected the version of SHA-256 {here}, received {version[:64]}")
        raise RefusedError(404, f"{bundle}: expected a part that runs remotely, received {part[:100]}")

    async def _answered(self, request: Request, served: ServedPart) -> Response:
        """Reads and checks a request, and runs the part."""
        expected = wire.described(served.part.inputs)
        if (received := request.headers.get(wire.TENSORS, "none")) != expected:
            raise RefusedError(400, f"{served.name}: expected {expected}, received {received[:1000]}")
        body = await self._body(request, served)
        if request.headers.get(wire.DIGEST) != wire.digest(body):
            raise RefusedError(400, f"{wire.DIGEST}: expected that of the body, received another one")
        try:
            inputs = wire.unpack(body, served.part.inputs)
        except RemoteError as error:
            raise RefusedError(400, str(error)) from error
        key = (wire.segment(served.bundle), served.version, wire.segment(served.name))
        try:
            outputs = await self._batchers[key].ask(inputs)
        except QueueFullError:
            raise RefusedError(429, "expected room for one more request, received none", Retry_After="1") from None
        answer = wire.pack(outputs, served.part.outputs)
        headers = {
            wire.TENSORS: wire.described(served.part.outputs),
            wire.PART: wire.segment(served.name),
            wire.DIGEST: wire.digest(answer),
        }
        return Response(answer, headers=headers, media_type=wire.CONTENT_TYPE)

    async def _body(self, request: Request, served: ServedPart) -> bytes:
        """The body of a request, of which no more is read than it may have."""
        most = min(self._options.body_limit, served.bytes_in)
        stated = request.headers.get("content-length", "0")
        too_much = partial(RefusedError, 413, f"expected at most {most} bytes, received more", Connection="close")
        if not stated.isdigit() or int(stated) > most:
            raise too_much()
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise too_much()
        return bytes(body)


def _unknown() -> Response:
    return JSONResponse({"error": "expected the token of this server"}, 401, {"WWW-Authenticate": "Bearer"})
