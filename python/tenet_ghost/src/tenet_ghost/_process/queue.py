from __future__ import annotations

import threading
from collections import deque
from typing import Any, Deque, List

#: What an item takes beside what it holds on to.
_OVERHEAD = 512


class CallerQueue:
    """
    Between any number of callers and one writer. The lock can be taken again by its holder: a signal handler or a finaliser that
    records a decision may run inside it.
    """

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.RLock()
        # Two queues of what is there anyway, not one of pairs: each pair would be one more thing for the garbage collector to visit.
        self._items: Deque[Any] = deque()
        self._sizes: Deque[int] = deque()
        self._bytes = 0
        self._max_bytes = max_bytes
        #: So many items wake the writer; 0: it is awake.
        self._wakes_at = 0
        self._wake = threading.Event()
        self.offered = 0

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, item: Any, size: int) -> bool:
        """False: no room. One item always finds room, however large it is."""
        size += _OVERHEAD
        with self._lock:
            if self._bytes + size > self._max_bytes and self._items:
                return False
            self._items.append(item)
            self._sizes.append(size)
            self._bytes += size
            self.offered += 1
        if self._wakes_at and len(self._items) >= self._wakes_at:
            self.wake()
        return True

    def take(self, most: int) -> List[Any]:
        with self._lock:
            count = min(most, len(self._items))
            taken = [self._items.popleft() for _ in range(count)]
            self._bytes -= sum([self._sizes.popleft() for _ in range(count)])
        return taken

    def park(self, seconds: float, wakes_at: int = 1) -> None:
        """The writer has nothing to do: so many items wake it."""
        self._wakes_at = wakes_at
        if len(self._items) < wakes_at:
            self._wake.wait(seconds)
        self._wakes_at = 0
        self._wake.clear()

    def wake(self) -> None:
        # Waking costs a caller as much as a small record: once is enough.
        self._wakes_at = 0
        self._wake.set()
