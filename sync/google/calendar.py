"""Our events in Google Calendar: made, changed, deleted, listed, never blindly. All over the one `Door`.

Every event has an id chosen by us, so a call whose answer was lost can be made again: Calendar answers 409 and we look.
Every change bears If-Match: if somebody changed the event since we looked, Calendar answers 412, we look again, and a
pure function decides again. No body leaves that `events.lint` does not pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sync.domain.errors import RefusedError, SensyncError
from sync.google.batches import BatchCall, in_batches
from sync.google.door import segment
from sync.google.errors import GoogleBusyError, GoogleNeedsPersonError, GoogleRefusedRequestError, IdSpentError
from sync.google.events import Event, differences, lint, read_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.google.door import Door

    Patch = Mapping[str, Any]
    Decide = Callable[[Event], Patch | None]

_PAGE = "2500"
_TURNS = 6
"""How often an event that others keep changing is read again; people do not change one event faster than that."""


_WITH_MEET = (("conferenceDataVersion", "1"),)


class How(StrEnum):
    """What became of an insert, change or deletion."""

    DONE = "done"
    WAS_SO = "was so already"
    BROUGHT_BACK = "brought back"
    LEFT = "left as it is"
    GONE = "not there any more"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: how, and the event as it is now (None where it is gone)."""

    how: How
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Insert:
    """Make this event; `body` is whole and has an id of ours."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Change the event that we know as `known` by what `decide` makes of it as it is (None or {}: leave it)."""

    known: Event
    decide: Decide


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the event that we know as `known`, if `agree` says so of it as it is."""

    known: Event
    agree: Callable[[Event], bool] = lambda _: True


Operation = Insert | Change | Delete


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a sync token: events (deleted ones too), the next token, and whether it is everything.

    After a `full` list, an event of ours that is not in it is gone from Calendar for good.
    """

    events: tuple[Event, ...]
    token: str
    full: bool


class Calendar:
    """One calendar of ours.

    Args:
        door: the door to Google.
        calendar_id: the calendar's id.
        names: of the pupils on the roll; no text that holds one is sent.
        staff: addresses that may be invited.
        tell: whether Calendar mails its own messages to guests (members of staff): `all` or `none`.
    """

    def __init__(
        self,
        door: Door,
        calendar_id: str,
        *,
        names: Iterable[str] = (),
        staff: Iterable[str] = (),
        tell: str = "none",
    ) -> None:
        self.id = calendar_id
        self._door = door
        self._names = tuple(names)
        self._staff = tuple(staff)
        self._events = f"{door.endpoints.calendar}/calendars/{segment(calendar_id)}/events"
        # Calendar mails families nothing: its words and its time zone are not ours.
        self._tell = (("sendUpdates", tell),)
        self._params = (*_WITH_MEET, *self._tell)

    def get(self, event_id: str) -> Event | None:
        """One event, a deleted one too; None where the calendar does not know it.

        Raises:
            GoogleNeedsPersonError: the calendar itself is gone, with status 404.
        """
        try:
            return read_event(self._door.call("GET", self._url(event_id)))
        except GoogleNeedsPersonError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # The same answer is given for an event and for a calendar that is gone.
            self._door.call("GET", self._events.removesuffix("/events"))
            return None

    def insert(self, body: Mapping[str, Any]) -> Outcome:
        """Makes an event with the id in `body`; one that is there already is ours or an error.

        Gives DONE; WAS_SO for ours from before, as it is now (compare it with `differences`); BROUGHT_BACK for ours
        that was deleted, which is made as `body` says.

        Raises:
            RefusedError: the body tells too much, or the id is another's.
            IdSpentError: the id was used by an event that cannot be brought back; take the next generation.
        """
        self._check(body)
        try:
            # Repeatable, since the id is ours: what was made by a call whose answer was lost answers 409.
            made = self._door.call("POST", self._events, self._params, body, repeatable=True)
        except GoogleRefusedRequestError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            return self._there_already(body)
        return Outcome(How.DONE, read_event(made))

    def change(self, event_id: str, decide: Decide, *, known: Event | None = None) -> Outcome:
        """Changes an event by what `decide` makes of it as it is.

        Args:
            event_id: the event's.
            decide: pure; gets the event, gives the patch, or None or {} to leave it as it is. It is asked again
                whenever somebody else was faster.
            known: the event as we know it, to spare reading it first.

        Raises:
            RefusedError: the patch tells too much.
            GoogleBusyError: others kept changing it.
        """
        return self._do(event_id, known, lambda event: Change(event, decide))

    def delete(
        self, event_id: str, agree: Callable[[Event], bool] = lambda _: True, *, known: Event | None = None
    ) -> Outcome:
        """Deletes an event if `agree` says so of it as it is; one that is gone already is fine.

        Raises:
            GoogleBusyError: others kept changing it.
        """
        return self._do(event_id, known, lambda event: Delete(event, agree))

    def _do(self, event_id: str, known: Event | None, ask: Callable[[Event], Change | Delete]) -> Outcome:
        """Does what is asked of an event as it is, and asks again whenever somebody else was faster."""
        event = known or self.get(event_id)
        for _ in range(_TURNS):
            if event is None:
                return Outcome(How.GONE)
            operation = ask(event)
            call = self._as_call(operation)
            if isinstance(call, Outcome):
                return call
            try:
                # Repeatable, since a second one does not match any more.
                answer = self._door.call(
                    call.method, call.url, call.params, call.body, headers={"If-Match": call.etag}, repeatable=True
                )
            except (GoogleRefusedRequestError, GoogleNeedsPersonError) as error:
                if error.status not in _LOOK_AGAIN:
                    raise
                event = self.get(event_id)
            else:
                return _done(operation, answer)
        raise GoogleBusyError(
            "An event in Google Calendar kept changing while Sensync tried to change it.",
            next_step="Sensync tries again later by itself; look which other program writes to that calendar.",
        )

    def together(self, operations: Sequence[Operation]) -> list[Outcome | SensyncError]:
        """Many operations, 50 in one request; each has its own outcome or error, in the order asked.

        What finds its event changed, taken or gone is then settled on its own, as by `insert`, `change` and `delete`.

        Raises:
            SensyncError: a request as a whole failed; do all of them again, which does no harm.
        """
        outcomes: dict[int, Outcome | SensyncError] = {}
        asked: list[tuple[int, BatchCall]] = []
        for index, operation in enumerate(operations):
            try:
                call = self._as_call(operation)
            except SensyncError as error:
                outcomes[index] = error
                continue
            if isinstance(call, Outcome):
                outcomes[index] = call
            else:
                asked.append((index, call))
        answers = in_batches(self._door, [call for _, call in asked])
        for (index, _), answer in zip(asked, answers, strict=True):
            outcomes[index] = self._settle(operations[index], answer)
        return [outcomes[index] for index in range(len(operations))]

    def changes(self, token: str | None = None) -> Changes:
        """What changed since `token`, of all events of this calendar, deleted ones included; everything without one.

        A token that Google does not take any more (410) is answered with everything, once.
        """
        try:
            return self._list(token)
        except GoogleRefusedRequestError as error:
            if token is None or error.status not in {HTTPStatus.GONE, HTTPStatus.BAD_REQUEST}:
                raise
        return self._list(None)

    def _list(self, token: str | None) -> Changes:
        events: dict[str, Event] = {}
        params = [("maxResults", _PAGE), ("showDeleted", "true")]
        if token is not None:
            params.append(("syncToken", token))
        page = ""
        while True:
            answer = self._door.call("GET", self._events, [*params, *([("pageToken", page)] if page else [])])
            # The last word on an event that changed between two pages is on the later one.
            events |= {event.id: event for event in map(read_event, answer.get("items") or ())}
            page = str(answer.get("nextPageToken", ""))
            if not page:
                return Changes(tuple(events.values()), str(answer.get("nextSyncToken", "")), full=token is None)

    def _url(self, event_id: str) -> str:
        return f"{self._events}/{segment(event_id)}"

    def _check(self, body: Mapping[str, Any]) -> None:
        problems = lint(body, self._names, self._staff)
        if problems:
            raise RefusedError(
                *(f"An event was not sent to Google Calendar: {problem}." for problem in problems),
                next_step="Write a place that names nobody, such as Room 2; if that is not it, report this message.",
            )

    def _there_already(self, body: Mapping[str, Any]) -> Outcome:
        there = self.get(str(body["id"]))
        if there is None:
            raise IdSpentError("Google Calendar keeps the id of an event for one that was deleted for good.")
        # A deleted event is told in brief, so whose it was cannot always be seen; the id is ours by its hash.
        if not there.cancelled and there.slot != body["extendedProperties"]["private"]["sensync"]:
            raise RefusedError(
                "An event in Google Calendar has the id of one of our slots, but is not ours.",
                next_step="Delete in Google Calendar what another program copied into the calendar of meetings.",
            )
        if not there.cancelled:
            return Outcome(How.WAS_SO, there)
        try:
            back = self.change(
                there.id, lambda event: differences(event, body) if event.cancelled else None, known=there
            )
        except GoogleNeedsPersonError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            raise IdSpentError("Google Calendar does not give a deleted event back (403).") from error
        return Outcome(How.BROUGHT_BACK if back.how is How.DONE else How.WAS_SO, back.event)

    def _as_call(self, operation: Operation) -> BatchCall | Outcome:
        if isinstance(operation, Insert):
            self._check(operation.body)
            return BatchCall("POST", self._events, self._params, operation.body)
        known = operation.known
        if isinstance(operation, Change):
            patch = operation.decide(known)
            if not patch:
                return Outcome(How.LEFT, known)
            self._check(patch)
            return BatchCall("PATCH", self._url(known.id), self._params, patch, known.etag)
        if known.cancelled:
            return Outcome(How.GONE, known)
        if not operation.agree(known):
            return Outcome(How.LEFT, known)
        return BatchCall("DELETE", self._url(known.id), self._tell, None, known.etag)

    def _settle(self, operation: Operation, answer: dict[str, Any] | SensyncError) -> Outcome | SensyncError:
        if isinstance(answer, dict):
            return _done(operation, answer)
        status = getattr(answer, "status", None)
        try:
            if isinstance(operation, Insert):
                return self._there_already(operation.body) if status == HTTPStatus.CONFLICT else answer
            if status not in _LOOK_AGAIN:
                return answer
            known = self.get(operation.known.id)
            if known is None:
                return Outcome(How.GONE)
            if isinstance(operation, Change):
                return self.change(known.id, operation.decide, known=known)
            return self.delete(known.id, operation.agree, known=known)
        except SensyncError as error:
            return error


def _done(operation: Operation, answer: Mapping[str, Any]) -> Outcome:
    return Outcome(How.DONE, None if isinstance(operation, Delete) else read_event(answer))


_LOOK_AGAIN = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
