"""Which forms the demo's teachers send, whatever school it makes up, and what its SENCO types."""

from __future__ import annotations

from datetime import date
from typing import Any

from sync.cli.demo_concerns import decisions, letters_to_send, said_of, slip
from sync.cli.demo_people import HALE, IDRIS
from sync.domain.concerns import FormKey, Screen
from sync.plan.given_names import NO_GIVEN_NAMES
from sync.plan.matching import Roll, Said
from sync.service.concerns import Judge
from sync.store import FormState, KnownForm

FORM = KnownForm(
    key=FormKey.CONCERN,
    form_id="f",
    responder_uri="https://docs.google.com/forms/d/e/f/viewform",
    questions={"harm": "00000001", "ref": "00000002", "name": "00000003", "class": "00000004"},
    state=FormState.OPEN,
)


def pupil(ref: str, surname: str, forename: str, group: str = "7B") -> dict[str, Any]:
    return {
        "ref": ref, "name": f"{surname}, {forename}", "legal_surname": surname, "legal_forename": forename,
        "year": "7", "group": group, "on_roll": "Yes",
    }  # fmt: skip


def sent(*pupils: dict[str, Any], register: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Who sends a form, the name in it, and the link's own answers."""
    rows = {each["ref"]: each for each in pupils}
    roll = Roll.of(rows.values(), NO_GIVEN_NAMES)
    judge = Judge(lambda answers: roll.match(Said.of(answers)), lambda _: Screen.CLEAR)
    return [
        (each.teacher, str(each.answers.get("name", "")), each.link.partition("pp_url")[2])
        for each in letters_to_send(FORM, rows, register, judge)
    ]


def test_a_form_with_a_slip_one_with_a_first_name_alone_and_one_of_the_register_are_sent() -> None:
    pupils = (
        pupil("B2222", "Ostrowski", "Jan"),
        pupil("C2222", "Lomax", "Amara"),
        pupil("D2222", "Whitcombe", "Amara"),
        pupil("F2222", "Li", "Wei"),
    )
    assert sent(*pupils, register=("F2222",)) == [
        (HALE, "Jan Ostrwski", "&entry.4=7B"),
        (IDRIS, "Amara", "&entry.4=7B"),
        (HALE, "", "&entry.2=F2222&entry.3=F2222"),
    ]


def test_a_school_that_is_too_small_for_a_form_goes_without_it() -> None:
    assert sent(pupil("F2222", "Li", "Wei")) == []


def test_a_short_surname_keeps_its_letters() -> None:
    assert slip(pupil("F2222", "Li", "Wei")) == ""


def test_a_row_is_told_without_a_name() -> None:
    label = "Lomax, Amara (7B) C2222"
    assert [
        said_of(row) for row in ({"state": "Held"}, {"ref": "C2222", "who": label}, {"candidate_1": label}, {})
    ] == [
        "its words wait in the form until somebody has read them there.",
        "found on the roll, ref C2222.",
        "not sure whose; the likeliest pupils are in its list.",
        "not sure whose.",
    ]


def test_the_senco_decides_on_what_is_found_picks_who_is_not_and_leaves_what_is_held() -> None:
    inbox = {
        "C-1": {"ref": "C2222"},
        "C-2": {"candidate_1": "Lomax, Amara (7B) C2222"},
        "C-3": {"state": "Held"},
        "C-4": {},
    }
    found = decisions(inbox, date(2026, 11, 23))
    assert found["C-2"] == {"chosen": "Lomax, Amara (7B) C2222"}
    assert (found.keys(), found["C-1"]["outcome"], found["C-1"]["send"]) == ({"C-1", "C-2"}, "Monitor", "Send")
    assert found["C-1"]["review"] == 46391
