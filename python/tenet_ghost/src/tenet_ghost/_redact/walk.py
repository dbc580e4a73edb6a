from __future__ import annotations

import re
from typing import Any, Dict, List, Match, Optional, Pattern, Set

from .paths import At, descend, use_at
from .pseudonym import is_pseudonym
from .rules import Rules
from .secrets import CARD, HINT, JSON_MEMBER, card_in, is_card_number, secret_name
from .shared_regex import translate

#: No secret fits into less.
_SHORTEST = 9
_WHOLE = re.compile(r"\[redacted:[^\]]*\](?:#[0-9]+)?")
_json_member = translate(JSON_MEMBER)
_card = translate(CARD)


class Tally:
    """What one record lost."""

    def __init__(self) -> None:
        self.redacted = 0
        self.pseudonyms = 0
        self.names: Set[str] = set()


class Walk:
    """Goes through values by one set of rules. What needs no change is given back as it is, not copied."""

    def __init__(self, rules: Rules, tally: Tally) -> None:
        self.rules = rules
        self.tally = tally
        #: A shorter text is not worth a look.
        self._shortest = 1 if rules.patterns else _SHORTEST if rules.secrets else 1 << 62

    def value(self, value: Any, at: At) -> Any:
        use = use_at(at) if at else None
        if use == "redact":
            return self._whole(value, "path")
        if use == "pseudonym":
            return self._pseudonym(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._members(value, at)
        if isinstance(value, list):
            return self._list(value, at)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        return self._say("card") if self.rules.secrets and is_card_number(value) else value

    def member(self, name: str, value: Any, at: At) -> Any:
        """A value by the name it has."""
        secret = secret_name(name) if self.rules.secrets else None
        return self._whole(value, secret) if secret is not None and use_at(at) is None else self.value(value, at)

    def text(self, text: str) -> str:
        """One text by the rules about form."""
        if len(text) < self._shortest or _is_whole(text):
            return text
        rules = self.rules
        out = text
        if rules.secrets and len(text) >= _SHORTEST and HINT.search(text) is not None:
            for name, regex in rules.values:
                out = self._replace(out, regex, name)
            out = _json_member.sub(self._json_member, out)
            out = _card.sub(self._card, out)
        for name, regex in rules.patterns:
            out = self._replace(out, regex, name)
        return out

    def _list(self, items: List[Any], at: At) -> List[Any]:
        out: Optional[List[Any]] = None
        shortest = self._shortest
        for i, before in enumerate(items):
            if not at and type(before) is str and len(before) < shortest:
                continue
            after = self.value(before, descend(at, str(i)) if at else at)
            if after is not before:
                out = out if out is not None else list(items)
                out[i] = after
        return items if out is None else out

    def _members(self, members: Dict[str, Any], at: At) -> Dict[str, Any]:
        names: List[str] = []
        values: List[Any] = []
        changed = False
        shortest, secrets = self._shortest, self.rules.secrets
        for key, before in members.items():
            if at:
                after = self.member(key, before, descend(at, key))
            elif secrets and secret_name(key) is not None:
                after = self.member(key, before, at)
            elif type(before) is str:
                after = before if len(before) < shortest else self.text(before)
            else:
                after = self.value(before, at)
            name = key if len(key) < shortest else self.text(key)
            names.append(name)
            values.append(after)
            if after is not before or name is not key:
                changed = True
        return _members_of(names, values) if changed else members

    def _whole(self, value: Any, name: str) -> Any:
        """What says nothing (null, a flag, an empty text) stays."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        if isinstance(value, str) and _is_whole(value):
            return value
        return self._say(name)

    def _pseudonym(self, value: Any) -> Any:
        """At and below a pseudonym's path: texts become tokens, numbers are redacted."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return self._whole(value, "pseudonym")
        if isinstance(value, str):
            if value == "" or is_pseudonym(value) or _is_whole(value):
                return value
            if self.rules.pseudonyms is None:
                return self._whole(value, "pseudonym")
            self.tally.pseudonyms += 1
            return self.rules.pseudonyms.hide(value)
        if isinstance(value, list):
            return [self._pseudonym(item) for item in value]
        return _members_of([self.text(key) for key in value], [self._pseudonym(item) for item in value.values()])

    def _say(self, name: str) -> str:
        self.tally.redacted += 1
        self.tally.names.add(name)
        return f"[redacted:{name}]"

    def _replace(self, text: str, regex: Pattern[str], name: str) -> str:
        return regex.sub(lambda match: match[0] if _is_whole(match[0]) else self._say(name), text)

    def _json_member(self, match: Match[str]) -> str:
        before, member, value = match[1], match[2], match[3]
        name = secret_name(member)
        return match[0] if name is None or value == "" or _is_whole(value) else f'{before}"{self._say(name)}"'

    def _card(self, match: Match[str]) -> str:
        number = card_in(match[0])
        return match[0] if number is None else self._say("card") + match[0][len(number) :]


def _is_whole(text: str) -> bool:
    return text.startswith("[redacted:") and _WHOLE.fullmatch(text) is not None


def _members_of(names: List[str], values: List[Any]) -> Dict[str, Any]:
    """Names that became one are told apart by a number, so that no value is lost."""
    out: Dict[str, Any] = {}
    for name, value in zip(names, values):
        free, n = name, 2
        while free in out:
            free, n = f"{name}#{n}", n + 1
        out[free] = value
    return out
