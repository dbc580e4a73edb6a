from __future__ import annotations

import atexit
import gc
import os
import warnings
from typing import Any, Optional

from .._client import Problem
from .._shared import shared
from .client import ProcessClient
from .config import read_config
from .problems import Problems

_current: Optional[ProcessClient] = None


def configure(**options: Any) -> bool:
    """Never raises: an agent module that configures itself has to load in a replay too, where its environment is empty."""
    global _current
    problems = Problems(options.get("on_problem"))
    before = _current
    try:
        client = ProcessClient(read_config(options, problems), problems)
    except Exception as error:
        shared.client = _current = None
        message = str(error) or type(error).__name__
        problems(Problem("ghost.not_configured", message))
        if options.get("on_problem") is None:
            warnings.warn(message, RuntimeWarning, stacklevel=3)
        return False
    finally:
        if before is not None:
            before.close()
    shared.client = _current = client
    client.start_if_left()
    return True


def get_ready() -> None:
    """
    For who knows that records will come: what the first one would pay for is done now. What waits for the writer is young to the garbage
    collector, and with what others have left there it may be due in the midst of the first records: it has its turn before.
    """
    if _current is not None:
        _current.start()
        gc.collect(1)


def _close() -> None:
    if _current is not None:
        _current.close()


def _in_child() -> None:
    """The parent's threads are not here, its folder and queue stay its own: a child is a producer of its own."""
    global _current
    parent = _current
    if parent is None:
        return
    try:
        parent.forget()
        _current = ProcessClient(parent.config, Problems(parent.config.on_problem))
        if shared.client is parent:
            shared.client = _current
    except Exception:
        shared.client = _current = None


atexit.register(_close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
