"""
Keeps a process that re-runs decisions from reaching out: connections, look-ups, datagrams, other processes. A guard rail against agents
that call out by themselves, not a sandbox: native code that makes its own system calls is not seen. Must be put up before
the agent's code is loaded; an audit hook can't be taken off again.
"""

from __future__ import annotations

import socket
import sys
import weakref
from typing import Any, Callable, FrozenSet, List, Set, Tuple


class FenceError(ConnectionError):
    """Raised where agent code reaches out past its tools."""

    code = "replay.fence"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is refused in a replay: call it through ghost.tool or ghost.openai")


_PROCESSES = frozenset(
    ["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn"]
)
_LOOK_UPS = frozenset(["socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"])
_DATAGRAMS = frozenset(["socket.sendto", "socket.sendmsg", "socket.bind"])


class Fence:
    """`refused` is told of what was tried; `reachable` gives the host:port pairs that are allowed now."""

    def __init__(self, reachable: Callable[[], FrozenSet[str]], refused: Callable[[str, bool], None]) -> None:
        self._reachable = reachable
        self._refused = refused
        #: Addresses that allowed names were resolved to: clients connect to these.
        self._resolved: Set[Tuple[str, str, int]] = set()
        self._open: List[Tuple[weakref.ref[socket.socket], str]] = []

    def install(self) -> None:
        look_up = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            found = look_up(host, port, *rest, **more)
            name = _name(host)
            self._resolved.update((name, str(at[4][0]), at[4][1]) for at in found if isinstance(at[4][1], int))
            return found

        socket.getaddrinfo = getaddrinfo
        sys.addaudithook(self._hear)

    def drop_unreachable(self) -> None:
        """Connections that were allowed when they were made and are not now: clients keep them for the next request."""
        allowed = self._reachable()
        kept = []
        for reference, target in self._open:
            connection = reference()
            if connection is None:
                continue
            if target in allowed:
                kept.append((reference, target))
            else:
                connection.close()
        self._open = kept

    def _hear(self, event: str, args: Tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._connect(args[0], args[1])
        elif event in _LOOK_UPS:
            self._look_up(args[0])
        elif event in _DATAGRAMS:
            self._refuse("a datagram or a listener", False)
        elif event in _PROCESSES:
            self._refuse("another process", True)

    def _connect(self, connection: Any, address: Any) -> None:
        if not isinstance(address, tuple) or len(address) < 2:
            return self._refuse(f"a connection to {address!r}", False)
        host, port = _name(address[0]), address[1]
        for target in self._reachable():
            name, _, allowed = target.rpartition(":")
            if str(port) == allowed and (name == host or (name, host, port) in self._resolved):
                self._open.append((weakref.ref(connection), target))
                return None
        return self._refuse(f"a connection to {host}:{port}", False)

    def _look_up(self, host: Any) -> None:
        name = _name(host[0] if isinstance(host, tuple) else host)
        if name not in {target.rpartition(":")[0] for target in self._reachable()}:
            self._refuse(f"a look-up of {name}", False)

    def _refuse(self, what: str, process: bool) -> None:
        self._refused(what, process)
        raise FenceError(what)


def _name(host: Any) -> str:
    text = host.decode("idna") if isinstance(host, (bytes, bytearray)) else str(host)
    return text.lower()
