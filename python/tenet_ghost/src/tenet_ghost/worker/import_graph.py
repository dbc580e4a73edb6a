"""Every file of the agent's own that its entry imports, found by reading and without running anything."""

from __future__ import annotations

import ast
import os
from typing import Iterator, List, Optional, Set

from .errors import WorkerError

_MAX_FILES = 10_000


def import_root(entry: str) -> str:
    """Where the entry's package is imported from: the first folder above it that is no package itself."""
    at = os.path.dirname(os.path.realpath(entry))
    while os.path.isfile(os.path.join(at, "__init__.py")) and os.path.dirname(at) != at:
        at = os.path.dirname(at)
    return at


def module_name(entry: str) -> str:
    relative = os.path.relpath(os.path.realpath(entry), import_root(entry))
    parts = relative[: -len(".py")].split(os.sep)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(entry: str) -> List[str]:
    """
    Imports at any depth of a file's code, and `import_module` of a literal name. What lies outside the root folder is a package,
    which the lock files pin. A file that is only read at run time is not in the graph.
    """
    start = os.path.realpath(entry)
    if not os.path.isfile(start):
        raise WorkerError(
            "agent.invalid",
            f"no such agent module: {start}",
            field="--agent",
            got=start,
            fix="name the agent's .py file",
        )
    root = import_root(start)
    seen: Set[str] = {start}
    queue = [start]
    while queue:
        file = queue.pop()
        for found in _imports_of(file, root):
            if found not in seen:
                seen.add(found)
                queue.append(found)
        if len(seen) > _MAX_FILES:
            raise WorkerError("agent.invalid", f"{entry} imports more than {_MAX_FILES} files", field="--agent")
    return sorted(seen)


def _imports_of(file: str, root: str) -> Iterator[str]:
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read(), file)
    except (SyntaxError, ValueError) as error:
        raise WorkerError("agent.invalid", f"{file} can not be read as Python: {error}", field="--agent") from None
    package = _package_of(file, root)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files_of(alias.name.split("."), root)
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(node, package)
            if base is not None:
                yield from _files_of(base, root)
                for alias in node.names:
                    yield from _files_of([*base, alias.name], root)
        elif isinstance(node, ast.Call):
            name = _literal_import(node)
            if name is not None:
                yield from _files_of(name.split("."), root)


def _package_of(file: str, root: str) -> List[str]:
    parts = os.path.relpath(os.path.dirname(file), root).split(os.sep)
    return [] if parts == ["."] else parts


def _base_of(node: ast.ImportFrom, package: List[str]) -> Optional[List[str]]:
    named = node.module.split(".") if node.module else []
    if node.level == 0:
        return named
    up = node.level - 1
    if up > len(package):
        return None
    return [*package[: len(package) - up], *named]


def _literal_import(node: ast.Call) -> Optional[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    if name not in ("import_module", "__import__") or not node.args:
        return None
    first = node.args[0]
    value = first.value if isinstance(first, ast.Constant) else None
    return value if isinstance(value, str) and not value.startswith(".") else None


def _files_of(parts: List[str], root: str) -> Iterator[str]:
    """The module and the packages on the way to it: importing it runs them all."""
    at = root
    for i, part in enumerate(parts):
        at = os.path.join(at, part)
        package = os.path.join(at, "__init__.py")
        if os.path.isfile(package):
            yield os.path.realpath(package)
        elif os.path.isfile(at + ".py"):
            if i == len(parts) - 1 or not os.path.isdir(at):
                yield os.path.realpath(at + ".py")
                return
        elif not os.path.isdir(at):
            return
