"""Teachers' concerns in the plan of a run: *Concern inbox*, *Concerns*, and what the SENCO decided there.

What came in stands on *Concern inbox*; what she decides is hers, on *Concerns*. A decision takes effect in the very run
that reads it: the sheet says so at once, and the service carries it out after the write. Every run decides the same
from the same cells, so one that is cut off in between is made good by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sync.domain.concerns import Link, Screen
from sync.domain.school_clock import say_instant, wall
from sync.domain.wording import counted
from sync.plan.actions import Attention, Cells
from sync.plan.casebook import Decided
from sync.plan.cells import Value, blank, serial, text
from sync.plan.concern_rows import her_rows
from sync.plan.concern_words import HEADERS, colleagues, earlier_words, fitted, gist, said, who_answered, whole_class
from sync.plan.diary import settings_of
from sync.plan.guards import SEN
from sync.plan.newcomers import NO_PRINT, match_anew, taken_back, without_a_cell
from sync.plan.people import Need, TabPlan
from sync.plan.school_calendar import calendar_of
from sync.plan.triage import (
    HERS,
    NOTHING_STOOD,
    Judged,
    Stood,
    asks_teachers,
    held_parts,
    is_asked,
    is_closed,
    is_for_support,
    is_released,
    is_watched,
    judge,
    still_stands,
    what_stood,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync.domain.concerns import Concern
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.casebook import Casebook, Part
    from sync.plan.concern_rows import HerRows
    from sync.plan.diary import PlanTab
    from sync.plan.matching import Match
    from sync.plan.mirror import Row, Rows
    from sync.plan.snapshot import Bound, BoundTab

TAB: Final = "concerns"
INBOX: Final = "concern_inbox"
_SAID_FOR: Final = timedelta(days=14)
"""For how long it is said that a closed concern was edited."""
_ONE_EDIT: Final = timedelta(seconds=1)
"""A response whose two instants are further apart was edited."""
_FOUND: Final = {Link.NONE: None, Link.REFERENCE: "link", Link.NAME: "name", Link.PERSON: "you"}


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of decisions from run to run (a document of the store).

    Attributes:
        released: the version that she had before her when she chose *Release*, by the concern's key; of every row in
            which that stands, held or not: what is held later is not what she released. 0 where nobody knows.
        agreed: `key ref` of each concern whose pupil the MIS has had at SEN support since she decided it: a status that
            ends later is no news of this concern.
        decided: when each concern was first seen with an outcome, or closed; an ISO instant, by the concern's key.
        mixed: concerns between whose rows words went; see `sync.plan.concern_rows`.
        parts: which answers of a round robin she had before her as held when she chose *Release*, or has now where it
            is not chosen (`triage.held_parts`), by concern.
        roll: the print of the roll on which what waits for a pupil was matched last; see `sync.plan.newcomers`.
        stood: what stood in rows that are older than the store: it was lost, and what they led to with it.
        spared: concerns whose pupil she chose in a cell that is gone; see `sync.plan.newcomers.without_a_cell`.
    """

    released: Mapping[str, int] = field(default_factory=dict)
    agreed: tuple[str, ...] = ()
    decided: Mapping[str, str] = field(default_factory=dict)
    mixed: Mapping[str, str] = field(default_factory=dict)
    stood: Mapping[str, Stood] = field(default_factory=dict)
    roll: str = ""
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    spared: tuple[str, ...] = ()

    @staticmethod
    def of(told: Mapping[str, Any]) -> Memory:
        """What `to_json` wrote, or that of an older Sensync, which kept no print of the roll."""
        return Memory(
            dict(told.get("released", {})),
            tuple(told.get("agreed", ())),
            dict(told.get("decided", {})),
            dict(told.get("mixed", {})),
            {
                key: Stood(each["send"], tuple(each["asked"]), each["release"])
                for key, each in told.get("stood", {}).items()
            },
            told.get("roll", NO_PRINT) if told else "",
            told.get("parts", {}),
            tuple(told.get("spared", ())),
        )

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "released": dict(self.released),
            "agreed": list(self.agreed),
            "decided": dict(self.decided),
            "mixed": dict(self.mixed),
            "stood": {
                key: {"send": each.send, "asked": list(each.asked), "release": each.release}
                for key, each in self.stood.items()
            },
            "roll": self.roll,
            "parts": {key: dict(each) for key, each in self.parts.items()},
            "spared": list(self.spared),
        }


@dataclass(frozen=True, slots=True)
class Cases:
    """What there is to do about concerns.

    Attributes:
        rows: *Concern inbox* as it should stand, by key.
        tab: the plan of *Concerns*.
        watched: references of the pupils who belong on the register tab because of a concern.
        support: references of those for whom she decided SEN support, and the MIS does not say so yet.
        asked: the concerns about which teachers are asked and have not all answered, each with the pupil's reference.
        decided: what the store is to take over.
        memory: what to remember.
        attention: what a person should look at.
    """

    rows: Rows = field(default_factory=dict)
    tab: TabPlan = field(default_factory=TabPlan)
    watched: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    decided: Decided = field(default_factory=Decided)
    memory: Memory = field(default_factory=Memory)
    attention: tuple[Attention, ...] = ()


def plan_concerns(
    bound: Bound,
    before: Rows,
    roll: Rows,
    casebook: Casebook,
    memory: Memory,
    remembered: Mapping[str, Cells],
    last: Mapping[str, Cells],
    now: datetime,
    plan_tab: PlanTab,
) -> Cases:
    """Plan concerns.

    Args:
        bound: the workbook as read.
        before: *Concern inbox* as it stands, by key.
        roll: the MIS roll as it will stand, by reference.
        casebook: what is kept of concerns.
        memory: of earlier decisions.
        remembered: her words as last seen, by key, for rows that are gone.
        last: her words at the last sync, by key, of rows that were there then.
        now: an aware instant.
        plan_tab: plans one people's tab.
    """
    calendar, _ = calendar_of(settings_of(bound))
    found = her_rows(bound.tabs[TAB], remembered, last, memory.mixed)
    hers = found.typed
    headers = bound.tabs[TAB].headers()
    # Columns of hers that she deleted and goes on without: a cell that is not there is no decision.
    away = HERS.keys() - bound.tabs[TAB].columns.keys()
    stood = _stood(found, before, remembered, memory)
    untold = {each.key for each in casebook.concerns} if "release" in away else found.unclear.keys()
    released = _released(casebook, hers, before, untold, memory, stood)
    spared = without_a_cell(casebook.concerns, hers, memory.spared, is_gone="chosen" in away)
    back = taken_back(casebook.concerns, hers, {*found.unclear, *spared})
    matched, on_roll = match_anew(casebook, hers, found.unclear, roll, back, memory.roll, now)
    casebook = replace(casebook, concerns=[_with(each, matched.get(each.key)) for each in casebook.concerns])
    judged: dict[str, Judged] = {
        concern.key: Judged(concern, casebook.feedback.get(concern.key), mind=[found.unclear[concern.key]])
        if concern.key in found.unclear
        else judge(
            concern,
            hers.get(concern.key, {}),
            casebook=casebook,
            roll=roll,
            released_before=released.get(concern.key),
            now=now,
            headers=headers,
            stood=stood.get(concern.key, NOTHING_STOOD),
            parts_before=memory.parts.get(concern.key, {}),
        )
        for concern in casebook.concerns
    }
    rows = {
        **before,
        **{
            key: _row(each, casebook, calendar, roll, hers.get(key, {}), before.get(key, {}))
            for key, each in judged.items()
        },
    }
    needed = [
        Need(key, text(rows[key].get("who")))
        for key, each in judged.items()
        if key in found.there or not is_closed(hers.get(key, {})) or _edited_since(each, memory, now)
    ]
    tab = plan_tab(TAB, needed, rows.__contains__)
    support, agreed = _support(judged, hers, roll, memory)
    return Cases(
        rows=rows,
        tab=tab,
        watched=_watched(judged, hers, roll),
        support=support,
        asked=_asked(judged, hers, casebook),
        decided=replace(
            _decided(judged, away),
            unlinked=back,
            matched={key: (m, judged[key].concern.version) for key, m in matched.items()},
        ),
        memory=Memory(
            released,
            agreed,
            _when_decided(hers, judged, memory, now),
            found.mixed,
            stood,
            on_roll,
            _parts_shown(released, memory, casebook),
            spared,
        ),
        attention=(
            *tab.attention,
            *(Attention(f"{bound.tabs[TAB].raw.title}, {key}", what) for key, what in found.unclear.items()),
            *_attention(bound.tabs[TAB], judged, hers),
            *_reopened(bound.tabs[TAB], judged, hers, memory, now),
        ),
    )


def _with(concern: Concern, match: Match | None) -> Concern:
    if match is None:
        return concern
    return replace(concern, ref=match.ref, link=match.link, candidates=match.candidates)


def _row(
    judged: Judged, casebook: Casebook, calendar: SchoolCalendar, roll: Rows, hers: Mapping[str, Value], before: Row
) -> Row:
    """The row of *Concern inbox*, which stands there as `before`."""
    concern = judged.concern
    held = concern.screen is Screen.HELD
    label = text(roll.get(concern.ref, {}).get("label"))
    may_be = [text(roll[ref].get("label")) for ref in concern.candidates if ref in roll]
    deadline = casebook.clock(concern.received, calendar)
    editions, parts = casebook.editions.get(concern.key, ()), _parts(casebook, concern.key, hers)
    sent = judged.feedback.sent_at if judged.feedback else None
    # Words that went before the store was lost went all the same.
    went = before.get("sent") if judged.feedback is None else None
    row: Row = {key: fitted(said(concern.answers, key)) for key in HEADERS}
    return row | {
        "key": concern.key,
        "received": _cell(concern.received),
        "teacher": concern.teacher or None,
        "ref": concern.ref or None,
        "who": label or whole_class(concern.answers) or None,
        "link": _FOUND[concern.link],
        **{f"candidate_{n}": label for n, label in enumerate((*may_be, None, None, None)[:3], start=1)},
        "gist": "(Held: its words wait in the form.)" if held else gist(said(concern.answers, "seen")) or None,
        "version": _version(concern),
        "earlier": fitted(earlier_words(editions)),
        "due": _cell(deadline.due),
        "amber": _cell(deadline.amber),
        "answered": fitted(who_answered(parts, (*judged.asked, *judged.recalled))),
        "colleagues": fitted(colleagues(parts)),
        "sent": went if sent is None else _cell(sent),
        "state": _state(concern),
        "said": fitted(" ".join(judged.mind)),
    }


def _cell(instant: datetime) -> float:
    """An instant as a cell of the school's sheet holds it: to the minute, on the school's clock."""
    return serial(wall(instant).replace(second=0, microsecond=0))


def _version(concern: Concern) -> str | None:
    if concern.version == 1:
        return None
    return f"{concern.version}, edited on {say_instant(concern.submitted)}"


def _state(concern: Concern) -> str | None:
    if concern.gone is not None:
        return "Deleted"
    return "Held" if concern.screen is Screen.HELD else None


def _watched(judged: Mapping[str, Judged], hers: Mapping[str, Mapping[str, Value]], roll: Rows) -> tuple[str, ...]:
    refs = [each.concern.ref for key, each in judged.items() if is_watched(hers.get(key, {}))]
    return tuple(dict.fromkeys(ref for ref in refs if text(roll.get(ref, {}).get("on_roll")) == "Yes"))


def _asked(judged: Mapping[str, Judged], hers: Mapping[str, Mapping[str, Value]], casebook: Casebook) -> dict[str, str]:
    """Whom teachers need to know about to answer a round robin: until they have, or she has decided."""
    found = {}
    for key, each in judged.items():
        row = hers.get(key, {})
        waits = each.asked or each.recalled or any(part.submitted is None for part in _parts(casebook, key, row))
        if waits and each.concern.ref and asks_teachers(row):
            found[key] = each.concern.ref
    return found


def _parts(casebook: Casebook, key: str, row: Mapping[str, Value]) -> list[Part]:
    """The parts of a round robin, without those who did not answer and whose address she took back."""
    parts = casebook.robins.get(key, ())
    return [each for each in parts if each.submitted is not None or is_asked(row, each.teacher)]


def _support(
    judged: Mapping[str, Judged], hers: Mapping[str, Mapping[str, Value]], roll: Rows, memory: Memory
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is to be at SEN support and is not yet, and of which concerns the MIS has agreed."""
    wanted: list[str] = []
    agreed: list[str] = []
    for key, each in judged.items():
        ref = each.concern.ref
        pupil = roll.get(ref, {})
        if not is_for_support(hers.get(key, {})) or text(pupil.get("on_roll")) != "Yes":
            continue
        mark = f"{key} {ref}"
        if text(pupil.get("status")) in SEN or mark in memory.agreed:
            agreed.append(mark)
        else:
            wanted.append(ref)
    return tuple(dict.fromkeys(wanted)), tuple(agreed)


def _stood(found: HerRows, before: Rows, remembered: Mapping[str, Cells], memory: Memory) -> dict[str, Stood]:
    """What stood in rows of which nothing is remembered, though only Sensync adds rows here: the store was lost.

    What they led to is lost with it; without this a teacher had the same feedback twice.
    """
    new = {key: what_stood(found.typed[key], before.get(key, {})) for key in found.there if key not in remembered}
    now = {key: still_stands(each, found.typed.get(key, {})) for key, each in {**memory.stood, **new}.items()}
    return {key: each for key, each in now.items() if each != NOTHING_STOOD}


def _released(
    casebook: Casebook,
    hers: Mapping[str, Mapping[str, Value]],
    before: Rows,
    untold: Collection[str],
    memory: Memory,
    stood: Mapping[str, Stood],
) -> dict[str, int]:
    """For which version each *Release* that stands was chosen; where the sheet does not tell it plainly, as before."""
    found = {}
    for concern in casebook.concerns:
        key = concern.key
        stands = is_released(hers.get(key, {}))
        if key in memory.released and (stands or key in untold):
            found[key] = memory.released[key]
        elif stands:
            # Of one that is older than the store and was edited, nobody knows.
            unsure = key in stood and stood[key].release and concern.submitted - concern.received > _ONE_EDIT
            found[key] = 0 if unsure else _version_shown(before.get(key))
    return found


def _version_shown(row: Row | None) -> int:
    """The version that *Concern inbox* showed her (`_version`), 0 for none: what was taken since she has not seen."""
    if row is None:
        return 0
    shown = text(row.get("version")).partition(",")[0].strip()
    return int(shown) if shown.isdecimal() else int(not shown)


def _parts_shown(released: Collection[str], memory: Memory, casebook: Casebook) -> dict[str, Mapping[str, str]]:
    """What of colleagues is held, as she sees it from now on; of each *Release* that stands, as it was for that."""
    found: dict[str, Mapping[str, str]] = {}
    for key in (concern.key for concern in casebook.concerns):
        if shown := memory.parts.get(key, {}) if key in released else held_parts(casebook, key):
            found[key] = shown
    return found


def _when_decided(
    hers: Mapping[str, Mapping[str, Value]], judged: Mapping[str, Judged], memory: Memory, now: datetime
) -> dict[str, str]:
    found = [key for key in judged if any(not blank(hers.get(key, {}).get(name)) for name in ("outcome", "closed"))]
    return {key: memory.decided.get(key) or now.isoformat() for key in found}


def _decided(judged: Mapping[str, Judged], away: Collection[str]) -> Decided:
    return Decided(
        linked={key: each.linked for key, each in judged.items() if each.linked},
        released={key: each.concern.version for key, each in judged.items() if each.released},
        feedback={key: each.sends for key, each in judged.items() if each.sends},
        cleared=tuple(key for key, each in judged.items() if each.cleared and "send" not in away),
        asked={key: each.asked for key, each in judged.items() if each.asked},
        parts={key: each.parts for key, each in judged.items() if each.parts},
        recalled={key: each.recalled for key, each in judged.items() if each.recalled},
    )


def _edited_since(judged: Judged, memory: Memory, now: datetime) -> bool:
    """Whether its teacher edited it lately, after she had decided."""
    decided, sent = memory.decided.get(judged.concern.key), judged.concern.submitted
    return decided is not None and datetime.fromisoformat(decided) < sent and now - sent < _SAID_FOR


def _reopened(
    tab: BoundTab,
    judged: Mapping[str, Judged],
    hers: Mapping[str, Mapping[str, Value]],
    memory: Memory,
    now: datetime,
) -> list[Attention]:
    """Closed concerns that were edited since: nobody looks at what is closed."""
    keys = [k for k, each in judged.items() if is_closed(hers.get(k, {})) and _edited_since(each, memory, now)]
    what = "it is closed, and its teacher has edited it since. Read it; clear what closes it if there is more to do."
    return [Attention(tab.raw.title, f"{key}: {what}") for key in keys]


def _attention(tab: BoundTab, judged: Mapping[str, Judged], hers: Mapping[str, Mapping[str, Value]]) -> list[Attention]:
    """What waits for her; what is due or overdue, the clock in the sheet shows by itself."""
    held = whose = other = 0
    for key, each in judged.items():
        concern = each.concern
        if is_closed(hers.get(key, {})) or concern.gone is not None:
            continue
        if concern.screen is Screen.HELD and not each.released:
            held += 1
        elif not concern.ref and concern.screen is not Screen.HELD:
            whose += 1
        elif concern.ref and concern.candidates:
            other += 1
    found = []
    if held:
        waits = counted(held, "response waits", "responses wait")
        what = f"{waits} in the form, because the words may be about safeguarding: read it there, speak to the DSL."
        found.append(Attention(tab.raw.title, what))
    if other:
        waits = counted(other, "concern was edited and may be", "concerns were edited and may be")
        what = f"{waits} about another pupil: choose who it is under 'Pupil is'; until then nothing is moved."
        found.append(Attention(tab.raw.title, what))
    if whose:
        waits = counted(whose, "concern waits", "concerns wait")
        found.append(Attention(tab.raw.title, f"{waits} for a pupil: choose who it is under 'Pupil is'."))
    return found
