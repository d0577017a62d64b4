"""One request and its answer over a connection that is kept alive; another thread may end it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from ..errors import RemoteError

IDLE_S = 4.0  # a connection that was not used for longer is not used again: servers close theirs after 5 s
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked.

    Attributes:
        path: of the part.
        headers: of the request.
        body: of the request.
        most: bytes that the answer may have.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    most: int


class Reply(NamedTuple):
    """What came back: the status, the headers, and the body, of at most one byte more than was allowed."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Connections:
    """Connections to a server, which are used again and again.

    Args:
        address: `https://host[:port]`; `http` only for this machine itself, or where that is allowed.
        cafile: certificates that sign the server's, in a PEM file; None for those that the system trusts.
        allow_cleartext: whether `http` is taken to another machine too.

    Raises:
        RemoteError: the address is none of these.
    """

    def __init__(self, address: str, cafile: str | None = None, allow_cleartext: bool = False) -> None:
        url = urlsplit(address)
        try:
            self._host, self._port, self._secure = url.hostname or "", url.port, url.scheme == "https"
        except ValueError:
            self._host = ""
        plain = url.scheme == "http" and (allow_cleartext or self._host in LOOPBACK)
        if not self._host or not (self._secure or plain) or url.path.strip("/") or url.query or url.username:
            raise RemoteError(
                f"address: expected https://HOST[:PORT] (http for this machine alone), received {address!r}"
            )
        self._tls = ssl.create_default_context(cafile=cafile) if self._secure else None
        self._idle: deque[tuple[float, http.client.HTTPConnection]] = deque()
        self._lock, self._closed = threading.Lock(), False

    def taken(self) -> tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before."""
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < IDLE_S:
                    return connection, True
                connection.close()
        return self.opened(), False

    def opened(self) -> http.client.HTTPConnection:
        """A new connection, which connects when it is used."""
        if self._secure:
            return http.client.HTTPSConnection(self._host, self._port, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port)

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        """Keeps a connection whose answer was read to its end."""
        with self._lock:
            if not self._closed:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Closes those that are not in use, and the others when they are given back."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop()[1].close()


class Exchange:
    """A request on its way.

    Args:
        connections: to the server.
        call: what is asked.
        until: when to give up, of `time.monotonic`.
    """

    def __init__(self, connections: Connections, call: Call, until: float) -> None:
        self._connections, self._call, self._until = connections, call, until
        self._connection, self._ended, self._lock = None, False, threading.Lock()

    def run(self) -> Reply:
        """Sends the request and reads the answer.

        Raises:
            RemoteError: there is none.
        """
        connection, used = self._connections.taken()
        try:
            try:
                return self._over(connection)
            except (ConnectionError, http.client.BadStatusLine):
                if not used or self._ended:  # the server may have closed a connection while nobody used it
                    raise
                connection.close()
                connection = self._connections.opened()
                return self._over(connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise RemoteError(f"expected an answer, but {type(error).__name__}: {error}") from error

    def end(self) -> None:
        """Ends it, from another thread: what waits for the network is woken."""
        with self._lock:
            self._ended = True
            sock = None if self._connection is None else self._connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def _over(self, connection) -> Reply:
        with self._lock:
            if self._ended:
                raise TimeoutError("its time is over")
            self._connection = connection
        connection.timeout = self._left()
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request("POST", self._call.path, self._call.body, dict(self._call.headers))
        connection.sock.settimeout(self._left())
        with connection.getresponse() as response:  # which may have the socket for itself
            body = response.read(self._call.most + 1)
            whole = response.isclosed() and not response.will_close
        if whole:
            with self._lock:
                self._connection = None  # from here on it may be another one's
            self._connections.give_back(connection)
        else:
            connection.close()
        return Reply(response.status, response.headers, body)

    def _left(self):
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("its time is over")
        return left
