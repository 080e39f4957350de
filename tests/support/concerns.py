"""Responses to the concern form, and a school that takes them, for the tests of concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync.domain.concerns import Concern, FormKey, Link, Response
from sync.store import Concerns, Forms, Nudges, Outbox, Robins, Store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SENT = datetime(2026, 11, 23, 9, 50, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEACHER = "a.teacher@school.example"
FORM_ID = "1FAIpQLSc-concerns"
QUESTIONS = {"harm": "00000001", "ref": "00000002", "name": "00000003", "seen": "00000004", "area": "00000005"}


@dataclass(frozen=True)
class Found:
    """As `sync.plan.matching` finds a pupil."""

    ref: str = ""
    link: Link = Link.NONE
    candidates: tuple[str, ...] = ()


def response(
    number: int | str = 1, *, edited: int = 0, form: FormKey = FormKey.CONCERN, teacher: str = TEACHER, **answers: str
) -> Response:
    """A response; `edited` is how many minutes after it was first sent. Answers have one value each."""
    given = {"harm": "No", "name": "Amara Lomax", "seen": "Hides under the table."} | answers
    return Response(
        form,
        f"ACYDBN-{number}",
        SENT.replace(microsecond=123000),
        SENT + edited * MINUTE,
        teacher,
        {key: (value,) for key, value in given.items() if value},
    )


def concern_of(concerns: Concerns, workbook_id: int, given: Response) -> Concern | None:
    """The concern that a response became; None where it became none."""
    return next((each for each in concerns.all(workbook_id) if each.response == given.id), None)


@dataclass
class Staff:
    """One workbook in a store, with everything of concerns over it."""

    store: Store
    name: str = "9994001"

    def __post_init__(self) -> None:
        self.wid = self.store.save_workbook(self.name, f"sheet of {self.name}").id
        self.concerns, self.forms, self.robins = Concerns(self.store), Forms(self.store), Robins(self.store)
        self.nudges, self.outbox = Nudges(self.store), Outbox(self.store)

    def has_form(self, form_id: str = FORM_ID, key: FormKey = FormKey.CONCERN) -> None:
        """The form was made."""
        self.forms.save(self.wid, key, form_id, f"https://docs.google.com/forms/d/e/{form_id}/viewform", QUESTIONS)

    def told(self, now: datetime = NOW + timedelta(days=300)) -> list[tuple[str, str, dict[str, object]]]:
        """Takes all there is in the outbox, in order: subject, kind and payload."""
        found = []
        while work := self.outbox.take(now, 100):
            for each in work:
                found.append((each.id, each.subject, each.kind, each.payload))
                self.outbox.done(each, now)
        return [tuple(each[1:]) for each in sorted(found, key=lambda each: each[0])]  # type: ignore[misc]
