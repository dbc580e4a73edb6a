"""Whose decision the relaxed rule changes, from the CSV and the rule alone; knows nothing of the agents."""

from __future__ import annotations

from dagster_underwriting.applicants import accounts, applications_of


def flips(day: str) -> dict[str, int]:
    """Applicant → amount: cars between the old and the new limit of the term, at whatever score the term decides about."""
    found: dict[str, int] = {}
    for row in applications_of(day):
        if row["purpose"] == "car" and 24 < row["duration"] <= 36 and _points(row) < 8:
            found[row["id"]] = row["amount"]
    return found


def _points(row: dict) -> int:  # type: ignore[type-arg]
    bureau = accounts()[row["id"]]
    points = {"little": 3, "moderate": 2}.get(bureau["checking"], 0)
    points += {"little": 2, "moderate": 1, "NA": 1}.get(bureau["savings"], 0)
    points += sum(row["amount"] > bound for bound in (2500, 5000, 10000))
    points += sum(row["duration"] > bound for bound in (18, 36))
    points += row["housing"] in ("rent", "free")
    return points + {0: 2, 1: 1}.get(row["job"], 0)
