"""Mappers given as text: "status", "applicant.id". A part is a key of a mapping, an index of a list, or an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional, Sequence, Union

Mapper = Union[str, Callable[..., Any]]


def by_path(path: str) -> Callable[[Any], Any]:
    parts = path.split(".")
    if len(parts) == 1:

        def member(value: Any) -> Any:
            return value.get(path) if type(value) is dict else _part(value, path)

        return member

    def read(value: Any) -> Any:
        # A member that has dots in its name is found by it.
        if isinstance(value, Mapping) and path in value:
            return value[path]
        for part in parts:
            value = _part(value, part)
        return value

    return read


def _part(value: Any, part: str) -> Any:
    if type(value) is dict or isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, (list, tuple)) and part.lstrip("-").isdigit():
        return value[int(part)]
    # `__getattr__` of a hostile object may raise: whoever calls a mapper expects that.
    return getattr(value, part, None)


def result_mapper(mapper: Optional[Mapper]) -> Optional[Callable[[Any], Any]]:
    """Of what a function returned."""
    return by_path(mapper) if isinstance(mapper, str) else mapper


def input_mapper(mapper: Optional[Mapper], parameters: Sequence[str]) -> Optional[Callable[..., Any]]:
    """
    Of what a function was given: a path starts at the parameter of its first part's name or number, else at the first
    argument.
    """
    if not isinstance(mapper, str):
        return mapper
    first, _, rest = mapper.partition(".")
    named = first in parameters or first.isdigit()
    index = (parameters.index(first) if first in parameters else int(first)) if named else 0
    path = rest if named else mapper
    inner = by_path(path) if path else None

    def read(*args: Any, **kwargs: Any) -> Any:
        if index < len(args):
            value = args[index]
        elif named and first in kwargs:
            value = kwargs[first]
        else:
            value = next(iter(kwargs.values()), None)
        return value if inner is None else inner(value)

    return read
