"""Regexes that JavaScript (flags `gu`) and Python read alike."""

from __future__ import annotations

import re
from typing import List, Pattern

#: What means something else in the other language, or nothing: groups but `(?:`, back references, classes by property.
_NOT_COMMON = re.compile(r"\(\?(?!:)|\\[1-9pPkuxcAzZbBGQE]|[*+?}]\+")
#: JavaScript's white space, for within a class.
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
#: What may be escaped under the flag `u` beside letters that mean something.
_ESCAPABLE = frozenset("^$\\.*+?()[]{}|/")
_LETTERS = frozenset("dDsSwWtnvfr0bB")


def translate(regex: str, own: bool = False) -> Pattern[str]:
    """`own`: not one of ours, so it is checked. Raises TypeError or re.error."""
    if not isinstance(regex, str):
        raise TypeError(f"expected a regex, got {type(regex).__name__}")
    if own and _NOT_COMMON.search(regex) is not None:
        raise TypeError(f"JavaScript and Python do not read {regex} alike")
    out: List[str] = []
    at, inside = 0, False
    regex = regex.replace(r"[\s\S]", "(?s:.)") if not own else regex
    while at < len(regex):
        char = regex[at]
        if char == "\\":
            pair = regex[at : at + 2]
            _check_escape(pair, inside)
            out.append(_escape(pair, inside))
            at += 2
            continue
        if inside:
            inside = char != "]"
            out.append("\\[" if char == "[" else char)
        elif char == "[":
            inside = True
            out.append(char)
        elif char == "$":
            out.append(r"\Z")
        elif char == "." and not regex.startswith("(?s:.)", at - 4):
            out.append(r"[^\n\r\u2028\u2029]")
        else:
            out.append(char)
        at += 1
    return re.compile("".join(out), re.ASCII)


def _check_escape(pair: str, inside: bool) -> None:
    if len(pair) < 2 or not (pair[1] in _ESCAPABLE or pair[1] in _LETTERS or (inside and pair[1] == "-")):
        raise TypeError(f"{pair} is no escape in JavaScript")


def _escape(pair: str, inside: bool) -> str:
    if pair == r"\s":
        return _SPACE if inside else f"[{_SPACE}]"
    if pair == r"\S" and not inside:
        return f"[^{_SPACE}]"
    return pair
