from __future__ import annotations

from datetime import date
from typing import Any

from sync.domain.deadlines import NOTICE
from sync.domain.meetings import Happened, Meeting, MeetingKind
from sync.plan.asked_reviews import Asked, is_asked, with_asked
from sync.plan.reviews import SUPPORT_AHEAD, SUPPORT_NOTICE, Due

REF, OTHER = "K7F3K", "B7F3K"
TODAY, BY = date(2026, 11, 23), date(2026, 12, 4)
SUPPORT, ANNUAL = MeetingKind.SUPPORT, MeetingKind.ANNUAL
TERM = Due(REF, SUPPORT, date(2026, 12, 18), date(2026, 12, 18), (TODAY, date(2026, 12, 18)), SUPPORT_NOTICE, number=1)


def row(ref: str = REF, kind: MeetingKind = SUPPORT, **more: Any) -> Meeting:
    return Meeting("P-0a0a0a0a", ref, kind, more.get("day"), more.get("happened", Happened.UNKNOWN))


def due(asked: list[Asked], *already: Due, standing: dict[str, bool] | None = None, roll: Any = None) -> list[str]:
    here = {REF: {"on_roll": "Yes"}, OTHER: {"on_roll": "Yes"}} if roll is None else roll
    meetings = [each.meeting for each in asked]
    found = with_asked(already, asked, roll=here, meetings=meetings, standing=standing or {}, today=TODAY)
    return [each.key for each in found]


def test_a_row_with_a_review_and_no_date_asks_for_one() -> None:
    assert is_asked(row())
    assert is_asked(row(kind=ANNUAL))
    assert not is_asked(row(kind=MeetingKind.OTHER))
    assert not is_asked(row(day=BY))
    assert not is_asked(row(happened=Happened.CANCELLED))


def test_a_review_that_is_asked_for_has_a_row_of_its_own_by_its_day() -> None:
    (made,) = with_asked(
        [], [Asked(row(), BY)], roll={REF: {"on_roll": "Yes"}}, meetings=[row()], standing={}, today=TODAY
    )
    assert made == Due(REF, SUPPORT, BY, BY, (BY - SUPPORT_AHEAD, BY), SUPPORT_NOTICE)
    assert made.key == "M-K7F3K-S-20261204"
    (annual,) = with_asked(
        [], [Asked(row(kind=ANNUAL), BY)], roll={REF: {"on_roll": "Yes"}}, meetings=[], standing={}, today=TODAY
    )
    assert (annual.notice, annual.key) == (NOTICE, "M-K7F3K-A-20261204")


def test_it_comes_before_the_terms_review_which_has_no_row_yet_and_after_one_that_has() -> None:
    asked = [Asked(row(), BY)]
    assert due(asked, TERM) == ["M-K7F3K-S-20261204"]
    assert due(asked, TERM, standing={TERM.key: False}) == [TERM.key]
    both = {TERM.key: False, "M-K7F3K-S-20261204": False}
    assert due(asked, TERM, standing=both) == ["M-K7F3K-S-20261204", TERM.key]


def test_another_pupils_and_another_kind_of_review_are_in_nobodys_way() -> None:
    assert due([Asked(row(OTHER), BY), Asked(row(kind=ANNUAL), BY)], TERM) == [
        "M-K7F3K-A-20261204", "M-B7F3K-S-20261204", TERM.key,
    ]  # fmt: skip


def test_two_that_are_asked_for_are_the_earlier_one() -> None:
    assert due([Asked(row(), BY), Asked(row(), date(2026, 12, 1))]) == ["M-K7F3K-S-20261201"]


def test_what_was_held_or_is_long_over_or_of_a_leaver_is_not_asked_for() -> None:
    over = date(2026, 11, 20)
    assert due([Asked(row(), BY)], standing={"M-K7F3K-S-20261204": True}) == []
    assert due([Asked(row(), over)]) == []
    assert due([Asked(row(), over)], standing={"M-K7F3K-S-20261120": False}) == ["M-K7F3K-S-20261120"]
    assert due([Asked(row(), BY)], roll={REF: {"on_roll": "No"}}) == []
