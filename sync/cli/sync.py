"""`sensync sync`: brings the workbook up to date with the MIS."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell, tell, tell_unexpected
from sync.cli.form import said_of
from sync.cli.plan import accept_option
from sync.domain.wording import counted
from sync.service.said import sentence

if TYPE_CHECKING:
    from sync.service.whole import Whole

_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """A length of time such as 90s, 5m or 1h, in seconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        match = re.fullmatch(r"([0-9]+)([smh])", str(value).strip())
        if not match or int(match.group(1)) == 0:
            self.fail(f"'{value}' is not a time such as 90s, 5m or 1h.", param, ctx)
        return float(match.group(1)) * _SECONDS[match.group(2)]


@click.command("sync", short_help="Bring the workbook up to date with the MIS.")
@accept_option
@click.option("--watch", type=Duration(), metavar="TIME", help="Do it again every so often (5m), until Ctrl-C.")
@json_option
@pass_shell
def command(shell: Shell, accepted: tuple[str, ...], watch: float | None, as_json: bool) -> None:
    """Bring the workbook up to date with the MIS: one read, and one write if anything is new.

    What people did in Calendar is followed before, and letters and events go out after it: of many invitations a slice,
    the rest by `sensync serve`, by `sensync deliver` or in the next run. Nothing that a person typed is changed.

    With --watch a run that must be tried again, that is refused or that stumbles on something unexpected is reported,
    and the next one goes on; what --accept lets pass, it lets pass once.
    """
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.domain.errors import InputError, RefusedError, SensyncError, TryAgainError  # noqa: PLC0415
    from sync.service.opening import mis_reader, open_desk  # noqa: PLC0415
    from sync.service.whole import whole_sync  # noqa: PLC0415

    settings = shell.settings()
    with progress(quiet=as_json) as show, open_desk(settings, progress=show) as desk:
        while True:
            before = desk.door.counter.requests
            try:
                whole = whole_sync(desk, settings, mis_reader(settings, desk), accepted)
            except (InputError, RefusedError, TryAgainError) as trouble:
                if watch is None:
                    raise
                tell(trouble, as_json=as_json)
            except SensyncError:
                raise
            except Exception as error:
                if watch is None:
                    raise
                # Nobody may be there to start it again, and what one run stumbled on may be mended by the next.
                tell_unexpected(error, shell, as_json=as_json, again="The next run goes on from here.")
            else:
                # A person has looked at this change, not at those to come.
                accepted = ()
                _say(whole, desk.door.counter.requests - before, as_json=as_json)
            if watch is None:
                return
            time.sleep(watch)


def _say(whole: Whole, requests: int, *, as_json: bool) -> None:
    report, sent = whole.report, whole.delivered
    if as_json:
        forms = {str(each.form.key): str(each.form.state) for each in whole.forms.reports}
        told = {
            "sent": sent.done,
            "not_sent": sent.failed + sent.aside,
            "letters_left": sent.letters_left,
            "followed": whole.followed.deeds,
            **({"forms": forms} if forms else {}),
        }
        click.echo(json.dumps({"wrote": report.wrote, "requests": requests, **report.summary, **told}))
        return
    click.echo(sentence(report))
    click.echo(f"{counted(requests, 'request')} to Google for the workbook.")
    if whole.followed.deeds:
        click.echo(f"{counted(whole.followed.deeds, 'change')} in Calendar followed.")
    for each in whole.forms.reports:
        if each.done:
            click.echo(said_of(each))
    if whole.forms.trouble:
        click.echo(f"The forms could not be looked at: {whole.forms.trouble}")
    if whole.swept.trouble:
        click.echo(f"The responses could not be read: {whole.swept.trouble}")
    if sent.done:
        click.echo(f"{counted(sent.done, 'letter or event', 'letters and events')} sent.")
    if sent.failed or sent.aside:
        click.echo(f"{counted(sent.failed + sent.aside, 'letter or event', 'letters and events')} could not be sent.")
    if sent.letters_left:
        click.echo(left_sentence(sent.letters_left))
    if whole.followed.trouble:
        click.echo(f"Calendar could not be read: {whole.followed.trouble}")
    for attention in report.plan.attention[:_SHOWN]:
        click.echo(f"Please look: {attention.where}: {attention.what}")
    if len(report.plan.attention) > _SHOWN:
        click.echo(f"... and {len(report.plan.attention) - _SHOWN} more on the tab 'Sync status'.")


_SHOWN = 10


def left_sentence(count: int) -> str:
    """How many letters wait for the next turn, and what sends them."""
    return (
        f"{counted(count, 'letter waits', 'letters wait')} for their turn: they go out meanwhile by `sensync serve`, "
        "or run `sensync deliver`."
    )
