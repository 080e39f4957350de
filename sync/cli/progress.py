"""How a command shows what it is doing: a spinner on a terminal, plain lines elsewhere, nothing with --json."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Gives a function to be told each step in a few words; the display is on standard error."""
    if quiet:
        yield lambda _what: None
        return
    if not sys.stderr.isatty():
        yield lambda what: print(f"{what} ...", file=sys.stderr, flush=True)  # noqa: T201 - a terminal program
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("Starting", total=None)
        yield lambda what: display.update(task, description=what)
