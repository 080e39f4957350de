"""A pupil report to pupils: one row a pupil, or one row a pupil x need x contact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sync.domain import codes
from sync.domain import upn as upns
from sync.domain.records import Contact, Need, Pupil, StatusSpell
from sync.mis import values
from sync.mis.base import PupilRow
from sync.mis.cells import Cells, Columns
from sync.mis.people import different_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    import pandas as pd

    from sync.mis.notes import Notes

_NAME_FIELDS: Final = (
    "legal_surname",
    "legal_forename",
    "middle_names",
    "preferred_surname",
    "preferred_forename",
    "full_name",
    "contact_name",
    "contact_forename",
    "contact_surname",
)
_SMALLEST_ROLL: Final = 20


@dataclass
class _Line:
    """What one row says."""

    row: int
    pupil: Pupil
    spell: StatusSpell | None = None
    needs: list[Need] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    fsm_period: tuple[date | None, date | None] | None = None


def read_pupils(
    frame: pd.DataFrame,
    columns: Mapping[tuple[str, int | None], int],
    notes: Notes,
    *,
    today: date,
    excel_epoch: datetime | None,
) -> tuple[PupilRow, ...]:
    """The pupils of a report, in the order of their first rows.

    Rows with the same UPN and MIS id are one pupil; a field that differs between them is reported and the
    first row is used. Rows that are plainly two pupils are kept apart for the merge to report.

    Args:
        frame: texts; the index is the row as a person counts.
        columns: (field, number) -> column of the frame.
        notes: where problems go.
        today: the day for open FSM periods and impossible dates of birth.
        excel_epoch: for workbooks, day nought of bare day counts.
    """
    for name, number in columns:
        if name in _NAME_FIELDS:
            notes.hide(frame[columns[name, number]].unique())
    as_date = partial(values.as_date, excel_epoch=excel_epoch)
    table = Columns(columns)
    lines = [
        line
        for row, *texts in frame.itertuples(name=None)
        if (line := _line(Cells(row, texts, table, notes), notes, as_date, today))
    ]
    has_needs = any(name == "need" for name, _ in columns)
    pupils = tuple(_pupil(group, notes, has_needs=has_needs, today=today) for group in _groups(lines))
    _note_sen_only(pupils, notes)
    return tuple(sorted(pupils, key=lambda one: one.row))


def read_upn(text: str, row: int, notes: Notes) -> str | None:
    """A UPN in capitals without spaces; one that fails the test is kept verbatim and reported."""
    if not text:
        return None
    upn = upns.normalise(text)
    if wrong := upns.fault(upn):
        what = notes.quote(text) if any(c.isdigit() for c in text) else "the text"
        notes.warn(row, "upn", f"{what} {wrong}; kept as it is, and the pupil is known by it")
        return text
    return upn


def note_status(text: str, row: int, notes: Notes) -> str:
    """The status code of a text; one outside K, E and N is kept and listed."""
    code = codes.status_code(text)
    if code in codes.OLDER_STATUSES:
        notes.code(
            row,
            "status",
            code,
            f"is a status that is no longer valid ({codes.OLDER_STATUSES[code]}); kept as it is",
        )
    elif code not in codes.STATUSES:
        notes.code(row, "status", code, "is not a status that the DfE lists (CS096); kept as it is")
    return code


def note_need(code: str, row: int, notes: Notes) -> None:
    """List a need code that the DfE does not know."""
    if code not in codes.NEEDS:
        notes.code(row, "need", code, "is not a type of need that the DfE lists (CS071); kept as it is")


def read_born(born: date | None, row: int, notes: Notes, today: date) -> date | None:
    """A date of birth, unless it lies in the future."""
    if born and born > today:
        notes.error(row, "dob", f"{born:%d/%m/%Y} lies in the future; the value is left out")
        return None
    return born


def open_period(start: date | None, end: date | None, today: date) -> bool:
    """Whether a period with at least one date known covers the day."""
    return (start is None or start <= today) and (end is None or end >= today)


def _line(cells: Cells, notes: Notes, as_date: Callable[[str], date | None], today: date) -> _Line | None:
    row = cells.row
    upn = read_upn(cells.text("upn"), row, notes)
    mis_id = cells.text("mis_id") or None
    if upn is None and mis_id is None:
        notes.error(row, "upn", "has neither a UPN nor an MIS id; the row is left out")
        return None
    _, full_forename, full_surname = values.split_name(cells.text("full_name"))
    eal = cells.value("eal", partial(values.as_bool, field="eal"))
    former = upns.normalise(cells.text("former_upn"))
    pupil = Pupil(
        upn=upn,
        mis_id=mis_id,
        former_upns=(former if upns.is_valid(former) else cells.text("former_upn"),)
        if former and former != upn
        else (),
        legal_surname=cells.text("legal_surname") or full_surname,
        legal_forename=cells.text("legal_forename") or full_forename,
        middle_names=cells.text("middle_names") or None,
        preferred_surname=cells.text("preferred_surname") or None,
        preferred_forename=cells.text("preferred_forename") or None,
        dob=read_born(cells.value("dob", as_date), row, notes, today),
        sex=values.as_sex(cells.text("sex")),
        year_group=values.as_year_group(cells.text("year_group")),
        registration_group=cells.text("registration_group") or None,
        fsm=cells.value("fsm", partial(values.as_bool, field="fsm")),
        pp=cells.value("pp", partial(values.as_bool, field="pp")),
        eal=values.as_eal(cells.text("first_language")) if eal is None else eal,
        looked_after=cells.value("looked_after", partial(values.as_bool, field="looked_after")),
        attendance=cells.value("attendance", values.as_percentage),
        next_review=cells.value("next_review", as_date),
    )
    spell = None
    if status := cells.text("status"):
        spell = StatusSpell(
            note_status(status, row, notes),
            cells.value("status_start", as_date),
            cells.value("status_end", as_date),
        )
    period = (cells.value("fsm_start", as_date), cells.value("fsm_end", as_date))
    return _Line(
        row,
        pupil,
        spell,
        list(_needs(cells, notes, as_date)),
        list(_contacts(cells)),
        period if any(period) else None,
    )


def _needs(cells: Cells, notes: Notes, as_date: Callable[[str], date | None]) -> Iterator[Need]:
    for number in cells.numbers("need"):
        text = cells.text("need", number)
        if not text:
            continue
        found = codes.need_codes(text)
        rank = cells.value("need_rank", values.as_rank, number)
        start = cells.value("need_start", as_date, number)
        end = cells.value("need_end", as_date, number)
        for code in found:
            note_need(code, cells.row, notes)
            yield Need(
                code,
                # A rank belongs to one need; of a list in one cell the source does not say which is primary.
                rank=(rank if rank is not None else number) if len(found) == 1 else None,
                start=start,
                end=end,
                label=text if len(found) == 1 and text.upper() != code.upper() else None,
            )


def _contacts(cells: Cells) -> Iterator[Contact]:
    for number in cells.numbers("contact_"):
        title, forename, surname = values.split_name(cells.text("contact_name", number))
        contact = Contact(
            title=cells.text("contact_title", number) or title,
            forename=cells.text("contact_forename", number) or forename,
            surname=cells.text("contact_surname", number) or surname,
            email=cells.text("contact_email", number) or None,
            phone=cells.text("contact_phone", number) or None,
        )
        if contact == Contact():
            continue
        yield replace(
            contact,
            order=cells.value("contact_order", values.as_rank, number) or number,
            relationship=cells.text("contact_relationship", number) or None,
            parental_responsibility=cells.value("contact_responsibility", values.as_bool, number),
        )


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Lines of one pupil together: by UPN and MIS id, unless they are plainly two people."""
    groups: dict[tuple[str | None, str | None], list[list[_Line]]] = {}
    for line in lines:
        people = groups.setdefault((line.pupil.upn, line.pupil.mis_id), [])
        mine = next((group for group in people if not different_people(group[0].pupil, line.pupil)), None)
        if mine is None:
            people.append([line])
        else:
            mine.append(line)
    for people in groups.values():
        yield from people


_SINGLE: Final = (
    "legal_surname",
    "legal_forename",
    "middle_names",
    "preferred_surname",
    "preferred_forename",
    "dob",
    "sex",
    "year_group",
    "registration_group",
    "fsm",
    "pp",
    "eal",
    "looked_after",
    "attendance",
    "next_review",
)


def _pupil(group: list[_Line], notes: Notes, *, has_needs: bool, today: date) -> PupilRow:
    first = group[0]
    ref = notes.ref(first.pupil.upn, first.pupil.mis_id)
    single: dict[str, Any] = {}
    for name in _SINGLE:
        known = [(line.row, value) for line in group if (value := getattr(line.pupil, name)) is not None]
        if known:
            single[name] = known[0][1]
            for row, value in known[1:]:
                if value != known[0][1]:
                    notes.warn(row, name, f"{ref}: differs from row {known[0][0]}; row {known[0][0]} is used")
                    break
    if single.get("fsm") is None and (periods := [line.fsm_period for line in group if line.fsm_period]):
        single["fsm"] = any(open_period(start, end, today) for start, end in periods)
    history = _history(group, ref, notes)
    needs = _distinct_needs(group)
    contacts = tuple(dict.fromkeys(contact for line in group for contact in line.contacts))
    return PupilRow(
        first.row,
        replace(
            first.pupil,
            **single,
            former_upns=tuple(dict.fromkeys(old for line in group for old in line.pupil.former_upns)),
            status_history=history,
            # No need, in a report with that column, for a pupil with a status, is an answer.
            needs=needs if needs or (has_needs and history) else None,
            contacts=contacts or None,
        ),
    )


def _history(group: list[_Line], ref: str, notes: Notes) -> tuple[StatusSpell, ...] | None:
    spells: dict[date | None, tuple[int, StatusSpell]] = {}
    for line in group:
        if line.spell is None:
            continue
        row, known = spells.setdefault(line.spell.start, (line.row, line.spell))
        if known.code != line.spell.code:
            notes.warn(
                line.row,
                "status",
                f"{ref}: {notes.quote(line.spell.code)} from the same day as {notes.quote(known.code)} "
                f"in row {row}; row {row} is used",
            )
    return tuple(spell for _, spell in spells.values()) or None


def _distinct_needs(group: list[_Line]) -> tuple[Need, ...]:
    distinct: dict[tuple[str, date | None, date | None], Need] = {}
    for line in group:
        for need in line.needs:
            known = distinct.setdefault((need.code, need.start, need.end), need)
            if known.rank is None and need.rank is not None:
                distinct[need.code, need.start, need.end] = replace(known, rank=need.rank)
    return tuple(distinct.values())


def _note_sen_only(pupils: Sequence[PupilRow], notes: Notes) -> None:
    """A report of SEN pupils only cannot tell a leaver from a pupil who came off the register: say so."""
    statuses = [one.pupil.status_history for one in pupils]
    if (
        len(pupils) >= _SMALLEST_ROLL
        and all(statuses)
        and not any(s.code == "N" for history in statuses for s in history or ())
    ):
        notes.warn(
            None,
            "status",
            "every pupil has a status and none is N: is this a report of SEN pupils only? A pupil who "
            "is missing counts as a leaver; make the report of the whole roll",
        )
