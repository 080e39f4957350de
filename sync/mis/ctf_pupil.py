"""One `Pupil` element of a CTF or ATF to a pupil. Element names: reference in docs/mis-files.md.

Names are matched without their namespace; elements we do not know are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sync.domain import codes
from sync.domain import upn as upns
from sync.domain.records import Contact, Need, Pupil, StatusSpell
from sync.mis import values
from sync.mis.base import PupilRow
from sync.mis.pupil_rows import note_need, note_status, open_period, read_born, read_upn
from sync.mis.safe_xml import Element, children, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sync.mis.notes import Notes

T = TypeVar("T")
Block = dict[str, Element]

_LOOSE: Final = {
    "names": "names stand inside BasicDetails",
    "sen": "SEN status stands directly in Pupil, without SENhistory",
    "needs": "needs stand outside SENhistory",
    "stage": "SEN history is written as SENstage",
    "info": "needs are written as SENprovisionInfo",
}


class PupilElement:
    """Reads one pupil element.

    Args:
        element: the `Pupil` element.
        row: its number in the file, from 1.
        notes: where problems go.
        loose: receives the names of shapes that are not those of a CTF.
        today: the day for open FSM periods and impossible dates of birth.
    """

    def __init__(self, element: Element, row: int, notes: Notes, loose: set[str], today: date) -> None:
        self._element = element
        self._top: Block = dict(children(element))
        self._basic: Block = dict(children(self._top["BasicDetails"])) if "BasicDetails" in self._top else {}
        self._row = row
        self._notes = notes
        self._loose = loose
        self._today = today

    def read(self) -> PupilRow | None:
        """The pupil, or None (noted) when there is no UPN to know them by."""
        text = self._either("UPN")
        surname, forename = self._either("Surname"), self._either("Forename")
        contacts = tuple(self._contacts()) if "Contacts" in self._top else None
        self._notes.hide(
            [
                surname,
                forename,
                *(text_of(self._basic.get(name)) for name in ("PreferredSurname", "PreferredForename")),
            ]
        )
        for contact in contacts or ():
            self._notes.hide([contact.surname, contact.forename])
        if not text:
            self._notes.error(self._row, "upn", "has no UPN; the pupil is left out")
            return None
        upn = read_upn(text, self._row, self._notes)
        history, needs = self._sen()
        care = self._top.get("LookedAfter", self._top.get("LookAfter"))
        former = (
            (upns.normalise(text_of(old)) for name, old in children(self._top["BasicDetails"]) if name == "FormerUPN")
            if self._basic
            else ()
        )
        return PupilRow(
            self._row,
            Pupil(
                upn=upn,
                former_upns=tuple(dict.fromkeys(old for old in former if old and old != upn)),
                legal_surname=surname or None,
                legal_forename=forename or None,
                middle_names=text_of(self._basic.get("MiddleNames")) or None,
                preferred_surname=text_of(self._basic.get("PreferredSurname")) or None,
                preferred_forename=text_of(self._basic.get("PreferredForename")) or None,
                dob=read_born(
                    self._value(self._either("DOB"), "dob", values.as_date),
                    self._row,
                    self._notes,
                    self._today,
                ),
                sex=values.as_sex(self._either("Sex") or self._either("Gender")),
                year_group=values.as_year_group(self._either("NCyearActual")),
                status_history=history,
                needs=needs,
                fsm=self._fsm(),
                eal=self._eal(),
                looked_after=None
                if care is None
                else self._value(text_of(dict(children(care)).get("InCare")), "looked_after", values.as_bool),
                contacts=contacts,
            ),
        )

    def _either(self, name: str) -> str:
        """A field's text from Pupil, else from BasicDetails, where looser tools put it."""
        if text := text_of(self._top.get(name)):
            return text
        text = text_of(self._basic.get(name))
        if text and name in {"UPN", "Surname", "Forename", "DOB"}:
            self._loose.add("names")
        return text

    def _value(self, text: str, field: str, read: Callable[[str], T | None]) -> T | None:
        if not text:
            return None
        try:
            return read(text)
        except ValueError as error:
            what = self._notes.quote(text) if any(c.isdigit() for c in text) else "the text"
            self._notes.error(self._row, field, f"{what} {error}; the value is left out")
            return None

    def _sen(self) -> tuple[tuple[StatusSpell, ...] | None, tuple[Need, ...] | None]:
        """History and needs; None and None where the pupil has no SEN block at all (unknown, not "N")."""
        spells: list[StatusSpell] = []
        needs: list[Need] = []
        known = False
        for name, block in children(self._element):
            if name == "SENhistory":
                known = True
                for inner, part in children(block):
                    if inner == "SEN":
                        spells.extend(self._spell(part, "SENprovision", "StartDate", "EndDate"))
                    elif inner == "SENneeds":
                        needs.extend(self._needs(part))
                    elif inner == "SENstage":
                        self._loose.add("stage")
                        spells.extend(self._spell(part, "SENstageType", "SENstageStartDate", "SENstageEndDate"))
            elif name == "SEN":
                known = True
                self._loose.add("sen")
                spells.extend(self._spell(block, "SENprovision", "StartDate", "EndDate"))
            elif name == "SENneeds":
                known = True
                self._loose.add("needs")
                needs.extend(self._needs(block))
            elif name == "SENprovision" and len(block):
                known = True
                self._loose.add("info")
                needs.extend(
                    need for inner, part in children(block) if inner == "SENprovisionInfo" for need in self._need(part)
                )
        # A bare SENstatus says what holds now; a dated history says it better.
        if not spells and (status := text_of(self._top.get("SENstatus"))):
            known = True
            self._loose.add("sen")
            spells.append(StatusSpell(note_status(status, self._row, self._notes)))
        return (tuple(spells), tuple(needs)) if known else (None, None)

    def _spell(self, part: Element, code: str, start: str, end: str) -> Iterator[StatusSpell]:
        block = dict(children(part))
        text = text_of(block.get(code))
        if not text:
            self._notes.error(self._row, "status", "a line of the SEN history has no status; it is left out")
            return
        yield StatusSpell(
            note_status(text, self._row, self._notes),
            self._value(text_of(block.get(start)), "status_start", values.as_date),
            self._value(text_of(block.get(end)), "status_end", values.as_date),
        )

    def _needs(self, part: Element) -> Iterator[Need]:
        for name, need in children(part):
            if name == "SENneed":
                yield from self._need(need)

    def _need(self, part: Element) -> Iterator[Need]:
        block = dict(children(part))
        text = text_of(block.get("SENtype"))
        if not text:
            self._notes.error(self._row, "need", "a SEN need has no type; it is left out")
            return
        code = text.upper() if text.upper() in codes.NEEDS else text
        note_need(code, self._row, self._notes)
        yield Need(
            code,
            rank=self._value(text_of(block.get("SENtypeRank")), "need_rank", values.as_rank),
            start=self._value(text_of(block.get("NeedStartDate")), "need_start", values.as_date),
            end=self._value(text_of(block.get("NeedEndDate")), "need_end", values.as_date),
        )

    def _fsm(self) -> bool | None:
        """Whether a period of free school meals is open; None without the block."""
        if "FSMhistory" not in self._top:
            return None
        periods = []
        for name, instance in children(self._top["FSMhistory"]):
            if name == "FSMinstance":
                block = dict(children(instance))
                start = self._value(text_of(block.get("FSMstartDate")), "fsm_start", values.as_date)
                periods.append((start, self._value(text_of(block.get("FSMendDate")), "fsm_end", values.as_date)))
        return any(open_period(start, end, self._today) for start, end in periods if start or end)

    def _eal(self) -> bool | None:
        """From the first language (LanguageType F): the CTF has no EAL flag of its own."""
        languages = self._basic.get("Languages")
        for _, entry in children(languages) if languages is not None else ():
            block = dict(children(entry))
            if text_of(block.get("LanguageType")) == "F":
                return values.as_eal(text_of(block.get("Language")))
        return None

    def _contacts(self) -> Iterator[Contact]:
        for name, entry in children(self._top["Contacts"]):
            if name != "Contact":
                continue
            block = dict(children(entry))
            yield Contact(
                order=self._value(text_of(block.get("Order")), "contact_order", values.as_rank),
                title=text_of(block.get("Title")) or None,
                forename=text_of(block.get("Forename")) or None,
                surname=text_of(block.get("Surname")) or None,
                relationship=text_of(block.get("Relationship")) or None,
                email=text_of(block.get("Email")) or None,
                phone=_phone(block.get("Phones")),
                parental_responsibility=self._value(
                    text_of(block.get("Responsibility")), "contact_responsibility", values.as_bool
                ),
            )


def _phone(phones: Element | None) -> str | None:
    """A mobile (TelephoneType M) before any other number, as it is the one that is answered."""
    if phones is None:
        return None
    numbers = [dict(children(phone)) for name, phone in children(phones) if name == "Phone"]
    numbers.sort(key=lambda block: text_of(block.get("TelephoneType")) != "M")
    return next((number for block in numbers if (number := text_of(block.get("PhoneNo")))), None)


def loose_warning(shape: str) -> str:
    """The sentence for a shape that is not the CTF's own."""
    return f"{_LOOSE[shape]}, which is not the shape of a CTF; it was understood, but check these pupils"
