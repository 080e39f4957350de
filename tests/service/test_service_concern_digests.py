"""The SENCO's own mails: once a day and once a week, when there is something to say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.concern_office import CONCERNS, ConcernOffice
from support.delivery import SENCO

from sync.domain.concerns import Screen
from sync.plan.cells import serial

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office

DAILY, WEEKLY = "Due today and overdue", "What changed in a week"
TERM = (("2026-11-02", "2026-12-18"), ("2027-01-04", "2027-02-12"))


@pytest.fixture
def school(open_office: Callable[..., Office]) -> ConcernOffice:
    """A Tuesday, 9am, with the daily mail at 7:30am."""
    made = ConcernOffice(open_office(calendar={"enabled": False}, concerns=CONCERNS | {"digest_time": "07:30"}))
    made.has_terms(*TERM)
    return made


def at(school: ConcernOffice, moment: str) -> None:
    """The clock shows this in the school (winter), and a worker looks."""
    school.office.clock[0] = datetime.fromisoformat(f"{moment}:00+00:00")
    school.office.deliver()


def mails(school: ConcernOffice, subject: str) -> list[str]:
    """The bodies of the SENCO's mails with a subject, and nobody else got one."""
    found = [each for each in school.office.letters() if each.subject == subject]
    assert {each.to for each in found} <= {SENCO}
    return [each.body for each in found]


def test_each_school_day_at_its_time_the_senco_gets_one_mail_of_what_is_due_and_overdue(school: ConcernOffice) -> None:
    school.office.deliver()
    early = school.new(1)
    school.office.wait(hours=4)
    later = school.new(2)
    held = school.new(3, screen=Screen.HELD)
    at(school, "2026-12-02T07:29")
    assert mails(school, DAILY) == []
    at(school, "2026-12-02T07:30")
    at(school, "2026-12-02T07:31")
    (first,) = mails(school, DAILY)
    assert first == (
        "Hello,\n\nThis is what is due today, and what is overdue.\n\n"
        "Due today: 3\n"
        f"{early.key} (B7F3K): Wednesday 2 December 2026, 9am\n"
        + "".join(
            f"{line}\n"
            for line in sorted(
                [
                    f"{later.key} (B7F3K): Wednesday 2 December 2026, 1pm",
                    f"{held.key}: Wednesday 2 December 2026, 1pm",
                ],
                key=lambda line: line.partition(" ")[0].strip(":"),
            )
        )
        + f"\nWaiting in the form until you have read them there: 1\n{held.key}\n\n"
        f"Open the workbook:\n{school.office.ws.base_url}/spreadsheets/d/sheet-1/edit\n\n"
        "The SEN team, Hillcrest High School\n"
    )
    at(school, "2026-12-03T07:30")
    assert "Overdue: 3\n" in mails(school, DAILY)[1]


def test_two_processes_and_a_restart_make_one_mail(school: ConcernOffice) -> None:
    school.sends()
    school.office.clock[0] = datetime.fromisoformat("2026-12-02T08:00:00+00:00")
    with school.office.rounds() as one, school.office.rounds() as other:
        for each in (one, other, one):
            each.deliver()
    school.office.deliver()
    assert len(mails(school, DAILY)) == 1


def test_there_is_no_mail_where_nothing_is_to_say_and_none_in_the_holidays(school: ConcernOffice) -> None:
    concern = school.new()
    school.synced({concern.key: {"outcome": "Monitor"}}, {concern.key: school.office.now})
    at(school, "2026-12-02T08:00")
    assert mails(school, DAILY) == []
    school.sends(2)
    for day in ("2026-12-05", "2026-12-06", "2026-12-21", "2026-12-25"):
        at(school, f"{day}T08:00")
    assert mails(school, DAILY) == []


def test_a_pupil_to_be_looked_at_again_is_in_the_mail_until_the_concern_is_closed(school: ConcernOffice) -> None:
    concern = school.new()
    row: dict[str, Any] = {"outcome": "Monitor", "review": serial(date(2026, 12, 3))}
    school.synced({concern.key: row}, {concern.key: school.office.now})
    at(school, "2026-12-02T08:00")
    at(school, "2026-12-03T08:00")
    at(school, "2026-12-04T08:00")
    assert [f"To be looked at again: 1\n{concern.key} (B7F3K): Thursday 3 December 2026\n" in each
            for each in mails(school, DAILY)] == [True, True]  # fmt: skip
    school.synced({concern.key: {**row, "closed": serial(date(2026, 12, 4))}}, {concern.key: school.office.now})
    at(school, "2026-12-07T08:00")
    assert len(mails(school, DAILY)) == 2


def test_what_is_held_and_closed_is_not_told_day_by_day(school: ConcernOffice) -> None:
    concern = school.new(screen=Screen.HELD)
    school.synced({concern.key: {"closed": serial(date(2026, 12, 1))}}, {concern.key: school.office.now})
    at(school, "2026-12-02T08:00")
    assert mails(school, DAILY) == []


def test_a_mail_that_could_not_go_on_its_day_is_dropped_for_the_next_ones(school: ConcernOffice) -> None:
    school.sends()
    school.office.deliver()
    fault = school.office.ws.fail(503, path="/gmail", times=None)
    at(school, "2026-12-02T08:00")
    school.office.ws.weather.faults.remove(fault)
    at(school, "2026-12-03T08:00")
    at(school, "2026-12-03T09:00")
    assert ["Overdue: 1" in each for each in mails(school, DAILY)] == [True]
    assert school.office.outbox.set_aside() == []


def test_a_school_that_syncs_by_night_alone_has_its_mails_in_the_morning(school: ConcernOffice) -> None:
    school.sends()
    at(school, "2026-12-01T05:00")
    for _ in range(2):
        at(school, "2026-12-02T05:00")
    assert [len(mails(school, DAILY)), len(mails(school, WEEKLY))] == [1, 0]
    at(school, "2026-12-05T05:00")
    assert len(mails(school, DAILY)) == 1
    at(school, "2026-12-07T05:00")
    assert [len(mails(school, DAILY)), len(mails(school, WEEKLY))] == [2, 0]
    at(school, "2026-12-08T05:00")
    at(school, "2026-12-09T05:00")
    assert [len(mails(school, DAILY)), len(mails(school, WEEKLY))] == [4, 1]


def test_the_week_is_told_on_the_first_school_day_after_it(school: ConcernOffice) -> None:
    decided, left = school.new(1), school.new(2)
    school.synced({decided.key: {"outcome": "Monitor"}}, {decided.key: school.office.now + timedelta(days=3)})
    at(school, "2026-12-04T08:00")
    assert mails(school, WEEKLY) == []
    at(school, "2026-12-07T08:00")
    at(school, "2026-12-08T08:00")
    (body,) = mails(school, WEEKLY)
    assert body.startswith(
        "Hello,\n\nThis is what changed from Monday 30 November 2026 to Sunday 6 December 2026.\n\n"
        "New: 2\nDecided by you: 1\nOf these after the 24 hours: 1\nMonitor: 1\n\n"
        "Several in this week about one pupil: 1\nB7F3K\n\n"
        f"Not decided yet: 1\n{left.key}\n\nOpen the workbook:\n"
    )


def test_after_a_holiday_the_last_week_of_school_is_told(school: ConcernOffice) -> None:
    school.office.clock[0] = datetime.fromisoformat("2026-12-18T14:00:00+00:00")
    school.sends()
    at(school, "2026-12-21T08:00")
    assert mails(school, WEEKLY) == []
    at(school, "2027-01-04T08:00")
    (body,) = mails(school, WEEKLY)
    assert "from Monday 14 December 2026 to Sunday 3 January 2027" in body
    assert "New: 1\n" in body


def test_a_week_in_which_nothing_happened_brings_no_mail(school: ConcernOffice) -> None:
    school.sends()
    at(school, "2026-12-07T08:00")
    at(school, "2026-12-14T08:00")
    assert len(mails(school, WEEKLY)) == 1


def test_the_time_is_the_schools_in_summer_too(school: ConcernOffice) -> None:
    school.has_terms(("2027-04-12", "2027-07-21"))
    school.office.clock[0] = datetime.fromisoformat("2027-06-08T09:00:00+00:00")
    school.office.deliver()
    school.sends()
    at(school, "2027-06-09T06:29")
    assert mails(school, DAILY) == []
    at(school, "2027-06-09T06:30")
    assert len(mails(school, DAILY)) == 1


def test_where_concerns_are_off_there_is_no_mail(open_office: Callable[..., Office]) -> None:
    office = open_office(calendar={"enabled": False})
    office.deliver()
    assert office.outbox.backlog().waiting == 0
    assert office.outbox.take(office.now + timedelta(days=90), 10) == []
