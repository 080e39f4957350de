"""`sensync plan`: prints what a sync would do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.errors import Exit
from sync.domain.wording import counted

if TYPE_CHECKING:
    from sync.plan.actions import Plan

ACCEPT = ("columns", "leavers", "joiners", "statuses", "provisions", "contacts", "no-sen")
accept_option = click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(ACCEPT),
    help="Let this guard pass once, because a person has looked. May be given several times.",
)


@click.command("plan", short_help="Print what a sync would do; write nothing.")
@accept_option
@json_option
@pass_shell
def command(shell: Shell, accepted: tuple[str, ...], as_json: bool) -> int:
    """Print what a sync would do, by reference and never by name; write nothing anywhere."""
    from sync.cli.progress import progress  # noqa: PLC0415 - fast --help
    from sync.service.mirror import plan_only  # noqa: PLC0415
    from sync.service.opening import mis_reader, open_desk  # noqa: PLC0415

    settings = shell.settings()
    with progress(quiet=as_json) as show, open_desk(settings, progress=show) as desk:
        plan = plan_only(desk, mis_reader(settings, desk), accepted)
    lines = plan.describe()
    if as_json:
        click.echo(json.dumps({"refused": bool(plan.refusals), "summary": dict(plan.summary), "lines": list(lines)}))
    else:
        click.echo(headline(plan))
        if plan.refusals or plan.writes_workbook or plan.teachers or plan.attention:
            click.echo("\n".join(lines))
    return int(Exit.REFUSED if plan.refusals else Exit.OK)


def headline(plan: Plan) -> str:
    """What a sync would do, in a sentence; the lines below it say it piece by piece."""
    told = plan.summary
    if plan.refusals:
        return "A sync would refuse to write anything:"
    if not plan.writes_workbook and not plan.teachers:
        on_roll = counted(told["on_roll"], "pupil")
        return f"A sync would write nothing: the workbook agrees with the MIS ({on_roll} on roll)."
    if plan.recovery:
        return (
            "People moved something in the very moment of the last write. A sync would mend that first, and then go on:"
        )
    return (
        f"A sync would add {counted(told['rows_added'], 'row')}, mend {counted(told['rows_mended'], 'row')} and note "
        f"{counted(told['changes'], 'change')} in the MIS ({counted(told['on_roll'], 'pupil')} on roll):"
    )
