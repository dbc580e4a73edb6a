from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Dict

import pytest
from conftest import GHOST_VECTORS

from tenet_ghost._record import canonicalize, decision_id
from tenet_ghost._redact import compile_redactor

FILE = GHOST_VECTORS / "capture.json"
EMPTY: Dict[str, Any] = {"decisionIds": [], "json": [], "tapeKeys": [], "subjects": [], "tagKey": ""}
VECTORS = json.loads(FILE.read_text("utf-8")) if FILE.exists() else EMPTY
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no vectors at {FILE}")


@pytest.mark.parametrize("case", VECTORS["decisionIds"], ids=lambda case: case["id"])
def test_ids_of_decisions(case: Dict[str, Any]) -> None:
    assert decision_id(*case["of"]) == case["id"]


@pytest.mark.parametrize("case", VECTORS["json"], ids=lambda case: case["text"])
def test_canonical_json(case: Dict[str, Any]) -> None:
    text = canonicalize(case["value"])
    assert (text if isinstance(text, str) else text.decode("utf-8")) == case["text"]


@pytest.mark.parametrize("case", VECTORS["tapeKeys"], ids=lambda case: case["key"][:40])
def test_keys_of_calls_that_declare_none(case: Dict[str, Any]) -> None:
    assert compile_redactor().call(case["args"], "")[1] == case["key"]


@pytest.mark.parametrize("case", VECTORS["subjects"], ids=lambda case: case["tag"])
def test_tags_of_subjects(case: Dict[str, Any]) -> None:
    digest = hmac.new(base64.b64decode(VECTORS["tagKey"]), case["subject"].encode("utf-8"), hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii") == case["tag"]
