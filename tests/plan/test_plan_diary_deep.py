"""Surgeries under a busy SENCO: whatever she types, moves, deletes, and whatever families book meanwhile.

The plan is the real one, on a workbook in memory; what it makes goes to a real store, as a sync does it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from board import Office, mis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync.domain.meetings import Choice, SlotState, Where
from sync.domain.records import Pupil, StatusSpell
from sync.plan.agenda import Agenda
from sync.plan.cells import serial
from sync.store import Booked, Bookings, Link, Links, Store, Surgeries

SCHOOL = "9991001"
PUPILS = [
    Pupil(
        f"UPN{n}",
        mis_id=str(n),
        legal_surname=f"S{n}",
        legal_forename="F",
        year_group="7",
        registration_group="7A",
        status_history=(StatusSpell("K", date(2024, 9, 1)),),
    )
    for n in range(1, 5)
]
MIS = mis(*PUPILS)
ACCEPTED = ("no-sen", "leavers", "statuses", "joiners")

TEXTS: dict[str, list[Any]] = {
    "date": [serial(date(2026, 11, 30) + timedelta(n)) for n in range(4)] + ["soon", None, serial(date(2026, 12, 26))],
    "from": ["4pm", "16:20", "4 to 6", "3pm", "nonsense", None],
    "to": ["5pm", "18:00", "4:40pm", "15:00", None],
    "minutes": [20.0, 15.0, 30.0, None, 600.0],
    "gap": [5.0, None],
    "breaks": ["4:20-4:40", "5-5:15", None],
    "where": ["room 2", "room 2 or phone", None, "room 1 or room 2"],
    "places": [1.0, 2.0, None],
    "state": ["Open", "Open", "Open", "Closed", "Draft", "Perhaps", None],
    "who": ["everyone", None, "Year 8"],
}
COLUMNS = sorted(TEXTS)
GOOD = {"from": "4pm", "to": "5pm", "minutes": 20.0, "where": "room 2", "state": "Open"}


class Diary(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.office = Office()
        self.office.now = datetime(2026, 11, 23, 8, 0)  # noqa: DTZ001 - the school's wall clock
        self.store = Store("sqlite://")
        self.store.migrate()
        self.id = self.store.save_workbook(SCHOOL, "sheet").id
        self.office.agenda = self.agenda
        self.settled = False
        self.moved: set[str] = set()
        self.sync()

    def teardown(self) -> None:
        self.store.close()

    @property
    def now(self) -> datetime:
        return self.office.now.replace(tzinfo=UTC)

    def agenda(self) -> Agenda:
        surgeries = Surgeries(self.store)
        return Agenda(
            {each.key: each for each in surgeries.all(self.id)},
            surgeries.slots(self.id),
            Bookings(self.store).all(self.id),
        )

    def rows(self) -> list[int]:
        return list(self.office.board.tab("surgeries").data_rows)

    def slots(self) -> list[Any]:
        return Surgeries(self.store).slots(self.id)

    # What she does in the sheet

    @rule(cells=st.fixed_dictionaries({column: st.sampled_from(TEXTS[column]) for column in COLUMNS}))
    def types_a_row(self, cells: dict[str, Any]) -> None:
        if len(self.rows()) < 5:
            row = self.office.board.tab("surgeries").next_row
            for column, value in cells.items():
                if value is not None:
                    self.office.board.type("surgeries", row, column, value)
        self.settled = False

    @initialize(days=st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True))
    def types_good_rows(self, days: list[int]) -> None:
        for day in days:
            row = self.office.board.tab("surgeries").next_row
            for column, value in (GOOD | {"date": serial(date(2026, 11, 30) + timedelta(day))}).items():
                self.office.board.type("surgeries", row, column, value)
        self.sync()

    @rule(column=st.sampled_from(COLUMNS), data=st.data())
    def types_over_a_cell(self, column: str, data: st.DataObject) -> None:
        if self.rows():
            row = data.draw(st.sampled_from(self.rows()))
            self.office.board.type("surgeries", row, column, data.draw(st.sampled_from(TEXTS[column])))
        self.settled = False

    @rule(data=st.data())
    def copies_a_row_with_its_key(self, data: st.DataObject) -> None:
        if 0 < len(self.rows()) < 5:
            board = self.office.board
            row, to = data.draw(st.sampled_from(self.rows())), board.tab("surgeries").next_row
            for column in ("id", *COLUMNS):
                value = board.value("surgeries", row, column)
                if value is not None:
                    board.type("surgeries", to, column, value)
            board.type("surgeries", to, "date", serial(date(2026, 12, 7)))
        self.settled = False

    @rule(data=st.data())
    def deletes_a_row(self, data: st.DataObject) -> None:
        if self.rows():
            self.office.board.delete_row("surgeries", data.draw(st.sampled_from(self.rows())))
        self.settled = False

    @rule(descending=st.booleans())
    def sorts(self, descending: bool) -> None:
        def order(row: list[dict[str, Any] | None]) -> str:
            return "".join(sorted(str(each) for each in row if each))[:: -1 if descending else 1]

        self.office.board.sort("surgeries", order)

    # What families do

    @rule(pupil=st.integers(0, 3), data=st.data(), moved=st.sampled_from([0, 0, -40, 20, 1440]))
    def a_family_books_and_she_may_move_it(self, pupil: int, data: st.DataObject, moved: int) -> None:
        if not self.settled:
            self.sync()
        free = [each.slot.key for each in Surgeries(self.store).open_slots(self.id, self.now)]
        if not free:
            return
        ref = self.office.ref(f"UPN{pupil + 1}")
        links = Links(self.store)
        found = links.find(links.issue(self.id, ref, ref, self.now + timedelta(days=99), self.now), self.now)
        assert isinstance(found, Link)
        form = f"form-{data.draw(st.integers(0, 10**9))}-and-more"
        key = data.draw(st.sampled_from(free))
        answer = Bookings(self.store).claim(found, key, Choice(Where.ROOM), self.now, form)
        if isinstance(answer, Booked):
            self.settled = False
            if moved:
                self.move(key, moved)

    @rule(data=st.data())
    def the_school_cancels(self, data: st.DataObject) -> None:
        active = Bookings(self.store).active(self.id)
        if active:
            booking = data.draw(st.sampled_from(active))
            Bookings(self.store).cancel_by_school(self.id, booking.key, self.now)
            self.settled = False

    # What she does in Calendar

    @rule(minutes=st.sampled_from([-40, 20, 1440]), data=st.data())
    def moves_an_event(self, minutes: int, data: st.DataObject) -> None:
        booked = {booking.slot for booking in Bookings(self.store).active(self.id)}
        there = [each for each in self.slots() if each.state is SlotState.OPEN]
        # Nobody moves what is free as often as what is booked.
        there = [each for each in there if each.slot.key in booked] or there
        if there:
            self.move(data.draw(st.sampled_from(there)).slot.key, minutes)

    def move(self, key: str, minutes: int) -> None:
        stored = Surgeries(self.store).slot(self.id, key)
        assert stored is not None
        slot, step = stored.slot, timedelta(minutes=minutes)
        Surgeries(self.store).move_slot(self.id, key, slot.starts + step, slot.ends + step, self.now)
        self.moved.add(key)
        self.settled = False

    @rule(data=st.data(), back=st.booleans())
    def deletes_an_event(self, data: st.DataObject, back: bool) -> None:
        if self.slots():
            key = data.draw(st.sampled_from(self.slots())).slot.key
            surgeries = Surgeries(self.store)
            (surgeries.restore_slot if back else surgeries.delete_slot)(self.id, key, self.now)
            self.settled = False

    @rule()
    def a_day_passes(self) -> None:
        self.office.now += timedelta(days=1)
        self.settled = False

    @rule()
    def sync(self) -> None:
        before = {booking.key: booking for booking in Bookings(self.store).active(self.id)}
        plan = self.office.sync(MIS, ACCEPTED)
        assert plan.made is not None
        Surgeries(self.store).save(self.id, plan.made, self.now)
        after = {booking.key for booking in Bookings(self.store).active(self.id)}
        assert after == before.keys(), "a sync took a booking away"
        # What the calendar moved or gave back is shown by the sync after it has been saved.
        plan = self.office.sync(MIS, ACCEPTED)
        Surgeries(self.store).save(self.id, plan.made or (), self.now)
        self.settled = True

    # What must always hold once a sync is done

    @invariant()
    def a_further_sync_finds_nothing_new(self) -> None:
        if getattr(self, "settled", False):
            plan = self.office.plan(MIS, ACCEPTED)
            assert not plan.writes_workbook, plan.describe()
            saved = Surgeries(self.store).save(self.id, plan.made or (), self.now)
            assert (saved.new, saved.moved, saved.closed) == ((), (), ())

    @invariant()
    def every_row_has_a_key_of_its_own_and_an_answer(self) -> None:
        if not getattr(self, "settled", False):
            return
        board = self.office.board
        tab = board.tab("surgeries")
        filled = [row for row in tab.data_rows if any(tab.at(row, c) for c in ("date", "from", "to", "where"))]
        keys = [str(tab.shown_at(row, "id")) for row in filled]
        assert all(key.startswith("P-") for key in keys)
        assert Counter(keys).most_common(1)[:1] == [] or Counter(keys).most_common(1)[0][1] == 1
        status = board.tab("surgery_status")
        said = {status.at(row, "id"): status.at(row, "said") for row in status.data_rows}
        assert all(said.get(key) for key in keys)

    @invariant()
    def what_is_booked_keeps_its_slot_as_long_as_its_row_is_there(self) -> None:
        if not getattr(self, "settled", False):
            return
        slots = {each.slot.key: each for each in self.slots()}
        tab = self.office.board.tab("surgeries")
        there = {str(tab.shown_at(row, "id")) for row in tab.data_rows}
        for booking in Bookings(self.store).active(self.id):
            slot = slots[booking.slot]
            if slot.slot.surgery in there:
                assert slot.state is not SlotState.CLOSED

    @invariant()
    def no_free_time_meets_another_of_its_surgery_unless_she_moved_it(self) -> None:
        if not getattr(self, "settled", False):
            return
        booked = {booking.slot for booking in Bookings(self.store).active(self.id)}
        by_surgery: dict[str, list[Any]] = {}
        for each in self.slots():
            if each.state is SlotState.OPEN and (each.slot.key in booked or each.slot.key not in self.moved):
                by_surgery.setdefault(each.slot.surgery, []).append(each)
        for slots in by_surgery.values():
            ordered = sorted(slots, key=lambda each: each.slot.starts)
            for one, two in pairwise(ordered):
                both_by_hand = {one.slot.key, two.slot.key} <= booked
                assert both_by_hand or one.slot.ends <= two.slot.starts, (one, two)


TestSurgeries = Diary.TestCase
TestSurgeries.settings = settings(max_examples=500, stateful_step_count=15, deadline=None)
