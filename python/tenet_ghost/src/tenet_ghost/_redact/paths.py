"""RFC 6901 pointers, `*` for any one segment, as a tree that a walk goes down with the record."""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, Optional, Tuple

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])+)+")


class PathNode:
    __slots__ = ("any", "children", "hit")

    def __init__(self) -> None:
        self.children: Dict[str, PathNode] = {}
        self.any: Optional[PathNode] = None
        #: "redact" or "pseudonym"
        self.hit: Optional[str] = None


#: The nodes that a place in the record stands at. Empty: no path leads further.
At = Tuple[PathNode, ...]
NOWHERE: At = ()


def compile_paths(uses: Iterable[Tuple[str, str]]) -> At:
    root = PathNode()
    for path, use in uses:
        node = root
        for segment in segments_of(path):
            if segment == "*":
                node.any = node.any or PathNode()
                node = node.any
            else:
                node = node.children.setdefault(segment, PathNode())
        # To redact is stronger than to replace by what can be turned back.
        if node.hit != "redact":
            node.hit = use
    return (root,) if root.children or root.any else NOWHERE


def is_pointer(text: str) -> bool:
    return _POINTER.fullmatch(text) is not None


def segments_of(pointer: str) -> List[str]:
    if not isinstance(pointer, str) or not is_pointer(pointer):
        raise TypeError(f'expected a pointer such as "/context/inputs/ssn", got {pointer!r}')
    return [segment.replace("~1", "/").replace("~0", "~") for segment in pointer[1:].split("/")]


def descend(at: At, segment: str) -> At:
    if not at:
        return at
    found: List[PathNode] = []
    for node in at:
        child = node.children.get(segment)
        if child is not None:
            found.append(child)
        if node.any is not None:
            found.append(node.any)
    return tuple(found)


def use_at(at: At) -> Optional[str]:
    found: Optional[str] = None
    for node in at:
        if node.hit == "redact":
            return "redact"
        found = found or node.hit
    return found
