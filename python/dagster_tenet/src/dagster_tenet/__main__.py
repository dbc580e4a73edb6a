"""`python -m dagster_tenet enrol`: makes this machine a producer and writes the identity file that TenetResource reads."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m dagster_tenet")
    commands = parser.add_subparsers(dest="command", required=True)
    enrol = commands.add_parser("enrol", help="enrol a record key by a one-time token")
    enrol.add_argument("--endpoint", required=True, help="address of the platform's API")
    enrol.add_argument("--token", required=True, help="one-time token; `tenet dev` prints one")
    enrol.add_argument("--out", required=True, type=Path, help="identity file to write; the key goes beside it")
    options = parser.parse_args(argv)

    from tenet_ghost import ghost

    key_file = options.out.with_suffix(".pem")
    identity = ghost.enrol(endpoint=options.endpoint, token=options.token, key_file=str(key_file.resolve()))
    write_identity(options.out, identity)
    sys.stdout.write(f"{options.out}: key {identity['kid']} of tenant {identity['tenant']}\n")
    return 0


def write_identity(out: Path, identity: dict[str, Any]) -> None:
    """In the names of the TypeScript SDK, so that a process in either language reads the same file. It holds the write key: 0600."""
    text = json.dumps(_camel(identity), indent=2) + "\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _camel(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name): _camel(member)
        for name, member in value.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
