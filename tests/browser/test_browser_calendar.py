"""The calendar page: what a person makes, moves, answers, deletes and brings back, with mouse and keyboard."""

import pytest
from playwright.sync_api import Page, expect
from support.browser import TEACHER, Workspace, grave, overflows
from support.browser_calendar import EVENTS, add_event, get_event, on_page, open_as

pytestmark = pytest.mark.browser

WEEK = "/calendar#week=2026-12-08"
DAY = "/calendar#day=2026-12-08"


def test_a_week_shows_every_calendar_with_free_and_busy_times_told_apart(page: Page, workspace: Workspace) -> None:
    made = workspace.call("POST", "/calendar/v3/calendars", {"summary": "Surgeries", "timeZone": "Europe/London"})
    zone = {"timeZone": "Europe/London"}
    slot = {"start": {"dateTime": "2026-12-08T16:20:00", **zone}, "end": {"dateTime": "2026-12-08T16:40:00", **zone}}
    path = f"/calendar/v3/calendars/{made['id']}/events"
    workspace.call("POST", path, {**slot, "summary": "Slot", "transparency": "transparent"})
    add_event(workspace, "09:00", "10:00", "Briefing", location="Hall")
    day = {"summary": "INSET", "start": {"date": "2026-12-09"}, "end": {"date": "2026-12-11"}}
    workspace.call("POST", EVENTS, day)
    open_as(page, workspace, WEEK)
    expect(page.locator("h1")).to_have_text("December 2026")
    busy, free = on_page(page, "Briefing"), on_page(page, "Slot")
    expect(busy).to_have_attribute(
        "aria-label", "Briefing, Tuesday 8 December, 9:00am to 10:00am, Hall, senco@school.example"
    )
    expect(free).to_have_attribute("aria-label", "Slot, Tuesday 8 December, 4:20pm to 4:40pm, Surgeries, free")
    colours = [one.evaluate("node => getComputedStyle(node).backgroundColor") for one in (busy, free)]
    assert colours[1] == "rgb(255, 255, 255)"
    assert colours[0] != colours[1]
    expect(page.locator("#allday .event")).to_have_text(["INSET", "INSET"])
    page.get_by_role("checkbox", name="Surgeries").uncheck()
    expect(free).to_have_count(0)
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    expect(page.get_by_role("checkbox", name="Surgeries")).not_to_be_checked()


def test_an_event_is_made_by_keyboard_alone_at_phone_width(page: Page, workspace: Workspace) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_as(page, workspace, DAY)
    page.get_by_role("button", name="New event").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New event")
    expect(dialog.get_by_label("Title")).to_be_focused()
    page.keyboard.type("Meeting, ref 7F3K")
    dialog.get_by_label("From").fill("16:20")
    expect(dialog.get_by_label("Until")).to_have_value("16:50")
    dialog.get_by_label("Until").fill("16:40")
    dialog.get_by_label("Where").fill("Room 2")
    dialog.get_by_label("Show as").select_option("transparent")
    dialog.get_by_label("Title").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#status")).to_have_text("Saved.")
    expect(on_page(page, "Meeting, ref 7F3K")).to_have_count(1)
    made = workspace.call("GET", EVENTS)["items"][0]
    assert (made["start"]["dateTime"], made["end"]["dateTime"]) == ("2026-12-08T16:20:00Z", "2026-12-08T16:40:00Z")
    assert (made["location"], made["transparency"]) == ("Room 2", "transparent")


def test_a_place_in_the_day_is_where_a_new_event_begins(page: Page, workspace: Workspace) -> None:
    open_as(page, workspace, DAY)
    page.locator("#hours .day").click(position={"x": 200, "y": 64 * 10 + 40})
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("From")).to_have_value("10:30")
    expect(dialog.get_by_label("Date")).to_have_value("2026-12-08")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_dragging_moves_an_event_to_another_time_and_day(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review")
    open_as(page, workspace, WEEK)
    box = on_page(page, "Review").bounding_box()
    days = page.locator("#hours .day")
    target = days.nth(3).bounding_box()
    assert box is not None
    assert target is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(target["x"] + 30, y + 60, steps=5)
    page.mouse.move(target["x"] + target["width"] / 2, y + 64 * 1.5, steps=5)
    page.mouse.up()
    expect(page.locator("#status")).to_have_text("Moved to Thursday 10 December 2026, 11:30 to 12:10.")
    expect(days.nth(3).locator(".event")).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    moved = get_event(workspace, made)
    assert (moved["start"]["dateTime"], moved["end"]["dateTime"]) == ("2026-12-10T11:30:00Z", "2026-12-10T12:10:00Z")


def test_the_lower_edge_makes_an_event_longer(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review")
    open_as(page, workspace, WEEK)
    grip = on_page(page, "Review").locator(".grip").bounding_box()
    assert grip is not None
    page.mouse.move(grip["x"] + 20, grip["y"] + 3)
    page.mouse.down()
    page.mouse.move(grip["x"] + 20, grip["y"] + 3 + 32, steps=5)
    page.mouse.up()
    expect(page.locator("#status")).to_contain_text("10:00 to 11:10")
    assert get_event(workspace, made)["end"]["dateTime"] == "2026-12-08T11:10:00Z"


def test_the_dialog_moves_an_event_with_the_keyboard(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review", description="bring the plan")
    open_as(page, workspace, WEEK)
    on_page(page, "Review").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Review")
    dialog.get_by_label("Date").fill("2026-12-09")
    dialog.get_by_label("From").fill("13:00")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#status")).to_have_text("Saved.")
    moved = get_event(workspace, made)
    assert (moved["start"]["dateTime"], moved["end"]["dateTime"]) == ("2026-12-09T13:00:00Z", "2026-12-09T13:40:00Z")
    assert moved["description"] == "bring the plan"
    on_page(page, "Review").click()
    dialog.get_by_label("All day").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#allday .event")).to_have_text(["Review"])
    assert get_event(workspace, made)["end"] == {"date": "2026-12-10"}


def test_a_deleted_event_is_shown_when_asked_for_and_restored(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review")
    open_as(page, workspace, WEEK)
    on_page(page, "Review").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(on_page(page, "Review")).to_have_count(0)
    assert get_event(workspace, made)["status"] == "cancelled"
    page.get_by_label("Show deleted events").check()
    on_page(page, "Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This event is deleted.")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.locator("#status")).to_have_text("Restored.")
    assert get_event(workspace, made)["status"] == "confirmed"


def test_a_repeating_event_is_changed_for_one_day_or_deleted_whole(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Daily", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    open_as(page, workspace, WEEK)
    expect(on_page(page, "Daily")).to_have_count(3)
    on_page(page, "Daily").nth(1).click()
    dialog = page.get_by_role("dialog", name="Daily")
    expect(dialog).to_contain_text("This event repeats.")
    dialog.get_by_label("Title").fill("Other")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".event .what")).to_have_text(["Daily", "Other", "Daily"])
    on_page(page, "Daily").first.click()
    dialog.get_by_role("button", name="Delete every day of it").click()
    expect(page.locator(".event")).to_have_count(0)
    assert get_event(workspace, made)["status"] == "cancelled"


@pytest.mark.parametrize(("answer", "said"), [("Yes", "accepted"), ("Maybe", "tentative"), ("No", "declined")])
def test_an_invitation_is_answered(page: Page, workspace: Workspace, answer: str, said: str) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review", attendees=[{"email": TEACHER}])
    open_as(page, workspace, WEEK, TEACHER)
    expect(on_page(page, "Review")).to_have_attribute(
        "aria-label", "Review, Tuesday 8 December, 10:00am to 10:40am, teacher@school.example, not answered yet"
    )
    on_page(page, "Review").click()
    dialog = page.get_by_role("dialog", name="Review")
    expect(dialog).to_contain_text("From senco@school.example")
    dialog.get_by_role("button", name=answer, exact=True).click()
    expect(page.locator("#status")).to_have_text(f"You said {answer.lower()}.")
    assert get_event(workspace, made)["attendees"][0]["responseStatus"] == said
    open_as(page, workspace, "/mail#in")
    expect(page.locator("#mails .name").first).to_contain_text("Review @ Tue 8 Dec 2026 10:00am")


def test_a_lost_race_is_told_and_loses_nothing(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review")
    open_as(page, workspace, WEEK)
    on_page(page, "Review").click()
    dialog = page.get_by_role("dialog")
    workspace.call("PATCH", f"{EVENTS}/{made['id']}", {"location": "Hall"})
    dialog.get_by_label("Title").fill("Mine")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".told")).to_contain_text("Somebody changed this event while you looked at it")
    found = get_event(workspace, made)
    assert (found["summary"], found["location"]) == ("Review", "Hall")


def test_what_somebody_else_does_appears_by_itself(page: Page, workspace: Workspace) -> None:
    open_as(page, workspace, WEEK)
    add_event(workspace, "10:00", "10:40", "From elsewhere")
    expect(on_page(page, "From elsewhere")).to_have_count(1, timeout=12000)


def test_a_shared_calendar_can_be_looked_at_and_not_changed(page: Page, workspace: Workspace) -> None:
    add_event(workspace, "10:00", "10:40", "Open")
    add_event(workspace, "11:00", "11:40", "Secret", visibility="private")
    rule = {"role": "reader", "scope": {"type": "user", "value": TEACHER}}
    workspace.call("POST", "/calendar/v3/calendars/primary/acl", rule)
    open_as(page, workspace, WEEK, TEACHER)
    page.get_by_role("button", name="Add a shared one").click()
    page.get_by_label("Its address").fill("head@school.example")
    page.keyboard.press("Enter")
    expect(page.locator("#alert")).to_contain_text("No calendar of head@school.example is shared with you.")
    page.get_by_role("button", name="Add a shared one").click()
    page.get_by_label("Its address").fill("senco@school.example")
    page.keyboard.press("Enter")
    expect(page.locator(".event .what")).to_have_text(["Open", "Busy"])
    on_page(page, "Open").click()
    dialog = page.get_by_role("dialog", name="Open")
    expect(dialog.get_by_role("button")).to_have_text(["Close"])


def test_a_mails_link_opens_its_event(page: Page, workspace: Workspace) -> None:
    made = add_event(workspace, "10:00", "10:40", "Review")
    open_as(page, workspace, made["htmlLink"].removeprefix(workspace.url))
    expect(page.get_by_role("dialog", name="Review")).to_be_visible()
    page.keyboard.press("Escape")
    expect(on_page(page, "Review")).to_have_count(1)
    open_as(page, workspace, made["htmlLink"].removeprefix(workspace.url), TEACHER)
    expect(page.locator("#alert")).to_contain_text("Switch to that account to see it.")


def test_buttons_walk_through_the_days(page: Page, workspace: Workspace) -> None:
    open_as(page, workspace, WEEK)
    page.get_by_role("button", name="Later").click()
    expect(page.locator("#days h2").first).to_contain_text("Monday 14 December")
    page.get_by_role("button", name="Day", exact=True).click()
    expect(page.locator("h1")).to_have_text("Tuesday 15 December 2026")
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator("h1")).to_have_text("Monday 14 December 2026")
    assert page.url.endswith("#day=2026-12-14")


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", [WEEK, DAY])
def test_axe_finds_nothing_grave_on_the_calendar(page: Page, workspace: Workspace, path: str, width: int) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    add_event(workspace, "10:00", "10:40", "Review", attendees=[{"email": TEACHER}])
    add_event(workspace, "11:00", "11:20", "Slot", transparency="transparent")
    gone = add_event(workspace, "12:00", "13:00", "Gone")
    workspace.call("DELETE", f"{EVENTS}/{gone['id']}")
    page.set_viewport_size({"width": width, "height": 740})
    open_as(page, workspace, path)
    expect(page.locator(".notice")).to_contain_text("Local workspace on this computer, not Google")
    page.get_by_label("Show deleted events").check()
    expect(on_page(page, "Gone")).to_have_count(1)
    assert grave(page) == []
    assert not overflows(page)
    on_page(page, "Review").click()
    expect(page.get_by_role("dialog", name="Review")).to_be_visible()
    assert grave(page) == []
    assert complaints == []
