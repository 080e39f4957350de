"""`sensync restore`: puts back rows that were deleted from the workbook."""

from __future__ import annotations

import json

import click

from sync.cli import Shell, json_option, pass_shell


@click.command("restore", short_help="Put back rows that were deleted from the workbook.")
@click.argument("keys", nargs=-1)
@json_option
@pass_shell
def command(shell: Shell, keys: tuple[str, ...], as_json: bool) -> None:
    """Put back the rows with these KEYS (the first column of the sheet), with what was typed in them.

    Without a key it lists the rows that can be put back.
    """
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.service.mirror import sync  # noqa: PLC0415
    from sync.service.opening import mis_reader, open_desk  # noqa: PLC0415
    from sync.service.restore import check_keys, restorable  # noqa: PLC0415

    settings = shell.settings()
    with progress(quiet=as_json) as show, open_desk(settings, progress=show) as desk:
        if not keys:
            rows = restorable(desk)
            if as_json:
                click.echo(json.dumps([{"tab": r.tab, "key": r.key, "columns": list(r.columns)} for r in rows]))
                return
            for row in rows:
                typed = ", ".join(row.columns) or "nothing typed"
                click.echo(f"{row.key}  {row.tab}  ({typed})")
            if not rows:
                click.echo("There is no deleted row to put back.")
            return
        check_keys(desk, keys)
        report = sync(desk, mis_reader(settings, desk), restore=keys)
    added = [key for insert in report.plan.inserts for key in insert.keys]
    if as_json:
        click.echo(json.dumps({"restored": [k for k in keys if k in added]}))
        return
    for key in keys:
        click.echo(f"{key}: put back." if key in added else f"{key}: the row is there already.")
