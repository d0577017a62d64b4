"""The client against servers of the test's own: what it tries again, what it gives up, and when."""

import contextlib
import http.server
import re
import socket
import threading
import time

import numpy as np
import pytest

from tests.tools.serving.live import HERE, PICTURE, client, halves, seen
from tflite.errors import RemoteError
from tflite.remote import wire
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tflite.runtime.governor import Governor, Policy, Reading

OVER = "in time|timed out|time is over"  # who notices first: the client, or the socket
ANSWER = np.array([[7, 8]], "<f4").tobytes()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return halves(tmp_path_factory.mktemp("halves") / "made")


def replying(requests, left):
    """A handler that notes requests, and gives the replies that are left."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((self.client_address, dict(self.headers), body))
            reply = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(reply, float):
                time.sleep(reply)
            changed = dict(reply) if isinstance(reply, dict) else {}
            status = reply if isinstance(reply, int) else changed.pop("status", 200)
            headers = {
                wire.TENSORS: "logits=float32[1,2]",
                wire.PART: "far",
                wire.DIGEST: wire.digest(ANSWER),
                wire.REQUEST: self.headers[wire.REQUEST],
                "Content-Length": str(len(ANSWER)),
            } | changed
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(ANSWER)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def answering(*replies):
    """A server that gives one reply after another, the last one again and again; gives (address, requests seen).

    A reply is a status, a dict of headers (and perhaps a status) that are changed, or seconds before a good one.
    """
    requests = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), replying(requests, list(replies)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


def asked(bundle, *replies, seconds=5.0, times=1, **options):
    """What a client makes of replies: (outputs or error of each time, requests that the server saw)."""
    results = []
    with answering(*replies) as (address, requests), client(bundle, address, **options) as remote:
        for _ in range(times):
            try:
                results.append(remote.within("far", seen(), seconds)["logits"].tolist())
            except RemoteError as error:
                results.append(str(error))
    return results, requests


def test_a_connection_is_kept_alive(bundle):
    results, requests = asked(bundle, 200, times=5)
    assert results == [[[7.0, 8.0]]] * 5 and len({address for address, *_ in requests}) == 1
    assert len({headers[wire.REQUEST] for _, headers, _ in requests}) == 5


def test_a_request_says_what_it_is(bundle):
    _, ((_, headers, body),) = asked(bundle, 200, token="an other token")
    assert body == np.array([[3, 1]], "<f4").tobytes() and headers["Authorization"] == "Bearer an other token"
    assert headers[wire.TENSORS] == "seen=float32[1,2]" and headers[wire.DIGEST] == wire.digest(body)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(bundle, status):
    results, requests = asked(bundle, status, status, 200)
    assert results == [[[7.0, 8.0]]] and len(requests) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413, 301])
def test_what_will_not_pass_is_not(bundle, status):
    (said,), requests = asked(bundle, status)
    assert f"received status {status}" in said and len(requests) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {wire.REQUEST: "another"},
        {wire.PART: "near"},
        {wire.TENSORS: "logits=float32[2,1]"},
        {wire.DIGEST: wire.digest(b"")},
    ],
)
def test_an_answer_that_does_not_hold_is_none(bundle, changed):
    results, requests = asked(bundle, changed, 200)
    assert results == [[[7.0, 8.0]]] and len(requests) == 2
    ((said,), _) = asked(bundle, changed)
    assert said.startswith(next(iter(changed)))


def test_a_pause_that_the_server_asks_for_is_made_if_there_is_time(bundle):
    wait = {"status": 429, "Retry-After": "1"}
    begin = time.monotonic()
    (said,), requests = asked(bundle, wait, 200, seconds=0.5)
    assert "429" in said and len(requests) == 1 and time.monotonic() - begin < 1
    begin = time.monotonic()
    assert asked(bundle, wait, 200)[0] == [[[7.0, 8.0]]] and time.monotonic() - begin >= 1


def test_it_ends_in_time_whatever_the_server_does(bundle):
    begin = time.monotonic()
    (said,), _ = asked(bundle, 6.0, seconds=0.2)
    assert re.search(OVER, said) and time.monotonic() - begin < 5


def test_a_server_that_takes_connections_and_says_nothing_is_given_up_in_time(bundle):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with client(bundle, f"http://127.0.0.1:{silent.getsockname()[1]}") as remote:
            begin = time.monotonic()
            with pytest.raises(RemoteError, match=OVER):
                remote.within("far", seen(), 0.2)
    assert time.monotonic() - begin < 5


def test_a_second_request_beside_a_slow_one_is_asked_for(bundle):
    results, requests = asked(bundle, 3.0, 200, hedge_s=0.05, seconds=2.5)
    assert results == [[[7.0, 8.0]]] and len(requests) == 2
    _, requests = asked(bundle, 0.3, 200)
    assert len(requests) == 1


def test_a_server_that_fails_again_and_again_is_left_alone_and_tried_again(bundle):
    results, requests = asked(bundle, 400, times=10, failures=3, rest_s=60.0)
    assert len(requests) == 3 and all("left alone" in said for said in results[3:])
    with answering(400, 400, 200) as (address, requests), client(bundle, address, failures=2, rest_s=0.05) as remote:
        for _ in range(2):
            with pytest.raises(RemoteError, match="400"):
                remote("far", seen())
        time.sleep(0.2)
        assert remote("far", seen())["logits"].tolist() == [[7.0, 8.0]]


def test_who_is_usually_slower_than_there_is_time_for_is_not_asked(bundle):
    results, requests = asked(bundle, 0.05, seconds=5.0, times=8)
    assert len(requests) == 8
    with answering(0.05) as (address, requests), client(bundle, address) as remote:
        for _ in range(7):
            remote.within("far", seen(), 5.0)
        with pytest.raises(RemoteError, match="answers usually take"):
            remote.within("far", seen(), 0.03)
        assert len(requests) == 7


def test_one_quick_try_ends_that(bundle):
    replies = [*[0.7] * 6, 200]
    with answering(*replies) as (address, requests), client(bundle, address, failures=99) as remote:
        for _ in range(6):
            remote.within("far", seen(), 5.0)
        time.sleep(1.1)
        for _ in range(3):  # the first is a try, and the others come within a second of it
            assert remote.within("far", seen(), 0.6)["logits"].tolist() == [[7.0, 8.0]]


@pytest.mark.parametrize(
    "address",
    ["http://parts.example", "ftp://127.0.0.1", "parts.example", "https://", "https://a:b@c", "http://127.0.0.1/x"],
)
def test_addresses_that_would_send_a_token_in_the_clear_are_refused(bundle, address):
    with pytest.raises(RemoteError, match="address: expected https"):
        client(bundle, address)
    if address == "http://parts.example":
        client(bundle, address, allow_cleartext=True).close()


def test_no_time_at_all_is_no_failure_of_the_server(bundle):
    with answering(200) as (address, requests), client(bundle, address, failures=2, rest_s=60.0) as remote:
        for _ in range(4):
            with pytest.raises(RemoteError, match="expected more than 2 ms"):
                remote.within("far", seen(), 0.001)
        assert remote("far", seen())["logits"].tolist() == [[7.0, 8.0]] and len(requests) == 1


@pytest.mark.parametrize("token", ["", " ", "two\nlines", "ü"])
def test_a_token_that_is_no_header_is_refused(bundle, token):
    with pytest.raises(RemoteError, match="token: expected printable"):
        client(bundle, "http://127.0.0.1:1", token=token)


def test_events_carry_bytes_and_the_round_trip_and_a_governor_learns_it(bundle):
    governor = Governor.of(bundle.manifest, Policy(round_trip_ms=20.0))
    with answering(0.05) as (address, requests), client(bundle, address) as remote:
        chain = Chain(bundle, remote=remote, warm_up=False)
        results = list(chain.stream([PICTURE] * 4, Budget(latency_ms=2000), governor))
        events = [event for event in results[0].events if event.kind == "remote"]
        assert events[0].bytes == (8, 8) and events[0].ms > 45
        assert [result.path[-1] for result in results] == ["far", "far", "here", "here"] and len(requests) == 2
        assert [event.why for event in results[2].events if event.kind == "failed"] == ["absent"]
        readings = [Reading(offline=True), Reading(metered=True), Reading()]
        governor.reset()
        paths = [result.path[-1] for result in chain.stream([PICTURE] * 3, None, governor, readings)]
    assert paths == ["here", "here", "far"] and results[2].answer.tolist() == HERE


def test_what_is_done_otherwise_has_its_time_kept(bundle):
    told = []

    class Slow:
        def __call__(self, part, inputs):
            raise AssertionError("expected to be told how long it may take")

        def within(self, part, inputs, seconds):
            told.append(seconds)
            raise RemoteError("no")

    chain = Chain(bundle, remote=Slow())
    chain._programs.set_latencies({"near": 1e6, "here": 300e6})
    assert chain.run(PICTURE, Budget(latency_ms=1000)).path[-1] == "here"
    assert 0.3 < told[0] < 0.7
    result = chain.run(PICTURE, Budget(latency_ms=200))
    assert len(told) == 1 and [e.why for e in result.events if e.kind == "failed"] == ["late"]
