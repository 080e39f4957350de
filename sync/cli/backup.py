"""`sensync backup`: a copy of the store, while it is in use."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sync.cli import Shell, json_option, pass_shell


@click.command("backup", short_help="Copy the store, while it is in use.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@pass_shell
def command(shell: Shell, file: Path, as_json: bool) -> None:
    """Copy the store to FILE as it is at one instant, while Sensync goes on with its work.

    The copy holds what the store holds: keep it as you keep the register. docs/running.md says how to put it back. A
    store in PostgreSQL is copied by pg_dump.
    """
    from sync.store.backup import back_up  # noqa: PLC0415 - fast --help

    size = back_up(shell.settings().store.url, file)
    if as_json:
        click.echo(json.dumps({"file": str(file), "bytes": size}))
        return
    click.echo(f"{file}: the store as it is now, whole, {size / 1_000_000:.1f} MB. It holds what the register holds.")
