"""What the pages' server side hands out, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from local_workspace import LocalWorkspace
from local_workspace.pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

SENCO = "senco@school.example"
TEACHER = "o'neill@school.example"
OURS = {"X-Local-Workspace": "1"}


@pytest.fixture
def workspace() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(accounts=[(SENCO, "Sam <b>Okoro</b>"), (TEACHER, "Tia O'Neill")]) as server:
        server.service_account_key("robot@project.iam.gserviceaccount.com")
        yield server


def get(workspace: LocalWorkspace, path: str, **cookies: str) -> requests.Response:
    return requests.get(workspace.base_url + path, cookies=cookies, timeout=10)


def test_a_first_visitor_becomes_the_main_account(workspace: LocalWorkspace) -> None:
    answer = get(workspace, "/")
    assert answer.cookies["account"] == SENCO
    assert 'Sam &lt;b&gt;Okoro&lt;/b&gt; <span class="address">(senco@school.example)</span>' in answer.text


def test_a_cookie_for_nobody_is_replaced(workspace: LocalWorkspace) -> None:
    assert get(workspace, "/", account="gone@school.example").cookies["account"] == SENCO


def test_accounts_lists_people_and_no_service_account(workspace: LocalWorkspace) -> None:
    text = get(workspace, "/accounts", account=SENCO).text
    assert text.count("data-account=") == 1
    assert 'data-account="o&#x27;neill@school.example"' in text
    assert "gserviceaccount" not in text


@pytest.mark.parametrize("wanted", ["nobody@school.example", None, 3, [], {}])
def test_nobody_is_no_account_to_switch_to(workspace: LocalWorkspace, wanted: object) -> None:
    answer = requests.post(f"{workspace.base_url}/accounts/switch", json={"account": wanted}, headers=OURS, timeout=10)
    assert answer.status_code == 400


def test_switching_sets_the_cookie_that_the_api_accepts(workspace: LocalWorkspace) -> None:
    with requests.Session() as session:
        body = {"account": TEACHER}
        answer = session.post(f"{workspace.base_url}/accounts/switch", json=body, headers=OURS, timeout=10)
        assert answer.status_code == 200
        fields = {"fields": "user.emailAddress"}
        who = session.get(f"{workspace.base_url}/drive/v3/about", params=fields, timeout=10)
    assert who.json() == {"user": {"emailAddress": TEACHER}}


def test_another_site_cannot_switch_accounts(workspace: LocalWorkspace) -> None:
    answer = requests.post(f"{workspace.base_url}/accounts/switch", json={"account": TEACHER}, timeout=10)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{"account": "nobody@school.example"}, {}, {"account": 3}])
def test_an_unknown_account_is_refused(workspace: LocalWorkspace, body: Any) -> None:
    url = f"{workspace.base_url}/accounts/switch"
    answer = requests.post(url, json=body, headers=OURS, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "There is no such account in this workspace. Choose one of the list."


@pytest.mark.parametrize(
    "name", ["nothing.js", "../pages.py", "..%2fpages.py", "pages.py", "sub/page.css", "page", ".css"]
)
def test_only_the_pages_own_files_are_handed_out(workspace: LocalWorkspace, name: str) -> None:
    assert get(workspace, f"/static/{name}").status_code == 404


def test_the_files_name_cannot_break_out_of_the_page(workspace: LocalWorkspace) -> None:
    text = get(workspace, "/spreadsheets/d/%22%3E%3Cscript%3E/edit").text
    assert 'data-file="&quot;&gt;&lt;script&gt;"' in text


@pytest.mark.parametrize("path", ["/calendar", "/calendar/event?eid=x"])
def test_the_link_of_an_event_leads_to_the_calendar(workspace: LocalWorkspace, path: str) -> None:
    text = get(workspace, path).text
    assert '<script type="module" src="/static/calendar.js">' in text
    assert '<a href="/calendar" aria-current="page">Calendar</a>' in text


def test_only_the_mail_page_may_show_frames_and_only_of_this_place(workspace: LocalWorkspace) -> None:
    policies = {path: get(workspace, path).headers["Content-Security-Policy"] for path in PAGES}
    framed = {path for path, policy in policies.items() if "frame-src" in policy}
    assert framed == {"/mail"}
    assert policies["/mail"] == policies["/"] + "; frame-src 'self'"


def test_the_rows_a_view_hides_are_told_only_to_those_who_may_read(workspace: LocalWorkspace) -> None:
    book = workspace.create_spreadsheet(SENCO, {"properties": {"title": "Register"}})
    view = {
        "filterViewId": 7,
        "title": "Eights",
        "range": {"sheetId": 0, "endRowIndex": 4},
        "criteria": {"0": {"condition": {"type": "NUMBER_EQ", "values": [{"userEnteredValue": "8"}]}}},
    }
    cells = [{"values": [{"userEnteredValue": {"numberValue": number}}]} for number in (0, 7, 8, 9)]
    fill = {"updateCells": {"start": {"sheetId": 0}, "rows": cells, "fields": "userEnteredValue"}}
    asked = {"requests": [fill, {"addFilterView": {"filter": view}}]}
    url = f"{workspace.base_url}/v4/spreadsheets/{book.id}:batchUpdate"
    requests.post(url, json=asked, headers=OURS, cookies={"account": SENCO}, timeout=10).raise_for_status()
    path = f"/spreadsheets/d/{book.id}/filter-view?filterView="
    assert get(workspace, path + "7", account=SENCO).json() == {"hidden": [1, 3], "top": 0, "order": []}
    assert get(workspace, path + "8", account=SENCO).status_code == 400
    assert get(workspace, path + "7", account=TEACHER).status_code == 403


def page_of(account: str) -> requests.Session:
    """What a page opened as somebody sends."""
    session = requests.Session()
    session.headers.update({**OURS, "Cookie": f"account={account}", "X-Local-Account": quote(account)})
    return session


def written(workspace: LocalWorkspace, session: requests.Session, file_id: str, word: str) -> int:
    """Write one word as a page does; the number of the change."""
    url = f"{workspace.base_url}/v4/spreadsheets/{file_id}/values/A1?valueInputOption=RAW"
    return int(session.put(url, json={"values": [[word]]}, timeout=10).headers["X-Local-Change"])


def undone(workspace: LocalWorkspace, session: requests.Session, file_id: str, **body: Any) -> int:
    return session.post(f"{workspace.base_url}/spreadsheets/d/{file_id}/undo", json=body, timeout=10).status_code


def word_of(workspace: LocalWorkspace, session: requests.Session, file_id: str) -> str:
    url = f"{workspace.base_url}/v4/spreadsheets/{file_id}/values/A1"
    return str(session.get(url, timeout=10).json()["values"][0][0])


def test_changes_are_undone_and_done_again_in_their_order_only(workspace: LocalWorkspace) -> None:
    book = workspace.create_spreadsheet(SENCO, {}).id
    page = page_of(SENCO)
    one, two, three = (written(workspace, page, book, word) for word in ("one", "two", "three"))
    assert undone(workspace, page, book, changes=[two]) == 412
    assert undone(workspace, page, book, changes=[two, three]) == 200
    assert word_of(workspace, page, book) == "one"
    assert undone(workspace, page, book, changes=[one], again=True) == 412
    assert undone(workspace, page, book, changes=[two, three], again=True) == 200
    assert word_of(workspace, page, book) == "three"
    workspace.mutate(book, SENCO, "clearValues", {"ranges": ["B1"]})
    assert undone(workspace, page, book, changes=[three]) == 412
    assert word_of(workspace, page, book) == "three"


def test_a_reader_undoes_nothing(workspace: LocalWorkspace) -> None:
    book = workspace.create_spreadsheet(SENCO, {}).id
    workspace.share(book, {"type": "user", "role": "reader", "emailAddress": TEACHER})
    number = written(workspace, page_of(SENCO), book, "one")
    assert undone(workspace, page_of(TEACHER), book, changes=[number]) == 403


@pytest.mark.parametrize("body", [{}, {"changes": "12"}, {"changes": [True]}, {"changes": [1], "again": "yes"}])
def test_an_undo_that_names_no_changes_is_refused(workspace: LocalWorkspace, body: dict[str, Any]) -> None:
    book = workspace.create_spreadsheet(SENCO, {}).id
    assert undone(workspace, page_of(SENCO), book, **body) == 400


def test_a_page_opened_as_another_account_is_refused(workspace: LocalWorkspace) -> None:
    page = page_of(SENCO)
    page.headers["Cookie"] = f"account={TEACHER}"
    answer = page.get(f"{workspace.base_url}/drive/v3/about?fields=user", timeout=10)
    assert answer.status_code == 409
    assert answer.json()["error"]["errors"][0]["reason"] == "otherAccount"
