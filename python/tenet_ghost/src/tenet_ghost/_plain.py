"""What an object that is no JSON is kept as. Shared by the snapshot taken on the caller and the one made later."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import types
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any, Dict, List, Optional, Tuple


class NotKept(Exception):
    """The whole value is left out of the record; the message says why."""


class Plain:
    """
    Stands for an object whose plain form was taken while it could still be read. `value` is None with `dropped` where nothing
    of it can be kept.
    """

    __slots__ = ("dropped", "note", "value")

    def __init__(self, value: Any, note: Optional[str], dropped: bool = False) -> None:
        self.value = value
        self.note = note
        self.dropped = dropped


_TEXTUAL = (datetime.date, datetime.time, decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)
_PROMISES = (types.CoroutineType, asyncio.Future, concurrent.futures.Future)
_STREAMS = (types.GeneratorType, types.AsyncGeneratorType, io.IOBase)
_SECRET = "[redacted:secret]"

Form = Tuple[Any, Optional[str], bool]


def plain_form(value: Any) -> Form:
    """(plain value, note, dropped). Its members may be exotic again. Raises NotKept, or whatever reading the object raises."""
    kind = type(value)
    for form in (_scalar, _container, _instance):
        found = form(value, kind)
        if found is not None:
            return found
    return None, f"a {kind.__name__} dropped", True


def _scalar(value: Any, kind: type) -> Optional[Form]:
    name = kind.__name__
    if isinstance(value, enum.Enum):
        return value.value, f"a {name} kept as its value", False
    if isinstance(value, _TEXTUAL):
        text = value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
        return text, f"a {name} kept as text", False
    if isinstance(value, datetime.timedelta):
        return value.total_seconds(), "a timedelta kept as seconds", False
    if isinstance(value, _FUNCTIONS):
        return None, f"a {'class' if isinstance(value, type) else 'function'} dropped", True
    if issubclass(kind, str):
        return str.__str__(value), f"a {name} kept as text", False
    if issubclass(kind, float):
        return float.__float__(value), f"a {name} kept as a number", False
    if issubclass(kind, int):
        return int.__int__(value), f"a {name} kept as a number", False
    if issubclass(kind, (bytes, bytearray, memoryview)):
        return bytes(value), None, False
    if isinstance(value, BaseException):
        return {"name": name, "message": str(value)}, "an exception kept as name and message", False
    return None


def _container(value: Any, kind: type) -> Optional[Form]:
    name = kind.__name__
    if issubclass(kind, tuple):
        fields = getattr(kind, "_fields", None)
        items = tuple.__getitem__(value, slice(None))
        if isinstance(fields, tuple) and len(fields) == len(items):
            return dict(zip(fields, items)), f"a {name} kept as plain members", False
        return list(items), None, False
    # Reading through the base class: a subclass may have an iterator of its own that raises or never ends.
    if issubclass(kind, list):
        return list.copy(value), None, False
    if issubclass(kind, dict):
        return dict.copy(value), None, False
    if issubclass(kind, (set, frozenset)):
        return set().union(value), None, False
    if issubclass(kind, deque):
        return list(deque.__iter__(value)), f"a {name} kept as a list", False
    if isinstance(value, _STREAMS):
        raise NotKept("a stream")
    if isinstance(value, _PROMISES):
        raise NotKept("a promise")
    if isinstance(value, Mapping):
        return dict(value), f"a {name} kept as a dict", False
    return None


def _instance(value: Any, kind: type) -> Optional[Form]:
    name = kind.__name__
    if hasattr(kind, "get_secret_value"):
        return _SECRET, f"a {name} masked", False
    dump = getattr(kind, "model_dump", None)
    if callable(dump):
        return dump(value), f"a {name} kept by its model_dump", False
    if hasattr(kind, "__aiter__") or hasattr(kind, "__next__"):
        raise NotKept("a stream")
    if hasattr(kind, "__await__"):
        raise NotKept("a promise")
    tolist = getattr(kind, "tolist", None)
    if callable(tolist) and hasattr(kind, "dtype"):
        if getattr(value, "size", 0) > _MAX_ARRAY:
            raise NotKept("larger than one value may be")
        return tolist(value), f"a {name} kept as a list", False
    members = _members(value, kind)
    return None if members is None else (members, f"a {name} kept as plain members", False)


_MAX_ARRAY = 1_048_576


def _members(value: Any, kind: type) -> Optional[Dict[str, Any]]:
    """Members that are not private by convention. None where there are none to speak of."""
    fields = getattr(kind, "__dataclass_fields__", None)
    if isinstance(fields, dict):
        return {name: object.__getattribute__(value, name) for name in list(fields)}
    found: Dict[str, Any] = {}
    for name in _slots(kind):
        try:
            found[name] = object.__getattribute__(value, name)
        except AttributeError:
            continue
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = None
    if isinstance(own, dict):
        found.update((name, member) for name, member in list(own.items()) if isinstance(name, str))
    public = {name: member for name, member in found.items() if not name.startswith("_")}
    return public or None


def _slots(kind: type) -> List[str]:
    names: List[str] = []
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        names.extend([slots] if isinstance(slots, str) else [name for name in slots if isinstance(name, str)])
    return [name for name in names if not name.startswith("_")]
