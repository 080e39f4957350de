"""`sensync mis`: look at what the MIS gives, before anything is written."""
# ruff: noqa: PLC0415 - imports stand inside the commands, so that `sensync --help` does not wait for pandas

from __future__ import annotations

import dataclasses
import json
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sync.domain.errors import ConfigError, Exit, SensyncError

if TYPE_CHECKING:
    from rich.console import Console

    from sync.mis import Preview, ReadOptions

_PROBLEMS_SHOWN = 30


@click.group()
def mis() -> None:
    """Look at files from the MIS."""


@mis.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
@click.option("--mask", is_flag=True, help="Show UPNs in place of names and dates of birth.")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="How many records to show.")
@click.option(
    "--aliases",
    "config",
    metavar="SENSYNC.TOML",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Use the [mis] settings (school, own headings) of this file.",
)
@click.pass_context
def preview(
    context: click.Context,
    files: tuple[Path, ...],
    config: Path | None,
    rows: int,
    *,
    as_json: bool,
    mask: bool,
) -> None:
    r"""Show what each FILE was taken for: its kind, each heading, what was not understood, the first rows.

    Writes nothing and asks Google nothing. Ends with 7 when a file cannot be used.

    \b
    Examples:
      sensync mis preview report.csv
      sensync mis preview --mask *.xml
      sensync mis preview --aliases sensync.toml report.xlsx
    """
    from rich.console import Console

    from sync.mis import preview as look

    today = datetime.now(ZoneInfo("Europe/London")).date()
    try:
        options = _options(config)
        seen = [look(path, options, today=today, rows=rows, mask=mask) for path in files]
    except SensyncError as error:
        click.echo("\n".join(part for part in (str(error), error.next_step) if part), err=True)
        context.exit(int(error.exit_code))
    if as_json:
        click.echo(
            json.dumps([dataclasses.asdict(one) for one in seen], default=_jsonable, indent=2, ensure_ascii=False)
        )
    else:
        console = Console()
        for one in seen:
            _show(console, one)
    if any(one.refused for one in seen):
        context.exit(int(Exit.REFUSED))


def _options(config: Path | None) -> ReadOptions:
    from sync.mis import ReadOptions

    if config is None:
        return ReadOptions()
    try:
        settings = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{config.name}: cannot be opened ({error.strerror}).",
            next_step="Check the path after --aliases.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{config.name}: is not TOML: {error}.", next_step="Correct the line that is named."
        ) from error
    part = settings.get("mis", {})
    if not isinstance(part, dict):
        raise ConfigError(f"{config.name}: mis must be a table, written [mis].", next_step="See docs/mis-files.md.")
    return ReadOptions.from_mapping(part)


def _jsonable(value: object) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _show(console: Console, seen: Preview) -> None:
    from rich.text import Text

    console.rule(Text(seen.name))
    for reason in seen.refused:
        console.print(Text(f"Refused: {reason}", style="red"))
    if seen.source:
        made = (
            f", made {seen.source.as_of.astimezone(ZoneInfo('Europe/London')):%d/%m/%Y %H:%M}"
            if seen.source.as_of
            else ""
        )
        whole = "the whole roll" if seen.source.full_roll else "not the whole roll"
        what = "provisions" if seen.source.kind == "provisions" else f"pupils, {whole}"
        read_as = f", read as {seen.encoding}" if seen.encoding else ""
        console.print(Text(f"{seen.label}: {seen.source.records} {what}{made}{read_as}"))
    for title, counts in (("Status", seen.statuses), ("Needs", seen.needs), ("Year", seen.years)):
        if counts:
            console.print(
                Text(f"{title}: " + ", ".join(f"{name} {number}" for name, number in list(counts.items())[:25]))
            )
    if seen.headings:
        _table(
            console,
            "Headings",
            [_heading(match) for match in seen.headings],
            ["Heading", "Taken for", "Note"],
        )
    if seen.rows:
        _table(console, "First rows", [list(row.values()) for row in seen.rows], list(seen.rows[0]))
    if seen.problems:
        rows = [[str(p.row or ""), p.field or "", str(p.severity), p.reason] for p in seen.problems[:_PROBLEMS_SHOWN]]
        _table(console, f"Problems ({len(seen.problems)})", rows, ["Row", "Field", "Kind", "What"])
        if len(seen.problems) > _PROBLEMS_SHOWN:
            console.print(Text(f"... and {len(seen.problems) - _PROBLEMS_SHOWN} more; --json shows all"))


def _heading(match: Any) -> list[str]:
    if match.field:
        return [match.heading, match.field + (f" {match.number}" if match.number else ""), ""]
    near = f"near: {', '.join(match.nearest)}" if match.nearest else ""
    return [match.heading, "not used" if match.note else "not understood", match.note or near]


def _table(console: Console, title: str, rows: list[list[str]], headings: list[str]) -> None:
    # Text, not str: rich would take "[K]" in a cell for markup.
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
