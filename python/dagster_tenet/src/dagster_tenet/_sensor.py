"""New verdicts on drift start runs, or raise an alarm."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from ._errors import TenetError
from ._platform import GateRow

#: As many as the platform lists; a gate that was seen once is never old news again within it.
_REMEMBERED = 200


@dataclass(frozen=True)
class Seen:
    """The cursor: gates that have been told of. A gate that is pending is not: its verdict is still to come."""

    gates: tuple[str, ...] = ()

    @staticmethod
    def read(cursor: str | None) -> "Seen | None":
        if not cursor:
            return None
        try:
            return Seen(tuple(str(gate) for gate in json.loads(cursor)["seen"]))
        except (ValueError, KeyError, TypeError):
            return None

    def text(self) -> str:
        return json.dumps({"seen": list(self.gates)})

    def with_gates(self, gates: Sequence[GateRow]) -> "Seen":
        news = [gate.id for gate in gates if gate.id not in self.gates]
        return Seen((*self.gates, *news)[-_REMEMBERED:])


def tenet_drift_sensor(
    *,
    name: str = "tenet_drift",
    statuses: Sequence[str] = ("fail", "inconclusive"),
    agent: str | None = None,
    job: Any = None,
    run_config: Callable[[GateRow], Any] | None = None,
    on_verdict: Callable[[SensorEvaluationContext, GateRow], None] | None = None,
    from_start: bool = False,
    minimum_interval_seconds: int = 60,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    resource_key: str = "tenet",
    **sensor_args: Any,
) -> SensorDefinition:
    """
    For each new verdict of one of `statuses`: a run of `job` (run key and tags name the gate, so it starts once), and `on_verdict`, for an alarm. `agent`
    narrows to the gates of one agent, by name. The first tick takes note of what is there; with `from_start` it tells of it too.
    Its process also delivers what ended steps have left in the spool.
    """
    if job is None and on_verdict is None:
        raise ValueError("tenet_drift_sensor: give a job to run, or on_verdict")

    @sensor(
        name=name,
        job=job,
        minimum_interval_seconds=minimum_interval_seconds,
        default_status=default_status,
        required_resource_keys={resource_key},
        **{"description": "new verdicts of replay gates", **sensor_args},
    )
    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        tenet = getattr(context.resources, resource_key)
        try:
            gates: list[GateRow] = tenet.platform().gates()
        except TenetError as error:
            # The cursor stays: what happened meanwhile is told of at the next tick that gets through.
            return SkipReason(f"the platform could not be asked: {error}")
        ended = [gate for gate in reversed(gates) if gate.status != "pending"]
        seen = Seen.read(context.cursor)
        if seen is None and not from_start:
            return SensorResult(skip_reason="took note of what is there", cursor=Seen().with_gates(ended).text())
        seen = seen or Seen()
        news = [gate for gate in ended if gate.id not in seen.gates]
        told = [gate for gate in news if gate.status in statuses and _of_agent(gate, agent)]
        if on_verdict is not None:
            for gate in told:
                on_verdict(context, gate)
        requests = list(_requests(told, run_config)) if job is not None else []
        cursor = seen.with_gates(news).text()
        if not told:
            return SensorResult(skip_reason="no new verdict", cursor=cursor)
        return SensorResult(run_requests=requests, cursor=cursor)

    return evaluate


def _of_agent(gate: GateRow, agent: str | None) -> bool:
    return agent is None or gate.candidate.rpartition("@")[0] == agent


def _requests(gates: Sequence[GateRow], run_config: Callable[[GateRow], Any] | None) -> Iterator[RunRequest]:
    for gate in gates:
        yield RunRequest(
            run_key=gate.id,
            run_config=run_config(gate) if run_config is not None else None,
            tags={
                "tenet/gate": gate.id,
                "tenet/verdict": gate.status,
                "tenet/baseline": gate.baseline,
                "tenet/candidate": gate.candidate,
            },
        )
