"""A school with an add-on on a real store, behind the real application; the local workspace signs as Google does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from addon.roles import Role
from local_workspace.addons import held
from support.config import CONCERNS
from support.families import set_adults
from support.parents import surgery
from sync.config import Settings
from sync.domain.concerns import FormKey, Link, Response, Screen
from sync.domain.meetings import Choice, Where
from sync.plan.cells import serial
from sync.plan.identity import reference
from sync.plan.matching import Match
from sync.store import (
    Bookings,
    Concerns,
    Forms,
    JournalEntry,
    Links,
    Outcome,
    RowChange,
    RunRecord,
    SlotEvent,
    Store,
    Surgeries,
)
from sync.store import Link as ParentLink
from sync.store.concerns import keys_of
from webhook_app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from local_workspace import LocalWorkspace

BASE = "https://sensync.school.example"
SERVICE = "service-42@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
CLIENT = "42-abc.apps.googleusercontent.com"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALENDAR, EVENT = "meetings@group.calendar.example", "abcdef0123456789"
PEOPLE = {
    Role.SENCO: "senco@school.example",
    Role.DEPUTY: "deputy@school.example",
    Role.HEAD: "head@school.example",
    Role.TEACHER: "a.teacher@staff.school.example",
    Role.NONE: "visitor@school.example",
}
WRITER = "wrote.it@school.example"
FORM = "https://docs.google.com/forms/d/e/made-up/viewform"
SECRET = "SECRET"
"""In every word that a teacher must not see."""


@cache
def ref(number: int) -> str:
    """The reference of a made-up pupil."""
    return reference("salt", str(number), ())


def addon_settings(folder: Path, base_url: str, *, concerns: bool = False, **addon: Any) -> Settings:
    given = {
        "enabled": True,
        "base_url": BASE,
        "service_account": SERVICE,
        "client_id": CLIENT,
        "domain": "school.example",
        "roles": {
            "senco": [PEOPLE[Role.SENCO]],
            "deputy": [PEOPLE[Role.DEPUTY]],
            "head": [PEOPLE[Role.HEAD]],
            "teacher": ["@staff.school.example"],
        },
    }
    return Settings(
        school={"name": "Hillcrest High School", "la": "999", "estab": "4001"},
        mis={"paths": [str(folder)]},
        google={"credentials": "token", "token_file": str(folder / "token"), "base_url": base_url},
        store={"url": f"sqlite:///{folder / 'sensync.sqlite3'}"},
        booking={"address": "https://book.school.example"},
        addon={**given, **addon},
        concerns=CONCERNS if concerns else {},
    )


def concern_key(number: int) -> str:
    """The key of a made-up concern."""
    return next(keys_of(f"R-{number:04d}"))


def roll_row(number: int, status: str) -> dict[str, Any]:
    mine, year = ref(number), str(7 + number % 5)
    name = f"Surname{number:04d}, Forename{number:04d}"
    return {
        "ref": mine, "name": name, "year": year, "group": f"{year}A", "status": status, "on_roll": "Yes",
        "label": f"{name} ({year}A) · {mine}", "since": serial(date(2024, 9, 2)), "primary": f"{SECRET} SLCN",
        "others": f"{SECRET} HI", "area": f"{SECRET} area", "met": 1.0, "booked": 1.0, "short": 2.0,
    }  # fmt: skip


def fill(store: Store, workbook_id: int, pupils: int = 12, on_register: int = 6, provisions: int = 3) -> None:
    """What a sync leaves: a roll, a register, provision, meetings and what the sheet showed."""
    rows: list[RowChange] = []
    shown: dict[str, dict[str, Any]] = {"register": {}, "map": {}}
    for number in range(pupils):
        on = number < on_register
        status = ("E" if number % 3 == 0 else "K") if on else "N"
        mine = ref(number)
        rows.append(RowChange("roll", mine, roll_row(number, status)))
        if not on:
            continue
        words = {name: f"{SECRET} {name}" for name in ("strengths", "barriers", "outcomes", "agencies", "notes")}
        register = {
            **words,
            "strategies": "Seat at the front.\n<b>Short</b> steps.",
            "key_adult": "Ms Hale",
            "next_review": serial(date(2026, 11, 20) + timedelta(days=number)),
        }
        rows.append(RowChange("register", mine, register))
        shown["register"][mine] = {"cost": 1250.0, "gaps": f"{SECRET} no outcomes", "overdue": "Overdue"}
        for each in range(provisions):
            key = f"M-{number:04d}-{each}"
            cells = {"ref": mine, "name": f"{SECRET} group {each}", "in_mis": "Yes", "minutes": 30.0}
            rows.append(RowChange("mis_provision", key, {**cells, "times_a_week": 2.0, "wave": "Targeted"}))
            shown["map"][key] = {"active": "Yes", "cost_full": 400.0 + each}
        rows += _meetings(number, mine)
    runs = RunRecord(NOW - timedelta(hours=2), NOW - timedelta(hours=2), Outcome.OK,
                     {"on_roll": pupils, "ehc_plans": 2, "sen_support": 4})  # fmt: skip
    with store.lease("tests", "tests", 60) as lease:
        documents = {"shown": shown, "short": [ref(n) for n in range(on_register)]}
        journal = [JournalEntry(NOW, "roll", ref(0), "Status", None, '"E"', None, "first")]
        store.commit(workbook_id, fence=lease.fence, run=runs, rows=rows, documents=documents, journal=journal)


def _meetings(number: int, mine: str) -> list[RowChange]:
    kind = "Annual review" if number % 3 == 0 else "SEN support review"
    due, past = f"M-R{number:04d}", f"M-P{number:04d}"
    return [
        RowChange("meeting_status", due, {
            "ref": mine, "kind": kind, "due": serial(date(2026, 12, 18)),
            "choice_1": serial(date(2026, 12, 1)) + 0.65, "said": f"{SECRET} said",
        }),
        RowChange("meetings", due, {"notes": f"{SECRET} meeting notes"}),
        RowChange("meeting_status", past, {
            "ref": mine, "kind": kind, "date": serial(date(2026, 11, 10)), "time": "4pm",
        }),
        RowChange("meetings", past, {"happened": "Held", "outcome": f"{SECRET} outcome"} if number % 2 else {}),
    ]  # fmt: skip


@dataclass
class AddonSchool:
    """The school, and everybody who may call. `clock` is moved by hand; tokens live by the machine's."""

    ws: LocalWorkspace
    settings: Settings
    pupils: int = 12
    on_register: int = 6
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def __post_init__(self) -> None:
        self.store = Store(self.settings.store.url)
        self.store.migrate()
        self.workbook = self.store.save_workbook(self.settings.school.key, "sheet-1")
        fill(self.store, self.workbook.id, self.pupils, self.on_register)
        self.client: FlaskClient = create_app(self.settings, now=lambda: self.clock[0]).test_client()

    def has_surgery(self) -> None:
        """A surgery on 24 November that pupil 1's family has booked, with its event in Calendar."""
        sitting, slots = surgery("P-0000aaaa", datetime(2026, 11, 24, 16, tzinfo=UTC))
        surgeries = Surgeries(self.store)
        surgeries.save(self.workbook.id, [(sitting, slots)], NOW)
        surgeries.save_calendar(self.workbook.id, CALENDAR)
        token = Links(self.store).issue(self.workbook.id, "adult-1", ref(1), NOW + timedelta(days=30), NOW)
        link = Links(self.store).find(token, NOW)
        assert isinstance(link, ParentLink)
        free = {name: f"{SECRET} {name}" for name in ("words", "bringing", "access")}
        choice = Choice(Where.ROOM, language="Polish", **free)
        Bookings(self.store).claim(link, "P-0000aaaa-0", choice, NOW, "once")
        surgeries.saw(self.workbook.id, [SlotEvent("P-0000aaaa-0", EVENT, "e1", {})])
        typed = {"date": serial(date(2026, 11, 24)), "from": "16:00", "to": "17:00", "state": "Open", "where": "Room 2"}
        with self.store.lease("tests", "tests", 60) as lease:
            rows = [
                RowChange("surgeries", "P-0000aaaa", typed),
                RowChange("surgery_status", "P-0000aaaa", {"said": "Open.", "taken": "1 of 3"}),
            ]
            self.store.commit(self.workbook.id, fence=lease.fence, run=None, rows=rows)

    def has_family(self, *adults: Any) -> None:
        set_adults(self.store, self.workbook.id, adults)

    def has_form(self) -> None:
        """The concern form, which is open."""
        forms = Forms(self.store)
        forms.save(self.workbook.id, FormKey.CONCERN, "form-1", FORM, {"ref": "00000001", "name": "00000002"})

    def has_concern(
        self,
        number: int = 1,
        about: str = "",
        *,
        candidates: tuple[str, ...] = (),
        held: bool = False,
        typed: dict[str, Any] | None = None,
        in_sheet: bool = True,
        edited: int = 0,
        received: datetime = NOW - timedelta(hours=2),
        **answers: str,
    ) -> str:
        """A teacher sent the form; by default a sync has put it on *Concerns*. Its key.

        `edited` is how many minutes after it was first sent it was sent again.
        """
        told = {"harm": "No", "name": f"{SECRET} Smth", "year": "Year 7", "seen": f"{SECRET} seen", **answers}
        given = {key: (words,) for key, words in told.items()}
        sent = received + timedelta(minutes=edited)
        response = Response(FormKey.CONCERN, f"R-{number:04d}", received, sent, WRITER, given)
        match = Match(about, Link.REFERENCE if about else Link.NONE, candidates)
        screen = Screen.HELD if held else Screen.CLEAR
        Concerns(self.store).take(self.workbook.id, response, match=match, screen=screen, now=received)
        key = concern_key(number)
        if in_sheet:
            self.commit(
                RowChange("concerns", key, typed or {}),
                RowChange("concern_inbox", key, {"said": f"{SECRET} mind", "colleagues": f"{SECRET} colleague"}),
            )
        return key

    def has_many_concerns(self, count: int) -> None:
        """Every one another: undecided, decided, closed, held, with and without its pupil."""
        for number in range(count):
            kind = number % 5
            typed = {"outcome": f"{SECRET} Monitor", "review": serial(date(2026, 11, 20))} if kind == 1 else {}
            self.has_concern(
                number,
                "" if kind in (2, 3) else ref(number % 40),
                candidates=(ref(50), ref(51)) if kind == 2 else (),
                held=kind == 3,
                typed={"closed": serial(date(2026, 11, 20))} if kind == 4 else typed,
                received=NOW - timedelta(hours=number),
                seen=f"{SECRET} seen " * 200,
            )

    def commit(self, *rows: RowChange) -> None:
        """What a sync or a written act remembers."""
        with self.store.lease("tests", "tests", 60) as lease:
            self.store.commit(self.workbook.id, fence=lease.fence, run=None, rows=rows)

    # Calls

    def system(self, path: str, **claims: Any) -> str:
        return self._token({**self.ws.pubsub.signer.claims(SERVICE, f"{BASE}{path}"), **claims})

    def user(self, role: Role = Role.SENCO, **claims: Any) -> str:
        usual = self.ws.pubsub.signer.claims(PEOPLE[role], CLIENT, hd="school.example")
        return self._token({**usual, **claims})

    def _token(self, claims: dict[str, Any]) -> str:
        with self.ws.lock:
            return self.ws.pubsub.signer.signed({name: value for name, value in claims.items() if value is not None})

    def event(
        self,
        path: str,
        role: Role = Role.SENCO,
        *,
        host: str = "SHEETS",
        inputs: dict[str, Any] | None = None,
        beside: dict[str, Any] | None = None,
        tokens: dict[str, Any] | None = None,
        **parameters: str,
    ) -> dict[str, Any]:
        """What Google posts."""
        granted = {"systemIdToken": self.system(path), "userIdToken": self.user(role), "userOAuthToken": "ya29.made-up"}
        told = {"hostApp": host, "platform": "WEB", "parameters": parameters, "formInputs": inputs or {}}
        kept = {name: value for name, value in {**granted, **(tokens or {})}.items() if value is not None}
        return {"commonEventObject": told, "authorizationEventObject": kept, host.lower(): beside or {}}

    def post(self, path: str, event: Any, **options: Any) -> TestResponse:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.client.post(path, data=body, **{"content_type": "application/json", "base_url": BASE, **options})

    def call(self, path: str, role: Role = Role.SENCO, **given: Any) -> dict[str, Any]:
        """The answer to a call that is in order."""
        answer = self.post(path, self.event(path, role, **given))
        assert answer.status_code == 200, answer.status
        found: dict[str, Any] = answer.get_json()
        return found

    def home(self, role: Role = Role.SENCO, **given: Any) -> dict[str, Any]:
        return card_of(self.call("/addon/home", role, **given))

    def press(self, do: str, role: Role = Role.SENCO, **given: Any) -> dict[str, Any]:
        return self.call("/addon/act", role, do=do, **given)


def card_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The card of an answer, of either form."""
    action = answer.get("action") or answer["renderActions"]["action"]
    (navigation,) = action["navigations"]
    (found,) = navigation.values()
    assert isinstance(found, dict)
    return found


def notice_of(answer: dict[str, Any]) -> str:
    return str(answer["renderActions"]["action"].get("notification", {}).get("text", ""))


_ORDER = ("title", "subtitle", "header", "topLabel", "text", "bottomLabel", "label", "value")


def texts_of(value: Any) -> str:
    """Everything that a card says, a line each, as a reader meets it; keys and addresses of buttons left out."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
        found = [texts_of(value[name]) for name in names if name not in ("onClick", "autoCompleteAction", "type")]
    elif isinstance(value, list):
        found = [texts_of(each) for each in value]
    else:
        found = [value] if isinstance(value, str) else []
    return "\n".join(each for each in found if each)


def actions_of(value: Any) -> list[dict[str, str]]:
    """The parameters of every button and line of a card."""
    found: list[dict[str, str]] = []
    if isinstance(value, dict):
        if "action" in value and "parameters" in value["action"]:
            assert value["action"]["function"] == f"{BASE}/addon/act"
            found.append({each["key"]: each["value"] for each in value["action"]["parameters"]})
        for each in value.values():
            found += actions_of(each)
    if isinstance(value, list):
        for each in value:
            found += actions_of(each)
    return found


def links_of(value: Any) -> dict[str, str]:
    """The addresses that the buttons of a card open, by what the buttons say."""
    found: dict[str, str] = {}
    if isinstance(value, dict):
        if "openLink" in value.get("onClick", {}):
            found[value["text"]] = value["onClick"]["openLink"]["url"]
        for each in value.values():
            found |= links_of(each)
    if isinstance(value, list):
        for each in value:
            found |= links_of(each)
    return found


text_input, day_input, fields_of = held.text_input, held.day_input, held.fields_of
