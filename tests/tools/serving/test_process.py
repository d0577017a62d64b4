"""tools/serve.py as a process: its end by a signal, TLS, its refusals, and that its log holds no token."""

import http.client
import shutil
import signal
import subprocess
import threading

import pytest

from tests.tools.calling import call
from tests.tools.serving.live import client, halves, seen
from tflite.errors import RemoteError
from tools import serve
from tools.serving.process import served


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return halves(tmp_path_factory.mktemp("halves") / "made")


def test_a_signal_ends_it_when_what_is_in_flight_is_answered(bundle, tmp_path):
    log = tmp_path / "log"
    with served([str(bundle.path)], log=log) as server, client(bundle, server.address, server.token) as remote:
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(remote("far", seen()))) for _ in range(8)]
        [thread.start() for thread in asking]
        [thread.join() for thread in asking]
        assert [answer["logits"].tolist() for answer in answers] == [[[1.0, 3.0]]] * 8
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        told = log.read_text()
    assert told.count('"event": "request"') == 8 and '"event": "stopped"' in told
    assert server.token not in told


def test_replicas_share_a_port_and_count_together(bundle):
    with served([str(bundle.path)], ["--replicas", "2"]) as server:
        with client(bundle, server.address, server.token) as remote:
            for number in range(20):
                assert remote("far", seen(number))["logits"].tolist() == [[1, number]]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {server.token}"})
        text = connection.getresponse().read().decode()
        connection.close()
    assert 'frugal_requests_total{bundle="hand_made",part="far",status="200"} 20.0' in text


def made_certificate(folder):
    """A certificate of this machine's own for 127.0.0.1, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    return certificate, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate, and is not here")
def test_a_client_checks_the_certificate(bundle, tmp_path):
    import ssl

    import uvicorn

    from tests.tools.serving.live import TOKEN
    from tools.serving.app import PartsServer
    from tools.serving.catalogue import Catalogue
    from tools.serving.options import ServerOptions

    certificate, key = made_certificate(tmp_path)
    application = PartsServer(Catalogue([str(bundle.path)]), ServerOptions(), TOKEN).app
    files = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, access_log=False, **files))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    address = f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        with client(bundle, address, cafile=str(certificate)) as remote:
            assert remote("far", seen())["logits"].tolist() == [[1.0, 3.0]]
        with client(bundle, address, attempts=1) as remote:
            with pytest.raises(RemoteError, match=ssl.SSLCertVerificationError.__name__):
                remote("far", seen())
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "to serve others, received 0.0.0.0 and no token"),
        (["--replicas", "0"], "replicas: expected at least 1"),
        (["--certificate", "a"], "expected both of --certificate and --key"),
        (["--batch", "0"], "batch: expected at least 1"),
        (["--token-file", "missing"], "No such file or directory: missing"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(bundle, capsys, monkeypatch, arguments, said):
    monkeypatch.delenv("FRUGAL_SERVE_TOKEN", raising=False)
    assert call(serve, [bundle.path, *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
