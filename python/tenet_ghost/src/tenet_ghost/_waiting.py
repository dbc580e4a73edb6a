"""Modes in which the caller waits for its record: `ack="server"` and serverless. Else this costs one look."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._capture import Opened


def wait_for_spool(opened: Opened) -> None:
    client = opened.client
    seconds = client.wait_seconds
    if seconds is not None and opened.outer is None:
        client.flush(seconds)


async def wait_for_spool_async(opened: Opened) -> None:
    client = opened.client
    seconds = client.wait_seconds
    if seconds is not None and opened.outer is None:
        await asyncio.get_running_loop().run_in_executor(None, client.flush, seconds)
