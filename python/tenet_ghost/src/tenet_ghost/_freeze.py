"""
What the caller pays for a value: one pickle of plain data. It is read back, walked and cleaned by the writer thread.
No code of the caller's classes runs there: exotic objects are reduced to plain ones here.
"""

from __future__ import annotations

import pickle
from typing import Any, List, Tuple, Union

from ._plain import NotKept, Plain, plain_form
from ._snapshot import MAX_VALUE_CHARS, Snapshot, not_kept, snapshot

#: Beyond it a value is not kept, whatever it is. Arguments up to here are still matched, by their digest.
MAX_FROZEN_BYTES = 8_388_608

_ATOMS = frozenset((str, int, float, bool, type(None)))


class Same:
    """An immutable value that needs no copy."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


Frozen = Union[bytes, Same, Snapshot]


class _TooLarge(Exception):
    pass


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # Called for everything but exact built-in data types.
        if value is Plain:
            return NotImplemented
        return Plain, plain_form(value)


class _Press:
    """A pickler and where it writes. Used by one thread at a time."""

    __slots__ = ("chunks", "dump", "forget", "size")

    def __init__(self) -> None:
        self.chunks: List[bytes] = []
        self.size = 0
        pickler = _Pickler(self, 5)
        self.dump = pickler.dump
        self.forget = pickler.clear_memo

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > MAX_FROZEN_BYTES:
            raise _TooLarge
        self.chunks.append(bytes(data))


_presses: List[_Press] = []


def freeze(value: Any) -> Frozen:
    """Never raises. What can't be pickled is walked at once."""
    if type(value) in _ATOMS:
        return Same(value)
    try:
        press = _presses.pop()
    except IndexError:
        press = _Press()
    chunks = press.chunks
    try:
        press.dump(value)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except _TooLarge:
        return not_kept("larger than one value may be")
    except NotKept as error:
        return not_kept(str(error))
    except Exception:
        return snapshot(value, MAX_FROZEN_BYTES)
    finally:
        chunks.clear()
        press.size = 0
        press.forget()
        _presses.append(press)


def freeze_arguments(args: Tuple[Any, ...]) -> Frozen:
    for value in args:
        if type(value) not in _ATOMS:
            return freeze(args)
    return Same(args)


def size_of(frozen: Frozen) -> int:
    if type(frozen) is bytes:
        return len(frozen)
    if type(frozen) is Snapshot:
        return frozen.chars
    value = frozen.value  # type: ignore[union-attr]
    return len(value) if type(value) is str else 64


def thaw(frozen: Frozen) -> Any:
    """A private copy of the value; Plain where an object was."""
    if isinstance(frozen, bytes):
        return pickle.loads(frozen)
    return frozen.value


def settle(frozen: Frozen, max_chars: int = MAX_VALUE_CHARS) -> Snapshot:
    """The snapshot of what was frozen, as if it had been taken then."""
    if isinstance(frozen, Snapshot):
        if not frozen.kept:
            return frozen
        again = snapshot(frozen.value, max_chars)
        return Snapshot(again.value, frozen.notes + again.notes, again.kept, again.chars) if again.kept else again
    try:
        return snapshot(thaw(frozen), max_chars)
    except Exception:
        return not_kept("reading it raised")
