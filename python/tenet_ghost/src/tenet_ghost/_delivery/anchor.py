"""The newest checkpoint this process has checked. Records cite it as `after`: a lower bound in time."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Callable, Dict, NamedTuple, Optional

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .._client import Problem
from .._record import from_base64


class Vkey(NamedTuple):
    name: str
    key_id: bytes
    public_key: bytes


def parse_vkey(text: str) -> Vkey:
    """C2SP signed-note, type 0x01."""
    name, _, rest = text.partition("+")
    hexadecimal, _, encoded = rest.partition("+")
    data = base64.b64decode(encoded, validate=True)
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] != 1 or key_id.hex() != hexadecimal:
        raise ValueError("not a verifier key of type Ed25519")
    return Vkey(name, key_id, data[1:])


class Anchor:
    """
    Never smaller or other than a checkpoint before. Growth is checked by size alone: a log that forks above a cited size is found by
    whoever holds both checkpoints.
    """

    def __init__(self, vkey: str, problem: Callable[[Problem], None]) -> None:
        self.latest: Optional[Dict[str, Any]] = None
        self._vkey = parse_vkey(vkey)
        self._key = Ed25519PublicKey.from_public_bytes(self._vkey.public_key)
        self._problem = problem
        self._last_note: Optional[str] = None

    def offer(self, checkpoint: Dict[str, Any]) -> None:
        note, size, root = checkpoint.get("note"), checkpoint.get("size"), checkpoint.get("root")
        if (
            not isinstance(note, str)
            or not isinstance(size, int)
            or not isinstance(root, str)
            or note == self._last_note
        ):
            return
        why = self._check(note, size, root)
        if why is not None:
            message = f"the checkpoint of an acknowledgement is not used: {why}"
            self._problem(Problem("ghost.checkpoint", message))
            return
        self._last_note = note
        if size > (self.latest["size"] if self.latest else 0):
            self.latest = {"size": size, "root": root}

    def _check(self, note: str, size: int, root: str) -> Optional[str]:
        text, separator, signatures = note.partition("\n\n")
        if not separator or not self._is_signed(f"{text}\n".encode(), signatures):
            return "it is not signed by the log"
        lines = text.split("\n")
        if len(lines) != 3:
            return "it is not a checkpoint"
        if lines[0] != self._vkey.name:
            return f"it is of another log, {lines[0][:100]}"
        if lines[1] != str(size) or lines[2] != root or size < 0 or len(from_base64(root)) != 32:
            return "it states another head than it signs"
        held = self.latest
        if held is not None and size < held["size"]:
            return f"the log shrank from {held['size']} to {size}"
        if held is not None and size == held["size"] and root != held["root"]:
            return f"two heads of size {size}: the log has forked"
        return None

    def _is_signed(self, body: bytes, signatures: str) -> bool:
        prefix = f"\u2014 {self._vkey.name} "
        for line in signatures.split("\n"):
            if not line.startswith(prefix):
                continue
            try:
                data = base64.b64decode(line[len(prefix) :], validate=True)
                if data[:4] != self._vkey.key_id or len(data) != 68:
                    continue
                self._key.verify(data[4:], body)
                return True
            except (ValueError, InvalidSignature):
                return False
        return False
