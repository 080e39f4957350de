"""`sensync links`: personal booking links as a CSV file or as printed letters."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.errors import UsageError
from sync.domain.wording import counted

_ONLY_HERE = {"127.0.0.1", "localhost", "::1"}


@click.command("links", short_help="Write personal booking links as CSV or printed letters.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False), help="A CSV file for your messaging system.")
@click.option("--letters", "letters_file", type=click.Path(dir_okay=False), help="An HTML file of letters to print.")
@click.option(
    "--all/--without-email",
    "everyone",
    default=False,
    help="Everybody who may book now, or only those without an e-mail address (as it is unless told).",
)
@click.option("--staff", is_flag=True, help="Links for members of staff to staff drop-ins, instead of families.")
@click.option("--pupil", metavar="REF", help="Only this pupil's adults, with an e-mail address or a booking too.")
@click.option("--adult", metavar="WHO", default="", help="With --pupil: an e-mail address, telephone number or name.")
@click.option("--end", is_flag=True, help="With --pupil: links given out before stop to open, for good.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@pass_shell
def command(
    shell: Shell,
    csv_file: str | None,
    letters_file: str | None,
    everyone: bool,
    staff: bool,
    pupil: str | None,
    adult: str,
    end: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write personal booking links for the families who may book now and have not.

    Each link is for one adult and opens their bookings: treat the files as you would keys, and delete them once the
    links are given out. Links given out before go on opening, unless you say --end.

    A link that was lost or went astray: --pupil REF --end ends it; with --letters or --csv there is a new one.
    """
    from sync.service.links import renew_links, write_links  # noqa: PLC0415 - fast --help

    settings = shell.settings()
    if pupil is not None and not (everyone or staff):
        written = renew_links(
            settings, pupil, adult=adult, end=end, csv_file=csv_file, letters_file=letters_file, force=force
        )
    elif pupil is None and not (adult or end):
        written = write_links(
            settings, csv_file=csv_file, letters_file=letters_file, everyone=everyone, staff=staff, force=force
        )
    else:
        raise UsageError(
            "--adult and --end are for one pupil, and --all and --staff for many.",
            next_step="Say --pupil REF with the first two, and without the others.",
        )
    files = [each for each in (csv_file, letters_file) if each is not None]
    if urlsplit(settings.booking.address).hostname in _ONLY_HERE:
        click.echo(
            "The links open on this computer alone: set [booking] address in sensync.toml to what parents type.",
            err=True,
        )
    if as_json:
        told = {
            "links": written.links,
            "pupils": written.pupils,
            "left_out": written.left_out,
            "ended": written.ended,
            "files": files,
        }
        click.echo(json.dumps(told))
        return
    if end:
        click.echo(f"Ended for good: {counted(written.ended, 'link')} of {pupil}. Bookings stay.")
    if not files:
        return
    pupils = "" if staff else f" for {counted(written.pupils, 'pupil')}"
    links = counted(written.links, "link")
    click.echo(f"{links}{pupils}, in {' and '.join(files)}. Delete what you have given out: a link is a key.")
    if written.left_out:
        click.echo(f"Left out because they have an e-mail address: {written.left_out}. --all takes them too.")
