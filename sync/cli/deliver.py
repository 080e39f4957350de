"""`sensync deliver`: sends what waits, follows Calendar and reads the forms for concerns, without a sync."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell
from sync.cli.sync import Duration
from sync.domain.errors import Exit
from sync.domain.wording import counted

if TYPE_CHECKING:
    from sync.service.rounds import Delivered, Followed, Rounds, Swept


@click.command("deliver", short_help="Send letters and events, follow Calendar, read the concern forms.")
@click.option("--watch", type=Duration(), metavar="TIME", help="Do it again every so often (10s), until Ctrl-C.")
@click.option("--again", is_flag=True, help="Try once more what was set aside, now that its cause is mended.")
@json_option
@pass_shell
def command(shell: Shell, watch: float | None, again: bool, as_json: bool) -> int:
    """Send the letters and Calendar events that wait, follow Calendar, and read what teachers sent.

    `sensync serve` does the same in the background; use this where the pages run under another server. What could not
    be done stays and is tried again; what was refused for good is set aside until somebody asks for it --again.
    """
    from sync.service.worker import own_rounds  # noqa: PLC0415 - fast --help

    with own_rounds(shell.settings()) as (rounds, _, _):
        if again:
            revived = rounds.revive()
            if not as_json:
                click.echo(f"{counted(revived, 'thing')} that had been set aside: a fresh start.")
        while True:
            # Before delivering: who sent the form has the holding reply in the same turn.
            swept = rounds.sweep()
            followed, delivered = _to_the_end(rounds) if watch is None else (rounds.follow(), rounds.deliver())
            _say(followed, swept, delivered, as_json=as_json)
            if watch is None:
                good = not (followed.trouble or swept.trouble or delivered.failed or delivered.aside)
                return int(Exit.OK if good else Exit.TRY_AGAIN)
            time.sleep(watch)


def _to_the_end(rounds: Rounds) -> tuple[Followed, Delivered]:
    """Follows and delivers in turns until no letter waits that is due; what it came to in all."""
    followed, delivered = rounds.follow(), rounds.deliver()
    while delivered.letters_left:
        time.sleep(_BETWEEN_TURNS)
        more, next_turn = rounds.follow(), rounds.deliver()
        followed = replace(more, deeds=followed.deeds + more.deeds)
        delivered = replace(
            next_turn,
            done=delivered.done + next_turn.done,
            failed=delivered.failed + next_turn.failed,
            aside=delivered.aside + next_turn.aside,
        )
    return followed, delivered


_BETWEEN_TURNS = 2.0
"""Seconds: the mailbox takes a letter a second, and Calendar is asked once before each turn."""


def _say(followed: Followed, swept: Swept, delivered: Delivered, *, as_json: bool) -> None:
    if as_json:
        told = {**asdict(delivered), "followed": followed.deeds, "trouble": followed.trouble, "forms": asdict(swept)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    parts = [f"{counted(delivered.done, 'thing')} done"]
    parts += [f"{delivered.failed} to be tried again"] if delivered.failed else []
    parts += [f"{delivered.aside} set aside"] if delivered.aside else []
    later = delivered.waiting - delivered.letters_left
    parts += [f"{delivered.letters_left} in the next turn"] if delivered.letters_left else []
    parts += [f"{later} waiting for their time"] if later > 0 else []
    click.echo(f"{', '.join(parts)}.")
    if followed.deeds:
        click.echo(f"{counted(followed.deeds, 'change')} in Calendar followed.")
    if read := swept.new + swept.edited + swept.answers:
        click.echo(f"{counted(read, 'response')} of teachers read.")
    if followed.trouble:
        click.echo(f"Calendar could not be read: {followed.trouble}", err=True)
    if swept.trouble:
        click.echo(f"The responses could not be read: {swept.trouble}", err=True)
    if delivered.failed:
        click.echo("What could not be done is tried again by itself.", err=True)
    if delivered.failed or delivered.aside:
        click.echo("Where a person is needed, the tab 'Sync status' says so after the next `sensync sync`.", err=True)
