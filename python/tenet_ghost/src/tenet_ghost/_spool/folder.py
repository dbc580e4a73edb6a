"""One producer's folder as delivery sees it: segments in order, and how far each is answered for."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional

from .._record import to_base64url
from .frame import FRAME_HEAD_BYTES, MAX_FRAME_BYTES, decode_frame
from .header import SegmentHeader
from .lock import LOCK
from .segment import Frame

#: A server that refuses everything must not fill the disk.
_QUARANTINE_BYTES = 67_108_864


class SpoolSegment:
    """`end` is what was written whole. Only its owner moves it; delivery moves `at`, `index` and `done`."""

    def __init__(self, path: Path, header: SegmentHeader, header_bytes: bytes, start: int) -> None:
        self.path = path
        self.number: int = header["segment"]
        self.sealed = header["seal"] is not None
        self.header_bytes = header_bytes
        self.end = start
        self.count = 0
        #: Offset and number of the next frame to deliver.
        self.at = start
        self.index = 1
        self.done = 0
        self.open = True

    @property
    def waiting(self) -> int:
        return self.count - self.done

    def read(self, max_records: int, max_bytes: int) -> List[Frame]:
        """The next frames, at least one where there is one. Raises OSError where the file can't be read."""
        frames: List[Frame] = []
        want = min(self.end - self.at, max(max_bytes, MAX_FRAME_BYTES + FRAME_HEAD_BYTES))
        fd = os.open(self.path, os.O_RDONLY)
        try:
            data = os.pread(fd, want, self.at)
        finally:
            os.close(fd)
        offset, size = 0, 0
        while offset < len(data) and len(frames) < max_records:
            content = decode_frame(data, offset)
            if isinstance(content, str):
                if content == "short" and self.at + len(data) < self.end:
                    break
                raise OSError(f"the spool changed under us at {self.path}:{self.at + offset} ({content})")
            size += len(content)
            if frames and size > max_bytes:
                break
            frames.append(Frame(self.index + len(frames), self.at + offset, content))
            offset += FRAME_HEAD_BYTES + len(content)
        return frames

    def settle(self, frames: List[Frame]) -> None:
        self.at = frames[-1].end
        self.index += len(frames)
        self.done += len(frames)


class SpoolFolder:
    """`segments` holds what is not answered for as a whole yet, oldest first."""

    def __init__(self, path: Path, own: bool) -> None:
        self.path = path
        self.own = own
        self.segments: List[SpoolSegment] = []
        self._acked: Optional[str] = None

    @property
    def bytes(self) -> int:
        return sum(segment.end for segment in self.segments)

    @property
    def waiting(self) -> int:
        return sum(segment.waiting for segment in self.segments)

    def next_segment(self) -> Optional[SpoolSegment]:
        """With something to deliver. Segments behind it that are closed and answered for are deleted."""
        for segment in list(self.segments):
            if segment.waiting > 0:
                return segment
            if not segment.open:
                self.drop(segment)
        return None

    def drop(self, segment: SpoolSegment) -> None:
        self.segments.remove(segment)
        with contextlib.suppress(FileNotFoundError):
            segment.path.unlink()

    def write_acked(self) -> None:
        """A hint: a crash before it means that some records are sent again, which the server answers as duplicates."""
        if not self.segments:
            return
        segment = next((one for one in self.segments if one.waiting > 0), self.segments[-1])
        text = json.dumps({"segment": segment.number, "offset": segment.at}, separators=(",", ":"))
        if text == self._acked:
            return
        draft = self.path / "acked.tmp"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
        os.replace(draft, self.path / "acked")
        self._acked = text

    def quarantine(
        self, segment: SpoolSegment, frame: Frame, at: str, code: str, message: str, id: Optional[str]
    ) -> None:
        line: Dict[str, Any] = {"at": at, "code": code, "message": message, "id": id, "frame": to_base64url(frame.data)}
        if segment.sealed:
            line["index"] = frame.index
            line["header"] = to_base64url(segment.header_bytes)
        text = json.dumps(line, separators=(",", ":")) + "\n"
        file = os.open(self.path / "quarantine.ndjson", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            held = os.fstat(out.fileno()).st_size
            if held + len(text) > _QUARANTINE_BYTES:
                raise OSError(f"the quarantine holds {held} bytes of at most {_QUARANTINE_BYTES}")
            out.write(text)
            out.flush()
            os.fsync(out.fileno())

    def quarantine_segment(self, segment: SpoolSegment) -> None:
        self.segments.remove(segment)
        os.replace(segment.path, self.path / f"quarantine-{segment.number}.seg")

    def remove_if_empty(self) -> bool:
        """Only once nothing is kept in it. Raises nothing: a folder that stays is found again."""
        if self.segments:
            return False
        try:
            names = set(os.listdir(self.path))
            if any(name.startswith(("quarantine", "torn-")) or name.endswith(".seg") for name in names):
                return False
            for name in sorted(names, key=lambda name: name == LOCK):
                (self.path / name).unlink()
            self.path.rmdir()
        except OSError:
            return False
        return True
