"""The pictures of teachers' concerns: the form on a phone, what came in, what the SENCO decides, what teachers read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync.cli import demo_concerns
from sync.cli.demo_concerns import ACT_NOW, ANSWERED, RECEIVED, Sent
from sync.cli.demo_people import DSL, HALE, IDRIS, SENCO, TEACHER
from sync.domain.concerns import FormKey
from sync.plan.cells import serial
from sync.plan.form import class_link, pupil_link, robin_link
from sync.service.judging import open_judge
from sync.service.mirror import require_workbook
from sync.service.opening import open_desk
from sync.store import Forms

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from sync.plan.mirror import Rows
    from sync.store import KnownForm

    from .meeting_pictures import Office
    from .pictures import Camera

PHONE, WIDE = (390, 844), (1700, 800)
CONCERNS = "Concerns"

_LATE = {
    "where": "In the corridor, between lessons",
    "seen": "Covers the ears when the bell rings and is the last to come in.",
    "often": "Most lessons or days",
    "area": ("Sensory or physical", "Social, emotional and mental health"),
    "parents": "Yes",
}
_SHARED = {
    "where": "English",
    "seen": "Knows a lot and writes two lines. Words that we spelt together on Monday are gone on Tuesday.",
    "since": "This term",
    "often": "Most weeks",
    "area": ("Cognition and learning",),
    "tried": "A word mat; more time.",
    "parents": "No",
    "wanted": ("An assessment",),
}
_SUPPORT = {
    "where": "Maths",
    "seen": "Cannot say how many tens are in 40; counts on fingers under the table.",
    "since": "Since last term or longer",
    "often": "All the time",
    "area": ("Cognition and learning",),
    "tried": "Counters, a number line, a small group twice a week.",
    "effect": "Sure with counters, lost without.",
    "parents": "Yes",
    "parents_said": "They would like help.",
    "wanted": ("An assessment", "Ideas for my lessons"),
}
_COLLEAGUE = {
    "subject": "Geography",
    "share": "In part",
    "memory": "Forgets the homework, remembers every story.",
    "works": "Speaking it first, then writing it.",
}


class School:
    """The demo's school with its forms."""

    def __init__(self, office: Office) -> None:
        self.office = office
        stage = office.stage
        with open_desk(stage.settings()) as desk:
            wid = require_workbook(desk).id
            self.forms: dict[FormKey, KnownForm] = dict(Forms(desk.store).all(wid))
            self.roll: Rows = desk.store.tab(wid, "roll")
            register = list(desk.store.tab(wid, "register"))
            judge = open_judge(stage.settings(), desk.store, wid)
            self.demo = demo_concerns.letters_to_send(self.forms[FormKey.CONCERN], self.roll, register, judge)
        self.form = self.forms[FormKey.CONCERN]
        self.known = sorted(ref for ref in register if self.roll.get(ref, {}).get("on_roll") == "Yes")

    def sends(self, sent: Sent, key: FormKey = FormKey.CONCERN) -> None:
        """A teacher fills in a form."""
        with self.office.stage.door_of(sent.teacher) as door:
            demo_concerns.fill_in(door, self.forms[key], sent)

    def answers(self, concern: str) -> None:
        """A teacher who was asked answers the round robin, which has no question about harm."""
        form = self.forms[FormKey.ROBIN]
        page = robin_link(form.responder_uri, form.questions, concern).partition("/viewform")[0]
        given = {form.questions[key]: [value] for key, value in {**_COLLEAGUE, "concern": concern}.items()}
        with self.office.stage.door_of(TEACHER) as door:
            door.call("POST", f"{page}/formResponse", body={"answers": given})

    def of_pupil(self, ref: str) -> str:
        return pupil_link(self.form.responder_uri, self.form.questions, ref)

    def of_nobody_known(self) -> list[tuple[str, str]]:
        """Pupils who are not on the register: a class's link, and the name."""
        rows = [row for ref, row in self.roll.items() if ref not in self.known and row["on_roll"] == "Yes"]
        return [
            (
                class_link(self.form.responder_uri, self.form.questions, str(row["group"])),
                f"{row['legal_forename']} {row['legal_surname']}",
            )
            for row in rows[:: len(rows) // 7]
        ]


def send_a_late_one(office: Office) -> None:
    """One that came five days ago and was not read: before anything else is read of the form."""
    school, workspace = School(office), office.stage.workspace
    clock = workspace.clock
    workspace.clock = lambda: clock() - timedelta(days=5)
    try:
        school.sends(Sent(IDRIS, school.of_pupil(school.known[3]), _LATE, ""))
    finally:
        workspace.clock = clock


def arrange(office: Office) -> School:
    """Forms sent, one asked about and answered, some decided, one held, one waiting for its pupil."""
    school, stage = School(office), office.stage
    first, second = school.of_nobody_known()[1:3]
    school.sends(Sent(HALE, first[0], {"name": first[1], **_SHARED}, ""))
    school.sends(Sent(IDRIS, second[0], {"name": second[1], **_SUPPORT}, ""))
    for each in school.demo:
        school.sends(each)
    stage.sync()
    rows = office.senco.rows(CONCERNS)
    sure = next(row["Concern"] for row in rows if row["What was seen"].startswith("Starts well"))
    shared = next(row["Concern"] for row in rows if row["What was seen"].startswith("Knows a lot"))
    support = next(row["Concern"] for row in rows if row["What was seen"].startswith("Cannot say"))
    typed: dict[str, dict[str, Any]] = {
        sure: {**demo_concerns.TRIAGE, "review": serial(stage.day + demo_concerns.REVIEW_AFTER)},
        shared: {
            "outcome": "Ask teachers (round robin)",
            "owner": "Ms Hale",
            "ask": f"{TEACHER}, {IDRIS}",
            "review": serial(stage.day + timedelta(days=7)),
        },
        support: {
            "outcome": "Add to SEN support (parents told)",
            "owner": "The SENCO",
            "review": serial(stage.day + timedelta(weeks=10)),
            "notes": "Number sense screen on Thursday.",
        },
    }
    with stage.door_of(SENCO) as door:
        demo_concerns.type_decisions(door, office.spreadsheet, typed)
    stage.sync()
    school.answers(shared)
    stage.sync()
    return school


def _first_page(camera: Camera, link: str, harm: str) -> Page:
    """The form as a teacher opens it, with the first page answered."""
    page = camera.show(link.removeprefix(camera.base), PHONE, HALE)
    page.get_by_label(f"Record {HALE} as the email").check()
    page.get_by_label(harm, exact=True).check()
    return page


def take(camera: Camera, office: Office, school: School, teachers: dict[str, str]) -> None:
    """The form on a phone, the letters, both tabs, and what teachers see in their workbook."""
    link = school.of_pupil(school.known[0])
    page = _first_page(camera, link, "No")
    camera.keep(page, "concern-form", whole=True)
    page = _first_page(camera, link, "No")
    page.get_by_role("button", name="Next").click()
    camera.keep(page, "concern-form-pupil", whole=True)
    page = _first_page(camera, link, "Yes")
    page.get_by_role("button", name="Next").click()
    camera.keep(page, "concern-form-dsl", whole=True)
    for name, subject, account in (
        ("concern-received", RECEIVED, HALE),
        ("concern-answer", ANSWERED, HALE),
        ("concern-act-now", ACT_NOW, HALE),
        ("concern-asked", "Two minutes, please: what do you see?", IDRIS),
        ("concern-alert", "Please look at a response now", DSL),
    ):
        page = camera.show("/mail#in", (1280, 800), account)
        page.get_by_role("link", name=subject, exact=True).first.click()
        camera.keep(page, name)
    camera.take("concerns", office.tabs[CONCERNS], WIDE)
    page = camera.show(office.tabs[CONCERNS], WIDE)
    page.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
    # Coming from the right, the column is revealed with its left edge beside the frozen one.
    page.locator("#where").fill("M1")
    page.keyboard.press("Enter")
    camera.keep(page, "concerns-right")
    camera.take("concern-inbox", office.tabs["Concern inbox"], WIDE)
    camera.take("classes", teachers["Classes"], (1280, 800), TEACHER)
    camera.take("asked-about", teachers["Asked about"], (1280, 800), TEACHER)
