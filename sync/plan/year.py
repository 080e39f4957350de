"""The Meetings tab as a whole: every pupil's meetings of the year, what is due, and who is short of three.

What Sensync knows of a meeting (a review that is due, a slot that a family booked) stands on *Meetings status*; what
became of it is a person's tick on *Meetings*. A review that was accepted becomes times among which its family chooses.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sync.domain.deadlines import meeting_dates
from sync.domain.meetings import (
    GONE,
    Audience,
    Busy,
    Happened,
    Kind,
    Meeting,
    MeetingKind,
    Slot,
    State,
    Surgery,
    Where,
)
from sync.domain.school_clock import say_day, say_instant, say_time, wall
from sync.plan.actions import Attention
from sync.plan.asked_reviews import Asked, is_asked, with_asked
from sync.plan.cells import Value, blank, day_of, serial, text
from sync.plan.facts import OURS
from sync.plan.meter import HEADERS, Meter, meters, read_meeting, short_of_three
from sync.plan.people import Need
from sync.plan.proposals import CHOICES, USUAL_MINUTES, Proposal, Proposed, proposal, propose, say_proposed
from sync.plan.reviews import due_reviews
from sync.plan.slots import slot_key
from sync.plan.surgery_rows import CHOICE_COLUMNS, booked_row, review_row, what_they_said
from sync.plan.typed import CellError, addresses, as_day, as_moment, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sync.domain.meetings import Booking
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.agenda import Agenda
    from sync.plan.hours import Hours
    from sync.plan.mirror import Row, Rows
    from sync.plan.reviews import Due
    from sync.plan.sessions import Made
    from sync.plan.snapshot import BoundTab

MOST_PROPOSED: Final = 40
"""How many SEN support reviews have proposed times at once, the most pressing first: no two share a time, and a
SENCO's free hours up to the end of a term are soon spoken for."""
_WAIT: Final = (
    f"Times are proposed for {MOST_PROPOSED} SEN support reviews at once: once some are booked, for this one."
)
_ALL: Final = frozenset({"all", "yes", "true"})


@dataclass(frozen=True, slots=True)
class Year:
    """What the Meetings tab leads to.

    Attributes:
        status: the rows of *Meetings status*, by key; those of earlier meetings among them.
        needed: the rows that must be on *Meetings*, in the order in which new ones are added.
        meters: each pupil's meter, by reference.
        made: the reviews that were accepted, with the times that their families may choose.
        cancelled: keys of the bookings to come whose meeting a person ticked as cancelled.
        attention: what could not be understood.
    """

    status: Rows = field(default_factory=dict)
    needed: tuple[Need, ...] = ()
    meters: Mapping[str, Meter] = field(default_factory=dict)
    made: tuple[Made, ...] = ()
    cancelled: tuple[str, ...] = ()
    attention: tuple[Attention, ...] = ()

    @property
    def meter_cells(self) -> dict[str, Row]:
        """What the MIS roll says of each family on the register (`mirror.METER`)."""
        return {
            ref: {"met": float(meter.held), "booked": float(meter.booked), "short": float(meter.short)}
            for ref, meter in self.meters.items()
        }

    @property
    def short(self) -> list[str]:
        """The references of the families who have not been met three times, sorted."""
        return sorted(short_of_three(self.meters))


def plan_year(
    bound: BoundTab,
    before: Rows,
    roll: Rows,
    *,
    plans: Mapping[str, date],
    register: Collection[str],
    calendar: SchoolCalendar,
    agenda: Agenda,
    now: datetime,
    hours: Hours,
    spoken_for: Sequence[Busy] = (),
) -> Year:
    """Plan the year's meetings.

    Args:
        bound: the Meetings tab as read.
        before: the rows of *Meetings status* as they are, by key.
        roll: the MIS roll by reference.
        plans: the day on which each EHC plan was made or last reviewed, by reference, as the SENCO typed it.
        register: the pupils who are on her register.
        calendar: the school year.
        agenda: what is kept, and her busy times.
        now: an aware instant.
        hours: when reviews can be.
        spoken_for: times that this very run gives to surgeries.
    """
    return _Work(bound, before, roll, calendar, agenda, now, hours, spoken_for).plan(plans, register)


class _Work:
    """The year under work."""

    def __init__(
        self,
        bound: BoundTab,
        before: Rows,
        roll: Rows,
        calendar: SchoolCalendar,
        agenda: Agenda,
        now: datetime,
        hours: Hours,
        spoken_for: Sequence[Busy],
    ) -> None:
        self.bound = bound
        self.roll = roll
        self.calendar = calendar
        self.agenda = agenda
        self.now = now
        self.today = wall(now).date()
        self.hours = hours
        self.spoken_for = spoken_for
        self.status: Rows = {
            key: {**row, "pupil": text(roll.get(text(row.get("ref")), {}).get("label")) or row.get("pupil")}
            for key, row in before.items()
        }
        self.slots = {each.slot.key: each.slot for each in agenda.slots}
        self.booked: dict[str, list[Booking]] = {}
        self.cancelled: list[str] = []
        self.attention: list[Attention] = []
        self.made: list[Made] = []
        self.asked: list[Asked] = []
        self.rows: dict[str, list[int]] = {}
        for index in bound.data_rows:
            if key := self._key(index):
                self.rows.setdefault(key, []).append(index)

    def plan(self, plans: Mapping[str, date], register: Collection[str]) -> Year:
        """The whole of it, in the order in which one thing rests on another."""
        followed = self._follow_bookings()
        meetings = list(self._meetings())
        counted = meters(register, meetings, self.calendar, self.today)
        due = due_reviews(
            self.roll, plans=plans, meetings=meetings, calendar=self.calendar, today=self.today, register=register
        )
        standing = {
            key: words(self._typed(key, "happened")) == Happened.HELD for key in self.rows if key in self.status
        }
        due = with_asked(due, self.asked, roll=self.roll, meetings=meetings, standing=standing, today=self.today)
        self._follow_reviews(due)
        self._keep_what_is_booked({each.key for each in due})
        self._remind_of_reports()
        self._ask_what_happened(sum(meter.unsaid for meter in counted.values()))
        needed = [each.key for each in due] + followed
        return Year(
            status=self.status,
            needed=tuple(Need(key, text(self.status[key].get("pupil"))) for key in dict.fromkeys(needed)),
            meters=counted,
            made=tuple(self.made),
            cancelled=tuple(self.cancelled),
            attention=tuple(self.attention),
        )

    def _key(self, index: int) -> str:
        return text(self.bound.shown_at(index, self.bound.tab.key_column.key)).strip()

    def _typed(self, key: str, name: str) -> Value:
        """What a person typed in a meeting's row, or in a copy of it; None where it has none yet."""
        typed = (self.bound.shown_at(index, name) for index in self.rows.get(key, ()))
        return next((value for value in typed if not blank(value)), None)

    # Bookings

    def _follow_bookings(self) -> list[str]:
        """Brings what families booked to *Meetings status*; the keys of the rows that are needed for it."""
        needed: list[str] = []
        for booking in self.agenda.bookings:
            slot = self.slots.get(booking.slot)
            surgery = self.agenda.surgeries.get(slot.surgery) if slot else None
            if slot is None or surgery is None or surgery.kind is Kind.STAFF:
                continue
            if surgery.is_review:
                # Its row is the review's own.
                if booking.cancelled_at is None:
                    self.booked.setdefault(surgery.key, []).append(booking)
                    self._cancel_if_ticked(surgery.key, booking, slot)
                continue
            key = f"{OURS}{booking.key}"
            stands = booking.cancelled_at is None
            if not stands and key not in self.status:
                continue
            self.status[key] = booked_row(key, booking, slot, surgery.kind, self.roll)
            if stands:
                self._cancel_if_ticked(key, booking, slot)
            if stands and self.calendar.in_year(wall(slot.starts).date()):
                needed.append(key)
        return needed

    def _cancel_if_ticked(self, row: str, booking: Booking, slot: Slot) -> None:
        """A meeting to come that she ticks as cancelled is cancelled: the family is told, the time is free again."""
        if slot.ends > self.now and self._is_cancelled(row):
            self.cancelled.append(booking.key)

    def _is_cancelled(self, row: str) -> bool:
        return words(self._typed(row, "happened")) == Happened.CANCELLED

    def _first(self, review: str) -> Slot | None:
        """The first of the times that a review's families have chosen."""
        slots = [self.slots[booking.slot] for booking in self.booked.get(review, ())]
        return min(slots, key=lambda slot: slot.starts, default=None)

    # What is on the tab

    def _meetings(self) -> Iterator[Meeting]:
        """The meetings of the tab, and those that are booked and have no row there yet."""
        for index in self.bound.data_rows:
            key = self._key(index)
            row = {name: self.bound.shown_at(index, name) for name in ("pupil", "kind", "date", "held_on", "happened")}
            known = self.status.get(key)
            if known is not None:
                # A look-up may not have been worked out yet: what it looks up is certain.
                row |= {"pupil": known.get("ref"), "kind": known.get("kind"), "date": self._date(key, known)}
            elif all(blank(value) for value in row.values()):
                continue
            where = f"{self.bound.raw.title}, row {index + 1}"
            meeting, problems = read_meeting(key or where, row, self.calendar, self.today)
            self.attention += [Attention(where, problem.partition(": ")[2] or problem) for problem in problems]
            if meeting is not None:
                if known is None and is_asked(meeting):
                    self._ask(meeting, self.bound.shown_at(index, "due"), where)
                yield meeting
        for key, row in self.status.items():
            if key in self.rows:
                continue
            meeting, _ = read_meeting(
                key,
                {"pupil": row.get("ref"), "kind": row.get("kind"), "date": self._date(key, row)},
                self.calendar,
                self.today,
            )
            if meeting is not None:
                yield meeting

    def _ask(self, meeting: Meeting, by: Value, where: str) -> None:
        """Takes a row of hers without a date for a review that is asked for, where it says by when."""
        if blank(by):
            return
        try:
            self.asked.append(Asked(meeting, as_day(by, self.calendar)))
        except CellError as error:
            self.attention.append(Attention(where, f"'{HEADERS['due']}': {error}."))

    def _date(self, key: str, row: Row) -> Value:
        """The day of a meeting: of a review, the one that its family chose, for another booking shows there too."""
        chosen = self._first(key)
        if chosen is not None:
            return serial(wall(chosen.starts).date())
        # From the moment at which a person says what became of it, its day stands.
        return None if _is_review(row) and blank(self._typed(key, "happened")) else row.get("date")

    # Reviews

    def _follow_reviews(self, due: Sequence[Due]) -> None:
        taken = [*self.agenda.busy, *self.agenda.taken_times(), *self.spoken_for]
        kept = {each.key: self._kept(each) for each in due}
        # Whoever needs new times must not be given those that a later one in the list keeps.
        busy = [*taken, *(Busy(p.starts, p.ends) for times in kept.values() for p in times)]
        proposed_to = 0
        for each in due:
            booked = each.key in self.booked
            times = kept[each.key]
            if booked or each.booked is not None:
                # What she accepted stands: another parent may still choose among it.
                proposed = Proposed(tuple(times) if not blank(self._typed(each.key, "accept")) else ())
            elif each.kind is MeetingKind.SUPPORT and proposed_to == MOST_PROPOSED:
                proposed = Proposed((), (_WAIT,))
            else:
                proposed_to += each.kind is MeetingKind.SUPPORT
                proposed = (
                    say_proposed(each, times, today=self.today, calendar=self.calendar)
                    if times
                    else self._propose(each, busy)
                )
            busy += [Busy(p.starts, p.ends) for p in proposed.times]
            row = self.status[each.key] = review_row(each, proposed, self.roll)
            if not booked and each.booked is not None:
                self._say(row, f"The family has a meeting on {say_day(each.booked)}, which counts for this review.")
            self._accept(each, row)

    def _propose(self, due: Due, busy: Sequence[Busy]) -> Proposed:
        gaps = self.hours.of(text(self.roll.get(due.ref, {}).get("year")))
        return propose(due, today=self.today, calendar=self.calendar, busy=busy, hours=self.hours.hers, gaps=gaps)

    def _kept(self, due: Due) -> list[Proposal]:
        """The times that were proposed before, if they can still be: she may be thinking about them."""
        row = self.status.get(due.key, {})
        found = [row[name] for name in CHOICE_COLUMNS if isinstance(row.get(name), float)]
        times = [proposal(due, as_moment(each, self.calendar)) for each in found]
        if not blank(self._typed(due.key, "accept")):
            return times
        if not times:
            return []
        first = self.today + due.notice
        # What was offered of this very review is in nobody's way.
        taken = [*self.agenda.busy, *self.agenda.taken_times(besides=due.key), *self.spoken_for]
        can = all(p.day >= first and not any(b.meets(p.starts, p.ends) for b in taken) for p in times)
        return times if can else []

    def _accept(self, due: Due, row: Row) -> None:
        """A review that she accepted is offered to its family, at the times that Accept says, until all have chosen."""
        if self._is_cancelled(due.key):
            self._say(row, "Cancelled. Clear 'What happened' to offer times again.")
            return
        bookings = self.booked.get(due.key, [])
        self._show(row, bookings)
        staff, wrong = addresses(self._typed(due.key, "invite"), self.agenda.addresses)
        word = words(self._typed(due.key, "accept"))
        if wrong and (word or bookings):
            self._say(row, "'Invite': type e-mail addresses of members of staff, with commas between them.")
        offered = self._offered(due, row, word, bookings) if word else []
        held = {slot.key: slot for slot in offered} | {slot.key: slot for slot in self._held(due.key, bookings)}
        if held:
            slots = tuple(sorted(held.values(), key=lambda slot: slot.starts))
            self.made.append((_review(due, slots, staff), slots))

    def _show(self, row: Row, bookings: Sequence[Booking]) -> None:
        """What the families chose and said; parents who live apart may come apart."""
        ordered = sorted(bookings, key=lambda booking: self.slots[booking.slot].starts)
        for number, booking in reversed(list(enumerate(ordered))):
            slot = self.slots[booking.slot]
            starts = wall(slot.starts)
            said = what_they_said(booking.choice)
            if number == 0:
                row["date"], row["time"] = serial(starts.date()), say_time(starts)
            self._say(row, said if len(ordered) == 1 else f"{say_instant(slot.starts)}: {said}")

    def _offered(self, due: Due, row: Row, word: str, bookings: Sequence[Booking]) -> list[Slot]:
        """The times that are offered now: those of Accept that are to come, while an adult has none."""
        chosen = self._chosen(word, row)
        if chosen is None:
            self._say(row, "'Accept': choose All, or the number of one of the proposed times.")
            return []
        adults = {each.key for each in self.agenda.families.get(due.ref, ())}
        if bookings and not adults - {each.adult for each in bookings}:
            return []
        slots = [Slot(slot_key(due.key, at), due.key, at, proposal(due, at).ends) for at in chosen if at > self.now]
        stored = {each.slot.key: each for each in self.agenda.slots_of(due.key)}
        deleted = {key for key, each in stored.items() if each.state in GONE}
        free = [stored[s.key].slot if s.key in stored else s for s in slots if s.key not in deleted]
        taken = {each.slot for each in bookings}
        left = [slot for slot in free if slot.key not in taken]
        if not free:
            self._say(row, "The time has passed, or was deleted: clear 'Accept', and new times are proposed.")
        elif bookings and left:
            self._say(row, f"Another parent may still choose: {_times(left)}. Clear 'Accept' to give it back.")
        elif left:
            self._say(row, f"Offered to the family: {_times(left)}.")
        return slots

    def _held(self, review: str, bookings: Sequence[Booking]) -> list[Slot]:
        """The slots of a review that families have chosen, at the times that were planned."""
        taken = {booking.slot for booking in bookings}
        return [
            replace(each.slot, starts=each.planned[0], ends=each.planned[1])
            for each in self.agenda.slots_of(review)
            if each.slot.key in taken
        ]

    def _chosen(self, word: str, row: Row) -> list[datetime] | None:
        """The proposed times that an *Accept* means; None if it means none."""
        times = [as_moment(row[name], self.calendar) for name in CHOICE_COLUMNS if not blank(row.get(name))]
        if word in _ALL:
            return times
        number = int(word) if len(word) == 1 and word.isascii() and word.isdigit() else 0
        return [times[number - 1]] if 1 <= number <= min(CHOICES, len(times)) else None

    def _keep_what_is_booked(self, due: Collection[str]) -> None:
        """A review that is not due any more (the pupil left, say) stays as long as its meeting is to come.

        Its other times are not offered any more, so its row says only what was chosen.
        """
        for key, row in self.status.items():
            if key not in due and _is_review(row):
                row["said"] = None
                self._show(row, self.booked.get(key, []))
        there = {review.key for review, _ in self.made}
        for key, bookings in self.booked.items():
            to_come = any(self.slots[booking.slot].ends > self.now for booking in bookings)
            if key not in there and to_come and not self._is_cancelled(key):
                self.made.append((self.agenda.surgeries[key], tuple(self._held(key, bookings))))

    def _remind_of_reports(self) -> None:
        """After an annual review was held, its report goes to everybody within two weeks (reg. 20(8))."""
        for key in self.rows:
            row = self.status.get(key)
            if (
                row is None
                or words(row.get("kind")) != MeetingKind.ANNUAL
                or not blank(self._typed(key, "report_sent"))
            ):
                continue
            if words(self._typed(key, "happened")) != Happened.HELD:
                continue
            day = day_of(self._typed(key, "held_on")) or day_of(row.get("date"))
            if day is not None:
                by = meeting_dates(day).report
                row["said"] = f"The report is due by {say_day(by)}: send it, and type the day under 'Report sent'."

    def _ask_what_happened(self, count: int) -> None:
        """Past meetings count for nothing until a person has said that they were held."""
        if count:
            meetings = "1 meeting is" if count == 1 else f"{count} meetings are"
            what = f"{meetings} over and nobody has said what happened: choose Held, Did not come or Cancelled."
            self.attention.append(Attention(self.bound.raw.title, what))

    @staticmethod
    def _say(row: Row, sentence: str) -> None:
        row["said"] = f"{sentence} {text(row.get('said'))}".strip()


def _is_review(row: Row) -> bool:
    return any(not blank(row.get(name)) for name in ("due", *CHOICE_COLUMNS))


def _times(slots: Iterable[Slot]) -> str:
    return "; ".join(say_instant(each.starts) for each in slots)


def _review(due: Due, slots: Sequence[Slot], staff: tuple[str, ...]) -> Surgery:
    """A review as a session of its own, for one family: its slots need not be on one day."""
    first = slots[0]
    return Surgery(
        key=due.key,
        kind=Kind.REVIEW,
        day=wall(first.starts).date(),
        starts=wall(first.starts).time(),
        ends=wall(first.ends).time(),
        minutes=USUAL_MINUTES[due.kind],
        where=(Where.ROOM, Where.PHONE, Where.VIDEO) if due.kind is MeetingKind.SUPPORT else (Where.ROOM, Where.VIDEO),
        audience=Audience(register=False, refs=frozenset({due.ref})),
        state=State.OPEN,
        staff=staff,
    )
