"""The client of the server half: what a chain takes as `remote`, over HTTP.

    with HttpRemote(bundle, "https://parts.example", token=token) as remote:
        chain = Chain(bundle, remote=remote)
        result = chain.run(image, Budget(latency_ms=80))

A call ends when the time is over that the budget leaves it (see docs/bundle.md, "Remote parts"), whatever the network
does. Within it a call that failed is tried again, after a pause of random length. A server that fails again and again
is left alone for a while. Any number of threads may use one client.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from ..bundle import Bundle
from ..errors import RemoteError
from ..runtime.round_trips import RoundTrips
from . import wire
from .breaker import Breaker
from .exchange import Call, Connections, Exchange, Reply

PASSING = (429, 500, 502, 503, 504)  # what may be otherwise a moment later
ASK_AGAIN_S = 1.0  # after which a server that is usually too slow for the time left is asked all the same


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client asks.

    Args:
        seconds: how long a call may take where the budget sets no limit.
        attempts: at most, in one call.
        pause_s: the longest pause before the second attempt; before each further one it doubles.
        hedge_s: after which time a second request is sent beside the first; None for never.
        threads: requests at once, at most.
        failures: calls in a row that failed, after which the server is left alone.
        rest_s: how long at first; it doubles while tries fail.
        longest_rest_s: how long at most.
        cafile: certificates that sign the server's, in a PEM file; None for those that the system trusts.
        allow_cleartext: whether `http` is taken to another machine too; what is sent, the token also, can be read then.
        margin_s: of the time that is left, what is kept for threads that are woken late.
        seed: of the random pauses; None for the system's.
    """

    seconds: float = 5.0
    attempts: int = 3
    pause_s: float = 0.02
    hedge_s: float | None = None
    threads: int = 8
    failures: int = 5
    rest_s: float = 0.5
    longest_rest_s: float = 30.0
    cafile: str | None = None
    allow_cleartext: bool = False
    margin_s: float = 0.002
    seed: int | None = None


class HttpRemote:
    """Runs a bundle's remote parts on a server; see the module.

    Args:
        bundle: whose server half is asked.
        address: `https://HOST[:PORT]`; `http` for this machine alone.
        token: which the server wants, or None.
        options: how to ask.

    Raises:
        RemoteError: the address is none.

    Attributes:
        sent, received: bytes of bodies so far, those of vain attempts too.
    """

    def __init__(
        self, bundle: Bundle, address: str, token: str | None = None, options: ClientOptions | None = None
    ) -> None:
        self._bundle, self._options = bundle, options or ClientOptions()
        self._headers = {"Content-Type": wire.CONTENT_TYPE}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {_checked(token)}"
        self._connections = Connections(address, self._options.cafile, self._options.allow_cleartext)
        self._random = random.Random(self._options.seed)
        options = self._options
        self._breaker = Breaker(options.failures, options.rest_s, options.longest_rest_s, self._random)
        self._trips, self._asked, self._lock = RoundTrips(), 0.0, threading.Lock()
        self._threads = ThreadPoolExecutor(options.threads, "frugal-remote")
        self.sent = self.received = 0

    def __enter__(self) -> HttpRemote:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._connections.close()

    def __call__(self, part: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Outputs of a part, within the time of the options."""
        return self.within(part, inputs, self._options.seconds)

    def within(self, part: str, inputs: dict[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]:
        """Outputs of a part.

        Args:
            part: name of the part.
            inputs: its inputs by name.
            seconds: after which there is an answer or an error.

        Raises:
            RemoteError: there is no answer, none in time, or one that does not hold.
        """
        begin = time.monotonic()
        until = begin + min(seconds, self._options.seconds) - self._options.margin_s
        tensors = self._bundle.manifest.parts[part].inputs
        body = wire.pack(inputs, tensors)
        is_try = self._check(begin, until)
        try:
            outputs = self._answered(part, body, until)
        except RemoteError:
            now = time.monotonic()
            with self._lock:
                self._breaker.failed(now)
                self._trips.observe(1e3 * (now - begin))
            raise
        with self._lock:
            self._breaker.succeeded()
            if is_try:
                self._trips.forget()  # it is quick again
            self._trips.observe(1e3 * (time.monotonic() - begin))
        return outputs

    def _check(self, now, until):
        """Raises where there is no point in asking; returns whether to ask is a try, of who was too slow lately."""
        if until <= now:
            raise RemoteError(f"expected more than {1e3 * self._options.margin_s:g} ms to ask in, received less")
        with self._lock:
            usual = self._trips.usual / 1e3
            is_slow = usual > until - now
            if is_slow and now - self._asked < ASK_AGAIN_S:
                left = f"{1e3 * (until - now):.0f} ms"
                raise RemoteError(f"expected {left} to reach, but answers usually take {1e3 * usual:.0f} ms")
            if not self._breaker.allows(now):
                raise RemoteError("expected a server that answers; it has failed again and again, and is left alone")
            self._asked = now
            return is_slow

    def _answered(self, part, body, until):
        """Tries until there is an answer, or no time for another attempt."""
        for attempt in range(self._options.attempts):
            try:
                return self._attempted(part, body, until)
            except _Passing as error:
                longest = self._options.pause_s * 2**attempt
                with self._lock:
                    pause = max(error.after_s, self._random.uniform(0, longest))
                if attempt + 1 == self._options.attempts or time.monotonic() + pause >= until:
                    raise
                time.sleep(pause)
        raise RemoteError(f"attempts: expected at least 1, received {self._options.attempts}")

    def _attempted(self, part, body, until):
        """One attempt: a request, and perhaps a second one beside it; the first answer counts."""
        described = self._bundle.manifest.parts[part]
        identity = uuid.uuid4().hex
        headers = {
            wire.TENSORS: wire.described(described.inputs),
            wire.DIGEST: wire.digest(body),
            wire.REQUEST: identity,
        }
        where = wire.path(self._bundle.manifest.name, self._bundle.sha256, part)
        call = Call(where, self._headers | headers, body, max(wire.size(described.outputs), 1000))
        begun, running = [], set()
        hedge, failure = self._options.hedge_s, None
        try:
            self._begin(call, until, begun, running)
            while running and (left := until - time.monotonic()) > 0:
                hedging = hedge is not None and len(begun) == 1
                done, running = wait(running, min(hedge, left) if hedging else left, FIRST_COMPLETED)
                for future in done:
                    try:
                        return self._checked(future, part, identity)
                    except RemoteError as error:
                        failure = error
                if not done and hedging:
                    self._begin(call, until, begun, running)
        finally:
            for exchange in begun:
                exchange.end()
        raise failure if failure is not None and not running else _Passing("expected an answer in time, received none")

    def _begin(self, call: Call, until: float, begun: list[Exchange], running: set[Future]) -> None:
        exchange = Exchange(self._connections, call, until)
        with self._lock:
            self.sent += len(call.body)
        begun.append(exchange)
        running.add(self._threads.submit(exchange.run))

    def _checked(self, future, part, identity):
        """The arrays of an answer that is whole, and is the one to this request."""
        try:
            reply: Reply = future.result()
        except RemoteError as error:
            raise _Passing(str(error)) from error
        with self._lock:
            self.received += len(reply.body)
        if reply.status != 200:
            kind = _Passing if reply.status in PASSING else RemoteError
            said = " ".join(reply.body[:300].decode("utf-8", "replace").split())
            error = kind(f"expected an answer, received status {reply.status}: {said}")
            if kind is _Passing:
                error.after_s = _seconds(reply.headers.get("Retry-After"))
            raise error
        outputs = self._bundle.manifest.parts[part].outputs
        for name, value in (
            (wire.REQUEST, identity),
            (wire.PART, wire.segment(part)),
            (wire.TENSORS, wire.described(outputs)),
            (wire.DIGEST, wire.digest(reply.body)),
        ):
            if reply.headers.get(name) != value:
                raise _Passing(f"{name}: expected {value}, received {reply.headers.get(name)}")
        return wire.unpack(reply.body, outputs)


class _Passing(RemoteError):
    """What may be otherwise a moment later; `after_s` is how long the server wants to be left alone."""

    after_s = 0.0


def _seconds(text):
    return float(text) if text is not None and text.isascii() and text.isdigit() else 0.0


def _checked(token):
    if not token.isascii() or not token.isprintable() or not token.strip():
        raise RemoteError("token: expected printable ASCII characters, received something else")
    return token
