"""Draft → signed leaf and disclosures, as one line."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._draft import Draft
from .._record import RecordSigner, disclose_fields, flatten_record, sign_entry
from .lighter import lighter

#: The server takes records of at most 1 MiB.
MAX_RECORD_BYTES = 1_048_576
_SALT_BYTES = 16


class RecordTooLarge(Exception):
    pass


class Sealed(NamedTuple):
    id: str
    line: bytes
    #: base64url(SHA-256(S))
    s_hash: str


class Chain(NamedTuple):
    """Where a producer is: sequence number and hash of its last entry."""

    seq: int = 0
    prev: Optional[str] = None


class Sealer:
    """
    Owns a producer's chain. A draft that can't be sealed raises and takes no sequence number, so it leaves no gap. What was sealed
    counts once it is spooled: until `commit`, `rewind` gives the numbers back.
    """

    def __init__(
        self,
        log: str,
        signer: RecordSigner,
        producer: str,
        after: Callable[[], Optional[Mapping[str, Any]]],
        salts: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._log = log
        self._signer = signer
        self._producer = producer
        self._after = after
        self._salts = salts
        self._committed = Chain()
        self._chain = Chain()

    @property
    def seq(self) -> int:
        return self._chain.seq

    def commit(self) -> None:
        self._committed = self._chain

    def rewind(self) -> None:
        self._chain = self._committed

    def seal(self, draft: Draft) -> Sealed:
        """A record that is too large is sealed without its tape, then without its input, and says so: the decision is not lost."""
        try:
            return self._seal(draft)
        except Exception as error:
            last = error
        for light in lighter(draft):
            try:
                return self._seal(light)
            except Exception as error:
                last = error
                # Whatever else is wrong with it, leaving more out does not help.
                if not isinstance(error, RecordTooLarge):
                    break
        raise last

    def _seal(self, draft: Draft) -> Sealed:
        fields = _fields_of(draft)
        digests, disclosures = disclose_fields(fields, self._salts(len(fields) * _SALT_BYTES))
        seq = self._chain.seq + 1
        producer: Dict[str, Any] = {"id": self._producer, "kid": self._signer.key_id, "seq": seq}
        if self._chain.prev is not None:
            producer["prev"] = self._chain.prev
        entry: Dict[str, Any] = {
            "v": 1,
            "log": self._log,
            "kind": draft["kind"],
            "type": draft["type"],
            "id": draft["id"],
            "agent": draft["agent"],
            "links": draft["links"],
            "producer": producer,
            "occurred_at": draft["occurredAt"],
            "fields": digests,
        }
        cited = self._after()
        if cited is not None:
            entry["after"] = dict(cited)
        if "subject" in draft:
            entry["subject"] = draft["subject"]
        signed = sign_entry(entry, self._signer)
        # base64url needs no escapes. Leaf and disclosures are ASCII: characters are bytes.
        listed = ",".join([f'"{one}"' for one in disclosures])
        line = f'{{"leaf":{json.dumps(signed.leaf)},"disclosures":[{listed}]}}'.encode("ascii")
        if len(line) >= MAX_RECORD_BYTES:
            raise RecordTooLarge(f"the record takes {len(line)} bytes of at most {MAX_RECORD_BYTES}")
        self._chain = Chain(seq, signed.s_hash)
        return Sealed(draft["id"], line, signed.s_hash)


def _fields_of(draft: Draft) -> List[Tuple[str, Any]]:
    if "fields" in draft:
        return [(field["path"], field["value"]) for field in draft["fields"]]
    return flatten_record(draft["record"], draft.get("splitInputs", ()))


def salt_pool() -> Callable[[int], bytes]:
    """Asking the system for 400 bytes costs as much as for 16 KiB. Every byte is handed out once."""
    pool = b""
    at = 0

    def take(count: int) -> bytes:
        nonlocal pool, at
        if len(pool) - at < count:
            pool, at = os.urandom(max(count, 16_384)), 0
        at += count
        return pool[at - count : at]

    return take
