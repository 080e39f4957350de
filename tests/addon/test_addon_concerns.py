"""Concerns on cards: what waits, what was said to whom may read it, and what is decided there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.addon import (
    FORM,
    NOW,
    PEOPLE,
    SECRET,
    WRITER,
    AddonSchool,
    actions_of,
    addon_settings,
    card_of,
    day_input,
    fields_of,
    links_of,
    notice_of,
    ref,
    text_input,
    texts_of,
)

from addon.paths import ACT, COMPLETE
from addon.roles import Role
from sync.domain.concerns import FormKey
from sync.plan.cells import serial
from sync.store import Forms, FormState, Jobs, JobState, RowChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_workspace import LocalWorkspace
    from sync.store import Job

MONITOR = "Monitor"
ROBIN = "Ask teachers (round robin)"


@pytest.fixture
def office(ws: LocalWorkspace, tmp_path: Path) -> Iterator[AddonSchool]:
    """A school where concerns are on and the form is open."""
    made = AddonSchool(ws, addon_settings(tmp_path, ws.base_url, concerns=True))
    made.has_form()
    yield made
    made.store.close()


def shown(office: AddonSchool, key: str, role: Role = Role.SENCO) -> dict[str, Any]:
    return card_of(office.press("concern", role, key=key))


def save(office: AddonSchool, card: dict[str, Any], role: Role = Role.SENCO, **inputs: Any) -> dict[str, Any]:
    """Presses *Save* with what the fields of the card hold, but for what is given."""
    (button,) = [each for each in actions_of(card) if each["do"] == "concern_save"]
    return office.press(button.pop("do"), role, inputs={**fields_of(card), **inputs}, **button)


def jobs(office: AddonSchool) -> list[Job]:
    return Jobs(office.store).newest(office.workbook.id)


def test_the_first_card_says_how_long_concerns_have_and_which_have_no_pupil(office: AddonSchool) -> None:
    late = office.has_concern(1, ref(1), received=NOW - timedelta(days=3, minutes=15))
    office.has_concern(2, candidates=(ref(2),))
    office.has_concern(3, ref(3), typed={"outcome": MONITOR, "review": serial(date(2026, 11, 23))})
    office.has_concern(4, ref(3), typed={"closed": serial(date(2026, 11, 20))})
    told = texts_of(office.home())
    for words in ("2 concerns to decide", "1 concern without its pupil", "1 concern to look at again"):
        assert words in told, words
    heap = card_of(office.press("heap", of="concerns"))
    assert [line for line in texts_of(heap).split("\n") if "Surname" in line or "“" in line or "·" in line] == [
        "Surname0001, Forename0001 · Year 8 · 8A",
        "New · Overdue by less than a school hour",
        f"“{SECRET} Smth”, Year 7",
        "Whose? · 7 school hours left, until Tuesday 24 November 2026, 8:30am",
    ]
    assert actions_of(heap)[0] == {"do": "concern", "key": late}
    head = card_of(office.press("heap", Role.HEAD, of="concerns"))
    assert SECRET not in texts_of(head)
    assert "Pupil not known yet" in texts_of(head)
    assert [each["do"] for each in actions_of(head)] == ["pupil", "home"]


def test_lists_of_meetings_lead_to_the_meeting_for_whoever_may_write_there(office: AddonSchool) -> None:
    senco, head = ({each["do"] for each in actions_of(card_of(office.press("heap", role, of="times")))}
                   for role in (Role.SENCO, Role.HEAD))  # fmt: skip
    assert (senco, head) == ({"meeting", "home"}, {"pupil", "home"})


def test_a_concern_is_shown_whole_to_whoever_may_read_it_and_to_nobody_else(office: AddonSchool) -> None:
    key = office.has_concern(
        1, ref(1), tried="A seat at the front", wanted="Ideas", seen=f"{SECRET} <b>hides</b>\nAgain."
    )
    told = texts_of(shown(office, key))
    for words in (
        "State\nNew\nNothing is decided yet.", "Clock\n7 school hours left", "Surname0001, Forename0001",
        f"From\n{WRITER}\nReceived Monday 23 November 2026, 7am", f"Mind\n{SECRET} mind",
        f"What was seen\n{SECRET} &lt;b&gt;hides&lt;/b&gt;<br>Again.", "Tried\nA seat at the front",
        "Help wanted\nIdeas", f"What they say\n{SECRET} colleague",
    ):  # fmt: skip
        assert words in told, words
    assert SECRET in texts_of(shown(office, key, Role.DEPUTY))
    for role in (Role.HEAD, Role.TEACHER):
        assert texts_of(shown(office, key, role)).split("\n")[1] == "You may not do that."
        assert texts_of(card_of(office.press("concern_save", role, key=key))).split("\n")[1] == "You may not do that."
    assert jobs(office) == []


def test_a_pupils_card_has_the_open_concerns_with_dates_for_a_head_and_none_for_a_teacher(office: AddonSchool) -> None:
    key = office.has_concern(1, ref(1), typed={"outcome": f"{SECRET} Observe", "review": serial(date(2027, 1, 5))})
    office.has_concern(2, ref(1), typed={"outcome": "Closed, no action"})

    def concerns(role: Role) -> tuple[list[str], list[str]]:
        sections = card_of(office.press("pupil", role, ref=ref(1)))["sections"]
        mine = [each for each in sections if each.get("header") == "Concerns"]
        return texts_of(mine).split("\n"), [each["key"] for each in actions_of(mine)]

    dates = "Received 23 Nov 2026 · review on 5 Jan 2027"
    assert concerns(Role.SENCO) == (["Concerns", f"{SECRET} Observe", dates, "1 concern is closed."], [key])
    assert concerns(Role.HEAD) == (["Concerns", "Concern", dates, "1 concern is closed."], [])
    assert concerns(Role.TEACHER) == ([""], [])


def test_everybody_who_may_find_a_pupil_may_raise_a_concern_while_the_form_is_open(office: AddonSchool) -> None:
    link = f"{FORM}?usp=pp_url&entry.1={ref(1)}&entry.2={ref(1)}"
    for role in (Role.SENCO, Role.DEPUTY, Role.HEAD, Role.TEACHER):
        assert links_of(card_of(office.press("pupil", role, ref=ref(1))))["Raise a concern"] == link
    for state in (FormState.CLOSED, FormState.GONE):
        Forms(office.store).mark(office.workbook.id, FormKey.CONCERN, state)
        assert links_of(card_of(office.press("pupil", Role.TEACHER, ref=ref(1)))) == {}
        assert "The form for teachers' concerns takes no answers." in texts_of(card_of(office.press("setup")))


def test_where_concerns_are_off_there_is_nothing_of_them(school: AddonSchool) -> None:
    school.has_form()
    key = school.has_concern(1, ref(1))
    for told in (texts_of(school.home()), texts_of(card_of(school.press("pupil", ref=ref(1))))):
        assert "oncern" not in told
    assert "not there any more" in texts_of(shown(school, key))
    assert "not there any more" in texts_of(card_of(school.press("row", tab="concerns", key=key)))


def test_what_is_held_is_on_no_card_nor_is_what_it_said_before_an_edit(office: AddonSchool) -> None:
    first = office.has_concern(1, ref(1), held=True)
    second = office.has_concern(2, ref(2))
    assert f"{SECRET} seen" in texts_of(shown(office, second))
    assert office.has_concern(2, ref(2), held=True, edited=30) == second
    for key in (first, second):
        card = shown(office, key)
        told = texts_of(card)
        for word in (f"{SECRET} seen", f"{SECRET} Smth", f"{SECRET} colleague", "Release\n"):
            assert word not in told, word
        assert "State\nHeld\nIts words wait in the form." in told
        assert links_of(card)["Open the form"].endswith("/forms/d/form-1/edit#responses")


def test_a_decision_is_one_write_of_what_was_changed_in_her_columns_and_a_sync(office: AddonSchool) -> None:
    key = office.has_concern(1, ref(1), typed={"owner": "Ms Hale", "notes": "mine"})
    card = shown(office, key)
    (choices,) = [each["selectionInput"] for section in card["sections"] for each in section["widgets"]
                  if each.get("selectionInput", {}).get("name") == "outcome"]  # fmt: skip
    assert choices["items"][1]["value"] == ROBIN
    assert len(choices["items"]) == 12
    answer = save(
        office, card, outcome=text_input(MONITOR), review=day_input(date(2027, 1, 5)),
        feedback=text_input("Thank you. We look again."), send=text_input("Send"),
    )  # fmt: skip
    assert notice_of(answer).startswith("It is written in a moment")
    assert "Waits to be written" in texts_of(card_of(answer))
    (job,) = jobs(office)
    assert (job.subject, job.payload["tab"], job.payload["key"], job.payload["then_sync"]) == (
        key,
        "concerns",
        key,
        True,
    )
    assert job.payload["cells"] == {
        "outcome": MONITOR, "review": serial(date(2027, 1, 5)), "feedback": "Thank you. We look again.", "send": "Send",
    }  # fmt: skip
    assert job.payload["expected"] == dict.fromkeys(job.payload["cells"])
    taken = Jobs(office.store).take(office.workbook.id, NOW)
    assert taken is not None
    Jobs(office.store).end(taken, JobState.REFUSED, "Somebody changed this row.", NOW)
    assert "Not written\nSomebody changed this row." in texts_of(shown(office, key))
    assert "Not written" not in texts_of(shown(office, key, Role.DEPUTY))


def test_whose_a_concern_is_is_chosen_from_the_list_or_by_typing(office: AddonSchool) -> None:
    key = office.has_concern(1, candidates=(ref(2), ref(3)))
    card = shown(office, key)
    assert "“SECRET Smth”, Year 7" in texts_of(card)
    save(office, card, chosen=text_input(ref(3)))
    line = f"Surname0004, Forename0004 · Year 11 · 11A · {ref(4)}"
    assert office.call(COMPLETE, inputs={"who": text_input("surname0004")}, of="pupil") == {
        "autoComplete": {"items": [{"text": line}]}
    }
    # While that waits, its card takes no other decision; the card of before does.
    assert [each["do"] for each in actions_of(shown(office, key))] == ["concern", "home"]
    save(office, card, who=text_input(line))
    labels = {
        number: f"Surname{number:04d}, Forename{number:04d} ({7 + number % 5}A) · {ref(number)}" for number in (3, 4)
    }
    assert {job.payload["cells"]["chosen"] for job in jobs(office)} == set(labels.values())
    office.commit(RowChange("concerns", key, {"chosen": labels[4]}))
    assert "State\nNew" in texts_of(shown(office, key))
    assert "Surname0004, Forename0004" in texts_of(shown(office, key))


@pytest.mark.parametrize(
    ("inputs", "notice"),
    [
        ({}, "Nothing was changed."),
        ({"who": text_input("surname00")}, "Pick the pupil from the suggestions, so that it is plain who is meant."),
        ({"who": text_input("' OR 1=1 --")}, "Pick the pupil from the suggestions, so that it is plain who is meant."),
        ({"chosen": text_input(ref(9))}, "Pick the pupil from the suggestions, so that it is plain who is meant."),
        ({"send": text_input("Send")}, "Write the feedback first."),
    ],
)
def test_what_cannot_be_meant_is_said_and_not_written(office: AddonSchool, inputs: Any, notice: str) -> None:
    key = office.has_concern(1, candidates=(ref(2),))
    assert notice_of(save(office, shown(office, key), **inputs)) == notice
    assert jobs(office) == []


def test_a_card_that_is_not_true_any_more_writes_nothing(office: AddonSchool) -> None:
    key = office.has_concern(1, ref(1))
    card = shown(office, key)
    changes = (
        lambda: office.commit(RowChange("concerns", key, {"owner": "Mr Idris"})),
        lambda: office.has_concern(1, ref(1), edited=30, seen="Other words"),
        lambda: office.has_concern(1, ref(1), held=True, edited=60),
    )
    for change in changes:
        change()
        answer = save(office, card, outcome=text_input(MONITOR))
        assert "changed meanwhile" in texts_of(card_of(answer))
        card = shown(office, key)
    assert jobs(office) == []


def test_a_concern_that_no_sync_has_put_into_the_sheet_is_read_and_not_decided(office: AddonSchool) -> None:
    key = office.has_concern(1, ref(1), in_sheet=False)
    card = shown(office, key)
    assert f"{SECRET} seen" in texts_of(card)
    assert "The next sync puts it on Concerns." in texts_of(card)
    assert [each["do"] for each in actions_of(card)] == ["pupil", "sync", "home"]
    answer = office.press("concern_save", key=key, was="x", once="1", inputs={"outcome": text_input(MONITOR)})
    assert "not on Concerns yet" in texts_of(card_of(answer))


def test_a_text_that_no_field_holds_is_neither_shown_in_one_nor_lost(office: AddonSchool) -> None:
    key = office.has_concern(1, ref(1), typed={"feedback": "x" * 4000, "outcome": "A word of last year"})
    card = shown(office, key)
    assert "feedback" not in fields_of(card)
    assert fields_of(card)["outcome"] == text_input("A word of last year")
    save(office, card, owner=text_input("Ms Hale"))
    assert jobs(office)[0].payload["cells"] == {"owner": "Ms Hale"}


def test_lines_that_a_client_ends_in_two_characters_are_no_other_words(office: AddonSchool) -> None:
    words = "Thank you.\nWe watch her for three weeks.\n\nMs Hale"
    key = office.has_concern(about=ref(1), typed={"outcome": MONITOR, "feedback": words})
    ended = text_input(words.replace("\n", "\r\n"))
    assert notice_of(save(office, shown(office, key), feedback=ended)) == "Nothing was changed."
    again = NOW.date() + timedelta(days=21)
    save(office, shown(office, key), feedback=ended, review=day_input(again))
    (job,) = jobs(office)
    assert job.payload["cells"] == {"review": serial(again)}


def test_a_save_after_the_role_was_withdrawn_and_with_anothers_key_does_nothing(office: AddonSchool) -> None:
    key, other = office.has_concern(1, ref(1)), office.has_concern(2, ref(2), typed={"owner": "Ms Hale"})
    (button,) = [each for each in actions_of(shown(office, key)) if each["do"] == "concern_save"]
    inputs = {"outcome": text_input(MONITOR)}
    stolen = office.press(**{**button, "key": other}, inputs=inputs)
    assert "changed meanwhile" in texts_of(card_of(stolen))
    event = office.event(ACT, **button, inputs=inputs)
    roles = office.settings.addon.roles.model_copy(update={"senco": (), "teacher": (PEOPLE[Role.SENCO],)})
    addon = office.settings.addon.model_copy(update={"roles": roles})
    after = replace(office, settings=office.settings.model_copy(update={"addon": addon}))
    assert "You may not do that." in texts_of(card_of(after.post(ACT, event).get_json()))
    assert jobs(office) == []
    after.store.close()


def test_hostile_words_are_text_and_a_press_twice_is_one_job_unless_its_words_differ(office: AddonSchool) -> None:
    hostile = '<a href="https://evil.example">Click</a>'
    key = office.has_concern(1, name=hostile, seen=hostile, year=hostile)
    for told in (shown(office, key), card_of(office.press("heap", of="whose"))):
        assert "<a" not in texts_of(told)
    card = shown(office, key)
    for _ in range(2):
        save(office, card, feedback=text_input('=HYPERLINK("https://evil.example")'), owner=text_input("🐔" * 1000))
    (job,) = jobs(office)
    assert job.payload["cells"]["feedback"] == '=HYPERLINK("https://evil.example")'
    save(office, card, owner=text_input("Ms Hale"))
    assert [job.payload["cells"].get("owner", "")[:7] for job in jobs(office)] == ["Ms Hale", "🐔" * 7]


def test_a_pupil_off_the_register_is_watched_by_a_row_and_a_review_is_asked_for(office: AddonSchool) -> None:
    form = card_of(office.press("monitor", ref=ref(11)))
    assert "This pupil is not on the register." in texts_of(form)
    (button,) = [each for each in actions_of(form) if each["do"] == "monitor_save"]
    assert notice_of(office.press(**button)) == "Pick the day on which you look again."
    office.press(**button, inputs={"next_review": day_input(date(2027, 1, 12))})
    (watch,) = jobs(office)
    assert (watch.payload["tab"], watch.payload["key"], watch.payload["expected"]) == ("register", ref(11), None)
    assert watch.payload["cells"] == {"next_review": serial(date(2027, 1, 12))}

    assert notice_of(office.press("propose", ref=ref(1))) == "This review is due already."
    form = card_of(office.press("propose", ref=ref(11)))
    (button,) = [each for each in actions_of(form) if each["do"] == "propose_save"]
    kind = {"kind": text_input("SEN support review")}
    late = office.press(**button, inputs={**kind, "by": day_input(date(2026, 11, 22))})
    assert notice_of(late) == "Pick a day to come."
    office.press(**button, inputs={**kind, "by": day_input(date(2026, 12, 4))})
    asked = next(job for job in jobs(office) if job.payload["tab"] == "meetings")
    assert asked.payload["cells"] == {
        "pupil": f"Surname0011, Forename0011 (8A) · {ref(11)}", "kind": "SEN support review",
        "due": serial(date(2026, 12, 4)),
    }  # fmt: skip
    assert asked.payload["then_sync"] is True
