"""Calls answered live in a re-run. They join the pool of the decision, so that the next re-run finds them."""

from __future__ import annotations

import time
from typing import List

from .._call import Call, Value
from .._call_key import Arguments
from .._draft import TapeEntry
from .._freeze import freeze
from .._scope import Outcome
from .._tape import make_tape


class LiveTape:
    def __init__(self) -> None:
        self._started = time.perf_counter_ns()
        self._calls: List[Call] = []

    def start(self, kind: str, name: str, asked: Arguments) -> Outcome:
        call = Call(Value(kind, name, "read"), asked.key, freeze(asked.args))
        self._calls.append(call)
        return call

    def entries(self) -> List[TapeEntry]:
        """Complete answers only: a failure of the moment must not be served to others."""
        tape = make_tape(self._calls, self._started, time.perf_counter_ns(), 0)
        return [entry for entry in tape.entries if "error" not in entry]
