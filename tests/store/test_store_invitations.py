from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

from support.surgery import NOW, SURGERY, School, slots

from sync.store import Invitations, Owed

if TYPE_CHECKING:
    from sync.store import Store

LATER = NOW + timedelta(days=2)


def school_with_three(store: Store) -> School:
    school = School(store)
    sessions = [(replace(SURGERY, key=key), slots(surgery=key)) for key in ("tue", "wed", "thu")]
    school.surgeries.save(school.workbook, sessions, NOW)
    school.told()
    return school


def test_several_new_surgeries_are_one_letter_and_a_second_run_is_none(store: Store) -> None:
    school = school_with_three(store)
    owed = [Owed("a", "ref", "surgery", "tue"), Owed("a", "ref", "surgery", "wed")]
    invitations = Invitations(store)
    assert [invitations.put(school.workbook, owed, NOW) for _ in range(2)] == [1, 0]
    (letter,) = school.outbox.take(NOW, 10)
    assert (letter.subject, letter.kind) == ("invite:a:ref", "invite")
    assert letter.payload == {"adult": "a", "ref": "ref", "purpose": "surgery", "surgeries": ["tue", "wed"]}


def test_a_new_surgery_is_one_more_letter_even_when_the_first_was_forgotten(store: Store) -> None:
    school = school_with_three(store)
    invitations = Invitations(store)
    assert invitations.put(school.workbook, [Owed("a", "ref", "surgery", "tue")], NOW) == 1
    school.told()
    school.outbox.purge(NOW + timedelta(days=400))
    owed = [Owed("a", "ref", "surgery", "tue"), Owed("a", "ref", "surgery", "thu")]
    assert invitations.put(school.workbook, owed, NOW) == 1
    assert [each.payload["surgeries"] for each in school.outbox.take(NOW, 10)] == [["thu"]]


def test_what_opens_later_is_due_then_and_holds_up_nothing(store: Store) -> None:
    school = school_with_three(store)
    owed = [Owed("a", "ref", "surgery", "tue", LATER), Owed("a", "ref", "surgery", "wed")]
    assert Invitations(store).put(school.workbook, owed, NOW) == 2
    (now_due,) = school.outbox.take(NOW, 10)
    school.outbox.failed(now_due, "the mailbox is down", NOW, retry_at=LATER + timedelta(days=1))
    assert now_due.payload["surgeries"] == ["wed"]
    assert [each.payload["surgeries"] for each in school.outbox.take(LATER, 10)] == [["tue"]]


def test_each_adult_pupil_and_purpose_has_a_letter_of_their_own(store: Store) -> None:
    school = school_with_three(store)
    owed = [Owed("a", "r1", "surgery", "tue"), Owed("a", "r2", "surgery", "tue"), Owed("b", "r1", "surgery", "tue")]
    assert Invitations(store).put(school.workbook, [*owed, Owed("a", "r1", "thu", "thu")], NOW) == 4


def test_two_runs_at_once_write_to_a_family_once(store: Store) -> None:
    school = school_with_three(store)
    together, counted = Barrier(2), []

    def run() -> None:
        together.wait()
        counted.append(Invitations(store).put(school.workbook, [Owed("a", "ref", "surgery", "tue")], NOW))

    threads = [Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(counted) == [0, 1]


def test_a_letter_that_nobody_tried_to_send_follows_what_is_owed(store: Store) -> None:
    school = school_with_three(store)
    invitations = Invitations(store)
    first = Owed("a", "ref", "surgery", "tue", LATER)
    assert invitations.put(school.workbook, [first, replace(first, surgery="wed")], NOW) == 1
    assert invitations.put(school.workbook, [replace(first, due_at=LATER + timedelta(days=1))], NOW) == 1
    assert school.outbox.take(LATER, 10) == []
    assert invitations.put(school.workbook, [], NOW) == 0
    assert school.outbox.take(LATER + timedelta(days=1), 10) == []
    assert invitations.invited(school.workbook) == set()
    assert invitations.put(school.workbook, [replace(first, due_at=None)], NOW) == 1
    assert [each.payload["surgeries"] for each in school.outbox.take(NOW, 10)] == [["tue"]]


def test_a_letter_that_a_worker_has_is_not_taken_back(store: Store) -> None:
    school = school_with_three(store)
    invitations = Invitations(store)
    owed = Owed("a", "ref", "surgery", "tue")
    invitations.put(school.workbook, [owed], NOW)
    (letter,) = school.outbox.take(NOW, 10)
    assert invitations.put(school.workbook, [], NOW) == 0
    school.outbox.failed(letter, "the mailbox is down", NOW, retry_at=NOW)
    assert invitations.put(school.workbook, [], NOW) == 0
    assert [each.id for each in school.outbox.take(NOW, 10)] == [letter.id]
    assert invitations.put(school.workbook, [owed], NOW) == 0


def test_other_times_are_another_letter_and_fewer_are_none(store: Store) -> None:
    school = school_with_three(store)
    invitations = Invitations(store)

    def put(*times: str) -> int:
        count = invitations.put(school.workbook, [Owed("a", "ref", "tue", "tue", None, times)], NOW)
        for letter in school.outbox.take(NOW, 10):
            school.outbox.done(letter, NOW)
        return count

    assert [put("1", "2"), put("2"), put("1", "2"), put("2", "3"), put("1"), put("1", "2")] == [1, 0, 0, 1, 1, 1]


def test_what_was_forgotten_is_owed_anew_though_its_letter_is_in_the_outbox_still(store: Store) -> None:
    school = school_with_three(store)
    invitations = Invitations(store)
    owed = Owed("a", "ref", "surgery", "tue")
    invitations.put(school.workbook, [owed], NOW)
    for letter in school.outbox.take(NOW, 10):
        school.outbox.done(letter, NOW)
    invitations.forget(school.workbook, "a", "ref", ["wed"])
    assert invitations.put(school.workbook, [owed], NOW) == 0
    invitations.forget(school.workbook, "a", "ref", ["tue"])
    assert invitations.put(school.workbook, [owed], NOW) == 1
