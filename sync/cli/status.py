"""`sensync status`: the workbook, the last runs, and what needs attention."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.wording import counted

if TYPE_CHECKING:
    from datetime import tzinfo

    from sync.service.afoot import Afoot
    from sync.service.concerns_afoot import ConcernsAfoot
    from sync.service.status import Status


@click.command("status", short_help="Show the workbook, the last runs and what needs attention.")
@click.option("--runs", "limit", default=5, show_default=True, type=click.IntRange(1, 1000), help="How many runs.")
@json_option
@pass_shell
def command(shell: Shell, limit: int, as_json: bool) -> None:
    """Show the workbook, the last runs, and what needs attention.

    Asks nobody but the store: Google and the MIS are not called.
    """
    from sync.service.status import read_status  # noqa: PLC0415 - fast --help

    settings = shell.settings()
    status = read_status(settings)
    status = status.newest(limit)
    click.echo(json.dumps(_as_json(status), ensure_ascii=False) if as_json else _as_text(status, settings.school.zone))


def _as_text(status: Status, zone: tzinfo) -> str:
    lines = [f"School:    {status.school}"]
    if status.workbook is None:
        return "\n".join([*lines, "Workbook:  not made yet; run `sensync setup`."])
    lines.append(f"Workbook:  {_address(status, status.workbook.spreadsheet_id)}")
    if status.workbook.teachers_spreadsheet_id:
        lines.append(f"Teachers:  {_address(status, status.workbook.teachers_spreadsheet_id)}")
    lines += [
        f"At work:   {lease.name}: {lease.holder} since {lease.taken_at.astimezone(zone):%d/%m/%Y %H:%M:%S}"
        for lease in status.leases
    ]
    lines += _afoot(status.afoot, zone) if status.afoot is not None else []
    lines += _concerns(status.concerns, zone) if status.concerns is not None else []
    lines += ["", "Last runs:" if status.runs else "No run yet; run `sensync sync`."]
    for run in status.runs:
        seconds = (run.finished_at - run.started_at).total_seconds()
        lines.append(
            f"  {run.started_at.astimezone(zone):%d/%m/%Y %H:%M:%S}  {run.outcome.value:<8} "
            f"{seconds:6.1f} s  {counted(run.requests, 'request'):>12}  {_counts(run.summary)}".rstrip()
        )
    lines += ["", "Needs attention:" if status.attention else "Nothing needs attention."]
    lines += [f"  - {sentence}" for sentence in status.attention]
    return "\n".join(lines)


def _afoot(afoot: Afoot, zone: tzinfo) -> list[str]:
    backlog = afoot.backlog
    places = f"{afoot.booked} of {counted(afoot.places, 'place')} booked"
    waiting = f"{counted(backlog.waiting, 'letter or event waits', 'letters and events wait')}"
    tried = f", {backlog.tried} of them tried before" if backlog.tried else ""
    lines = [f"Meetings:  {counted(afoot.slots, 'slot')} to come, {places}"]
    if afoot.has_calendar:
        when = f"{afoot.followed_at.astimezone(zone):%d/%m/%Y %H:%M:%S}" if afoot.followed_at else "never"
        lines.append(f"Calendar:  followed last: {when}")
    return [*lines, f"Outbox:    {waiting}{tried}; {backlog.aside} set aside"]


def _concerns(found: ConcernsAfoot, zone: tzinfo) -> list[str]:
    when = f"{found.listed_at.astimezone(zone):%d/%m/%Y %H:%M:%S}" if found.listed_at else "never"
    waits = f"{found.to_decide} to decide ({found.overdue} overdue, {found.held} held)"
    return [f"Concerns:  {waits}, {found.open} open; the form was last gone through: {when}"]


def _counts(summary: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value}"
        for name, value in summary.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool) and value
    )


def _address(status: Status, spreadsheet_id: str) -> str:
    return f"{status.pages}/spreadsheets/d/{spreadsheet_id}"


def _as_json(status: Status) -> dict[str, Any]:
    return {
        "school": status.school,
        "workbook": None
        if status.workbook is None
        else {
            "spreadsheet_id": status.workbook.spreadsheet_id,
            "teachers_spreadsheet_id": status.workbook.teachers_spreadsheet_id,
            "created_at": status.workbook.created_at.isoformat(),
        },
        "meetings": None if status.afoot is None else _afoot_as_json(status.afoot),
        "concerns": None if status.concerns is None else _concerns_as_json(status.concerns),
        "leases": [
            {
                "name": lease.name,
                "holder": lease.holder,
                "since": lease.taken_at.isoformat(),
                "until": lease.expires_at.isoformat(),
            }
            for lease in status.leases
        ],
        "runs": [
            {
                "id": run.id,
                "started_at": run.started_at.isoformat(),
                "finished_at": run.finished_at.isoformat(),
                "outcome": run.outcome.value,
                "requests": run.requests,
                "summary": run.summary,
            }
            for run in status.runs
        ],
        "attention": list(status.attention),
    }


def _afoot_as_json(afoot: Afoot) -> dict[str, Any]:
    backlog = afoot.backlog
    return {
        "slots": afoot.slots,
        "places": afoot.places,
        "booked": afoot.booked,
        "calendar_followed_at": afoot.followed_at.isoformat() if afoot.followed_at else None,
        "waiting": backlog.waiting,
        "tried": backlog.tried,
        "oldest": backlog.oldest.isoformat() if backlog.oldest else None,
        "aside": [{"kind": each.kind, "why": each.why} for each in afoot.aside],
    }


def _concerns_as_json(found: ConcernsAfoot) -> dict[str, Any]:
    return {
        "to_decide": found.to_decide,
        "overdue": found.overdue,
        "held": found.held,
        "open": found.open,
        "form": None if found.form is None else str(found.form),
        "listed_at": found.listed_at.isoformat() if found.listed_at else None,
    }
