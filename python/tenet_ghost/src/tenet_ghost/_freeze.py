"""
What the caller pays for a value: one copy of plain data as bytes. It is read back, walked and cleaned by the writer thread.
No code of the caller's classes runs there: exotic objects are reduced to plain ones here.
"""

from __future__ import annotations

import marshal
import pickle
import sys
from collections import deque
from typing import Any, Deque, List, Tuple, Union

from ._plain import NotKept, Plain, plain_form
from ._snapshot import MAX_VALUE_CHARS, Snapshot, not_kept, snapshot

#: Beyond it a value is not kept, whatever it is. Arguments up to here are still matched, by their digest.
MAX_FROZEN_BYTES = 8_388_608

#: Exact types of immutable values.
ATOMS = frozenset((str, int, float, bool, type(None)))


#: Bytes of marshal or pickle, an immutable value as it is, a tuple of such, or a snapshot that was taken at once.
Frozen = Union[bytes, str, float, None, Tuple[Any, ...], Snapshot]


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # Called for everything but exact built-in data types.
        if value is Plain:
            return NotImplemented
        return Plain, plain_form(value)


#: A pickle comes in pieces of 64 KiB; more than these are not held on to while it is made.
_MAX_PIECES = MAX_FROZEN_BYTES // 65_536 + 2


class _Press:
    """A pickler and where it writes. Used by one thread at a time."""

    __slots__ = ("dump", "forget", "pieces", "write")

    def __init__(self) -> None:
        self.pieces: Deque[bytes] = deque(maxlen=_MAX_PIECES)
        self.write = self.pieces.append
        pickler = _Pickler(self, 5)
        self.dump = pickler.dump
        self.forget = pickler.clear_memo

    def take(self) -> Frozen:
        pieces = self.pieces
        data = b"".join(pieces) if len(pieces) < _MAX_PIECES else b""
        pieces.clear()
        return data if 0 < len(data) <= MAX_FROZEN_BYTES else not_kept("larger than one value may be")


_presses: List[_Press] = []


#: It takes a number of numpy's for its bytes; and it is half the cost of a pickle.
_marshal = marshal.dumps
_loaded = sys.modules


def freeze(value: Any) -> Frozen:
    """Never raises. What is more than plain data is pickled in a plain form, what can't be pickled is walked at once."""
    if type(value) in ATOMS:
        return value  # type: ignore[no-any-return]
    if "numpy" not in _loaded:
        try:
            data = _marshal(value)
            return data if len(data) <= MAX_FROZEN_BYTES else not_kept("larger than one value may be")
        except ValueError:
            # Something in it is more than plain data.
            pass
    return _press(value)


def _press(value: Any) -> Frozen:
    try:
        press = _presses.pop()
    except IndexError:
        press = _Press()
    try:
        press.dump(value)
        pieces = press.pieces
        return pieces.pop() if len(pieces) == 1 and len(pieces[-1]) <= MAX_FROZEN_BYTES else press.take()
    except NotKept as error:
        press.pieces.clear()
        return not_kept(str(error))
    except Exception:
        press.pieces.clear()
        return snapshot(value, MAX_FROZEN_BYTES)
    finally:
        press.forget()
        _presses.append(press)


def freeze_texts(value: Any) -> Frozen:
    """For what is mostly a short list of texts."""
    if type(value) is list:
        for item in value:
            if type(item) is not str:
                return freeze(value)
        return tuple(value)
    return freeze(value)


def size_of(frozen: Frozen) -> int:
    if isinstance(frozen, Snapshot):
        return frozen.chars
    values = frozen if isinstance(frozen, tuple) else (frozen,)
    return 64 + sum(len(value) for value in values if isinstance(value, (bytes, str)))


def thaw(frozen: Frozen) -> Any:
    """A private copy of the value; Plain where an object was."""
    if isinstance(frozen, bytes):
        # The first opcode of a pickle is no type code of marshal's.
        return pickle.loads(frozen) if frozen[:1] == pickle.PROTO else marshal.loads(frozen)
    return frozen


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
        return not_kept("reading it threw")
