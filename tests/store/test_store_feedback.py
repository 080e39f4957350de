"""Feedback to teachers: each time that the SENCO had words sent, one letter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.concerns import NOW, Staff, response

from sync.domain.concerns import Feedback, Screen
from sync.store import FEEDBACK, Feedbacks

if TYPE_CHECKING:
    from sync.store import Store

LATER = NOW + timedelta(hours=1)


def begun(store: Store) -> tuple[Staff, Feedbacks, str]:
    staff = Staff(store)
    staff.has_form()
    staff.concerns.take(staff.wid, response(), match=None, screen=Screen.CLEAR, now=NOW)
    (concern,) = staff.concerns.all(staff.wid)
    return staff, Feedbacks(store), concern.key


def letters(staff: Staff) -> list[dict[str, object]]:
    return [payload for _, kind, payload in staff.told() if kind == FEEDBACK]


def test_words_are_sent_by_one_letter_however_often_they_are_asked_for(store: Store) -> None:
    staff, feedback, key = begun(store)
    assert feedback.send(staff.wid, key, "Thank you.", "send", NOW)
    assert not feedback.send(staff.wid, key, "Thank you.", "send", LATER)
    assert not feedback.send(staff.wid, key, "Thank you.", "send again", LATER)
    assert feedback.newest(staff.wid) == {key: Feedback(key, "Thank you.", "send", NOW)}
    assert letters(staff) == [{"concern": key, "number": 1}]


def test_other_words_are_another_letter_and_the_first_ones_are_kept(store: Store) -> None:
    staff, feedback, key = begun(store)
    feedback.send(staff.wid, key, "Thank you.", "send", NOW)
    feedback.sent(staff.wid, key, 1, NOW)
    assert feedback.send(staff.wid, key, "We look again.", "send again", LATER)
    assert feedback.find(staff.wid, key, 1) == Feedback(key, "Thank you.", "send", NOW, NOW)
    assert feedback.newest(staff.wid) == {key: Feedback(key, "We look again.", "send again", LATER)}
    assert letters(staff) == [{"concern": key, "number": 1}, {"concern": key, "number": 2}]


def test_when_a_letter_went_is_told_once(store: Store) -> None:
    staff, feedback, key = begun(store)
    feedback.send(staff.wid, key, "Thank you.", "send", NOW)
    feedback.sent(staff.wid, key, 1, NOW)
    feedback.sent(staff.wid, key, 1, LATER)
    assert feedback.find(staff.wid, key, 1) == Feedback(key, "Thank you.", "send", NOW, NOW)
    assert feedback.find(staff.wid, key, 2) is None


def test_a_tick_that_is_cleared_is_remembered(store: Store) -> None:
    staff, feedback, key = begun(store)
    feedback.send(staff.wid, key, "Thank you.", "send", NOW)
    feedback.clear(staff.wid, key)
    assert feedback.newest(staff.wid)[key].tick == ""
