"""What the SENCO is told: the Change log, Sync status and "To change in the MIS"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.records import MisData, Severity
from sync.plan.actions import Attention, Cells, Change, Insert, Put
from sync.plan.cells import Value, blank, from_json, from_serial, same, text
from sync.plan.facts import pupil_key
from sync.plan.guards import SEN

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sync.plan.identity import Identified
    from sync.plan.mirror import Row, Rows, Wanted
    from sync.plan.people import TabPlan
    from sync.plan.snapshot import Bound, BoundTab

_FIELDS = (
    "name", "year", "group", "status", "next_status", "primary", "others", "pp", "fsm", "eal", "looked_after",
    "on_roll", "upn", "mis_id", "dob", "legal_surname", "legal_forename",
)  # fmt: skip
# For a pupil who is on nobody's register these alone are news; a class list is not a change log.
_FIELDS_OF_OTHERS = ("status", "on_roll")
_LINES = 200


def say(value: Value, kind: str = "text") -> str:
    """A cell as a person reads it in a log line."""
    if blank(value):
        return ""
    day = from_serial(value) if kind == "date" and isinstance(value, float) else None
    return f"{day:%d/%m/%Y}" if day else text(value)


def mis_changes(
    before: Mapping[str, Rows],
    want: Wanted,
    bound: Bound,
    on_register: Container[str],
    seen: Mapping[str, Mapping[str, Cells]],
) -> list[Change]:
    """What changed in the MIS since the workbook was last written, with the day it took effect."""
    roll = before["roll"]
    if not roll:
        count = sum(1 for r in want.roll.values() if text(r["on_roll"]) == "Yes")
        return [
            Change(
                "first",
                "roll",
                "",
                "First sync",
                "",
                "",
                who="Everyone",
                note=f"{count} pupils read from the MIS.",
            )
        ]
    changes = _provision_changes(before["mis_provision"], want, bound)
    tab = bound.tabs["roll"].tab
    last = seen.get("roll", {})
    for ref, row in want.roll.items():
        old = roll.get(ref)
        if old is None:
            changes.append(Change("joined", "roll", ref, "Joined", "", text(row.get("status")), who=text(row["name"])))
            continue
        followed = ref in on_register or text(row.get("status")) in SEN or text(old.get("status")) in SEN
        for field in _FIELDS if followed else _FIELDS_OF_OTHERS:
            new, had = row.get(field), old.get(field)
            if new is had or same(new, had):
                continue
            if ref in last:
                # The cell may differ because a person typed in it; the MIS changed only if our own memory differs too.
                had = from_json(last[ref].get(field))
                if same(new, had):
                    continue
            column = tab.column(field)
            changes.append(
                Change(
                    kind=_kind(field, new),
                    tab="roll",
                    key=ref,
                    field=column.header,
                    old=say(had, column.type),
                    new=say(new, column.type),
                    effective=_effective(field, ref, row, want),
                    note=_meaning(field, had, new),
                    who=text(row["name"]),
                )
            )
    return changes


_OF_PROVISION = ("name", "wave", "delivered_by", "group_size", "minutes", "times_a_week", "start", "end", "cost")


def _provision_changes(before: Rows, want: Wanted, bound: Bound) -> list[Change]:
    """Provisions that the MIS began, changed or no longer lists; nothing at the first sync."""
    if not before or want.mis_provision is None:
        return []
    tab = bound.tabs["mis_provision"].tab
    changes = []
    for key, row in want.mis_provision.items():
        old = before.get(key)
        who, name = text(row.get("pupil")), text(row.get("name"))
        if old is None:
            changes.append(
                Change("changed", "mis_provision", key, "Provision", "", name, who=who, note="New in the MIS.")
            )
            continue
        if text(old.get("in_mis")) != text(row.get("in_mis")):
            gone = text(row.get("in_mis")) != "Yes"
            note = "No longer in the MIS: it neither runs nor costs. The row and what you wrote stay."
            was, now = (name, "") if gone else ("", name)
            changes.append(
                Change(
                    "changed",
                    "mis_provision",
                    key,
                    "Provision",
                    was,
                    now,
                    who=who,
                    note=note if gone else "Back in the MIS.",
                )
            )
            continue
        for field in _OF_PROVISION:
            if not same(old.get(field), row.get(field)):
                column = tab.column(field)
                was, now = say(old.get(field), column.type), say(row.get(field), column.type)
                changes.append(Change("changed", "mis_provision", key, column.header, was, now, who=who, note=name))
    return changes


def _kind(field: str, new: Value) -> str:
    if field == "on_roll":
        return "returned" if text(new) == "Yes" else "left"
    return "changed"


def _effective(field: str, ref: str, row: Row, want: Wanted) -> date | None:
    if field == "status":
        return want.effective.get(ref)
    if field == "next_status" and isinstance(row.get("next_since"), float):
        return from_serial(float(row["next_since"] or 0))
    return None


def _meaning(field: str, had: Value, new: Value) -> str:
    if field == "status":
        if text(new) in SEN and text(had) not in SEN:
            return "Now on the register."
        if text(had) in SEN and text(new) not in SEN:
            return "No longer SEN in the MIS. The row and what you wrote stay."
    if field == "on_roll":
        if text(new) == "Yes":
            return "Back on roll. The row is the same as before."
        return "No longer in the MIS files. The row and what you wrote stay."
    if field == "upn":
        return "The same pupil with a new UPN; the reference stays."
    return ""


def mis_problems(mis: MisData) -> list[Attention]:
    """What the readers could not understand, errors first, and no more than a person would read."""
    ordered = sorted(mis.problems, key=lambda p: p.severity != Severity.ERROR)
    told = [
        Attention(" ".join(filter(None, [p.source, f"row {p.row}" if p.row else "", p.field or ""])), p.reason)
        for p in ordered[:_LINES]
    ]
    if len(ordered) > _LINES:
        more = len(ordered) - _LINES
        told.append(Attention("MIS file", f"And {more} more. `sensync mis preview` lists them all."))
    return told


_PROPOSALS = (("proposed_status", "status", "SEN status"), ("proposed_need", "primary", "Primary need"))


def _proposals(register: BoundTab, plan: TabPlan) -> Iterator[tuple[str, dict[str, Value]]]:
    """What she proposes, row by row; in rows that are being put back, or whose key is, too."""
    keys = {index: key for key, index in plan.rows.items()}
    for index in register.data_rows:
        yield (
            keys.get(index) or pupil_key(register.shown_at(index, "ref")),
            {column: register.shown_at(index, column) for column, _, _ in _PROPOSALS},
        )
    for insert in plan.inserts:
        for ref, words in insert.words.items():
            yield ref, {column: from_json(words.get(column)) for column, _, _ in _PROPOSALS}


def to_change(register: BoundTab, plan: TabPlan, roll: Rows, support: Sequence[str] = ()) -> list[Row]:
    """Where the SENCO is ahead of the MIS: what the data manager should change. Gone once the MIS agrees.

    Args:
        register: the register as read.
        plan: what is planned of it.
        roll: the MIS roll by reference.
        support: references of the pupils for whom she decided SEN support on *Concerns*; what she proposes on the
            register comes first.
    """
    rows: list[Row] = []
    told = set()
    decided: list[tuple[str, dict[str, Value]]] = [(ref, {"proposed_status": "K"}) for ref in support]
    for ref, proposals in [*_proposals(register, plan), *decided]:
        pupil = roll.get(ref)
        if pupil is None:
            continue
        for column, fact, what in _PROPOSALS:
            proposed = text(proposals.get(column)).strip()
            if not proposed or proposed.casefold() == text(pupil.get(fact)).casefold() or (ref, what) in told:
                continue
            told.add((ref, what))
            rows.append(
                {
                    "ref": ref,
                    "upn": pupil.get("upn"),
                    "who": pupil.get("name"),
                    "group": pupil.get("group"),
                    "what": what,
                    "mis": pupil.get(fact),
                    "proposed": proposed,
                }
            )
    rows.sort(key=lambda r: (text(r["who"]).casefold(), text(r["ref"]), text(r["what"])))
    return rows


def passengers(mis: MisData, roll: Rows, now: datetime) -> list[Row]:
    """Facts that are written only along with something else, so that a run with nothing new writes nothing."""
    sources = "; ".join(f"{s.name} ({s.as_of:%d/%m/%Y %H:%M})" if s.as_of else s.name for s in mis.sources)
    on_roll = [r for r in roll.values() if text(r.get("on_roll")) == "Yes"]
    plans = sum(1 for r in on_roll if text(r.get("status")) == "E")
    support = sum(1 for r in on_roll if text(r.get("status")) == "K")
    return [
        {"topic": "Last change written", "where": "This workbook", "what": f"{now:%A %d %B %Y, %H:%M}"},
        {"topic": "Read from", "where": "MIS", "what": sources},
        {
            "topic": "On roll",
            "where": "MIS",
            "what": f"{len(on_roll)} pupils: {plans} with an EHC plan, {support} at SEN support.",
        },
    ]


def attention_rows(attention: Sequence[Attention]) -> list[Row]:
    """The lines of Sync status that ask for a person."""
    return [{"topic": "Please look", "where": a.where, "what": a.what} for a in attention]


def summary(
    roll: Rows, who: Identified, changes: Sequence[Change], inserts: Sequence[Insert], puts: Sequence[Put]
) -> dict[str, int]:
    """Counts for the terminal and the store; no names."""
    on_roll = [r for r in roll.values() if text(r.get("on_roll")) == "Yes"]
    return {
        "on_roll": len(on_roll),
        "ehc_plans": sum(1 for r in on_roll if text(r.get("status")) == "E"),
        "sen_support": sum(1 for r in on_roll if text(r.get("status")) == "K"),
        "new_pupils": len(who.new),
        "changes": sum(1 for c in changes if c.kind in ("changed", "joined", "left", "returned")),
        "rows_added": sum(len(i.keys) for i in inserts if i.tab not in ("meetings", "concerns")),
        "meetings_added": sum(len(i.keys) for i in inserts if i.tab == "meetings"),
        "concerns_added": sum(len(i.keys) for i in inserts if i.tab == "concerns"),
        "rows_mended": len(puts),
        "typed_over": sum(1 for c in changes if c.kind == "typed-over"),
    }
