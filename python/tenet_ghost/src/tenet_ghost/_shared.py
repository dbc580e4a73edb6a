"""State of the process: one client, whoever imports this package and however often."""

from __future__ import annotations

from typing import Optional

from ._client import Client, idle_client


class Shared:
    #: Set by `configure`.
    client: Optional[Client] = None

    def current_client(self) -> Client:
        return self.client if self.client is not None else idle_client


shared = Shared()
