"""The school year of the tests of surgeries and reviews: the one that a new workbook's Settings begin with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sync.domain.meetings import Happened, Meeting, MeetingKind
from sync.plan.cells import Value, serial
from sync.plan.school_calendar import calendar_of
from sync.service.templates import load_template

if TYPE_CHECKING:
    from collections.abc import Mapping


def settings_rows() -> list[dict[str, Value]]:
    """The rows of a new workbook's Settings tab, dates as Sheets keeps them."""
    tab = load_template().tab("settings")
    rows: list[dict[str, Value]] = []
    for told in tab.seed_rows:
        row: dict[str, Value] = dict(zip(tab.seed_columns, told, strict=True))
        for key in ("from", "to"):
            row[key] = serial(date.fromisoformat(str(row[key]))) if row[key] else None
        rows.append(row)
    return rows


INSET: Mapping[str, Value] = {"code": "inset_1", "setting": "INSET", "from": serial(date(2027, 1, 4)), "to": None}
CALENDAR, PROBLEMS = calendar_of([*settings_rows(), INSET])
TUESDAY = date(2026, 12, 8)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def pupil(ref: str, **cells: Value) -> dict[str, Value]:
    """A row of the roll."""
    return {"ref": ref, "year": "7", "status": "K", "on_roll": "Yes", "label": f"A, B (7B) · {ref}", **cells}


def held(ref: str, day: date, kind: MeetingKind = MeetingKind.SUPPORT, happened: Happened = Happened.HELD) -> Meeting:
    return Meeting(f"P-{ref}{day:%m%d}", ref, kind, day, happened)
