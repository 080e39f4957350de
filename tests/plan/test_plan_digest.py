from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sync.domain.concerns import Concern, Link, Screen
from sync.domain.response_clock import Clock
from sync.plan.digest import Case, Daily, Item, Weekly, daily, weekly

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
HOUR = timedelta(hours=1)
LISTED = ("Monitor", "Closed, no action")


def case(number: int, due: datetime, *, ref: str = "K7F3B", received: datetime | None = None, **told: object) -> Case:
    since = received or due - 24 * HOUR
    concern = Concern(
        f"C-{number:05}", f"r{number}", 1, since, since, ref=ref, link=Link.NAME if ref else Link.NONE,
        answers={"seen": ("words that nobody may read in a letter",)},
    )  # fmt: skip
    return Case(concern, Clock(due - 2 * HOUR, due), **told)  # type: ignore[arg-type]


def test_the_morning_letter_lists_what_is_late_and_what_is_due_today_in_order() -> None:
    cases = [
        case(1, NOW + 3 * HOUR), case(2, NOW - 3 * HOUR), case(3, NOW - 30 * HOUR), case(4, NOW + 30 * HOUR),
        case(5, NOW - HOUR, decided=NOW - 2 * HOUR, outcome="monitor"),
    ]  # fmt: skip
    assert daily(cases, NOW) == Daily(
        overdue=(Item("C-00003", "K7F3B", NOW - 30 * HOUR), Item("C-00002", "K7F3B", NOW - 3 * HOUR)),
        due_today=(Item("C-00001", "K7F3B", NOW + 3 * HOUR),),
    )


def test_reviews_of_today_and_before_are_listed_unless_the_concern_is_closed() -> None:
    done = {"decided": NOW - 200 * HOUR, "outcome": "monitor"}
    cases = [
        case(1, NOW - 300 * HOUR, review=TODAY, **done), case(2, NOW - 300 * HOUR, review=date(2026, 11, 20), **done),
        case(3, NOW - 300 * HOUR, review=date(2026, 11, 25), **done),
        case(4, NOW - 300 * HOUR, review=date(2026, 11, 20), closed=True, **done),
    ]  # fmt: skip
    assert daily(cases, NOW) == Daily(
        reviews_overdue=(Item("C-00002", "K7F3B", date(2026, 11, 20)),),
        reviews_today=(Item("C-00001", "K7F3B", TODAY),),
    )


def test_a_concern_without_a_pupil_and_one_that_is_held_are_named_by_key_alone() -> None:
    held = case(1, NOW + 30 * HOUR)
    held = replace(held, concern=replace(held.concern, screen=Screen.HELD))
    found = daily([held, case(2, NOW + 30 * HOUR, ref="")], NOW)
    assert found == Daily(unmatched=("C-00002",), held=("C-00001",))


def test_a_held_concern_that_is_late_does_not_say_which_pupil() -> None:
    held = case(1, NOW - HOUR)
    held = replace(held, concern=replace(held.concern, screen=Screen.HELD))
    assert daily([held], NOW).overdue == (Item("C-00001", "", NOW - HOUR),)


def test_nothing_to_write_about_is_empty() -> None:
    assert daily([], NOW).is_empty
    assert daily([case(1, NOW + 30 * HOUR)], NOW).is_empty
    assert not daily([case(1, NOW)], NOW).is_empty


def test_due_today_ends_with_the_schools_day_not_with_utc() -> None:
    summer = datetime(2027, 6, 1, 7, 0, tzinfo=UTC)
    late_in_london = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)
    assert daily([case(1, late_in_london)], summer).is_empty


def test_the_weekly_letter_counts_what_changed_in_it() -> None:
    since, until = NOW - 7 * 24 * HOUR, NOW
    inside = since + 24 * HOUR
    edited = case(3, inside, ref="B2B2B", received=since - HOUR)
    edited = replace(edited, concern=replace(edited.concern, version=2, submitted=inside))
    cases = [
        case(1, inside + 24 * HOUR, received=inside, decided=inside + HOUR, outcome="monitor"),
        case(2, inside + 24 * HOUR, received=inside, decided=inside + 25 * HOUR, outcome="monitor"),
        edited,
        case(4, NOW + HOUR, ref="", received=NOW - 23 * HOUR),
        case(5, since, received=since - 24 * HOUR, decided=since - HOUR, outcome="closed"),
        case(6, NOW + 25 * HOUR, received=until),
    ]
    assert weekly(cases, since, until, LISTED) == Weekly(
        received=3,
        edited=1,
        answered=2,
        late=1,
        outcomes={"Monitor": 2},
        pupils=1,
        often=("K7F3B",),
        open=("C-00003", "C-00004"),
        overdue=1,
    )


def test_an_outcome_in_words_of_her_own_is_counted_and_not_told() -> None:
    told = ("monitor", "Monitor Amara daily", "CLOSED, NO ACTION", "")
    cases = [case(n, NOW, decided=NOW - HOUR, outcome=outcome) for n, outcome in enumerate(told)]
    found = weekly(cases, NOW - 168 * HOUR, NOW, LISTED)
    assert (found.outcomes, found.other, found.answered) == ({"Closed, no action": 1, "Monitor": 1}, 1, 4)
    assert "Amara" not in repr(found)


def test_two_weeks_count_each_concern_once() -> None:
    border = NOW
    one = case(1, NOW, received=border)
    weeks = [weekly([one], border - 168 * HOUR, border, LISTED), weekly([one], border, border + 168 * HOUR, LISTED)]
    assert [week.received for week in weeks] == [0, 1]


def test_no_letter_holds_what_was_written() -> None:
    cases = [case(number, NOW + number * HOUR) for number in range(-3, 4)]
    assert "nobody may read" not in repr(daily(cases, NOW)) + repr(weekly(cases, NOW - 168 * HOUR, NOW, LISTED))
