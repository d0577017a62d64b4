"""What a server may be told, and where its token comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.options import option

TOKEN = "FRUGAL_SERVE_TOKEN"  # of the environment
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class ServerOptions:
    """Limits and how parts are run; the fields are options of tools/serve.py."""

    batch: int = option(8, "most requests that a part answers at once, as one batch; 1 for none", metavar="N")
    batch_wait_ms: float = option(2.0, "how long a request waits for others at most", metavar="MS")
    threads: int = option(2, "threads that run parts", metavar="N")
    queue: int = option(64, "requests that wait for a part at most; others get 429", metavar="N")
    connections: int = option(1000, "connections and requests at once at most; others get 503", metavar="N")
    body_limit: int = option(1 << 20, "bytes of a request at most; others get 413", metavar="BYTES")
    time_limit_s: float = option(2.0, "seconds of a request at most, its way in included", metavar="S")
    rate: float = option(1000.0, "requests a second and address at most; others get 429; 0 for any", metavar="N")
    drain_s: float = option(10.0, "seconds that requests in flight have when the server is ended", metavar="S")

    def __post_init__(self) -> None:
        for name in ("batch", "threads", "queue", "connections", "body_limit"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, received {getattr(self, name)}")
        for name in ("time_limit_s", "drain_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a number above 0, received {getattr(self, name)}")
        for name in ("batch_wait_ms", "rate"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected a number of at least 0, received {getattr(self, name)}")


def read_token(file: str | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The token that requests have to carry; None for none.

    Args:
        file: whose first line it is; None for that of the environment, if there is one.
        environment: of the process.

    Raises:
        ValueError: it is empty, or no printable ASCII.
        OSError: the file cannot be read.
    """
    if file is None and TOKEN not in environment:
        return None
    text = environment[TOKEN] if file is None else Path(file).read_text(encoding="utf-8").partition("\n")[0]
    token, place = text.strip(), TOKEN if file is None else file
    if len(token) < 16 or not (token.isascii() and token.isprintable()):
        raise ValueError(f"{place}: expected a token of at least 16 printable ASCII characters, received another text")
    return token


def check_open(host: str, token: str | None) -> None:
    """Raises ValueError where other machines could ask without a token."""
    if token is None and host not in LOOPBACK:
        raise ValueError(f"host: expected {TOKEN} or --token-file to serve others, received {host} and no token")
