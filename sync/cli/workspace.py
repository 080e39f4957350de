"""`sensync workspace`: the local workspace alone."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command("workspace", short_help="Run the local workspace alone.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="The file that keeps everything.")
@click.option("--seed", type=click.Path(dir_okay=False, path_type=Path), help="Accounts and files to begin with.")
@click.option("--token", help="A bearer token that acts as the main account.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="Write a service account's key there.")
@click.option("--quotas", is_flag=True, help="Hold Google's quotas of 60 reads and 60 writes a minute.")
def command(
    port: int, state: Path | None, seed: Path | None, token: str | None, key: Path | None, quotas: bool
) -> None:
    """Run the local workspace, a stand-in for Google on this computer, until Ctrl-C.

    Prints its address. Without --state everything is forgotten at the end.
    """
    from local_workspace.main import SeedError, serve  # noqa: PLC0415 - fast --help

    with listening(port):
        try:
            serve(port=port, state=state, seed=seed, token=token, key=key, quotas=quotas, announce=click.echo)
        except SeedError as error:
            raise UsageError(str(error)) from error


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Says plainly what keeps the workspace from starting.

    Raises:
        UsageError: the port is taken, or a file cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.filename:
            raise UsageError(
                f"{error.filename}: {error.strerror}.", next_step="Name a place that this user may write to."
            ) from error
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.",
            next_step="Stop the program that uses it (another demo?), or name another with --port; 0 takes a free one.",
        ) from error
