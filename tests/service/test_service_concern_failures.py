"""Mail that fails and processes that are killed: every concern is answered, and nobody is told of two.

A process that is killed between Gmail's answer and its own note of it cannot know whether the letter went. It goes once
more, with the same Message-ID; that is the only way in which one can come twice, and it is counted here.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from support.concern_office import CONCERNS, ConcernOffice
from support.killing import killed_at

from sync.domain.concerns import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.delivery import Office

    from sync.google.door import Door

OTHERS = ["b.teacher@school.example", "c.teacher@school.example"]


def begun(open_office: Callable[..., Office], **how: Any) -> ConcernOffice:
    """Concerns of every sort wait for their letters."""
    school = ConcernOffice(open_office(in_memory=True, calendar={"enabled": False}, concerns=CONCERNS, **how))
    school.has_robin_form()
    first = school.new(1)
    school.sends(2, screen=Screen.HELD, teacher="d.teacher@school.example")
    school.sends(3, harm="Yes")
    school.robins.ask(school.wid, first.key, OTHERS, school.office.now)
    school.feedbacks.send(school.wid, first.key, "Thank you.", "send", school.office.now)
    return school


def letters(school: ConcernOffice) -> Counter[tuple[str, str]]:
    """How many letters each had about what; copies with one Message-ID are one."""
    told = {(each.message_id, each.to, each.subject) for each in school.office.letters()}
    return Counter((to, subject) for _, to, subject in told)


def settled(school: ConcernOffice) -> tuple[Counter[tuple[str, str]], list[str], int, int]:
    """Delivers until the leases and waits of what went wrong are over; what stands then."""
    for _ in range(2):
        school.office.wait(minutes=10)
        school.office.deliver()
    backlog = school.office.outbox.backlog()
    notices = ["alert" if each.startswith("alert:") else each for each in school.office.noticed()]
    # The reminders of the round robin wait for their day.
    return letters(school), notices, backlog.waiting, backlog.aside


def deliver(office: Office, open_door: Callable[..., Door]) -> None:
    with office.rounds(open_door=open_door) as rounds:
        rounds.deliver()


def test_killed_before_or_after_any_step_every_letter_has_gone_and_one_at_most_came_twice(
    open_office: Callable[..., Office],
) -> None:
    school = begun(open_office)
    school.office.deliver()
    expected = settled(school)
    assert sum(expected[0].values()) == 9
    # Every third step; SENSYNC_HYPOTHESIS=thorough takes every one.
    stride = 1 if os.environ.get("SENSYNC_HYPOTHESIS") == "thorough" else 3
    for step in range(0, 400, stride):
        school = begun(open_office)
        killed = killed_at(school.office, step, partial(deliver, school.office))
        assert settled(school) == expected, f"killed at step {step}"
        assert len(school.office.letters()) - 9 <= killed, f"killed at step {step}"
        if not killed:
            return
    raise AssertionError("it never came to its end")


def test_a_mailbox_that_is_down_keeps_every_letter_for_later(open_office: Callable[..., Office]) -> None:
    school = begun(open_office)
    fault = school.office.ws.fail(429, path="/gmail", times=None)
    for _ in range(8):
        school.office.deliver()
        school.office.wait(minutes=5)
    assert (school.told(), school.office.outbox.set_aside()) == ([], [])
    school.office.ws.weather.faults.remove(fault)
    school.office.wait(minutes=15)
    assert settled(school)[2:] == (2, 0)
    # Two alerts each for SENCO and DSL.
    assert (len(school.told()), sorted(letters(school).values())) == (9, [1, 1, 1, 1, 1, 2, 2])


def test_an_alert_is_tried_until_it_has_gone_however_often_its_answer_is_lost(
    open_office: Callable[..., Office],
) -> None:
    school = begun(open_office)
    fault = school.office.ws.fail(503, path="/gmail", times=None)
    for _ in range(8):
        school.office.deliver()
        school.office.wait(minutes=15)
    # The others may have gone twice by now: a person decides.
    assert {work.kind for work in school.office.outbox.set_aside()} == {
        "concern.received",
        "concern.robin",
        "concern.feedback",
    }
    school.office.ws.weather.faults.remove(fault)
    school.office.wait(minutes=15)
    school.office.deliver()
    assert [subject for _, subject in school.told()] == ["Please look at a response now"] * 4
    with school.office.rounds() as rounds:
        assert rounds.revive() == 5
    school.office.deliver()
    assert (len(school.told()), school.office.outbox.set_aside()) == (9, [])


def test_one_reply_each_where_answers_of_the_mailbox_are_lost(open_office: Callable[..., Office]) -> None:
    school = ConcernOffice(open_office(in_memory=True, calendar={"enabled": False}, concerns=CONCERNS))
    teachers = [f"t{number}@school.example" for number in range(20)]
    for number, teacher in enumerate(teachers):
        school.sends(number, teacher=teacher)
    school.office.ws.fail(503, path="/gmail", when="after", times=5)
    for _ in range(4):
        school.office.deliver()
        school.office.wait(minutes=5)
    assert letters(school) == Counter({(teacher, "Thank you: we have your form"): 1 for teacher in teachers})
    assert school.office.outbox.backlog().waiting == 0


def test_an_address_that_is_none_keeps_nobody_else_waiting(open_office: Callable[..., Office]) -> None:
    school = ConcernOffice(open_office(in_memory=True, calendar={"enabled": False}, concerns=CONCERNS))
    wrong = school.new(1, teacher="nobody at home")
    school.sends(2)
    assert school.office.deliver() == (1, 0, 1)
    (aside,) = school.office.outbox.set_aside()
    assert school.office.notice(f"aside:{aside.id}").startswith(f"Letter: concern {wrong.key}: ")
    assert "nobody at home" not in school.office.notice(f"aside:{aside.id}")


@pytest.mark.parametrize("words", ["\r\nBcc: x@y.example\r\n\r\nx", "=HYPERLINK(1)", "<script>alert(1)</script>", "\0"])
def test_hostile_words_of_feedback_change_no_header_and_no_page(open_office: Callable[..., Office], words: str) -> None:
    school = ConcernOffice(open_office(in_memory=True, calendar={"enabled": False}, concerns=CONCERNS))
    concern = school.new()
    school.feedbacks.send(school.wid, concern.key, f"Hello {words}", "send", school.office.now)
    school.office.deliver()
    (raw,) = [
        row.bytes for row in school.office.ws.mail.of("senco@school.example") if b"Subject: An answer" in row.bytes
    ]
    assert b"\r\nBcc:" not in raw.partition(b"\r\n\r\n")[0]
    assert b"<script>" not in raw.partition(b"text/html")[2]
    assert school.told()[1][0] == concern.teacher
