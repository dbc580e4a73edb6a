"""Keys, enrolment, checkpoints of the log, and the way to the server."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest
from conftest import SIGNER, codes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tenet_ghost import ghost
from tenet_ghost._delivery.anchor import Anchor
from tenet_ghost._delivery.backoff import backoff_seconds, parse_retry_after
from tenet_ghost._delivery.circuit import Circuit
from tenet_ghost._delivery.http_post import HttpPoster
from tenet_ghost._identity.enrol import EnrolError
from tenet_ghost._identity.keys import ensure_key_file, signer_from_key_file
from tenet_ghost._record import kid_of

Answer = Tuple[int, Any]


@pytest.fixture
def server() -> Iterator[Tuple[str, List[Dict[str, Any]], Callable[[Answer], None]]]:
    asked: List[Dict[str, Any]] = []
    answers: List[Answer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append({"path": self.path, "key": self.headers["x-api-key"], "body": json.loads(body)})
            status, answer = answers.pop(0)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            return None

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", asked, answers.append
    httpd.shutdown()
    httpd.server_close()


def test_a_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "record.pem"
    made: List[str] = []
    threads = [threading.Thread(target=lambda: made.append(ensure_key_file(file).key_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(made) == {signer_from_key_file(file).key_id} and len(made) == 8
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(file.parent) == ["record.pem"]
    signer = signer_from_key_file(file)
    Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signer.sign(b"x"), b"x")
    assert signer.key_id == kid_of(signer.public_key) and "PRIVATE" not in repr(signer)


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.pem"
    key = X25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(TypeError):
        ensure_key_file(file)


def test_enrolment_proves_the_key_and_gives_what_configure_takes(server: Any, tmp_path: Path) -> None:
    endpoint, asked, answer = server
    signer = ensure_key_file(tmp_path / "k.pem")
    identity = {"apiKey": "tnt_x", "tenant": "acme", "log": "l.t/acme", "vkey": "v", "tagKey": "A" * 43 + "="}
    seal = {"kid": "s_1", "publicKey": "A" * 43 + "="}
    answer((200, {**identity, "kid": signer.key_id, "index": 7, "origin": "l.t/acme/1", "sealKey": seal}))
    given = ghost.enrol(endpoint=endpoint, token="once", key_file=tmp_path / "k.pem")
    assert given["seal_key"] == {"kid": "s_1", "public_key": seal["publicKey"]}
    assert (given["api_key"], given["tag_key"], given["key_file"]) == ("tnt_x", "A" * 43 + "=", str(tmp_path / "k.pem"))
    (request,) = asked
    public_key = base64.b64encode(signer.public_key).decode()
    claim = f"tenet-enrol-v1\n{hashlib.sha256(b'once').hexdigest()}\n{public_key}".encode()
    Ed25519PublicKey.from_public_bytes(signer.public_key).verify(base64.b64decode(request["body"]["proof"]), claim)
    assert (request["path"], request["key"]) == ("/api/v1/keys/enrol", "once")


@pytest.mark.parametrize(
    ("answer_with", "code"),
    [
        ((401, {"code": "auth.invalid", "detail": "no"}), "auth.invalid"),
        ((500, b"oops"), "api.unavailable"),
        ((200, {"apiKey": "x"}), "api.unavailable"),
        ((503, {}), "http.503"),
    ],
)
def test_an_enrolment_that_is_refused_says_why(server: Any, tmp_path: Path, answer_with: Answer, code: str) -> None:
    endpoint, _, answer = server
    answer(answer_with)
    with pytest.raises(EnrolError) as caught:
        ghost.enrol(endpoint=endpoint, token="once", key_file=tmp_path / "k.pem")
    assert caught.value.code == code


def test_an_enrolment_without_a_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnrolError) as caught:
        ghost.enrol(endpoint="http://127.0.0.1:9", token="once", key_file=tmp_path / "k.pem")
    assert caught.value.code == "api.unavailable"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"endpoint": "ftp://x", "api_key": "k", "tenant": "t", "log": "l/t", "signer": SIGNER},
        {"endpoint": "http://x", "api_key": "k", "tenant": "t", "log": "l/t"},
        {"endpoint": "http://x", "api_key": "k", "tenant": "t", "log": "l/t", "signer": SIGNER, "full": "throw"},
        {
            "endpoint": "http://x",
            "api_key": "k",
            "tenant": "t",
            "log": "l/t",
            "signer": SIGNER,
            "spool": {"fsync": "x"},
        },
        {
            "endpoint": "http://x",
            "api_key": "k",
            "tenant": "t",
            "log": "l/t",
            "signer": SIGNER,
            "redact": {"paths": ["x"]},
        },
        {"endpoint": "http://x", "api_key": "k", "tenant": "t", "log": "l/t", "signer": SIGNER, "tag_key": "short"},
        {"endpoint": "http://x", "api_key": "k", "tenant": "t", "log": "l/t", "signer": SIGNER, "batch": {"size": 1}},
        {"endpoint": "http://x", "api_key": "k", "tenant": "t", "log": "l/t", "signer": SIGNER, "vkey": "no key"},
    ],
)
def test_a_configuration_that_can_not_work_is_told_and_never_raised(options: Dict[str, Any]) -> None:
    problems: List[Any] = []
    assert ghost.configure(**options, on_problem=problems.append) is False
    assert codes(problems) == ["ghost.not_configured"]
    assert ghost.flush(0.1).pending == 0


LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x33" * 32)
ORIGIN = "ledger.test/acme/1"


def key_data() -> bytes:
    return b"\x01" + LOG_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def checkpoint(size: int, fill: int, origin: str = ORIGIN, key: Ed25519PrivateKey = LOG_KEY) -> Dict[str, Any]:
    root = base64.b64encode(bytes([fill]) * 32).decode()
    body = f"{origin}\n{size}\n{root}\n"
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + key_data()).digest()[:4]
    line = base64.b64encode(key_id + key.sign(body.encode())).decode()
    return {"size": size, "root": root, "note": f"{body}\n\u2014 {ORIGIN} {line}\n"}


def vkey() -> str:
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + key_data()).digest()[:4]
    return f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(key_data()).decode()}"


def test_only_checkpoints_that_the_log_signed_and_that_grow_are_cited() -> None:
    problems: List[Any] = []
    anchor = Anchor(vkey(), problems.append)
    assert anchor.latest is None
    anchor.offer(checkpoint(5, 1))
    assert anchor.latest == {"size": 5, "root": checkpoint(5, 1)["root"]}
    anchor.offer(checkpoint(9, 2))
    bad = [
        checkpoint(4, 1),
        checkpoint(9, 3),
        checkpoint(12, 1, origin="ledger.test/other/1"),
        checkpoint(12, 1, key=Ed25519PrivateKey.generate()),
        {**checkpoint(12, 1), "size": 13},
        {**checkpoint(12, 1), "note": "nothing"},
    ]
    for one in bad:
        anchor.offer(one)
    assert anchor.latest["size"] == 9  # type: ignore[index]
    assert codes(problems) == ["ghost.checkpoint"] * len(bad)
    for garbage in ({}, {"note": 1}, {"size": "x", "root": 1, "note": "x"}):
        anchor.offer(garbage)


def test_back_off_has_full_jitter_and_never_undercuts_the_server() -> None:
    assert [backoff_seconds(n, None, 1.0) for n in (1, 2, 3, 30)] == [0.2, 0.4, 0.8, 30.0]
    assert backoff_seconds(5, None, 0.0) == 0.1
    assert backoff_seconds(1, 7.0, 0.5) >= 7
    assert backoff_seconds(1, 10_000.0, 0.0) == 300
    assert parse_retry_after("7", 0) == 7
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", 1445412470) == 10
    assert [parse_retry_after(text, 0) for text in (None, "", "soon", "-1")] == [None] * 4


def test_the_circuit_opens_after_five_failures_and_closes_with_the_first_answer() -> None:
    now = [0.0]
    circuit = Circuit(lambda: now[0], lambda: 0.5)
    for _ in range(5):
        assert circuit.state == "closed"
        circuit.failed()
    assert circuit.state == "open" and circuit.wait_seconds() > 0
    assert circuit.wait_seconds(hurry=True) <= 0.25
    now[0] += circuit.wait_seconds()
    circuit.begin()
    assert circuit.state == "half-open"
    circuit.failed()
    assert circuit.state == "open"
    circuit.begin()
    circuit.succeeded()
    assert circuit.state == "closed" and circuit.wait_seconds() == 0
    circuit.failed(key_refused=True)
    assert circuit.state == "open" and circuit.wait_seconds(hurry=True) >= 30
    circuit.succeeded()
    circuit.failed(retry_after=9)
    assert circuit.wait_seconds(hurry=True) >= 9


def test_a_connection_that_the_server_closed_is_made_anew() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    poster = HttpPoster(f"http://127.0.0.1:{listener.getsockname()[1]}/base/", 5)
    assert [poster.post("/x", {}, b"1").body for _ in range(2)] == [b"ok", b"ok"]
    thread.join(5)
    poster.close()
    listener.close()
