from __future__ import annotations

import base64
import json

import pytest
from conftest import GHOST_VECTORS

from tenet_ghost._redact import compile_redactor
from tenet_ghost._redact.pseudonym import Pseudonyms
from tenet_ghost._redact.secrets import CARD, JSON_MEMBER, SECRET_NAMES, SECRET_VALUES

FILE = GHOST_VECTORS / "redaction.json"
VECTORS = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"texts": [], "drafts": [], "refused": []}
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no vectors at {FILE}")


def test_the_default_rules_are_the_same_data() -> None:
    rules = VECTORS["rules"]
    assert set(rules["names"]) == SECRET_NAMES
    assert [(rule["name"], rule["regex"]) for rule in rules["values"]] == list(SECRET_VALUES)
    assert (rules["jsonMember"], rules["card"]) == (JSON_MEMBER, CARD)


@pytest.mark.parametrize("case", VECTORS["texts"], ids=lambda case: case["in"][:40])
def test_texts(case: dict) -> None:
    redactor = compile_redactor()
    assert redactor.value(case["in"], ["reasoning", "0"]) == case["out"]
    assert redactor.value(case["out"], ["reasoning", "0"]) == case["out"]


@pytest.mark.parametrize("case", VECTORS["drafts"], ids=lambda case: case["name"])
def test_drafts(case: dict) -> None:
    redactor = compile_redactor(case["options"])
    assert redactor.draft(case["in"]) == case["out"]
    assert redactor.draft(case["out"]) == case["out"]


@pytest.mark.parametrize("options", VECTORS["refused"], ids=json.dumps)
def test_rules_that_can_not_work_are_refused(options: dict) -> None:
    with pytest.raises(TypeError):
        compile_redactor(options)


def test_pseudonyms_are_stable_and_come_back() -> None:
    names = Pseudonyms(base64.b64decode(VECTORS["pseudonym"]["key"]))
    for case in VECTORS["pseudonym"]["cases"]:
        assert names.hide(case["value"]) == case["token"]
        assert names.reveal(case["token"]) == case["value"]
    token = names.hide("Ann")
    assert Pseudonyms(bytes(32)).reveal(token) is None
    assert names.reveal(token[:-1] + ("A" if token[-1] != "A" else "Q")) is None
    assert names.reveal("psn_short") is None


def test_a_canary_is_in_no_layer_of_a_draft() -> None:
    canary = "sk-canary0123456789abcdefghij"
    draft = {
        "kind": "decision",
        "record": {
            "intent": {"goal": canary, "origin": "agent", "session": "s", "constraints": [canary]},
            "context": {"inputs": {"note": f"use {canary}", canary: 1}, "externalVersions": {"x": canary}},
            "reasoning": [canary],
            "alternatives": [{"action": canary}],
            "decision": {"outcome": canary, "rules": [{"id": "r", "fired": True, "detail": canary}]},
            "provenance": {"agent": "a", "version": "1", "sdk": "x", "lineage": {"run": canary}},
            "tape": [
                {
                    "n": 1,
                    "args": [canary],
                    "key": "",
                    "result": {"r": canary},
                    "error": {"code": "x", "message": canary},
                }
            ],
            "grade": {"grade": "A", "reasons": [canary]},
        },
    }
    redacted = compile_redactor().draft(draft)  # type: ignore[arg-type]
    assert canary not in json.dumps(redacted)
    assert redacted["record"]["grade"]["grade"] == "B"
