"""A person at work in a spreadsheet, over the Sheets API: what a hand in a browser would do."""

from __future__ import annotations

from typing import Any

import requests


class RefusedError(Exception):
    """Google (or its stand-in) refused what the person did."""


class Person:
    """One account's hands in one spreadsheet."""

    def __init__(self, base_url: str, token: str, spreadsheet_id: str) -> None:
        self.spreadsheet_id = spreadsheet_id
        self.url = f"{base_url}/v4/spreadsheets/{spreadsheet_id}"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str = "", **params: Any) -> dict[str, Any]:
        answer = self.http.get(self.url + path, params=params, timeout=30)
        return _checked(answer)

    def do(self, *requests_: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}:batchUpdate", json={"requests": list(requests_)}, timeout=30)
        return _checked(answer)

    # Looking

    def tabs(self) -> dict[str, dict[str, Any]]:
        sheets = self.get(fields="sheets.properties")["sheets"]
        return {s["properties"]["title"]: s["properties"] for s in sheets}

    def sheet_id(self, title: str) -> int:
        return int(self.tabs()[title].get("sheetId", 0))

    def grid(self, title: str, render: str = "FORMATTED_VALUE") -> list[list[Any]]:
        answer = self.get(f"/values/{requests.utils.quote(_quoted(title))}", valueRenderOption=render)
        return answer.get("values", [])

    def header_row(self, title: str, header: str) -> tuple[int, int]:
        """Where a header stands: row and column, from 0."""
        for r, row in enumerate(self.grid(title)):
            for c, cell in enumerate(row):
                if cell == header:
                    return r, c
        raise AssertionError(f"no header {header!r} on {title!r}")

    def rows(self, title: str, *, key: str | None = None) -> list[dict[str, Any]]:
        """The rows below the header as dictionaries, without empty ones."""
        grid = self.grid(title)
        top = 0
        if key is not None:
            top, _ = self.header_row(title, key)
        header = grid[top] if grid else []
        found = []
        for row in grid[top + 1 :]:
            cells = {h: (row[i] if i < len(row) else "") for i, h in enumerate(header) if h}
            if any(cells.values()):
                found.append(cells)
        return found

    def row_of(self, title: str, key: str) -> int:
        """The row, from 0, whose cells hold this key."""
        for r, row in enumerate(self.grid(title)):
            if key in row:
                return r
        raise AssertionError(f"no row {key!r} on {title!r}")

    # Typing

    def type_at(self, title: str, row: int, column: int, value: Any) -> None:
        a1 = f"{_quoted(title)}!{_letter(column)}{row + 1}"
        answer = self.http.put(
            f"{self.url}/values/{requests.utils.quote(a1)}",
            params={"valueInputOption": "USER_ENTERED"},
            json={"values": [[value]]},
            timeout=30,
        )
        _checked(answer)

    def type(self, title: str, key: str, header: str, value: Any) -> None:
        _, column = self.header_row(title, header)
        self.type_at(title, self.row_of(title, key), column, value)

    def add_row(self, title: str, cells: dict[str, Any]) -> int:
        """Type into the first empty row."""
        row = len(self.grid(title))
        for header, value in cells.items():
            _, column = self.header_row(title, header)
            self.type_at(title, row, column, value)
        return row

    # Moving things about

    def delete_rows(self, title: str, row: int, count: int = 1) -> None:
        self.do({"deleteDimension": {"range": self._span(title, "ROWS", row, count)}})

    def insert_rows(self, title: str, row: int, count: int = 1) -> None:
        self.do({"insertDimension": {"range": self._span(title, "ROWS", row, count), "inheritFromBefore": row > 0}})

    def move_rows(self, title: str, row: int, to: int, count: int = 1) -> None:
        self.do({"moveDimension": {"source": self._span(title, "ROWS", row, count), "destinationIndex": to}})

    def insert_columns(self, title: str, column: int, count: int = 1) -> None:
        span = self._span(title, "COLUMNS", column, count)
        self.do({"insertDimension": {"range": span, "inheritFromBefore": column > 0}})

    def delete_columns(self, title: str, column: int, count: int = 1) -> None:
        self.do({"deleteDimension": {"range": self._span(title, "COLUMNS", column, count)}})

    def move_columns(self, title: str, column: int, to: int, count: int = 1) -> None:
        self.do({"moveDimension": {"source": self._span(title, "COLUMNS", column, count), "destinationIndex": to}})

    def sort(self, title: str, header: str, *, descending: bool = False) -> None:
        """Sort every row below the header by one column, whole rows."""
        row, column = self.header_row(title, header)
        self.sort_range(title, row + 1, len(self.grid(title)), column, descending=descending)

    def sort_range(self, title: str, start: int, end: int, column: int, *, descending: bool = False) -> None:
        tab = self.tabs()[title]
        if end <= start:
            return
        self.do(
            {
                "sortRange": {
                    "range": {
                        "sheetId": tab.get("sheetId", 0),
                        "startRowIndex": start,
                        "endRowIndex": end,
                        "startColumnIndex": 0,
                        "endColumnIndex": tab["gridProperties"]["columnCount"],
                    },
                    "sortSpecs": [{"dimensionIndex": column, "sortOrder": "DESCENDING" if descending else "ASCENDING"}],
                }
            }
        )

    def duplicate_row(self, title: str, row: int, to: int) -> None:
        tab = self.tabs()[title]
        width = tab["gridProperties"]["columnCount"]

        def area(index: int) -> dict[str, int]:
            return {
                "sheetId": tab.get("sheetId", 0),
                "startRowIndex": index,
                "endRowIndex": index + 1,
                "startColumnIndex": 0,
                "endColumnIndex": width,
            }

        self.do({"copyPaste": {"source": area(row), "destination": area(to), "pasteType": "PASTE_NORMAL"}})

    def rename_tab(self, title: str, new: str) -> None:
        properties = {"sheetId": self.sheet_id(title), "title": new}
        self.do({"updateSheetProperties": {"properties": properties, "fields": "title"}})

    def delete_tab(self, title: str) -> None:
        self.do({"deleteSheet": {"sheetId": self.sheet_id(title)}})

    def hide_rows(self, title: str, row: int, count: int = 1) -> None:
        span = self._span(title, "ROWS", row, count)
        self.do(
            {
                "updateDimensionProperties": {
                    "range": span,
                    "properties": {"hiddenByUser": True},
                    "fields": "hiddenByUser",
                }
            }
        )

    def filter(self, title: str, column: int, hidden: list[str]) -> None:
        tab = self.tabs()[title]
        area = {"sheetId": tab.get("sheetId", 0), "startRowIndex": 0, "startColumnIndex": 0,
                "endColumnIndex": tab["gridProperties"]["columnCount"]}  # fmt: skip
        specs = [{"columnIndex": column, "filterCriteria": {"hiddenValues": hidden}}]
        self.do({"setBasicFilter": {"filter": {"range": area, "filterSpecs": specs}}})

    def _span(self, title: str, dimension: str, start: int, count: int) -> dict[str, Any]:
        return {"sheetId": self.sheet_id(title), "dimension": dimension, "startIndex": start, "endIndex": start + count}


def _checked(answer: requests.Response) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise RefusedError(f"{answer.status_code}: {answer.json()['error']['message']}")
    return answer.json()


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
