"""Set-up: makes the two workbooks, or adds to them what the template has gained and a person has lost.

Run it as often as you like: what is there is left alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync.domain.errors import NeedsPersonError, RefusedError
from sync.google import sheets, structure
from sync.google.errors import OutcomeUnknownError
from sync.plan import guards
from sync.plan.actions import Cell, Plan, Put
from sync.plan.cells import blank, from_json
from sync.plan.facts import pupil_key
from sync.plan.guards import WORKBOOK_MARK
from sync.plan.snapshot import Bound, bind
from sync.service.which import require_same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.plan.snapshot import BoundTab
    from sync.plan.template import Template
    from sync.service.desk import Desk
    from sync.store import Workbook

_LOG = logging.getLogger(__name__)
_SPREADSHEET = "application/vnd.google-apps.spreadsheet"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the configuration says of the workbooks."""

    title: str = ""
    teachers_title: str = ""
    locale: str = "en_GB"
    time_zone: str = "Europe/London"
    spreadsheet_id: str = ""
    teachers_spreadsheet_id: str = ""
    folder_id: str = ""
    share_with: Sequence[str] = ()
    share_with_teachers: Sequence[str] = ()
    adopt: bool = False


@dataclass(slots=True)
class Made:
    """What set-up did."""

    workbook: Workbook
    created: bool = False
    added: list[str] = field(default_factory=list)


def set_up(desk: Desk, wish: Wish) -> Made:
    """Make or complete the workbooks.

    Two requests make a workbook: one creates it with its tabs, one atomic batch fills it in. In a folder it takes a
    third, that looks at what Drive made. One more for each person it is shared with.

    Raises:
        NeedsPersonError: Google did not say whether a new file was made.
        RefusedError: the spreadsheet that the configuration names is not the school's workbook.
    """
    before = desk.door.counter.requests
    workbook = desk.store.workbook(desk.school)
    if not wish.adopt:
        require_same(workbook, wish.spreadsheet_id)
    if wish.spreadsheet_id and (workbook is None or workbook.spreadsheet_id != wish.spreadsheet_id):
        workbook = _take(desk, wish, workbook)
    created = workbook is None
    if workbook is None:
        desk.progress("Making the SENCO's workbook")
        file = _create(desk, desk.template, wish.title, wish)
        workbook = desk.store.save_workbook(desk.school, file)
        _fill(desk, file, wish)
        _share(desk, file, wish.share_with, "writer")
        made = Made(workbook, created=True)
    else:
        made = Made(workbook)
        made.added += _complete(desk, workbook, wish)
    if workbook.teachers_spreadsheet_id is None:
        desk.progress("Making the teachers' workbook")
        file = _create(desk, desk.teachers, wish.teachers_title, wish)
        requests = _furnish(desk, desk.teachers, file, wish.teachers_title, wish)
        requests += structure.build(desk.teachers, desk.teachers.tabs, structure.fresh_places(desk.teachers))
        desk.door.sheets_batch_update(file, {"requests": requests}, fields="spreadsheetId")
        made.workbook = desk.store.save_workbook(desk.school, workbook.spreadsheet_id, file)
        _share(desk, file, wish.share_with_teachers, "reader")
        if not created:
            made.added.append("the teachers' workbook")
    _LOG.info(
        "set-up of workbook %s: %s, requests %s",
        made.workbook.spreadsheet_id,
        "created" if created else f"added {len(made.added)}",
        desk.door.counter.requests - before,
    )
    return made


def _take(desk: Desk, wish: Wish, before: Workbook | None) -> Workbook:
    """Keeps the workbook that the configuration names as the school's, if its marks say that it is one."""
    desk.progress("Looking at the workbook that sensync.toml names")
    snapshot = sheets.parse(desk.door.sheets_get(wish.spreadsheet_id, fields=sheets.READ_FIELDS))
    refusals = guards.marks(snapshot)
    # To adopt can put right whose mark it is, but not make a register of a spreadsheet that never was one.
    if refusals and not (wish.adopt and any(tab.tab_key for tab in snapshot.tabs)):
        raise RefusedError(*guards.sentences(refusals), next_step="Nothing was changed.")
    teachers = wish.teachers_spreadsheet_id or (before.teachers_spreadsheet_id if before else None)
    return desk.store.save_workbook(desk.school, wish.spreadsheet_id, teachers)


def _create(desk: Desk, template: Template, title: str, wish: Wish) -> str:
    body = _body(template, title, wish)
    name = body["properties"]["title"]
    try:
        if wish.folder_id:
            # An account without a Drive of its own may make files nowhere else than in the folder.
            file = {"name": name, "mimeType": _SPREADSHEET, "parents": [wish.folder_id]}
            return str(desk.door.drive_create(file, "id")["id"])
        return str(desk.door.sheets_create(body, "spreadsheetId")["spreadsheetId"])
    except OutcomeUnknownError as unknown:
        raise NeedsPersonError(
            f"Google did not answer whether it made the file '{name}'.",
            next_step="Look in Drive; delete an empty file of that name if there is one, and run `sensync setup`.",
        ) from unknown


def _body(template: Template, title: str, wish: Wish) -> dict[str, Any]:
    return structure.create_body(template, locale=wish.locale, time_zone=wish.time_zone, title=title)


def _furnish(desk: Desk, template: Template, file: str, title: str, wish: Wish) -> list[dict[str, Any]]:
    """The tabs of a file that was made in a folder; Drive gives it a default tab and the account's locale."""
    if not wish.folder_id:
        return []
    found = desk.door.sheets_get(file, fields="sheets(properties(sheetId))")
    present = [sheet["properties"].get("sheetId", 0) for sheet in found["sheets"]]
    return structure.furnish(_body(template, title, wish), present)


def _fill(desk: Desk, file: str, wish: Wish) -> None:
    desk.progress("Writing headers, lists, colours and charts")
    requests = _furnish(desk, desk.template, file, wish.title, wish)
    requests.append(structure.workbook_mark(file, desk.school))
    requests += structure.build(desk.template, desk.template.tabs, structure.fresh_places(desk.template))
    desk.door.sheets_batch_update(file, {"requests": requests}, fields="spreadsheetId")


def _share(desk: Desk, file: str, people: Sequence[str], role: str) -> None:
    for person in people:
        desk.door.drive_permissions_create(file, {"type": "user", "role": role, "emailAddress": person})


def _complete(desk: Desk, workbook: Workbook, wish: Wish) -> list[str]:
    """Add what is missing; a workbook whose first set-up was cut off is filled in from the start."""
    desk.progress("Looking at the workbook")
    snapshot = desk.read(workbook)
    mark = snapshot.metadata.get(WORKBOOK_MARK)
    if mark is None and not any(t.tab_key for t in snapshot.tabs):
        _fill(desk, workbook.spreadsheet_id, wish)
        _share(desk, workbook.spreadsheet_id, wish.share_with, "writer")
        return ["everything: the first set-up had been cut off"]
    requests: list[dict[str, Any]] = []
    if wish.adopt or mark is None:
        if mark:
            lookup = {"developerMetadataLookup": {"metadataId": mark[0]}}
            requests.append({"deleteDeveloperMetadata": {"dataFilter": lookup}})
        requests.append(structure.workbook_mark(snapshot.spreadsheet_id, desk.school))
    seen = desk.store.seen(workbook.id)
    headers = seen.documents.get("headers", {})
    bound = bind(snapshot, desk.template, headers)
    looks = desk.door.sheets_get(workbook.spreadsheet_id, fields=structure.LOOKS_FIELDS)
    turns = structure.recalculated(looks)
    requests += turns + structure.upgrade(desk.template, bound, headers, structure.colours_there(looks))
    renewed = structure.coloured(requests)
    if not requests:
        return []
    desk.progress("Adding what is missing")
    desk.door.sheets_batch_update(workbook.spreadsheet_id, {"requests": requests}, fields="spreadsheetId")
    added = [f"the tab '{desk.template.tab(k).title}'" for k in bound.missing_tabs]
    added += [
        f"the header row of '{found.raw.title}'"
        for found in bound.tabs.values()
        if found.tab.columns and found.header_row < 0 and found.tab.mode != "safety"
    ]
    added += [
        f"the column '{desk.template.tab(t).column(c).header}' of '{desk.template.tab(t).title}'"
        for t, c in bound.missing_columns
        if t not in bound.missing_tabs
    ]
    added += ["clocks that turn by themselves"] * bool(turns)
    added += [f"the colours of '{tab.title}'" for tab in snapshot.tabs if tab.sheet_id in renewed]
    _give_back(desk, workbook, bound, seen.rows)
    return added


def _give_back(
    desk: Desk, workbook: Workbook, before: Bound, seen: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> None:
    """What a person had typed in a column or a tab that was gone, as we last saw it."""
    lost_rows = [key for tab in before.missing_tabs if desk.template.tab(tab).tracked for key in seen.get(tab, {})]
    lost = {
        (tab, column)
        for tab, column in before.missing_columns
        if desk.template.tab(tab).tracked and tab not in before.missing_tabs
        if desk.template.tab(tab).column(column).owner == "senco" or desk.template.tab(tab).own_rows
    }
    with desk.lease(workbook) as lease:
        if lost_rows:
            desk.remember(workbook, lease.fence, {"restore": lost_rows})
        if not lost:
            return
        snapshot = desk.read(workbook)
        bound = bind(snapshot, desk.template, {})
        puts = [
            put
            for tab in sorted({t for t, _ in lost})
            for put in _words(bound.tabs[tab], {c for t, c in lost if t == tab}, seen.get(tab, {}))
        ]
        if puts:
            desk.write(workbook, lease.fence, Plan(puts=tuple(puts)), snapshot)


def _words(bound: BoundTab, columns: set[str], seen: Mapping[str, Mapping[str, Any]]) -> list[Put]:
    key_of = pupil_key if bound.tab.identity == "pupil" else lambda value: str(value or "")
    puts = []
    for row in bound.data_rows:
        key = key_of(bound.shown_at(row, bound.tab.key_column.key))
        words = seen.get(key, {})
        cells = [
            Cell(bound.columns[c], from_json(words[c]), None)
            for c in sorted(columns)
            if c in words and blank(bound.at(row, c))
        ]
        if cells:
            puts.append(bound.put(row, key, cells))
    return puts
