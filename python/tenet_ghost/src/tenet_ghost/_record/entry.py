"""S → DSSE → leaf. The signature sits inside the leaf, so nobody can sign an old entry again under another key."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Protocol

from .assert_entry import assert_entry
from .base import from_base64, sha256, to_base64, to_base64url
from .errors import RecordError
from .jcs import canonicalize, parse_canonical

#: For every kind of entry. Carries no brand: signed bytes outlive names.
PAYLOAD_TYPE = "application/vnd.decision-ledger.entry.v1+json"
#: What a uint16 length prefix in an entry bundle can hold.
MAX_LEAF_BYTES = 65_535


class RecordSigner(Protocol):
    """Signs with a record key. Ed25519, 64 bytes out. The holder keeps the private half."""

    @property
    def key_id(self) -> str: ...

    @property
    def public_key(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class SignedLeaf(NamedTuple):
    #: S, exactly as signed.
    payload: bytes
    #: The leaf's exact JSON text (ASCII).
    leaf: str
    #: base64url(SHA-256(S)): the `prev` of this producer's next entry.
    s_hash: str


class ReadLeaf(NamedTuple):
    entry: Dict[str, Any]
    payload: bytes
    keyid: str
    signature: bytes


def dsse_pae(payload: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding: lengths in bytes, decimal."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def sign_entry(entry: Dict[str, Any], signer: RecordSigner) -> SignedLeaf:
    """Signs S under the key that S itself names. Refuses what `read_leaf` would refuse."""
    assert_entry(entry)
    if entry["producer"]["kid"] != signer.key_id:
        message = "the entry names another key than the one that signs it"
        raise RecordError("record.entry.kid", message, at="/producer/kid", expected=signer.key_id)
    payload = canonicalize(entry).encode("utf-8")
    sig = to_base64(signer.sign(dsse_pae(payload)))
    # Members are in canonical order, and base64 and key ids need no escapes: this is the JCS of the leaf.
    leaf = (
        f'{{"payload":"{to_base64(payload)}","payloadType":"{PAYLOAD_TYPE}",'
        f'"signatures":[{{"keyid":"{signer.key_id}","sig":"{sig}"}}]}}'
    )
    if len(leaf) > MAX_LEAF_BYTES:
        expected = f"at most {MAX_LEAF_BYTES} bytes"
        raise RecordError("record.leaf.size", "the leaf is too large", expected=expected, got=f"{len(leaf)} bytes")
    return SignedLeaf(payload, leaf, to_base64url(sha256(payload)))


def read_leaf(leaf: str) -> ReadLeaf:
    """The strict profile: JCS(parse(leaf)) = leaf, JCS(parse(S)) = S, one signature, by the key that S names."""
    if len(leaf) > MAX_LEAF_BYTES:
        raise RecordError("record.leaf.size", "the leaf is too large")
    parsed = parse_canonical(leaf)
    if not isinstance(parsed, dict) or set(parsed) != {"payload", "payloadType", "signatures"}:
        raise RecordError("record.shape", "a leaf holds payload, payloadType and signatures")
    if parsed["payloadType"] != PAYLOAD_TYPE:
        raise RecordError("record.leaf.payload_type", "the leaf holds another type of payload", expected=PAYLOAD_TYPE)
    signatures = parsed["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1 or set(signatures[0]) != {"keyid", "sig"}:
        raise RecordError("record.leaf.signatures", "a leaf holds exactly one signature")
    keyid, signature = signatures[0]["keyid"], from_base64(signatures[0]["sig"])
    if len(signature) != 64:
        raise RecordError("record.leaf.signatures", "an Ed25519 signature is 64 bytes")
    payload = from_base64(parsed["payload"])
    try:
        entry = parse_canonical(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise RecordError("record.utf8", "bytes are not well-formed UTF-8") from None
    assert_entry(entry)
    if entry["producer"]["kid"] != keyid:
        raise RecordError("record.entry.kid", "the leaf is signed by another key than its entry names")
    return ReadLeaf(entry, payload, keyid, signature)
