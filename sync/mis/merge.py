"""Several readings to one picture of the school. Pure.

Pupils meet by UPN (former ones included), then by MIS id; each field comes from the kind of source that
is believed first for it (`ReadOptions.ranking`), within a kind from the newest. What a source does not say
(None) never overrides what another says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from sync.domain import upn as upns
from sync.domain.in_force import current_status
from sync.domain.records import MisData, Problem, Provision, Pupil, School, Severity
from sync.mis.notes import Notes
from sync.mis.people import different_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.mis.base import Reading
    from sync.mis.options import ReadOptions

_FIELDS: Final = (
    "legal_surname",
    "legal_forename",
    "middle_names",
    "preferred_surname",
    "preferred_forename",
    "dob",
    "sex",
    "year_group",
    "registration_group",
    "status_history",
    "needs",
    "fsm",
    "pp",
    "eal",
    "looked_after",
    "attendance",
    "next_review",
    "contacts",
)
_NEVER: Final = datetime.fromtimestamp(0, UTC)

Key = tuple[str, str]


@dataclass(frozen=True)
class _Entry:
    """A pupil as one source has them."""

    source: str
    kind: str
    as_of: datetime
    row: int
    pupil: Pupil
    order: int

    def identities(self) -> list[Key]:
        upn = self.pupil.upn
        keys: list[Key] = [("upn", upn)] if upn else []
        keys += [("upn", old) for old in self.pupil.former_upns]
        return keys + ([("id", self.pupil.mis_id)] if self.pupil.mis_id else [])

    def ref(self) -> str:
        return Notes(self.source).ref(self.pupil.upn, self.pupil.mis_id)


@dataclass(eq=False)
class _Group:
    """The entries that are one pupil, and the UPNs that turned out to be another's as well."""

    entries: list[_Entry] = field(default_factory=list)
    contested: dict[str, _Entry] = field(default_factory=dict)


def merge(readings: Sequence[Reading], options: ReadOptions, *, today: date) -> MisData:
    """Join readings of one school.

    Two pupils with one UPN are never joined: of two in one kind of source both lose the UPN and are kept
    under their MIS ids (without one they are left out); between kinds, the kind that is believed first for
    the UPN keeps it. Either way an error names both rows.

    Args:
        readings: in the order of their files.
        options: for the precedence of each field.
        today: for saying where sources disagree on the current status.
    """
    merger = _Merger(options, today)
    ranks = {kind: place for place, kind in enumerate(options.ranking("upn"))}
    entries = [
        _Entry(
            reading.source.name,
            reading.source.kind,
            reading.source.as_of or _NEVER,
            one.row,
            one.pupil,
            order,
        )
        for order, reading in enumerate(readings)
        for one in reading.pupils
    ]
    naming = {order for order, reading in enumerate(readings) if reading.names_pupils}
    entries.sort(key=lambda e: (e.order not in naming, ranks.get(e.kind, len(ranks)), -e.as_of.timestamp(), e.order))
    for entry in entries:
        merger.place(entry, adds=entry.order not in naming)
    pupils = merger.pupils()
    provisions = _provisions(readings, pupils, merger.problems)
    return MisData(
        pupils=pupils,
        provisions=provisions,
        school=_school(readings),
        sources=tuple(reading.source for reading in readings),
        problems=(*(problem for reading in readings for problem in reading.problems), *merger.problems),
    )


class _Merger:
    """Builds the groups. Not kept beyond one merge."""

    def __init__(self, options: ReadOptions, today: date) -> None:
        self.problems: list[Problem] = []
        self._options = options
        self._today = today
        self._groups: list[_Group] = []
        self._index: dict[Key, _Group] = {}
        self._left_over: dict[str, list[_Entry]] = {}

    def place(self, entry: _Entry, *, adds: bool) -> None:
        """Put an entry with its pupil; `adds` says that its source only adds to pupils named elsewhere."""
        mine: _Group | None = None
        rivals: list[_Group] = []
        for key in entry.identities():
            group = self._index.get(key)
            if group is None or group in rivals or (key[0] == "upn" and key[1] in group.contested):
                continue
            if any(different_people(one.pupil, entry.pupil) for one in group.entries):
                rivals.append(group)
                self._clash(key, group, entry)
            elif mine is None:
                mine = group
            elif mine is not group:
                self._join(mine, group)
        if mine is None:
            if adds:
                self._left_over.setdefault(entry.source, []).append(entry)
                return
            mine = _Group()
            self._groups.append(mine)
        mine.entries.append(entry)
        for rival in rivals:
            if entry.pupil.upn and self._index.get(("upn", entry.pupil.upn)) is rival:
                mine.contested[entry.pupil.upn] = rival.entries[0]
        if (
            entry.pupil.upn
            and (holder := self._index.get(("upn", entry.pupil.upn)))
            and entry.pupil.upn in holder.contested
            and holder is not mine
        ):
            mine.contested[entry.pupil.upn] = holder.entries[0]
        for key in entry.identities():
            self._index.setdefault(key, mine)

    def _clash(self, key: Key, group: _Group, entry: _Entry) -> None:
        other = group.entries[0]
        if key == ("upn", entry.pupil.upn):
            if other.kind == entry.kind and any(one.pupil.upn == entry.pupil.upn for one in group.entries):
                group.contested[key[1]] = entry
            return
        what = "a former UPN" if key[0] == "upn" else "an MIS id"
        self._say(
            entry,
            "upn",
            f"{entry.ref()}: shares {what} with row {other.row} of {other.source}, but is plainly "
            f"another pupil; not joined",
            Severity.ERROR,
        )

    def _join(self, mine: _Group, other: _Group) -> None:
        if any(different_people(a.pupil, b.pupil) for a in mine.entries for b in other.entries):
            first, second = mine.entries[0], other.entries[0]
            self._say(
                second,
                "mis_id",
                f"{second.ref()}: another row joins it to {first.ref()} (row {first.row} of "
                f"{first.source}), but they are plainly two pupils; not joined",
                Severity.ERROR,
            )
            return
        mine.entries += other.entries
        mine.contested |= other.contested
        self._groups.remove(other)
        for key in [key for key, group in self._index.items() if group is other]:
            self._index[key] = mine

    def pupils(self) -> tuple[Pupil, ...]:
        """The pupils of all groups, in the order in which they were first met."""
        pupils: list[Pupil] = []
        ids: set[str] = set()
        for group in self._groups:
            pupil = self._pupil(group)
            if pupil.mis_id in ids:
                self._say(
                    group.entries[0],
                    "mis_id",
                    f"{group.entries[0].ref()}: the MIS id is another pupil's too; it is left out",
                    Severity.ERROR,
                )
                pupil = replace(pupil, mis_id=None)
            for upn, rival in group.contested.items():
                self._say_contested(group.entries[0], upn, rival, pupil)
            if pupil.upn or pupil.mis_id:
                pupils.append(pupil)
                ids.update({pupil.mis_id} - {None} if pupil.mis_id else ())
        for source, entries in self._left_over.items():
            rest = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
            self._say(
                entries[0],
                None,
                f"{source}: {entries[0].ref()} (row {entries[0].row}){rest} is in no file that names "
                f"the pupils; left out",
                Severity.ERROR,
            )
        current = {pupil.upn for pupil in pupils}
        return tuple(replace(p, former_upns=tuple(old for old in p.former_upns if old not in current)) for p in pupils)

    def _say_contested(self, entry: _Entry, upn: str, rival: _Entry, pupil: Pupil) -> None:
        if pupil.mis_id and not pupil.upn:
            outcome = f"this one is kept under MIS id {Notes(entry.source).quote(pupil.mis_id)}, without the UPN"
        elif pupil.upn:
            outcome = "this one is known by another UPN"
        else:
            outcome = "this one is left out, as nothing else tells them apart"
        where = f"row {rival.row}" if rival.source == entry.source else f"row {rival.row} of {rival.source}"
        self._say(
            entry,
            "upn",
            f"{Notes(entry.source).ref(upn, None)}: the UPN is also that of the pupil in {where}, "
            f"who is plainly another; {outcome}; correct it in the MIS",
            Severity.ERROR,
            disputed=upn,
        )

    def _pupil(self, group: _Group) -> Pupil:
        chosen: dict[str, Any] = {name: self._choose(name, group) for name in _FIELDS}
        by_upn = self._ranked("upn", group)
        # A permanent UPN replaces a temporary one, whichever is the newer; a text that is no UPN comes last.
        current = sorted(
            dict.fromkeys(e.pupil.upn for e in by_upn if e.pupil.upn and e.pupil.upn not in group.contested),
            key=lambda upn: 2 if not upns.is_valid(upn) else int(upns.is_temporary(upn)),
        )
        permanent = [upn for upn in current if upns.is_valid(upn) and not upns.is_temporary(upn)]
        former = [old for e in by_upn for old in e.pupil.former_upns]
        if len(permanent) > 1 and not set(permanent[1:]) <= set(former):
            self._say(
                group.entries[0],
                "upn",
                f"UPN '{permanent[0]}' and UPN '{permanent[1]}' belong to one MIS id; the first is "
                f"used, the second is kept as a former one",
            )
        ids = [e.pupil.mis_id for e in self._ranked("mis_id", group) if e.pupil.mis_id]
        upn = current[0] if current else None
        self._note_disagreement(group)
        return Pupil(
            upn=upn,
            mis_id=ids[0] if ids else None,
            former_upns=tuple(old for old in dict.fromkeys([*former, *current[1:]]) if old != upn),
            **chosen,
        )

    def _ranked(self, name: str, group: _Group) -> list[_Entry]:
        if len(group.entries) == 1:
            return group.entries
        ranks = {kind: place for place, kind in enumerate(self._options.ranking(name))}
        return sorted(group.entries, key=lambda e: (ranks.get(e.kind, len(ranks)), -e.as_of.timestamp(), e.order))

    def _choose(self, name: str, group: _Group) -> object:
        known = [value for e in self._ranked(name, group) if (value := getattr(e.pupil, name)) is not None]
        # An empty list ("no needs recorded") is a weaker statement than any need in a lower source.
        return next((value for value in known if value != ()), known[0] if known else None)

    def _note_disagreement(self, group: _Group) -> None:
        """Say where sources differ on the two facts that a SENCO acts on; dates and codes only."""
        born = [(e, f"{e.pupil.dob:%d/%m/%Y}") for e in self._ranked("dob", group) if e.pupil.dob]
        status = [
            (e, Notes(e.source).quote(spell.code))
            for e in self._ranked("status_history", group)
            if (spell := current_status(e.pupil.status_history, self._today))
        ]
        for name, said in (("dob", born), ("status", status)):
            for entry, value in said[1:]:
                if value != said[0][1]:
                    used = said[0][0]
                    self._say(
                        entry,
                        name,
                        f"{entry.ref()}: says {value}, but {used.source} (row {used.row}) says "
                        f"{said[0][1]}, which is used",
                    )
                    break

    def _say(
        self,
        entry: _Entry,
        name: str | None,
        reason: str,
        severity: Severity = Severity.WARNING,
        *,
        disputed: str = "",
    ) -> None:
        self.problems.append(Problem(entry.source, entry.row, name, reason, severity, disputed))


def _provisions(
    readings: Sequence[Reading], pupils: Iterable[Pupil], problems: list[Problem]
) -> tuple[Provision, ...] | None:
    """Every provision, under its pupil's present UPN and MIS id; None when no source speaks of provisions."""
    if all(reading.provisions is None for reading in readings):
        return None
    known: dict[Key, Pupil] = {}
    for pupil in pupils:
        for upn in (pupil.upn, *pupil.former_upns):
            if upn:
                known.setdefault(("upn", upn), pupil)
        if pupil.mis_id:
            known.setdefault(("id", pupil.mis_id), pupil)
    found: list[Provision] = []
    for reading in readings:
        strangers = []
        for one in reading.provisions or ():
            owner = known.get(("upn", one.provision.upn or "")) or known.get(("id", one.provision.pupil_mis_id or ""))
            if owner is None:
                strangers.append(one)
                found.append(one.provision)
            else:
                found.append(
                    replace(one.provision, upn=owner.upn, pupil_mis_id=owner.mis_id or one.provision.pupil_mis_id)
                )
        if strangers:
            first = strangers[0]
            ref = Notes(reading.source.name).ref(first.provision.upn, first.provision.pupil_mis_id)
            rest = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            problems.append(
                Problem(
                    reading.source.name,
                    first.row,
                    "upn",
                    f"{ref}{rest} is in no file that names the pupils; the provision is kept",
                )
            )
    return tuple(found)


def _school(readings: Sequence[Reading]) -> School:
    """The fullest description of the school that any source gives."""

    def known(school: School) -> int:
        return sum(part is not None for part in (school.la, school.estab, school.urn, school.name))

    return max((reading.school for reading in readings), key=known, default=School())
