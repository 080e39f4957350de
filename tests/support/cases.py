"""A small school where teachers' concerns are switched on, and a teacher who fills in the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync.domain.concerns import Concern, FormKey, Link, Response, Screen
from sync.domain.response_clock import clock_of
from sync.service.templates import load_teachers_template, load_template
from sync.store import Concerns, Kinds, Outbox

from .concerns import Found, concern_of
from .story import Story

if TYPE_CHECKING:
    from datetime import datetime

    from sync.domain.school_days import SchoolCalendar
    from sync.service.desk import Desk

CONCERNS, INBOX = "Concerns", "Concern inbox"
TEMPLATE = load_template(features=("concerns",))
TEACHERS = load_teachers_template(features=("concerns",))
TEACHER = "teacher@school.example"


@dataclass(frozen=True)
class ADay:
    """The plainest clock there is, weekends or not: a day, amber for its last quarter."""

    amber: datetime
    due: datetime


def a_day(received: datetime, _calendar: SchoolCalendar) -> ADay:
    return ADay(received + timedelta(hours=18), received + timedelta(hours=24))


class Cases(Story):
    """The school of the stories, with concerns."""

    def open(self) -> Desk:
        desk = super().open()
        desk.template, desk.teachers = TEMPLATE, TEACHERS
        desk.concern_clock = clock_of
        return desk

    def sends(
        self,
        number: int = 1,
        about: str = "",
        *,
        candidates: tuple[str, ...] = (),
        held: bool = False,
        edited: int = 0,
        teacher: str = TEACHER,
        **answers: str,
    ) -> Concern:
        """A teacher sends the form, and the concern is taken: about a pupil who is sure, or one of some.

        `edited` is how many minutes after it was first sent.
        """
        given: dict[str, Any] = {
            "harm": "No",
            "name": "Someone",
            "year": "9",
            "class": "9A",
            "seen": "Loses the thread when there is more than one instruction.",
            "area": "Cognition and learning",
            "parents": "No",
        } | answers
        created = self.now - timedelta(minutes=30)
        response = Response(
            FormKey.CONCERN,
            f"ACYDBN-{number}",
            created,
            created + timedelta(minutes=edited),
            teacher,
            {key: (value,) for key, value in given.items() if value},
        )
        match = Found(about, Link.REFERENCE if about else Link.NONE, candidates)
        screen = Screen.HELD if held else Screen.CLEAR
        concerns = Concerns(self.desk.store)
        concerns.take(self.book_id, response, match=match, screen=screen, now=self.now)
        found = concern_of(concerns, self.book_id, response)
        assert found is not None
        return found

    def concern(self, key: str) -> Concern:
        found = Concerns(self.desk.store).find(self.book_id, key)
        assert found is not None
        return found

    def row(self, key: str) -> dict[str, Any]:
        """A concern's row, as the SENCO sees it."""
        (row,) = [row for row in self.senco.rows(CONCERNS) if row["Concern"] == key]
        return row

    def inbox(self, key: str) -> dict[str, Any]:
        (row,) = [row for row in self.senco.rows(INBOX) if row["Concern"] == key]
        return row

    def decides(self, key: str, **cells: Any) -> None:
        """The SENCO types in a concern's row, by header (`Pupil_is`), and a sync runs."""
        for header, value in cells.items():
            self.senco.type(CONCERNS, key, header.replace("_", " "), value)
        self.sync()

    def letters(self, kind: str) -> list[dict[str, Any]]:
        """What waits in the outbox of one kind."""
        return [work.payload for work in Outbox(self.desk.store).take(self.now, 100, kinds=Kinds((kind,)))]
