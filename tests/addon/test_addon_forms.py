"""What a person types into a card, or typed in the sheet before: no length and no day shuts a card up, or is lost."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from support.addon import (
    NOW,
    AddonSchool,
    actions_of,
    card_of,
    day_input,
    fields_of,
    notice_of,
    ref,
    text_input,
    texts_of,
)

from addon.cards.acts import MOST_ACTS
from addon.events import LONGEST_TYPED, FieldError, read_event
from sync.plan.cells import serial
from sync.store import JobKind, Jobs, RowChange, Store

if TYPE_CHECKING:
    from sync.store import Job

LONG = "x" * 4500


def saved(school: AddonSchool) -> list[Job]:
    return Jobs(school.store).newest(school.workbook.id)


def press_as_shown(school: AddonSchool, card: dict[str, Any], do: str, **typed: Any) -> dict[str, Any]:
    """Presses a button of a card with all that stands in its fields, and what was typed beside."""
    (given,) = [each for each in actions_of(card) if each["do"] == do]
    return school.press(inputs={**fields_of(card), **typed}, **given)


def test_a_cell_that_is_too_long_for_a_card_shuts_no_button_and_is_kept(school: AddonSchool) -> None:
    key = "M-P0001"
    school.commit(RowChange("meetings", key, {"happened": LONG, "outcome": LONG, "held_on": "one day in May"}))
    card = card_of(school.press("meeting", key=key))
    assert sorted(fields_of(card)) == ["came"]
    assert texts_of(card).count("It is too long for this card. Change it in the row.") == 2
    assert "one day in May\nThis is no day. Change it in the row." in texts_of(card)
    for do in ("row", "pupil"):
        assert card_of(press_as_shown(school, card, do))["header"]["title"] != "Sensync"
    press_as_shown(school, card, "meeting_save", came=text_input("Mother"))
    (job,) = saved(school)
    assert job.payload["cells"] == {"came": "Mother"}


def test_a_word_that_is_none_of_the_choices_stands_among_them_and_is_kept(school: AddonSchool) -> None:
    school.commit(RowChange("meetings", "M-P0001", {"happened": "Half of it"}))
    card = card_of(school.press("meeting", key="M-P0001"))
    assert fields_of(card)["happened"] == text_input("Half of it")
    press_as_shown(school, card, "meeting_save")
    (job,) = saved(school)
    assert job.payload["cells"]["happened"] == "Half of it"


@pytest.mark.parametrize("typed", [serial(date(2226, 1, 1)), serial(date(1969, 5, 1)), "soon"])
def test_a_day_that_no_picker_can_give_back_is_kept(school: AddonSchool, typed: Any) -> None:
    school.commit(RowChange("register", ref(1), {"next_review": typed, "key_adult": "Ms Hale"}))
    card = card_of(school.press("monitor", ref=ref(1)))
    assert [each for each in card["sections"][0]["widgets"] if "dateTimePicker" in each] == []
    assert "Change it in the row." in texts_of(card)
    press_as_shown(school, card, "monitor_save", key_adult=text_input("Mr Ivy"))
    (job,) = saved(school)
    assert job.payload["cells"] == {"key_adult": "Mr Ivy"}


def test_where_nothing_fits_the_card_nothing_is_written(school: AddonSchool) -> None:
    school.commit(RowChange("register", ref(1), {"next_review": "soon", "key_adult": LONG}))
    answer = press_as_shown(school, card_of(school.press("monitor", ref=ref(1))), "monitor_save")
    assert notice_of(answer) == "Neither fits this card. Change them in the row."
    assert saved(school) == []


def test_what_is_typed_too_long_is_said_and_what_was_typed_stays(school: AddonSchool) -> None:
    typed = {"outcome": text_input("y" * 4001), "date": day_input(NOW.date())}
    answer = school.press("met_save", inputs=typed, ref=ref(1), once="1")
    assert (
        notice_of(answer) == f"“Outcome” has more than {LONGEST_TYPED:,} letters. Shorten it, or write it in the row."
    )
    assert "navigations" not in answer["renderActions"]["action"]
    assert card_of(school.press("pupil", inputs=typed, ref=ref(1)))["header"]["title"] == "Surname0001, Forename0001"
    searched = {"inputs": {"who": text_input("y" * 5000)}, "of": "pupil", "autocomplete_widget_query": "y" * 5000}
    assert school.call("/addon/complete", **searched) == {"autoComplete": {"items": []}}
    assert saved(school) == []


@pytest.mark.parametrize("instant", [-86_400_000, 8_000_000_000_000, 10**20])
def test_a_day_of_another_century_is_said(school: AddonSchool, instant: int) -> None:
    picked = {"by": {"dateInput": {"msSinceEpoch": instant}}}
    answer = school.press("propose_save", inputs=picked, ref=ref(1), once="1")
    assert notice_of(answer) == "“By” is a day of another century. Pick another."
    assert saved(school) == []


def test_every_field_says_how_much_it_takes(school: AddonSchool) -> None:
    cards = [card_of(school.press(do, ref=ref(1))) for do in ("met", "monitor", "provision")]
    cards += [card_of(school.press("meeting", key="M-P0001")), card_of(school.press("surgery_new"))]
    fields = [each["textInput"] for card in cards for section in card["sections"] for each in section["widgets"]
              if "textInput" in each]  # fmt: skip
    assert {each["validation"]["characterLimit"] for each in fields} == {200, LONGEST_TYPED}


def test_a_field_at_fault_is_met_by_whoever_reads_it_alone() -> None:
    inputs = {"x": text_input("x" * (LONGEST_TYPED * 2)), "y": text_input("z")}
    event = read_event(json.dumps({"commonEventObject": {"formInputs": inputs}}).encode())
    assert (event.text("y"), event.text("z"), event.day("y")) == ("z", "", None)
    with pytest.raises(FieldError):
        event.text("x")


def test_a_form_about_reviews_reads_meetings_and_nothing_else_of_the_pupil(
    school: AddonSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    tab = Store.tab

    def noted(store: Store, workbook_id: int, name: str) -> Any:
        read.append(name)
        return tab(store, workbook_id, name)

    monkeypatch.setattr(Store, "tab", noted)
    for number in (1, 11):
        assert "review" in texts_of(card_of(school.press("propose", ref=ref(number))))
    assert set(read) == {"meetings", "meeting_status"}


def test_of_many_acts_that_wait_the_first_are_shown_and_the_rest_counted(school: AddonSchool) -> None:
    jobs = Jobs(school.store)
    for number in range(MOST_ACTS + 4):
        jobs.put(school.workbook.id, JobKind.ACT, f"act:{number}", NOW, asked_by="senco@school.example", subject=ref(1))
    for card in (school.home(), card_of(school.press("pupil", ref=ref(1)))):
        told = texts_of(card)
        assert (told.count("Waits to be written"), "And 4 more that wait or could not be written." in told) == (
            MOST_ACTS,
            True,
        )
