"""Where spools are. Spool format, §1."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, List, Optional

from .errors import SpoolError

#: What these hold is gone with the machine, or with the container.
_EPHEMERAL = frozenset(["tmpfs", "ramfs", "overlay", "devtmpfs"])


def spool_dir(configured: Optional[str], say: Callable[[str], None]) -> Path:
    """The first place that can be written to, made if need be."""
    failed: List[str] = []
    for place in places(configured):
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            if place.stat().st_uid == os.getuid():
                os.chmod(place, 0o700)
            probe = place / f".probe.{os.urandom(6).hex()}"
            probe.touch(0o600)
            probe.unlink()
        except OSError as error:
            failed.append(f"{place}: {error.strerror or error}")
            continue
        if failed:
            say(f"the spool is at {place}, as another place can't be written to ({'; '.join(failed)})")
        return place
    raise SpoolError("spool.dir", f"no place for the spool can be written to ({'; '.join(failed)})")


def default_dir() -> str:
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.environ.get("TENET_SPOOL_DIR") or os.path.join(state, "tenet", "spool")


def places(configured: Optional[str]) -> List[Path]:
    """In the order in which they are tried."""
    # Not by `tempfile`: it holds a lock of its own the first time, and a child forked then would wait for it for ever.
    temporary = os.environ.get("TMPDIR") or "/tmp"
    return [Path(configured or default_dir()).absolute(), Path(temporary).absolute() / f"tenet-spool-{os.getuid()}"]


def is_ephemeral(folder: Path) -> bool:
    """Whether the file system under `folder` is one that does not outlive the machine or container."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:
        return False
    path = os.path.realpath(folder)
    longest, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(longest):
            longest, kind = point, parts[2]
    return kind in _EPHEMERAL
