"""
A decision on its way from one process to the next: what its record would say by now, and what the grade has to know. Opaque to who
keeps it, the same text in every language. It leaves the process, so it is redacted as a record is.
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any, Dict, List, Mapping

from ._capture import Opened
from ._client import Client
from ._decision_draft import intent_of, lineage_of, parent_links, provenance_of, rfc3339, subject_tag
from ._draft import Draft
from ._freeze import settle
from ._options import AgentOptions
from ._read_decision import NO_MAPPERS, collect_said, read_decision
from ._scope import Ambient
from ._snapshot import Snapshot
from ._tape import Tape, TapeState, make_tape

NOT_ALONE = "made in several steps: there is no one function to re-run"
_LOST = re.compile(r"(?:redacted|pseudonyms): ")


def token_of(opened: Opened) -> str:
    run, options = opened, opened.options
    client = run.client
    tape = make_tape(list(run.calls), run.started, time.perf_counter_ns(), run.lost, run.resumed)
    draft = client.redact(_draft_so_far(opened, tape))
    record = draft["record"]
    inputs = settle(opened.inputs)
    state: Dict[str, Any] = {
        "v": 1,
        "id": run.decision_id(),
        "agent": options.name,
        "version": options.version,
        "type": options.type,
        "model": options.model,
        "promptVersion": options.prompt_version,
        "splitInputs": list(options.split_inputs) or None,
        "keyed": run.key is not None,
        "startedAt": opened.started_at // 1_000_000,
        "subject": opened.tag or subject_tag(client, opened.subject),
        "intent": {**record["intent"]},
        "lineage": record["provenance"].get("lineage", {}),
        "inputs": record["context"]["inputs"],
        "inputNotes": list(inputs.notes),
        "inputsKept": inputs.kept,
        "steps": record["reasoning"],
        "alternatives": record["alternatives"],
        "tape": {
            "entries": record["tape"],
            "damages": tape.damages,
            "lost": tape.lost,
            "notKept": tape.not_kept,
        },
        "models": [{"asked": asked, "answered": answered} for asked, answered in run.models],
        "untaped": sorted(run.untaped or ()),
        "parts": run.parts,
        "faults": _faults(opened, record["grade"]["reasons"]),
    }
    text = json.dumps({name: value for name, value in state.items() if value is not None}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def _faults(opened: Opened, reasons: List[str]) -> List[str]:
    faults = [*opened.notes, *opened.scope.notebook.faults]
    if opened.subject is not None and opened.tag is None and opened.client.tag_key is None:
        faults.append("no subject tag: no tagKey is configured")
    return [*faults, *(reason for reason in reasons if _LOST.match(reason))]


def _draft_so_far(opened: Opened, tape: Tape) -> Draft:
    run = opened
    read = read_decision(collect_said(NO_MAPPERS, None, opened.scope.notebook, mapped=False))
    return {
        "kind": "decision",
        "type": run.options.type,
        "id": run.decision_id(),
        "agent": run.options.agent,
        "links": parent_links(run.parent()),
        "occurredAt": rfc3339(opened.started_at),
        "record": {
            "intent": intent_of(run.client, run.ambient, opened.goal or run.options.type, run.session, run.parent()),
            "context": {"inputs": settle(opened.inputs).value},
            "reasoning": read.reasoning,
            "alternatives": read.alternatives,
            "decision": {"outcome": ""},
            "provenance": provenance_of(run.client, run.options, run.ambient, None),
            "tape": tape.entries,
            "grade": {"grade": "C", "reasons": []},
        },
    }


def read_token(token: str) -> Mapping[str, Any]:
    """Raises ValueError for what is no token of ours."""
    try:
        state = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        texts = [state["id"], state["agent"], state["version"], state["type"], state["intent"]["session"]]
        fits = state["v"] == 1 and all(isinstance(text, str) for text in texts)
        if fits and isinstance(state["tape"]["entries"], list):
            return state  # type: ignore[no-any-return]
    except (KeyError, TypeError, ValueError):
        pass
    raise ValueError("not a token of ghost.open")


def reopen(state: Mapping[str, Any], client: Client) -> Opened:
    intent = state["intent"]
    around = Ambient(
        session=intent["session"],
        origin=intent.get("origin"),
        parent=intent.get("parent"),
        constraints=intent.get("constraints"),
        lineage=lineage_of(client.lineage, state.get("lineage")),
    )
    options = AgentOptions(
        name=state["agent"],
        version=state["version"],
        type=state["type"],
        mappers=NO_MAPPERS,
        split_inputs=tuple(state.get("splitInputs") or ()),
        model=state.get("model"),
        prompt_version=state.get("promptVersion"),
    )
    started_at = int(state["startedAt"]) * 1_000_000
    inputs = Snapshot(state["inputs"], tuple(state.get("inputNotes", [])), bool(state.get("inputsKept", True)), 0)
    run = Opened(options, client, around, None, inputs, started_at)
    run.identity = state["id"]
    # Which key it was is not needed any more: the id is made.
    run.key = state["id"] if state.get("keyed") else None
    run.parts = int(state.get("parts", 0))
    run.not_alone = NOT_ALONE
    run.models = [(str(use["asked"]), str(use["answered"])) for use in state.get("models", [])]
    run.untaped = set(state.get("untaped", [])) or None
    run.resumed = TapeState.read(state["tape"])
    run.started -= max(0, time.time_ns() - started_at)
    notebook = run.scope.notebook
    for step in state.get("steps", []):
        notebook.step(step)
    for alternative in state.get("alternatives", []):
        notebook.alternative(alternative)
    run.goal = intent.get("goal")
    run.tag = state.get("subject")
    run.notes = tuple(str(fault) for fault in state.get("faults", []))
    return run
