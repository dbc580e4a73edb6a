"""What a step is given while it decides, and what its materialisation says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster import AssetCheckExecutionContext, AssetKey, MetadataValue, get_dagster_logger
from tenet_ghost import ghost
from tenet_ghost._collect import Collected, collect

from ._ledger import ledger_metadata
from ._lineage import lineage_of
from ._names import DECISION_IDS, DECISIONS, LINK, RECORDED, RECORDING, SESSION
from ._platform import Platform
from ._session import session_of
from ._steps import Context, Step, attempt
from ._usage import Counting, Usage


class TenetClient:
    """
    The SDK with this step's lineage. Functions wrapped by `@ghost.agent` need nothing of it: they find the lineage by context, in asyncio
    and `to_thread` too. Only a bare thread pool needs `contextvars.copy_context().run`.
    """

    def __init__(
        self,
        context: Context,
        step: Step,
        *,
        off: str | None,
        link: Callable[[str, str], str | None],
        platform: Callable[[], Platform] | None,
        max_ids: int,
        wait_seconds: float,
    ) -> None:
        self._context: Any = context
        self._off = off
        self._link = link
        self._platform = platform
        self._max_ids = max_ids
        self._wait_seconds = wait_seconds
        self._usage = Usage()
        self._decided = Collected(max_ids)
        self._run_id = step.run.run_id if step.run else None
        self.ghost = ghost
        self.lineage: dict[str, Any] = lineage_of(context, step)
        #: None outside of a run.
        self.session = session_of(self._run_id, step.step_key, step.retry_number) if self._run_id else None

    @property
    def count(self) -> int:
        """Decisions made so far."""
        return self._decided.count

    @property
    def ids(self) -> list[str]:
        """Of the first ones made; as many as the metadata names."""
        return list(self._decided.ids)

    def openai(self, client: Any) -> Any:
        """Tapes the client's calls and counts its tokens on the materialisation. The client itself stays as it is."""
        return Counting(ghost.openai(client), self._usage)

    @contextmanager
    def enter(self) -> Iterator[None]:
        with ExitStack() as stack:
            self._decided = stack.enter_context(collect(self._max_ids))
            if self.session is None:
                stack.enter_context(ghost.run(lineage=self.lineage))
            else:
                stack.enter_context(ghost.run(session=self.session, origin="scheduler", lineage=self.lineage))
            yield

    def report(self, asset_key: AssetKey | None) -> None:
        """Adds to what the step itself says of its output: entries of both are kept. Never raises."""
        if isinstance(self._context, AssetCheckExecutionContext):
            return
        try:
            output = None if asset_key is None else self._context.output_for_asset_key(asset_key)
            self._context.add_output_metadata(self.metadata(), output_name=output)
        except Exception as error:
            get_dagster_logger("dagster_tenet").warning(
                "the materialisation does not say what was decided (%s); yield its result after the `with` block", error
            )

    def metadata(self) -> dict[str, Any]:
        """As it stands now; in the order in which the asset's page shows it."""
        metadata: dict[str, Any] = {}
        if self.session is not None and self._run_id is not None:
            link = self._link(self._run_id, self.session)
            if link is not None:
                metadata[LINK] = MetadataValue.url(link)
            metadata[SESSION] = self.session
        metadata[DECISIONS] = self.count
        metadata[RECORDING] = "on" if self._off is None else f"off: {self._off}"
        if self._off is None:
            metadata.update(attempt(self._in_ledger, {}))
        return {**metadata, **self._usage.metadata(), DECISION_IDS: MetadataValue.json(self.ids)}

    def _in_ledger(self) -> dict[str, Any]:
        if self._platform is None or self.session is None:
            return {}
        ghost.flush(timeout=self._wait_seconds)
        platform = self._platform()
        recorded = len(platform.decisions(session=self.session))
        return {RECORDED: recorded, **ledger_metadata(platform, self.session)}
