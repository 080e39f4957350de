"""Nothing that a caller sends makes the server fail, or leaves behind what a later reader stumbles over."""

from __future__ import annotations

import base64
import copy
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_workspace_kinds import BEFORE, REQUESTS
from test_workspace_properties_shape import WHO, rich, workspace
from workspace_kit import Book, Caller, RefusalError

from local_workspace.http import schema
from local_workspace.http.wire import ApiError
from local_workspace.sheets.persist import dump_book, load_book

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

VALUES = "/values/A1?valueInputOption=RAW"


def refused(call: Caller, method: str, path: str, body: Any = None, **headers: str) -> int:
    with pytest.raises(RefusalError) as caught:
        call(method, path, body, **headers)
    return caught.value.status


@pytest.mark.parametrize(
    "body",
    [
        b'{"values": [[NaN]]}',
        b'{"values": [[-Infinity]]}',
        b'{"values": [[1e999]]}',
        b'{"values": [[1' + b"0" * 400 + b"]]}",
        b'{"values": [[{"a": 1}]]}',
        b"[" * 100_000,
        b'"text"',
    ],
)
def test_values_that_no_cell_can_hold_are_refused(book: Book, body: bytes) -> None:
    assert refused(book.call, "PUT", book.path + VALUES, body) == 400
    assert book.get("A1") == []


@pytest.mark.parametrize("number", ['"NaN"', '"Infinity"', "1e999", "1" + "0" * 400])
def test_numbers_that_no_double_holds_are_refused_in_cells_and_colours(book: Book, number: str) -> None:
    for cell in (
        f'{{"userEnteredValue": {{"numberValue": {number}}}}}',
        f'{{"userEnteredFormat": {{"backgroundColor": {{"red": {number}}}}}}}',
    ):
        update = (
            f'{{"requests": [{{"updateCells": {{"start": {{}}, "fields": "*", "rows": [{{"values": [{cell}]}}]}}}}]}}'
        )
        assert refused(book.call, "POST", f"{book.path}:batchUpdate", update.encode()) == 400
    assert book.read("sheets.data.rowData") == {"sheets": [{"data": [{}]}]}


def test_large_numbers_are_doubles_and_harm_no_later_reader(book: Book) -> None:
    book.type("A1:E1", ["99999999999999999999999999", "1e999", "=10^400", "=A1*2", 12345678901234567890])
    assert book.get("A1:E1") == [[1e26, "1e999", "#NUM!", 2e26, 12345678901234567890.0]]


@pytest.mark.parametrize(
    "path",
    [
        "?fields=" + quote("a(" * 500 + ")" * 500),
        "/values/" + quote("A99999999999999999999", safe=""),
        "/values/" + quote("'", safe=""),
        "/values/%FF%FE",
    ],
)
def test_masks_and_ranges_that_cannot_be_read_are_refused(book: Book, path: str) -> None:
    assert refused(book.call, "GET", book.path + path) == 400


@pytest.mark.parametrize(
    "path",
    [
        "?q=" + quote("(" * 3000),
        "?q=" + quote("not " * 5000 + "trashed=true"),
        "?pageSize=x",
        "?pageSize=%C2%B2",
        "?pageToken=~!!~%C2%B2",
    ],
)
def test_searches_that_cannot_be_read_are_refused(call: Caller, path: str) -> None:
    assert refused(call, "GET", "/drive/v3/files" + path) == 400


@pytest.mark.parametrize("part", [b"null", b"[]", b'"x"', b'{"iat": []}', b"{", b"\xff"])
def test_assertions_that_are_no_claims_are_an_invalid_grant(call: Caller, part: bytes) -> None:
    claims = base64.urlsafe_b64encode(part).rstrip(b"=")
    form = b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e30." + claims + b".e30"
    with pytest.raises(RefusalError) as caught:
        call("POST", "/token", form)
    assert (caught.value.status, caught.value.body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"addNamedRange": {"namedRange": {"name": "Whole"}}}, None),
        (
            {"pasteData": {"coordinate": {"rowIndex": -1}, "data": "x", "delimiter": ","}},
            "GridCoordinate.rowIndex[-1] must not be negative",
        ),
        (
            {"cutPaste": {"source": {"endRowIndex": 1}, "destination": {"columnIndex": -2}}},
            "GridCoordinate.columnIndex[-2] must not be negative",
        ),
        (
            {"updateCells": {"start": {"rowIndex": -1}, "rows": [], "fields": "*"}},
            "GridCoordinate.rowIndex[-1] must not be negative",
        ),
        (
            {"findReplace": {"find": "(x)", "replacement": "$9", "searchByRegex": True, "allSheets": True}},
            "Invalid replacement: $9",
        ),
    ],
)
def test_places_and_patterns_that_are_not_there(book: Book, request_: dict[str, Any], message: str | None) -> None:
    book.put("B2", [["x"]])
    if message is None:
        book.batch(request_)
    else:
        assert book.refused(request_) == f"Invalid requests[0].{next(iter(request_))}: {message}"


def sent(call: Caller, raw: bytes) -> bytes:
    """What the server says to bytes that no client library would send."""
    with socket.create_connection(call.address, timeout=5) as connection:
        connection.sendall(raw)
        return connection.recv(65536)


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://[::1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n",
        b"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_bytes_that_are_no_request_get_an_answer(call: Caller, head: bytes) -> None:
    assert sent(call, head).split(b" ", 2)[1] in {b"400", b"404"}
    assert call("GET", "/drive/v3/files")["files"] == []


def test_a_form_in_place_of_a_query_may_hold_any_bytes(book: Book) -> None:
    kind = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}
    assert refused(book.call, "POST", book.path, b"\xff\xfe=1", **kind) == 400


WEIRD = (-1, 0, 99, 10**6, -(2**31), 2**31 - 1, "", "=", "=SUM(", "='", "\x00", "x" * 60_000, True, [], {}, [[]], -0.5,
         "*", "a.b", "ROWS", None, 1e308, "NaN", "=A1:ZZZ99999999")  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in inside for path in ((*at, key), *places(item, (*at, key)))]


def answered(ws: LocalWorkspace, book_id: str, body: dict[str, Any]) -> int:
    """The status that a batchUpdate is answered with."""
    try:
        ws.mutate(book_id, WHO, "batchUpdate", schema.sheets().check_body("sheets.spreadsheets.batchUpdate", body))
    except ApiError as error:
        return error.status
    return 200


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(REQUESTS)), st.data())
def test_a_mangled_request_is_carried_out_or_refused_and_never_fails(kind: str, data: st.DataObject) -> None:
    mangled = copy.deepcopy(REQUESTS[kind])
    path = data.draw(st.sampled_from(places(mangled)))
    holder = mangled
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(data.draw(st.sampled_from(WEIRD)))
    ws = workspace()
    book_id = rich(ws)
    before = json.dumps(dump_book(ws.books[book_id]))
    status = answered(ws, book_id, {"requests": [*BEFORE.get(kind, []), {kind: mangled}]})
    assert status in {200, 400}
    book = ws.books[book_id]
    assert status == 200 or json.dumps(dump_book(book)) == before
    text = json.dumps(dump_book(book), allow_nan=False)
    assert json.dumps(dump_book(load_book(json.loads(text)))) == text
    for sheet in book.sheets:
        ws.engine(book_id).values(book, sheet)
