"""
CAPTURE: SHA-256(JCS([[path, sha256], …])) over the agent's own files and the nearest lock files. The same files give the same digest in
any folder and on any machine.
"""

from __future__ import annotations

import hashlib
import os
from typing import List, Optional, Tuple

from .._record import canonicalize
from .import_graph import import_graph

#: Stand for themselves wherever they lie, so that the digest does not name folders above the agent.
LOCK_FILES = ("poetry.lock", "pyproject.toml", "requirements.txt", "uv.lock")


def digest_files(entry: str) -> List[Tuple[str, str]]:
    """[path, SHA-256 in hex], sorted by path; paths are relative to the entry's folder, with "/"."""
    folder = os.path.dirname(os.path.realpath(entry))
    rows = {os.path.relpath(file, folder).replace(os.sep, "/"): _sha256(file) for file in import_graph(entry)}
    for name in LOCK_FILES:
        found = _nearest(folder, name)
        if found is not None:
            rows.setdefault(name, _sha256(found))
    return sorted(rows.items())


def agent_digest(entry: str) -> str:
    rows = [[path, digest] for path, digest in digest_files(entry)]
    return hashlib.sha256(canonicalize(rows).encode("utf-8")).hexdigest()


def _sha256(file: str) -> str:
    with open(file, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()


def _nearest(folder: str, name: str) -> Optional[str]:
    at = folder
    while True:
        file = os.path.join(at, name)
        if os.path.isfile(file):
            return file
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above
