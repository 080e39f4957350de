"""`sensync setup`: signs in and builds the workbooks."""

from __future__ import annotations

import json

import click

from sync.cli import Shell, json_option, pass_shell


@click.command("setup", short_help="Sign in and build the workbook.")
@click.option("--adopt", is_flag=True, help="Take a copied workbook (its id in sensync.toml) as the real one.")
@json_option
@pass_shell
def command(shell: Shell, adopt: bool, as_json: bool) -> None:
    """Sign in and build the SENCO's workbook and the teachers' workbook.

    Run it again after an upgrade, or when a tab or a column was deleted: it adds what is missing, gives back what
    was typed there as last seen, and touches nothing else. The calendar of meetings, once there is one, is given to
    those who were added to [calendar].
    """
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.service.opening import address, open_desk, wish  # noqa: PLC0415
    from sync.service.rounds import open_rounds  # noqa: PLC0415
    from sync.service.setup import set_up  # noqa: PLC0415

    settings = shell.settings()
    with (
        progress(quiet=as_json) as show,
        open_desk(settings, progress=show, interactive=not as_json, adopt=adopt) as desk,
    ):
        made = set_up(desk, wish(settings, adopt=adopt))
        with open_rounds(settings, store=desk.store, workbook=made.workbook) as rounds:
            shared = rounds.share()
    book = made.workbook
    urls = {"workbook": address(settings, book.spreadsheet_id)}
    if book.teachers_spreadsheet_id:
        urls["teachers"] = address(settings, book.teachers_spreadsheet_id)
    if as_json:
        click.echo(json.dumps({"created": made.created, "added": made.added, **urls}, ensure_ascii=False))
        return
    if made.created:
        click.echo("The workbooks are made.")
    elif made.added:
        click.echo("Added: " + ", ".join(made.added) + ".")
    else:
        click.echo("Everything was there already; nothing was changed.")
    if shared:
        click.echo(f"Given the calendar of meetings: {', '.join(shared)}.")
    click.echo(f"Workbook:  {urls['workbook']}")
    if "teachers" in urls:
        click.echo(f"Teachers:  {urls['teachers']}")
    click.echo("Next: sensync sync")
