"""
The one activity of an agent worker. Bodies come and go through the API; Temporal sees ordinals and counts. Ends early with
`cursor` < `until` where the deadline or the budget says so. Failures carry our codes, and only those of the moment are retried.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Coroutine, Dict, Optional

from temporalio import activity
from temporalio.exceptions import ApplicationError

from .batch_run import BatchRun
from .doors import BatchHeader, Doors, Lane
from .errors import WorkerError
from .patiently import patiently
from .replay_child import ChildPool

REPLAY_BATCH = "tenet.replayBatch.v1"
_HEARTBEAT_S = 3.0
_OPEN_TRIES = 8
#: From this attempt on, an endpoint that keeps failing is a result: retries are bounded, and the run has to end.
_LAST_PUT_BACK_ATTEMPT = 3

Activity = Callable[[Dict[str, Any]], Coroutine[Any, Any, Dict[str, int]]]


class _ModelUnavailable(Exception):
    def __init__(self, retry_after_ms: Optional[float]) -> None:
        super().__init__("the model endpoint of the lane failed")
        self.retry_after_ms = retry_after_ms


def create_replay_batch(doors: Doors, pool: ChildPool, agent: str, digest: str) -> Activity:
    """`agent`: name@version that the children have loaded."""

    @activity.defn(name=REPLAY_BATCH)
    async def replay_batch(given: Dict[str, Any]) -> Dict[str, int]:
        info = activity.info()
        # May be stale when it is read back: the server hands out only what is missing.
        progress = _resume(given, info.heartbeat_details)
        beating = asyncio.ensure_future(_beat(progress))
        try:
            seconds = _seconds_left(given)
            work = _until_done(doors, pool, agent, digest, given, progress, info.attempt)
            await asyncio.wait_for(work, max(0.0, seconds))
        except asyncio.TimeoutError:
            # Out of time is a planned end: the cursor says how far it came.
            pass
        except WorkerError as error:
            raise _failure(error.code, error.message, error.retryable, error.retry_after_ms) from error
        except _ModelUnavailable as error:
            raise _failure("replay.model_unavailable", str(error), True, error.retry_after_ms) from error
        except Exception as error:
            # The message is left out: parsers quote the value that they choked on.
            raise _failure("internal", f"a fault of ours: {type(error).__name__}", True, None) from error
        finally:
            beating.cancel()
            activity.heartbeat(dict(progress))
        return dict(progress)

    return replay_batch


async def _beat(progress: Dict[str, int]) -> None:
    while True:
        await asyncio.sleep(_HEARTBEAT_S)
        activity.heartbeat(dict(progress))


async def _until_done(
    doors: Doors,
    pool: ChildPool,
    agent: str,
    digest: str,
    given: Dict[str, Any],
    progress: Dict[str, int],
    attempt: int,
) -> None:
    lane = Lane(given["runId"], given["lane"], given["repeat"])
    until, count = given["until"], given["count"]
    while progress["cursor"] < until:
        after = progress["cursor"]
        try:
            batch = await patiently(_OPEN_TRIES, doors.open, lane, after, until, count)
        except WorkerError as error:
            # A spent budget is a planned end, not a failure: the rows that are missing say the rest.
            if error.code == "budget.exhausted":
                return
            raise
        _assert_own(batch.header, agent, digest)
        before = _rows(progress)
        end = await BatchRun(doors, pool, lane, progress, attempt <= _LAST_PUT_BACK_ATTEMPT).run(batch)
        if end.model_unavailable:
            raise _ModelUnavailable(end.retry_after_ms)
        if end.complete:
            progress["cursor"] = max(batch.header.cursor, after)
        # A batch that brings nothing forward would be asked for without end: its lease was spent on nothing.
        if end.stop is not None or (progress["cursor"] == after and _rows(progress) == before):
            return


def _rows(progress: Dict[str, int]) -> int:
    return progress["done"] + progress["failed"] + progress["refused"]


def _resume(given: Dict[str, Any], details: Any) -> Dict[str, int]:
    known = details[0] if len(details) > 0 and isinstance(details[0], dict) else {}
    cursor: Any = known.get("cursor")
    if type(cursor) not in (int, float) or not given["after"] <= cursor <= given["until"]:
        return {"done": 0, "failed": 0, "refused": 0, "cursor": given["after"]}
    return {
        "cursor": int(cursor),
        **{name: int(known.get(name, 0)) for name in ("done", "failed", "refused")},
    }


def _seconds_left(given: Dict[str, Any]) -> float:
    if given.get("contract") != 1:
        raise WorkerError(
            "input.invalid",
            "this worker reads contract 1",
            field="/contract",
            expected="1",
            got=str(given.get("contract")),
            fix="update the agent worker",
        )
    try:
        deadline = datetime.fromisoformat(given["deadline"].replace("Z", "+00:00"))
    except (KeyError, AttributeError, ValueError):
        raise WorkerError(
            "input.invalid", "the deadline is not a time", field="/deadline", expected="RFC 3339"
        ) from None
    return (deadline - datetime.now(timezone.utc)).total_seconds()


def _assert_own(header: BatchHeader, agent: str, digest: str) -> None:
    """The server checks the token; this checks that the code loaded here is the code that was asked for."""
    if header.agent == agent and header.digest == digest:
        return
    raise WorkerError(
        "agent.digest_changed",
        "the run asks for another agent version than this worker has loaded",
        expected=f"{header.agent} {header.digest}",
        got=f"{agent} {digest}",
        fix="start a worker for that version, or register this one",
    )


def _failure(code: str, message: str, retryable: bool, retry_after_ms: Optional[float]) -> ApplicationError:
    delay = None if retry_after_ms is None else timedelta(milliseconds=retry_after_ms)
    return ApplicationError(message, type=code, non_retryable=not retryable, next_retry_delay=delay)
