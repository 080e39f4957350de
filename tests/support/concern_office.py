"""A school's office whose teachers send concerns: responses are taken, letters go by Gmail on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from support import config
from support.concerns import concern_of
from support.delivery import TELLING, Office
from sync.domain.concerns import FormKey, Link, Response, Screen
from sync.plan.cells import serial
from sync.plan.matching import Match
from sync.store import Concerns, Feedbacks, Forms, Robins, RowChange

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from support.delivery import Post
    from sync.domain.concerns import Concern

TEACHER = "a.teacher@school.example"
DSL = "dsl@school.example"
CONCERNS = config.CONCERNS | {"dsl_email": DSL, "digest_time": "16:00"}
MATCH = Match("B7F3K", Link.NAME, ())
SPEAK_NOW = "Please speak to Ms Adeyemi (01632 960 199) now"
QUESTIONS = {"concern": "00000001", "share": "00000002"}
SAID = "Amara Lomax hides under the table and rocks."


class ConcernOffice:
    """What happens to concerns in an office, and what is told of them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.wid = office.wid
        self.concerns, self.feedbacks = Concerns(office.store), Feedbacks(office.store)
        self.robins, self.forms = Robins(office.store), Forms(office.store)

    def sends(
        self, number: int = 1, *, screen: Screen = Screen.CLEAR, late: timedelta | None = None, **answers: str
    ) -> Concern | None:
        """A teacher sends the form (or edits it), and the response is taken; `late` is how long it was lost."""
        at = self.office.now - late if late else self.office.now
        given = {"harm": "No", "name": "Amara Lomax", "seen": SAID} | answers
        known = [each for each in self.concerns.all(self.wid) if each.response == f"ACYDBN-{number}"]
        response = Response(
            FormKey.CONCERN,
            f"ACYDBN-{number}",
            known[0].received if known else at,
            at,
            given.pop("teacher", TEACHER),
            {key: (value,) for key, value in given.items()},
        )
        self.concerns.take(self.wid, response, match=MATCH, screen=screen, now=self.office.now)
        return concern_of(self.concerns, self.wid, response)

    def new(self, number: int = 1, **how: Any) -> Concern:
        concern = self.sends(number, **how)
        assert concern is not None
        return concern

    def has_robin_form(self) -> None:
        uri = "https://docs.google.com/forms/d/e/robin/viewform"
        self.forms.save(self.wid, FormKey.ROBIN, "1robin", uri, QUESTIONS)

    def answers_robin(self, concern: str, teacher: str, *, screen: Screen = Screen.CLEAR) -> None:
        """A teacher answers the round robin."""
        now = self.office.now
        response = Response(
            FormKey.ROBIN, f"R-{teacher}", now, now, teacher, {"concern": (concern,), "share": ("Yes",)}
        )
        assert self.robins.take(self.wid, concern, response, screen=screen, now=now)

    def synced(self, rows: dict[str, dict[str, Any]], decided: dict[str, datetime] | None = None) -> None:
        """The last sync saw this typed on *Concerns*, by key."""
        with self.office.store.lease("sync", "tests", 60) as lease:
            self.office.store.commit(
                self.wid,
                fence=lease.fence,
                run=None,
                rows=[RowChange("concerns", key, cells) for key, cells in rows.items()],
                documents={"concerns": {"decided": {key: at.isoformat() for key, at in (decided or {}).items()}}},
            )

    def has_terms(self, *terms: tuple[str, str]) -> None:
        """Half terms, INSET days and the like, as the last sync read them in Settings: code, from, to."""
        from datetime import date  # noqa: PLC0415 - here alone

        rows = [
            {"code": f"term_{n}", "from": serial(date.fromisoformat(first)), "to": serial(date.fromisoformat(last))}
            for n, (first, last) in enumerate(terms, start=1)
        ]
        with self.office.store.lease("sync", "tests", 60) as lease:
            self.office.store.commit(self.wid, fence=lease.fence, run=None, documents={"school_calendar": rows})

    def to(self, address: str) -> list[Post]:
        """The letters that went to an address."""
        return [each for each in self.office.letters() if each.to == address]

    def told(self) -> list[tuple[str, str]]:
        """The letters that went, by address and subject: in order, and none of those to staff says who or what."""
        for each in self.office.letters():
            words = set(re.findall(r"\w+", f"{each.subject} {each.body}"))
            assert each.to.endswith("home.example") or words.isdisjoint({*TELLING, "rocks"}), each
        return self.office.said()
