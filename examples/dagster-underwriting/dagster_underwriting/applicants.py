"""The applications of a day."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).parents[3]
CSV = ROOT / "examples/underwriting/applicants.csv"
FIRST_DAY = date(2026, 5, 1)
DAYS = 5


class Application(TypedDict):
    """What an applicant fills in. Savings and checking account are the credit bureau's to tell."""

    id: str
    age: int
    sex: str
    job: int
    housing: str
    amount: int
    duration: int
    purpose: str


class Accounts(TypedDict):
    savings: str
    checking: str


def applications_of(day: str) -> list[Application]:
    """The set has no dates: rows are dealt to five days by their id."""
    return [_application(row) for row in _rows() if _day_of(row["id"]) == day]


def accounts() -> dict[str, Accounts]:
    return {row["id"]: {"savings": row["Saving accounts"], "checking": row["Checking account"]} for row in _rows()}


def _rows() -> list[dict[str, str]]:
    with CSV.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day_of(applicant: str) -> str:
    return (FIRST_DAY + timedelta(days=int(applicant) % DAYS)).isoformat()


def _application(row: dict[str, str]) -> Application:
    return {
        "id": row["id"],
        "age": int(row["Age"]),
        "sex": row["Sex"],
        "job": int(row["Job"]),
        "housing": row["Housing"],
        "amount": int(row["Credit amount"]),
        "duration": int(row["Duration"]),
        "purpose": row["Purpose"],
    }
