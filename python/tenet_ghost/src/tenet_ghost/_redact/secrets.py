"""What is a secret by default, as data: the same lists as in the other SDK, which the shared vectors hold."""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple

#: Names of members whose value is a secret, in lower case and without `-` and `_`.
SECRET_NAMES = frozenset(
    [
        *("authorization", "cookie", "setcookie", "apikey", "xapikey", "password", "passwd", "secret"),
        *("clientsecret", "accesstoken", "refreshtoken", "privatekey"),
    ]
)

#: Secrets by their form, in the order they are looked for. Written for JavaScript (flags `gu`) and Python alike.
SECRET_VALUES: Tuple[Tuple[str, str], ...] = (
    (
        "privatekey",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?![\s\S]))",
    ),
    ("bearer", r"[Bb]earer +[A-Za-z0-9._~+/=-]{16,}"),
    ("jwt", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    ("apikey", r"(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,}"),
    ("tenetkey", r"(?<![A-Za-z0-9_-])tnt_[A-Za-z0-9_-]{16,}"),
    ("awskey", r"(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("urlpassword", r"(?<=://)[^\s/:@?#]*:[^\s/@?#]+(?=@)"),
)

#: A member with a secret name inside a text: tool calls of a model carry their arguments as JSON text.
JSON_MEMBER = r'("([A-Za-z_-]{6,24})"\s*:\s*)"((?:[^"\\]|\\.)*)"'

#: 13 to 19 digits with single spaces or dashes. First digit 2 to 6: a time in milliseconds is no card, and neither is what stands
#: before or behind a decimal point.
CARD = "(?<![A-Za-z0-9])(?<![0-9][.])[2-6](?:[ -]?[0-9]){12,18}(?![A-Za-z0-9]|[.][0-9])"

#: Every text with a secret in it has one of these.
HINT = re.compile(r'[Bb]earer|sk-|tnt_|AKIA|ASIA|PRIVATE KEY|eyJ|://|"\s*:|[0-9](?:[ -]?[0-9]){12}')

_known: Dict[str, Optional[str]] = {}


def secret_name(member: str) -> Optional[str]:
    """The name without `-` and `_` where it is one of a secret."""
    if not 6 <= len(member) <= 24:
        return None
    if member in _known:
        return _known[member]
    plain = member.lower().replace("-", "").replace("_", "")
    name = plain if plain in SECRET_NAMES else None
    if len(_known) < 4096:
        _known[member] = name
    return name


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for i, char in enumerate(reversed(digits)):
        digit = ord(char) - 48
        total += digit if i % 2 == 0 else digit * 2 - 9 if digit > 4 else digit * 2
    return total % 10 == 0


def card_in(run: str) -> Optional[str]:
    """The card number that a run of digits begins with: a check code may follow it after a space."""
    end = len(run)
    while end > 0:
        digits = run[:end].replace(" ", "").replace("-", "")
        if len(digits) < 13:
            return None
        if luhn(digits):
            return run[:end]
        end = max(run.rfind(" ", 0, end), run.rfind("-", 0, end))
    return None


def is_card_number(value: float) -> bool:
    """15 or 16 digits: what a card number is when it is written as a number."""
    if not 2e14 <= value < 7e15 or int(value) != value:
        return False
    text = str(int(value))
    return text[0] in "23456" and luhn(text)
