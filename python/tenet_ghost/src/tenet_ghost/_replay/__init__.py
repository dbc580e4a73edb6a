"""
Re-runs recorded decisions by the function that made them: the half of the seam that an agent worker needs. It answers calls by
effect class and draws randomness from the item's seed. It is not a sandbox: keeping agent code from the network is the worker's
part. Specification: CAPTURE, "Matching" and "Agent worker contract".
"""

from .draws import Draws
from .replay_agent import replay_agent
from .types import LanePolicy, LiveModel, Price, ReplayItem, ReplayOptions, ReplayResult

__all__ = [
    "Draws",
    "LanePolicy",
    "LiveModel",
    "Price",
    "ReplayItem",
    "ReplayOptions",
    "ReplayResult",
    "replay_agent",
]
