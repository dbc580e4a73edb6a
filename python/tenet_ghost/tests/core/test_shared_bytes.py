"""The same draft, salts, key and number give the same bytes in both languages: vectors both ways."""

from __future__ import annotations

import base64
import json
import os
from typing import Any, Callable, Dict, List, Tuple

import pytest
from conftest import GHOST_VECTORS, OWN_VECTORS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenet_ghost._delivery.sealer import Sealer
from tenet_ghost._identity.keys import KeySigner
from tenet_ghost._record import kid_of, to_base64
from tenet_ghost._spool.frame import encode_frame
from tenet_ghost._spool.header import SegmentHeader, encode_header
from tenet_ghost._spool.seal import SealTo, SegmentSealer, header_digest_of
from tenet_ghost._spool.segment import encode_posted, read_segment, start_of_segment

LOG = "ledger.test/acme"
AFTER = {"size": 12, "root": "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo="}


def counting_salts() -> Callable[[int], bytes]:
    """x → 5x + 3 modulo 256, from 0: anybody can make them."""
    last = 0

    def salts(count: int) -> bytes:
        nonlocal last
        out = bytearray()
        for _ in range(count):
            last = (last * 5 + 3) & 255
            out.append(last)
        return bytes(out)

    return salts


def sealer_of(secret: bytes, producer: str, after: Any = None) -> Sealer:
    signer = KeySigner(Ed25519PrivateKey.from_private_bytes(secret))
    return Sealer(LOG, signer, producer, lambda: after, counting_salts())


@pytest.mark.skipif(not GHOST_VECTORS.exists(), reason=f"no vectors at {GHOST_VECTORS}")
def test_a_record_of_the_other_language_comes_out_as_the_same_bytes() -> None:
    vector = json.loads((GHOST_VECTORS / "spool-plain.json").read_text())
    sealer = sealer_of(b"\x07" * 32, vector["header"]["producer"])
    lines = [
        sealer.seal(
            {
                "kind": "decision",
                "type": "loan.approve",
                "id": f"dec_{n}",
                "agent": "underwriter@1.0.0",
                "links": [],
                "occurredAt": "2026-11-20T09:14:02.000Z",
                "fields": [{"path": "/context/inputs", "value": {"n": n, "text": "Zürich 🏔 — ünïcode"}}],
            }
        ).line.decode()
        for n in (1, 2, 3)
    ]
    assert lines == vector["lines"]


def tricky_drafts() -> List[Dict[str, Any]]:
    inputs = {
        "floats": [1.0, 1e-7, -0.0, 0.1, 5e-324, 1.5e-9, 123456789012345.678, 9007199254740991],
        "\ufb33": "BMP after the surrogates",
        "\U0001f600": "a pair of them",
        "é": '\u2028 \x7f \x01 \\ " /',
        "__proto__": {"nested": [None, True, {}]},
        "ssn/x~y": "123",
    }
    tape = [
        {
            "v": 1,
            "n": n,
            "kind": "tool",
            "name": "bureau.lookup",
            "effect": "read",
            "key": "k",
            "args": [n],
            "startedMs": n / 7,
        }
        | {"result": {"score": 611.5}, "durMs": 0.001}
        for n in range(1, 4)
    ]
    record = {
        "intent": {
            "goal": "loan.approve",
            "origin": "human",
            "session": "s",
            "parent": "dec_0",
            "constraints": ["≤ 5 %"],
        },
        "context": {"inputs": inputs, "externalVersions": {"bureau": "7"}},
        "reasoning": ["first", "second"],
        "alternatives": [{"action": "refer", "score": 0.25, "reason": "close"}],
        "decision": {"outcome": "approve", "confidence": 0.875, "rules": [{"id": "r1", "fired": True}]},
        "provenance": {"agent": "underwriter", "version": "1", "sdk": "ghost-py/0.1.0", "lineage": {"run": 1.0}},
        "tape": tape,
        "grade": {"grade": "B", "reasons": ["x"]},
    }
    head = {
        "kind": "decision",
        "type": "loan.approve",
        "agent": "underwriter@1",
        "occurredAt": "2026-11-20T09:14:02.123Z",
    }
    full = {**head, "id": "dec_full", "links": [{"rel": "parent", "id": "dec_0"}], "subject": "tag", "record": record}
    many = {**record, "reasoning": [str(n) for n in range(300)], "tape": []}
    fields = [
        {"path": "/effect/action", "value": "letter.send"},
        {"path": "/effect/result", "value": "success"},
        {"path": "/effect/detail", "value": {"b": 2.0, "a": [1e15]}},
    ]
    return [
        {**full, "splitInputs": ["ssn/x~y", "floats"]},
        {**head, "id": "dec_many", "links": [], "record": many},
        {**head, "kind": "effect", "id": "eff_1", "links": [{"rel": "decision", "id": "dec_full"}], "fields": fields},
    ]


def build_drafts() -> Tuple[Dict[str, Any], List[str]]:
    drafts = tricky_drafts()
    sealer = sealer_of(b"\x22" * 32, "prd_01JD0000000000000000000001", AFTER)
    lines = [sealer.seal(draft).line.decode() for draft in drafts]  # type: ignore[arg-type]
    about = {
        "about": "Drafts as JSON text and the lines they are sealed to. Salts: the bytes x of x = 5x + 3 modulo 256, from 0.",
        "log": LOG,
        "producer": "prd_01JD0000000000000000000001",
        "secretKey": to_base64(b"\x22" * 32),
        "after": AFTER,
        "drafts": [json.dumps(draft) for draft in drafts],
        "lines": lines,
    }
    return about, lines


def build_segment(lines: List[str], sealed: bool) -> Tuple[bytes, Dict[str, Any]]:
    platform = X25519PrivateKey.from_private_bytes(b"\x51" * 32)
    public = platform.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid = "s" + kid_of(public)[1:]
    sealer = SegmentSealer(SealTo(kid, public), X25519PrivateKey.from_private_bytes(b"\x12" * 32)) if sealed else None
    signer = KeySigner(Ed25519PrivateKey.from_private_bytes(b"\x22" * 32))
    header: SegmentHeader = {
        "created": "2026-11-20T09:14:02.123Z",
        "format": 1,
        "kid": signer.key_id,
        "log": LOG,
        "producer": "prd_01JD0000000000000000000001",
        "seal": None if sealer is None else sealer.seal,
        "segment": 3,
    }
    digest = header_digest_of(encode_header(header))
    data = start_of_segment(header)
    for index, line in enumerate(lines, 1):
        data += encode_frame(line.encode() if sealer is None else sealer.seal_frame(index, digest, line.encode()))
    read = read_segment(data)
    about = {
        "about": f"A {'sealed' if sealed else 'plain'} spool segment (the .seg file beside this one) and what it holds.",
        "header": header,
        "sealKey": {"kid": kid, "publicKey": to_base64(public), "privateKey": to_base64(b"\x51" * 32)}
        if sealed
        else None,
        "lines": lines,
        "posted": base64.b64encode(encode_posted(read.header_bytes, read.frames[1:])).decode(),
    }
    return data, about


def test_own_vectors_are_current() -> None:
    about, lines = build_drafts()
    files = {"drafts.json": (json.dumps(about, indent=1, ensure_ascii=True) + "\n").encode()}
    for sealed in (False, True):
        name = f"spool-{'sealed' if sealed else 'plain'}"
        data, said = build_segment(lines, sealed)
        files[f"{name}.seg"] = data
        files[f"{name}.json"] = (json.dumps(said, indent=1) + "\n").encode()
    if "TENET_WRITE_VECTORS" in os.environ:
        OWN_VECTORS.mkdir(exist_ok=True)
        for name, content in files.items():
            (OWN_VECTORS / name).write_bytes(content)
    for name, content in files.items():
        assert (OWN_VECTORS / name).read_bytes() == content, name
