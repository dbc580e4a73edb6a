"""
Dagster integration of Tenet: where a decision came from, on the decision; how many were made and where they are, on the materialisation;
whether a new version would decide the same, as a check that blocks.

Not here: recording itself, which is `tenet_ghost`; and the gate, which the platform runs.
"""

from ._checks import tenet_coverage_check as tenet_coverage_check
from ._checks import tenet_gate_check as tenet_gate_check
from ._client import TenetClient as TenetClient
from ._errors import TenetError as TenetError
from ._lineage import lineage_of as lineage_of
from ._pipes import TenetPipesClient as TenetPipesClient
from ._pipes import TenetPipesInvocation as TenetPipesInvocation
from ._platform import GateRow as GateRow
from ._platform import Platform as Platform
from ._replay import tenet_replay_asset as tenet_replay_asset
from ._resource import TenetResource as TenetResource
from ._sensor import tenet_drift_sensor as tenet_drift_sensor

__version__ = "0.1.0"
