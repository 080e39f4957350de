"""The form's page as a teacher sees it, and the page of its answers as the SENCO does."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import HEAD, PARENT, TEACHER, Workspace, grave, overflows
from support.browser_calendar import open_as
from support.form_sheet import (
    ANSWERS,
    AREA,
    HARM,
    HARMED,
    LATER,
    READ,
    SEEN,
    WHO,
    Sheet,
    choice,
    concern_form,
    question,
)
from support.forms import send_form

pytestmark = pytest.mark.browser

RECORDED = "Your response has been recorded."


@pytest.fixture
def form(workspace: Workspace) -> Sheet:
    return concern_form(workspace.call)


def view(form: Sheet, query: str = "") -> str:
    return f"/forms/d/e/{form.public}/viewform{query}"


def sent(form: Sheet) -> list[dict[str, list[str]]]:
    """The answers of each response, by the question's id."""
    return [
        {name: [one["value"] for one in held["textAnswers"]["answers"]] for name, held in each["answers"].items()}
        for each in form.responses().get("responses", [])
    ]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin(page: Page, harm: str, who: str = TEACHER) -> None:
    """Answer the first section and go on."""
    page.get_by_label(f"Record {who} as the email").check()
    page.get_by_role("group", name="Is a child at risk of harm?").get_by_label(harm, exact=True).check()
    press(page, "Next")


def test_a_teacher_goes_through_the_sections_and_back_and_sends(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, view(form), TEACHER)
    expect(page).to_have_title(re.compile("^A concern "))
    expect(page.get_by_role("heading", name="A concern")).to_be_focused()
    begin(page, "No")
    expect(page.get_by_role("heading", name="About the pupil")).to_be_focused()
    page.get_by_label("Who?").fill("pupil 17")
    press(page, "Back")
    expect(page.get_by_label("No", exact=True)).to_be_checked()
    press(page, "Next")
    expect(page.get_by_label("Who?")).to_have_value("pupil 17")
    page.get_by_label("What did you see?").fill("Squints\n<b>at the board</b> =1+1")
    page.get_by_label("Mood").check()
    page.get_by_label("Other response").fill("Sleep")
    page.get_by_label("Since when?").fill("2026-09-07")
    press(page, "Submit")
    expect(page.get_by_text(RECORDED)).to_be_visible()
    expect(page.get_by_role("heading", name="A concern")).to_be_focused()
    expect(page.get_by_role("link", name="Edit your response")).to_have_count(0)
    assert sent(form) == [
        {
            HARM: ["No"],
            WHO: ["pupil 17"],
            SEEN: ["Squints\n<b>at the board</b> =1+1"],
            AREA: ["Mood", "Sleep"],
            LATER: ["2026-09-07"],
        }
    ]
    assert form.responses()["responses"][0]["respondentEmail"] == TEACHER
    page.get_by_role("link", name="Submit another response").click()
    expect(page.get_by_label("No", exact=True)).not_to_be_checked()


def test_an_answer_leads_to_its_section_and_that_way_is_sent(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, view(form), TEACHER)
    begin(page, "No")
    page.get_by_label("Who?").fill("not to be sent")
    press(page, "Back")
    page.get_by_label("Yes", exact=True).check()
    press(page, "Next")
    expect(page.get_by_role("heading", name="Tell the DSL now")).to_be_focused()
    button = page.locator("button[type=submit]")
    expect(button).to_have_text("Next")
    page.get_by_label("Yes", exact=True).check()
    expect(button).to_have_text("Submit")
    button.click()
    expect(page.get_by_text(RECORDED)).to_be_visible()
    assert sent(form) == [{HARM: ["Yes"], READ: ["Yes"]}]


def test_what_is_required_is_asked_for_and_the_focus_goes_there(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, view(form), TEACHER)
    page.get_by_label(f"Record {TEACHER} as the email").check()
    press(page, "Next")
    card = page.locator(f"[data-question={HARM}]")
    expect(card.get_by_role("alert")).to_have_text("This is a required question")
    expect(card.get_by_label("Yes", exact=True)).to_be_focused()
    expect(card.get_by_label("Yes", exact=True)).to_have_attribute("aria-invalid", "true")
    assert grave(page) == []
    card.get_by_label("No", exact=True).check()
    expect(card.get_by_role("alert")).to_have_text("")
    press(page, "Next")
    press(page, "Submit")
    expect(page.get_by_label("Who?")).to_be_focused()
    assert sent(form) == []


def test_a_link_fills_in_what_it_names(page: Page, workspace: Workspace, form: Sheet) -> None:
    entries = {
        f"entry.{int(HARM, 16)}": "No",
        f"entry.{int(WHO, 16)}": "S-7Q2K9",
        f"entry.{int(LATER, 16)}": "2026-09-07",
        f"entry.{int(AREA, 16)}": "Reading",
    }
    query = "&".join(f"{name}={value}" for name, value in entries.items())
    other = f"entry.{int(AREA, 16)}=__other_option__&entry.{int(AREA, 16)}.other_option_response=Sleep"
    open_as(page, workspace, view(form, f"?usp=pp_url&{query}&{other}&entry.99=x"), TEACHER)
    page.get_by_label(f"Record {TEACHER} as the email").check()
    press(page, "Next")
    page.get_by_label("What did you see?").fill("Tired")
    press(page, "Submit")
    expect(page.get_by_text(RECORDED)).to_be_visible()
    assert sent(form) == [
        {HARM: ["No"], WHO: ["S-7Q2K9"], SEEN: ["Tired"], AREA: ["Reading", "Sleep"], LATER: ["2026-09-07"]}
    ]


def test_the_keyboard_alone_is_enough(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, view(form), TEACHER)
    keys = page.keyboard
    page.get_by_label(f"Record {TEACHER} as the email").focus()
    for key in ("Space", "Tab", "ArrowDown", "Tab", "Enter"):
        keys.press(key)
    expect(page.get_by_role("heading", name="About the pupil")).to_be_focused()
    keys.press("Tab")
    keys.type("pupil 17")
    keys.press("Enter")
    expect(page.get_by_label("Who?")).to_be_focused()
    keys.press("Tab")
    keys.type("Tired")
    page.get_by_role("button", name="Submit").focus()
    keys.press("Enter")
    expect(page.get_by_text(RECORDED)).to_be_visible()
    assert sent(form) == [{HARM: ["No"], WHO: ["pupil 17"], SEEN: ["Tired"]}]


def test_what_was_sent_is_edited_where_the_owner_lets_people(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, f"/forms/d/{form.id}/edit")
    page.get_by_label("Let people edit their response").check()
    expect(page.get_by_label("Let people edit their response")).to_be_checked()
    open_as(page, workspace, view(form), TEACHER)
    begin(page, "No")
    page.get_by_label("Who?").fill("pupil 17")
    page.get_by_label("What did you see?").fill("Tired")
    press(page, "Submit")
    page.get_by_role("link", name="Edit your response").click()
    expect(page.get_by_text("You are editing your response.")).to_be_visible()
    place = page.url
    press(page, "Next")
    page.get_by_label("What did you see?").fill("Awake again")
    press(page, "Submit")
    expect(page.get_by_text(RECORDED)).to_be_visible()
    assert sent(form) == [{HARM: ["No"], WHO: ["pupil 17"], SEEN: ["Awake again"]}]
    open_as(page, workspace, place.removeprefix(workspace.url), HEAD)
    expect(page.locator("#form-page")).to_contain_text("Somebody else sent this answer.")


def test_a_form_that_cannot_be_answered_says_why(page: Page, workspace: Workspace, form: Sheet) -> None:
    open_as(page, workspace, view(form), PARENT)
    expect(page.locator("#form-page")).to_contain_text("You need permission to answer this form.")
    page.locator("#form-page").get_by_role("link", name="Switch account").click()
    page.get_by_role("button", name="Choose Tia Wells").click()
    expect(page.get_by_text(f"Signed in as {TEACHER}.")).to_be_visible()
    form.publish({"publishState": {"isPublished": True}})
    open_as(page, workspace, view(form), TEACHER)
    expect(page.locator("#form-page")).to_contain_text("This form is no longer accepting responses.")
    form.publish()
    open_as(page, workspace, view(form), TEACHER)
    form.publish({"publishState": {"isPublished": True}})
    begin(page, "No")
    page.get_by_label("Who?").fill("pupil 17")
    page.get_by_label("What did you see?").fill("kept on the page")
    press(page, "Submit")
    expect(page.locator("#alert")).to_have_text("This form is no longer accepting responses.")
    expect(page.get_by_label("What did you see?")).to_have_value("kept on the page")
    open_as(page, workspace, "/forms/d/e/none/viewform", TEACHER)
    expect(page.locator("#form-page")).to_contain_text("There is no such form.")


def test_hostile_words_of_a_form_are_words_on_its_page(page: Page, workspace: Workspace) -> None:
    words = "<img src=x onerror=\"document.title='taken'\">"
    form = Sheet(workspace.call, title=words)
    form.add(
        {**question(words, "a1", choiceQuestion=choice("RADIO", words, "B")), "description": words},
        question("list", "a2", choiceQuestion=choice("DROP_DOWN", words)),
    )
    form.publish()
    open_as(page, workspace, view(form, f"?entry.161={words}"), "senco@school.example")
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.get_by_label(words).first).to_be_checked()
    assert page.locator("#form-page img").count() == 0
    page.get_by_label("Record senco@school.example as the email").check()
    press(page, "Submit")
    open_as(page, workspace, f"/forms/d/{form.id}/edit")
    expect(page.locator("#answers dd")).to_have_text(words)
    assert page.title() != "taken"


EVERY: list[tuple[str, dict[str, Any], str]] = [
    ("Scale", {"scaleQuestion": {"low": 1, "high": 5, "lowLabel": "Little", "highLabel": "Very"}}, "3"),
    ("Stars", {"ratingQuestion": {"iconType": "STAR", "ratingScaleLevel": 5}}, "4"),
    ("Year", {"choiceQuestion": choice("DROP_DOWN", "7", "8")}, "8"),
    ("Time", {"timeQuestion": {}}, "14:51"),
    ("Lasted", {"timeQuestion": {"duration": True}}, "01:30"),
    ("Day", {"dateQuestion": {}}, "05-19"),
    ("When", {"dateQuestion": {"includeYear": True, "includeTime": True}}, "2026-09-07 14:51"),
]


def every_kind(workspace: Workspace) -> Sheet:
    form = Sheet(workspace.call)
    rows = [{"questionId": f"d{number}", "rowQuestion": {"title": f"Row {number}"}} for number in (1, 2)]
    form.add(
        *(question(title, f"c{at}", **kind) for at, (title, kind, _) in enumerate(EVERY)),
        {
            "title": "Grid",
            "questionGroupItem": {"questions": rows, "grid": {"columns": choice("RADIO", "Never", "Often")}},
        },
        {"title": "Note", "description": "Thank you", "textItem": {}},
    )
    form.batch({"updateSettings": {"settings": {"emailCollectionType": "RESPONDER_INPUT"}, "updateMask": "*"}})
    form.publish()
    form.give(type="domain", domain="school.example")
    return form


def test_every_kind_of_question_is_answered(page: Page, workspace: Workspace) -> None:
    form = every_kind(workspace)
    open_as(page, workspace, view(form), TEACHER)
    page.get_by_label("Email").fill("tia@home.example")
    page.get_by_role("group", name="Scale").get_by_label("3").check()
    page.get_by_role("group", name="Stars").get_by_label("4").check()
    page.get_by_label("Year").select_option("8")
    page.get_by_label("Time", exact=True).first.fill("14:51")
    page.get_by_label("Lasted").fill("90 minutes")
    page.get_by_label("Day").fill("05-19")
    page.get_by_role("group", name="When").get_by_label("Date").fill("2026-09-07")
    page.get_by_role("group", name="Row 2").get_by_label("Often").check()
    press(page, "Submit")
    expect(page.locator("[data-question=c4] .problem")).to_contain_text("Hours and minutes")
    expect(page.locator("[data-question=c6] .problem")).to_have_text("Give both, the date and the time.")
    page.get_by_label("Lasted").fill("01:30")
    page.get_by_role("group", name="When").get_by_label("Time").fill("14:51")
    press(page, "Submit")
    expect(page.get_by_text(RECORDED)).to_be_visible()
    assert sent(form) == [{**{f"c{at}": [value] for at, (_, _, value) in enumerate(EVERY)}, "d2": ["Often"]}]
    assert form.responses()["responses"][0]["respondentEmail"] == "tia@home.example"


def test_clearing_asks_first_and_a_choice_can_be_taken_back(page: Page, workspace: Workspace) -> None:
    form = Sheet(workspace.call)
    form.add(question("Pick", "a1", choiceQuestion=choice("RADIO", "A", "B")), question("Say", "a2", textQuestion={}))
    form.publish()
    open_as(page, workspace, view(form))
    page.get_by_label("A", exact=True).check()
    press(page, "Clear selection")
    expect(page.get_by_label("A", exact=True)).not_to_be_checked()
    expect(page.get_by_label("A", exact=True)).to_be_focused()
    page.get_by_label("Say").fill("words")
    press(page, "Clear form")
    press(page, "Cancel")
    expect(page.get_by_label("Say")).to_have_value("words")
    press(page, "Clear form")
    page.get_by_role("dialog").get_by_role("button", name="Clear form").click()
    expect(page.get_by_label("Say")).to_have_value("")


def test_the_owner_reads_deletes_and_closes(page: Page, workspace: Workspace, form: Sheet) -> None:
    first = send_form(workspace.server, form.id, TEACHER, ANSWERS)
    send_form(workspace.server, form.id, HEAD, HARMED)
    open_as(page, workspace, "/")
    page.get_by_role("link", name="Concern form").click()
    expect(page.get_by_role("heading", name="A concern", exact=True)).to_be_visible()
    expect(page.locator("#count")).to_have_text("2 responses")
    expect(page.locator("#answers h2")).to_have_text([f"Response 2, {HEAD}", f"Response 1, {TEACHER}"])
    expect(page.locator("#answers li").nth(1).locator("dd")).to_have_text(["No", "pupil 17", "Squints\nat the board"])
    page.get_by_role("button", name="Delete Response 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#answers h2")).to_have_text([f"Response 1, {TEACHER}"])
    assert [one["responseId"] for one in form.responses()["responses"]] == [first]
    page.get_by_label("Accept responses").uncheck()
    expect(page.get_by_label("Accept responses")).not_to_be_checked()
    assert form.read()["publishSettings"] == {"publishState": {"isPublished": True}}
    open_as(page, workspace, f"/forms/d/{form.id}/edit", TEACHER)
    expect(page.locator("#alert")).to_have_text("The caller does not have permission.")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_grave_on_the_form_pages(page: Page, workspace: Workspace, form: Sheet, width: int) -> None:
    send_form(workspace.server, form.id, TEACHER, ANSWERS)
    page.set_viewport_size({"width": width, "height": 740})
    for path, who in (
        (view(form), TEACHER),
        (view(every_kind(workspace)), TEACHER),
        (view(form), PARENT),
        (f"/forms/d/{form.id}/edit", "senco@school.example"),
    ):
        open_as(page, workspace, path, who)
        expect(page.locator(".notice")).to_contain_text("Local workspace on this computer, not Google")
        assert grave(page) == []
        assert not overflows(page)
    open_as(page, workspace, view(form), TEACHER)
    begin(page, "No")
    assert grave(page) == []
    assert not overflows(page)
