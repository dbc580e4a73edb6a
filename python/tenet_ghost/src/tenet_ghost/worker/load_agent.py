"""Imports a module and finds its one function wrapped by ghost.agent, whatever its name is. Runs the module's top level."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .._agent import agent_of
from .._notebook import message_of
from .errors import WorkerError
from .import_graph import import_root, module_name

_FIX = "let the module have one function wrapped by ghost.agent, or name it: agent.py:decide"


@dataclass(frozen=True)
class LoadedAgent:
    name: str
    version: str
    type: str
    wrapped: Any

    @property
    def agent(self) -> str:
        return f"{self.name}@{self.version}"

    def described(self) -> Dict[str, str]:
        return {"name": self.name, "version": self.version, "type": self.type, "agent": self.agent}


def split_entry(text: str) -> Tuple[str, Optional[str]]:
    """`file.py`, `file.py:name`, `package.module`, `package.module:name` → (file, name)."""
    path, colon, name = text.rpartition(":")
    if colon == "" or not name.isidentifier():
        path, name = text, ""
    if not path.endswith(".py") and os.sep not in path:
        path = os.path.join(*path.split(".")) + ".py"
        package = os.path.join(path[: -len(".py")], "__init__.py")
        path = package if not os.path.isfile(path) and os.path.isfile(package) else path
    return os.path.realpath(path), name or None


def load_agent(file: str, name: Optional[str]) -> LoadedAgent:
    if not os.path.isfile(file):
        raise _invalid(file, "no such agent module")
    root = import_root(file)
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        module = importlib.import_module(module_name(file))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise _invalid(file, f"the module failed to load: {type(error).__name__}: {message_of(error)}") from error
    if name is not None:
        return _named(file, name, getattr(module, name, None))
    found: Dict[int, Any] = {}
    for value in vars(module).values():
        metadata = agent_of(value)
        if metadata is not None:
            found.setdefault(id(metadata), value)
    if not found:
        raise _invalid(file, "it has no function wrapped by ghost.agent")
    if len(found) > 1:
        raise _invalid(file, f"it has {len(found)} wrapped functions")
    return _loaded(next(iter(found.values())))


def _named(file: str, name: str, value: Any) -> LoadedAgent:
    if agent_of(value) is None:
        raise _invalid(file, f"{name} is not a function wrapped by ghost.agent")
    return _loaded(value)


def _loaded(value: Any) -> LoadedAgent:
    metadata = agent_of(value)
    assert metadata is not None
    options = metadata.options
    return LoadedAgent(options.name, options.version, options.type, value)


def _invalid(file: str, message: str) -> WorkerError:
    return WorkerError("agent.invalid", f"{file}: {message}", field="--agent", fix=_FIX)
