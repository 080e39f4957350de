from __future__ import annotations

import io
from typing import TYPE_CHECKING

from sync.cli.progress import progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A terminal that remembers what it showed."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_each_step_is_shown_and_taken_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as show:
        show("Reading the MIS files")
        show("Reading the workbook")
    assert "Reading the workbook" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_elsewhere_each_step_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as show:
        show("Reading the MIS files")
        show("Comparing")
    assert capsys.readouterr() == ("", "Reading the MIS files ...\nComparing ...\n")


def test_a_quiet_command_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=True) as show:
        show("Reading the MIS files")
    assert capsys.readouterr() == ("", "")
