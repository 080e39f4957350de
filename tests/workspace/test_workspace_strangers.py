"""What another site's page, open in the same browser, cannot do to the workspace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import SENCO, Book, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

EVIL = "http://evil.example"
COOKIE = {"Cookie": f"account={SENCO}"}
OURS = {"X-Local-Workspace": "1"}


def batch(page: Caller, book: Book, kind: str = "mixed", inner: dict[str, str] | None = None, **outer: str) -> Any:
    """A batch of one part that writes 1 to A1; `inner` are the headers within the part."""
    lines = [f"PUT {book.path}/values/A1?valueInputOption=RAW HTTP/1.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (inner or {}).items()]
    part = "\r\n".join([*lines, "", json.dumps({"values": [[1]]})])
    body = f"--x\r\nContent-Type: application/http\r\n\r\n{part}\r\n--x--\r\n".encode()
    return page("POST", "/batch/drive/v3", body, **{"Content-Type": f"multipart/{kind}; boundary=x", **outer})


def test_a_part_of_a_batch_brings_no_cookie_of_its_own(ws: LocalWorkspace, book: Book) -> None:
    answer = batch(Caller(ws.base_url, None), book, inner={**COOKIE, **OURS}, Origin=EVIL)
    assert b"HTTP/1.1 403 Forbidden" in answer
    assert book.get("A1") == []


def test_a_part_of_a_batch_brings_no_header_of_the_pages_of_its_own(ws: LocalWorkspace, book: Book) -> None:
    answer = batch(Caller(ws.base_url, None, COOKIE), book, inner=OURS)
    assert b"A change from a page needs the header X-Local-Workspace: 1." in answer
    assert book.get("A1") == []


def test_a_part_of_a_batch_brings_no_origin_of_its_own(ws: LocalWorkspace, book: Book) -> None:
    page = Caller(ws.base_url, None, COOKIE | OURS)
    assert b"HTTP/1.1 403 Forbidden" in batch(page, book, inner={"Origin": ws.base_url}, Origin=EVIL)
    assert book.get("A1") == []


def test_a_batch_of_the_pages_own_is_answered(ws: LocalWorkspace, book: Book) -> None:
    answer = batch(Caller(ws.base_url, None, COOKIE | OURS), book, Origin=ws.base_url)
    assert b"HTTP/1.1 200 OK" in answer
    assert book.get("A1") == [[1]]


def test_a_form_is_no_batch(ws: LocalWorkspace, book: Book) -> None:
    """A browser sends a form to another site without asking first."""
    with pytest.raises(RefusalError) as caught:
        batch(Caller(ws.base_url, None, COOKIE), book, "form-data", {**COOKIE, **OURS}, Origin=EVIL)
    error = caught.value.body["error"]
    assert (error["code"], error["message"]) == (
        400,
        "A batch is multipart/mixed, not multipart/form-data: send that Content-Type.",
    )
    assert book.get("A1") == []


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_cookie_counts_for_nothing_from_another_origin(
    ws: LocalWorkspace, book: Book, method: str, origin: str
) -> None:
    page = Caller(ws.base_url, None, {**COOKIE, **OURS, "Origin": origin})
    error = page.refused(method, f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})
    assert (error["code"], error["message"]) == (
        403,
        f"A page of {origin} may not act by the cookie of {ws.base_url}.",
    )
    assert book.get("A1") == []


def test_a_page_of_the_workspace_acts_by_its_cookie(ws: LocalWorkspace, book: Book) -> None:
    page = Caller(ws.base_url, None, {**COOKIE, **OURS, "Origin": ws.base_url})
    page("PUT", f"{book.path}/values/A1?valueInputOption=RAW", {"values": [[1]]})
    assert book.get("A1") == [[1]]
