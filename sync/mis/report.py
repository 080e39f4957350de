"""A grid of texts to a reading: heading row, kind of report, bad rows, then pupils or provisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from sync.domain import upn as upns
from sync.domain.errors import InputError
from sync.domain.records import School, Source
from sync.mis.base import Reading
from sync.mis.csv_file import EXPORT_AGAIN
from sync.mis.grid import Layout, find_layout
from sync.mis.headings import PUPILS
from sync.mis.notes import Notes
from sync.mis.provision_rows import read_provisions
from sync.mis.pupil_rows import read_pupils
from sync.mis.school import is_ours, school_number, wrong_school

if TYPE_CHECKING:
    from datetime import date

    from sync.mis.base import RawFile
    from sync.mis.grid import Grid
    from sync.mis.options import ReadOptions

_NO_HEADINGS: Final = (
    "Name a column 'UPN' (or 'Adno') in the report, or add your heading to [mis.aliases] in sensync.toml; "
    "`sensync mis preview FILE` shows what each heading was taken for."
)


def read_report(grid: Grid, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
    """A report, of pupils or of provisions.

    Raises:
        InputError: empty, headings only, no heading that tells pupils apart, cut off, or another school's.
    """
    layout = find_layout(grid, options)
    if layout is None:
        raise InputError(f"{file.name}: there is nothing in the file.", next_step=EXPORT_AGAIN)
    if not layout.usable:
        raise _not_understood(file.name, layout)
    body = grid.rows[layout.place + 1 :]
    if not body:
        raise InputError(
            f"{file.name}: there are headings but no rows under them.",
            next_step="Check the filter of the report in the MIS, then export it again.",
        )
    notes = Notes(file.name)
    frame = _frame(grid, layout, notes)
    if not grid.complete and len(body[-1][1]) < len(layout.matches):
        raise InputError(
            f"{file.name}: the last row (row {body[-1][0]}) ends after {len(body[-1][1])} of "
            f"{len(layout.matches)} columns; the file is half-written.",
            next_step=EXPORT_AGAIN,
        )
    columns = {(match.field, match.number): match.column for match in layout.matches if match.field}
    school = _school(frame, columns, options, notes)
    if layout.kind == PUPILS:
        pupils = read_pupils(frame, columns, notes, today=today, excel_epoch=grid.excel_epoch)
        provisions = None
        # A list that only adds to pupils named elsewhere says nothing about who is on roll.
        full_roll = any(one.pupil.legal_surname or one.pupil.preferred_surname for one in pupils)
    else:
        pupils = ()
        provisions = read_provisions(frame, columns, notes, excel_epoch=grid.excel_epoch)
        full_roll = False
    return Reading(
        source=Source(file.name, layout.kind, file.modified, len(pupils) or len(provisions or ()), full_roll=full_roll),
        school=school,
        pupils=pupils,
        provisions=provisions,
        problems=notes.all(),
        headings=tuple(layout.suggested()),
        encoding=grid.encoding,
    )


def _frame(grid: Grid, layout: Layout, notes: Notes) -> pd.DataFrame:
    """The rows under the headings, as wide as the headings; index is the row as a person counts."""
    width = len(layout.matches)
    upn_column = next((match.column for match in layout.matches if match.field == "upn"), None)
    numbers: list[int] = []
    rows: list[list[str]] = []
    for number, cells in grid.rows[layout.place + 1 :]:
        if grid.strict and any(cells[width:]):
            notes.error(
                number,
                None,
                f"has {len(cells)} cells under {width} headings (a separator inside a text without "
                f"quotation marks?); the row is left out",
            )
            continue
        if grid.strict and len(cells) < width and not _sure_of_pupil(cells, upn_column):
            notes.error(
                number,
                None,
                f"has {len(cells)} cells under {width} headings and no valid UPN; the row is left out",
            )
            continue
        if grid.strict and len(cells) < width:
            notes.warn(
                number,
                None,
                f"has {len(cells)} cells under {width} headings; the missing ones are taken as empty",
            )
        numbers.append(number)
        rows.append((cells + [""] * width)[:width])
    # dtype=object: no guessing. "NA" stays a surname and "0042" keeps its zeros.
    return pd.DataFrame(rows, index=numbers, columns=range(width), dtype=object)


def _sure_of_pupil(cells: list[str], upn_column: int | None) -> bool:
    """Whether a short row still begins like a row; a text broken over two lines makes rows that do not."""
    return upn_column is not None and upn_column < len(cells) and upns.is_valid(upns.normalise(cells[upn_column]))


def _school(
    frame: pd.DataFrame, columns: dict[tuple[str, int | None], int], options: ReadOptions, notes: Notes
) -> School:
    empty = pd.Series([""] * len(frame), index=frame.index, dtype=object)
    la = frame[columns["la", None]] if ("la", None) in columns else empty
    estab = frame[columns["estab", None]] if ("estab", None) in columns else empty
    schools = {school_number(*pair): row for row, *pair in reversed(list(zip(frame.index, la, estab, strict=True)))}
    known = [school for school in schools if school.la or school.estab]
    for school in known:
        if is_ours(school, options) is False:
            raise wrong_school(notes.source, school, options)
    if len(known) > 1:
        rows = ", ".join(str(schools[school]) for school in known)
        notes.warn(
            None,
            "estab",
            f"the rows name {len(known)} schools (first in rows {rows}); set la and estab in "
            f"sensync.toml to refuse others",
        )
        return School()
    return known[0] if known else School()


def _not_understood(name: str, layout: Layout) -> InputError:
    # Only headings that come close to known ones are quoted: without a heading row, row 1 is a pupil.
    close = [f"'{match.heading}' (do you mean {match.nearest[0]}?)" for match in layout.suggested() if match.nearest]
    hint = f" Close to known headings: {', '.join(close[:5])}." if close else ""
    if layout.fields:
        return InputError(
            f"{name}: understood {', '.join(sorted(layout.fields))}, but a report needs a UPN or MIS id "
            f"and something about the pupil.{hint}",
            next_step=_NO_HEADINGS,
        )
    return InputError(
        f"{name}: none of the headings is known, so this is no report that can be read.{hint}",
        next_step=_NO_HEADINGS,
    )
