from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests
from google.oauth2.credentials import Credentials
from google_server import UNHURRIED, FakeTime, RawServer, answer

from sync.google.door import Counter, Door, Limits
from sync.google.errors import (
    GoogleBusyError,
    GoogleNeedsPersonError,
    GoogleRefusedRequestError,
    OutcomeUnknownError,
)

if TYPE_CHECKING:
    import socket

    import responses

SHEET = "https://sheets.googleapis.com/v4/spreadsheets/sheet-1"
WRITE = f"{SHEET}:batchUpdate"
BODY = {"requests": []}


def write(door: Door, **how: bool) -> dict[str, object]:
    return door.sheets_batch_update("sheet-1", BODY, fields="replies", **how)


def read(door: Door) -> dict[str, object]:
    return door.sheets_get("sheet-1", fields="properties")


# What goes out


def test_a_read_asks_for_the_fields_and_ranges_in_one_plain_request(door: Door, google: responses.RequestsMock) -> None:
    google.get(SHEET, json={"spreadsheetId": "sheet-1"})
    found = door.sheets_get("sheet-1", fields="sheets.data", ranges=("A!A:B", "B!1:1"), include_grid_data=True)
    assert found == {"spreadsheetId": "sheet-1"}
    (call,) = google.calls
    assert call.request.params == {
        "fields": "sheets.data",
        "ranges": ["A!A:B", "B!1:1"],
        "includeGridData": "true",
        "prettyPrint": "false",
    }
    assert call.request.headers["Authorization"] == "Bearer token-1"
    assert "gzip" in call.request.headers["User-Agent"]
    assert call.request.headers["Accept-Encoding"] == "gzip"


def test_every_call_has_both_time_outs_even_when_the_library_asks_for_none(
    door: Door, google: responses.RequestsMock
) -> None:
    google.get(SHEET, json={})
    door.request("GET", SHEET, timeout=None)
    read(door)
    assert [call.request.req_kwargs["timeout"] for call in google.calls] == [(5.0, 60.0), (5.0, 60.0)]


def test_a_large_body_goes_out_compressed_and_a_small_one_plain(door: Door, google: responses.RequestsMock) -> None:
    google.post(WRITE, json={"replies": []})
    large = {"requests": [{"note": "x" * 5000}]}
    door.sheets_batch_update("sheet-1", large, fields="replies")
    write(door)
    first, second = (call.request for call in google.calls)
    assert first.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(first.body)) == large
    assert "Content-Encoding" not in second.headers
    assert json.loads(second.body) == BODY
    assert door.counter.bytes_sent == len(first.body) + len(second.body) < 500


@pytest.mark.parametrize("status", [400, 415])
def test_a_server_that_cannot_unpack_gets_it_plain_and_that_is_remembered(
    door: Door, google: responses.RequestsMock, status: int
) -> None:
    google.post(WRITE, status=status, json={"error": {"code": status, "message": "Invalid JSON payload received."}})
    google.post(WRITE, json={"replies": []})
    large = {"requests": [{"note": "x" * 5000}]}
    assert door.sheets_batch_update("sheet-1", large, fields="replies") == {"replies": []}
    door.sheets_batch_update("sheet-1", large, fields="replies")
    assert ["Content-Encoding" in call.request.headers for call in google.calls] == [True, False, False]


def test_a_refusal_after_gzip_has_been_taken_once_is_not_asked_twice(
    door: Door, google: responses.RequestsMock
) -> None:
    large = {"requests": [{"note": "x" * 5000}]}
    google.post(WRITE, json={})
    google.post(WRITE, status=400, json={"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"}})
    door.sheets_batch_update("sheet-1", large, fields="replies")
    with pytest.raises(GoogleRefusedRequestError):
        door.sheets_batch_update("sheet-1", large, fields="replies")
    assert len(google.calls) == 2


def test_ids_are_quoted_in_the_address(door: Door, google: responses.RequestsMock) -> None:
    google.get("https://www.googleapis.com/drive/v3/files/a%2Fb", json={"id": "a/b"})
    assert door.drive_get("a/b", "id") == {"id": "a/b"}


# The counter and the hooks


def test_the_counter_counts_tries_kinds_and_compressed_bytes(local: Door, server: RawServer) -> None:
    packed = gzip.compress(json.dumps({"note": "x" * 5000}).encode())
    busy = b'{"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}'
    server.scripts = [
        answer(busy, status="429 Too Many Requests"),
        answer(packed, headers="Content-Encoding: gzip\r\n"),
        answer(b"{}"),
    ]
    assert read(local) == {"note": "x" * 5000}
    write(local)
    assert local.counter == Counter(
        requests=3,
        reads=2,
        writes=1,
        retries=1,
        bytes_sent=len(b'{"requests":[]}'),
        bytes_received=len(busy) + len(packed) + 2,
    )


def test_hooks_are_called_around_every_try(local: Door, server: RawServer) -> None:
    server.scripts = [answer(b"{}", status="503 No"), answer(b"{}")]
    seen: list[object] = []
    local.hooks.before.append(lambda method, _url: seen.append(("before", method)))
    local.hooks.after.append(lambda _method, _url, status: seen.append(("after", status)))
    read(local)
    assert seen == [("before", "GET"), ("after", 503), ("before", "GET"), ("after", 200)]


def test_a_hook_is_told_that_no_answer_came(local: Door, server: RawServer) -> None:
    server.scripts = [lambda _connection: None]
    seen: list[object] = []
    local.hooks.after.append(lambda _method, _url, status: seen.append(status))
    with pytest.raises(OutcomeUnknownError):
        write(local)
    assert seen == [None]


def test_googles_clock_is_compared_with_ours(google: responses.RequestsMock) -> None:
    google.get(SHEET, json={}, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})
    ours = datetime(2026, 11, 23, 9, 4, tzinfo=UTC)
    with Door(Credentials("t"), limits=UNHURRIED, now=lambda: ours) as door:
        assert door.clock_skew is None
        read(door)
        assert door.clock_skew == timedelta(minutes=4)


# Trying again


def test_a_429_is_retried_for_reads_and_writes_with_growing_waits(
    door: Door, google: responses.RequestsMock, time: FakeTime
) -> None:
    for _ in range(3):
        google.post(WRITE, status=429, json={})
    google.post(WRITE, json={"replies": []})
    assert write(door) == {"replies": []}
    assert time.slept == [1.0, 2.0, 4.0]


def test_retry_after_comes_first_and_the_jitter_on_top(
    door: Door, google: responses.RequestsMock, time: FakeTime
) -> None:
    google.get(SHEET, status=429, json={}, headers={"Retry-After": "7"})
    google.get(SHEET, json={})
    read(door)
    assert time.slept == [8.0]


def test_a_retry_after_past_the_deadline_ends_the_call_at_once(
    door: Door, google: responses.RequestsMock, time: FakeTime
) -> None:
    google.get(SHEET, status=429, json={}, headers={"Retry-After": "3600"})
    with pytest.raises(GoogleBusyError) as caught:
        read(door)
    assert caught.value.wait == 3600
    assert caught.value.next_step == "Run again in 3600 seconds."
    assert time.slept == []


def test_a_server_that_is_always_busy_is_given_up_at_the_deadline(
    door: Door, google: responses.RequestsMock, time: FakeTime
) -> None:
    google.get(SHEET, status=503, json={})
    with pytest.raises(GoogleBusyError, match="Google Sheets answered 503"):
        read(door)
    assert sum(time.slept) < door.limits.deadline
    assert max(time.slept) == door.limits.longest_wait
    assert len(google.calls) == len(time.slept) + 1


def test_jitter_spreads_the_waits_over_the_whole_range(google: responses.RequestsMock, time: FakeTime) -> None:
    google.get(SHEET, status=503, json={})
    shares = iter([0.0, 0.5, 0.25] + [1.0] * 20)
    with (
        Door(
            Credentials("t"),
            limits=UNHURRIED,
            clock=time.clock,
            sleep=time.sleep,
            jitter=lambda: next(shares),
        ) as door,
        pytest.raises(GoogleBusyError),
    ):
        read(door)
    assert time.slept[:4] == [0.0, 1.0, 1.0, 8.0]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_is_retried_for_a_read_and_unknown_for_a_write(
    door: Door, google: responses.RequestsMock, status: int
) -> None:
    google.get(SHEET, status=status)
    google.get(SHEET, json={"ok": 1})
    google.post(WRITE, status=status)
    assert read(door) == {"ok": 1}
    with pytest.raises(OutcomeUnknownError, match="not known whether the change was made"):
        write(door)
    assert len(google.calls) == 3


def test_a_write_that_says_it_is_repeatable_is_repeated(door: Door, google: responses.RequestsMock) -> None:
    google.post(WRITE, status=503)
    google.post(WRITE, json={"replies": [1]})
    assert write(door, repeatable=True) == {"replies": [1]}


def test_a_dropped_connection_is_retried_for_a_read_and_unknown_for_a_write(local: Door, server: RawServer) -> None:
    def drop(connection: socket.socket) -> None:
        connection.close()

    server.scripts = [drop, answer(b'{"ok": 1}'), drop]
    assert read(local) == {"ok": 1}
    with pytest.raises(OutcomeUnknownError, match="broke off the connection"):
        write(local)
    assert len(server.requests) == 3


def test_a_truncated_answer_is_retried_for_a_read_and_unknown_for_a_write(local: Door, server: RawServer) -> None:
    cut = answer(b'{"replies": [', length=500)
    server.scripts = [cut, answer(b"{}"), cut]
    assert read(local) == {}
    with pytest.raises(OutcomeUnknownError):
        write(local)


def test_a_whole_answer_that_is_not_json_is_no_answer_either(local: Door, server: RawServer) -> None:
    server.scripts = [answer(b'{"replies": ['), answer(b"{}"), answer(b'{"replies": [')]
    assert read(local) == {}
    with pytest.raises(OutcomeUnknownError, match="gave half an answer"):
        write(local)


def test_half_a_gzip_stream_is_no_answer(local: Door, server: RawServer) -> None:
    packed = gzip.compress(json.dumps({"note": list(range(3000))}).encode())
    server.scripts = [answer(packed[: len(packed) // 2], headers="Content-Encoding: gzip\r\n")]
    with pytest.raises(OutcomeUnknownError):
        write(local)


def test_a_silent_server_is_not_waited_for_and_a_write_to_it_is_unknown(local: Door, server: RawServer) -> None:
    heard = threading.Event()

    def be_silent(connection: socket.socket) -> None:
        heard.wait(5)

    server.scripts = [be_silent]
    with pytest.raises(OutcomeUnknownError, match="did not answer in time"):
        write(local)
    heard.set()


def test_a_server_that_drips_is_stopped_by_the_deadline(server: RawServer) -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b"1\r\n \r\n")

    server.scripts = [drip]
    limits = Limits(deadline=0.4, reads_per_minute=None, writes_per_minute=None)
    with (
        Door(Credentials("t"), base_url=server.url, limits=limits) as door,
        pytest.raises(OutcomeUnknownError),
    ):
        write(door)
    stop.set()


def test_a_refused_connection_was_never_sent_so_even_a_write_is_retried(time: FakeTime) -> None:
    server = RawServer()
    server.close()
    with Door(
        Credentials("t"),
        base_url=server.url,
        limits=UNHURRIED,
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda: 1.0,
    ) as door:
        with pytest.raises(GoogleBusyError, match="cannot be reached from this computer"):
            write(door)
        assert door.counter.retries == len(time.slept) > 3


def test_a_connection_error_of_unknown_origin_is_unknown_for_a_write(
    door: Door, google: responses.RequestsMock
) -> None:
    google.post(WRITE, body=requests.ConnectionError("something"))
    with pytest.raises(OutcomeUnknownError):
        write(door)
    assert len(google.calls) == 1


# What needs a person


def test_a_web_filters_page_is_recognised(door: Door, google: responses.RequestsMock) -> None:
    google.get(SHEET, body="<html>Blocked by the school's filter</html>", content_type="text/html")
    with pytest.raises(GoogleNeedsPersonError) as caught:
        read(door)
    assert caught.value.reason == "intercepted"
    assert "web filter" in caught.value.next_step


def test_a_redirect_is_not_followed_and_takes_no_token_anywhere(door: Door, google: responses.RequestsMock) -> None:
    google.get(SHEET, status=302, headers={"Location": "https://login.example/"})
    with pytest.raises(GoogleNeedsPersonError, match="redirect to another address"):
        read(door)
    assert len(google.calls) == 1


def test_a_401_signs_in_once_more_and_then_needs_a_person(door: Door, google: responses.RequestsMock) -> None:
    google.get(SHEET, status=401, json={"error": {"code": 401, "status": "UNAUTHENTICATED"}})
    google.post("https://oauth2.googleapis.com/token", json={"access_token": "token-2", "expires_in": 3600})
    door.credentials = Credentials(
        "token-1",
        refresh_token="r",
        token_uri="https://oauth2.googleapis.com/token",
        client_id="c",
        client_secret="s",
    )
    with pytest.raises(GoogleNeedsPersonError, match="does not accept our credential any more"):
        read(door)
    sent = [call.request.headers.get("Authorization") for call in google.calls if "sheets" in call.request.url]
    assert sent == ["Bearer token-1", "Bearer token-2"]
    assert (door.counter.requests, door.counter.sign_ins) == (2, 1)


def test_a_token_that_ran_out_on_the_way_is_renewed_unseen(door: Door, google: responses.RequestsMock) -> None:
    google.post(WRITE, status=401, json={})
    google.post(WRITE, json={"replies": [1]})
    google.post("https://oauth2.googleapis.com/token", json={"access_token": "token-2", "expires_in": 3600})
    door.credentials = Credentials(
        "token-1",
        refresh_token="r",
        token_uri="https://oauth2.googleapis.com/token",
        client_id="c",
        client_secret="s",
    )
    assert write(door) == {"replies": [1]}


def test_a_plain_token_that_was_used_up_says_what_to_do(door: Door, google: responses.RequestsMock) -> None:
    google.get(SHEET, status=401, json={})
    with pytest.raises(GoogleNeedsPersonError, match="The access token has expired") as caught:
        read(door)
    assert "SENSYNC_GOOGLE_TOKEN" in caught.value.next_step


def test_a_withdrawn_consent_says_who_must_sign_in(google: responses.RequestsMock) -> None:
    google.post(
        "https://oauth2.googleapis.com/token",
        status=400,
        json={"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )
    credentials = Credentials(
        None,
        refresh_token="r",
        token_uri="https://oauth2.googleapis.com/token",
        client_id="c",
        client_secret="s",
    )
    with Door(credentials, limits=UNHURRIED) as door, pytest.raises(GoogleNeedsPersonError) as caught:
        write(door)
    assert str(caught.value) == "The sign-in of the role mailbox has expired or was withdrawn."
    assert caught.value.reason == "invalid_grant"


def test_an_account_without_a_drive_is_told_so_when_it_makes_a_file(door: Door, google: responses.RequestsMock) -> None:
    error = {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}
    google.post("https://sheets.googleapis.com/v4/spreadsheets", status=403, json={"error": error})
    with pytest.raises(GoogleNeedsPersonError, match="has no Drive of its own") as caught:
        door.sheets_create({}, "spreadsheetId")
    assert caught.value.reason == "no_drive"
    assert "folder_id" in caught.value.next_step


# The quota


def test_the_sixty_first_read_of_a_minute_waits_and_drive_does_not_count(
    google: responses.RequestsMock, time: FakeTime
) -> None:
    google.get(SHEET, json={})
    google.get("https://www.googleapis.com/drive/v3/files/f", json={})
    with Door(Credentials("quota", account="a@school.example"), clock=time.clock, sleep=time.sleep) as door:
        for _ in range(60):
            read(door)
        door.drive_get("f", "id")
        assert time.slept == []
        read(door)
        assert time.slept == [60.0]


def test_two_doors_with_one_account_share_its_quota(google: responses.RequestsMock, time: FakeTime) -> None:
    google.get(SHEET, json={})
    limits = Limits(reads_per_minute=2)
    doors = [
        Door(
            Credentials("t", account="shared@school.example"),
            limits=limits,
            clock=time.clock,
            sleep=time.sleep,
        )
        for _ in range(2)
    ]
    for door in (*doors, doors[0]):
        read(door)
    assert time.slept == [60.0]


def test_a_quota_wait_beyond_the_deadline_is_a_try_again(google: responses.RequestsMock, time: FakeTime) -> None:
    google.get(SHEET, json={})
    limits = Limits(reads_per_minute=1, deadline=30)
    with Door(
        Credentials("t", account="late@school.example"), limits=limits, clock=time.clock, sleep=time.sleep
    ) as door:
        read(door)
        with pytest.raises(GoogleBusyError, match="allows 1 reads a minute"):
            read(door)
    assert len(google.calls) == 1


# Where it goes


def test_the_door_takes_its_token_to_nobody_but_google(door: Door) -> None:
    for url in (
        "https://example.com/x",
        "http://sheets.googleapis.com/v4",
        "https://sheets.googleapis.com.evil.net/",
    ):
        with pytest.raises(ValueError, match="it is not Google"):
            door.request("GET", url)


def test_with_a_base_url_googles_own_addresses_are_mapped_and_others_refused(local: Door, server: RawServer) -> None:
    server.scripts = [answer(b"{}")]
    local.request("GET", "https://www.googleapis.com/drive/v3/files?q=x")
    assert server.requests[0].startswith(b"GET /drive/v3/files?q=x HTTP/1.1\r\n")
    with pytest.raises(ValueError, match=r"refusing to call example\.com"):
        local.request("GET", "https://example.com/")


def test_every_call_of_a_batch_takes_a_place_of_the_calendars_quota(
    google: responses.RequestsMock, time: FakeTime
) -> None:
    google.post("https://www.googleapis.com/batch/calendar/v3", body="", content_type="multipart/mixed; boundary=b")
    limits = Limits(calendar_per_minute=100)
    credentials = Credentials("quota", account="batch@school.example")
    with Door(credentials, limits=limits, clock=time.clock, sleep=time.sleep) as door:
        for _ in range(3):
            door.call_batch(door.endpoints.calendar_batch, "multipart/mixed; boundary=b", b"", places=50)
    assert time.slept == [60.0]


def test_letters_have_a_measure_of_their_own(google: responses.RequestsMock, time: FakeTime) -> None:
    google.post("https://gmail.googleapis.com/gmail/v1/users/me/messages/send", json={"id": "1"})
    limits = Limits(mails_per_minute=2)
    credentials = Credentials("quota", account="mail@school.example")
    with Door(credentials, limits=limits, clock=time.clock, sleep=time.sleep) as door:
        for _ in range(3):
            door.call("POST", f"{door.endpoints.gmail}/users/me/messages/send", body={})
    assert time.slept == [60.0]
