"""The record key: an Ed25519 private key in a PKCS #8 PEM file, the same file in every language."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Union

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from .._record import kid_of

PathLike = Union[str, "os.PathLike[str]"]


class KeySigner:
    """Signs on the thread that asks. Never shows the private half."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self.public_key = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = kid_of(self.public_key)
        self.sign = private_key.sign

    def __repr__(self) -> str:
        return f"KeySigner({self.key_id})"


def signer_from_key_file(file: PathLike) -> KeySigner:
    key = load_pem_private_key(Path(file).read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"expected an Ed25519 key in {os.fspath(file)}")
    return KeySigner(key)


def ensure_key_file(file: PathLike) -> KeySigner:
    """
    The key of `file`, made there first (mode 0600, synced to disk) where there is none. Two processes that start together end with
    the same key: the first complete file stays, and a crash leaves either none or a complete one.
    """
    with contextlib.suppress(FileNotFoundError):
        return signer_from_key_file(file)
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{os.urandom(6).hex()}.new")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(pem)
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
            _sync_folder(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    return signer_from_key_file(file)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
