"""A stand-in for the records API: checks what it is sent as the server does, and can be told to misbehave."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Tuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tenet_ghost._record import digest_of, dsse_pae, from_base64url, read_disclosure, read_leaf
from tenet_ghost._spool.frame import decode_frame
from tenet_ghost._spool.seal import segment_opener
from tenet_ghost._spool.segment import read_head

Reply = Tuple[int, Dict[str, str], bytes]


class RecordsApi:
    def __init__(self, public_key: Optional[bytes] = None, seal_key: Optional[X25519PrivateKey] = None) -> None:
        self.public_key = public_key
        self.seal_key = seal_key
        #: id → entry, in the order they came.
        self.entries: Dict[str, Dict[str, Any]] = {}
        self.values: Dict[str, Dict[str, Any]] = {}
        self.lines: Dict[str, bytes] = {}
        self.requests = 0
        self.encodings: List[str] = []
        self.types: List[str] = []
        #: Asked first: a reply of its own, or None to go on.
        self.behave: Callable[[List[Dict[str, Any]]], Optional[Reply]] = lambda entries: None
        #: Says of one entry why it is refused.
        self.refuse: Callable[[Dict[str, Any]], Optional[str]] = lambda entry: None
        self._lock = threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers, answer = api._answer(self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return None

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def decisions(self) -> List[Dict[str, Any]]:
        return [entry for entry in self.entries.values() if entry["kind"] != "capture"]

    def captured(self, type_name: str) -> List[Dict[str, Any]]:
        return [self.values[id] for id, entry in self.entries.items() if entry["type"] == f"capture.{type_name}"]

    def assert_chains(self) -> None:
        """Every producer's numbers are without gap or double."""
        chains: Dict[str, List[int]] = defaultdict(list)
        for entry in self.entries.values():
            chains[entry["producer"]["id"]].append(entry["producer"]["seq"])
        for producer, numbers in chains.items():
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), (producer, sorted(numbers))

    def _answer(self, headers: Any, body: bytes) -> Reply:
        with self._lock:
            self.requests += 1
            self.encodings.append(headers.get("content-encoding", ""))
            self.types.append(headers["content-type"])
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            lines = self._open(body) if headers["content-type"] == "application/vnd.tenet.spool" else body.splitlines()
            taken = [self._read(line) for line in lines]
            own = self.behave([entry for entry, _ in taken])
            if own is not None:
                return own
            results = [self._take(entry, values, line) for (entry, values), line in zip(taken, lines)]
            return (
                200,
                {"content-type": "application/json"},
                json.dumps({"results": results, "checkpoint": None}).encode(),
            )

    def _read(self, line: bytes) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        submission = json.loads(line)
        read = read_leaf(submission["leaf"])
        if self.public_key is not None:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(read.signature, dsse_pae(read.payload))
        values: Dict[str, Any] = {}
        for disclosure in submission["disclosures"]:
            _, path, value = read_disclosure(disclosure)
            assert read.entry["fields"][path] == digest_of(disclosure)
            values[path] = value
        assert set(values) == set(read.entry["fields"])
        return read.entry, values

    def _take(self, entry: Dict[str, Any], values: Dict[str, Any], line: bytes) -> Dict[str, Any]:
        id = entry["id"]
        why = self.refuse(entry)
        if why is not None:
            return {"id": id, "status": "refused", "code": why, "message": "no", "field": "/x"}
        if id in self.lines:
            same = self.lines[id] == line
            return {"id": id, "status": "duplicate" if same else "conflict"}
        self.entries[id], self.values[id], self.lines[id] = entry, values, line
        return {"id": id, "status": "accepted"}

    def _open(self, body: bytes) -> List[bytes]:
        header, header_bytes, at = read_head(body)
        assert self.seal_key is not None and header["seal"] is not None
        opened = segment_opener(self.seal_key, header["seal"], header_bytes)
        lines: List[bytes] = []
        while at < len(body):
            (index,) = struct.unpack_from("<I", body, at)
            frame = decode_frame(body, at + 4)
            assert isinstance(frame, bytes)
            lines.append(opened(index, frame))
            at += 12 + len(frame)
        return lines


def frame_line(text: str) -> bytes:
    """Of a quarantined record that was not sealed."""
    return from_base64url(text)


def problem(status: int, code: str, **headers: str) -> Reply:
    return (
        status,
        {"content-type": "application/problem+json", **headers},
        json.dumps({"code": code, "detail": code}).encode(),
    )


def payload_of(line: bytes) -> Dict[str, Any]:
    return json.loads(base64.b64decode(json.loads(json.loads(line)["leaf"])["payload"]))
