"""
A captured decision from its start to its hand-over to the writer thread. Whatever goes wrong on our side becomes a problem
report; the caller sees its own function only.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Optional, Sequence, Tuple

from . import _collect
from ._capture_run import CaptureRun
from ._client import Client, Problem
from ._decision_draft import build_draft
from ._draft import Draft
from ._freeze import Frozen
from ._notebook import NOTHING_NOTED, message_of
from ._options import AgentOptions
from ._read_decision import NO_MAPPERS, Said, collect_into
from ._scope import Ambient, Scope, ambient
from ._shared import shared

_clock = time.perf_counter_ns
_collecting = _collect.scopes
_now = time.time_ns


class Opened(CaptureRun, Said):
    """
    A decision under way, and once it has ended what the writer thread makes a draft of: nothing that the agent's code does
    from then on changes what comes of it.
    """

    goal: Optional[str] = None
    #: Who the decision is about. Only its tag leaves the process; a resumed decision has the tag alone.
    subject: Optional[str] = None
    tag: Optional[str] = None
    #: What could not be read so far.
    notes: Sequence[str] = ()
    failed = False
    #: How many calls had started when it ended, and when that was.
    counted: int
    ended: int
    parent_id: Optional[str]
    #: What the function runs in. It leads back here, and is let go when the decision ends.
    scope: Scope

    def __init__(
        self,
        options: AgentOptions,
        client: Client,
        around: Ambient,
        outer: Optional[CaptureRun],
        inputs: Frozen,
        started_at: int,
    ) -> None:
        self.options = options
        self.client = client
        self.ambient = around
        self.outer = outer
        self.calls = []
        self.held = 0
        self.inputs = inputs
        self.started_at = started_at
        self.scope = Scope(self)
        self.started = _clock()

    def __call__(self) -> Optional[Draft]:
        return build_draft(self)

    def ask(self, what: str, mapper: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Optional[str]:
        try:
            value = mapper(*args, **kwargs) if callable(mapper) else mapper
        except Exception as error:
            self.notes = (*self.notes, f"the {what} mapper threw: {message_of(error)}")
            return None
        if value is None or type(value) is str:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        # Other things than text and whole numbers need not be the same text in another process, and so the same decision.
        if type(value) is int:
            return str(value)
        self.notes = (*self.notes, f"the {what} mapper gave a {type(value).__name__}")
        return None


def begin(
    options: AgentOptions, outer: Optional[Scope], inputs: Frozen, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Opened:
    around = outer.run if outer is not None and not outer.inside_call else None
    run = around if isinstance(around, CaptureRun) else None
    opened = Opened(options, shared.client or shared.current_client(), ambient.get(), run, inputs, _now())
    if options.key is not None:
        opened.key = opened.ask("key", options.key, args, kwargs)
    if options.goal is not None:
        opened.goal = opened.ask("goal", options.goal, args, kwargs)
    if options.subject is not None:
        opened.subject = opened.ask("subject", options.subject, args, kwargs)
    return opened


def end(opened: Opened, result: Any) -> None:
    try:
        collect_into(opened, opened.options.mappers, result, opened.scope.noted or NOTHING_NOTED)
        hand_over(opened)
    except Exception as error:
        report(error)


def end_failed(opened: Opened, error: BaseException) -> None:
    """A run that raised has no result to map; it decided only if it said so itself."""
    try:
        notebook = opened.scope.notebook
        notebook.step(f"The agent failed: {message_of(error)}")
        collect_into(opened, NO_MAPPERS, None, notebook, mapped=False)
        opened.failed = True
        hand_over(opened)
    except Exception as own:
        report(own)


def hand_over(opened: Opened) -> None:
    """What it has said is collected. Its scope is let go: the less waits for the writer, the less the collector visits."""
    count = len(opened.calls)
    opened.counted = count
    opened.parent_id = opened.ambient.parent if opened.outer is None else opened.parent()
    opened.ended = _clock()
    del opened.scope
    if _collecting.get():
        _collect.note(opened.decision_id)
    inputs = opened.inputs
    # About what is held: the small values of each call are not measured one by one.
    opened.client.defer(opened, opened.held + 512 * count + (len(inputs) if type(inputs) is bytes else 64))


def report(error: BaseException) -> None:
    shared.current_client().problem(Problem("record.capture", message_of(error)))
