"""The calendars of a workspace: what is kept, and drafts that become it all at once.

A committed value never changes. A request works on a draft that lies over what is kept; a request that is refused
is a draft thrown away, and one that is answered has been written to the state file in one transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_workspace.store import Store

Json = dict[str, Any]

KINDS = ("calendar", "event", "calendarEntry", "channel", "calendarChange")
"""What the state file calls the rows."""

DEFAULT_ZONE = "Europe/London"
"""Of a primary calendar whose account was not given another; Google takes it from the person's browser."""

_ID_LETTERS = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar.

    Attributes:
        owner: the account that owns the data.
        body: the Calendar resource without what is computed.
        rules: access rules by id: `{"role", "scope", "change"}`; a deleted one has the role `none`.
        app_created: whether a program made it, which is what the scope calendar.app.created reaches.
        change: the number of its last change.
    """

    id: str
    owner: str
    body: Json
    rules: dict[str, Json]
    primary: bool = False
    app_created: bool = False
    change: int = 0
    deleted: bool = False

    @property
    def zone(self) -> str:
        """Its time zone's name."""
        return str(self.body.get("timeZone", "UTC"))


@dataclass(frozen=True, slots=True)
class Event:
    """One copy of an event: the organiser's, or a guest's on a calendar of their own.

    Attributes:
        body: the Event resource without what is computed or depends on who looks; times as `times` stores them.
        serial: the order in which the copies came into being.
        change: the number of its last change; sync tokens go by it.
        updated: when it last changed, in milliseconds since 1970.
        bump: changes since then that do not count as one, such as reminders; the etag shows them.
        past: former series, each (number of the change that ended it, start, recurrence); `Draft.put_event` keeps it,
            so that a sync can say which instances are no more.
        removed: whether a guest took the event off their own calendar.
    """

    calendar: str
    id: str
    body: Json
    serial: int = 0
    change: int = 0
    updated: int = 0
    bump: int = 0
    past: tuple[tuple[int, Json, tuple[str, ...]], ...] = ()
    removed: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether it was deleted."""
        return bool(self.body.get("status") == "cancelled")

    @property
    def etag(self) -> str:
        """Twice the microseconds of `updated` (recorded)."""
        return f'"{2 * (self.updated * 1000 + self.bump)}"'

    @property
    def series(self) -> str:
        """The id of the recurring event that it is an instance of, "" for none."""
        return str(self.body.get("recurringEventId", ""))


@dataclass(frozen=True, slots=True)
class Entry:
    """A calendar on somebody's list."""

    account: str
    calendar: str
    body: Json
    change: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that tells an address of changes. `expiration` is in milliseconds since 1970."""

    id: str
    resource_id: str
    resource_uri: str
    account: str
    calendar: str
    kind: str
    address: str
    token: str
    expiration: int


class Tables:
    """Everything that is kept, by key."""

    def __init__(self) -> None:
        self.calendars: dict[str, Calendar] = {}
        self.events: dict[str, dict[str, Event]] = {}
        self.entries: dict[str, dict[str, Entry]] = {}
        self.channels: dict[str, Channel] = {}
        self.change = 0
        self.oldest_sync = 0
        """Sync tokens from before this change have expired."""

    def numbers(self, change: int) -> Json:
        """The numbers that are kept beside the rows."""
        return {"number": change, "oldest": self.oldest_sync}

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        for name, body in store.things("calendar"):
            self.calendars[name] = Calendar(**body)
        for _, body in store.things("event"):
            past = tuple((number, start, tuple(lines)) for number, start, lines in body.pop("past"))
            event = Event(**body, past=past)
            self.events.setdefault(event.calendar, {})[event.id] = event
        for _, body in store.things("calendarEntry"):
            entry = Entry(**body)
            self.entries.setdefault(entry.account, {})[entry.calendar] = entry
        for name, body in store.things("channel"):
            self.channels[name] = Channel(**body)
        for name, body in store.things("calendarChange"):
            if name == "last":
                self.change, self.oldest_sync = body["number"], body["oldest"]
        for rows in self.events.values():
            ordered = sorted(rows.values(), key=lambda row: row.serial)
            rows.clear()
            rows.update({row.id: row for row in ordered})


@dataclass(slots=True)
class Draft:
    """Changes of one request over what is kept."""

    tables: Tables
    now: int
    change: int
    calendars: dict[str, Calendar] = field(default_factory=dict)
    events: dict[tuple[str, str], Event] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    channels: dict[str, Channel | None] = field(default_factory=dict)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    """(sender, message) to hand to the mail when the draft is committed."""

    # ---- reading

    def calendar(self, calendar_id: str) -> Calendar | None:
        """A calendar that is there."""
        found = self.calendars.get(calendar_id) or self.tables.calendars.get(calendar_id)
        return None if found is None or found.deleted else found

    def event(self, calendar_id: str, event_id: str) -> Event | None:
        """A copy that is kept, deleted ones included."""
        found = self.events.get((calendar_id, event_id))
        return found or self.tables.events.get(calendar_id, {}).get(event_id)

    def events_of(self, calendar_id: str) -> Iterator[Event]:
        """Every copy on a calendar in the order in which they came, deleted ones included."""
        kept = self.tables.events.get(calendar_id, {})
        for event_id, event in kept.items():
            yield self.events.get((calendar_id, event_id), event)
        for (owner, event_id), event in list(self.events.items()):
            if owner == calendar_id and event_id not in kept:
                yield event

    def exceptions_of(self, event: Event) -> list[Event]:
        """The instances of a recurring event that are kept on their own."""
        return [row for row in self.events_of(event.calendar) if row.series == event.id]

    def entry(self, account: str, calendar_id: str) -> Entry | None:
        """A calendar's place on somebody's list, a deleted one included."""
        return self.entries.get((account, calendar_id)) or self.tables.entries.get(account, {}).get(calendar_id)

    def entries_of(self, account: str) -> list[Entry]:
        """Somebody's list."""
        kept = {**self.tables.entries.get(account, {})}
        kept.update({entry.calendar: entry for entry in self.entries.values() if entry.account == account})
        return list(kept.values())

    # ---- writing

    def number(self) -> int:
        """The number of the next change."""
        self.change += 1
        return self.change

    def put_event(self, event: Event, *, counts: bool = True) -> Event:
        """Keep a copy of an event as changed now.

        Args:
            event: the copy; its numbers are set here.
            counts: whether `updated` moves on; it does not for reminders (documented).
        """
        before = self.event(event.calendar, event.id)
        number = self.number()
        serial = before.serial if before else number
        updated, bump = event.updated, event.bump + 1
        if counts or before is None:
            # Two changes in one millisecond must not have one etag.
            updated, bump = max(self.now, before.updated + 1 if before else 0), 0
        past = before.past if before else ()
        if before is not None and _other_series(before.body, event.body):
            past = (*past, (number, before.body["start"], tuple(before.body.get("recurrence", ()))))
        event = Event(event.calendar, event.id, event.body, serial, number, updated, bump, past, event.removed)
        self.events[event.calendar, event.id] = event
        return event

    def put_calendar(self, calendar: Calendar) -> Calendar:
        """Keep a calendar as changed now."""
        body = {**asdict_shallow(calendar), "change": self.number()}
        self.calendars[calendar.id] = new = Calendar(**body)
        return new

    def put_entry(self, entry: Entry) -> Entry:
        """Keep a calendar's place on a list as changed now."""
        new = Entry(entry.account, entry.calendar, entry.body, self.number(), entry.deleted)
        self.entries[entry.account, entry.calendar] = new
        return new

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.calendars or self.events or self.entries or self.channels or self.mails)

    # ---- committing

    def write(self, store: Store) -> None:
        """Write everything to the state file; the caller holds the transaction."""
        for name, calendar in self.calendars.items():
            store.put("calendar", name, asdict(calendar))
        for (calendar_id, event_id), event in self.events.items():
            store.put("event", f"{calendar_id}\n{event_id}", asdict(event))
        for (account, calendar_id), entry in self.entries.items():
            store.put("calendarEntry", f"{account}\n{calendar_id}", asdict(entry))
        for name, channel in self.channels.items():
            if channel is None:
                store.drop("channel", name)
            else:
                store.put("channel", name, asdict(channel))
        if self.change != self.tables.change:
            store.put("calendarChange", "last", self.tables.numbers(self.change))

    def apply(self) -> None:
        """Make it what is kept."""
        tables = self.tables
        tables.calendars.update(self.calendars)
        for (calendar_id, event_id), event in self.events.items():
            tables.events.setdefault(calendar_id, {})[event_id] = event
        for (account, calendar_id), entry in self.entries.items():
            tables.entries.setdefault(account, {})[calendar_id] = entry
        for name, channel in self.channels.items():
            if channel is None:
                tables.channels.pop(name, None)
            else:
                tables.channels[name] = channel
        tables.change = self.change


def _other_series(old: Json, new: Json) -> bool:
    """Whether the instances of an event are no longer the same ones."""
    if not (old.get("recurrence") or new.get("recurrence")):
        return False
    return any(old.get(name) != new.get(name) for name in ("start", "recurrence", "status"))


def asdict_shallow(value: Calendar) -> Json:
    """The members of a calendar, not copied."""
    return {name: getattr(value, name) for name in Calendar.__slots__}


def new_event_id() -> str:
    """An id as the server makes them: 26 letters of base32hex (recorded)."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(26))


def new_calendar_id() -> str:
    """An id of a secondary calendar."""
    return f"c_{secrets.token_hex(32)}@group.calendar.google.com"


def user_rule(email: str, role: str, change: int) -> tuple[str, Json]:
    """An access rule for one account, and its id."""
    return f"user:{email}", {"role": role, "scope": {"type": "user", "value": email}, "change": change}


def primary_calendar(draft: Draft, email: str, time_zone: str = "") -> Calendar:
    """An account's own calendar, made with its place on the list when it is first needed."""
    found = draft.calendar(email)
    if found is not None:
        return found
    name, rule = user_rule(email, "owner", draft.change + 1)
    body = {"summary": email, "timeZone": time_zone or DEFAULT_ZONE}
    calendar = draft.put_calendar(Calendar(email, email, body, {name: rule}, primary=True))
    reminders = [{"method": "popup", "minutes": 10}]
    draft.put_entry(Entry(email, email, {"colorId": "14", "selected": True, "defaultReminders": reminders}))
    return calendar
