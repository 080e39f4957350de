"""`sensync plan`: prints what a sync would do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.errors import Exit

if TYPE_CHECKING:
    from sync.plan.actions import Plan

ACCEPT = ("columns", "leavers", "joiners", "statuses", "provisions", "no-sen")
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
        click.echo(_headline(plan))
        if plan.refusals or plan.writes_workbook or plan.teachers or plan.attention:
            click.echo("\n".join(lines))
    return int(Exit.REFUSED if plan.refusals else Exit.OK)


def _headline(plan: Plan) -> str:
    """What a sync would do, in a sentence; the lines below it say it piece by piece."""
    told = plan.summary
    if plan.refusals:
        return "A sync would refuse to write anything:"
    if not plan.writes_workbook and not plan.teachers:
        return f"A sync would write nothing: the workbook agrees with the MIS ({told['on_roll']} pupils on roll)."
    return (
        f"A sync would add {told['rows_added']} rows, mend {told['rows_mended']} and note {told['changes']} changes in "
        f"the MIS ({told['on_roll']} pupils on roll):"
    )
