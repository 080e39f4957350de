"""The mail page: what was sent and received, read safely, its links followed and attachments taken."""

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser import TEACHER, Workspace, grave, overflows
from support.browser_calendar import add_event, open_as

pytestmark = pytest.mark.browser

PARENT = "mum@home.test"


def send(workspace: Workspace, html: str = "", to: str = PARENT, link: str = "https://school.example/b/abc") -> str:
    mail = EmailMessage()
    mail["To"] = to
    mail["Subject"] = "Choose a time"
    mail.set_content(f"Dear parent,\nchoose here: {link}.\n<b>not bold</b>")
    if html:
        mail.add_alternative(html, subtype="html")
    raw = base64.urlsafe_b64encode(bytes(mail)).decode()
    return str(workspace.call("POST", "/gmail/v1/users/me/messages/send", {"raw": raw})["id"])


def test_sent_mail_is_listed_and_read_and_its_link_followed(page: Page, workspace: Workspace) -> None:
    send(workspace, link=f"{workspace.url}/accounts")
    open_as(page, workspace, "/mail")
    expect(page.locator("#mails li")).to_have_count(1)
    expect(page.locator("#mails .about").first).to_contain_text(f"To {PARENT}")
    page.get_by_role("link", name="Choose a time").press("Enter")
    expect(page.get_by_role("heading", name="Choose a time")).to_be_focused()
    expect(page.locator("#mail .text")).to_contain_text("<b>not bold</b>")
    link = page.locator("#mail .text a")
    expect(link).to_have_text(f"{workspace.url}/accounts")
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name="Accounts")).to_be_visible()
    page.get_by_role("link", name="All mail").click()
    expect(page.locator("#mails li")).to_have_count(1)


def test_html_is_shown_in_a_frame_that_can_do_nothing_but_open_links(page: Page, workspace: Workspace) -> None:
    hostile = (
        f"<p>Dear <em>parent</em>, <a href='{workspace.url}/accounts'>choose</a></p>"
        f"<img src='{workspace.url}/static/mark.svg'><script>top.document.title='taken'</script>"
        f"<p onclick='1'>x</p><form action='{workspace.url}/accounts/switch'><button>go</button></form>"
    )
    mail = send(workspace, hostile)
    open_as(page, workspace, f"/mail#out={mail}")
    frame = page.frame_locator("#mail iframe")
    expect(frame.locator("em")).to_have_text("parent")
    assert page.title().startswith("Mail ")
    assert page.locator("#mail iframe").get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    assert frame.locator("img").evaluate("image => image.naturalWidth") == 0
    with page.context.expect_page() as opened:
        frame.locator("a").click()
    expect(opened.value.get_by_role("heading", name="Accounts")).to_be_visible()
    page.get_by_role("button", name="Plain text").click()
    expect(page.locator("#mail .text")).to_be_visible()
    expect(page.locator("#mail iframe")).to_be_hidden()


def test_an_invitation_can_be_taken_as_a_file(page: Page, workspace: Workspace, tmp_path: Path) -> None:
    add_event(workspace, "10:00", "10:40", "Review", attendees=[{"email": PARENT}])
    open_as(page, workspace, "/mail")
    expect(page.locator("#mails .about").first).to_contain_text("by Calendar")
    page.get_by_role("link", name="Invitation: Review").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="invite.ics").click()
    download.value.save_as(tmp_path / "invite.ics")
    assert download.value.suggested_filename == "invite.ics"
    assert (tmp_path / "invite.ics").read_text().startswith("BEGIN:VCALENDAR")


def test_each_account_has_its_own_mail_and_unread_mail_becomes_read(page: Page, workspace: Workspace) -> None:
    send(workspace, to=TEACHER)
    open_as(page, workspace, "/mail#in")
    expect(page.locator("#none")).to_be_visible()
    open_as(page, workspace, "/mail", TEACHER)
    page.get_by_role("button", name="Received").click()
    expect(page.locator("#mails .unread")).to_have_count(1)
    page.get_by_role("link", name="Choose a time").click()
    expect(page.locator("#mail .text")).to_contain_text("Dear parent")
    page.get_by_role("link", name="All mail").click()
    expect(page.locator("#mails li")).to_have_count(1)
    expect(page.locator("#mails .unread")).to_have_count(0)


def test_a_mail_that_arrives_appears_by_itself(page: Page, workspace: Workspace) -> None:
    open_as(page, workspace, "/mail")
    send(workspace)
    expect(page.locator("#mails li")).to_have_count(1, timeout=12000)


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_grave_on_the_mail_pages(page: Page, workspace: Workspace, width: int) -> None:
    mail = send(workspace, "<p>Dear parent</p>")
    page.set_viewport_size({"width": width, "height": 740})
    for path in ("/mail", f"/mail#out={mail}"):
        open_as(page, workspace, path)
        expect(page.locator(".notice")).to_contain_text("Local workspace on this computer, not Google")
        assert grave(page) == []
        assert not overflows(page)
