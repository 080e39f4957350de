"""A provision report to provisions: one row a pupil and provision."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sync.domain.records import Provision
from sync.mis import values
from sync.mis.base import ProvisionRow
from sync.mis.cells import Cells, Columns
from sync.mis.pupil_rows import read_upn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import pandas as pd

    from sync.mis.notes import Notes


def read_provisions(
    frame: pd.DataFrame,
    columns: Mapping[tuple[str, int | None], int],
    notes: Notes,
    *,
    excel_epoch: datetime | None,
) -> tuple[ProvisionRow, ...]:
    """The provisions of a report; a row without a pupil or without a provision is reported and left out.

    Args:
        frame: texts; the index is the row as a person counts.
        columns: (field, number) -> column of the frame.
        notes: where problems go.
        excel_epoch: for workbooks, day nought of bare day counts.
    """
    table = Columns(columns)
    read = (
        _provision(Cells(row, texts, table, notes), notes, excel_epoch) for row, *texts in frame.itertuples(name=None)
    )
    return tuple(one for one in read if one)


def _provision(cells: Cells, notes: Notes, excel_epoch: datetime | None) -> ProvisionRow | None:
    as_date = partial(values.as_date, excel_epoch=excel_epoch)
    upn = read_upn(cells.text("upn"), cells.row, notes)
    pupil_mis_id = cells.text("pupil_mis_id") or None
    name = cells.text("name")
    if upn is None and pupil_mis_id is None:
        notes.error(cells.row, "upn", "has neither a UPN nor an MIS id of the pupil; the row is left out")
        return None
    if not name:
        notes.error(cells.row, "name", f"{notes.ref(upn, pupil_mis_id)}: names no provision; the row is left out")
        return None
    start = cells.value("start", as_date)
    end = cells.value("end", as_date)
    if start and end and end < start:
        notes.warn(
            cells.row,
            "end",
            f"{notes.ref(upn, pupil_mis_id)}: ends on {end:%d/%m/%Y}, before it starts on {start:%d/%m/%Y}",
        )
    return ProvisionRow(
        cells.row,
        Provision(
            name=name,
            upn=upn,
            pupil_mis_id=pupil_mis_id,
            mis_id=cells.text("mis_id") or None,
            wave=values.as_wave(cells.text("wave")),
            area=cells.text("area") or None,
            delivered_by=cells.text("delivered_by") or None,
            minutes=cells.value("minutes", values.as_minutes),
            times_a_week=cells.value("times_a_week", values.as_times_a_week),
            group_size=cells.value("group_size", values.as_group_size),
            start=start,
            end=end,
            entry_measure=cells.text("entry_measure") or None,
            target=cells.text("target") or None,
            exit_measure=cells.text("exit_measure") or None,
            stage=cells.text("stage") or None,
            review=cells.value("review", as_date),
            cost=cells.value("cost", values.as_money),
        ),
    )
