from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Optional

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._record import to_base64url

_PREFIX = "psn_"
_IV_BYTES = 16
_TOKEN = re.compile(r"psn_[A-Za-z0-9_-]{22,}")


def is_pseudonym(text: str) -> bool:
    return text.startswith(_PREFIX) and _TOKEN.fullmatch(text) is not None


class Pseudonyms:
    """
    A value and its token: the same value has the same token, and who holds the key reads it back. The vector is a MAC of the value, so
    a token that somebody made up is told from a real one.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise TypeError(f"a pseudonym key has 32 bytes, got {len(key)}")
        self._mac_key = HKDF(SHA256(), 32, salt=None, info=b"tenet-pseudonym-iv").derive(key)
        self._cipher_key = HKDF(SHA256(), 32, salt=None, info=b"tenet-pseudonym-enc").derive(key)

    def hide(self, value: str) -> str:
        data = value.encode("utf-8")
        iv = self._iv_of(data)
        return _PREFIX + to_base64url(iv + self._crypt(iv, data))

    def reveal(self, token: str) -> Optional[str]:
        """The value, or None for what is no token of this key."""
        if not is_pseudonym(token):
            return None
        try:
            data = base64.urlsafe_b64decode(token[len(_PREFIX) :] + "=" * (-(len(token) - len(_PREFIX)) % 4))
        except ValueError:
            return None
        iv = data[:_IV_BYTES]
        value = self._crypt(iv, data[_IV_BYTES:])
        if not hmac.compare_digest(iv, self._iv_of(value)):
            return None
        return value.decode("utf-8", "replace")

    def _crypt(self, iv: bytes, data: bytes) -> bytes:
        cipher = Cipher(AES(self._cipher_key), CTR(iv)).encryptor()
        return cipher.update(data) + cipher.finalize()

    def _iv_of(self, data: bytes) -> bytes:
        return hmac.new(self._mac_key, data, hashlib.sha256).digest()[:_IV_BYTES]
