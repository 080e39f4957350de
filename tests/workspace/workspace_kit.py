"""A caller as bare as HTTP allows, a spreadsheet to call."""

from __future__ import annotations

import datetime as dt
import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
PARENT = "parent@home.example"
NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


class RefusalError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        body = body if isinstance(body, dict) else {}
        self.message = body["error"].get("message", "") if isinstance(body.get("error"), dict) else ""


class Caller:
    """Calls a workspace as one account, over one connection."""

    def __init__(self, base_url: str, token: str | None, headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(base_url)
        self.address = (parts.hostname, parts.port)
        self.connection = http.client.HTTPConnection(*self.address, timeout=20)
        self.headers = dict(headers or {})
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        self.last: http.client.HTTPResponse | None = None
        self.raw = b""

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        raw = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        self.connection.request(method, path, raw, {**self.headers, **headers})
        answer = self.last = self.connection.getresponse()
        self.raw = answer.read()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        parsed = json.loads(self.raw) if is_json and self.raw else self.raw
        if answer.status >= 300:
            raise RefusalError(answer.status, parsed)
        return parsed

    def refused(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The `error` of a call that must be refused."""
        with pytest.raises(RefusalError) as caught:
            self(method, path, body)
        return caught.value.body["error"]  # type: ignore[no-any-return]


class Book:
    """A spreadsheet, and the few calls that most tests make."""

    def __init__(self, call: Caller, **body: Any) -> None:
        self.call = call
        self.resource = call("POST", "/v4/spreadsheets", body)
        self.id = self.resource["spreadsheetId"]
        self.path = f"/v4/spreadsheets/{self.id}"

    def put(self, range_: str, rows: list[list[Any]], option: str = "RAW") -> dict[str, Any]:
        return self.call(  # type: ignore[no-any-return]
            "PUT", f"{self.path}/values/{quote(range_, safe='')}?valueInputOption={option}", {"values": rows}
        )

    def type(self, range_: str, *rows: list[Any]) -> dict[str, Any]:
        return self.put(range_, list(rows), "USER_ENTERED")

    def get(self, range_: str, how: str = "UNFORMATTED_VALUE", **more: str) -> list[list[Any]]:
        extra = "".join(f"&{name}={value}" for name, value in more.items())
        url = f"{self.path}/values/{quote(range_, safe='')}?valueRenderOption={how}{extra}"
        return self.call("GET", url).get("values", [])  # type: ignore[no-any-return]

    def shown(self, range_: str) -> list[list[str]]:
        return self.get(range_, "FORMATTED_VALUE")

    def formulas(self, range_: str) -> list[list[Any]]:
        return self.get(range_, "FORMULA")

    def batch(self, *requests: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        return self.call("POST", f"{self.path}:batchUpdate", {"requests": list(requests), **more})["replies"]  # type: ignore[no-any-return]

    def refused(self, *requests: dict[str, Any]) -> str:
        error = self.call.refused("POST", f"{self.path}:batchUpdate", {"requests": list(requests)})
        assert error["code"] == 400
        assert error["status"] == "INVALID_ARGUMENT"
        return str(error["message"])

    def read(self, fields: str = "", **query: str) -> dict[str, Any]:
        parts = [f"{name}={quote(value, safe='')}" for name, value in query.items()]
        if fields:
            parts.append(f"fields={quote(fields, safe='')}")
        return self.call("GET", f"{self.path}?{'&'.join(parts)}")  # type: ignore[no-any-return]

    def sheet(self, index: int = 0) -> dict[str, Any]:
        return self.read()["sheets"][index]  # type: ignore[no-any-return]


def rect(top: int, bottom: int, left: int, right: int, sheet: int = 0) -> dict[str, int]:
    """A GridRange."""
    return {
        "sheetId": sheet,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def span(dimension: str, start: int, end: int, sheet: int = 0) -> dict[str, Any]:
    """A DimensionRange."""
    return {"sheetId": sheet, "dimension": dimension, "startIndex": start, "endIndex": end}
