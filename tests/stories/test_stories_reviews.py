"""Reviews in the sheet: when they are due, which times she offers, and which one a family chooses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from support.sheet_surgeries import MEETINGS, ROW, SURGERIES, book, only_surgery, opened, review_row, stored
from support.story import REGISTER, Story, nothing_new

from sync.domain.meetings import State
from sync.domain.records import Contact
from sync.plan.cells import serial
from sync.store import Bookings, Families, SlotState, Surgeries


def test_a_review_is_due_with_times_that_keep_the_notice_and_stay_while_she_thinks(story: Story) -> None:
    story.sync()
    review = review_row(story, 3)
    assert (review["Kind"], review["Due by"]) == ("SEN support review", "18/12/2026")
    times = [review[f"Proposed {n}"] for n in (1, 2, 3)]
    assert times[0].startswith("30/11/2026")
    assert nothing_new(story)
    story.now += timedelta(days=1)
    before = [review[f"Proposed {n}"] for n in (2, 3)]
    story.sync()
    after = review_row(story, 3)
    assert (after["Proposed 1"][:10] >= "01/12/2026", before[0] in times) == (True, True)


def test_an_accepted_review_is_offered_and_the_familys_choice_is_shown(story: Story) -> None:
    story.sync()
    review = review_row(story, 3)
    story.senco.type(MEETINGS, review["ID"], "Accept", "All")
    story.sync()
    surgery = {each.key: each for each in Surgeries(story.desk.store).all(story.book_id)}[review["ID"]]
    assert (surgery.state, surgery.audience.refs) == (State.OPEN, frozenset({story.ref(3)}))
    slots = [key for key, state in stored(story) if state is SlotState.OPEN]
    assert len(slots) == 3
    assert review_row(story, 3)["Mind"].startswith("Offered to the family: Monday 30 November 2026, ")
    assert nothing_new(story)

    book(story, 3, slots[1], purpose=review["ID"])
    story.sync()
    chosen = review_row(story, 3)
    assert (chosen["Date"], chosen["Time"]) == (review["Proposed 2"][:10], clock_of(review["Proposed 2"]))
    assert chosen["Mind"] == "By phone, 01632 960001."
    assert [state for _, state in stored(story)] == [SlotState.CLOSED, SlotState.OPEN, SlotState.CLOSED]
    assert story.register()[story.ref(3)]["Booked"] == "1"
    assert nothing_new(story)

    story.senco.type(MEETINGS, review["ID"], "What happened", "Held")
    story.now = datetime(2026, 12, 15, 9, 0, tzinfo=UTC)
    story.sync()
    assert story.register()[story.ref(3)]["Met"] == "1"
    story.sync()
    assert review_row(story, 3)["Date"] == chosen["Date"]


def clock_of(shown: str) -> str:
    moment = datetime.strptime(shown, "%d/%m/%Y %H:%M")  # noqa: DTZ007
    hour = moment.hour % 12 or 12
    minute = f":{moment.minute:02}" if moment.minute else ""
    return f"{hour}{minute}{'am' if moment.hour < 12 else 'pm'}"


def test_new_times_for_one_review_are_never_those_that_another_one_keeps(story: Story) -> None:
    story.sync()
    first = review_row(story, 3)["Proposed 1"]
    story.senco.add_row(SURGERIES, {**ROW, "Date": first[:10], "From": "11:15am", "To": "11:55am"})
    story.sync()
    assert review_row(story, 3)["Proposed 1"] != first
    shown = [row[f"Proposed {n}"] for row in story.senco.rows(MEETINGS) for n in (1, 2, 3)]
    starts = sorted(datetime.strptime(each, "%d/%m/%Y %H:%M") for each in shown if each)  # noqa: DTZ007
    assert len(starts) > 6
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert [gap for gap in gaps if gap < timedelta(minutes=45)] == []


def test_a_review_that_she_asks_for_has_times_in_a_row_beside_hers(story: Story) -> None:
    ref = story.ref(6)
    label = next(row["Pupil"] for row in story.owner.rows("MIS roll") if row["Ref"] == ref)
    by = serial(date(2026, 12, 11))
    story.senco.add_row(MEETINGS, {"Pupil": label, "Kind": "SEN support review", "Due by": by})
    story.sync()
    key = f"M-{ref}-S-20261211"
    row = next(row for row in story.senco.rows(MEETINGS) if row["ID"] == key)
    assert (row["Pupil"], row["Kind"], row["Due by"]) == (label, "SEN support review", "11/12/2026")
    assert row["Proposed 1"]
    assert nothing_new(story)
    story.senco.type(MEETINGS, key, "Accept", "All")
    story.sync()
    assert {state for slot, state in stored(story) if slot.startswith(key)} == {SlotState.OPEN}
    (own,) = [row["ID"] for row in story.senco.rows(MEETINGS) if row["ID"].startswith("P-")]
    story.senco.delete_rows(MEETINGS, story.senco.row_of(MEETINGS, own))
    story.sync()
    assert SlotState.OPEN not in {state for slot, state in stored(story) if slot.startswith(key)}
    assert key in {row["ID"] for row in story.senco.rows(MEETINGS)}
    assert nothing_new(story)


def test_a_review_says_which_other_meeting_of_the_family_counts_for_it(story: Story) -> None:
    key = opened(story)
    book(story, 3, f"{key}-20261208T1620Z")
    story.sync()
    review = review_row(story, 3)
    assert [review[f"Proposed {n}"] for n in (1, 2, 3)] == ["", "", ""]
    assert (review["Date"], review["Time"]) == ("08/12/2026", "")
    assert review["Mind"] == "The family has a meeting on Tuesday 8 December 2026, which counts for this review."
    assert nothing_new(story)


def test_an_annual_review_is_reckoned_from_the_day_of_the_plan(story: Story) -> None:
    ref = story.ref(1)
    assert "No plan date" in story.register()[ref]["Gaps"]
    story.senco.type(REGISTER, ref, "Plan reviewed", serial(date(2026, 2, 20)))
    story.sync()
    assert "No plan date" not in story.register()[ref]["Gaps"]
    review = review_row(story, 1, "A")
    assert review["Due by"] == "22/01/2027"
    first = datetime.strptime(review["Proposed 1"], "%d/%m/%Y %H:%M").date()  # noqa: DTZ007
    assert first >= date(2026, 12, 7)
    assert nothing_new(story)


def test_reviews_are_proposed_in_her_hours_and_the_gaps_of_the_year(story: Story) -> None:
    story.senco.type("Settings", "meeting_hours", "Value", "Tue-Wed 9:00-12:00")
    story.senco.add_row("Settings", {"Code": f"gaps_{story.register()[story.ref(3)]['Year']}", "Value": "Wed 10-11am"})
    story.now += timedelta(days=1)
    story.sync()
    times = [str(review_row(story, 3)[f"Proposed {n}"]) for n in (1, 2, 3)]
    shown = [datetime.strptime(each, "%d/%m/%Y %H:%M") for each in times if each]  # noqa: DTZ007
    assert {(each.weekday(), each.hour, each.minute) for each in shown} <= {(2, 10, 0), (2, 10, 15)}
    assert shown


def test_a_surgery_at_the_time_of_a_chosen_review_is_answered(story: Story) -> None:
    story.sync()
    review = review_row(story, 3)
    story.senco.type(MEETINGS, review["ID"], "Accept", "1")
    story.sync()
    (slot,) = [key for key, state in stored(story) if state is SlotState.OPEN]
    book(story, 3, slot, purpose=review["ID"])
    day, _, clock = review["Proposed 1"].partition(" ")
    story.senco.add_row(
        SURGERIES,
        {**ROW, "Date": serial(datetime.strptime(day, "%d/%m/%Y").date()), "From": clock, "To": "16:00"},  # noqa: DTZ007
    )
    story.sync()
    assert only_surgery(story)["Status"].startswith("Change: Your calendar is busy then (")


def accepted(story: Story, word: str = "All") -> tuple[dict[str, Any], list[str]]:
    """A review that she accepted: its row as it was before, and its slots that are open now."""
    story.sync()
    review = review_row(story, 3)
    story.senco.type(MEETINGS, review["ID"], "Accept", word)
    story.sync()
    return review, [key for key, state in stored(story) if state is SlotState.OPEN]


def chosen_by_the_mother(story: Story) -> tuple[str, list[str], str]:
    """A review whose first time the mother chose, its slots, and the father, who lives apart."""
    mother = Contact(1, "Ms", "A", "Surname003", "PAM", "mother@home.example")
    father = Contact(2, "Mr", "B", "Surname003", "PAF", "father@away.example")
    story.change(3, contacts=(mother, father))
    review, slots = accepted(story)
    first, other = [each.key for each in Families(story.desk.store).all(story.book_id)[story.ref(3)]]
    book(story, 3, slots[0], purpose=review["ID"], adult=first)
    story.sync()
    return review["ID"], slots, other


def test_parents_who_live_apart_may_both_choose_a_time(story: Story) -> None:
    review, slots, second = chosen_by_the_mother(story)
    assert [state for _, state in stored(story)] == [SlotState.OPEN] * 3
    assert "Another parent may still choose: " in review_row(story, 3)["Mind"]
    assert nothing_new(story)
    book(story, 3, slots[2], purpose=review, adult=second)
    story.sync()
    assert [state for _, state in stored(story)] == [SlotState.OPEN, SlotState.CLOSED, SlotState.OPEN]
    mind = review_row(story, 3)["Mind"]
    assert mind.count("By phone, 01632 960001.") == 2
    assert nothing_new(story)


def test_of_a_pupil_who_has_left_it_is_not_said_that_another_parent_may_choose(story: Story) -> None:
    chosen_by_the_mother(story)
    story.drop(3)
    story.sync(accepted=["leavers"])
    assert [state for _, state in stored(story)] == [SlotState.OPEN, SlotState.CLOSED, SlotState.CLOSED]
    assert review_row(story, 3)["Mind"] == "By phone, 01632 960001."


def test_of_a_review_that_is_not_due_any_more_it_is_not_said_that_times_are_offered(story: Story) -> None:
    accepted(story)
    story.drop(3)
    story.sync(accepted=["leavers"])
    assert [state for _, state in stored(story)] == [SlotState.CLOSED] * 3
    assert not review_row(story, 3)["Mind"]
    assert nothing_new(story)


def test_another_word_under_accept_offers_other_times(story: Story) -> None:
    review, slots = accepted(story)
    story.senco.type(MEETINGS, review["ID"], "Accept", "2")
    story.sync()
    assert [key for key, state in stored(story) if state is SlotState.OPEN] == [slots[1]]
    story.senco.type(MEETINGS, review["ID"], "Accept", "")
    story.sync()
    assert [state for _, state in stored(story)] == [SlotState.CLOSED] * 3
    assert nothing_new(story)


def test_a_family_that_cancels_its_review_may_choose_among_all_times_again(story: Story) -> None:
    review, slots = accepted(story)
    booking = book(story, 3, slots[1], purpose=review["ID"])
    story.sync()
    Bookings(story.desk.store).cancel_by_school(story.book_id, booking, story.now)
    story.sync()
    assert [state for _, state in stored(story)] == [SlotState.OPEN] * 3
    assert review_row(story, 3)["Mind"].startswith("Offered to the family: ")


def test_times_that_passed_or_were_deleted_are_not_said_to_be_offered(story: Story) -> None:
    _, slots = accepted(story, "1")
    Surgeries(story.desk.store).delete_slot(story.book_id, slots[0], story.now)
    story.sync()
    assert review_row(story, 3)["Mind"].startswith("The time has passed, or was deleted: clear 'Accept'")
