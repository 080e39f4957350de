"""`sensync check`: one line for each thing that a run needs, with the repair."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from sync.cli import Shell, json_option, pass_shell
from sync.domain.errors import Exit


@click.command("check", short_help="Look whether everything that a run needs is in order.")
@json_option
@pass_shell
def command(shell: Shell, as_json: bool) -> int:
    """Look at the configuration, store, MIS files, credential, clock, APIs and workbook.

    One line each: PASS, or FAIL with the repair. Changes nothing. Exit code 0 when all pass, 2 when one
    fails.
    """
    from sync.service.check import check  # noqa: PLC0415 - fast --help

    lines = []
    for line in check(shell.settings()):
        lines.append(line)
        if not as_json:
            click.echo(f"{'PASS' if line.passed else 'FAIL'}  {line.name}: {line.found}")
            if line.repair:
                click.echo(f"      What to do: {line.repair}")
    passed = all(line.passed for line in lines)
    if as_json:
        click.echo(json.dumps({"passed": passed, "lines": [asdict(line) for line in lines]}, ensure_ascii=False))
    return int(Exit.OK if passed else Exit.USAGE)
