"""A recorded failure, raised again."""

from __future__ import annotations

import builtins
import re
import sys
from typing import Any, Dict, Mapping, Optional, Type

_HTTP = re.compile(r"http\.(\d{3})")


class TapedError(Exception):
    """
    Traceback and members of the original are gone; code, status and message are as recorded. Raised as a subclass of the
    original's class where that can be told, so that `except KeyError` still catches it.
    """

    def __init__(self, code: str, message: str) -> None:
        # Not the next class's in line: that is the original's, which may want anything.
        Exception.__init__(self, message)
        self.code = code
        self.message = message
        found = _HTTP.fullmatch(code)
        self.status_code = None if found is None else int(found.group(1))

    def __str__(self) -> str:
        return self.message


_made: Dict[type, Type[TapedError]] = {}

#: Names of the client library's classes by status. Others are APIStatusError.
_BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def tool_error(code: str, message: str, scope: Mapping[str, Any]) -> TapedError:
    """`scope`: the globals of the tool's module, where a class of its own may be found by its name."""
    known = scope.get(code)
    if not _is_error(known):
        known = getattr(builtins, code, None)
    return _error_of(known if _is_error(known) else None, code, message)


def model_error(code: str, message: str) -> TapedError:
    library = sys.modules.get("openai")
    found = _HTTP.fullmatch(code)
    name = code
    if found is not None:
        status = int(found.group(1))
        name = _BY_STATUS.get(status, "InternalServerError" if status >= 500 else "APIStatusError")
    known = getattr(library, name, None)
    error = _error_of(known if _is_error(known) else None, code, message)
    for member in ("body", "request", "response", "request_id", "param", "type"):
        if known is not None:
            setattr(error, member, None)
    return error


def _is_error(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Exception) and value is not Exception


def _error_of(base: Optional[type], code: str, message: str) -> TapedError:
    if base is None:
        return TapedError(code, message)
    made = _made.get(base)
    if made is None:
        try:
            made = type(base.__name__, (TapedError, base), {})
        except TypeError:
            return TapedError(code, message)
        _made[base] = made
    error = made.__new__(made, message)
    TapedError.__init__(error, code, message)
    return error
