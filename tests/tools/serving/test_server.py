"""The server by its protocol: what it answers, what it refuses and how, and what it says of itself."""

import http.client
import json
import logging
import threading
import time

import numpy as np
import pytest

from tests.tools.serving.live import TOKEN, client, halves, seen, serving
from tflite.bundle import Bundle
from tflite.errors import BundleError, RemoteError
from tflite.remote import wire
from tools.serving import logs
from tools.serving.catalogue import Catalogue


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return halves(tmp_path_factory.mktemp("halves") / "made")


@pytest.fixture(scope="module")
def address(bundle):
    with serving(bundle) as where:
        yield where


def request(bundle, part="far", version=None, **changed):
    """A good request, but for what is changed: (path, body, headers)."""
    body = changed.pop("body", wire.pack(seen(), bundle.manifest.parts["far"].inputs))
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        wire.TENSORS: "seen=float32[1,2]",
        wire.DIGEST: wire.digest(body),
        wire.REQUEST: "abc",
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    name = headers.pop("named", bundle.manifest.name)
    return wire.path(name, version or bundle.sha256, part), body, headers


def ask(address, path, body=None, headers=None, method="POST"):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    answer = response.status, dict(response.headers), response.read()
    connection.close()
    return answer


def test_a_part_is_answered_with_its_bytes(bundle, address):
    status, headers, body = ask(address, *request(bundle))
    assert status == 200 and body == np.array([1, 3], "<f4").tobytes()
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["frugal-tensors"] == "logits=float32[1,2]" and headers["frugal-part"] == "far"
    assert headers["x-request-id"] == "abc" and headers["content-digest"] == wire.digest(body)


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"Authorization": "Bearer another token than that"}, 401, "expected the token"),
        ({"Authorization": ""}, 401, "expected the token"),
        ({"named": "unknown"}, 404, "received unknown"),
        ({"part": "near"}, 404, "hand_made: expected a part that runs remotely, received near"),
        ({"version": "0" * 64}, 409, f"received {'0' * 64}"),
        ({wire.TENSORS: "seen=float32[2,1]"}, 400, "far: expected seen=float32[1,2], received seen=float32[2,1]"),
        ({wire.TENSORS: "seen=int8[1,2]"}, 400, "received seen=int8[1,2]"),
        ({"body": b"1234"}, 400, "expected 8 bytes"),
        ({"body": b"123456789"}, 413, "expected at most 8 bytes"),
        ({wire.DIGEST: wire.digest(b"")}, 400, "expected that of the body"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_with_a_sentence(bundle, address, changed, status, said):
    got, _, body = ask(address, *request(bundle, **changed))
    assert (got, said in json.loads(body)["error"]) == (status, True), body


def test_another_version_is_refused_by_name(bundle, address, tmp_path):
    other = halves(tmp_path / "other", question="another one?")
    with client(other, address) as remote, pytest.raises(RemoteError, match=f"409.*{bundle.sha256}.*{other.sha256}"):
        remote("far", seen())


def test_it_says_how_it_is_and_what_it_serves(bundle, address):
    assert json.loads(ask(address, "/healthz", method="GET")[2]) == {"status": "ok", "parts": 1}
    known = {"Authorization": f"Bearer {TOKEN}"}
    (part,) = json.loads(ask(address, "/v1/parts", headers=known, method="GET")[2])["parts"]
    assert (part["part"], part["sha256"], part["inputs"], part["batch"]) == (
        "far",
        bundle.sha256,
        "seen=float32[1,2]",
        8,
    )
    ask(address, *request(bundle))
    metrics = ask(address, "/metrics", headers=known, method="GET")[2].decode()
    assert 'frugal_requests_total{bundle="hand_made",part="far",status="200"}' in metrics
    assert 'frugal_batch_size_bucket{bundle="hand_made",le="1.0",part="far"}' in metrics
    for place in ("/v1/parts", "/metrics"):
        assert ask(address, place, method="GET")[0] == 401


def test_concurrent_requests_run_as_a_batch_and_each_gets_its_own_answer(bundle):
    with (
        serving(bundle, threads=1, batch=8, batch_wait_ms=100.0, rate=0.0) as address,
        client(bundle, address) as remote,
    ):
        answers = {}

        def many(number):
            answers[number] = remote("far", seen(number, -number))["logits"].tolist()

        threads = [threading.Thread(target=many, args=(number,)) for number in range(24)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert answers == {number: [[-number, number]] for number in range(24)}
        metrics = ask(address, "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, method="GET")[2].decode()
    batches = float(metrics.split('frugal_batch_size_count{bundle="hand_made",part="far"} ')[1].split("\n")[0])
    assert batches < 24, "some of them ran together"


def test_more_than_it_can_hold_is_told_when_to_come_again(bundle):
    with serving(bundle, rate=2.0) as address:
        statuses = [ask(address, *request(bundle)) for _ in range(4)]
    assert [status for status, *_ in statuses][:2] == [200, 200]
    assert statuses[-1][0] == 429 and int(statuses[-1][1]["retry-after"]) >= 1


def test_a_request_that_does_not_come_to_its_end_is_given_up(bundle):
    with serving(bundle, time_limit_s=0.2) as address:
        path, body, headers = request(bundle)
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "8")
        connection.endheaders()
        connection.send(body[:3])
        assert connection.getresponse().status == 504
        connection.close()


def test_when_it_is_ended_what_is_in_flight_is_answered(bundle, monkeypatch):
    from tools.serving.catalogue import ServedPart

    inside, usual = threading.Event(), ServedPart.run

    def slow(part, requests):
        inside.set()
        time.sleep(0.5)
        return usual(part, requests)

    monkeypatch.setattr(ServedPart, "run", slow)
    answers = []
    with serving(bundle) as address, client(bundle, address) as remote:
        thread = threading.Thread(target=lambda: answers.append(remote("far", seen())["logits"].tolist()))
        thread.start()
        assert inside.wait(20)
    thread.join()
    assert answers == [[[1.0, 3.0]]]


def test_the_log_has_a_line_a_request_without_numbers_or_token(bundle, address):
    lines = []
    handler = logging.Handler()
    handler.setFormatter(logs.JsonLines())
    handler.emit = lambda record: lines.append(handler.format(record))
    logger = logging.getLogger(logs.NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        ask(address, *request(bundle, body=np.array([1234.5, 4321.5], "<f4").tobytes()))
    finally:
        logger.removeHandler(handler)
    (line,) = [json.loads(line) for line in lines]
    assert line["event"] == "request" and line["status"] == 200 and line["request"] == "abc"
    assert TOKEN not in str(lines) and "1234" not in str(lines)


def test_a_half_that_is_missing_or_another_is_refused(tmp_path):
    bundle = halves(tmp_path / "made", provenance={"server": {"far": "0" * 64}})
    with pytest.raises(BundleError, match=f"expected a file of SHA-256 {'0' * 64}"):
        Catalogue([str(bundle.path)])
    (tmp_path / "made/server/far.tflite").unlink()
    with pytest.raises(BundleError, match="server/far.tflite: expected the server half of the bundle"):
        Catalogue([str(bundle.path)])


def test_a_bundle_without_remote_parts_is_not_served(tmp_path):
    from tests.goldens import make

    with pytest.raises(BundleError, match="expected a bundle that runs parts remotely"):
        Catalogue([str(Bundle.load(make.HERE / "bundles/steps").path)])
