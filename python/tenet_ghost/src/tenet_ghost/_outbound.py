"""Notices connections and requests that an agent makes past the tape. It sees and never touches them."""

from __future__ import annotations

import sys
from typing import Any, Tuple

from ._scope import current

#: Hosts remembered per decision; the grade needs one.
_MAX_HOSTS = 8

_watching = False


def watch_outbound() -> None:
    """An audit hook: it can't be taken off again, so it is put on once, and its first look is a comparison of two texts."""
    global _watching
    if _watching:
        return
    _watching = True
    sys.addaudithook(_hear)


def _hear(event: str, args: Tuple[Any, ...]) -> None:
    # A connection may be kept for many requests: those of http.client are seen one by one.
    if event == "socket.connect" or event == "http.client.send":
        try:
            _note(event, args)
        except Exception:
            # Raising here would forbid the connection.
            return


def _note(event: str, args: Tuple[Any, ...]) -> None:
    scope = current.get()
    if scope is None or scope.inside_call or scope.run.mode != "capture":
        return
    run: Any = scope.run
    hosts = run.untaped
    if hosts is None:
        hosts = run.untaped = set()
    if len(hosts) < _MAX_HOSTS:
        hosts.add(_host_of(event, args))


def _host_of(event: str, args: Tuple[Any, ...]) -> str:
    if event == "http.client.send":
        connection = args[0]
        return f"{connection.host}:{connection.port}"
    address = args[1]
    if isinstance(address, tuple) and len(address) >= 2:
        return f"{address[0]}:{address[1]}"
    return address if isinstance(address, str) else "an unknown host"
