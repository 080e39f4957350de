"""`sensync form`: the forms for staff, their state and links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.wording import counted

if TYPE_CHECKING:
    from sync.service.form_setup import FormReport
    from sync.store import KnownForm

_NAMES = {"concern": "Concern form", "robin": "Round robin"}
_STATES = {
    "open": "takes answers",
    "closed": "closed: takes no answers. `sensync form --open` opens it again.",
    "gone": "in the bin or deleted. Take it out of the bin, or `sensync form --again` makes another.",
}


@click.command("form", short_help="Show the forms for staff, and write links to them.")
@click.option(
    "--classes",
    "file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write a link for each class to this CSV file; - prints it.",
)
@click.option("--open", "opened", is_flag=True, help="Let forms that somebody closed take answers again.")
@click.option("--again", is_flag=True, help="Make a form again that was deleted. Links to the old one stay dead.")
@json_option
@pass_shell
def command(shell: Shell, file: str | None, opened: bool, again: bool, as_json: bool) -> None:
    """Show the link and state of the concern form and the round robin's, as the last sync saw them.

    Without --open or --again Google is not called. A link for a class fills the class in; the links for single pupils
    are in the teachers' workbook.
    """
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.service.form_links import as_csv, known_forms, mend_forms  # noqa: PLC0415
    from sync.service.form_setup import Wanted  # noqa: PLC0415
    from sync.service.to_change import save_csv  # noqa: PLC0415

    settings = shell.settings()
    done: tuple[FormReport, ...] = ()
    if opened or again:
        with progress(quiet=as_json) as show:
            done = mend_forms(settings, Wanted(opened=opened, again=again), show)
    known = known_forms(settings)
    if file == "-":
        click.echo(as_csv(known.classes), nl=False)
        return
    if file is not None:
        save_csv(as_csv(known.classes), file)
    if as_json:
        told = {str(form.key): _json(form) for form in known.forms}
        click.echo(json.dumps({"forms": told, "classes": len(known.classes), "file": file}))
        return
    for report in done:
        if report.done:
            click.echo(said_of(report))
    for form in known.forms:
        click.echo(f"{_NAMES[form.key]}: {_STATES[form.state]}\n  {form.responder_uri}")
    if file is not None:
        click.echo(f"{counted(len(known.classes), 'link')}, in {file}.")


def _json(form: KnownForm) -> dict[str, str]:
    return {"form_id": form.form_id, "link": form.responder_uri, "state": str(form.state)}


def said_of(report: FormReport) -> str:
    """What was done with one form, in a line."""
    return f"{_NAMES[report.form.key]}: {', '.join(report.done)}."
