"""The list "To change in the MIS" for the data manager, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.errors import UsageError
from sync.service.which import known_workbook
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.config import Settings

COLUMNS = {
    "ref": "Ref",
    "upn": "UPN",
    "who": "Pupil",
    "group": "Class",
    "what": "What to change",
    "mis": "MIS says",
    "proposed": "SENCO says",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines_of(settings: Settings) -> Sequence[Mapping[str, str]]:
    """The lines as of the last sync.

    Raises:
        RefusedError: sensync.toml names another workbook than the store.
        UsageError: there is no workbook yet.
    """
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = known_workbook(store, settings)
        if workbook is None:
            raise UsageError("There is no workbook yet.", next_step="Run `sensync setup`, then `sensync sync`.")
        lines: Sequence[Mapping[str, str]] = store.seen(workbook.id).documents.get("to_change", [])
        return lines


def write_csv(lines: Sequence[Mapping[str, str]], file: str | None = None) -> str:
    """The lines as CSV, also written to `file` if one is named (UTF-8 with BOM, so that Excel reads it; mode 0600).

    A cell that a spreadsheet program would run as a formula is led in by an apostrophe: a file, unlike the Sheets API,
    cannot say that a text is a text.

    Raises:
        UsageError: the file cannot be written.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS.values())
    writer.writerows([inert(line.get(key, "")) for key in COLUMNS] for line in lines)
    if file is not None:
        save_csv(out.getvalue(), file)
    return out.getvalue()


def save_csv(text: str, file: str) -> None:
    """Writes CSV into a file that its owner alone can read (UTF-8 with BOM, so that Excel reads it).

    Raises:
        UsageError: the file cannot be written.
    """
    path = Path(file)
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageError(
            f"{file}: it cannot be written: {error.strerror}.",
            next_step="Name a file in a folder you may write to.",
        ) from error


def inert(text: str) -> str:
    """A text that no spreadsheet program runs as a formula when it opens a CSV file."""
    return f"'{text}" if text.startswith(_FORMULA) else text
