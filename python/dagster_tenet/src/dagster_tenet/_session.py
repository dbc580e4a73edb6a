"""Which decisions belong together: those of one attempt of one step."""

from __future__ import annotations


def session_of(run_id: str, step_key: str | None, retry_number: int) -> str:
    """
    A decision's id follows from session and key, so a second attempt of the step, which may decide otherwise, has to be another
    session. The same names are given by the Pipes client for Node.
    """
    parts = ["dagster", run_id]
    if step_key:
        parts.append(step_key)
    if retry_number > 0:
        parts.append(f"retry-{retry_number}")
    return "/".join(parts)
