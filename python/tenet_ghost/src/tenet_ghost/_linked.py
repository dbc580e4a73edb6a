"""What follows a decision (FORMAT, 2.2), each an entry of its own that names it; the decision's record is never changed."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

from ._capture_run import CaptureRun
from ._client import Client, Problem
from ._decision_draft import rfc3339
from ._draft import Draft, Field
from ._finished import nanoseconds_of
from ._notebook import message_of
from ._record import decision_id
from ._scope import current_scope
from ._sdk import SDK
from ._shared import shared
from ._snapshot import snapshot, well_formed
from ._ulid import new_ulid

When = Union[datetime, str]

_PREFIX = {"effect": "eff_", "override": "ovr_", "correction": "cor_"}
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")


class Linked:
    """Each gives the id of its entry, or None where it could not be recorded, which is reported. In a replay they do nothing."""

    def effect(
        self,
        decision_id: str,
        *,
        action: str,
        result: str = "success",
        target: Optional[str] = None,
        side_effects: Optional[Sequence[Any]] = None,
        revert_action: Optional[str] = None,
        actor: Optional[str] = None,
        detail: Any = None,
        type: str = "effect",
        agent: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Optional[str]:
        """What came of a decision downstream: `result` is success, failure or pending. With a `key` told twice it is one entry."""

        def read() -> Dict[str, Any]:
            return {
                "action": _needed("action", action),
                "target": target,
                "result": _one_of("result", result, ("success", "failure", "pending")),
                "sideEffects": None if side_effects is None else list(side_effects),
                "revertAction": revert_action,
                "actor": None if actor is None else _one_of("actor", actor, ("agent", "human")),
                "detail": detail,
            }

        return _link("effect", decision_id, type, agent, key, read)

    def override(
        self,
        decision_id: str,
        *,
        by: str,
        reason: str,
        outcome: str,
        previous: Optional[str] = None,
        shown_at: Optional[When] = None,
        decided_at: Optional[When] = None,
        dwell_ms: Optional[float] = None,
        type: str = "override",
        agent: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Optional[str]:
        """A person decided otherwise, or looked and agreed. `dwell_ms`: how long the case was shown; else from the two times."""

        def read() -> Dict[str, Any]:
            decided = time.time_ns() if decided_at is None else _instant("decided_at", decided_at)
            shown = None if shown_at is None else _instant("shown_at", shown_at)
            between = None if shown is None else max(0, decided - shown) // 1_000_000
            return {
                "by": _needed("by", by),
                "reason": _needed("reason", reason),
                "outcome": _needed("outcome", outcome),
                "previous": previous,
                "shownAt": None if shown is None else rfc3339(shown),
                "decidedAt": rfc3339(decided),
                "dwellMs": between if dwell_ms is None else max(0, round(dwell_ms)),
            }

        return _link("override", decision_id, type, agent, key, read)

    def correction(
        self,
        decision_id: str,
        *,
        reason: str,
        fields: Mapping[str, Any],
        by: Optional[str] = None,
        type: str = "correction",
        agent: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Optional[str]:
        """What the record should have said: path in it ("/decision/outcome") → value."""

        def read() -> Dict[str, Any]:
            bad = next((path for path in fields if _POINTER.fullmatch(path) is None), None)
            if not fields or bad is not None:
                raise ValueError(f'fields: expected paths such as "/decision/outcome", got {bad or "none"}')
            return {"reason": _needed("reason", reason), "fields": dict(fields), "by": by}

        return _link("correction", decision_id, type, agent, key, read)


def _link(
    kind: str,
    about: str,
    entry_type: str,
    agent: Optional[str],
    key: Optional[str],
    read: Callable[[], Dict[str, Any]],
) -> Optional[str]:
    scope = current_scope()
    # What a replay decides has no consequences.
    if scope is not None and scope.run.mode == "replay":
        return None
    client = shared.current_client()
    try:
        if not isinstance(about, str) or _ID.fullmatch(about) is None:
            raise ValueError("the decision is named by no id")
        entry: Draft = {
            "kind": kind,
            "type": well_formed(entry_type),
            "id": _PREFIX[kind] + _own_id(client, kind, about, key),
            "agent": agent or _agent_under_way(None if scope is None else scope.run),
            "links": [{"rel": "decision", "id": about}],
            "occurredAt": rfc3339(time.time_ns()),
            "fields": _fields(kind, read()),
        }
        client.enqueue(entry, 1024)
        return entry["id"]
    except Exception as error:
        client.refuse(Problem("record.invalid", f"{kind} of {about!s:.200}: {message_of(error)}"))
        return None


def _own_id(client: Client, kind: str, about: str, key: Optional[str]) -> str:
    """The same key for the same decision is the same entry, however often it is told."""
    return new_ulid() if key is None else decision_id(client.tenant, kind, about, "", well_formed(key))[4:]


def _agent_under_way(run: Any) -> str:
    return run.options.agent if isinstance(run, CaptureRun) else SDK.replace("/", "@")


def _fields(kind: str, members: Mapping[str, Any]) -> List[Field]:
    fields: List[Field] = []
    for name, member in members.items():
        if member is None:
            continue
        taken = snapshot(member)
        if not taken.kept:
            raise ValueError(f"{name} {taken.notes[0]}")
        fields.append({"path": f"/{kind}/{name}", "value": taken.value})
    return fields


def _needed(name: str, value: Any) -> str:
    if not isinstance(value, str) or value.strip() == "":
        raise ValueError(f"{name} is missing")
    return value


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise ValueError(f"{name}: expected {', '.join(allowed)}, got {value}")
    return value


def _instant(name: str, when: When) -> int:
    try:
        return nanoseconds_of(datetime.fromisoformat(when.replace("Z", "+00:00")) if isinstance(when, str) else when)
    except (AttributeError, ValueError):
        raise ValueError(f"{name} is not a time") from None
