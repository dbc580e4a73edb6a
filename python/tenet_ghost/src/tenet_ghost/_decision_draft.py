"""The writer thread's half of a capture: what the caller kept becomes the draft of a record."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from ._client import Client, Problem
from ._draft import DecisionRecord, Draft, Intent, Link, Provenance
from ._freeze import settle
from ._grade import GradeInput, grade_of
from ._options import AgentOptions
from ._read_decision import ReadDecision, read_decision
from ._scope import Ambient
from ._sdk import SDK
from ._snapshot import snapshot, well_formed
from ._tape import last_answered, make_tape, models_of

if TYPE_CHECKING:
    from ._capture import Opened

_ID = re.compile(r"[\x21-\x7e]{1,200}")


def build_draft(opened: Opened) -> Optional[Draft]:
    run, options, client = opened, opened.options, opened.client
    read = read_decision(opened)
    outcome = read.outcome or ("error" if opened.failed else None)
    if outcome is None:
        why = next((fault.message for fault in read.faults if fault.layer == "outcome"), "the agent gave no outcome")
        client.refuse(Problem("record.no_outcome", f"{options.agent}: {why}", id=run.decision_id()))
        return None
    faults = [*opened.notes, *(fault.message for fault in read.faults)]
    if opened.failed:
        faults.append("the agent threw")
    subject = opened.tag or subject_tag(client, opened.subject)
    if opened.subject is not None and subject is None:
        faults.append("no subject tag: no tagKey is configured")
    draft: Draft = {
        "kind": "decision",
        "type": options.type,
        "id": run.decision_id(),
        "agent": options.agent,
        "links": parent_links(opened.parent_id),
        "occurredAt": rfc3339(opened.started_at),
        "record": _record(opened, read, outcome, faults),
    }
    if subject is not None:
        draft["subject"] = subject
    if options.split_inputs:
        draft["splitInputs"] = list(options.split_inputs)
    return draft


def _record(opened: Opened, read: ReadDecision, outcome: str, faults: List[str]) -> DecisionRecord:
    run = opened
    inputs = settle(opened.inputs)
    tape = make_tape(run.calls[: opened.counted], run.started, opened.ended, run.lost, run.resumed)
    models = list(run.models)
    record: DecisionRecord = {
        "intent": intent_of(run.client, run.ambient, opened.goal or run.options.type, run.session, opened.parent_id),
        "context": {"inputs": inputs.value},
        "reasoning": read.reasoning,
        "alternatives": read.alternatives,
        "decision": {"outcome": outcome},
        "provenance": provenance_of(run.client, run.options, run.ambient, last_answered(models)),
        "tape": tape.entries,
        "grade": grade_of(
            GradeInput(
                tape,
                models_of(models),
                tuple(run.untaped or ()),
                inputs,
                len(read.reasoning) > 0,
                run.options.prompt_version,
                faults,
                run.not_alone,
            )
        ),
    }
    if read.confidence is not None:
        record["decision"]["confidence"] = read.confidence
    if read.rules is not None:
        record["decision"]["rules"] = read.rules
    return record


def intent_of(client: Client, around: Ambient, goal: str, session: str, parent: Optional[str]) -> Intent:
    intent: Intent = {
        "goal": well_formed(goal),
        "origin": around.origin or client.origin,
        "session": well_formed(session),
    }
    if parent is not None:
        intent["parent"] = well_formed(parent)
    if around.constraints is not None:
        intent["constraints"] = [well_formed(str(text)) for text in around.constraints]
    return intent


def provenance_of(client: Client, options: AgentOptions, around: Ambient, model_seen: Optional[str]) -> Provenance:
    provenance: Provenance = {"agent": options.name, "version": options.version, "sdk": SDK}
    code_digest = options.code_digest or client.code_digest
    model = options.model or model_seen
    if code_digest is not None:
        provenance["codeDigest"] = code_digest
    if model is not None:
        provenance["model"] = well_formed(model)
    if options.prompt_version is not None:
        provenance["promptVersion"] = options.prompt_version
    lineage = lineage_of(client.lineage, around.lineage)
    if lineage:
        provenance["lineage"] = lineage
    return provenance


def lineage_of(own: Mapping[str, Any], around: Optional[Mapping[str, Any]]) -> Dict[str, Any]:
    both = {**own, **(around or {})}
    taken = snapshot(both).value if both else None
    return taken if isinstance(taken, dict) else {}


def parent_links(parent: Optional[str]) -> List[Link]:
    if parent is None or _ID.fullmatch(parent) is None:
        return []
    return [{"rel": "parent", "id": parent}]


def subject_tag(client: Client, subject: Optional[str]) -> Optional[str]:
    """LEDGER: HMAC-SHA-256(tag key, subject id). Without the key nothing about the subject leaves the process."""
    if client.tag_key is None or subject is None:
        return None
    mac = hmac.new(client.tag_key, well_formed(subject).encode("utf-8"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode("ascii").rstrip("=")


def rfc3339(nanoseconds: int) -> str:
    """UTC with milliseconds."""
    seconds, rest = divmod(nanoseconds // 1_000_000, 1000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
