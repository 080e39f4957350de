"""The mails that Calendar sends for `sendUpdates`: invitations, changes, cancellations, and answers.

They carry an iCalendar part as Google's do, and stand in the outbox of whoever made the change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .times import instant, key_of, zone
from .view import link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .changes import Actor
    from .model import Calendar, Draft, Event

Json = dict[str, Any]

_TOLD = ("summary", "description", "location", "start", "end", "recurrence", "conferenceData", "status")
"""What guests are told of when it changes."""
_ANSWERS = {"accepted": "Accepted", "declined": "Declined", "tentative": "Tentatively accepted"}
_PARTSTAT = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
    "needsAction": "NEEDS-ACTION",
}


def _meant(event: Event, actor: Actor) -> dict[str, Json]:
    """The guests who are told, by address."""
    accounts = {account.casefold() for account in actor.accounts}
    if actor.tell == "none":
        return {}
    return {
        item["email"]: item
        for item in event.body.get("attendees", [])
        if item["email"] != actor.account.casefold()
        and not item.get("resource")
        and (actor.tell == "all" or item["email"] not in accounts)
    }


def tell_guests(draft: Draft, event: Event, before: Event | None, actor: Actor) -> None:
    """Invite who is new, tell who stays of a change, and who was taken off that they were."""
    now_in = _meant(event, actor)
    was_in = {} if before is None or before.cancelled else _meant(before, actor)
    if event.cancelled:
        return
    _send(draft, event, [email for email in now_in if email not in was_in], "Invitation", actor)
    if before is not None and any(event.body.get(name) != before.body.get(name) for name in _TOLD):
        _send(draft, event, [email for email in now_in if email in was_in], "Updated invitation", actor)
    if before is not None:
        _send(draft, before, [email for email in was_in if email not in now_in], "Cancelled event", actor)


def tell_cancelled(draft: Draft, event: Event, actor: Actor) -> None:
    """Tell the guests that it was deleted."""
    _send(draft, event, list(_meant(event, actor)), "Cancelled event", actor)


def tell_organizer(draft: Draft, event: Event, guest: str, actor: Actor) -> None:
    """Tell the organiser what a guest answered."""
    if actor.tell == "none":
        return
    organizer = draft.calendar(event.calendar)
    if organizer is None or (actor.tell == "externalOnly" and organizer.owner in actor.accounts):
        return
    said: Json = next((item for item in event.body.get("attendees", []) if item["email"] == guest), {})
    word = _ANSWERS.get(said.get("responseStatus", ""))
    if word:
        _send(draft, event, [organizer.owner], word, actor, reply=said)


def _send(draft: Draft, event: Event, to: Iterable[str], word: str, actor: Actor, reply: Json | None = None) -> None:
    for address in to:
        draft.mails.append((actor.account, bytes(_message(draft, event, address, word, actor, reply))))


def when(event: Event, calendar: Calendar | None) -> str:
    """`Tue 8 Dec 2026 4:20pm - 4:40pm (Europe/London)`."""
    start, end = event.body["start"], event.body["end"]
    if "date" in start:
        first = dt.date.fromisoformat(start["date"])
        last = dt.date.fromisoformat(end["date"]) - dt.timedelta(days=1)
        return _day(first) if first == last else f"{_day(first)} - {_day(last)}"
    name = start["timeZone"]
    local = zone(name) or ZoneInfo("UTC")
    begins, ends = (instant(value, calendar.zone if calendar else "UTC").astimezone(local) for value in (start, end))
    until = _clock(ends) if begins.date() == ends.date() else f"{_day(ends)} {_clock(ends)}"
    return f"{_day(begins)} {_clock(begins)} - {until} ({name})"


def _day(moment: dt.date) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def _clock(moment: dt.datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M}{'am' if moment.hour < 12 else 'pm'}"


def _message(draft: Draft, event: Event, to: str, word: str, actor: Actor, reply: Json | None) -> EmailMessage:
    """One mail, with the event as text, as HTML and as iCalendar."""
    calendar = draft.calendar(event.calendar)
    title = event.body.get("summary") or "(No title)"
    moment = when(event, calendar)
    name = actor.accounts[actor.account].name
    mail = EmailMessage()
    mail["From"] = formataddr((name, actor.account))
    mail["Sender"] = "Google Calendar <calendar-notification@google.com>"
    mail["To"] = to
    mail["Subject"] = f"{word}: {' '.join(title.split())} @ {moment} ({to})"
    mail["Date"] = format_datetime(dt.datetime.fromtimestamp(draft.now / 1000, dt.UTC))
    mail["Message-ID"] = make_msgid("calendar", "google.com")
    account = next((one for one in actor.accounts if one.casefold() == to.casefold()), event.calendar)
    address = link(actor.base_url, event if reply else replace(event, calendar=account))
    facts = [("When", moment), ("Where", event.body.get("location")), ("Video", event.body.get("hangoutLink"))]
    facts = [(label, text) for label, text in facts if text]
    about = event.body.get("description", "")
    opening = f"{name} has answered: {word.lower()}." if reply else f"{word} from {name}."
    lines = [opening, "", title, *[f"{label}: {text}" for label, text in facts], "", about, "", f"See it: {address}"]
    mail.set_content("\n".join(lines))
    rows = "".join(
        f"<tr><th align='left'>{escape(label)}</th><td>{escape(str(text))}</td></tr>" for label, text in facts
    )
    mail.add_alternative(
        f"<p>{escape(opening)}</p><h2>{escape(title)}</h2><table>{rows}</table><p>{escape(about)}</p>"
        f'<p><a href="{escape(address)}">See it in the calendar</a></p>',
        subtype="html",
    )
    method = "REPLY" if reply else ("CANCEL" if word.startswith("Cancelled") else "REQUEST")
    alone = reply
    if alone is None and not event.body.get("guestsCanSeeOtherGuests", True):
        alone = next((item for item in event.body.get("attendees", []) if item["email"] == to.casefold()), None)
    text = icalendar(event, method, draft.now, alone)
    mail.add_attachment(text.encode(), maintype="text", subtype="calendar", filename="invite.ics")
    mail.get_payload()[-1].set_param("method", method)  # type: ignore[union-attr, index]
    return mail


def _escaped(text: str) -> str:
    for char in ("\\", ";", ","):
        text = text.replace(char, "\\" + char)
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most 75 octets (RFC 5545, 3.1)."""
    out, rest = [], line.encode()
    while len(rest) > 73:
        cut = 73
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        out.append(rest[:cut].decode())
        rest = rest[cut:]
    return "\r\n ".join([*out, rest.decode()])


def _ical_time(name: str, value: Json) -> str:
    return f"{name}{';VALUE=DATE' if 'date' in value else ''}:{key_of(value)}"


def _ical_local(name: str, value: Json) -> str:
    """A start or end with its zone: a series must stay at its wall clock."""
    if "date" in value:
        return _ical_time(name, value)
    local = zone(value["timeZone"]) or ZoneInfo("UTC")
    moment = dt.datetime.fromisoformat(value["dateTime"]).astimezone(local)
    return f"{name};TZID={value['timeZone']}:{moment:%Y%m%dT%H%M%S}"


def icalendar(event: Event, method: str, now: int, only: Json | None = None) -> str:
    """The event as iCalendar (RFC 5545, RFC 5546).

    Args:
        event: a copy of it.
        method: REQUEST, CANCEL or REPLY.
        now: the present in milliseconds since 1970.
        only: the one guest that it names, None for all.
    """
    body = event.body
    stamp = dt.datetime.fromtimestamp(now / 1000, dt.UTC)
    series = bool(body.get("recurrence"))
    timed = _ical_local if series else _ical_time
    organizer = body.get("organizer", {})
    address = organizer.get("email", "")
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Local workspace//Calendar//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        timed("DTSTART", body["start"]),
        timed("DTEND", body["end"]),
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER;CN={_param(organizer.get('displayName') or address)}:mailto:{address}",
        f"UID:{body['iCalUID']}",
    ]
    if "originalStartTime" in body:
        lines.append(_ical_time("RECURRENCE-ID", body["originalStartTime"]))
    guests = [only] if only else body.get("attendees", [])
    lines += [
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={_PARTSTAT[one['responseStatus']]}"
        f";RSVP=TRUE;CN={_param(one.get('displayName') or one['email'])}:mailto:{one['email']}"
        for one in guests
    ]
    lines += list(body.get("recurrence", []))
    for name, key in (("SUMMARY", "summary"), ("DESCRIPTION", "description"), ("LOCATION", "location")):
        if body.get(key):
            lines.append(f"{name}:{_escaped(body[key])}")
    status = "CANCELLED" if method == "CANCEL" else body["status"].upper()
    transparent = "TRANSPARENT" if body.get("transparency") == "transparent" else "OPAQUE"
    lines += [
        f"SEQUENCE:{body['sequence']}",
        f"STATUS:{status}",
        f"TRANSP:{transparent}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(_folded(line) for line in lines) + "\r\n"


def _param(text: str) -> str:
    """A parameter's value: quotes and controls cannot be in it."""
    clean = "".join(char for char in text if char >= " " and char != '"')
    return f'"{clean}"' if any(char in clean for char in ";:,") else clean


def tell_shared(draft: Draft, calendar: Calendar, to: str, account: str, base_url: str) -> None:
    """Tell somebody that a calendar was shared with them."""
    title = calendar.body.get("summary", calendar.id)
    mail = EmailMessage()
    mail["From"] = account
    mail["Sender"] = "Google Calendar <calendar-notification@google.com>"
    mail["To"] = to
    mail["Subject"] = f"{account} has shared a calendar with you"
    mail["Date"] = format_datetime(dt.datetime.fromtimestamp(draft.now / 1000, dt.UTC))
    mail["Message-ID"] = make_msgid("calendar", "google.com")
    mail.set_content(f"{account} has shared the calendar {title!r} with you.\n\nSee it: {base_url}/calendar\n")
    draft.mails.append((account, bytes(mail)))
