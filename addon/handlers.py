"""From a verified call to an answer: what may be done is looked up in one table, then a use case is asked.

The parameters of a button have passed through a browser. So each is looked up again here, for this person and as the
store is now: a key that was made up, or a button from a time when its reader had another role, does nothing.
"""

from __future__ import annotations

import secrets
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from addon import answers, paths
from addon.calls import CHANGED, GONE, REFRESH, SYNCED, Call, becomes_of, is_backwards, number_of, print_of
from addon.cards import calendar, home, pupil, sorry, surgery
from addon.cards.reader import Reader
from addon.cards.typed import given_back
from addon.concern_deeds import ConcernDeeds
from addon.events import FieldError, Host
from addon.manifest import FILE_SCOPE
from addon.paths import Addresses
from addon.roles import Right, Role
from sync.domain.school_clock import say_time
from sync.domain.wording import counted
from sync.service.addon_home import read_heaps, read_home
from sync.service.addon_meetings import read_event, read_sitting, read_sittings, read_week, send_invitations
from sync.service.addon_pupil import read_pupil
from sync.service.jobs import JobKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from addon.answers import Json
    from addon.events import Event
    from addon.verify import Caller
    from sync.service.addon_desk import AddonDesk
    from sync.service.addon_pupil import PupilFile
    from sync.service.addon_school import Meeting, Named

_REGISTER: Final = ("next_review", "key_adult")
_MEETING: Final = ("happened", "held_on", "came", "outcome", "report_sent", "accept")
_SURGERY: Final = ("state",)
_ROWS: Final = {
    "register": "SEN register",
    "meetings": "Meetings",
    "surgeries": "Surgeries",
    "concerns": "Concerns",
    "concern_inbox": "Concern inbox",
}
_CONCERN_ROWS: Final = frozenset({"concerns", "concern_inbox"})


class Handlers:
    """Answers calls that were verified.

    Args:
        desk: of the school.
    """

    def __init__(self, desk: AddonDesk) -> None:
        self._desk = desk
        self._to = Addresses(desk.base)
        self._deeds: dict[str, tuple[Right, Callable[[Call], Json]]] = {
            "refresh": (Right.SEE_PUPILS, lambda call: answers.refreshed(self._home(call))),
            "home": (Right.SEE_PUPILS, lambda call: answers.shown(self._home(call))),
            "file": (Right.SEE_PUPILS, self._ask_for_file),
            "find": (Right.SEE_PUPILS, self._find),
            "pupil": (Right.SEE_PUPILS, self._pupil),
            "heap": (Right.SEE_RUNS, self._heap),
            "job": (Right.DO_SYNC, self._job),
            "sync": (Right.DO_SYNC, lambda call: self._ask(call, JobKind.SYNC)),
            "plan": (Right.DO_SYNC, lambda call: self._ask(call, JobKind.PLAN)),
            "setup": (Right.DO_SYNC, self._setup),
            "row": (Right.DO_WRITE, self._row),
            "monitor": (Right.DO_WRITE, self._monitor),
            "monitor_save": (Right.DO_WRITE, self._monitor_save),
            "provision": (Right.DO_WRITE, lambda call: self._form(call, pupil.provision_card)),
            "provision_save": (Right.DO_WRITE, self._provision_save),
            "met": (Right.DO_WRITE, self._met),
            "met_save": (Right.DO_WRITE, self._met_save),
            "meeting": (Right.DO_WRITE, self._meeting),
            "meeting_save": (Right.DO_WRITE, self._meeting_save),
            "propose": (Right.DO_WRITE, self._propose),
            "propose_save": (Right.DO_WRITE, self._propose_save),
            "offer": (Right.DO_WRITE, self._offer),
            "held": (Right.DO_WRITE, lambda call: self._happened(call, "Held")),
            "missed": (Right.DO_WRITE, lambda call: self._happened(call, "Did not come")),
            "links": (Right.DO_LINKS, self._links),
            "week": (Right.SEE_MEETINGS, self._week),
            "surgeries": (Right.DO_WRITE, self._surgeries),
            "surgery": (Right.DO_WRITE, self._surgery),
            "surgery_new": (Right.DO_WRITE, lambda call: answers.shown(surgery.new_surgery_card(call.reader))),
            "surgery_add": (Right.DO_WRITE, self._surgery_add),
            "surgery_open": (Right.DO_WRITE, lambda call: self._surgery_state(call, surgery.OPEN)),
            "surgery_close": (Right.DO_WRITE, lambda call: self._surgery_state(call, surgery.CLOSED)),
            "invite": (Right.DO_WRITE, self._invite),
            **ConcernDeeds(desk).deeds,
        }

    @property
    def deeds(self) -> Mapping[str, Right]:
        """Every action that a button may name, with the right that it needs."""
        return {name: right for name, (right, _) in self._deeds.items()}

    def answer(self, path: str, event: Event, caller: Caller) -> Json:
        """The answer to a call.

        Raises:
            SensyncError: the store does not answer, or the like; its words are for people.
        """
        call = Call(event, caller, Reader(self._to, caller.rights, secrets.token_hex(8)))
        with self._desk.visit():
            try:
                return self._answer(path, call)
            except FieldError as error:
                # The card stays, with what was typed.
                return answers.suggestions(()) if path == paths.COMPLETE else answers.told(str(error))

    def _answer(self, path: str, call: Call) -> Json:
        if path == paths.COMPLETE:
            return answers.suggestions(self._suggest(call) if call.caller.rights else ())
        if path == paths.PREVIEW:
            return self._preview(call)
        if call.caller.role is Role.NONE:
            return self._as_asked(path, sorry.nobody_card())
        if path == paths.ACT:
            return self._act(call)
        return answers.opened(self._event(call) if path == paths.EVENT else self._first(call))

    def sorry(self, path: str, what: str, next_step: str) -> Json:
        """The answer where something went wrong: a sentence, and what to do."""
        if path == paths.COMPLETE:
            return answers.suggestions(())
        return self._as_asked(path, sorry.sorry_card(self._to, what, next_step))

    @staticmethod
    def _as_asked(path: str, card: Json) -> Json:
        if path == paths.PREVIEW:
            return answers.preview("Sensync", card)
        return answers.shown(card) if path == paths.ACT else answers.opened(card)

    def _act(self, call: Call) -> Json:
        right, deed = self._deeds.get(call.given("do"), (None, None))
        if deed is None or right is None:
            return call.sorry("This button is of an older version of Sensync.", REFRESH)
        if not call.may(right):
            return call.sorry("You may not do that.", "Ask the SENCO if you think that you should.")
        return deed(call)

    # Home

    def _first(self, call: Call) -> Json:
        if call.event.host is Host.CALENDAR and call.may(Right.SEE_MEETINGS):
            return calendar.week_card(call.reader, read_week(self._desk.school()))
        return self._home(call)

    def _home(self, call: Call) -> Json:
        event, workbook = call.event, self._desk.tab_url("register")
        in_sheets = event.host is Host.SHEETS
        beside = home.Open(
            workbook,
            asks=in_sheets and not event.may_read_file and not event.file,
            another=in_sheets and bool(event.file) and event.file != self._desk.spreadsheet_id,
        )
        runs = read_home(self._desk.school(), call.caller.address) if call.may(Right.SEE_RUNS) else None
        missing = self._desk.missing() if call.may(Right.DO_SYNC) else []
        return home.home_card(call.reader, runs, missing, beside)

    def _ask_for_file(self, call: Call) -> Json:
        # With granular consent a person may have left this scope out; then that is asked for first.
        if call.event.scopes and FILE_SCOPE not in call.event.scopes:
            return answers.ask_for_scopes([FILE_SCOPE])
        return answers.ask_for_file()

    def _ask(self, call: Call, kind: JobKind) -> Json:
        self._desk.ask(kind, call.caller.address, call.given("once"))
        return answers.refreshed(self._home(call), "It is being done. Press Refresh to see how far it is.")

    def _job(self, call: Call) -> Json:
        jobs = {str(job.id): job for job in self._desk.jobs() if job.kind is not JobKind.ACT}
        job = jobs.get(call.given("id"))
        return call.sorry(GONE) if job is None else answers.shown(home.job_card(call.reader, job))

    def _setup(self, _call: Call) -> Json:
        return answers.shown(sorry.setup_card(self._to, self._desk.missing()))

    def _heap(self, call: Call) -> Json:
        heaps = {heap.todo.value: heap for heap in read_heaps(self._desk.school())}
        heap = heaps.get(call.given("of"))
        return call.sorry(GONE) if heap is None else answers.shown(home.heap_card(call.reader, heap))

    # Pupils

    def _visible(self, call: Call) -> Iterable[Named]:
        """Whom this person may find."""
        school = self._desk.school()
        register = cache(partial(school.store.tab, school.workbook_id, "register"))
        return [each for each in school.names().values() if call.may_find(each, lambda ref: ref in register())]

    def _suggest(self, call: Call) -> list[str]:
        what = call.given("of")
        typed = call.given("autocomplete_widget_query") or call.event.text("who" if what == "pupil" else "provision")
        if what == "pupil" and call.may(Right.SEE_PUPILS):
            return [each.line for each in self._desk.school().find(typed, self._visible(call))]
        if what == "provision" and call.may(Right.DO_WRITE):
            return self._desk.provisions(typed)
        return []

    def _find(self, call: Call) -> Json:
        typed = call.event.text("who")
        found = self._desk.school().find(typed, self._visible(call))
        if len(found) == 1:
            return self._pupil_card(call, found[0].ref)
        return answers.shown(home.found_card(call.reader, typed, found))

    def _named(self, call: Call, ref: str) -> Named | None:
        """A pupil, if one on roll has this reference and this person may find them."""
        named = self._desk.school().on_roll(ref)
        may_find = named is not None and call.may_find(named, lambda mine: self._register(mine) is not None)
        return named if may_find else None

    def _register(self, ref: str) -> Mapping[str, Any] | None:
        """What people typed of a pupil in the register; None of one who is not on it."""
        school = self._desk.school()
        return school.store.row(school.workbook_id, "register", ref)

    def _file(self, call: Call, ref: str) -> PupilFile | None:
        """A pupil's file, if there is such a pupil and this person may find them."""
        named = self._named(call, ref)
        return None if named is None else read_pupil(self._desk.school(), ref, call.caller.address)

    def _pupil(self, call: Call) -> Json:
        show = answers.refreshed if call.given("again") else answers.shown
        return self._pupil_card(call, call.given("ref"), show=show)

    def _pupil_card(
        self, call: Call, ref: str, notice: str = "", *, show: Callable[[Json, str], Json] = answers.shown
    ) -> Json:
        file = self._file(call, ref)
        if file is None:
            return call.sorry("This pupil is not on roll, or not on the register.")
        return show(pupil.pupil_card(call.reader, file, self._desk.school().today), notice)

    def _preview(self, call: Call) -> Json:
        """A pupil's link in a document. Its title is written into the document, so it says the reference alone."""
        link, begins = call.event.link, self._to.pupil("")
        ref = link.removeprefix(begins) if link.startswith(begins) else ""
        if call.caller.role is Role.NONE:
            return answers.preview("Sensync", sorry.nobody_card())
        file = self._file(call, ref)
        if file is None:
            gone = sorry.sorry_card(self._to, "This link is of no pupil on the register.", REFRESH)
            return answers.preview("Sensync", gone)
        return answers.preview(f"Pupil {ref}", pupil.pupil_card(call.reader, file, self._desk.school().today))

    def _form(self, call: Call, make: Callable[[Reader, Named], Json]) -> Json:
        named = self._named(call, call.given("ref"))
        return call.sorry(GONE) if named is None else answers.shown(make(call.reader, named))

    def _row(self, call: Call) -> Json:
        tab, key = call.given("tab"), call.given("key")
        if tab not in _ROWS or not key or (tab in _CONCERN_ROWS and self._desk.school().hours is None):
            return call.sorry(GONE)
        url = self._desk.row_url(tab, key)
        return answers.shown(pupil.row_card(call.reader, _ROWS[tab], url, exact="range=" in url))

    def _links(self, call: Call) -> Json:
        named = self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        return answers.shown(pupil.links_card(call.reader, named, self._desk.parent_links(named.ref)))

    def _monitor(self, call: Call) -> Json:
        named = self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        register = self._register(named.ref)
        was = print_of(register or {}, _REGISTER)
        return answers.shown(pupil.monitor_card(call.reader, named, register, was))

    def _monitor_save(self, call: Call) -> Json:
        named = self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        register = self._register(named.ref)
        if call.given("was") != print_of(register or {}, _REGISTER):
            return call.sorry(CHANGED)
        cells = given_back(call.event, register or {}, ("key_adult",), ("next_review",))
        if not cells:
            return answers.told("Neither fits this card. Change them in the row.")
        if register is None:
            return self._watch(call, named.ref, cells)
        return self._written(call, "register", named.ref, named.ref, cells)

    def _watch(self, call: Call, ref: str, cells: Mapping[str, Any]) -> Json:
        """Of a pupil who is not on the register: the row that a person would make by picking them there."""
        if cells["next_review"] is None:
            return answers.told("Pick the day on which you look again.")
        job = self._desk.watch(call.caller.address, call.given("once"), ref, cells)
        return self._pupil_card(call, ref, becomes_of(job))

    def _provision_save(self, call: Call) -> Json:
        named = self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        event = call.event
        numbers = {name: number_of(event.text(name)) for name in ("minutes", "times")}
        if not event.text("provision"):
            return answers.told("Name the provision first.")
        if any(event.text(name) and number is None for name, number in numbers.items()):
            return answers.told("Minutes and times a week are numbers.")
        if is_backwards(event.day("start"), event.day("end")):
            return answers.told("It ends before it starts.")
        cells = {
            "pupil": self._desk.label(named.ref),
            "provision": event.text("provision"),
            "delivered_by": event.text("delivered_by"),
            **numbers,
            "start": event.day("start"),
            "end": event.day("end"),
            "target": event.text("target"),
        }
        job = self._desk.add(call.caller.address, call.given("once"), "map", cells, about=named.ref)
        return self._pupil_card(call, named.ref, becomes_of(job))

    # Meetings

    def _met(self, call: Call) -> Json:
        today = self._desk.school().today
        return self._form(call, lambda reader, named: pupil.met_card(reader, named, today))

    def _met_save(self, call: Call) -> Json:
        named = self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        event, on = call.event, call.event.day("date")
        if on is None or on > self._desk.school().today:
            return answers.told("Pick the day on which it was held.")
        at = event.times.get("time")
        cells = {
            "pupil": self._desk.label(named.ref),
            "kind": event.text("kind"),
            "date": on,
            "time": say_time(at) if at else "",
            "happened": "Held",
            "came": event.text("came"),
            "outcome": event.text("outcome"),
        }
        job = self._desk.add(call.caller.address, call.given("once"), "meetings", cells, about=named.ref)
        return self._pupil_card(call, named.ref, becomes_of(job))

    def _known_meeting(self, call: Call) -> tuple[Meeting, Named] | None:
        school = self._desk.school()
        found = school.meeting(call.given("key"))
        named = school.named(found.ref) if found is not None else None
        return None if found is None or named is None else (found, named)

    def _meeting(self, call: Call) -> Json:
        known = self._known_meeting(call)
        if known is None:
            return call.sorry(GONE)
        meeting, named = known
        was = print_of(meeting.typed, _MEETING)
        return answers.shown(pupil.meeting_card(call.reader, named, meeting, was, self._desk.school().today))

    def _meeting_save(self, call: Call) -> Json:
        known = self._known_meeting(call)
        if known is None:
            return call.sorry(GONE)
        meeting, named = known
        days = ("held_on", "report_sent") if meeting.is_annual else ("held_on",)
        cells = given_back(call.event, meeting.typed, ("happened", "came", "outcome"), days)
        if not cells:
            return answers.told("Nothing of it fits this card. Change it in the row.")
        return self._write_meeting(call, meeting, named, cells)

    def _propose(self, call: Call) -> Json:
        school, named = self._desk.school(), self._named(call, call.given("ref"))
        if named is None:
            return call.sorry(GONE)
        due = {each.kind: each for each in reversed(school.meetings()) if each.ref == named.ref and each.is_due}
        kinds = [kind for kind in pupil.reviews_of(named) if kind not in due]
        if kinds:
            return answers.shown(pupil.propose_card(call.reader, named, kinds))
        known = due[pupil.reviews_of(named)[0]]
        card = pupil.meeting_card(call.reader, named, known, print_of(known.typed, _MEETING), school.today)
        return answers.shown(card, "This review is due already.")

    def _propose_save(self, call: Call) -> Json:
        named, by = self._named(call, call.given("ref")), call.event.day("by")
        if named is None:
            return call.sorry(GONE)
        if by is None or by < self._desk.school().today:
            return answers.told("Pick a day to come.")
        cells = {"pupil": self._desk.label(named.ref), "kind": call.event.text("kind"), "due": by}
        who, once = call.caller.address, call.given("once")
        job = self._desk.add(who, once, "meetings", cells, about=named.ref, then_sync=True)
        waits = "It is written in a moment, and a sync proposes times."
        return self._pupil_card(call, named.ref, becomes_of(job, waits))

    def _offer(self, call: Call) -> Json:
        known = self._known_meeting(call)
        if known is None:
            return call.sorry(GONE)
        meeting, named = known
        if not meeting.choices:
            return call.sorry("This review has no times to offer now.", "The next sync proposes others.")
        return self._write_meeting(call, meeting, named, {"accept": "All"}, then_sync=True)

    def _happened(self, call: Call, what: str) -> Json:
        known = self._known_meeting(call)
        return call.sorry(GONE) if known is None else self._write_meeting(call, *known, {"happened": what})

    def _write_meeting(
        self, call: Call, meeting: Meeting, named: Named, cells: Mapping[str, Any], *, then_sync: bool = False
    ) -> Json:
        if call.given("was") != print_of(meeting.typed, _MEETING):
            return call.sorry(CHANGED)
        return self._written(call, "meetings", meeting.key, named.ref, cells, then_sync=then_sync)

    def _written(
        self, call: Call, tab: str, key: str, ref: str, cells: Mapping[str, Any], *, then_sync: bool = False
    ) -> Json:
        job = self._desk.write(call.caller.address, call.given("once"), tab, key, cells, about=ref, then_sync=then_sync)
        return self._pupil_card(call, ref, becomes_of(job))

    # Calendar

    def _week(self, call: Call) -> Json:
        return answers.shown(calendar.week_card(call.reader, read_week(self._desk.school())))

    def _event(self, call: Call) -> Json:
        if not call.may(Right.SEE_MEETINGS):
            return sorry.nobody_card()
        file = read_event(self._desk.school(), call.event.calendar, call.event.event)
        if file is None:
            return calendar.strange_event_card(call.reader)
        was = {key: print_of(meeting.typed, _MEETING) for key, meeting in file.meetings.items()}
        return calendar.event_card(call.reader, file, was)

    # Surgeries

    def _surgeries(self, call: Call) -> Json:
        return answers.shown(surgery.surgeries_card(call.reader, read_sittings(self._desk.school())))

    def _surgery(self, call: Call) -> Json:
        sitting = read_sitting(self._desk.school(), call.given("key"))
        if sitting is None:
            return call.sorry(GONE)
        return answers.shown(surgery.surgery_card(call.reader, sitting, print_of(sitting.typed, _SURGERY)))

    def _surgery_add(self, call: Call) -> Json:
        event = call.event
        on, begins, ends = event.day("date"), event.times.get("from"), event.times.get("to")
        if on is None or on < self._desk.school().today:
            return answers.told("Pick a day to come.")
        if begins is None or ends is None or ends <= begins:
            return answers.told("Pick when it begins and, later, when it ends.")
        cells = {
            "kind": event.text("kind"),
            "date": on,
            "from": f"{begins:%H:%M}",
            "to": f"{ends:%H:%M}",
            "state": event.text("state") or surgery.DRAFT,
            **{name: event.text(name) for name in ("where", "who", "minutes", "places")},
        }
        job = self._desk.add(call.caller.address, call.given("once"), "surgeries", cells, about="", then_sync=True)
        return answers.shown(self._home(call), becomes_of(job, SYNCED))

    def _surgery_state(self, call: Call, state: str) -> Json:
        sitting = read_sitting(self._desk.school(), call.given("key"))
        if sitting is None:
            return call.sorry(GONE)
        if call.given("was") != print_of(sitting.typed, _SURGERY):
            return call.sorry(CHANGED)
        who, once = call.caller.address, call.given("once")
        job = self._desk.write(who, once, "surgeries", sitting.key, {"state": state}, about="", then_sync=True)
        return answers.shown(self._home(call), becomes_of(job, SYNCED))

    def _invite(self, call: Call) -> Json:
        sitting = read_sitting(self._desk.school(), call.given("key"))
        if sitting is None or sitting.state != surgery.OPEN:
            return call.sorry("Only a surgery that is open has invitations.")
        if self._desk.settings.post.by == "none":
            return call.sorry(
                "Nothing was sent: letters are not sent by mail here.",
                "Your technician prints each family's link with `sensync links`, or fills in [post].",
            )
        new = send_invitations(self._desk.school())
        if not new:
            return answers.told("Every family that can be reached by mail has its invitation.")
        goes = counted(new, "invitation goes", "invitations go")
        return answers.told(f"{goes} out now, for everything that families may book.")
