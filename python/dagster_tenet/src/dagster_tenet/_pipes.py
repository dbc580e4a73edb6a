"""
Pipes for a process of ours (Node, with `@tenet-ledger/ghost/dagster`, or any other), closed where Dagster's own client is open: it takes a silent
end for success, invents materialisations nobody reported, and goes on when it can't read what it is told.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    MetadataValue,
    OpExecutionContext,
    PipesClientCompletedInvocation,
    PipesMessageReader,
    PipesSubprocessClient,
)
from dagster._core.errors import DagsterPipesExecutionError
from dagster._core.pipes.context import PipesMessageHandler
from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, PipesDefaultMessageWriter

from ._lineage import lineage_of
from ._names import LINK
from ._resource import TenetResource
from ._session import session_of
from ._steps import Step, attempt, read_step

_POLL_SECONDS = 0.01
_SHOWN = 200


class _Reader(PipesMessageReader):
    """
    Tails the message file by whole lines: Dagster's own takes what it finds for a line, half-written ones too. What can't be handled is kept, and the rest is
    read on.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.opened = False
        self.closed = False
        #: Of the `closed` message, as the process gave it.
        self.exception: str | None = None

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="tenet-pipes-") as folder:
            path = os.path.join(folder, "messages")
            open(path, "w", encoding="utf-8").close()
            ended = threading.Event()
            thread = threading.Thread(target=self._tail, args=(path, handler, ended), daemon=True)
            thread.start()
            try:
                yield {PipesDefaultMessageWriter.FILE_PATH_KEY: path}
            finally:
                ended.set()
                thread.join()

    def _tail(self, path: str, handler: PipesMessageHandler, ended: threading.Event) -> None:
        left = b""
        with open(path, "rb") as messages:
            while True:
                # Asked before reading: what was written until the end is read after it.
                last = ended.is_set()
                chunk = messages.read()
                *lines, left = (left + chunk).split(b"\n")
                for line in lines:
                    self._handle(line, handler)
                if not chunk:
                    if last:
                        break
                    time.sleep(_POLL_SECONDS)
        if left.strip():
            self.faults.append(f"the last message is cut off: {_shown(left)}")

    def _handle(self, line: bytes, handler: PipesMessageHandler) -> None:
        if not line.strip():
            return
        try:
            message = json.loads(line)
            if not isinstance(message, dict) or PIPES_PROTOCOL_VERSION_FIELD not in message:
                raise ValueError("not a message of the protocol")
            handler.handle_message(message)  # type: ignore[arg-type]
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}; the line was {_shown(line)}")
            return
        method, params = message.get("method"), message.get("params")
        self.opened = self.opened or method == "opened"
        if method == "closed":
            self.closed = True
            exception = params.get("exception") if isinstance(params, dict) else None
            if isinstance(exception, dict):
                self.exception = f"{exception.get('name') or 'error'}: {exception.get('message')}"

    def no_messages_debug_text(self) -> str:
        return "the process wrote no message into its file"


class TenetPipesInvocation(PipesClientCompletedInvocation):
    """Results that were reported, and no others."""

    def get_results(self, *, implicit_materializations: bool = False) -> Sequence[Any]:
        return super().get_results(implicit_materializations=implicit_materializations)

    def get_materialize_result(self, *, implicit_materialization: bool = False) -> Any:
        return super().get_materialize_result(implicit_materialization=implicit_materialization)


class TenetPipesClient(PipesSubprocessClient):
    """
    Starts a command, hands it the step's lineage (with the step key, root run and upstream data versions that the protocol lacks), and holds it to what
    it owes: it opens and closes the conversation, says nothing that can't be read, reports every asset of the step.
    """

    def __init__(self, env: Mapping[str, str] | None = None, cwd: str | None = None, **options: Any) -> None:
        super().__init__(env=env, cwd=cwd, **options)

    def run(  # type: ignore[override]
        self,
        *,
        context: OpExecutionContext | AssetExecutionContext,
        command: str | Sequence[str],
        extras: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        tenet: TenetResource | None = None,
        require_materializations: bool = True,
    ) -> TenetPipesInvocation:
        """
        `tenet`: the process is told which identity to record with (`TENET_IDENTITY`), and what it reports gets the link to its decisions.
        """
        step = read_step(context)
        if tenet is not None:
            env = {**tenet.pipes_env(), **(env or {})}
        reader = _Reader()
        client = PipesSubprocessClient(
            env=self.env,
            cwd=self.cwd,
            context_injector=self.context_injector,
            message_reader=reader,
            forward_termination=self.forward_termination,
            forward_stdio=self.forward_stdio,
            termination_timeout_seconds=self.termination_timeout_seconds,
        )
        failed: DagsterPipesExecutionError | None = None
        invocation: PipesClientCompletedInvocation | None = None
        try:
            invocation = client.run(
                context=context,
                command=command,
                extras={**(extras or {}), "tenet": _extras(context, step)},
                env=env,
                cwd=cwd,
            )
        except DagsterPipesExecutionError as error:
            failed = error
        problems = _problems(reader)
        if failed is not None:
            raise DagsterPipesExecutionError("; ".join([str(failed), *problems])) from failed
        assert invocation is not None
        session = invocation._session
        if require_materializations:
            problems += _unreported(context, session.get_reported_results())
        if problems:
            raise DagsterPipesExecutionError("the external process ended with 0, and yet: " + "; ".join(problems))
        return TenetPipesInvocation(session, metadata={**invocation.metadata, **_link(tenet, step)})


def _extras(context: Any, step: Step) -> dict[str, Any]:
    """What the protocol has no place for."""
    tenet: dict[str, Any] = {"lineage": lineage_of(context, step)}
    if step.run is not None:
        tenet["session"] = session_of(step.run.run_id, step.step_key, step.retry_number)
    checks: dict[str, list[str]] = {key.to_escaped_user_string(): [] for key in step.asset_keys}
    declared: list[AssetCheckKey] = attempt(lambda: list(context.selected_asset_check_keys), [])
    for check in declared:
        checks.setdefault(check.asset_key.to_escaped_user_string(), []).append(check.name)
    tenet["checks"] = checks
    return tenet


def _link(tenet: TenetResource | None, step: Step) -> dict[str, MetadataValue[Any]]:
    if tenet is None or step.run is None:
        return {}
    session = session_of(step.run.run_id, step.step_key, step.retry_number)
    address = tenet.decisions_link(step.run.run_id, session)
    return {} if address is None else {LINK: MetadataValue.url(address)}


def _problems(reader: _Reader) -> list[str]:
    problems = list(reader.faults)
    if not reader.opened:
        problems.append("it never opened the conversation")
    elif not reader.closed:
        problems.append("it did not close the conversation")
    if reader.exception is not None:
        problems.append(f"it closed with {reader.exception}")
    return problems


def _unreported(context: Any, results: Sequence[Any]) -> list[str]:
    reported = {result.asset_key for result in results if not hasattr(result, "check_name")}
    missing = [key for key in read_step(context).asset_keys if key not in reported]
    named = ", ".join(sorted(key.to_user_string() for key in missing))
    return [f"it reported no materialisation of {named}"] if missing else []


def _shown(line: bytes) -> str:
    return repr(line[:_SHOWN].decode("utf-8", "replace"))
