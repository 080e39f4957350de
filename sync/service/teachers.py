"""The teachers' workbook: written whole where it differs, and given the tabs and columns that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.concerns import FormKey
from sync.google import sheets, structure
from sync.google.errors import GoogleRefusedRequestError
from sync.plan.snapshot import bind
from sync.plan.teachers import CLASSES, ConcernLinks
from sync.store import Forms, FormState

if TYPE_CHECKING:
    from sync.plan.actions import TeachersPage
    from sync.plan.template import Template
    from sync.service.desk import Desk
    from sync.store import Workbook

_LAYOUT = "layout"
_AT_FIRST = ["strategies.name", "strategies.group", "strategies.status", "strategies.strategies"]
"""What every teachers' workbook has had since the first version."""


def concern_links(desk: Desk, workbook: Workbook) -> ConcernLinks | None:
    """What links into the concern form are made of; None where there is no form, or the workbook has no place."""
    if CLASSES not in (tab.key for tab in desk.teachers.tabs):
        return None
    known = Forms(desk.store).find(workbook.id, FormKey.CONCERN)
    if known is None or known.state is FormState.GONE:
        return None
    return ConcernLinks(known.responder_uri, known.questions)


def write_teachers(desk: Desk, workbook: Workbook, fence: int, page: TeachersPage) -> None:
    """Writes the teachers' workbook, and remembers what was written.

    A workbook that was made before its template had a tab or a column is given those first; so is one in which somebody
    deleted them.
    """
    if workbook.teachers_spreadsheet_id is None:
        return
    file = workbook.teachers_spreadsheet_id
    desk.progress("Writing the teachers' workbook")
    last = desk.store.document(workbook.id, "teachers") or {}
    layout = _layout(desk.teachers)
    body = sheets.teachers_batch(page)
    if last.get(_LAYOUT, _AT_FIRST) != layout:
        _complete(desk, file)
    try:
        desk.door.sheets_batch_update(file, body, fields="spreadsheetId", repeatable=True)
    except GoogleRefusedRequestError:
        if not _complete(desk, file):
            raise
        desk.door.sheets_batch_update(file, body, fields="spreadsheetId", repeatable=True)
    memory = page.memory if layout == _AT_FIRST else {**page.memory, _LAYOUT: layout}
    desk.remember(workbook, fence, {"teachers": memory})


def _layout(template: Template) -> list[str]:
    return [f"{tab.key}.{column.key}" for tab in template.tabs for column in tab.columns]


def _complete(desk: Desk, file: str) -> bool:
    """Adds the tabs and columns that the workbook lacks; whether it lacked any."""
    snapshot = sheets.parse(desk.door.sheets_get(file, fields=sheets.READ_FIELDS))
    requests = structure.upgrade(desk.teachers, bind(snapshot, desk.teachers), {})
    if requests:
        desk.door.sheets_batch_update(file, {"requests": requests}, fields="spreadsheetId")
    return bool(requests)
