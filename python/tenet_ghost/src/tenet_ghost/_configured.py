from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Union

from ._client import Problem

if TYPE_CHECKING:
    from ._identity.keys import PathLike
    from ._record import RecordSigner

# What signs and sends is loaded when it is asked for: importing an agent's module stays cheap.


class Configured:
    def enrol(self, *, endpoint: str, token: str, key_file: PathLike, timeout: float = 30.0) -> Dict[str, Any]:
        """
        Has this machine's key written into the log, by a one-time token. The answer is what `configure` needs: spread it there. Raises
        `EnrolError` where it is refused. The private key, made where there is none, never leaves the machine.
        """
        from ._identity.enrol import enrol

        return enrol(endpoint, token, key_file, timeout)

    def configure(
        self,
        *,
        endpoint: str = "",
        api_key: str = "",
        tenant: str = "",
        log: str = "",
        key_file: Optional[PathLike] = None,
        signer: Optional[RecordSigner] = None,
        vkey: Optional[str] = None,
        tag_key: Optional[str] = None,
        session: Optional[str] = None,
        origin: str = "agent",
        lineage: Optional[Mapping[str, Any]] = None,
        code_digest: Optional[str] = None,
        on_problem: Optional[Callable[[Problem], None]] = None,
        batch: Optional[Mapping[str, float]] = None,
        spool: Optional[Mapping[str, Any]] = None,
        full: Union[str, Mapping[str, float]] = "drop-newest",
        ack: str = "spool",
        serverless: bool = False,
        redact: Optional[Mapping[str, Any]] = None,
        sampling: Optional[Mapping[str, Mapping[str, Any]]] = None,
        seal_key: Optional[Mapping[str, str]] = None,
        queue_bytes: int = 8 << 20,
        pace: float = 1.0,
        kid: Optional[str] = None,
        index: Optional[int] = None,
    ) -> bool:
        """
        Once per process; a second time ends what the first began. Never raises: what can't work is told to `on_problem` and False is
        returned, so that the agent runs all the same. `kid` and `index` come with an identity and are not needed.

        full      "drop-newest", or {"block": milliseconds} that a caller waits for room
        ack       "spool" (default), or "server": a decision's function returns once the server has it, with a bound
        spool     {dir, fsync: always | interval | never, fsync_ms, max_bytes, segment_bytes}
        batch     {max_records, max_bytes, linger_ms, request_timeout_ms}
        pace      0 to 1: share of the interpreter's time that the writer takes while callers compute. Below 1 a burst disturbs its caller
                  less and reaches the disk later: at most some 500 records wait in memory, and none once somebody flushes
        redact    {secrets, paths, patterns: [{name, regex}], pseudonyms: {paths, key | key_file}}
        sampling  {decision type: {rate: 0 to 1, reason}}
        """
        options = dict(locals())
        del options["self"], options["kid"], options["index"]
        from ._process.configure import configure

        return configure(**options)
