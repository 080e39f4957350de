"""What an outsider tries who holds a good link of their own, and one who holds none."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.leaving import leaves
from support.parents import HOST, Parent, School, open_school, surgery

from sync.store import Link, Links, Rates
from sync.web.csrf import field_value
from sync.web.headers import HEADERS
from sync.web.visit import setting

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{% raw %}=HYPERLINK(1)"


@pytest.fixture
def victim(school: School) -> Parent:
    parent = school.parent(school.link("C2D4M", "adult-2"))
    parent.book("tue-1", words="private words")
    return parent


def test_nobody_reaches_another_familys_booking_by_any_request(school: School, parent: Parent, victim: Parent) -> None:
    (theirs,) = school.bookings()
    parent.book("tue-0")
    data = parent.form("cancel", "/cancel")
    for extra in ({"booking": theirs.key}, {"key": theirs.key}, {"ref": "C2D4M", "adult": "adult-2"}, {"child": "2"}):
        parent.post("cancel", data | extra)
        change = parent.form("book?slot=tue-2", "/book") if "/cancel" in parent.get().text else data
        parent.post("book", change | extra | {"where": "room", "slot": "tue-1"})
    for page in ("", "?child=2", f"?booking={theirs.key}", "book?slot=tue-1", f"meeting.ics?key={theirs.key}", "times"):
        assert "private words" not in parent.get(page).text
        assert "Ben" not in parent.get(page).text
    assert theirs in school.bookings()


def test_a_form_of_ones_own_link_does_nothing_on_another_link(school: School, parent: Parent, victim: Parent) -> None:
    own = parent.form("book?slot=tue-0", "/book")
    answer = victim.post("cancel", own | {"version": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/b/{victim.token}?said=children")
    theirs = victim.form("cancel", "/cancel") | {"csrf": own["csrf"]}
    assert victim.post("cancel", theirs).status_code == 400
    assert [booking.slot for booking in school.bookings()] == ["tue-1"]


@pytest.mark.parametrize("forged", ["", "x", "x.y", "0" * 64, "0" * 64 + ".abcdef", "é"])
def test_a_form_without_our_proof_books_nothing_and_may_be_sent_again(
    school: School, parent: Parent, forged: str
) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room", "words": "kept"}
    answer = parent.post("book", data | {"csrf": forged})
    assert answer.status_code == 400
    assert "Please press it again" in answer.text
    assert "kept</textarea>" in answer.text
    assert parent.post("waiting", data | {"csrf": forged, "surgery": "tue"}).status_code == 400
    assert school.bookings() == []


def test_a_form_without_the_cookie_or_from_another_site_books_nothing(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    bare = Parent(school, parent.token)
    assert bare.post("book", data).status_code == 400
    for site in ("cross-site", "same-site"):
        assert parent.post("book", data, headers={"Sec-Fetch-Site": site}).status_code == 400
    assert school.bookings() == []
    assert parent.post("book", data, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_the_cookie_is_no_proof_in_the_place_of_the_field(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    cookie = parent.get().headers["Set-Cookie"].partition(";")[0].removeprefix("csrf=")
    assert parent.post("book", data | {"csrf": cookie}).status_code == 400
    other_way = Parent(school, parent.token)
    assert other_way.post("book", data, headers={"Cookie": f"csrf={data['csrf']}"}).status_code == 400
    assert school.bookings() == []
    assert other_way.post("book", data, headers={"Cookie": f"csrf={cookie}"}).status_code == 303


def test_a_proof_made_with_another_schools_secret_proves_nothing(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    found = Links(school.store).find(parent.token, school.now)
    assert isinstance(found, Link)
    with school.app.app_context():
        secret = setting().desk.secret
    assert field_value(secret, str(found.id)) == data["csrf"]
    assert parent.post("book", data | {"csrf": field_value(b"another", str(found.id))}).status_code == 400
    assert school.bookings() == []


def test_a_forged_cancellation_leaves_the_meeting(school: School, parent: Parent) -> None:
    parent.book("tue-1")
    answer = parent.post("cancel", {"version": "1", "once": "a" * 24})
    assert answer.status_code == 400
    assert len(school.bookings()) == 1


@pytest.mark.parametrize("once", ["", "short", "x" * 200, "a b c d e f g h i j", "\r\nSet-Cookie: a=b" * 2])
def test_a_form_without_a_good_idempotency_key_books_nothing(school: School, parent: Parent, once: str) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room", "once": once}
    assert parent.post("book", data).status_code == 400
    assert school.bookings() == []


def refused_alike(school: School, tokens: list[str]) -> list[tuple[int, dict[str, str], str]]:
    answers = [Parent(school, token).get() for token in tokens]
    return [(each.status_code, dict(each.headers), each.text) for each in answers]


def test_every_link_that_does_not_open_gets_the_same_answer(school: School) -> None:
    expired, revoked = school.link("B7F3K", "a", days=-1), school.link("B7F3K", "b")
    leaves(school.store, school.workbook_id, "b", "B7F3K", school.now)
    tokens = [expired, revoked, "x" * 43, "x", "x" * 5000, "%00", "é", "..%2f..", "null"]
    answers = refused_alike(school, tokens)
    assert {status for status, _, _ in answers} == {404}
    assert len({text for _, _, text in answers}) == 1
    assert len({str(headers) for _, headers, _ in answers}) == 1
    assert "This link does not work" in answers[0][2]


def test_a_bad_link_is_refused_alike_for_every_page_and_method(school: School) -> None:
    nobody = Parent(school, "x" * 43)
    pages = ("", "times", "book", "book?slot=tue-1", "cancel", "meeting.ics", "nothing")
    assert {nobody.get(page).status_code for page in pages} == {404}
    assert {nobody.post(page, {"slot": "tue-1"}).status_code for page in ("book", "cancel", "waiting")} == {404}
    assert len({nobody.get(page).text for page in ("", "times", "cancel")}) == 1


def test_who_guesses_links_is_stopped_and_others_are_not(school: School, parent: Parent) -> None:
    def statuses(address: str, count: int) -> list[int]:
        environ = {"REMOTE_ADDR": address}
        return [Parent(school, f"guess-{n}" * 6).get(environ_overrides=environ).status_code for n in range(count)]

    assert statuses("203.0.113.9", 35) == [404] * 30 + [429] * 5
    assert statuses("198.51.100.7", 1) == [404]
    # One network of IPv6 is one guesser, whichever of its addresses it uses.
    assert [each for n in range(5) for each in statuses(f"2001:db8::{n:x}", 7)] == [404] * 30 + [429] * 5
    assert statuses("2001:db8:0:1::1", 1) == [404]
    assert parent.get(environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 429
    assert parent.get().status_code == 200


def test_one_link_cannot_send_forms_without_end_and_may_again_later(school: School, parent: Parent) -> None:
    statuses = [parent.post("cancel", {}).status_code for _ in range(42)]
    assert statuses.count(429) == 2
    assert "There were too many tries" in parent.get().text
    school.clock[0] = school.now.replace(hour=10)
    assert parent.get().status_code == 200


def test_one_address_cannot_send_forms_without_end(tmp_path: Path) -> None:
    school = open_school(tmp_path, posts_per_address=5)
    links = [school.parent(school.link("B7F3K", f"adult-{n}")) for n in range(7)]
    assert [each.post("book", {"slot": "x"}).status_code for each in links] == [409] * 5 + [429] * 2
    school.store.close()


def test_an_address_is_believed_only_from_as_many_proxies_as_the_school_has(tmp_path: Path) -> None:
    for proxies, blocked in ((0, 200), (1, 429)):
        folder = tmp_path / str(proxies)
        folder.mkdir()
        school = open_school(folder, trusted_proxies=proxies)
        token = school.link()
        forged = {"X-Forwarded-For": "192.0.2.1, 203.0.113.9"}
        for number in range(31):
            Parent(school, f"guess-{number}").get(headers=forged, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
        environ = {"REMOTE_ADDR": "10.0.0.2"}
        # The last address is the one that our own proxy wrote; what stands before it, anybody may have invented.
        other = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
        assert Parent(school, token).get(headers=other, environ_overrides=environ).status_code == blocked
        school.store.close()


@pytest.mark.parametrize("size", [40_000, 5_000_000])
def test_an_oversized_form_is_refused(school: School, parent: Parent, size: int) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room", "words": "x" * size}
    assert parent.post("book", data).status_code == 413
    assert school.bookings() == []


def test_a_form_in_which_every_field_is_full_is_taken(school: School, parent: Parent) -> None:
    full = {"language": "ے" * 60, "bringing": "ے" * 120, "access": "ے" * 500, "words": "ے" * 1000}
    assert parent.book("tue-1", **full).status_code == 303
    assert school.bookings()[0].choice.words == "ے" * 1000


def test_a_form_with_a_thousand_fields_is_no_trouble(school: School, parent: Parent) -> None:
    data: dict[str, Any] = {f"f{n}": "1" for n in range(1000)}
    assert parent.post("book", data).status_code in {400, 409, 413}
    assert school.bookings() == []


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml", "", "a/b; \x7f"]
)
def test_only_forms_are_read(school: School, parent: Parent, kind: str) -> None:
    parent.get()
    answer = parent.client.post(
        f"/b/{parent.token}/book",
        data=b'{"slot": "tue-1"}',
        content_type=kind,
        base_url=school.settings.booking.address,
    )
    assert answer.status_code == 400
    assert school.bookings() == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(school: School, parent: Parent, method: str) -> None:
    base = school.settings.booking.address
    answer = parent.client.open(f"/b/{parent.token}/book", method=method, base_url=base)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("host", ["evil.example", f"{HOST}.evil.example", f"x{HOST}", "127.0.0.1", ""])
def test_a_request_for_another_host_is_refused(parent: Parent, host: str) -> None:
    answer = parent.client.get(f"/b/{parent.token}", headers={"Host": host}, base_url=f"https://{HOST}")
    assert answer.status_code == 400
    assert "Amara" not in answer.text


def test_markup_in_every_field_arrives_inert(school: School, parent: Parent) -> None:
    fields = {"language": EVIL[:60], "bringing": EVIL[:120], "access": EVIL, "words": EVIL}
    assert parent.book("tue-1", **fields).status_code == 303
    assert school.bookings()[0].choice.words == EVIL
    for page in ("", "book?slot=tue-1", "book?slot=tue-2", "cancel", "times"):
        text = parent.get(page).text
        assert re.findall(r"<(?:script|img)", text) == []
    shown = parent.get().text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "{{7*7}}" in shown


@pytest.mark.parametrize("value", [EVIL, "x\r\nSet-Cookie: evil=1", "\x00", "\ud7ff" * 50])
def test_markup_and_line_ends_in_every_parameter_arrive_inert(school: School, parent: Parent, value: str) -> None:
    for name in ("slot", "lang", "child", "said", "version", "surgery"):
        answer = parent.client.get(
            f"/b/{parent.token}/book", query_string={name: value}, base_url=school.settings.booking.address
        )
        assert answer.status_code in ({303} if name == "child" else {200, 409, 422})
        assert "evil" not in str(answer.headers)
        assert re.findall(r"<script|<img", answer.text) == []
    data = parent.form("book?slot=tue-1", "/book")
    answer = parent.post("book", data | {"slot": value, "version": value, "surgery": value, "lang": value})
    assert answer.status_code in {400, 409}
    assert "evil" not in str(answer.headers)


def test_a_message_cannot_be_made_up_by_a_link(parent: Parent) -> None:
    parent.book("tue-1")
    assert "cancelled" not in parent.get("?said=cancelled").text
    assert "notice" not in parent.get("?said=<b>your%20child</b>").text


@pytest.mark.parametrize("page", ["", "times", "book", "cancel", "nothing", "/", "/static/booking.css", "/b/unknown"])
def test_every_answer_has_the_headers_and_no_foreign_cookie(parent: Parent, page: str) -> None:
    answer = parent.get(page)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Server" not in answer.headers
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert re.fullmatch(
            rf"csrf=[0-9a-f]{{64}}; Secure; HttpOnly; Path=/b/{re.escape(parent.token)}; SameSite=Strict", cookie
        )


def test_without_https_there_is_no_hsts_and_the_cookie_still_works(tmp_path: Path) -> None:
    school = open_school(tmp_path, address="http://127.0.0.1:8080")
    parent = school.parent(school.link())
    answer = parent.get()
    assert "Strict-Transport-Security" not in answer.headers
    assert "Secure" not in answer.headers["Set-Cookie"]
    school.store.close()


def test_pages_load_nothing_from_elsewhere_and_have_no_script(parent: Parent) -> None:
    parent.book("tue-1")
    for page in ("", "times", "book?slot=tue-1", "cancel", "/b/unknown"):
        text = parent.get(page).text
        assert re.findall(r"(?:src|href|action)=\"(?!/|#)[^\"]*\"", text) == []
        assert re.findall(r"<script|style=| on\w+=", text) == []


def test_no_link_is_ever_in_a_log_or_an_error_page(
    school: School, parent: Parent, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = f"cannot open {parent.token} of Amara Lomax"

    def break_down(*_: object) -> None:
        raise RuntimeError(secrets)

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("sync"), "propagate", True)
    path = f"/b/{parent.token}/book?slot=1"
    logging.getLogger("waitress").info("Exception while serving %s", path)
    logging.getLogger("werkzeug").info('127.0.0.1 "GET %s HTTP/1.1" 200', path)
    try:
        break_down()
    except RuntimeError:
        logging.getLogger("waitress").exception("Exception while serving %s", path)
    monkeypatch.setattr(Rates, "enter", break_down)
    answer = parent.get()
    assert answer.status_code == 500
    assert "Sorry, something went wrong" in answer.text
    assert parent.token not in answer.text
    assert len(caplog.records) >= 4
    assert parent.token not in caplog.text
    assert "Lomax" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_store_that_does_not_answer_is_told_as_such(
    school: School, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.domain.errors import TryAgainError  # noqa: PLC0415

    def busy(*_: object, **__: object) -> None:
        raise TryAgainError("The store did not answer.")

    monkeypatch.setattr(Rates, "enter", busy)
    assert parent.get().status_code == 503


def test_another_schools_link_does_not_open_here(school: School) -> None:
    other = school.store.save_workbook("9994002", "sheet-2")
    token = Links(school.store).issue(other.id, "adult-1", "B7F3K", school.now.replace(year=2027), school.now)
    assert school.parent(token).get().status_code == 404


def test_a_link_that_is_revoked_while_the_form_is_open_books_nothing(school: School, parent: Parent) -> None:
    data = parent.form("book?slot=tue-1", "/book") | {"where": "room"}
    leaves(school.store, school.workbook_id, "adult-1", "B7F3K", school.now)
    assert parent.post("book", data).status_code == 404
    assert school.bookings() == []


def test_a_pupil_who_left_the_roll_has_nothing_to_book(school: School) -> None:
    school.has(surgery("tue", school.now.replace(day=9)))
    assert "There are no free times at the moment." in school.parent(school.link("ZZZZZ")).get().text
