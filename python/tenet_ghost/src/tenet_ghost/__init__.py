"""
Ghost SDK: one wrapper that captures what an agent decides and lets the same function be re-run later.

It takes part in the caller's process and owes it three things: it never raises into it, never keeps it alive, never writes to
its stdout. Records are signed here, spooled to disk and sent in the background.
"""

from ._client import FlushResult, GhostStats, Problem
from ._surface import ghost

__all__ = ["FlushResult", "GhostStats", "Problem", "ghost"]
__version__ = "0.1.0"
