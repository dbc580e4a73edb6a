from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NoReturn, Optional, Sequence
from urllib.parse import urlsplit

from .._redact import compile_redactor
from .errors import WorkerError
from .load_agent import split_entry
from .replay_child import ChildOptions

_EPILOG = """
  TENET_AGENT_TOKEN   replay token of this agent version
  OPENAI_BASE_URL, OPENAI_API_KEY
                      endpoint of the live model; the only address the agent may reach

example:
  TENET_AGENT_TOKEN=tnt_… python -m tenet_ghost.worker --agent agent.py:decide \\
    --api http://127.0.0.1:7400 --temporal 127.0.0.1:7233 --tenant demo
"""


@dataclass(frozen=True)
class WorkerArgs:
    #: describe, digest, serve
    what: str
    child: ChildOptions
    api: str
    temporal: str
    namespace: str
    tenant: str
    token: str
    children: int


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WorkerError("usage.invalid", message, fix="see --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m tenet_ghost.worker",
        description="Serves one agent version for replay.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--agent", required=True, metavar="FILE", help="agent.py, agent.py:name or package.module")
    parser.add_argument(
        "--describe", action="store_true", help="print what the agent is as one line of JSON, and end; needs no token"
    )
    parser.add_argument("--digest", action="store_true", help="print the digest of its files; runs nothing of it")
    parser.add_argument("--api", metavar="URL", help="address of the Tenet API")
    parser.add_argument("--temporal", metavar="ADDR", help="address of the Temporal server")
    parser.add_argument("--namespace", default="default", help="Temporal namespace")
    parser.add_argument("--tenant", help="tenant of the task queue (default: TENET_TENANT, else local)")
    parser.add_argument("--children", default="1", metavar="N", help="processes that run decisions")
    parser.add_argument("--memory-mb", default="1024", metavar="N", help="data memory of each")
    parser.add_argument(
        "--pass-env", action="append", default=[], metavar="NAME", help="hand this variable to the agent (repeatable)"
    )
    parser.add_argument(
        "--live-read",
        action="append",
        default=[],
        metavar="H:P",
        help="endpoint that pinned reads may reach (repeatable)",
    )
    parser.add_argument("--redact", metavar="FILE", help="JSON: redaction rules of the recorded decisions")
    parser.add_argument("--price-prompt", metavar="N", help="price of a million tokens of the live model")
    parser.add_argument("--price-completion", metavar="N")
    return parser


def read_args(argv: Sequence[str], env: Mapping[str, str]) -> WorkerArgs:
    values = _parser().parse_args(list(argv))
    what = "digest" if values.digest else "describe" if values.describe else "serve"
    token = env.get("TENET_AGENT_TOKEN", "")
    if what == "serve" and token == "":
        raise WorkerError(
            "auth.missing",
            "TENET_AGENT_TOKEN is not set",
            field="TENET_AGENT_TOKEN",
            fix="register the agent version; it prints its token",
        )
    if what == "serve":
        for name in ("api", "temporal"):
            if not getattr(values, name):
                raise _wrong(f"--{name}", "a value", "nothing")
    return WorkerArgs(
        what=what,
        child=_child_options(values, env),
        api=_url("--api", values.api) if what == "serve" else "",
        temporal=values.temporal or "",
        namespace=values.namespace,
        tenant=values.tenant or env.get("TENET_TENANT") or "local",
        token=token,
        children=_whole("--children", values.children, 64),
    )


def _child_options(values: Any, env: Mapping[str, str]) -> ChildOptions:
    file, name = split_entry(values.agent)
    key = env.get("OPENAI_API_KEY", "")
    base_url = env.get("OPENAI_BASE_URL") or ("https://api.openai.com/v1" if key else None)
    model: Optional[Dict[str, Any]] = None
    if base_url is not None:
        model = {"baseURL": _url("OPENAI_BASE_URL", base_url), "apiKey": key}
        price = _price(values.price_prompt, values.price_completion)
        if price is not None:
            model["price"] = price
    return ChildOptions(
        file=file,
        name=name,
        model=model,
        live_reads=[_host_port(text) for text in values.live_read],
        env=_agent_environment(values.pass_env, env, base_url, key),
        memory_mb=_whole("--memory-mb", values.memory_mb, 1_048_576),
        redact=_rules(values.redact),
    )


def _agent_environment(names: List[str], env: Mapping[str, str], base_url: Optional[str], key: str) -> Dict[str, str]:
    """Client libraries refuse to be built without a key; where no model is configured they get one that opens nothing."""
    passed = {"OPENAI_API_KEY": key or "none-in-replay"}
    if base_url is not None:
        passed["OPENAI_BASE_URL"] = base_url
    for name in names:
        if name.startswith("TENET_"):
            raise _wrong("--pass-env", "a variable of the agent; ours are not handed out", name)
        if name in env:
            passed[name] = env[name]
    return passed


def _rules(file: Optional[str]) -> Optional[Mapping[str, Any]]:
    """Checked, with the key of pseudonyms in them: the children that get them open no file of ours."""
    if file is None:
        return None
    try:
        with open(file, encoding="utf-8") as source:
            rules = _with_key(json.load(source))
        compile_redactor(rules)
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise WorkerError(
            "usage.invalid",
            f"--redact: {file}: {error}",
            field="--redact",
            expected="a JSON file of redaction rules",
            fix="give the rules that ghost.configure has",
        ) from None
    return rules


def _with_key(rules: Dict[str, Any]) -> Dict[str, Any]:
    pseudonyms = dict(rules.get("pseudonyms") or {})
    file = pseudonyms.pop("key_file", pseudonyms.pop("keyFile", None))
    if file is None or "key" in pseudonyms:
        return rules
    with open(file, encoding="utf-8") as source:
        return {**rules, "pseudonyms": {**pseudonyms, "key": source.read().strip()}}


def _price(prompt: Optional[str], completion: Optional[str]) -> Optional[Dict[str, float]]:
    if prompt is None and completion is None:
        return None
    return {"prompt": _amount("--price-prompt", prompt), "completion": _amount("--price-completion", completion)}


def _amount(flag: str, text: Optional[str]) -> float:
    try:
        value = float(text or "0")
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise _wrong(flag, "a price of a million tokens", text or "")
    return value


def _whole(flag: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise _wrong(flag, f"a whole number from 1 to {most}", text)
    return int(text)


def _url(flag: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong(flag, "an http or https address", text)
    return text


def _host_port(text: str) -> str:
    if not re.fullmatch(r"[^\s:]+:[0-9]{1,5}", text):
        raise _wrong("--live-read", "host:port", text)
    return text.lower()


def _wrong(field: str, expected: str, got: str) -> WorkerError:
    return WorkerError(
        "usage.invalid", f"{field}: expected {expected}", field=field, expected=expected, got=got, fix="see --help"
    )
