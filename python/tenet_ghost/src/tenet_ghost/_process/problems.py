from __future__ import annotations

import os
import threading
import warnings
from typing import Callable, Mapping, Optional

from .._client import Problem
from .clock import rfc3339_now


class Problems:
    """Reports without ever raising back, and remembers the last one."""

    def __init__(self, on_problem: Optional[Callable[[Problem], None]]) -> None:
        self._on_problem = on_problem
        self._inside = threading.local()
        self.last: Optional[Mapping[str, str]] = None

    def __call__(self, problem: Problem) -> None:
        self.last = {"code": problem.code, "message": problem.message, "at": rfc3339_now()}
        # A handler that records a decision which has a problem of its own would come here for ever.
        if getattr(self._inside, "here", False):
            return
        self._inside.here = True
        try:
            if self._on_problem is not None:
                self._on_problem(problem)
            elif "TENET_GHOST_DEBUG" in os.environ:
                warnings.warn(f"{problem.code}: {problem.message}", RuntimeWarning, stacklevel=2)
        except Exception:
            # The caller's own handler failed; there is nobody left to tell.
            pass
        finally:
            self._inside.here = False
