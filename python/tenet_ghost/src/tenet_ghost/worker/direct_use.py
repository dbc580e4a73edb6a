"""
Notices agent code that reads the clock or draws random numbers past `ghost.current()`: such a run can't be repeated. The values stay
what they are. `datetime.now` is a method of a built-in class and is not seen.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import time
import uuid
from typing import Any, Callable

_RANDOM = (
    "random",
    "uniform",
    "randint",
    "randrange",
    "choice",
    "choices",
    "sample",
    "shuffle",
    "gauss",
    "getrandbits",
)


def watch_direct_use(root: str, seen: Callable[[str], None]) -> None:
    """`root`: what lies in this folder is the agent's own code; libraries may do as they like."""
    inside = root.rstrip(os.sep) + os.sep

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            if sys._getframe(1).f_code.co_filename.startswith(inside):
                seen(name)
            return original(*args, **kwargs)

        return call

    for owner, names in ((time, ("time", "time_ns")), (random, _RANDOM), (uuid, ("uuid1", "uuid4"))):
        for name in names:
            setattr(owner, name, watched(f"{owner.__name__}.{name}", getattr(owner, name)))
