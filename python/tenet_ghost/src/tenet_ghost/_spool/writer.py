"""The owner's side of a producer's folder: appends whole frames, and knows what is on the disk."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Callable, List, NamedTuple, Optional

from .errors import SpoolError
from .folder import SpoolFolder, SpoolSegment
from .frame import MAX_FRAME_BYTES, encode_frame
from .header import SegmentHeader, encode_header
from .lock import create_lock, release_lock, this_process
from .seal import SealTo, SegmentSealer, header_digest_of
from .segment import start_of_segment


class WriterOptions(NamedTuple):
    root: Path
    producer: str
    log: str
    kid: str
    #: Asked for each segment; None: its records are readable.
    seal_to: Callable[[], Optional[SealTo]]
    #: always, interval, never
    fsync: str
    segment_bytes: int
    #: RFC 3339 with milliseconds
    now: Callable[[], str]


class SpoolWriter:
    """Made with the first record. Not thread-safe: whoever holds it serialises its calls."""

    def __init__(self, options: WriterOptions) -> None:
        self._options = options
        self._owner = this_process()
        path = options.root / options.producer
        path.mkdir(mode=0o700)
        create_lock(path, self._owner)
        self.folder = SpoolFolder(path, own=True)
        self.spooled = 0
        self.synced = 0
        self.dirty = False
        self._number = 0
        self._fd = -1
        self._segment: Optional[SpoolSegment] = None
        self._sealer: Optional[SegmentSealer] = None
        self._digest = b""

    def append(self, lines: List[bytes], counted: bool = True) -> None:
        """
        All of them or none: raises OSError where the disk has no room for them. What was written when this returns survives the
        process.
        """
        segment = self._segment
        if segment is None or segment.end >= self._options.segment_bytes:
            segment = self._open_segment()
        parts: List[bytes] = []
        for index, line in enumerate(lines, segment.count + 1):
            content = line if self._sealer is None else self._sealer.seal_frame(index, self._digest, line)
            if len(content) > MAX_FRAME_BYTES:
                raise SpoolError("spool.frame", "the record is larger than a frame")
            parts.append(encode_frame(content))
        self._write(segment, b"".join(parts))
        segment.count += len(lines)
        self.spooled += len(lines) if counted else 0
        self.dirty = True
        if self._options.fsync == "always":
            self.sync()

    def _write(self, segment: SpoolSegment, data: bytes) -> None:
        view = memoryview(data)
        at = segment.end
        try:
            while view:
                written = os.pwrite(self._fd, view, at)
                view = view[written:]
                at += written
        except OSError:
            # A half-written frame must not stand before the next one.
            try:
                os.ftruncate(self._fd, segment.end)
            except OSError:
                self._close_segment()
            raise
        segment.end = at

    def _open_segment(self) -> SpoolSegment:
        self._close_segment()
        options = self._options
        number = self._number + 1
        seal_to = options.seal_to()
        sealer = None if seal_to is None else SegmentSealer(seal_to)
        header: SegmentHeader = {
            "created": options.now(),
            "format": 1,
            "kid": options.kid,
            "log": options.log,
            "producer": options.producer,
            "seal": None if sealer is None else sealer.seal,
            "segment": number,
        }
        header_bytes = encode_header(header)
        start = start_of_segment(header)
        path = self.folder.path / f"{number:06d}.seg"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._number = number
        try:
            if os.write(fd, start) != len(start):
                raise OSError("the segment's header could not be written")
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        self._fd, self._sealer, self._digest = fd, sealer, header_digest_of(header_bytes)
        self._segment = SpoolSegment(path, header, header_bytes, len(start))
        self.folder.segments.append(self._segment)
        return self._segment

    def sync(self) -> None:
        """What fsync has taken survives the machine."""
        if self._fd >= 0 and self.dirty:
            taken = self.spooled
            self.dirty = False
            try:
                os.fsync(self._fd)
            except OSError:
                self.dirty = True
                raise
            self.synced = taken

    def roll_if_answered(self) -> None:
        """An open segment keeps its file: where all of it is answered for, it makes room."""
        if self._segment is not None and self._segment.count > 0 and self._segment.waiting == 0:
            self.roll()
            self.folder.next_segment()

    def roll(self) -> None:
        """The next record opens a segment of its own."""
        self._close_segment()

    def _close_segment(self) -> None:
        if self._fd < 0:
            return
        if self._options.fsync != "never":
            with contextlib.suppress(OSError):
                self.sync()
        with contextlib.suppress(OSError):
            os.close(self._fd)
        if self._segment is not None:
            self._segment.open = False
        # Forgets the segment's key.
        self._fd, self._segment, self._sealer = -1, None, None

    def close(self) -> None:
        """Another process may take over what is unsent. A folder with nothing in it is gone."""
        self._close_segment()
        self.folder.next_segment()
        if self.folder.remove_if_empty():
            return
        self.folder.write_acked()
        release_lock(self.folder.path, self._owner)

    def forget(self) -> None:
        """After fork, in the child: the file is the parent's."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        self._fd = -1
