"""The resource: configures the SDK for the process, gives a step its lineage, and says on the materialisation what was decided."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from dagster import AssetExecutionContext, AssetKey, ConfigurableResource, InitResourceContext, get_dagster_logger
from dagster._core.errors import DagsterInvariantViolationError
from pydantic import Field, PrivateAttr
from tenet_ghost import ghost
from tenet_ghost._process.configure import get_ready

from ._cli import Cli
from ._client import TenetClient
from ._identity import read_identity
from ._platform import Platform
from ._spool import wait_for_spool
from ._steps import Context, attempt, read_step

_lock = threading.Lock()
#: Settings that the process's SDK was configured with: it is one for all resources, and each configuring starts another producer.
_configured: str | None = None


class TenetResource(ConfigurableResource):  # type: ignore[type-arg]
    """
    Decisions made inside `get_client` are recorded with the step's lineage, and its materialisation says how many they
    were and where to find them. Without an identity, or without a platform, the step runs as ever and its metadata says so.
    """

    identity_file: str | None = Field(
        default=None, description="what ghost.enrol returned, as a JSON file; single settings below win over it"
    )
    endpoint: str | None = Field(default=None, description="address of the platform")
    api_key: str | None = Field(default=None, description="write key of this producer")
    tenant: str | None = Field(default=None, description="tenant")
    log: str | None = Field(default=None, description="log name, host/tenant")
    key_file: str | None = Field(default=None, description="record key, a PEM file")
    enabled: bool = Field(default=True, description="false: agents run, nothing is recorded")
    read_key: str | None = Field(
        default=None, description="API key of scope read, for checks; else the command line is asked"
    )
    cli: str | None = Field(default=None, description='Tenet\'s command line, "tenet": runs gates')
    state_dir: str | None = Field(default=None, description="state folder for the command line")
    link: str | None = Field(
        default=None,
        description="page of a run's decisions; {run_id} and {session} are filled in. Default: the platform's list of them",
    )
    gate_page: str | None = Field(default=None, description="page of a gate; {gate} is filled in")
    spool_dir: str | None = Field(default=None, description="where records wait on disk until they are acknowledged")
    metadata_ids: int = Field(default=20, description="how many decision ids a materialisation names")
    wait_for_ledger: float = Field(
        default=0.0,
        description="seconds a step may wait for the ledger so that its materialisation names the place there; 0: it never waits",
    )
    pace: float = Field(
        default=0.1,
        description="share of the interpreter's time that writing records may take beside a step, 0 to 1; the rest is caught up with at the end",
    )
    flush_seconds: float = Field(
        default=5.0, description="at the end of a run, seconds to wait for the spool; never for the server"
    )

    _problem: str | None = PrivateAttr(default=None)
    #: Of the settings that this resource has configured the process with.
    _own: str | None = PrivateAttr(default=None)
    _address: str | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        # Before the step's time begins.
        if self.configure() is None and self.enabled:
            attempt(get_ready, None)

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Runs on success, failure and interruption. What is on disk then is delivered by this process or by the next."""
        if self.enabled and _configured is not None:
            wait_for_spool(self.flush_seconds)

    def configure(self) -> str | None:
        """Why nothing is recorded; None where it is. Never raises: a step does not fail because it can't be recorded."""
        global _configured
        if not self.enabled:
            return "disabled"
        if self._own is not None and self._own == _configured:
            # Done when the run was set up: a step does not pay for reading files again.
            return None
        with _lock:
            try:
                settings = self._settings()
                fingerprint = json.dumps(settings, sort_keys=True)
                if fingerprint != _configured:
                    if ghost.configure(**settings) is False:
                        raise ValueError("ghost.configure refused the settings")
                    _configured = fingerprint
                self._problem = None
                self._own = fingerprint
                self._address = str(settings["endpoint"])
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                get_dagster_logger("dagster_tenet").warning("decisions are not recorded: %s", self._problem)
        return self._problem

    def platform(self) -> Platform:
        """The reading side, for checks and sensors."""
        cli = Cli(self.cli, self.state_dir) if self.cli else None
        return Platform(endpoint=self._endpoint(), read_key=self.read_key, cli=cli)

    @contextmanager
    def get_client(self, context: Context) -> Iterator[TenetClient]:
        """
        For an asset, an op or a check. In a step of several assets the metadata has to know whose they are: use
        `get_client_for_asset`.
        """
        asset_key: AssetKey | None = None
        if isinstance(context, AssetExecutionContext):
            keys = context.assets_def.keys_by_output_name
            if len(keys) > 1:
                raise DagsterInvariantViolationError(
                    "`get_client` does not know which of the step's assets the decisions belong to; use `get_client_for_asset`."
                )
            asset_key = next(iter(keys.values()), None)
        with self._client(context, asset_key) as client:
            yield client

    @contextmanager
    def get_client_for_asset(self, context: AssetExecutionContext, asset_key: AssetKey) -> Iterator[TenetClient]:
        with self._client(context, AssetKey.from_coercible(asset_key)) as client:
            yield client

    @contextmanager
    def _client(self, context: Context, asset_key: AssetKey | None) -> Iterator[TenetClient]:
        # A test that calls the asset directly has set up nothing.
        off = self.configure()
        client = TenetClient(
            context,
            read_step(context),
            off=off,
            link=self.decisions_link,
            platform=self.platform if self.wait_for_ledger > 0 else None,
            max_ids=self.metadata_ids,
            wait_seconds=self.wait_for_ledger,
        )
        scope = client.enter()
        scope.__enter__()
        try:
            yield client
        finally:
            # What goes wrong in leaving is ours, not the step's.
            attempt(lambda: scope.__exit__(None, None, None), None)
        client.report(asset_key)

    def tenant_name(self) -> str:
        return self.tenant or str(self._settings()["tenant"])

    def gate_link(self, gate: str) -> str | None:
        return self.gate_page.replace("{gate}", quote(gate, safe="")) if self.gate_page else None

    def pipes_env(self) -> dict[str, str]:
        """For a process that Pipes starts: it configures its own SDK from the same identity file."""
        return {"TENET_IDENTITY": self.identity_file} if self.identity_file else {}

    def _settings(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("endpoint", "api_key", "tenant", "log", "key_file")}
        settings: dict[str, Any] = read_identity(self.identity_file, given)
        settings["pace"] = self.pace
        if self.spool_dir:
            settings["spool"] = {"dir": self.spool_dir}
        return settings

    def _endpoint(self) -> str | None:
        if self.endpoint or self._address:
            return self.endpoint or self._address
        with suppress(Exception):
            return str(self._settings()["endpoint"])
        return None

    def decisions_link(self, run_id: str, session: str) -> str | None:
        if self.link:
            return self.link.replace("{run_id}", quote(run_id, safe="")).replace("{session}", quote(session, safe=""))
        endpoint = self._endpoint()
        return None if endpoint is None else f"{endpoint.rstrip('/')}/api/v1/decisions?runId={quote(run_id, safe='')}"
