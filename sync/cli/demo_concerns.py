"""The part of `sensync demo` that shows teachers' concerns: form, holding reply, triage, and the answer back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from sync.cli.demo_people import HALE, IDRIS
from sync.domain.concerns import Link
from sync.plan.cells import column_letter, quoted, serial
from sync.plan.form import class_link, pupil_link
from sync.service.templates import load_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from local_workspace import LocalWorkspace
    from sync.google.door import Door
    from sync.plan.matching import Match
    from sync.plan.mirror import Row, Rows
    from sync.service.concerns import Judge
    from sync.store import KnownForm

_PROJECT = "projects/sensync-demo"
TOPIC: Final = f"{_PROJECT}/topics/concerns"
SUBSCRIPTION: Final = f"{_PROJECT}/subscriptions/concerns"
PUSHER: Final = "forms-push@sensync-demo.iam.gserviceaccount.com"
_FORMS = "serviceAccount:forms-notifications@system.gserviceaccount.com"

RECEIVED: Final = "Thank you: we have your form"
ACT_NOW: Final = "Please act now on the form you sent"
ALERTED: Final = "Please look at a response now"
ANSWERED: Final = "An answer to the form you sent"
"""Subjects of letters, as `staff_letters.toml` has them."""

_SURE: Final = {
    "where": "History, in the afternoon",
    "seen": "Starts well, then loses the thread after the second instruction and copies from a neighbour. Reads aloud "
    "with effort and cannot say what it was about.",
    "since": "This half term",
    "often": "Most lessons or days",
    "area": ("Cognition and learning", "Not sure"),
    "tried": "One instruction at a time, key words on the desk.",
    "effect": "Gets further, if somebody sits near.",
    "parents": "Yes",
    "parents_said": "Homework takes all evening.",
    "view": "\N{LEFT DOUBLE QUOTATION MARK}I know it when you say it, then it's gone.\N{RIGHT DOUBLE QUOTATION MARK}",
    "wanted": ("Ideas for my lessons", "Somebody to observe"),
}
_UNSURE: Final = {
    "where": "Science",
    "seen": "Holds the pen in the fist and tires after three lines.",
    "often": "Most lessons or days",
    "area": ("Sensory or physical",),
    "parents": "No",
    "wanted": ("A talk with the SENCO",),
}
_HELD: Final = {
    "where": "At the end of form time",
    "seen": "Very quiet this week. Says that she is scared to go home.",
}

TRIAGE: Final = {
    "outcome": "Monitor",
    "owner": "The SENCO",
    "feedback": "Thank you, this is clear and helpful. Please go on with one instruction at a time. I will see a "
    "lesson next week, and we will look at it together in six weeks.",
    "send": "Send",
}
"""What the SENCO types in the demo beside a review date."""
REVIEW_AFTER: Final = timedelta(weeks=6)

_PATIENCE, _PAUSE = 60.0, 0.25


def configure(door: Door, pages: str) -> None:
    """Let Google Forms tell the school's pages of responses through Pub/Sub, as a technician sets it up.

    Args:
        door: of whoever owns the Cloud project.
        pages: the address of `sensync serve`.
    """
    base = f"{door.endpoints.base_url}/v1"
    may_publish = {"policy": {"bindings": [{"role": "roles/pubsub.publisher", "members": [_FORMS]}]}}
    caller = {"serviceAccountEmail": PUSHER, "audience": audience(pages)}
    pushed = {"topic": TOPIC, "pushConfig": {"pushEndpoint": audience(pages), "oidcToken": caller}}
    door.call("PUT", f"{base}/{TOPIC}", body={}, repeatable=True)
    door.call("POST", f"{base}/{TOPIC}:setIamPolicy", body=may_publish, repeatable=True)
    door.call("PUT", f"{base}/{SUBSCRIPTION}", body=pushed, repeatable=True)


def audience(pages: str) -> str:
    """Where Pub/Sub posts to, and for whom its tokens are."""
    return f"{pages}/hooks/pubsub"


@dataclass(frozen=True, slots=True)
class Sent:
    """One form that a teacher fills in: who, by which link, what beside it, and what is to be shown with it."""

    teacher: str
    link: str
    answers: Mapping[str, str | Sequence[str]]
    shows: str


def letters_to_send(form: KnownForm, roll: Rows, register: Iterable[str], judge: Judge) -> list[Sent]:
    """Three forms: a slip in the name, a name that may be several pupils', and words that the screen holds.

    A school may be too small for one of them; then it is left out.

    Args:
        form: the concern form.
        roll: the MIS roll by reference.
        register: references of those on the register.
        judge: as the reading of responses judges.
    """
    known = set(register)
    others = [row for ref, row in roll.items() if ref not in known and row.get("on_roll") == "Yes" and row.get("group")]

    def by_class(row: Row) -> str:
        return class_link(form.responder_uri, form.questions, str(row["group"]))

    found = []
    for row in others:
        name = slip(row)
        if name and _match(judge, row, name) == (row["ref"], Link.NAME):
            found.append(Sent(HALE, by_class(row), {"name": name, **_SURE}, "a letter of the surname is missing"))
            break
    for row in others:
        name = str(row.get("legal_forename") or "")
        if name and len(_candidates(judge, row, name)) > 1:
            found.append(Sent(IDRIS, by_class(row), {"name": name, **_UNSURE}, "only a first name is given"))
            break
    ref = next((ref for ref in sorted(known) if ref in roll and roll[ref].get("on_roll") == "Yes"), "")
    if ref:
        link = pupil_link(form.responder_uri, form.questions, ref)
        found.append(Sent(HALE, link, _HELD, "its words may be about safeguarding"))
    return found


def slip(row: Row) -> str:
    """A pupil's name with a letter of the surname left out; "" where the surname is too short to be known then."""
    surname, forename = str(row.get("legal_surname") or ""), str(row.get("legal_forename") or "")
    middle = len(surname) // 2
    return f"{forename} {surname[:middle]}{surname[middle + 1 :]}" if len(surname) > 5 and forename else ""  # noqa: PLR2004


def _said(row: Row, name: str) -> dict[str, tuple[str, ...]]:
    return {"name": (name,), "class": (str(row["group"]),)}


def _match(judge: Judge, row: Row, name: str) -> tuple[str, Link]:
    match: Match = judge.match(_said(row, name))
    return match.ref, match.link


def _candidates(judge: Judge, row: Row, name: str) -> tuple[str, ...]:
    match: Match = judge.match(_said(row, name))
    return () if match.ref else match.candidates


def fill_in(door: Door, form: KnownForm, sent: Sent) -> None:
    """Open the link and send the form, as the page in a teacher's browser does.

    Args:
        door: with the teacher's own token.
        form: tells which question has which id.
        sent: what is answered beside what the link fills in; "No" to the first question.
    """
    page = sent.link.partition("/viewform")[0]
    entries: dict[str, str] = door.call("GET", f"{page}/content")["entries"]
    given = {entries[name]: [value] for name, value in parse_qsl(urlsplit(sent.link).query) if name in entries}
    answers = {"harm": "No", **sent.answers}
    given |= {form.questions[key]: [value] if isinstance(value, str) else list(value) for key, value in answers.items()}
    door.call("POST", f"{page}/formResponse", body={"answers": given})


def letters(workspace: LocalWorkspace, sender: str, *subjects: str) -> list[tuple[str, str]]:
    """The letters of these subjects that a mailbox has sent, oldest first: to whom, and the subject."""
    with workspace.lock:
        sent = workspace.mail.of(sender, outbox=True)
    found = [message_from_bytes(each.bytes, policy=policy.default) for each in sorted(sent, key=lambda one: one.date)]
    return [(str(each["To"]), str(each["Subject"])) for each in found if str(each["Subject"]) in subjects]


def wait_for_replies(workspace: LocalWorkspace, sender: str, count: int) -> float | None:
    """Wait until so many forms were answered by mail; the seconds that it took, None where that is too long."""
    began = time.monotonic()
    while len(letters(workspace, sender, RECEIVED, ACT_NOW)) < count:
        if time.monotonic() - began > _PATIENCE:
            return None
        time.sleep(_PAUSE)
    return time.monotonic() - began


def said_of(row: Row) -> str:
    """How a row of Concern inbox stands, in a few words without a name."""
    if row.get("state") == "Held":
        return "its words wait in the form until somebody has read them there."
    if row.get("ref"):
        return f"found on the roll, ref {row['ref']}."
    return "not sure whose; the likeliest pupils are in its list." if row.get("candidate_1") else "not sure whose."


def type_decisions(door: Door, spreadsheet_id: str, typed: Mapping[str, Mapping[str, Any]]) -> None:
    """Type into the SENCO's columns of Concerns, as her own hands do.

    Args:
        door: with her token.
        spreadsheet_id: of her workbook.
        typed: by the concern's key, what to type by the column's key.
    """
    tab = load_template(features=("concerns",)).tab("concerns")
    url = f"{door.endpoints.sheets}/{spreadsheet_id}/values"
    keys = door.call("GET", f"{url}/{quote(f'{quoted(tab.title)}!A:A')}").get("values", [])
    rows = {str(cells[0]): number for number, cells in enumerate(keys, start=1) if cells}
    letter = {column.key: column_letter(index) for index, column in enumerate(tab.columns)}
    data = [
        {"range": f"{quoted(tab.title)}!{letter[column]}{rows[key]}", "values": [[value]]}
        for key, cells in typed.items()
        for column, value in cells.items()
    ]
    body = {"valueInputOption": "USER_ENTERED", "data": data}
    door.call("POST", f"{url}:batchUpdate", body=body, repeatable=True)


def decisions(inbox: Rows, today: date) -> dict[str, dict[str, Any]]:
    """What the SENCO decides in the demo: the concern that found its pupil is triaged, the other is given its pupil."""
    found: dict[str, dict[str, Any]] = {}
    for key, row in inbox.items():
        if row.get("state") == "Held":
            continue
        if row.get("ref"):
            found[key] = {**TRIAGE, "review": serial(today + REVIEW_AFTER)}
        elif row.get("candidate_1"):
            found[key] = {"chosen": row["candidate_1"]}
    return found
