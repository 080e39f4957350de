"""`sensync setup`: signs in and builds the workbooks."""

from __future__ import annotations

import json

import click

from sync.cli import Shell, json_option, pass_shell
from sync.cli.form import said_of


@click.command("setup", short_help="Sign in and build the workbook.")
@click.option("--adopt", is_flag=True, help="Take a copied workbook (its id in sensync.toml) as the real one.")
@json_option
@pass_shell
def command(shell: Shell, adopt: bool, as_json: bool) -> None:
    """Sign in and build the SENCO's workbook and the teachers' workbook.

    Run it again after an upgrade, or when a tab or a column was deleted: it adds what is missing, gives back what
    was typed there as last seen, and touches nothing else. The calendar of meetings, once there is one, is given to
    those who were added to [calendar], and the forms to those who were added to [concerns] responders.
    """
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.service.form_setup import Wanted, keep_forms  # noqa: PLC0415
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
        if settings.concerns.enabled:
            show("Making the forms" if made.created else "Looking at the forms")
        # Who was added to [concerns] responders may answer from now on.
        forms = keep_forms(desk.store, made.workbook, settings, desk.door, desk.now, Wanted(answerers=True))
    book = made.workbook
    urls = {"workbook": address(settings, book.spreadsheet_id)}
    if book.teachers_spreadsheet_id:
        urls["teachers"] = address(settings, book.teachers_spreadsheet_id)
    if as_json:
        links = {f"{each.form.key}_form": each.form.responder_uri for each in forms}
        click.echo(json.dumps({"created": made.created, "added": made.added, **urls, **links}, ensure_ascii=False))
        return
    if made.created:
        click.echo("The workbooks are made.")
    elif made.added:
        click.echo("Added: " + ", ".join(made.added) + ".")
    else:
        click.echo("Everything was there already; nothing was changed.")
    if shared:
        click.echo(f"Given the calendar of meetings: {', '.join(shared)}.")
    for each in forms:
        if each.done:
            click.echo(said_of(each))
    click.echo(f"Workbook:  {urls['workbook']}")
    if "teachers" in urls:
        click.echo(f"Teachers:  {urls['teachers']}")
    click.echo("".join(f"Form:      {each.form.responder_uri}\n" for each in forms[:1]) + "Next: sensync sync")
