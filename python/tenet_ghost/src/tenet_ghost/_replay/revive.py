"""Recorded JSON as the objects that a function's annotations ask for: dataclasses, models, enums, dates. What does not fit stays JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import inspect
import typing
import uuid
from typing import Any, Callable, Dict, List, Mapping, Tuple, Union


def hints_of(fn: Callable[..., Any]) -> Dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(fn))
    except Exception:
        # Names that exist for a type checker alone.
        return {}


def revive_arguments(
    hints: Mapping[str, Any], parameters: Tuple[str, ...], args: List[Any], kwargs: Dict[str, Any]
) -> Tuple[List[Any], Dict[str, Any]]:
    placed = [revive(hints.get(parameters[i]), value) if i < len(parameters) else value for i, value in enumerate(args)]
    return placed, {name: revive(hints.get(name), value) for name, value in kwargs.items()}


def revive(kind: Any, value: Any) -> Any:
    try:
        return _revive(kind, value)
    except Exception:
        return value


def _revive(kind: Any, value: Any) -> Any:
    if kind is None or kind is Any or value is None:
        return value
    origin = typing.get_origin(kind)
    if origin is not None:
        return _generic(origin, typing.get_args(kind), value)
    if not isinstance(kind, type):
        return value
    validate = getattr(kind, "model_validate", None)
    if callable(validate):
        return validate(value)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = hints_of(kind)
        names = [field.name for field in dataclasses.fields(kind) if field.init]
        return kind(**{name: revive(hints.get(name), value[name]) for name in names if name in value})
    return _scalar(kind, value)


def _scalar(kind: type, value: Any) -> Any:
    if issubclass(kind, enum.Enum):
        return kind(value)
    if kind is float and type(value) is int:
        # JSON has one kind of number: 2.0 was written 2.
        return float(value)
    if issubclass(kind, (datetime.date, datetime.time)) and isinstance(value, str):
        return kind.fromisoformat(value.replace("Z", "+00:00") if kind is datetime.datetime else value)
    if kind is datetime.timedelta:
        return datetime.timedelta(seconds=value)
    if kind in (decimal.Decimal, uuid.UUID) and isinstance(value, str):
        return kind(value)
    if hasattr(kind, "_fields") and issubclass(kind, tuple) and isinstance(value, dict):
        return kind(**value)
    if kind in (tuple, set, frozenset) and isinstance(value, list):
        return kind(value)
    return value


def _generic(origin: Any, inner: Tuple[Any, ...], value: Any) -> Any:
    if origin is Union or getattr(origin, "__name__", "") == "UnionType":
        return _first_fit([kind for kind in inner if kind is not type(None)], value)
    if isinstance(value, list) and inner:
        if origin in (list, set, frozenset):
            return origin(revive(inner[0], item) for item in value)
        if origin is tuple:
            kinds = inner[:1] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else inner
            return tuple(revive(kind, item) for kind, item in zip(kinds, value))
    if isinstance(value, dict) and origin is dict and len(inner) == 2:
        return {key: revive(inner[1], item) for key, item in value.items()}
    return value


def _first_fit(kinds: List[Any], value: Any) -> Any:
    for kind in kinds:
        try:
            made = _revive(kind, value)
        except Exception:
            continue
        if made is not value or (isinstance(kind, type) and isinstance(value, kind)):
            return made
    return value
