"""Who records: what an enrolment answered, from a file or from single settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

#: What `ghost.configure` takes of an identity. A file may hold more.
_MEMBERS = ("endpoint", "api_key", "tenant", "log", "key_file", "vkey", "tag_key", "seal_key")


def read_identity(file: str | None, given: dict[str, str | None]) -> dict[str, Any]:
    """
    The file is what `ghost.enrol` returned, as JSON, in the names of either language. Single settings win over it. Raises where the file can't
    be read or nothing says where to send to.
    """
    identity: dict[str, Any] = {}
    if file:
        path = Path(file).expanduser()
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"{path} holds no identity: expected the object that ghost.enrol returned")
        named = {_snake(name): value for name, value in content.items()}
        identity = {name: named[name] for name in _MEMBERS if named.get(name) is not None}
        if isinstance(identity.get("seal_key"), dict):
            identity["seal_key"] = {_snake(name): value for name, value in identity["seal_key"].items()}
        key_file = identity.get("key_file")
        if isinstance(key_file, str) and not Path(key_file).is_absolute():
            identity["key_file"] = str(path.parent / key_file)
    identity |= {name: value for name, value in given.items() if value}
    missing = [name for name in ("endpoint", "api_key", "tenant", "log", "key_file") if not identity.get(name)]
    if missing:
        raise ValueError(
            f"no {', '.join(missing)}: set identity_file to what ghost.enrol wrote, or set them one by one"
        )
    return identity


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda capital: "_" + capital.group().lower(), name)
