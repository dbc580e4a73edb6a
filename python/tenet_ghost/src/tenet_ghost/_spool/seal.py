"""Frames sealed to the platform's public key, one key per segment. Spool format, §4."""

from __future__ import annotations

import hashlib
from typing import Callable, NamedTuple, Optional

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .._record import from_base64url, to_base64url
from .errors import SpoolError
from .header import SEAL_ALG, SegmentSeal

TAG_BYTES = 16


class SealTo(NamedTuple):
    kid: str
    #: Raw X25519, 32 bytes.
    public_key: bytes


class SegmentSealer:
    """Keeps the segment's key alone: the ephemeral private half is forgotten when this is made."""

    def __init__(self, to: SealTo, ephemeral: Optional[X25519PrivateKey] = None) -> None:
        secret = ephemeral or X25519PrivateKey.generate()
        epk = _raw(secret.public_key())
        self.seal: SegmentSeal = {"alg": SEAL_ALG, "epk": to_base64url(epk), "kid": to.kid}
        self._cipher = AESGCM(_segment_key(secret, to.public_key, epk, to.public_key))

    def seal_frame(self, index: int, header_digest: bytes, line: bytes) -> bytes:
        return self._cipher.encrypt(_nonce(index), line, header_digest)


def segment_opener(
    private_key: X25519PrivateKey, seal: SegmentSeal, header_bytes: bytes
) -> Callable[[int, bytes], bytes]:
    """Opens frames of one segment: what the platform does."""
    epk = from_base64url(seal["epk"])
    cipher = AESGCM(_segment_key(private_key, epk, epk, _raw(private_key.public_key())))
    digest = header_digest_of(header_bytes)

    def open_frame(index: int, data: bytes) -> bytes:
        try:
            return cipher.decrypt(_nonce(index), data, digest)
        except (InvalidTag, ValueError):
            raise SpoolError("spool.seal", f"frame {index} can not be opened with its segment's key") from None

    return open_frame


def header_digest_of(header_bytes: bytes) -> bytes:
    return hashlib.sha256(header_bytes).digest()


def _segment_key(secret: X25519PrivateKey, peer: bytes, epk: bytes, platform: bytes) -> bytes:
    try:
        shared = secret.exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError:
        raise SpoolError("spool.seal", "no key can be agreed on with this public key") from None
    return HKDF(SHA256(), 32, salt=None, info=b"tenet-spool-v1" + epk + platform).derive(shared)


def _raw(key: X25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")
