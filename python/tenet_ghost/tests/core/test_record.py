from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from tenet_ghost._record import (
    RecordError,
    decision_id,
    digest_of,
    dsse_pae,
    flatten_record,
    from_base64,
    from_base64url,
    make_disclosure,
    read_disclosure,
    to_base32,
    to_base64url,
)


def record(**layers: Any) -> Dict[str, Any]:
    return {
        "intent": {"goal": "loan.approve", "origin": "agent", "session": "s1"},
        "context": {"inputs": {"id": "a-1", "amount": 10, "ssn/x": "1"}},
        "reasoning": ["first", "second"],
        "alternatives": [],
        "decision": {"outcome": "approve", "confidence": 0.5},
        "provenance": {"agent": "underwriter", "version": "1", "sdk": "ghost-py/0.1.0"},
        "tape": [],
        "grade": {"grade": "D", "reasons": []},
        **layers,
    }


def paths(value: Dict[str, Any], *split: str) -> list[str]:
    return [path for path, _ in flatten_record(value, split)]


def test_a_record_is_flattened_in_a_fixed_order() -> None:
    assert paths(record()) == [
        "/intent/goal",
        "/intent/origin",
        "/intent/session",
        "/context/inputs",
        "/reasoning/0",
        "/reasoning/1",
        "/alternatives",
        "/decision/outcome",
        "/decision/confidence",
        "/provenance/agent",
        "/provenance/version",
        "/provenance/sdk",
        "/grade",
        "/tape",
    ]


def test_named_inputs_get_fields_of_their_own_and_the_rest_stays_together() -> None:
    fields = dict(flatten_record(record(), ["ssn/x", "absent"]))
    assert fields["/context/inputs/ssn~1x"] == "1"
    assert fields["/context/inputs"] == {"id": "a-1", "amount": 10}


def test_long_lists_collapse_the_longer_one_first() -> None:
    tape = [{"n": n} for n in range(1, 301)]
    many = [str(i) for i in range(300)]
    assert "/tape" in paths(record(tape=tape)) and "/reasoning/0" in paths(record(tape=tape))
    assert "/reasoning" in paths(record(reasoning=many))
    both = paths(record(tape=tape, reasoning=many))
    assert "/tape" in both and "/reasoning" in both and len(both) <= 256
    assert len(paths(record(tape=[{"n": n} for n in range(1, 243)]))) == 255


def test_members_outside_the_schema_and_calls_numbered_twice_are_refused() -> None:
    for bad in (record(extra=1), record(decision={"outcome": "x", "note": 1}), record(tape=[{"n": 1}, {"n": 1}])):
        with pytest.raises(RecordError):
            flatten_record(bad)


def test_disclosures_read_back_and_refuse_what_is_ambiguous() -> None:
    disclosure, digest = make_disclosure("/a", {"b": 1.0}, bytes(16))
    assert read_disclosure(disclosure) == ("A" * 22, "/a", {"b": 1})
    assert digest_of(disclosure) == digest
    for text in ('["AAAAAAAAAAAAAAAAAAAAAA","",1]', '["AA","/a",1]', '["AAAAAAAAAAAAAAAAAAAAAA","/a"]', "{}"):
        with pytest.raises(RecordError):
            read_disclosure(to_base64url(text.encode()))
    with pytest.raises(RecordError):
        make_disclosure("/a~2", 1, bytes(16))
    with pytest.raises(RecordError):
        make_disclosure("/a", 2**60, bytes(16))


def test_base64_has_one_text_per_value() -> None:
    assert from_base64("AA==") == b"\0"
    for text in ("AA", "AB==", "A A=", "AA==\n", "ä"):
        with pytest.raises(RecordError):
            from_base64(text)
    for text in ("AA=", "AB", "A+", "A"):
        with pytest.raises(RecordError):
            from_base64url(text)
    assert to_base32(b"\xff" * 4, 6) == "ZZZZZZ"


def test_the_same_step_has_the_same_id() -> None:
    assert decision_id("acme", "underwriter", "1", "s", "k") == decision_id("acme", "underwriter", "1", "s", "k")
    assert decision_id("acme", "underwriter", "1", "s", "k") != decision_id("acme", "underwriter", "1", "sk", "")


def test_published_disclosures_have_their_digests(vectors: Path) -> None:
    for case in json.loads((vectors / "sd-jwt" / "disclosures.json").read_text())["hashing"]:
        assert digest_of(case["disclosure"]) == case["sha256_b64url"]


def test_pae_counts_bytes() -> None:
    head = b"DSSEv1 45 application/vnd.decision-ledger.entry.v1+json "
    assert dsse_pae("é".encode()) == head + b"2 " + "é".encode()
