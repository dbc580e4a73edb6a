"""Who owns a producer's folder. Spool format, §6."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any, Dict, Optional

LOCK = "lock"
#: What a lock says once its owner has let the folder go: no process has this start.
CLOSED = "closed"
#: The owner touches its lock at least so often: tells a living owner in another container from one before a restart.
BEAT_SECONDS = 60
_MISSED_BEATS = 5
_ABANDONED_SECONDS = 7 * 86_400
_UNOWNED_SECONDS = 60
#: Where a lock moved aside names a dead process: whoever else is at it renames and links within this.
_ASIDE_SECONDS = 1

Owner = Dict[str, Any]


def this_process() -> Owner:
    return {
        "pid": os.getpid(),
        "start": _start_of(os.getpid()) or "",
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "host": socket.gethostname(),
        "ns": _namespace(),
        "beat": BEAT_SECONDS,
    }


def create_lock(folder: Path, owner: Owner) -> None:
    """Raises FileExistsError where there is one. It is whole as soon as it is seen."""
    draft = folder / f"lock.tmp-{os.urandom(6).hex()}"
    _write(draft, owner)
    try:
        os.link(draft, folder / LOCK)
    finally:
        draft.unlink()


def release_lock(folder: Path, owner: Owner) -> None:
    """The folder is anybody's from now on, also while this process lives. Written over: a full disk has no room for a new file."""
    _overwrite(folder / LOCK, {**owner, "start": CLOSED})


def beat(folder: Path) -> None:
    """The owner lives."""
    os.utime(folder / LOCK)


def read_lock(file: Path) -> Optional[Owner]:
    try:
        value = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def is_dead(owner: Owner, age_seconds: float) -> bool:
    """What can't be known counts as alive, until it is old. A lock that nobody can read was never written whole: it names nobody."""
    pid = owner.get("pid")
    if not isinstance(pid, int) or not all(isinstance(owner.get(name), str) for name in ("start", "boot", "host")):
        return True
    if owner["host"] != socket.gethostname():
        return age_seconds > _ABANDONED_SECONDS
    if owner["start"] == CLOSED or owner["boot"] != _read("/proc/sys/kernel/random/boot_id"):
        return True
    if owner.get("ns", _namespace()) != _namespace():
        every = owner.get("beat")
        promised = isinstance(every, (int, float)) and every > 0
        return age_seconds > (owner["beat"] * _MISSED_BEATS if promised else _ABANDONED_SECONDS)
    if not os.path.isdir("/proc/self"):
        return not _signal_reaches(pid)
    start = _start_of(pid)
    return start is None or (owner["start"] != "" and start != owner["start"])


def _signal_reaches(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def take_over(folder: Path, owner: Owner) -> bool:
    """Of several processes that find a folder's owner dead, one gets True."""
    file = folder / LOCK
    judged = read_lock(file)
    if judged is None:
        return _take_unowned(folder, owner)
    if not is_dead(judged, age_of(folder)):
        return False
    taken = folder / f"lock.{os.urandom(8).hex()}"
    try:
        os.rename(file, taken)
    except FileNotFoundError:
        return False
    if read_lock(taken) != judged:
        # Another was faster, and this is its lock.
        with contextlib.suppress(OSError):
            os.link(taken, file)
        with contextlib.suppress(OSError):
            taken.unlink()
        return False
    try:
        # What is there is written over: a disk that is full gives no room for a new file.
        _overwrite(taken, owner)
        os.link(taken, file)
    except (FileExistsError, FileNotFoundError):
        return False
    finally:
        with contextlib.suppress(OSError):
            taken.unlink()
    return True


def _take_unowned(folder: Path, owner: Owner) -> bool:
    """A lock is missing while its folder is being made or taken over, and after a crash in that moment."""
    others = list(folder.glob("lock.*"))
    for other in others:
        holder = read_lock(other)
        # One that vanishes meanwhile shows that somebody is at it.
        if holder is None or (holder and not is_dead(holder, age_of(folder))):
            return False
    if time.time() - folder.stat().st_mtime < (_ASIDE_SECONDS if others else _UNOWNED_SECONDS):
        return False
    try:
        create_lock(folder, owner)
    except OSError:
        return False
    return True


def _write(file: Path, owner: Owner) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(owner, out, separators=(",", ":"))


def _overwrite(file: Path, owner: Owner) -> None:
    fd = os.open(file, os.O_WRONLY)
    try:
        text = json.dumps(owner, separators=(",", ":")).encode()
        os.write(fd, text)
        os.ftruncate(fd, len(text))
    finally:
        os.close(fd)


def age_of(folder: Path) -> float:
    """Seconds since anything in it was touched: a living owner on another host can't be asked, its folder shows it."""
    newest = 0.0
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            newest = max(newest, (folder / name).stat().st_mtime)
    return time.time() - newest


def _start_of(pid: int) -> Optional[str]:
    """Field 22 of /proc/<pid>/stat. The name in field 2 may hold anything, also spaces and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("latin-1")
        fields = text[text.rindex(")") + 2 :].split()
        # A zombie is no owner.
        return None if fields[0] in ("Z", "X") else fields[19]
    except (OSError, ValueError, IndexError):
        return None


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _read(file: str) -> str:
    try:
        return Path(file).read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
