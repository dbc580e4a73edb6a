"""How a function's arguments become the record's inputs, and come back from there."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Tuple

from ._call_key import KWARGS

#: One argument is the input itself; any other number is kept as a list under this member.
ARGUMENTS = "$args"

_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def signature_of(fn: Callable[..., Any]) -> Tuple[bool, Tuple[str, ...]]:
    """(whether it is a method, names of the parameters that have a position). Methods: `self` is not an input."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return False, ()
    names = [one.name for one in parameters if one.kind in _PLACED]
    owner = getattr(fn, "__qualname__", "").rpartition(".")[0]
    bound = bool(names) and names[0] in ("self", "cls") and owner != "" and not owner.endswith("<locals>")
    return bound, tuple(names[1:] if bound else names)


def inputs_of(args: Tuple[Any, ...]) -> Any:
    """`args` in one form, see `positional`."""
    if len(args) == 1 and not _is_kwargs(args[0]):
        return args[0]
    if args and _is_kwargs(args[-1]):
        return {ARGUMENTS: list(args[:-1]), KWARGS: args[-1][KWARGS]}
    return {ARGUMENTS: list(args)}


def arguments_of(inputs: Any) -> Tuple[List[Any], Dict[str, Any]]:
    if isinstance(inputs, dict) and isinstance(inputs.get(ARGUMENTS), list):
        named = inputs.get(KWARGS, {})
        if isinstance(named, dict) and len(inputs) == (2 if KWARGS in inputs else 1):
            return list(inputs[ARGUMENTS]), named
    return [inputs], {}


def _is_kwargs(value: Any) -> bool:
    return type(value) is dict and len(value) == 1 and KWARGS in value
