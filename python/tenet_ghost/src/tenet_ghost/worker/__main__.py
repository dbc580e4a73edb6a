from __future__ import annotations

import asyncio
import json
import os
import sys

from .args import WorkerArgs, read_args
from .digest import agent_digest
from .errors import EXIT_UNAVAILABLE, EXIT_USAGE, WorkerError
from .serve import describe, serve


def main() -> int:
    what = "serve"
    try:
        args = read_args(sys.argv[1:], os.environ)
        what = args.what
        return _run(args)
    except WorkerError as error:
        if what != "serve":
            # Whoever asked gets our code and details back.
            told = {"code": error.code, "message": error.message, "details": error.details}
            print(json.dumps({"error": told}), flush=True)
        fix = error.details.get("fix")
        print(f"agent worker: {error.message}" + (f"\n  fix: {fix}" if fix else ""), file=sys.stderr)
        return EXIT_UNAVAILABLE if error.retryable else EXIT_USAGE
    except KeyboardInterrupt:
        return 130


def _run(args: WorkerArgs) -> int:
    if args.what == "digest":
        print(json.dumps({"digest": agent_digest(args.child.file)}), flush=True)
    elif args.what == "describe":
        print(json.dumps(asyncio.run(describe(args))), flush=True)
    else:
        asyncio.run(serve(args))
    return 0


if __name__ == "__main__":
    sys.exit(main())
