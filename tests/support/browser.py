"""Chromium, a workspace to look at, a workbook in it, and what a hand does on its pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
PARENT = "parent@home.example"
HEAD = "head@school.example"
PEOPLE = [(SENCO, "Sam Okoro"), (TEACHER, "Tia Wells"), (PARENT, "Pat Lomax"), (HEAD, "Hana Iqbal")]
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The system's Chromium."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    assert found, "The browser tests need Chromium. On Debian: apt-get install chromium"
    return found


class Workspace:
    """A started local workspace and its API, as the SENCO's programs use it."""

    def __init__(self, server: LocalWorkspace) -> None:
        self.server = server
        self.url = server.base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.token_for(SENCO)}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.session.request(method, self.url + path, json=body, params=query, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


class Workbook:
    """One spreadsheet of a workspace, read and written through the API."""

    def __init__(self, workspace: Workspace, body: dict[str, Any]) -> None:
        made = workspace.call("POST", "/v4/spreadsheets", body)
        self.workspace = workspace
        self.id = made["spreadsheetId"]
        self.title = made["properties"]["title"]
        self.path = f"/spreadsheets/d/{self.id}/edit"
        self.api = f"/v4/spreadsheets/{self.id}"

    @classmethod
    def of_size(cls, workspace: Workspace, rows: int, columns: int) -> Self:
        grid = {"rowCount": rows, "columnCount": columns, "frozenRowCount": 1}
        props = {"title": "Long and wide"}
        book = cls(workspace, {"properties": props, "sheets": [{"properties": {"gridProperties": grid}}]})
        values = [[f"r{row}c{column}" for column in range(columns)] for row in range(rows)]
        book.write("Sheet1!A1", values)
        return book

    def batch(self, *asked: dict[str, Any]) -> Any:
        return self.workspace.call("POST", f"{self.api}:batchUpdate", {"requests": list(asked)})

    def write(self, a1: str, values: list[list[Any]]) -> None:
        path = f"{self.api}/values/{quote(a1)}"
        self.workspace.call("PUT", path, {"values": values}, valueInputOption="RAW")

    def values(self, a1: str, rendering: str = "FORMATTED_VALUE") -> list[list[Any]]:
        path = f"{self.api}/values/{quote(a1)}"
        found: list[list[Any]] = self.workspace.call("GET", path, valueRenderOption=rendering).get("values", [])
        return found

    def value(self, a1: str, rendering: str = "FORMATTED_VALUE") -> Any:
        return self.values(a1, rendering)[0][0]

    def titles(self) -> list[str]:
        sheets = self.workspace.call("GET", self.api, fields="sheets.properties.title")["sheets"]
        return [sheet["properties"]["title"] for sheet in sheets]

    def gid(self, title: str) -> int:
        sheets = self.workspace.call("GET", self.api, fields="sheets.properties(sheetId,title)")["sheets"]
        return next(sheet["properties"].get("sheetId", 0) for sheet in sheets if sheet["properties"]["title"] == title)

    def share(self, email: str, role: str) -> None:
        body = {"type": "user", "role": role, "emailAddress": email}
        self.workspace.call("POST", f"/drive/v3/files/{self.id}/permissions", body)

    def readers(self) -> list[str]:
        path = f"/drive/v3/files/{self.id}/permissions"
        found = self.workspace.call("GET", path, fields="permissions(role,emailAddress)")["permissions"]
        return [one["emailAddress"] for one in found if one["role"] == "reader"]


def open_sheet(page: Page, workbook: Workbook, title: str, account: str = SENCO) -> None:
    """Open a tab as somebody, and wait until it stands."""
    url = workbook.workspace.url
    page.context.add_cookies([{"name": "account", "value": account, "url": url}])
    page.goto(f"{url}{workbook.path}#gid={workbook.gid(title)}")
    page.wait_for_selector("body[data-ready=true]")
    expect(page.get_by_role("tab", selected=True)).to_contain_text(title)


def cell(page: Page, a1: str) -> Locator:
    """A cell of the tab on show, by its name."""
    letters = a1.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return page.locator(f"#c{int(a1[len(letters) :]) - 1}_{column - 1}")


def cell_text(page: Page, a1: str) -> str:
    return cell(page, a1).inner_text()


def choose(page: Page, menu: str, item: str) -> None:
    """Open one of the menus at the top and choose from it."""
    page.get_by_role("button", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def grave(page: Page) -> list[tuple[str, str]]:
    """What axe finds that is serious: its rule and the first place."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


def overflows(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def paste(page: Page, text: str) -> None:
    """Paste a text into the cells on show, as it comes from another program."""
    page.locator("[role=grid]").evaluate(
        """(grid, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            grid.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def saved(page: Page) -> None:
    """Wait until the workspace has answered every change."""
    expect(page.locator("body")).not_to_have_attribute("data-saving", "true")
