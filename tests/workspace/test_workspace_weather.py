"""Faults, quotas, hooks and the request log."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import NOON, SENCO, Book, Caller, RefusalError

from local_workspace.http.weather import Fault, Weather
from local_workspace.http.wire import Request

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

WRITE = {"values": [["written"]]}


def write(book: Book) -> Any:
    caller = Caller(f"http://{book.call.address[0]}:{book.call.address[1]}", None, book.call.headers)
    return caller("PUT", f"{book.path}/values/A1?valueInputOption=RAW", WRITE)


@pytest.mark.parametrize(("when", "expected"), [("before", []), ("after", [["written"]])])
@pytest.mark.parametrize("rule", [{"effect": "drop"}, {"status": 503}, {"status": 500}])
def test_a_fault_strikes_before_or_after_the_change(
    ws: LocalWorkspace, book: Book, rule: dict[str, Any], when: str, expected: list[Any]
) -> None:
    ws.fail(**{"status": 503, **rule}, when=when, method="PUT")
    with pytest.raises((RefusalError, ConnectionError, http.client.HTTPException)):
        write(book)
    assert book.get("A1") == expected
    write(book)
    assert book.get("A1") == [["written"]]


def test_a_truncated_answer_ends_early(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(effect="truncate", when="after", method="PUT")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        write(book)
    assert book.get("A1") == [["written"]]


def test_latency(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(effect="latency", seconds=0.05, times=2)
    started = time.perf_counter()
    book.get("A1")
    book.get("A1")
    assert time.perf_counter() - started >= 0.1


def test_bodies_of_faults(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(503, path="^/v4/")
    assert book.call.refused("GET", book.path) == {
        "code": 503,
        "message": "The service is currently unavailable.",
        "status": "UNAVAILABLE",
    }
    ws.fail(403, path="^/drive/")
    assert book.call.refused("GET", "/drive/v3/files")["errors"] == [
        {"message": "Rate Limit Exceeded", "domain": "usageLimits", "reason": "rateLimitExceeded"}
    ]


def test_the_quota_of_reads_and_writes_has_the_recorded_body(ws: LocalWorkspace, book: Book) -> None:
    ws.weather.reads, ws.weather.writes = 2, 1
    book.get("A1")
    book.get("A1")
    error = book.call.refused("GET", book.path)
    assert error == {
        "code": 429,
        "message": (
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' "
            "of service 'sheets.googleapis.com' for consumer 'project_number:603366585132'."
        ),
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "quota_limit_value": "60",
                    "service": "sheets.googleapis.com",
                    "consumer": "projects/603366585132",
                    "quota_unit": "1/min/{project}/{user}",
                    "quota_location": "global",
                    "quota_metric": "sheets.googleapis.com/read_requests",
                    "quota_limit": "ReadRequestsPerMinutePerUser",
                },
            },
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [
                    {
                        "description": "Request a higher quota limit.",
                        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                    }
                ],
            },
        ],
    }
    write(book)
    with pytest.raises(RefusalError) as caught:
        write(book)
    assert caught.value.message.startswith("Quota exceeded for quota metric 'Write requests'")


def test_a_quota_is_whole_again_after_a_minute(ws: LocalWorkspace, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.weather.reads = 1
    book.get("A1")
    book.call.refused("GET", book.path)
    monkeypatch.setattr(ws, "clock", lambda: NOON.replace(minute=2))
    book.get("A1")


def test_a_seed_repeats_the_weather() -> None:
    def strikes(seed: int) -> list[bool]:
        weather = Weather(seed=seed, faults=[Fault(chance=0.5, times=None)])
        request = Request("GET", "/v4/spreadsheets/x", {}, {})
        return [bool(weather.strike(request, "before")) for _ in range(50)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)


def test_a_person_may_edit_between_two_calls(ws: LocalWorkspace, book: Book) -> None:
    person = Caller(ws.base_url, ws.token_for(SENCO))
    done: list[str] = []

    def interleave(when: str, request: Request, _response: Any) -> None:
        if when == "before" and request.method == "POST" and not done:
            done.append("typed")
            person("PUT", f"{book.path}/values/B1?valueInputOption=RAW", {"values": [["mine"]]})

    ws.hooks.append(interleave)
    cells = [{"values": [{"userEnteredValue": {"stringValue": "theirs"}}]}]
    book.batch({"updateCells": {"start": {}, "rows": cells, "fields": "userEnteredValue"}})
    assert book.get("A1:B1") == [["theirs", "mine"]]


def test_requests_are_counted(ws: LocalWorkspace, book: Book) -> None:
    ws.requests.clear()
    book.put("A1", [["x"]])
    book.get("A1")
    assert [(entry.method, entry.account, entry.status) for entry in ws.requests] == [
        ("PUT", SENCO, 200),
        ("GET", SENCO, 200),
    ]
    assert ws.requests[0].bytes_in == len(b'{"values": [["x"]]}')
    assert ws.requests[1].bytes_out == len(book.call.raw)


def test_a_thousand_mixed_requests_take_less_than_two_seconds(book: Book) -> None:
    book.type("A1:C1", ["k", 1, "=SUM(B:B)"])
    started = time.process_time()
    for number in range(250):
        book.put("B2", [[number]])
        book.get("A1:C2")
        book.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 1}})
        book.read("sheets.properties(title,gridProperties)")
    assert time.process_time() - started < 2
    assert book.get("C1") == [[250]]


def test_weather_is_switched_from_another_process(book: Book) -> None:
    fault = book.call("POST", "/local/faults", {"status": 500, "path": "^/v4/", "times": 1})
    assert book.call("GET", "/local/faults") == {"faults": [fault]}
    assert book.call.refused("GET", book.path)["code"] == 500
    assert book.call("GET", "/local/faults") == {"faults": []}
    book.call("POST", "/local/faults", {"times": None})
    book.call("DELETE", "/local/faults")
    assert book.get("A1") == []
    none = dict.fromkeys(("writes", "project", "calendar", "calendar_project", "mail"))
    assert book.call("PUT", "/local/quotas", {"reads": 0}) == {"reads": 0, **none}
    assert book.call.refused("GET", book.path)["code"] == 429
    assert book.call("GET", "/local/requests")["requests"][-1]["status"] == 429


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"color": 1}, "The rule cannot be used: a fault has no 'color'; it has "),
        ({"status": "503"}, "The rule cannot be used: 'status' of a fault cannot be '503'."),
        (
            {"when": "never"},
            "The rule cannot be used: 'when' of a fault is one of before, after, not 'never'.",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(book: Book, rule: dict[str, Any], message: str) -> None:
    assert book.call.refused("POST", "/local/faults", rule)["message"].startswith(message)
