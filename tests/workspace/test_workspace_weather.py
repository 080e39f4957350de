"""Faults, quotas, hooks and the request log."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import NOON, SENCO, Book, Caller, RefusalError

from local_workspace.http.weather import QUOTAS

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace
    from local_workspace.http.wire import Request

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


def quota_body(word: str, limit: int, *, project: bool = False) -> dict[str, Any]:
    """As gargle recorded it; the project's wording is in r-lib/gargle#160."""
    whose = "" if project else " per user"
    return {
        "code": 429,
        "message": (
            f"Quota exceeded for quota metric '{word} requests' and limit '{word} requests per minute{whose}' "
            "of service 'sheets.googleapis.com' for consumer 'project_number:603366585132'."
        ),
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "quota_limit_value": str(limit),
                    "service": "sheets.googleapis.com",
                    "consumer": "projects/603366585132",
                    "quota_unit": "1/min/{project}" if project else "1/min/{project}/{user}",
                    "quota_location": "global",
                    "quota_metric": f"sheets.googleapis.com/{word.lower()}_requests",
                    "quota_limit": f"{word}RequestsPerMinutePer{'Project' if project else 'User'}",
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


def test_googles_quota_lets_sixty_reads_and_sixty_writes_of_a_user_through(ws: LocalWorkspace, book: Book) -> None:
    ws.weather.google_quotas()
    for _ in range(60):
        book.get("A1")
    assert book.call.refused("GET", book.path) == quota_body("Read", 60)
    for _ in range(60):
        write(book)
    path = f"{book.path}/values/A1?valueInputOption=RAW"
    assert book.call.refused("PUT", path, WRITE) == quota_body("Write", 60)


def test_the_users_of_a_project_share_its_quota(ws: LocalWorkspace, book: Book, teacher: Caller) -> None:
    book.call("POST", f"/drive/v3/files/{book.id}/permissions", {"type": "anyone", "role": "writer"})
    ws.weather.project = 3
    book.get("A1")
    teacher("GET", book.path)
    book.get("A1")
    assert teacher.refused("GET", book.path) == quota_body("Read", 3, project=True)
    write(book)  # writes have a share of their own


def test_a_request_that_the_project_refuses_costs_its_user_nothing(ws: LocalWorkspace, book: Book) -> None:
    ws.weather.reads, ws.weather.project = 1, 0
    assert book.call.refused("GET", book.path) == quota_body("Read", 0, project=True)
    ws.weather.project = None
    book.get("A1")
    assert book.call.refused("GET", book.path) == quota_body("Read", 1)


def test_a_search_by_post_counts_as_a_read(ws: LocalWorkspace, book: Book) -> None:
    ws.weather.reads = 0
    for path in (f"{book.path}/developerMetadata:search", f"{book.path}:getByDataFilter"):
        assert book.call.refused("POST", path, {"dataFilters": []}) == quota_body("Read", 0)
    ws.weather.reads = None
    ws.fail(429)
    assert book.call.refused("POST", f"{book.path}/values:batchGetByDataFilter", {}) == quota_body("Read", 60)


def test_a_quota_is_whole_again_after_a_minute(ws: LocalWorkspace, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.weather.reads = 1
    book.get("A1")
    book.call.refused("GET", book.path)
    monkeypatch.setattr(ws, "clock", lambda: NOON.replace(minute=2))
    book.get("A1")


def statuses(book: Book, times: int = 40) -> list[int]:
    found = []
    for _ in range(times):
        try:
            book.get("A1")
            found.append(200)
        except RefusalError as refusal:
            found.append(refusal.status)
    return found


def test_a_seed_repeats_the_weather(book: Book) -> None:
    runs = []
    for seed in (1, 1, 2):
        book.call("DELETE", "/local/faults")
        assert book.call("PUT", "/local/weather", {"seed": seed}) == {"seed": seed, "skew": 0}
        for status, chance in ((503, 0.3), (500, 0.2)):
            rule = {"status": status, "chance": chance, "times": None, "path": "^/v4/"}
            book.call("POST", "/local/faults", rule)
        runs.append(statuses(book))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert set(runs[0]) == {200, 500, 503}


def test_a_rule_without_conditions_is_a_switch_for_the_whole_server(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(500, times=None)
    for method, path in (("GET", book.path), ("GET", "/drive/v3/files"), ("POST", "/token"), ("POST", "/batch")):
        with pytest.raises(RefusalError) as caught:
            book.call(method, path)
        assert caught.value.status == 500


def test_the_first_so_many_requests_can_be_let_through(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(503, skip=2, times=1, method="GET", path="/values/")
    assert statuses(book, 5) == [200, 200, 503, 200, 200]


def test_two_connections_do_not_use_up_one_fault_twice(ws: LocalWorkspace, book: Book) -> None:
    ws.fail(503, times=10, path="^/v4/")
    callers = [Book.__new__(Book) for _ in range(4)]
    for caller in callers:
        caller.call = Caller(ws.base_url, None, book.call.headers)
        caller.path = book.path
    with ThreadPoolExecutor(4) as pool:
        seen = [status for found in pool.map(lambda one: statuses(one, 10), callers) for status in found]
    assert sorted(seen) == [200] * 30 + [503] * 10


def test_the_clock_of_the_workspace_can_be_set_ahead(ws: LocalWorkspace, book: Book) -> None:
    token = ws.tokens.issue(SENCO, 3600)
    assert book.call("PUT", "/local/weather", {"skew": 7200}) == {"seed": ws.weather.seed, "skew": 7200}
    made = book.call("POST", "/drive/v3/files?fields=createdTime", {"name": "x"})
    assert made == {"createdTime": "2026-11-23T14:00:00.000Z"}
    assert book.call.last is not None
    assert book.call.last.headers["Date"] == "Mon, 23 Nov 2026 14:00:00 GMT"
    with pytest.raises(RefusalError) as caught:
        Caller(ws.base_url, token)("GET", book.path)
    assert caught.value.status == 401


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


def test_weather_is_switched_from_another_process(book: Book) -> None:
    fault = book.call("POST", "/local/faults", {"status": 500, "path": "^/v4/", "times": 1})
    assert book.call("GET", "/local/faults") == {"faults": [fault]}
    assert book.call.refused("GET", book.path)["code"] == 500
    assert book.call("GET", "/local/faults") == {"faults": []}
    book.call("POST", "/local/faults", {"times": None})
    book.call("DELETE", "/local/faults")
    assert book.get("A1") == []
    none = dict.fromkeys(QUOTAS[1:])
    assert book.call("PUT", "/local/quotas", {"reads": 0}) == {"reads": 0, **none}
    assert book.call.refused("GET", book.path)["code"] == 429
    assert book.call("GET", "/local/requests")["requests"][-1]["status"] == 429
    every = {name: number for number, name in enumerate(QUOTAS)}
    assert book.call("PUT", "/local/quotas", every) == every


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"color": 1}, "The rule cannot be used: a fault has no 'color'; it has "),
        ({"status": "503"}, "The rule cannot be used: 'status' of a fault cannot be '503'."),
        (
            {"chance": True},
            "The rule cannot be used: 'chance' of a fault cannot be True.",
        ),
        (
            {"when": "never"},
            "The rule cannot be used: 'when' of a fault is one of before, after, not 'never'.",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(book: Book, rule: dict[str, Any], message: str) -> None:
    assert book.call.refused("POST", "/local/faults", rule)["message"].startswith(message)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/local/quotas", {"reads": True}),
        ("/local/quotas", {"reads": "60"}),
        ("/local/quotas", {"deletes": 1}),
        ("/local/weather", {"seed": "x"}),
        ("/local/weather", {"skew": None}),
        ("/local/weather", {"rain": 1}),
    ],
)
def test_quotas_and_weather_that_make_no_sense_are_refused(book: Book, path: str, body: dict[str, Any]) -> None:
    message = book.call.refused("PUT", path, body)["message"]
    assert repr(next(iter(body))) in message
