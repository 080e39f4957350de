"""`sensync workspace`: the local workspace alone."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("workspace", short_help="Run the local workspace alone.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="The file that keeps everything.")
@click.option(
    "--seed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Accounts and files to begin with."
)
@click.option("--token", help="A bearer token that acts as the main account.")
def command(port: int, state: Path | None, seed: Path | None, token: str | None) -> None:
    """Run the local workspace, a stand-in for Google on this computer, until Ctrl-C."""
    from local_workspace.main import serve  # noqa: PLC0415 - fast --help

    serve(port=port, state=state, seed=seed, token=token)
