from __future__ import annotations

import base64
import re
from functools import partial
from pathlib import Path
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Pattern, Sequence, Tuple, TypeVar

from .paths import At, compile_paths, segments_of
from .pseudonym import Pseudonyms
from .secrets import SECRET_VALUES
from .shared_regex import translate

T = TypeVar("T")
TextRule = Tuple[str, Pattern[str]]


class Rules(NamedTuple):
    """The rules of a process, checked and ready."""

    secrets: bool
    #: Secrets by their form.
    values: Sequence[TextRule]
    #: The author's own, looked for in every text.
    patterns: Sequence[TextRule]
    root: At
    pseudonyms: Optional[Pseudonyms]


_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_OPTIONS = {"secrets", "paths", "patterns", "pseudonyms"}


def compile_rules(options: Mapping[str, Any]) -> Rules:
    """Raises TypeError for rules that can't work. Reads the key file."""
    unknown = set(options) - _OPTIONS
    if unknown:
        raise TypeError(f"redact has no option {', '.join(sorted(unknown))}")
    secrets = bool(options.get("secrets", True))
    pseudonyms = options.get("pseudonyms") or {}
    uses = [
        *((path, "redact") for path in options.get("paths") or ()),
        *((path, "pseudonym") for path in pseudonyms.get("paths") or ()),
    ]
    for path, _ in uses:
        _named("paths", partial(segments_of, path))
    key = _named("pseudonyms", lambda: _key_of(pseudonyms))
    return Rules(
        secrets=secrets,
        values=_compiled(SECRET_VALUES) if secrets else (),
        patterns=[_named("patterns", partial(_own_pattern, rule)) for rule in options.get("patterns") or ()],
        root=compile_paths(uses),
        pseudonyms=None if key is None else _named("pseudonyms", lambda: Pseudonyms(key)),
    )


def _compiled(rules: Sequence[Tuple[str, str]]) -> List[TextRule]:
    return [(name, translate(regex)) for name, regex in rules]


def _named(what: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except Exception as error:
        raise TypeError(f"redact.{what}: {error}") from error


def _own_pattern(rule: Mapping[str, Any]) -> TextRule:
    name, regex = rule["name"], rule["regex"]
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise TypeError(f"a name has 1 to 64 of A-Z a-z 0-9 _ . -, got {name!r}")
    compiled = translate(regex, own=True)
    if compiled.search("") is not None:
        raise TypeError(f"{name}: {regex} matches the empty text")
    return name, compiled


def _key_of(pseudonyms: Mapping[str, Any]) -> Optional[bytes]:
    text = pseudonyms.get("key")
    file = pseudonyms.get("key_file", pseudonyms.get("keyFile"))
    if text is None and file is not None:
        text = Path(file).read_text("utf-8")
    return None if text is None else base64.b64decode(text.strip(), validate=True)
