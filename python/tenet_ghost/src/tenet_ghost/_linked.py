"""What follows a decision, each an entry of its own that names it; the decision's record is never changed."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Mapping, Optional, Sequence, Union

from ._decision_draft import rfc3339
from ._finished import record_linked, time_text
from ._scope import current_scope

When = Union[datetime, str]

#: Whoever tells of what happened later need not be the agent that decided.
_UNNAMED = "ghost"


class Linked:
    def effect(
        self,
        decision_id: str,
        *,
        action: str,
        result: str = "success",
        target: Optional[str] = None,
        side_effects: Optional[Sequence[str]] = None,
        revert_action: Optional[str] = None,
        actor: Optional[str] = None,
        detail: Any = None,
        type: str = "effect",
        agent: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Optional[str]:
        """What came of a decision downstream: `result` is success, failure or pending. Returns the entry's id."""
        fields = {
            "action": action,
            "target": target,
            "result": result,
            "sideEffects": None if side_effects is None else list(side_effects),
            "revertAction": revert_action,
            "actor": actor,
            "detail": detail,
        }
        return record_linked("effect", _agent_name(agent), type, decision_id, fields, key)

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
        dwell_ms: Optional[int] = None,
        type: str = "override",
        agent: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Optional[str]:
        """A person decided otherwise, or looked and agreed. `dwell_ms`: how long the case was shown; else from the two times."""
        decided = time_text(decided_at) or rfc3339(time.time_ns())
        fields = {
            "by": by,
            "reason": reason,
            "outcome": outcome,
            "previous": previous,
            "shownAt": time_text(shown_at),
            "decidedAt": decided,
            "dwellMs": _dwell(time_text(shown_at), decided) if dwell_ms is None else int(dwell_ms),
        }
        return record_linked("override", _agent_name(agent), type, decision_id, fields, key)

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
        """What the record should have said: path in it → value."""
        named = {"reason": reason, "fields": dict(fields), "by": by}
        return record_linked("correction", _agent_name(agent), type, decision_id, named, key)


def _agent_name(given: Optional[str]) -> str:
    if given is not None:
        return given
    scope = current_scope()
    options = getattr(None if scope is None else scope.run, "options", None)
    return getattr(options, "agent", _UNNAMED)


def _dwell(shown: Optional[str], decided: str) -> Optional[int]:
    if shown is None:
        return None
    try:
        start, end = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (shown, decided))
        return max(0, round((end - start).total_seconds() * 1000))
    except (TypeError, ValueError):
        return None
