"""What `ghost.configure` takes, as plain options. Raises TypeError or ValueError for what can't work."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Optional, Union, cast

from .._client import Problem
from .._identity.keys import signer_from_key_file
from .._record import RecordSigner
from .._spool.seal import SealTo
from .._ulid import new_ulid


@dataclass(frozen=True)
class SpoolConfig:
    dir: Optional[str] = None
    fsync: str = "interval"
    fsync_ms: float = 50
    max_bytes: int = 1 << 30
    segment_bytes: int = 8 << 20


@dataclass(frozen=True)
class BatchConfig:
    max_records: int = 500
    max_bytes: int = 4 << 20
    linger_ms: float = 50
    request_timeout_ms: float = 30_000
    gzip_bytes: Optional[float] = None


@dataclass(frozen=True)
class SamplingRule:
    rate: float
    reason: str


@dataclass(frozen=True)
class GhostConfig:
    endpoint: str
    api_key: str
    tenant: str
    log: str
    signer: RecordSigner
    session: Optional[str]
    origin: str
    lineage: Mapping[str, Any]
    code_digest: Optional[str]
    vkey: Optional[str]
    tag_key: Optional[bytes]
    seal_to: Optional[SealTo]
    spool: SpoolConfig
    batch: BatchConfig
    #: None: the newest is dropped. Else how long a caller waits for room.
    block_seconds: Optional[float]
    wait_seconds: Optional[float]
    queue_bytes: int
    #: Share of its time that the writer works while callers do.
    pace: float
    redact: Mapping[str, Any]
    sampling: Mapping[str, SamplingRule]
    on_problem: Optional[Callable[[Problem], None]] = field(default=None)


#: How long `ack="server"` and serverless mode wait at most.
_ACK_SECONDS = 10.0


def read_config(options: Mapping[str, Any], say: Callable[[Problem], None]) -> GhostConfig:
    known = {
        *(
            "endpoint",
            "api_key",
            "tenant",
            "log",
            "signer",
            "key_file",
            "vkey",
            "tag_key",
            "session",
            "origin",
            "lineage",
        ),
        *("code_digest", "on_problem", "batch", "spool", "full", "ack", "serverless", "redact", "sampling", "seal_key"),
        *("queue_bytes", "pace", "kid", "index"),
    }
    for name in options:
        if name not in known:
            raise TypeError(f"ghost.configure: {name} is not an option")
    for name in ("endpoint", "api_key", "tenant", "log"):
        if not isinstance(options.get(name), str) or not options[name]:
            raise TypeError(f"ghost.configure: {name} is missing")
    origin = options.get("origin", "agent")
    if origin not in ("human", "agent", "scheduler"):
        raise ValueError("ghost.configure: origin is human, agent or scheduler")
    ack = options.get("ack", "spool")
    if ack not in ("spool", "server"):
        raise ValueError("ghost.configure: ack is spool or server")
    waits = ack == "server" or bool(options.get("serverless", False))
    return GhostConfig(
        endpoint=options["endpoint"],
        api_key=options["api_key"],
        tenant=options["tenant"],
        log=options["log"],
        signer=_signer(options),
        session=cast(Optional[str], options.get("session")),
        origin=origin,
        lineage=dict(options.get("lineage") or {}),
        code_digest=options.get("code_digest"),
        vkey=options.get("vkey"),
        tag_key=_key32(options.get("tag_key"), "tag_key"),
        seal_to=_seal_to(options.get("seal_key")),
        spool=_spool(options.get("spool") or {}),
        batch=_batch(options.get("batch") or {}),
        block_seconds=_block(options.get("full", "drop-newest")),
        wait_seconds=_ACK_SECONDS if waits else None,
        queue_bytes=_positive(options.get("queue_bytes", 8 << 20), "queue_bytes"),
        pace=_share(options.get("pace", 1.0), "pace"),
        redact=dict(options.get("redact") or {}),
        sampling=_sampling(options.get("sampling"), say),
        on_problem=options.get("on_problem"),
    )


def new_session(config: GhostConfig) -> str:
    return config.session or f"ses_{new_ulid()}"


def _signer(options: Mapping[str, Any]) -> RecordSigner:
    if options.get("signer") is not None:
        return cast(RecordSigner, options["signer"])
    if options.get("key_file") is None:
        raise TypeError("ghost.configure: give a signer or a key_file")
    return signer_from_key_file(options["key_file"])


def _key32(value: Any, name: str) -> Optional[bytes]:
    if value is None:
        return None
    key = base64.b64decode(value, validate=True)
    if len(key) != 32:
        raise ValueError(f"ghost.configure: {name} is 32 bytes in base64")
    return key


def _seal_to(value: Any) -> Optional[SealTo]:
    if value is None:
        return None
    public_key = _key32(value.get("public_key", value.get("publicKey")), "seal_key.public_key")
    if public_key is None or not isinstance(value.get("kid"), str):
        raise ValueError("ghost.configure: seal_key has the members kid and public_key")
    return SealTo(value["kid"], public_key)


def _members(value: Any, known: Any, name: str) -> Dict[str, Any]:
    unknown = set(value) - set(known)
    if unknown:
        raise TypeError(f"ghost.configure: {name} has no option {', '.join(sorted(unknown))}")
    return dict(value)


def _spool(value: Any) -> SpoolConfig:
    spool = SpoolConfig(**_members(value, SpoolConfig.__dataclass_fields__, "spool"))
    if spool.fsync not in ("always", "interval", "never"):
        raise ValueError("ghost.configure: spool.fsync is always, interval or never")
    for name in ("fsync_ms", "max_bytes", "segment_bytes"):
        _positive(getattr(spool, name), f"spool.{name}")
    return spool


def _batch(value: Any) -> BatchConfig:
    batch = BatchConfig(**_members(value, BatchConfig.__dataclass_fields__, "batch"))
    for name in ("max_records", "max_bytes", "request_timeout_ms"):
        _positive(getattr(batch, name), f"batch.{name}")
    return batch


def _block(value: Union[str, Mapping[str, float]]) -> Optional[float]:
    if value == "drop-newest":
        return None
    if isinstance(value, Mapping) and set(value) == {"block"} and float(value["block"]) >= 0:
        return float(value["block"]) / 1000
    raise ValueError('ghost.configure: full is "drop-newest" or {"block": milliseconds}')


def _positive(value: Any, name: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"ghost.configure: {name} is a number above 0")
    return value


def _share(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise ValueError(f"ghost.configure: {name} is a number above 0, at most 1")
    return float(value)


def _sampling(value: Any, say: Callable[[Problem], None]) -> Dict[str, SamplingRule]:
    """Refused unless every type is named with a reason: everything is recorded then."""
    if value is None:
        return {}
    rules: Dict[str, SamplingRule] = {}
    for type_name, rule in value.items() if isinstance(value, Mapping) else [("*", value)]:
        rate = rule.get("rate") if isinstance(rule, Mapping) else None
        reason = rule.get("reason") if isinstance(rule, Mapping) else None
        sound = isinstance(rate, (int, float)) and not isinstance(rate, bool) and math.isfinite(rate) and 0 <= rate <= 1
        if type_name == "*" or not sound or not isinstance(reason, str) or not reason.strip():
            message = (
                f"sampling of {type_name} is refused, all of it is recorded: a sampled ledger can't prove that nothing was left out. "
                "It is allowed for one decision type at a time: sampling={type: {rate: 0 to 1, reason}}"
            )
            say(Problem("ghost.sampling_refused", message))
            continue
        rules[str(type_name)] = SamplingRule(float(cast(float, rate)), reason)
    return rules
