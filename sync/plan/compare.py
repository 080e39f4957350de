"""The plan of a run: from what the MIS says, what the workbook holds and what we last saw, to what to do.

This is the one story of a sync; every step is in a module of its own. Pure: no clock, no network, no files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sync.domain.school_clock import instant
from sync.plan import guards, machine, people, report, school_calendar
from sync.plan.actions import Attention, Plan, SeenRow, TeachersPage
from sync.plan.agenda import NO_AGENDA, Agenda
from sync.plan.cells import day_of, text, to_json
from sync.plan.concerns import INBOX, TAB, Cases, Memory, plan_concerns
from sync.plan.diary import MACHINE_TABS, PlanTab, plan_diary, settings_of
from sync.plan.families import adults_of
from sync.plan.identity import Identified, identify, known_from_rows
from sync.plan.mending import ARRIVED, Arrivals, State, log_lines, look_back, mending, news
from sync.plan.mirror import Row, Rows, Wanted, wanted
from sync.plan.people import Need, TabPlan
from sync.plan.shown import SHOWN, shown_now
from sync.plan.snapshot import Bound, BoundTab, Snapshot, bind
from sync.plan.teachers import TaughtPupil, teachers_page

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date, datetime

    from sync.domain.families import Adult
    from sync.domain.records import MisData
    from sync.plan.casebook import Casebook
    from sync.plan.recovery import Recovered
    from sync.plan.teachers import ConcernLinks
    from sync.plan.template import Template

MIRRORS = ("roll", "needs", "mis_provision")
KEYED = (*MIRRORS, *MACHINE_TABS)
SHORT = "short"
"""The references of the families who were not met three times this year: who opens a booking page asks for it."""
CONCERNS = "concerns"
"""What is remembered of the SENCO's decisions on concerns (`plan.concerns.Memory`)."""
_LAST = 999.0


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a plan depends on.

    `now` is the school's wall clock. `accepted` are the guards' words that a person let pass, `restore` the row keys
    asked back, `agenda` what is known of meetings outside the workbook, `casebook` what is known of concerns: None
    where they are switched off, and their tabs are not in the template; `links` lead into the concern form, None
    where there is none.
    """

    mis: MisData
    snapshot: Snapshot
    template: Template
    state: State
    now: datetime
    limits: guards.Limits = field(default_factory=guards.Limits)
    accepted: Collection[str] = ()
    restore: Collection[str] = ()
    agenda: Agenda = NO_AGENDA
    casebook: Casebook | None = None
    links: ConcernLinks | None = None

    @property
    def today(self) -> date:
        """The school's day."""
        return self.now.date()


def make_plan(question: Question) -> Plan:
    """Compare and plan. A plan with refusals holds nothing else."""
    documents = question.state.documents
    bound = bind(question.snapshot, question.template, documents.get("headers"))
    without = {(t, c) for t, c in documents.get("without", [])}
    refusals = guards.structure(bound, question.template, question.accepted, without)
    if refusals:
        return Plan(refusals=tuple(refusals))
    keyed = (*KEYED, INBOX) if INBOX in bound.tabs else KEYED
    mirrors = {key: _mirror(bound.tabs[key], question.state) for key in keyed}
    before: dict[str, Rows] = {key: rows for key, (rows, _, _) in mirrors.items()}
    who = identify(question.mis.pupils, known_from_rows(map(_with_birth, before["roll"].values())), question.state.salt)
    want = wanted(question.mis, who, before, question.today)
    refusals = guards.data(
        question.mis, who, before["roll"], want, question.limits, question.accepted, before["mis_provision"]
    )
    families = _families(who, want.roll, question.state.salt)
    if question.agenda.surgeries:
        known = question.agenda.families
        refusals += guards.contacts(families, known, want.roll, question.limits, question.accepted)
    if refusals:
        return Plan(refusals=tuple(refusals))
    mended, arrived, remember = look_back(question.state, bound)
    if mended.busy:
        return mending(question.state, bound, question.now, mended, {**remember, ARRIVED: arrived})
    plan = _whole(question, bound, mirrors, who, want, mended, arrived, {**remember, ARRIVED: {}})
    return replace(plan, families=families)


def _mirror(bound: BoundTab, state: State) -> tuple[Rows, dict[str, int], list[int]]:
    last = state.seen.get(bound.tab.key, {})
    return machine.with_memory(machine.read_keyed(bound), last, bound.tab.key_column.key)


def _with_birth(row: Row) -> Mapping[str, object]:
    return {**row, "dob": day_of(row.get("dob"))}


def _whole(
    question: Question,
    bound: Bound,
    mirrors: Mapping[str, tuple[Rows, dict[str, int], list[int]]],
    who: Identified,
    want: Wanted,
    mended: Recovered,
    arrived: Arrivals,
    remember: Mapping[str, Any],
) -> Plan:
    state = question.state
    before = {key: rows for key, (rows, _, _) in mirrors.items()}
    plan_tab = _planner(question, bound, arrived)
    provisions = want.mis_provision if want.mis_provision is not None else before["mis_provision"]
    roll = _in_order(want.roll)
    now = instant(question.today, question.now.time())
    cases = _cases(question, bound, before, roll, now, plan_tab)
    register = plan_tab(
        "register",
        [Need(ref, text(row["name"])) for ref, row in roll.items() if _on_register(row) or ref in cases.watched],
        want.roll.__contains__,
    )
    listed = [(k, r) for k, r in provisions.items() if text(r.get("in_mis")) == "Yes"]
    the_map = plan_tab(
        "map",
        [Need(key, text(row["pupil"])) for key, row in sorted(listed, key=lambda kr: text(kr[1]["pupil"]))],
        provisions.__contains__,
    )
    diary = plan_diary(bound, before, roll, register, question.agenda, now, plan_tab)
    rows_of = {key: rows for key in MIRRORS if (rows := want.tab(key)) is not None} | dict(diary.rows)
    if question.casebook is not None:
        rows_of[INBOX] = cases.rows
    rows_of["roll"] = {ref: {**row, **diary.meter.get(ref, {})} for ref, row in roll.items()}
    diffs = [
        machine.diff_keyed(bound.tabs[key], mirrors[key], rows, state.seen.get(key, {}))
        for key, rows in rows_of.items()
    ]
    people_tabs = (register, the_map, *diary.tabs, cases.tab)
    changes = [
        *mended.changes,
        *(c for d in diffs for c in d.typed),
        *report.mis_changes(before, want, bound, register.rows, state.seen),
        *(change for tab in people_tabs for change in tab.changes),
    ]
    attention = [
        *(Attention("MIS", sentence) for sentence in (*who.unclear, *want.problems)),
        *report.mis_problems(question.mis),
        *register.attention,
        *the_map.attention,
        *diary.attention,
        *cases.attention,
    ]
    to_change = report.to_change(bound.tabs["register"], register, want.roll, cases.support)
    todo = machine.diff_list(bound.tabs["to_change"], to_change)
    log = log_lines(bound, changes, question.now)
    writes = [w for d in (*diffs, todo, log) for w in d.writes]
    grows = [g for d in (*diffs, todo, log) for g in d.grows]
    inserts = [i for t in people_tabs for i in t.inserts]
    puts = [p for t in people_tabs for p in t.puts]
    passengers = report.passengers(question.mis, want.roll, question.now)
    status_rows = [*passengers, *report.attention_rows(attention)]
    busy = bool(writes or inserts or puts)
    status = machine.diff_list(bound.tabs["status"], status_rows, keep=0 if busy else len(passengers))
    if status.writes and not busy:
        status = machine.diff_list(bound.tabs["status"], status_rows)
    teachers = _teachers(question, bound, want.roll, register, cases.asked)
    headers = {k: b.headers() for k, b in bound.tabs.items() if b.tab.columns}
    documents: dict[str, Any] = {
        **remember,
        "headers": headers,
        SHOWN: shown_now(bound, {"register": register.rows, "map": the_map.rows}),
        "to_change": [{k: text(v) for k, v in row.items()} for row in to_change],
        SHORT: list(diary.short),
    }
    if bound.missing_columns or state.documents.get("without"):
        # Only those that are gone now: a column that came back and goes again is asked about again.
        documents["without"] = [list(m) for m in bound.missing_columns]
    if question.casebook is not None:
        documents[CONCERNS] = cases.memory.to_json()
        documents[school_calendar.DOCUMENT] = school_calendar.calendar_rows(settings_of(bound))
    if teachers:
        documents["teachers"] = teachers.memory
    return Plan(
        grows=tuple(grows + list(status.grows)),
        writes=tuple(writes + list(status.writes)),
        inserts=tuple(inserts),
        puts=tuple(puts),
        changes=tuple(changes),
        attention=tuple(attention),
        seen=(*(row for tab in people_tabs for row in tab.seen), *_mirror_memory(rows_of, state)),
        documents=news(state, documents),
        teachers=teachers,
        made=diary.made,
        cancelled=diary.cancelled,
        decided=cases.decided,
        summary=report.summary(want.roll, who, changes, inserts, puts),
    )


def _cases(
    question: Question, bound: Bound, before: Mapping[str, Rows], roll: Rows, now: datetime, plan_tab: PlanTab
) -> Cases:
    """Concerns, where they are switched on."""
    if question.casebook is None:
        return Cases()
    state = question.state
    return plan_concerns(
        bound,
        before[INBOX],
        roll,
        question.casebook,
        Memory.of(state.documents.get(CONCERNS, {})),
        {**state.absent.get(TAB, {}), **state.seen.get(TAB, {})},
        state.seen.get(TAB, {}),
        now,
        plan_tab,
    )


def _on_register(row: Row) -> bool:
    return text(row.get("status")) in guards.SEN and text(row.get("on_roll")) == "Yes"


def _in_order(rows: Rows) -> Rows:
    """By year, class and name: the order in which a SENCO would write a register."""

    def order(item: tuple[str, Row]) -> tuple[float, str, str]:
        row = item[1]
        year = row.get("year_order")
        return year if isinstance(year, float) else _LAST, text(row.get("group")), text(row.get("name")).casefold()

    return dict(sorted(rows.items(), key=order))


def _families(who: Identified, roll: Rows, salt: str) -> dict[str, tuple[Adult, ...]]:
    """The adults of each pupil whose contacts the MIS tells; unknown contacts are left out, leavers have nobody."""
    found: dict[str, tuple[Adult, ...]] = {ref: () for ref, row in roll.items() if text(row.get("on_roll")) != "Yes"}
    told = [(ref, pupil) for ref, pupil in who.pupils if pupil.contacts is not None]
    found |= dict.fromkeys((ref for ref, _ in told), ())
    for adult in adults_of(told, salt):
        found[adult.ref] += (adult,)
    return found


def _planner(question: Question, bound: Bound, arrived: Arrivals) -> PlanTab:
    """What plans one people's tab, with what we remember of it."""
    places, state = bound.places(), question.state

    def plan(tab: str, needed: Sequence[Need], known: Callable[[str], bool]) -> TabPlan:
        return people.plan_tab(
            bound.tabs[tab],
            places,
            needed,
            known=known,
            seen=state.seen.get(tab, {}),
            absent=state.absent.get(tab, {}),
            arrived=arrived.get(tab, {}),
            restore=question.restore,
            salt=state.salt,
        )

    return plan


def _mirror_memory(rows_of: Mapping[str, Rows], state: State) -> list[SeenRow]:
    """What the machine tabs will hold, so that the next run knows our writing from a person's."""
    remember = []
    for key, rows in rows_of.items():
        last = state.seen.get(key, {})
        for row_key, row in rows.items():
            cells = {k: to_json(v) for k, v in row.items() if v is not None}
            if last.get(row_key) != cells:
                remember.append(SeenRow(key, row_key, cells))
    return remember


def _teachers(
    question: Question, bound: Bound, roll: Rows, register: TabPlan, asked: Mapping[str, str]
) -> TeachersPage | None:
    """The teachers' workbook, if it differs from what was last written."""
    tab = bound.tabs["register"]
    pupils = []
    refs = [*register.rows, *(k for i in register.inserts for k in i.keys)]
    remembered = {**question.state.absent.get("register", {}), **question.state.seen.get("register", {})}
    for ref in refs:
        pupil = roll.get(ref)
        if pupil is None or text(pupil.get("on_roll")) != "Yes":
            continue
        if ref in register.rows:
            strategies = text(tab.shown_at(register.rows[ref], "strategies"))
        else:
            strategies = text(remembered.get(ref, {}).get("strategies"))
        status = text(pupil.get("status"))
        shown = status if status in guards.SEN else ""
        if not shown and not strategies.strip():
            # The SENCO only watches them: colleagues are told once she has something to tell.
            continue
        pupils.append(TaughtPupil(ref, text(pupil.get("name")), text(pupil.get("group")), shown, strategies))
    return teachers_page(pupils, roll, question.links, question.state.documents.get("teachers", {}), asked)
