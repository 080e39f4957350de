"""`sensync history KEY`: what changed about one pupil or row, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell

if TYPE_CHECKING:
    from datetime import tzinfo

    from sync.store import JournalEntry


@click.command("history", short_help="Show what changed about one pupil or row, and when.")
@click.argument("key")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many changes.")
@json_option
@pass_shell
def command(shell: Shell, key: str, limit: int, as_json: bool) -> None:
    """Show what changed about KEY, newest first.

    KEY is a pupil's UPN (of now or of before) or reference, or the key of a row (the first column of the sheet).
    The output holds the pupil's data: mind where you print it.
    """
    from sync.service.status import read_history  # noqa: PLC0415 - fast --help

    settings = shell.settings()
    entries = read_history(settings, key, limit)
    if as_json:
        click.echo(json.dumps({"key": key, "entries": [_as_json(entry) for entry in entries]}, ensure_ascii=False))
        return
    if not entries:
        click.echo(f"Nothing has changed for {key} since the first sync.")
    for entry in entries:
        click.echo(_as_text(entry, settings.school.zone))


def _as_text(entry: JournalEntry, zone: tzinfo) -> str:
    took_effect = f" (from {entry.effective_on:%d/%m/%Y})" if entry.effective_on else ""
    note = f"  {entry.note}" if entry.note else ""
    return (
        f"{entry.at.astimezone(zone):%d/%m/%Y %H:%M:%S}  {entry.tab}  {entry.kind}  {entry.field}: "
        f"{_shown(entry.old)} -> {_shown(entry.new)}{took_effect}{note}"
    )


def _shown(text: str | None) -> str:
    """A JSON text as a person reads it: nothing as a dash, a text without its quotes."""
    if text is None:
        return "-"
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return "-" if value is None or value == "" else value if isinstance(value, str) else text


def _as_json(entry: JournalEntry) -> dict[str, object]:
    return {
        "at": entry.at.isoformat(),
        "tab": entry.tab,
        "key": entry.key,
        "field": entry.field,
        "old": None if entry.old is None else json.loads(entry.old),
        "new": None if entry.new is None else json.loads(entry.new),
        "effective_on": entry.effective_on.isoformat() if entry.effective_on else None,
        "kind": entry.kind,
        "note": entry.note,
    }
