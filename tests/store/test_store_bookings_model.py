"""Bookings beside a model of them in a few lines: whatever is done in whatever order, both agree."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from support.surgery import CLOSES, NOW, ROOM, SURGERY, School, free_slots, slots

from sync.domain.meetings import State
from sync.store import (
    AlreadyBooked,
    Booked,
    Bookings,
    Cancelled,
    Closed,
    Surgeries,
    Taken,
    Waiting,
    WaitingList,
    Why,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sync.store import Store

FAMILIES = [f"adult {n}" for n in range(4)]
SLOTS = [f"tue-{n}" for n in range(2)]
LASTS = timedelta(hours=4)
families, slot_keys = st.sampled_from(FAMILIES), st.sampled_from(SLOTS)
ACTS = ["claim", "claim", "change", "cancel", "join", "leave", "wait"]
_schools = count()


@dataclass
class Model:
    """What should be. `line` gives the turn of who waits, `offers` the slot held and until when."""

    places: dict[str, int]
    now: datetime = NOW
    state: State = State.OPEN
    deleted: set[str] = field(default_factory=set)
    booked: dict[str, str] = field(default_factory=dict)
    line: dict[str, int] = field(default_factory=dict)
    offers: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def used(self, slot: str) -> int:
        return list(self.booked.values()).count(slot) + [held for held, _ in self.offers.values()].count(slot)

    def can_book(self, slot: str) -> bool:
        return self.state is State.OPEN and self.now < CLOSES and slot not in self.deleted

    def free(self) -> list[str]:
        return [slot for slot in SLOTS if self.can_book(slot) and self.used(slot) < self.places[slot]]

    def why_not(self, slot: str) -> Taken | Closed:
        if slot in self.deleted:
            return Closed(Why.GONE)
        return Taken() if self.can_book(slot) else Closed(Why.OVER)

    def offer(self) -> None:
        waiting = sorted((turn, family) for family, turn in self.line.items() if family not in self.offers)
        for (_, family), slot in zip(waiting, iter(lambda: next(iter(self.free()), None), None), strict=False):
            self.offers[family] = (slot, min(self.now + LASTS, CLOSES))

    def end_offers(self) -> None:
        over = [family for family, (_, until) in self.offers.items() if until <= self.now]
        for family in over:
            del self.offers[family], self.line[family]
        if over:
            self.offer()

    def settle(self) -> None:
        self.offers = {family: held for family, held in self.offers.items() if self.can_book(held[0])}
        self.end_offers()
        self.offer()

    def take(self, family: str, slot: str) -> Taken | Closed | None:
        self.end_offers()
        mine = self.offers.get(family, ("", self.now))[0] == slot
        if not self.can_book(slot) or not (mine or self.used(slot) < self.places[slot]):
            return self.why_not(slot)
        self.booked[family] = slot
        self.leave(family)
        return None

    def leave(self, family: str) -> None:
        self.line.pop(family, None)
        if self.offers.pop(family, None):
            self.offer()


class Machine(RuleBasedStateMachine):
    store: Store

    @initialize(places=st.tuples(*[st.integers(1, 2)] * 2), seed=st.integers(0, 2**32 - 1))
    def begin(self, places: tuple[int, ...], seed: int) -> None:
        self.school = School(self.store, f"school {next(_schools)}")
        self.surgeries = Surgeries(self.store, offer_lasts=LASTS)
        self.bookings = Bookings(self.store, offer_lasts=LASTS)
        self.waiting_list = WaitingList(self.store, offer_lasts=LASTS)
        self.model = Model(dict(zip(SLOTS, places, strict=True)))
        self.links = {family: self.school.family(family) for family in FAMILIES}
        self.turns, self.forms = count(), count()
        self.save()
        self.families_act(seed)

    def save(self) -> None:
        rows = [replace(slot, places=self.model.places[slot.key]) for slot in slots(2)]
        surgery = replace(SURGERY, state=self.model.state)
        self.surgeries.save(self.school.workbook, [(surgery, rows)], self.model.now)
        self.model.settle()

    @rule(seed=st.integers(0, 2**32 - 1))
    def families_act(self, seed: int) -> None:
        # Drawn one by one, hypothesis chooses so few different families and acts that a surgery rarely fills.
        choose = random.Random(seed)
        for _ in range(12):
            getattr(self, choose.choice(ACTS))(choose.choice(FAMILIES), choose.choice(SLOTS))
            self.both_agree()

    def claim(self, family: str, slot: str) -> None:
        answer = self.bookings.claim(self.links[family], slot, ROOM, self.model.now, f"form {next(self.forms)}")
        if family in self.model.booked:
            assert isinstance(answer, AlreadyBooked)
            assert answer.booking.slot == self.model.booked[family]
            return
        refused = self.model.take(family, slot)
        assert answer == refused if refused else isinstance(answer, Booked)

    def change(self, family: str, slot: str) -> None:
        for mine in self.bookings.of_link(self.links[family]):
            answer = self.bookings.change(self.links[family], mine.key, slot, ROOM, mine.version, self.model.now)
            if slot == mine.slot:
                assert answer == Booked(mine)
            elif self.model.now >= CLOSES:
                assert answer == Closed(Why.OVER)
            else:
                refused = self.model.take(family, slot)
                assert answer == (refused or Booked(replace(mine, slot=slot, version=mine.version + 1)))
                if not refused:
                    self.model.offer()

    def cancel(self, family: str, _: str = "") -> None:
        for mine in self.bookings.of_link(self.links[family]):
            answer = self.bookings.cancel(self.links[family], mine.key, mine.version, self.model.now)
            if self.model.now >= CLOSES:
                assert answer == Closed(Why.OVER)
            else:
                gone = replace(mine, version=mine.version + 1, cancelled_at=self.model.now)
                assert answer == Cancelled(gone)
                del self.model.booked[family]
                self.model.offer()

    def join(self, family: str, _: str = "") -> None:
        answer = self.waiting_list.join(self.links[family], "tue", self.model.now)
        if family in self.model.booked:
            assert isinstance(answer, AlreadyBooked)
            return
        self.model.end_offers()
        if family not in self.model.line:
            if not any(self.model.can_book(slot) for slot in SLOTS):
                assert answer == Closed(Why.OVER)
                return
            self.model.line[family] = next(self.turns)
            self.model.offer()
        assert isinstance(answer, Waiting)

    def leave(self, family: str, _: str = "") -> None:
        self.waiting_list.leave(self.links[family], "tue", self.model.now)
        self.model.leave(family)

    @rule(slot=slot_keys)
    def delete(self, slot: str) -> None:
        gone = self.surgeries.delete_slot(self.school.workbook, slot, self.model.now)
        theirs = sorted(family for family, held in self.model.booked.items() if held == slot)
        assert sorted(each.adult for each in gone) == theirs
        if slot not in self.model.deleted:
            self.model.deleted.add(slot)
            self.model.booked = {family: held for family, held in self.model.booked.items() if held != slot}
            self.model.settle()

    @rule(slot=slot_keys)
    def restore(self, slot: str) -> None:
        self.surgeries.restore_slot(self.school.workbook, slot, self.model.now)
        if slot in self.model.deleted:
            self.model.deleted.remove(slot)
            self.model.settle()

    @rule(state=st.sampled_from([State.OPEN, State.OPEN, State.CLOSED]))
    def open_or_close(self, state: State) -> None:
        self.model.state = state
        self.save()

    @rule(slot=slot_keys, places=st.integers(1, 2))
    def change_places(self, slot: str, places: int) -> None:
        self.model.places[slot] = places
        self.save()

    def wait(self, _family: str, _slot: str) -> None:
        self.model.now += timedelta(hours=2)

    @rule(hours=st.sampled_from([1, 10, 30]))
    def pass_time(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        self.waiting_list.end_offers(self.model.now)
        self.model.end_offers()

    @invariant()
    def both_agree(self) -> None:
        active = {each.adult: each.slot for each in self.bookings.active(self.school.workbook)}
        assert active == self.model.booked
        stored = self.surgeries.slots(self.school.workbook)
        assert {each.slot.key: each.taken for each in stored} == {slot: self.model.used(slot) for slot in SLOTS}
        offered = free_slots(self.surgeries, self.school.workbook, self.model.now)
        assert [each.slot.key for each in offered] == self.model.free()
        waiting = sorted((turn, family) for family, turn in self.model.line.items() if family not in self.model.offers)
        expected = {family: Waiting("tue", ahead) for ahead, (_, family) in enumerate(waiting)}
        expected |= {family: Waiting("tue", 0, *held) for family, held in self.model.offers.items()}
        found = {family: self.waiting_list.waiting(link, "tue") for family, link in self.links.items()}
        assert {family: turn for family, turn in found.items() if turn is not None} == expected


def test_whatever_is_done_in_whatever_order_the_store_does_what_the_model_does(store: Store) -> None:
    def machine() -> Machine:
        made = Machine()
        made.store = store
        return made

    examples = settings().max_examples // 2
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=15))
