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
@click.option("--quotas", is_flag=True, help="Hold Google's quotas of Sheets, Calendar and Gmail.")
@click.option("--fault", "faults", multiple=True, help='A rule of weather, such as {"status": 503, "times": 2}.')
@click.option("--weather-seed", type=int, help="Repeats the weather of a run.")
@click.option("--skew", type=float, default=0, help="Seconds by which its clock is ahead.")
def command(
    port: int,
    state: Path | None,
    seed: Path | None,
    token: str | None,
    key: Path | None,
    quotas: bool,
    faults: tuple[str, ...],
    weather_seed: int | None,
    skew: float,
) -> None:
    """Run the local workspace, a stand-in for Google on this computer, until Ctrl-C.

    Prints its address. Without --state everything is forgotten at the end.
    """
    from local_workspace.main import SeedError, serve  # noqa: PLC0415 - fast --help
    from local_workspace.store import StateError  # noqa: PLC0415 - fast --help

    with listening(port):
        try:
            serve(
                port,
                state,
                token,
                seed,
                key=key,
                quotas=quotas,
                faults=faults,
                weather_seed=weather_seed,
                skew=skew,
                announce=click.echo,
            )
        except (SeedError, StateError) as error:
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
