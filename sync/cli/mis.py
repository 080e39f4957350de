"""`sensync mis`: look at what the MIS gives, before anything is written."""
# ruff: noqa: PLC0415 - imports stand inside the commands, so that `sensync --help` does not wait for pandas

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.errors import ConfigError, Exit, InputError

if TYPE_CHECKING:
    from rich.console import Console

    from sync.mis import Preview, ReadOptions

_PROBLEMS_SHOWN = 30
_LONDON = ZoneInfo("Europe/London")


@click.group("mis", short_help="Look at what the MIS files say.")
def command() -> None:
    """Look at what the MIS files say, before anything is written."""


@command.command(short_help="Show what each file was taken for.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.option("--mask", is_flag=True, help="Show UPNs in place of names and dates of birth.")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="How many records to show.")
@click.option(
    "--aliases",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take [school] and [mis] from this file, though the rest of it may still be unfinished.",
)
@pass_shell
def preview(shell: Shell, files: tuple[Path, ...], as_json: bool, mask: bool, rows: int, aliases: Path | None) -> int:
    r"""Show what each FILE was taken for: its kind, each heading, what was not understood, the first rows.

    A folder stands for the files in it. Writes nothing and asks Google nothing. The school and its own headings come
    from the configuration, if there is one. Ends with 7 when a file cannot be used.

    \b
    Examples:
      sensync mis preview report.csv
      sensync mis preview --mask exports
      sensync mis preview --aliases sensync.toml report.xlsx
    """
    from rich.console import Console

    from sync.cli.progress import progress
    from sync.mis import preview as look
    from sync.mis.files import Found, expand

    options, today = _options(shell, aliases)
    found = Found()
    paths = list(dict.fromkeys(expand(files, found)))
    if found.refused:
        raise InputError(*found.refused)
    seen = []
    with progress(quiet=as_json or not sys.stderr.isatty()) as show:
        for path in paths:
            show(f"Reading {path.name}")
            seen.append(look(path, options, today=today, rows=rows, mask=mask))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in seen], default=_jsonable, ensure_ascii=False))
    else:
        console = Console()
        for one in seen:
            _show(console, one)
        for problem in found.passed_over:
            click.echo(f"Passed over: {problem.source}: {problem.reason}.")
    return int(Exit.REFUSED if any(one.refused for one in seen) else Exit.OK)


def _options(shell: Shell, aliases: Path | None) -> tuple[ReadOptions, date]:
    """How the school's files are read, and its day: from the configuration as far as there is one."""
    from sync.config import CONFIG_VARIABLE, find_config
    from sync.mis import ReadOptions

    if aliases is not None:
        return _unfinished(aliases), datetime.now(_LONDON).date()
    named = shell.config or os.environ.get(CONFIG_VARIABLE)
    if not named and not find_config().exists():
        return ReadOptions(), datetime.now(_LONDON).date()
    from sync.service.opening import read_options

    settings = shell.settings()

    return read_options(settings), datetime.now(settings.school.zone).date()


def _unfinished(file: Path) -> ReadOptions:
    """`[school]` and `[mis]` of a configuration whose other parts are not asked for yet.

    Raises:
        ConfigError: it cannot be read, or these parts of it are not right.
    """
    from sync.mis import ReadOptions

    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{file.name}: cannot be opened ({error.strerror}).", next_step="Check the path after --aliases."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name}: is not TOML: {error}.", next_step="Correct the line that is named.") from error
    school, mis = settings.get("school", {}), settings.get("mis", {})
    if not isinstance(school, dict) or not isinstance(mis, dict):
        raise ConfigError(
            f"{file.name}: school and mis must be tables, written [school] and [mis].",
            next_step="See docs/configuration.md.",
        )
    return ReadOptions.from_mapping({**mis, **{key: school[key] for key in ("la", "estab") if key in school}})


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
