"""`sensync to-change`: the list for the data manager, as a CSV file."""

from __future__ import annotations

import json

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.wording import counted


@click.command("to-change", short_help="Write what to change in the MIS as a CSV file.")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@json_option
@pass_shell
def command(shell: Shell, file: str, as_json: bool) -> None:
    """Write what to change in the MIS to FILE, for the data manager; `-` prints it.

    It is the tab "To change in the MIS" as of the last sync. Google and the MIS are not called.
    """
    from sync.service.to_change import lines_of, write_csv  # noqa: PLC0415 - fast --help

    lines = lines_of(shell.settings())
    if file == "-":
        click.echo(write_csv(lines), nl=False)
        return
    write_csv(lines, file)
    told = f"{counted(len(lines), 'line')} to change, in {file}."
    click.echo(json.dumps({"lines": len(lines), "file": file}) if as_json else told)
