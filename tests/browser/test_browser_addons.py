"""Add-ons beside the sheet and the calendar: cards, fields, navigation, what is agreed to, links, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect
from support.addon_cards import every_widget
from support.addons import AUTH, SCOPES, Addon, card, install, pushed, running, submitted, words
from support.browser import PARENT, SENCO, Workbook, Workspace, cell, grave, open_sheet, overflows, paste
from support.browser_calendar import add_event, on_page, open_as

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser

LINK = "https://sensync.school.example/p/7F3K"


@pytest.fixture
def addon(workspace: Workspace) -> Iterator[Addon]:
    with running(workspace.url) as made:
        install(workspace.server, made)
        yield made


def open_panel(page: Page, workbook: Workbook) -> Locator:
    """The panel beside the register, its homepage on show."""
    open_sheet(page, workbook, "Register")
    page.get_by_role("navigation", name="Add-ons").get_by_role("button", name="SEN register").click()
    panel = page.get_by_role("region", name="SEN register")
    expect(panel).to_have_attribute("aria-busy", "false")
    return panel


def press(text: str, function: str, do: str, **more: Any) -> dict[str, Any]:
    """A widget of one button."""
    action = {"function": function, "parameters": [{"key": "do", "value": do}], **more}
    return {"buttonList": {"buttons": [{"text": text, "onClick": {"action": action}}]}}


def test_every_widget_is_drawn_and_nothing_in_a_card_runs(page: Page, workbook: Workbook, addon: Addon) -> None:
    told: list[str] = []
    page.on("dialog", lambda dialog: told.append(dialog.message))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    addon.on("/addon/home", pushed(every_widget(addon.base + "/addon/act")))
    panel = open_panel(page, workbook)
    expect(panel.get_by_role("heading")).to_have_text(["SEN register", "Every widget", "Words", "Fields", "Folded"])
    expect(panel.locator(".textParagraph").first).to_have_text("Bold, slanted, red, a linkand a line.")
    expect(panel.locator("script")).to_have_count(0)
    link = panel.get_by_role("link", name="a link")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(panel.get_by_role("button", name="Open", exact=True)).to_be_visible()
    expect(panel.get_by_role("switch", name="Remind me")).to_be_checked()
    expect(panel.get_by_role("img", name="A dot")).to_have_count(1)
    expect(panel.get_by_role("img", name="Not from here")).to_have_text("Not from here")
    expect(panel.get_by_label("Note", exact=True)).to_have_value("as was")
    expect(panel.get_by_label("Need")).to_have_value("C")
    expect(panel.get_by_role("group", name="Kinds").get_by_role("checkbox")).to_have_count(2)
    expect(panel.get_by_role("group", name="Level").get_by_role("radio")).to_have_count(2)
    expect(panel.get_by_role("group", name="Switches").get_by_role("switch")).to_have_count(2)
    # 1 July 2026, 16:20 in London, which is an hour ahead of UTC then.
    expect(panel.get_by_label("Slot", exact=True)).to_have_value("2026-07-01")
    expect(panel.get_by_label("Slot, time")).to_have_value("16:20")
    expect(panel.get_by_label("Due")).to_have_value("2026-07-01")
    expect(panel.get_by_label("At", exact=True)).to_have_value("15:30")
    expect(panel.get_by_text("Right")).to_be_visible()
    expect(panel.get_by_role("list", name="Pupils")).to_be_hidden()
    panel.get_by_role("button", name="Show more of Folded").click()
    expect(panel.get_by_role("list", name="Pupils").get_by_role("listitem")).to_have_text(["One4B", "Two"])
    expect(panel.get_by_role("button", name="Not now")).to_be_disabled()
    assert (told, grave(page), overflows(page)) == ([], [], False)


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>press</a>",
    "<svg><script>alert(1)</script></svg>",
    "<b onclick=alert(1)>bold</b>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>body{display:none}</style>",
    "<form action=/x><input name=y></form>",
    "<table><td><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
)


def test_hostile_words_of_a_card_are_words(page: Page, workbook: Workbook, addon: Addon) -> None:
    told: list[str] = []
    page.on("dialog", lambda dialog: told.append(dialog.message))
    labels = [{"decoratedText": {"topLabel": text, "text": text, "bottomLabel": text}} for text in HOSTILE]
    fields = [{"textInput": {"name": f"f{at}", "label": text, "value": text}} for at, text in enumerate(HOSTILE)]
    body = {"header": {"title": HOSTILE[0] + "Title"}, "sections": [{"header": HOSTILE[3], "widgets": labels + fields}]}
    addon.on("/addon/home", pushed(body))
    panel = open_panel(page, workbook)
    inside = panel.locator(".addon-card")
    tags = inside.evaluate("node => [...new Set([...node.querySelectorAll('*')].map((one) => one.localName))].sort()")
    assert tags == ["b", "div", "h3", "h4", "input", "label", "p", "section"]
    attributes = "node => [...node.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())"
    assert [name for name in inside.evaluate(attributes) if name.startswith("on")] == []
    inside.get_by_text("bold").first.click()
    assert told == []


def test_fields_are_sent_as_google_sends_them_and_a_grid_says_which_item(
    page: Page, workbook: Workbook, addon: Addon
) -> None:
    addon.on("/addon/home", pushed(every_widget(addon.base + "/addon/act")))
    addon.on("/addon/act", submitted(notification={"text": "Saved"}))
    panel = open_panel(page, workbook)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_label("More", exact=True)).to_be_focused()
    expect(panel.get_by_text("Fill in “More”.")).to_be_visible()
    assert [path for path, _ in addon.events] == ["/addon/home"]
    panel.get_by_label("More", exact=True).fill("two\nlines")
    panel.get_by_label("Cost").fill("12x")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("“Cost” takes a whole number.")).to_be_visible()
    panel.get_by_label("Cost").fill("120")
    panel.get_by_role("group", name="Kinds").get_by_label("Communication").check()
    panel.get_by_role("group", name="Level").get_by_label("Communication").check()
    panel.get_by_label("Slot, time").fill("09:05")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    common = addon.last["commonEventObject"]
    assert common["parameters"] == {"do": "save"}
    assert common["formInputs"] == {
        "remind": {"stringInputs": {"value": ["yes"]}},
        "note": {"stringInputs": {"value": ["as was"]}},
        "more": {"stringInputs": {"value": ["two\nlines"]}},
        "cost": {"stringInputs": {"value": ["120"]}},
        "need": {"stringInputs": {"value": ["C"]}},
        "kinds": {"stringInputs": {"value": ["C", "SLCN"]}},
        "level": {"stringInputs": {"value": ["SLCN"]}},
        "on": {"stringInputs": {"value": ["C"]}},
        "slot": {"dateTimeInput": {"msSinceEpoch": "1782893100000", "hasDate": True, "hasTime": True}},
        "due": {"dateInput": {"msSinceEpoch": "1782864000000"}},
        "at": {"timeInput": {"hours": 15, "minutes": 30}},
    }
    # persistValues kept what was typed; without it the server's values count again.
    expect(panel.get_by_label("Cost")).to_have_value("120")
    panel.get_by_role("button", name="Show more of Folded").click()
    panel.get_by_role("button", name="Two").click()
    expect(panel.get_by_label("Cost")).to_have_value("")
    assert addon.last["commonEventObject"]["parameters"] == {"do": "press", "grid_item_id": "two"}


def test_cards_are_pushed_updated_and_popped(page: Page, workbook: Workbook, addon: Addon) -> None:
    act = addon.base + "/addon/act"

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        counts, twice = press("Count", act, "count"), press("Back twice", act, "back")
        moves = {
            "push": [{"pushCard": card(press("Deeper", act, "deeper"), title="Second", name="second")}],
            "deeper": [{"pushCard": card(counts, twice, title="Third")}],
            "count": [{"updateCard": card(counts, press("To second", act, "to"), title="Third, again")}],
            "to": [{"popToCard": "second"}],
            "back": [{"popToRoot": True}, {"updateCard": card(words("Fresh"), title="First, anew")}],
        }
        return submitted(navigations=moves[event["commonEventObject"]["parameters"]["do"]])

    addon.on("/addon/home", pushed(card(press("Go", act, "push"), title="First")))
    addon.on("/addon/act", answer)
    panel = open_panel(page, workbook)
    title = panel.get_by_role("heading", level=3)
    back = panel.get_by_role("button", name="Back", exact=True)
    expect(back).to_be_hidden()
    panel.get_by_role("button", name="Go").click()
    expect(title).to_have_text("Second")
    expect(title).to_be_focused()
    panel.get_by_role("button", name="Deeper").click()
    panel.get_by_role("button", name="Count").click()
    expect(title).to_have_text("Third, again")
    expect(panel.get_by_role("button", name="Count")).to_be_focused()
    panel.get_by_role("button", name="To second").click()
    expect(title).to_have_text("Second")
    back.click()
    expect(title).to_have_text("First")
    expect(back).to_be_hidden()
    panel.get_by_role("button", name="Go").click()
    panel.get_by_role("button", name="Deeper").click()
    panel.get_by_role("button", name="Back twice").click()
    expect(title).to_have_text("First, anew")
    expect(back).to_be_hidden()


def test_a_pupil_is_found_by_typing_with_the_keyboard_alone(page: Page, workbook: Workbook, addon: Addon) -> None:
    def suggest(event: dict[str, Any]) -> dict[str, Any]:
        (typed,) = event["commonEventObject"]["formInputs"]["pupil"]["stringInputs"]["value"]
        return {"autoComplete": {"items": [{"text": f"{typed}a, {form}"} for form in ("4B", "6C")]}}

    function = addon.on("/addon/complete", suggest)
    find = {"name": "pupil", "label": "Find a pupil", "autoCompleteAction": {"function": function}}
    find["onChangeAction"] = {"function": addon.base + "/addon/act", "loadIndicator": "NONE", "persistValues": True}
    addon.on("/addon/home", pushed(card({"textInput": find})))
    addon.on("/addon/act", submitted(navigations=[{"pushCard": card(words("SEN support"), title="Pupil")}]))
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="SEN register", exact=True).focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="Find a pupil")
    expect(field).to_be_visible()
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
        if field.evaluate("node => node === document.activeElement"):
            break
    expect(field).to_be_focused()
    page.keyboard.type("Ad")
    expect(page.get_by_role("option")).to_have_text(["Ada, 4B", "Ada, 6C"])
    assert grave(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text("Ada, 6C")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="SEN register")
    expect(panel.get_by_role("heading", level=3)).to_have_text("Pupil")
    assert addon.last["commonEventObject"]["formInputs"] == {"pupil": {"stringInputs": {"value": ["Ada, 6C"]}}}
    panel.get_by_role("button", name="Back", exact=True).press("Enter")
    expect(field).to_have_value("Ada, 6C")
    panel.get_by_role("button", name="Close the panel").press("Enter")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="SEN register", exact=True)).to_be_focused()


def test_a_file_is_given_to_the_addon_and_only_then_named(page: Page, workbook: Workbook, addon: Addon) -> None:
    ask = {"hostAppAction": {"editorAction": {"requestFileScopeForActiveDocument": {}}}}
    addon.on("/addon/home", pushed(card(press("Give access", addon.base + "/addon/act", "ask"))))
    addon.on("/addon/act", {"renderActions": ask})
    addon.on("/addon/granted", lambda event: pushed(card(words(f"Reads {event['sheets']['title']}"))))
    panel = open_panel(page, workbook)
    panel.get_by_role("button", name="Give access").click()
    dialog = page.get_by_role("dialog", name="Allow SEN register to use this file?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(panel.get_by_role("status").filter(has_text="not given")).to_be_visible()
    panel.get_by_role("button", name="Give access").click()
    assert grave(page) == []
    dialog.get_by_role("button", name="Allow").click()
    expect(panel.get_by_text("Reads SEN register")).to_be_visible()
    expect(panel.get_by_role("button", name="Back", exact=True)).to_be_hidden()
    assert addon.last["sheets"]["id"] == workbook.id


def test_scopes_are_agreed_to_and_the_action_runs_again(
    page: Page, workspace: Workspace, workbook: Workbook, addon: Addon
) -> None:
    workspace.call("PUT", f"/local/addons/sensync/accounts/{SENCO}", {"scopes": [SCOPES[0]]})

    def home(event: dict[str, Any]) -> dict[str, Any]:
        held = event["authorizationEventObject"]["authorizedScopes"]
        missing = {"requestingGoogleScopes": {"scopes": [AUTH + "drive.file"]}}
        return pushed(card(words("All is well"))) if AUTH + "drive.file" in held else missing

    addon.on("/addon/home", home)
    open_sheet(page, workbook, "Register")
    page.get_by_role("button", name="SEN register", exact=True).click()
    dialog = page.get_by_role("dialog", name="Allow access?")
    expect(dialog.get_by_role("listitem")).to_have_text(["drive.file"])
    dialog.get_by_role("button", name="Cancel").click()
    panel = page.get_by_role("region", name="SEN register")
    panel.get_by_role("button", name="Authorise access").click()
    dialog.get_by_role("button", name="Allow").click()
    expect(panel.get_by_text("All is well")).to_be_visible()


def test_a_failure_says_googles_sentence_and_tells_the_developer_more(
    page: Page, workbook: Workbook, addon: Addon
) -> None:
    addon.on("/addon/home", (500, "oh"))
    panel = open_panel(page, workbook)
    expect(panel.get_by_text("There was a problem with this add-on.")).to_be_visible()
    detail = panel.get_by_text("The add-on answered with status 500.")
    expect(detail).to_be_hidden()
    panel.get_by_text("For the developer").click()
    expect(detail).to_be_visible()
    assert grave(page) == []
    addon.on("/addon/home", pushed(card(press("Break", addon.base + "/addon/act", "x"), title="Home")))
    panel.get_by_role("button", name="Try again").click()
    addon.on("/addon/act", submitted(navigations=[{"pushCard": card({"textParagraf": {}})}]))
    panel.get_by_role("button", name="Break").click()
    panel.get_by_text("For the developer").click()
    expect(panel.get_by_text('Unknown name "textParagraf"')).to_be_visible()
    panel.get_by_role("button", name="Back", exact=True).click()
    expect(panel.get_by_role("heading", level=3)).to_have_text("Home")


def test_links_open_in_a_new_tab_and_reload_the_card_when_it_is_closed(
    page: Page, workspace: Workspace, workbook: Workbook, addon: Addon
) -> None:
    visits: list[str] = []

    def home(_event: dict[str, Any]) -> dict[str, Any]:
        visits.append("home")
        link = {"url": addon.base + "/book", "onClose": "RELOAD"}
        button = {"text": "Book", "onClick": {"openLink": link}}
        return pushed(card({"buttonList": {"buttons": [button]}}, words(f"Seen {len(visits)} times")))

    addon.on("/addon/home", home)
    panel = open_panel(page, workbook)
    expect(panel.get_by_text("Seen 1 times")).to_be_visible()
    with page.expect_popup() as opened:
        panel.get_by_role("button", name="Book").click()
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    expect(panel.get_by_text("Seen 2 times")).to_be_visible()


def test_the_menu_holds_the_cards_actions_and_those_of_the_addon(page: Page, workbook: Workbook, addon: Addon) -> None:
    addon.on("/addon/home", pushed(every_widget(addon.base + "/addon/act")))
    addon.on("/addon/settings", pushed(card(words("Choose"), title="Settings")))
    addon.on("/addon/act", submitted(notification={"text": "Copied"}))
    panel = open_panel(page, workbook)
    panel.get_by_role("button", name="More of this add-on").press("Enter")
    expect(page.get_by_role("menuitem")).to_have_text(["Print", "Settings", "Help", "Reload"])
    assert grave(page) == []
    page.get_by_role("menuitem", name="Settings").press("Enter")
    expect(panel.get_by_role("heading", level=3)).to_have_text("Settings")
    panel.get_by_role("button", name="Back", exact=True).click()
    panel.get_by_role("button", name="Inner").click()
    expect(panel.get_by_role("heading", level=3)).to_have_text("Inner card")
    panel.get_by_role("button", name="Back", exact=True).click()
    panel.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Copy the link").click()
    expect(panel.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    expect(panel.get_by_role("heading", level=3)).to_have_text("Every widget")
    assert addon.last["commonEventObject"]["parameters"] == {"do": "press"}


def test_an_opened_event_shows_its_card(page: Page, workspace: Workspace, addon: Addon) -> None:
    made = add_event(workspace, "10:00", "10:40", "Meeting, ref 7F3K")
    act = addon.base + "/addon/act"
    addon.on("/addon/event", lambda event: pushed(card(press("Held", act, "held"), title=event["calendar"]["id"])))
    addon.on("/addon/act", submitted(notification={"text": "Recorded as held"}))
    open_as(page, workspace, "/calendar#week=2026-12-08")
    on_page(page, "Meeting, ref 7F3K").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    panel = page.get_by_role("region", name="SEN register")
    expect(panel.get_by_role("heading", level=3)).to_have_text(made["id"])
    expect(panel.get_by_text("Meeting, ref 7F3K, Tuesday 8 December 2026")).to_be_visible()
    panel.get_by_role("button", name="Held").click()
    expect(panel.get_by_role("status").filter(has_text="Recorded as held")).to_be_visible()
    assert addon.last["calendar"]["id"] == made["id"]
    assert (grave(page), overflows(page)) == ([], False)
    panel.get_by_role("button", name="Home").click()
    expect(panel.get_by_role("heading", level=3)).to_have_text("SEN register")
    assert addon.last["calendar"] == {}
    panel.get_by_role("button", name="Close the panel").click()
    on_page(page, "Meeting, ref 7F3K").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_a_pasted_link_becomes_a_chip_with_a_card(page: Page, workbook: Workbook, addon: Addon) -> None:
    preview = {"title": "Ref 7F3K", "linkPreviewTitle": "A pupil's page", "previewCard": card(words("SEN support"))}
    addon.on("/addon/preview", {"action": {"linkPreview": preview}})
    workbook.batch({"addSheet": {"properties": {"title": "Links"}}})
    open_sheet(page, workbook, "Links")
    page.wait_for_selector("body[data-addons]")
    cell(page, "B2").click()
    paste(page, LINK)
    expect(page.get_by_role("button", name="Replace URL with “Ref 7F3K”")).to_be_visible()
    assert grave(page) == []
    page.keyboard.press("Tab")
    expect(cell(page, "B2")).to_have_text("Ref 7F3K")
    assert workbook.value("Links!B2") == "Ref 7F3K"
    hover = page.get_by_role("note")
    expect(hover.get_by_text("A pupil's page")).to_be_visible()
    expect(hover.get_by_role("link")).to_have_attribute("href", LINK)
    expect(hover.get_by_text("SEN support")).to_be_visible()
    assert (grave(page), [path for path, _ in addon.events]) == ([], ["/addon/preview"])
    page.keyboard.press("Control+z")
    expect(cell(page, "B2")).to_have_text(LINK)


def test_an_account_without_the_addon_sees_no_rail(
    page: Page, workspace: Workspace, workbook: Workbook, addon: Addon
) -> None:
    workbook.share(PARENT, "reader")
    open_sheet(page, workbook, "Register", PARENT)
    page.wait_for_selector("body[data-addons='0']")
    expect(page.get_by_role("navigation", name="Add-ons")).to_have_count(0)


def test_on_a_phone_the_panel_lies_over_the_sheet(page: Page, workbook: Workbook, addon: Addon) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    panel = open_panel(page, workbook)
    expect(panel.get_by_text("Hello")).to_be_visible()
    assert (grave(page), overflows(page)) == ([], False)
    panel.get_by_role("button", name="Close the panel").click()
    expect(cell(page, "A2")).to_be_visible()
