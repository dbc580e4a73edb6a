from __future__ import annotations

from .._draft import TapeEntry
from .._redact import Redactor
from .types import ReplayResult


def redact_result(result: ReplayResult, redactor: Redactor) -> ReplayResult:
    """A re-run may have seen values that the record holds as tokens: what it gives away is redacted as the record was."""
    refusal = result["refusal"]
    changed: ReplayResult = {
        **result,
        "outcome": redactor.value(result["outcome"], ("decision", "outcome")),
        "reasoning": redactor.value(result["reasoning"], ("reasoning",)),
        "alternatives": redactor.value(result["alternatives"], ("alternatives",)),
        # Arguments and keys were redacted before they were matched.
        "liveCalls": [_redacted_call(call, redactor) for call in result["liveCalls"]],
    }
    if refusal is not None:
        changed["refusal"] = {**refusal, "message": redactor.value(refusal["message"], ())}
    return changed


def _redacted_call(call: TapeEntry, redactor: Redactor) -> TapeEntry:
    if "result" not in call:
        return call
    changed: TapeEntry = {**call, "result": redactor.value(call["result"], ("tape", "", "result"))}
    return changed
