"""How an agent's function is read, as declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple

from ._read_decision import Mappers


@dataclass(frozen=True)
class AgentOptions:
    name: str
    version: str
    #: Decision type, "loan.approve".
    type: str
    mappers: Mappers
    #: Text, or made of the arguments.
    goal: Any = None
    #: Names the case: the same key in one session is the same decision, however often it is sent.
    key: Optional[Callable[..., Any]] = None
    #: Identifier of the data subject. Only its keyed hash leaves the process.
    subject: Optional[Callable[..., Any]] = None
    #: Members of the input that get a digest of their own, so that they can be disclosed alone.
    split_inputs: Tuple[str, ...] = ()
    model: Optional[str] = None
    prompt_version: Optional[str] = None
    code_digest: Optional[str] = None

    @property
    def agent(self) -> str:
        return f"{self.name}@{self.version}"
