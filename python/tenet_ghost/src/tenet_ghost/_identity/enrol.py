from __future__ import annotations

import hashlib
import http.client
import json
import os
from typing import Any, Dict, Optional

from .._delivery.http_post import HttpPoster
from .._record import to_base64
from .keys import PathLike, ensure_key_file

_TEXTS = {"apiKey": "api_key", "tenant": "tenant", "log": "log", "vkey": "vkey", "tagKey": "tag_key", "kid": "kid"}


class EnrolError(Exception):
    """An enrolment that was refused or did not come through. Unlike everything else here it is raised: nobody decides yet."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def enrol(endpoint: str, token: str, key_file: PathLike, timeout: float = 30.0) -> Dict[str, Any]:
    """
    Proves possession of the key and has it written into the log. The answer is what `ghost.configure` needs: spread it there. A second
    try needs a new token and finds the same key. The private key never leaves this machine.
    """
    signer = ensure_key_file(key_file)
    public_key = to_base64(signer.public_key)
    claim = f"tenet-enrol-v1\n{hashlib.sha256(token.encode()).hexdigest()}\n{public_key}"
    body = json.dumps({"publicKey": public_key, "proof": to_base64(signer.sign(claim.encode()))}).encode()
    poster = HttpPoster(endpoint, timeout)
    try:
        headers = {"content-type": "application/json", "x-api-key": token}
        answer = poster.post("/api/v1/keys/enrol", headers, body)
    except (OSError, http.client.HTTPException) as error:
        raise EnrolError("api.unavailable", f"could not enrol at {endpoint}: {error}") from error
    finally:
        poster.close()
    identity = _read_answer(answer.status, answer.body, signer.key_id)
    return {**identity, "endpoint": endpoint, "key_file": os.fspath(key_file)}


def _read_answer(status: int, body: bytes, key_id: str) -> Dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        raise EnrolError("api.unavailable", f"HTTP {status}: the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise EnrolError("api.unavailable", f"HTTP {status}: the answer is not an object")
    if status != 200:
        code, detail = answer.get("code"), answer.get("detail")
        raise EnrolError(
            code if isinstance(code, str) else f"http.{status}", detail if isinstance(detail, str) else f"HTTP {status}"
        )
    for name in _TEXTS:
        if not isinstance(answer.get(name), str):
            raise EnrolError("api.unavailable", f"the answer lacks {name}")
    if answer["kid"] != key_id:
        raise EnrolError("api.unavailable", "the answer is about another key")
    identity: Dict[str, Any] = {ours: answer[theirs] for theirs, ours in _TEXTS.items()}
    identity["index"] = answer.get("index")
    seal_key = read_seal_key(answer.get("sealKey"))
    if seal_key is not None:
        identity["seal_key"] = seal_key
    return identity


def read_seal_key(value: Any) -> Optional[Dict[str, str]]:
    if not isinstance(value, dict):
        return None
    kid, public_key = value.get("kid"), value.get("publicKey")
    if not isinstance(kid, str) or not isinstance(public_key, str):
        return None
    return {"kid": kid, "public_key": public_key}
