"""Decisions that were made without the wrapper."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import _collect
from ._client import Client, Problem
from ._decision_draft import intent_of, provenance_of, rfc3339, subject_tag
from ._draft import Draft, Grade, Link, TapeEntry
from ._freeze import Frozen, freeze, settle, size_of
from ._notebook import Notebook, message_of
from ._options import AgentOptions
from ._read_decision import Mappers, Said, collect_said, read_decision
from ._record import decision_id
from ._scope import Ambient, ambient
from ._shared import shared


class Finished:
    """A finished decision as it was given, on its way to the writer thread."""

    def __init__(
        self, options: AgentOptions, client: Client, entry_id: str, said: Said, given: Mapping[str, Frozen]
    ) -> None:
        self.options = options
        self.client = client
        self.id = entry_id
        self.said = said
        self.given = given
        self.ambient: Ambient = ambient.get()
        self.session = self.ambient.session or client.session
        self.subject: Optional[str] = None
        self.kind = "decision"
        self.goal: Optional[str] = None
        self.occurred_at = time.time_ns()

    def build(self) -> Optional[Draft]:
        read = read_decision(self.said)
        options, client = self.options, self.client
        if read.outcome is None:
            client.refuse(Problem("record.no_outcome", f"{options.agent}: no outcome was given", id=self.id))
            return None
        inputs = settle(self.given["inputs"])
        tape: List[TapeEntry] = _as_list(settle(self.given["tape"]).value)
        notes = [*inputs.notes, *(fault.message for fault in read.faults)]
        subject = subject_tag(client, self.subject)
        if self.subject is not None and subject is None:
            notes.append("no subject tag: no tagKey is configured")
        draft: Draft = {
            "kind": self.kind,
            "type": options.type,
            "id": self.id,
            "agent": options.agent,
            "links": _links(settle(self.given["links"]).value),
            "occurredAt": rfc3339(self.occurred_at),
            "record": {
                "intent": intent_of(client, self.ambient, self.goal or options.type, self.session, self.ambient.parent),
                "context": {"inputs": inputs.value},
                "reasoning": read.reasoning,
                "alternatives": read.alternatives,
                "decision": {"outcome": read.outcome},
                "provenance": provenance_of(client, options, self.ambient, None),
                "tape": tape,
                "grade": _grade(tape, notes),
            },
        }
        versions = settle(self.given["external_versions"]).value
        if isinstance(versions, dict):
            draft["record"]["context"]["externalVersions"] = {name: str(value) for name, value in versions.items()}
        if read.confidence is not None:
            draft["record"]["decision"]["confidence"] = read.confidence
        if read.rules is not None:
            draft["record"]["decision"]["rules"] = read.rules
        if subject is not None:
            draft["subject"] = subject
        if options.split_inputs:
            draft["splitInputs"] = list(options.split_inputs)
        return draft


def _grade(tape: Sequence[TapeEntry], notes: Sequence[str]) -> Grade:
    """Nothing here was seen while it ran, so a tape that is given can be incomplete at best."""
    if not tape:
        return {"grade": "D", "reasons": ["recorded after the fact, without a tape", *notes]}
    return {"grade": "C", "reasons": ["recorded after the fact, with a tape of the caller", *notes]}


def _as_list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


def _links(value: Any) -> List[Link]:
    return [
        {"rel": link["rel"], "id": link["id"]}
        for link in _as_list(value)
        if isinstance(link, dict) and isinstance(link.get("rel"), str) and isinstance(link.get("id"), str)
    ]


def record_finished(decision: Dict[str, Any]) -> Optional[str]:
    """Returns the decision's id, or None where it could not be recorded."""
    client = shared.current_client()
    try:
        return _record_finished(client, decision)
    except Exception as error:
        client.problem(Problem("record.capture", message_of(error)))
        return None


def _record_finished(client: Client, given: Dict[str, Any]) -> Optional[str]:
    notebook = Notebook()
    notebook.decide(given["outcome"], {"confidence": given["confidence"], "rules": given["rules"]})
    reasoning, alternatives = given["reasoning"], given["alternatives"]
    mappers = Mappers(
        reasons=None if reasoning is None else lambda _: reasoning,
        alternatives=None if alternatives is None else lambda _: list(alternatives),
    )
    said = collect_said(mappers, None, notebook)
    options = AgentOptions(
        name=given["agent"],
        version=given["version"],
        type=given["type"] or given["agent"],
        mappers=mappers,
        split_inputs=tuple(given["split_inputs"] or ()),
        model=given["model"],
        prompt_version=given["prompt_version"],
        code_digest=given["code_digest"],
    )
    session = ambient.get().session or client.session
    key = given["key"]
    named = None if key is None else decision_id(client.tenant, options.name, options.version, session, str(key))
    frozen = {name: freeze(given[name]) for name in ("inputs", "tape", "links", "external_versions")}
    finished = Finished(options, client, named or client.new_id(), said, frozen)
    finished.subject = None if given["subject"] is None else str(given["subject"])
    finished.goal = given["goal"]
    finished.kind = given["kind"]
    if given["occurred_at"] is not None:
        finished.occurred_at = nanoseconds_of(given["occurred_at"])
    if said.outcome is None or said.outcome.strip() == "":
        client.refuse(Problem("record.no_outcome", f"{options.agent}: no outcome was given", id=finished.id))
        return None
    _collect.note(finished.id)
    client.defer(finished.build, sum(size_of(value) for value in frozen.values()) + 1024)
    return finished.id


def nanoseconds_of(when: datetime) -> int:
    aware = when if when.tzinfo is not None else when.astimezone()
    seconds = int(aware.replace(microsecond=0).timestamp())
    return seconds * 1_000_000_000 + aware.microsecond * 1000
