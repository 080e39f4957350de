"""The machine tabs as the MIS would have them today: rows of the MIS roll, the MIS needs and the MIS provision.

Unknown never overwrites known: where a source says nothing of a field, the row keeps what it had.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain import codes
from sync.domain.in_force import current_needs, current_status
from sync.plan.cells import Value, serial, text
from sync.plan.facts import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sync.domain.records import MisData, Provision, Pupil
    from sync.plan.identity import Identified

# What one cell of Google Sheets holds at most (support.google.com/drive/answer/37603).
MOST_CHARACTERS = 50_000
METER = ("met", "booked", "short")
"""What the MIS roll says of meetings with the family; the one part of it that is not the MIS's (`plan.year`)."""
Row = dict[str, Value]
Rows = dict[str, Row]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the three mirror tabs should hold, by row key; and the sentences about what could not be placed."""

    roll: Rows
    needs: Rows
    mis_provision: Rows | None
    problems: tuple[str, ...] = ()
    effective: Mapping[str, date] = field(default_factory=dict)

    def tab(self, key: str) -> Rows | None:
        """The rows of a tab by its key."""
        return {"roll": self.roll, "needs": self.needs, "mis_provision": self.mis_provision}[key]


def wanted(mis: MisData, who: Identified, before: Mapping[str, Rows], today: date) -> Wanted:
    """Build the rows of the mirror tabs.

    Args:
        mis: what the MIS says.
        who: each pupil's reference.
        before: the mirror tabs as they stand in the workbook, by tab and row key.
        today: the day on which histories are read.
    """
    roll: Rows = {}
    needs: Rows = {}
    effective: dict[str, date] = {}
    roll_before = before.get("roll", {})
    needs_before = before.get("needs", {})
    needs_by_ref: dict[str, list[str]] = {}
    for key, row in needs_before.items():
        needs_by_ref.setdefault(text(row.get("ref")), []).append(key)
    present = {ref for ref, _ in who.pupils}
    for ref, pupil in who.pupils:
        row, since = _roll_row(ref, pupil, roll_before.get(ref, {}), today)
        roll[ref] = row
        if since:
            effective[ref] = since
        _need_rows(ref, pupil, text(row["label"]), needs_before, needs_by_ref.get(ref, []), needs)
    whole = any(s.full_roll for s in mis.sources if s.kind != "provisions")
    disputed = {p.disputed for p in mis.problems if p.disputed}
    for ref, row in roll_before.items():
        if ref in present:
            continue
        kept = dict(row)
        known = ref in who.unclear_refs or text(row.get("upn")) in disputed
        if whole and not known and text(row.get("on_roll")) == "Yes":
            kept["on_roll"] = f"Left {today:%d/%m/%Y}"
        roll[ref] = kept
        for key in needs_by_ref.get(ref, []):
            needs[key] = dict(needs_before[key])
    provisions, problems = _provision_rows(mis, who, roll, before.get("mis_provision", {}))
    for rows in (roll, needs, provisions or {}):
        problems += _fit(rows)
    return Wanted(roll, needs, provisions, tuple(problems), effective)


def _fit(rows: Rows) -> list[str]:
    """Cut a text that no cell can hold, and say so: one such text must not stop a whole run."""
    problems = []
    for key, row in rows.items():
        for field_name, value in row.items():
            if isinstance(value, str) and len(value) > MOST_CHARACTERS:
                row[field_name] = value[: MOST_CHARACTERS - 1] + "…"
                problems.append(
                    f"{key}: the MIS holds {len(value):,} characters under '{field_name}'; a cell holds "
                    f"{MOST_CHARACTERS:,}. The rest is left out. Shorten it in the MIS."
                )
    return problems


def _yes_no(flag: bool | None, before: Value) -> Value:
    return before if flag is None else ("Yes" if flag else "No")


def _day(day: date | None) -> Value:
    return None if day is None else serial(day)


def _or_before(new: str | None, before: Value) -> Value:
    return new if new is not None else before


def _roll_row(ref: str, pupil: Pupil, before: Row, today: date) -> tuple[Row, date | None]:
    old = before.get
    surname = pupil.preferred_surname or pupil.legal_surname
    forename = pupil.preferred_forename or pupil.legal_forename
    name = ", ".join(part for part in (surname, forename) if part) or text(old("name"))
    row: Row = {
        "ref": ref,
        "name": name,
        "year": _or_before(pupil.year_group, old("year")),
        "group": _or_before(pupil.registration_group, old("group")),
        "sex": _or_before(pupil.sex, old("sex")),
        "pp": _yes_no(pupil.pp, old("pp")),
        "fsm": _yes_no(pupil.fsm, old("fsm")),
        "eal": _yes_no(pupil.eal, old("eal")),
        "looked_after": _yes_no(pupil.looked_after, old("looked_after")),
        "attendance": old("attendance") if pupil.attendance is None else round(pupil.attendance / 100, 4),
        "on_roll": "Yes",
        "upn": _or_before(pupil.upn, old("upn")),
        "former_upns": _former(pupil, before),
        "mis_id": _or_before(pupil.mis_id, old("mis_id")),
        "dob": old("dob") if pupil.dob is None else serial(pupil.dob),
        "legal_surname": _or_before(pupil.legal_surname, old("legal_surname")),
        "legal_forename": _or_before(pupil.legal_forename, old("legal_forename")),
        **{name: old(name) for name in METER},
    }
    since = _status(row, pupil, before, today)
    _needs_summary(row, pupil, before, today)
    place = text(row["group"]) or (f"Year {text(row['year'])}" if row["year"] else "")
    row["year_order"] = _YEARS.get(text(row["year"]).upper())
    row["label"] = f"{name} ({place}) · {ref}" if place else f"{name} · {ref}"
    return row, since


# National curriculum years in order (CBDS NCyearActual); other codes (M, X) have no place in it.
_YEARS = {y: 96.0 + n for n, y in enumerate(["E1", "E2", "N1", "N2", "R", *map(str, range(1, 15))])}


def _former(pupil: Pupil, before: Row) -> Value:
    """Every UPN the pupil ever had, in the order we learnt of them, without the one in use."""
    known = text(before.get("former_upns")).replace(",", " ").split()
    last = text(before.get("upn"))
    everyone = [*known, *([last] if last else []), *pupil.former_upns]
    return ", ".join(u for u in dict.fromkeys(everyone) if u != (pupil.upn or last)) or None


def _status(row: Row, pupil: Pupil, before: Row, today: date) -> date | None:
    spell = current_status(pupil.status_history, today)
    if spell is None:
        row["status"], row["since"] = before.get("status"), before.get("since")
    else:
        row["status"] = spell.code
        same_spell = spell.start is None and text(before.get("status")) == spell.code
        row["since"] = before.get("since") if same_spell else _day(spell.start)
    if not pupil.status_history:
        row["next_status"], row["next_since"] = before.get("next_status"), before.get("next_since")
        return None
    later = sorted(
        (s for s in pupil.status_history or () if s.start and s.start > today), key=lambda s: s.start or today
    )
    row["next_status"] = later[0].code if later else None
    row["next_since"] = _day(later[0].start) if later else None
    return spell.start if spell else None


def _needs_summary(row: Row, pupil: Pupil, before: Row, today: date) -> None:
    now = current_needs(pupil.needs, today)
    if now is None:
        for key in ("primary", "others", "area"):
            row[key] = before.get(key)
        return
    order = list(dict.fromkeys(n.code for n in now))
    row["primary"] = order[0] if order else None
    row["others"] = ", ".join(order[1:]) or None
    row["area"] = (codes.area_of(order[0]) or None) if order else None


def _need_rows(ref: str, pupil: Pupil, label: str, before: Rows, keys_before: Sequence[str], rows: Rows) -> None:
    """One row a need; a need that the MIS no longer lists stays, marked."""
    if pupil.needs is not None:
        for need in pupil.needs:
            key = f"{ref}-{need.code}"
            ordinal = 2
            while key in rows:
                key = f"{ref}-{need.code}-{ordinal}"
                ordinal += 1
            rows[key] = {
                "id": key,
                "ref": ref,
                "pupil": label,
                "code": need.code,
                "label": need.label or codes.NEEDS.get(need.code.upper()),
                "rank": None if need.rank is None else float(need.rank),
                "start": _day(need.start),
                "end": _day(need.end),
                "in_mis": "Yes",
            }
    for key in keys_before:
        if key not in rows:
            kept = dict(before[key])
            kept["pupil"] = label
            if pupil.needs is not None:
                kept["in_mis"] = "No"
            rows[key] = kept


def _provision_rows(mis: MisData, who: Identified, roll: Rows, before: Rows) -> tuple[Rows | None, list[str]]:
    if mis.provisions is None:
        return None, []
    by_upn: dict[str, str] = {}
    by_mis: dict[str, str] = {}
    # Everyone on the roll tab, leavers too, and those of whom a partial file says nothing; today's numbers come last.
    for ref, row in roll.items():
        for former in text(row.get("former_upns")).replace(",", " ").split():
            by_upn.setdefault(former, ref)
    for ref, row in roll.items():
        by_upn[text(row.get("upn"))] = by_mis[text(row.get("mis_id"))] = ref
    for ref, pupil in who.pupils:
        if pupil.upn:
            by_upn[pupil.upn] = ref
        if pupil.mis_id:
            by_mis[pupil.mis_id] = ref
    rows: Rows = {}
    problems: list[str] = []
    for provision in mis.provisions:
        found = by_upn.get(provision.upn or "-") or by_mis.get(provision.pupil_mis_id or "-")
        if found in who.unclear_refs:
            continue  # nobody knows which child it is for; Sync status says so already
        if found is None:
            who_text = provision.upn or (f"MIS id {provision.pupil_mis_id}" if provision.pupil_mis_id else "no UPN")
            problems.append(
                f"A provision for {who_text} could not be placed: no such pupil on the roll. Check the UPN in the MIS."
            )
            continue
        key = _provision_key(provision, found, rows)
        rows[key] = _provision_row(provision, key, found, text(roll[found]["label"]))
    _follow_moved_starts(rows, before, {p.mis_id for p in mis.provisions})
    for key, row in before.items():
        if key not in rows:
            kept = dict(row)
            kept_ref = text(row.get("ref"))
            if kept_ref not in who.unclear_refs:
                kept["in_mis"] = "No"
            if kept_ref in roll:
                kept["pupil"] = roll[kept_ref]["label"]
            rows[key] = kept
    return rows, problems


def _follow_moved_starts(rows: Rows, before: Rows, ids: set[str | None]) -> None:
    """A provision without a number of the MIS's whose start was put right keeps its row and what was typed there.

    Where a pupil had one provision of a name that is gone, and has one of that name that is new, they are the same.
    """
    if ids - {None}:
        return
    gone = _by_pupil_and_name({k: r for k, r in before.items() if k not in rows})
    new = _by_pupil_and_name({k: r for k, r in rows.items() if k not in before})
    for identity, keys in new.items():
        old_keys = gone.get(identity, [])
        if len(keys) == 1 and len(old_keys) == 1:
            rows[old_keys[0]] = {**rows.pop(keys[0]), "id": old_keys[0]}


def _by_pupil_and_name(rows: Rows) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for key, row in rows.items():
        found.setdefault((text(row.get("ref")), text(row.get("name")).casefold()), []).append(key)
    return found


def _provision_key(provision: Provision, ref: str, rows: Rows) -> str:
    """Ours, from what does not change: the MIS's id of it, else pupil, name and start."""
    identity = provision.mis_id or f"{ref}\0{provision.name.casefold()}\0{provision.start}"
    ordinal = 0
    while True:
        digest = hashlib.sha256(f"{identity}\0{ordinal}".encode()).hexdigest()
        key = f"{OURS}{digest[:8]}"
        if key not in rows:
            return key
        ordinal += 1


_WAVES = {
    "1": "Universal", "2": "Targeted", "3": "Specialist",
    "wave 1": "Universal", "wave 2": "Targeted", "wave 3": "Specialist",
    "universal": "Universal", "targeted": "Targeted", "specialist": "Specialist",
}  # fmt: skip


def _provision_row(provision: Provision, key: str, ref: str, label: str) -> Row:
    wave = provision.wave
    return {
        "id": key,
        "ref": ref,
        "pupil": label,
        "name": provision.name,
        "wave": _WAVES.get(wave.casefold(), wave) if wave else None,
        "area": provision.area,
        "delivered_by": provision.delivered_by,
        "group_size": provision.group_size,
        "minutes": provision.minutes,
        "times_a_week": provision.times_a_week,
        "start": _day(provision.start),
        "end": _day(provision.end),
        "entry_measure": provision.entry_measure,
        "target": provision.target,
        "exit_measure": provision.exit_measure,
        "stage": provision.stage,
        "review": _day(provision.review),
        "cost": provision.cost,
        "in_mis": "Yes",
    }
