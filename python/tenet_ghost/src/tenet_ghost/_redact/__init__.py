"""
Redaction: what is taken out of records before anything leaves the process. Rules are plain data, the same in every language. Secrets go by
default; the author's paths and patterns go as well; pseudonyms become tokens that the holder of the key turns back. Not here: encryption
of what is spooled.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from .._draft import Draft
from .redactor import Redactor
from .rules import compile_rules

__all__ = ["Redactor", "compile_redaction", "compile_redactor"]


def compile_redactor(options: Optional[Mapping[str, Any]] = None) -> Redactor:
    """Raises TypeError for rules that can't work."""
    return Redactor(compile_rules(options or {}))


def compile_redaction(options: Optional[Mapping[str, Any]] = None) -> Callable[[Draft], Draft]:
    """Raises TypeError for rules that can't work."""
    return compile_redactor(options).draft
