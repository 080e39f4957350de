"""`sensync addon manifest`: what a technician deploys for the Workspace add-on."""

from __future__ import annotations

from pathlib import Path

import click

from sync.cli import Shell, pass_shell
from sync.domain.errors import UsageError


@click.group("addon", short_help="Write what is deployed for the Workspace add-on.")
def command() -> None:
    """The Workspace add-on: cards beside the sheet and the calendar."""


@command.command("manifest", short_help="Write the deployment file.")
@click.option("--base-url", metavar="URL", help="Where Google reaches this server; as configured if left out.")
@click.option("--out", "file", default="-", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True),
              help="Write it there; - prints it (the default).")  # fmt: skip
@pass_shell
def manifest(shell: Shell, base_url: str | None, file: str) -> None:
    """Write the deployment file for `gcloud workspace-add-ons deployments create --deployment-file`.

    With --base-url no configuration is read.
    """
    from addon.manifest import manifest_text  # noqa: PLC0415 - fast --help

    if base_url is None:
        settings = shell.settings()
        base_url = settings.addon.base_url or settings.booking.address
    text = manifest_text(base_url)
    if file == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{file}: it cannot be written: {error.strerror}.", next_step="Name a file in a folder you may write to."
        ) from error
    click.echo(f"Written to {file}.")
