"""
The agent worker for Python: serves one agent version to the platform. Its process knows the API, Temporal and its token; the agent's
code runs in child processes that know none of them. Specification: CAPTURE, "Agent worker contract". `python -m
tenet_ghost.worker --help` says how it is started.
"""

from .digest import agent_digest
from .errors import WorkerError

__all__ = ["WorkerError", "agent_digest"]
