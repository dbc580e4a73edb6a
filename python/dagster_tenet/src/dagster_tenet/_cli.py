"""Tenet's command line as a child process: what has no HTTP door is asked of it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ._errors import TenetError

#: A public contract of the command line.
EXIT_FAILED = 3
EXIT_INCONCLUSIVE = 5
EXIT_PENDING = 8
_VERDICTS = {0, EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PENDING}

_STOP_SECONDS = 30.0
_TAIL_LINES = 20


@dataclass(frozen=True)
class Cli:
    #: "tenet", or how it is started: "node /srv/tenet/bin/tenet.js".
    command: str
    state_dir: str | None = None

    def gate_run(self, arguments: Sequence[str], say: Callable[[str], None], timeout: float) -> Any:
        """Runs a gate, or finds the verdict it has. A verdict of any kind is an answer; anything else raises."""
        return self._ask(["gate", "run", *arguments], say, timeout, _VERDICTS)

    def ask(self, arguments: Sequence[str], timeout: float = 60.0) -> Any:
        return self._ask(arguments, lambda _line: None, timeout, {0})

    def run(self, arguments: Sequence[str], timeout: float = 60.0) -> None:
        """For commands that write a file: what they print is not read."""
        self._run(arguments, lambda _line: None, timeout, {0})

    def _ask(self, arguments: Sequence[str], say: Callable[[str], None], timeout: float, good: set[int]) -> Any:
        text = self._run([*arguments, "--output", "json"], say, timeout, good)
        try:
            return json.loads(text)
        except ValueError:
            raise TenetError(f"`{self.command} {' '.join(arguments[:2])}` printed no JSON: {text[:200]!r}") from None

    def _run(self, arguments: Sequence[str], say: Callable[[str], None], timeout: float, good: set[int]) -> str:
        state = [] if self.state_dir is None else ["--state-dir", self.state_dir]
        argv = [*shlex.split(self.command), *state, *arguments]
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                # Agents in Python are served by the interpreter that has them: this one, unless told otherwise.
                env={"TENET_PYTHON": sys.executable, **os.environ, "NO_COLOR": "1"},
                preexec_fn=_hear_signals if os.name == "posix" else None,
            )
        except OSError as error:
            raise TenetError(f"`{argv[0]}` can't be started ({error}); set `cli` of TenetResource") from error
        out, tail = _Lines(child.stdout), _Lines(child.stderr, say)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            _stop(child)
            raise TenetError(
                f"`tenet {' '.join(arguments[:2])}` took longer than {timeout:g} s and was stopped"
            ) from None
        except BaseException:
            # The run is being cancelled: the command stops what it had started, then we go.
            _stop(child)
            raise
        text, said = out.text(), tail.last()
        if code not in good:
            raise TenetError(f"`tenet {' '.join(arguments[:2])}` ended with {code}: {said or text[-400:]}")
        return text


class _Lines:
    """Reads a pipe to its end beside the child, so that neither waits for the other."""

    def __init__(self, pipe: Iterable[str] | None, say: Callable[[str], None] | None = None) -> None:
        self._lines: list[str] = []
        self._say = say
        self._pipe = pipe or ()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._pipe:
            self._lines.append(line)
            if self._say is not None and line.strip():
                self._say(line.rstrip())

    def text(self) -> str:
        self._thread.join(_STOP_SECONDS)
        return "".join(self._lines)

    def last(self) -> str:
        self._thread.join(_STOP_SECONDS)
        return " ".join(line.strip() for line in self._lines[-_TAIL_LINES:] if line.strip())


def _hear_signals() -> None:
    """Under `dagster dev` started in the background SIGINT is ignored, and a child inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
