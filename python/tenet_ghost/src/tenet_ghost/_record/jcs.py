"""
RFC 8785 in full: members sorted by UTF-16 code units (§3.2.3), ECMAScript number and string forms (§3.2.2). What has no JSON form
is refused instead of dropped. Python's own text differs: 1.0 is written 1, 1e-07 is 1e-7, -0.0 is 0, and keys sort by code point.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Tuple

from .errors import RecordError

#: Nesting both directions accept: what one side writes the other can read, and no input can exhaust the stack.
MAX_DEPTH = 64
MAX_SAFE = 2**53 - 1

_quote = json.encoder.encode_basestring
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def _make_encode() -> Callable[[Any], str]:
    """`JSONEncoder.encode` makes a C encoder for every value; where this Python lets us, one is made for all."""
    try:
        encoder: Any = json.encoder
        encode = encoder.c_make_encoder(None, _encoder.default, _quote, None, ":", ",", True, False, False)
        if "".join(encode({"b": [True, None, 0.5], "a": "\u00e9\n"}, 0)) == '{"a":"\u00e9\\n","b":[true,null,0.5]}':
            return lambda value: "".join(encode(value, 0))
    except (AttributeError, TypeError):
        pass
    return _encoder.encode


_encode = _make_encode()


class _NotNativeError(Exception):
    pass


def canonicalize(value: Any, safe_integers: bool = False) -> str:
    """
    `safe_integers`: refuse integral numbers beyond 2^53-1, which another language would read as another value. Disclosures are
    written and read with it.
    """
    try:
        text = _encode(_native(value, 0))
    except _NotNativeError:
        text = _write(value, "", 0, safe_integers)
    if not text.isascii():
        _assert_well_formed(text, "")
    return text


def _native(value: Any, depth: int) -> Any:
    """The same value in the form whose text by the standard encoder is the canonical one. Copied only where it has to be."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is int:
        if -MAX_SAFE <= value <= MAX_SAFE:
            return value
    elif kind is float:
        if value.is_integer():
            if -MAX_SAFE <= value <= MAX_SAFE:
                return int(value)
        elif (value >= 1e-4 or value <= -1e-4) and value - value == 0:
            # Not integral means below 2^52, where repr has no exponent.
            return value
    elif depth >= MAX_DEPTH:
        raise _NotNativeError
    elif kind is dict:
        return _native_object(value, depth + 1)
    elif kind is list:
        return _native_array(value, depth + 1)
    raise _NotNativeError


def _native_object(members: Dict[Any, Any], depth: int) -> Dict[str, Any]:
    out = members
    for key, item in members.items():
        if type(key) is not str or not (key.isascii() or max(key) < "\ud800"):
            raise _NotNativeError
        if type(item) is not str:
            native = _native(item, depth)
            if native is not item:
                out = dict(members) if out is members else out
                out[key] = native
    return out


def _native_array(items: List[Any], depth: int) -> List[Any]:
    out = items
    for i, item in enumerate(items):
        if type(item) is not str:
            native = _native(item, depth)
            if native is not item:
                out = list(items) if out is items else out
                out[i] = native
    return out


def _refuse(code: str, what: str, path: str) -> RecordError:
    return RecordError(f"record.jcs.{code}", f"{what} at {path or 'the root'}", at=path, got=what)


def _assert_well_formed(text: str, path: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _refuse("surrogate", "a lone surrogate", path) from None


def _write(value: Any, path: str, depth: int, safe: bool) -> str:
    if isinstance(value, str):
        _assert_well_formed(value, path)
        return _quote(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return _write_int(value, path, safe)
    if isinstance(value, float):
        return _write_float(value, path, safe)
    if isinstance(value, (list, tuple, dict)):
        if depth >= MAX_DEPTH:
            raise _refuse("depth", f"nesting deeper than {MAX_DEPTH}", path)
        if isinstance(value, dict):
            return _write_object(value, path, depth + 1, safe)
        return "[" + ",".join([_write(item, f"{path}/{i}", depth + 1, safe) for i, item in enumerate(value)]) + "]"
    raise _refuse("type", f"a {type(value).__name__}", path)


def _write_object(value: Dict[Any, Any], path: str, depth: int, safe: bool) -> str:
    for key in value:
        if not isinstance(key, str):
            raise _refuse("type", f"a member name of type {type(key).__name__}", path)
        _assert_well_formed(key, path)
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
    return (
        "{" + ",".join([f"{_quote(key)}:{_write(item, f'{path}/{key}', depth, safe)}" for key, item in members]) + "}"
    )


def _write_int(value: int, path: str, safe: bool) -> str:
    if -MAX_SAFE <= value <= MAX_SAFE:
        return int.__repr__(value)
    try:
        same = float(value)
    except OverflowError:
        same = 0.0
    if safe or int(same) != value:
        raise _refuse("integer", "an integer beyond 2^53-1", path)
    return es_number(same)


def _write_float(value: float, path: str, safe: bool) -> str:
    if value - value != 0:
        raise _refuse("number", str(value), path)
    if safe and value.is_integer() and abs(value) > MAX_SAFE:
        raise _refuse("integer", "an integer beyond 2^53-1", path)
    return es_number(value)


def es_number(value: float) -> str:
    """ECMA-262 Number::toString of a finite number. The digits of repr are the same: the shortest that read back."""
    if value == 0:
        return "0"
    if value.is_integer() and abs(value) <= MAX_SAFE:
        return str(int(value))
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    all_digits = whole + fraction
    digits = all_digits.lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(all_digits) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    head = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{head}e{'+' if power > 0 else '-'}{abs(power)}"


def _read_int(text: str) -> Any:
    # Beyond 2^53 a reader in another language holds a double; so do we.
    if len(text) < 16:
        return int(text)
    value = float(text) if len(text) > 400 else int(text)
    return value if -MAX_SAFE <= value <= MAX_SAFE else float(text)


def _read_pairs(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise RecordError("record.jcs.duplicate_key", f"duplicate member name {name!a}", got=name)
            seen.add(name)
    return members


def _read_constant(text: str) -> Any:
    raise RecordError("record.json", "text is not JSON", got=text)


def parse_strict(text: str, safe_integers: bool = False) -> Any:
    """JSON without its ambiguities: duplicate names, lone surrogates, numbers out of range and deep nesting are refused."""
    try:
        value = json.loads(text, object_pairs_hook=_read_pairs, parse_int=_read_int, parse_constant=_read_constant)
    except RecursionError:
        raise _refuse("depth", f"nesting deeper than {MAX_DEPTH}", "") from None
    except ValueError:
        raise RecordError("record.json", "text is not JSON") from None
    _write(value, "", 0, safe_integers)
    return value


def parse_canonical(text: str) -> Any:
    """Text that must be its own canonical form: every byte counts."""
    value = parse_strict(text)
    if canonicalize(value) != text:
        raise RecordError("record.jcs.form", "text is not in canonical form (RFC 8785)")
    return value
