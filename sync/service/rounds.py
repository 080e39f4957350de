"""What happens between two syncs: the outbox goes out, what people did in Calendar and sent with a form comes in.

Where calendar and post are off, rows are done at once: their words reach the sheet anyway. Where nothing is due, Google
is not asked, and not even signed in to.
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.clock import utc_now
from sync.domain.errors import NeedsPersonError, SensyncError
from sync.domain.families import Notice
from sync.domain.school_clock import wall
from sync.google.calendar import Calendar
from sync.google.credentials import open_door, wanted_scopes
from sync.plan.sessions import names_of
from sync.service import forget
from sync.service.channels import keep_channel
from sync.service.concern_post import KINDS, OFF, ConcernPost, places_of
from sync.service.concerns import Swept, release_asked, sweep, work_nudges
from sync.service.deliver import Delivered, Delivery, Hands
from sync.service.digests import put_digests, put_missed
from sync.service.follow import CalendarDesk, Followed, follow
from sync.service.judging import open_concern_desk
from sync.service.letters_out import Writer, load_texts
from sync.service.mailer import Mailer
from sync.service.our_calendar import calendar_id, is_gone, replace_calendar, share_calendar
from sync.service.post_round import PostRound
from sync.service.slot_calendar import bring
from sync.service.staff_letters import StaffWriter, dsl_of, load_staff_texts
from sync.service.templates import load_outcomes
from sync.store import Bookings, LeaseHeldError, Notices, Outbox, Surgeries, WaitingList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from sync.config import Settings
    from sync.google.door import Door
    from sync.service.concerns import ConcernDesk
    from sync.store import Store, Work, Workbook

__all__ = ["Delivered", "Followed", "Rounds", "Swept", "open_rounds"]

_LOG = logging.getLogger(__name__)

_FOLLOWING = "follow:calendar"
"""The notice that Calendar cannot be read. That it cannot be written is another: one may go on without the other."""

_LEASE_SECONDS = 240
"""Longer than the one call that may take longest, with all its tries (`Limits.deadline`)."""


class Rounds:
    """Delivers and follows for one workbook. Not for several threads at once; several processes may each have one.

    Args:
        settings: the configuration.
        store: migrated.
        workbook: whose.
        now: the clock, giving aware instants.
        open_door: opens the door to Google, once it is needed.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workbook: Workbook,
        now: Callable[[], datetime],
        open_door: Callable[..., Door],
    ) -> None:
        self._settings = settings
        self._store = store
        self._workbook = workbook
        self._now = now
        self._open_door = open_door
        self._door: Door | None = None
        self._surgeries = Surgeries(store)
        self._followed_at: datetime | None = None
        self._forgot_at: datetime | None = None
        self._known_names: tuple[str, ...] | None = None
        self._mended = False
        own, sends = settings.workbook.templates_dir, settings.post.by != "none"
        self._texts = load_texts(own) if sends else None
        self._staff_texts = load_staff_texts(own) if sends and settings.concerns.enabled else None
        self._digested: date | None = None
        self._caught_up: date | None = None
        self._mailer = Mailer(settings.post, self._google)

    def follow(self) -> Followed:
        """Reads what people did in Calendar since the last reading, and follows it through to slots and families.

        Does nothing where [calendar] is off, before there is a calendar, and while another process is at it. What
        keeps it from looking is said in `trouble`, and where a person is needed, in a notice; it raises nothing, since
        a sync goes on without it.
        """
        if not self._settings.calendar.enabled or self._surgeries.calendar(self._workbook.id) is None:
            return Followed()
        began, self._known_names = self._now(), None
        try:
            with self._calendar_desk() as desk:
                try:
                    done = follow(desk)
                except SensyncError as error:
                    if not is_gone(error) or not self._replace_calendar():
                        raise
                    return Followed()
                keep_channel(self._store, self._workbook.id, self._settings, self._google(), desk.calendar.id, began)
        except LeaseHeldError:
            return Followed()
        except SensyncError as error:
            _LOG.warning("Calendar could not be followed: %s", type(error).__name__)
            words = error.words
            if isinstance(error, NeedsPersonError):
                self._notices().put(self._workbook.id, [Notice(_FOLLOWING, "Google Calendar", words)], began)
            self._mended = False
            return Followed(trouble=words)
        self._followed_at = began
        if not self._mended:
            self._notices().withdraw(self._workbook.id, _FOLLOWING)
            self._mended = True
        self._surgeries.followed(self._workbook.id, began)
        return done

    def deliver(self, is_over: Callable[[], bool] = lambda: False) -> Delivered:
        """Works the outbox for a turn (`deliver.Delivery`). Failures are kept with their rows; it raises none of them.

        What hooks told of is read first: a teacher has the holding reply in the same turn, whoever delivers.

        Args:
            is_over: says that no further row may be begun.

        Raises:
            TryAgainError: the store does not answer.
        """
        WaitingList(self._store).end_offers(self._now())
        self._forget()
        self._known_names = None
        self.work_nudges()
        self._put_digests()
        try:
            return Delivery(self._store, self._workbook.id, self._hands(), self._now, is_over).run()
        finally:
            self._mailer.close()

    def sweep(self) -> Swept:
        """Reads what is new in the forms for teachers' concerns; does nothing where they are off."""
        return self._read_forms(sweep)

    def work_nudges(self) -> Swept:
        """Reads the forms that a hook told of; does nothing where none did."""
        return self._read_forms(work_nudges)

    def release(self) -> Swept:
        """Reads the held responses that a person released."""
        return self._read_forms(release_asked)

    def _read_forms(self, read: Callable[[ConcernDesk], Swept]) -> Swept:
        if not self._settings.concerns.enabled:
            return Swept()
        return read(open_concern_desk(self._settings, self._store, self._workbook.id, self._google, self._now))

    def revive(self) -> int:
        """Gives what was set aside a fresh start, because a person mended the cause, and counts it."""
        outbox, now = Outbox(self._store), self._now()
        aside = outbox.set_aside(self._workbook.id)
        for each in aside:
            outbox.revive(each.id, now)
        return len(aside)

    def share(self) -> tuple[str, ...]:
        """Gives the calendar to those in `[calendar]` who do not have it yet, and tells who that was.

        Does nothing before there is a calendar: then it is shared when it is made.

        Raises:
            SensyncError: Google refuses.
        """
        kept = self._surgeries.calendar(self._workbook.id)
        if not self._settings.calendar.enabled or not self._settings.calendar.is_shared or kept is None:
            return ()
        return share_calendar(self._settings, self._google(), kept.calendar_id)

    def close(self) -> None:
        """Closes the door to Google, if it was opened."""
        door, self._door = self._door, None
        if door is not None:
            door.close()  # type: ignore[no-untyped-call]

    def _forget(self) -> None:
        if self._forgot_at is None or self._now() - self._forgot_at >= forget.EVERY:
            self._forgot_at = self._now()
            forget.forget(self._store, self._forgot_at)

    def _hands(self) -> Hands:
        calendar, post = self._settings.calendar.enabled, self._texts is not None
        letters: list[PostRound] = []
        concerns: list[ConcernPost] = []

        def about_concern(work: Work) -> None:
            if not concerns:
                concerns.append(self._concern_post())
            concerns[0].post(work)

        def letter(work: Work) -> None:
            if work.kind in KINDS:
                about_concern(work)
                return
            if not letters:
                letters.append(self._post_round())
            letters[0].post(work)

        return Hands(
            self._bring if calendar else None,
            letter if post else None,
            about_concern,
            self._look if calendar else None,
            lambda keep: self._mailer.room(keep=keep),
        )

    def _google(self) -> Door:
        if self._door is None:
            self._door = self._open_door(self._settings.google, scopes=wanted_scopes(self._settings))
        return self._door

    def _notices(self) -> Notices:
        return Notices(self._store)

    def _names(self) -> tuple[str, ...]:
        """Of the pupils on the roll of the last sync; read once a round."""
        if self._known_names is None:
            self._known_names = names_of(self._store.tab(self._workbook.id, "roll"))
        return self._known_names

    def _post_round(self) -> PostRound:
        assert self._texts is not None  # noqa: S101 - `_hands` gives letters to nobody without them
        settings = self._settings
        writer = Writer(self._texts, settings.school.name, settings.booking.contact, self._names())
        return PostRound(settings, self._store, self._workbook.id, writer, self._mailer, self._now)

    def _concern_post(self) -> ConcernPost:
        settings, concerns = self._settings, self._settings.concerns
        writer, texts = None, self._staff_texts
        if concerns.enabled:
            self._notices().withdraw(self._workbook.id, OFF)
        elif settings.post.by != "none":
            # What is urgent goes all the same.
            texts = load_staff_texts(settings.workbook.templates_dir)
        if texts is not None:
            places = places_of(settings, self._store, self._workbook)
            dsl, system = dsl_of(concerns), concerns.safeguarding_system
            writer = StaffWriter(texts, settings.school.name, dsl, system, places, self._outcomes)
        return ConcernPost(settings, self._store, self._workbook.id, writer, self._mailer, self._now)

    def _outcomes(self) -> tuple[str, ...]:
        # The whole template is read for them, and one mail a week needs them.
        return load_outcomes(self._settings.workbook.templates_dir)

    def _put_digests(self) -> None:
        """Puts the SENCO's mails of today into the outbox, once it is time; asks the store once a day after that."""
        today = wall(self._now()).date()
        if self._staff_texts is None or self._digested == today:
            return
        if self._caught_up != today:
            put_missed(self._store, self._workbook.id, self._settings.concerns, self._now())
            self._caught_up = today
        if put_digests(self._store, self._workbook.id, self._settings.concerns, self._now()):
            self._digested = today

    def _bring(self, slots: Iterable[str]) -> dict[str, SensyncError | None]:
        wanted = list(slots)
        if self._surgeries.calendar(self._workbook.id) is None and not self._is_worth_a_calendar(wanted):
            return dict.fromkeys(wanted)
        with self._calendar_desk() as desk:
            found = bring(desk, wanted)
            if not any(map(is_gone, found.values())) or not self._replace_calendar():
                return found
        # What is in the new calendar's rows is the whole of it, these among them.
        return dict.fromkeys(wanted)

    def _replace_calendar(self) -> bool:
        return replace_calendar(self._store, self._workbook, self._settings, self._google(), self._now())

    def _is_worth_a_calendar(self, slots: Iterable[str]) -> bool:
        """Whether any of these slots is still to come: for the past alone no calendar is made."""
        ends = {each.slot.key: each.slot.ends for each in self._surgeries.slots(self._workbook.id)}
        return any(ends[key] > self._now() for key in slots if key in ends)

    def _look(self, told_at: datetime) -> None:
        """Follows, unless that was done since Calendar told of the change."""
        if self._followed_at is not None and told_at < self._followed_at:
            return
        self.follow()

    @contextmanager
    def _calendar_desk(self) -> Iterator[CalendarDesk]:
        """What is needed to work on the calendar, which one process at a time may do.

        Raises:
            LeaseHeldError: another process is at it.
        """
        holder = f"sensync on {socket.gethostname()}, process {os.getpid()}"
        with self._store.lease(f"calendar:{self._workbook.id}", holder, _LEASE_SECONDS) as lease:
            door = self._google()
            staff = {address for each in self._surgeries.all(self._workbook.id) for address in each.staff}
            names = self._names()
            yield CalendarDesk(
                workbook_id=self._workbook.id,
                calendar=Calendar(
                    door,
                    calendar_id(self._store, self._workbook, self._settings, door, self._now()),
                    names=names,
                    staff=sorted(staff),
                    tell="all",
                ),
                surgeries=self._surgeries,
                bookings=Bookings(self._store),
                notices=self._notices(),
                outbox=Outbox(self._store),
                names=names,
                now=self._now,
                renew=lease.renew,
            )


@contextmanager
def open_rounds(
    settings: Settings,
    *,
    store: Store,
    workbook: Workbook,
    now: Callable[[], datetime] = utc_now,
    open_door: Callable[..., Door] = open_door,
) -> Iterator[Rounds]:
    """The rounds of one workbook; the door to Google is closed afterwards, the store is the caller's.

    Args:
        settings: the configuration.
        store: migrated.
        workbook: whose.
        now: the clock, giving aware instants.
        open_door: as `sync.google.credentials.open_door`.

    Raises:
        ConfigError: the school's own `letters.toml` cannot be used.
    """
    rounds = Rounds(settings, store, workbook, now, open_door)
    try:
        yield rounds
    finally:
        rounds.close()
