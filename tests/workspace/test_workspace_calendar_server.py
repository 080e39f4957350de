"""What the server adds: channels, quotas, weather, the state file and the seed."""

from __future__ import annotations

import http.server
import json
import queue
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from calendar_kit import BASE, Diary, timed
from test_workspace_state import launch
from workspace_kit import NOON, SENCO, TEACHER, Caller, RefusalError

from local_workspace import LocalWorkspace
from local_workspace.main import SeedError, plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Listener:
    """An address that takes what channels post; its first answers can be refusals."""

    def __init__(self) -> None:
        self.heard: queue.Queue[dict[str, str]] = queue.Queue()
        self.answers: list[int] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = listener.answers.pop(0) if listener.answers else 200
                length = int(self.headers.get("Content-Length", "0"))
                listener.heard.put({**dict(self.headers.items()), "body": self.rfile.read(length).decode()})
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/push?a=1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self) -> dict[str, str]:
        return self.heard.get(timeout=5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def diary(call: Caller) -> Diary:
    return Diary(call)


def test_a_channel_is_greeted_and_told_of_changes_until_it_is_stopped(diary: Diary, listener: Listener) -> None:
    body = {"id": "channel-1", "type": "web_hook", "address": listener.address, "token": "secret"}
    channel = diary.call("POST", diary.url("watch"), body)
    week = int(NOON.timestamp() * 1000) + 7 * 24 * 3600 * 1000
    assert channel == {
        "kind": "api#channel",
        "id": "channel-1",
        "resourceId": channel["resourceId"],
        "resourceUri": channel["resourceUri"],
        "token": "secret",
        "expiration": str(week),
    }
    greeting = listener.next()
    assert {name: greeting[name] for name in greeting if name.startswith("X-Goog") or name == "body"} == {
        "X-Goog-Channel-ID": "channel-1",
        "X-Goog-Channel-Expiration": "Mon, 30 Nov 2026 12:00:00 GMT",
        "X-Goog-Channel-Token": "secret",
        "X-Goog-Resource-State": "sync",
        "X-Goog-Message-Number": "1",
        "X-Goog-Resource-ID": channel["resourceId"],
        "X-Goog-Resource-URI": channel["resourceUri"],
        "body": "",
    }
    made = diary.add(timed("16:20", "16:40"))
    first = listener.next()
    diary.patch(made["id"], {"summary": "x"})
    second = listener.next()
    assert (first["X-Goog-Resource-State"], second["X-Goog-Resource-State"]) == ("exists", "exists")
    assert 1 < int(first["X-Goog-Message-Number"]) < int(second["X-Goog-Message-Number"])
    stop = {"id": "channel-1", "resourceId": channel["resourceId"]}
    assert diary.call("POST", f"{BASE}/channels/stop", stop) == b""
    diary.delete(made["id"])
    assert diary.refused("POST", f"{BASE}/channels/stop", stop)["code"] == 404
    other = {**body, "id": "channel-2"}
    diary.call("POST", diary.url("watch"), other)
    assert listener.next()["X-Goog-Channel-ID"] == "channel-2"


def test_a_message_that_was_not_taken_comes_again(diary: Diary, listener: Listener) -> None:
    listener.answers = [503, 500, 200]
    diary.call("POST", diary.url("watch"), {"id": "c1", "type": "web_hook", "address": listener.address})
    assert [listener.next()["X-Goog-Message-Number"] for _ in range(3)] == ["1", "1", "1"]


def test_a_guests_channel_hears_of_the_organisers_change(diary: Diary, teacher: Caller, listener: Listener) -> None:
    theirs = Diary(teacher)
    teacher("POST", theirs.url("watch"), {"id": "c1", "type": "web_hook", "address": listener.address})
    assert listener.next()["X-Goog-Resource-State"] == "sync"
    diary.add(timed("16:20", "16:40", attendees=[{"email": TEACHER}]))
    assert listener.next()["X-Goog-Resource-State"] == "exists"


def test_the_list_of_calendars_can_be_watched(call: Caller, listener: Listener) -> None:
    url = f"{BASE}/users/me/calendarList/watch"
    call("POST", url, {"id": "c1", "type": "web_hook", "address": listener.address})
    assert listener.next()["X-Goog-Resource-State"] == "sync"
    call("POST", f"{BASE}/calendars", {"summary": "S"})
    assert listener.next()["X-Goog-Resource-State"] == "exists"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "required"),
        ({"id": "x" * 65}, "invalid"),
        ({"type": "carrier_pigeon"}, "invalid"),
        ({"address": "ftp://127.0.0.1/"}, "webhookUrlNotHttps"),
        ({"address": "https://hooks.example/"}, "webhookUrlUnauthorized"),
        ({"expiration": "1000"}, "invalid"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(diary: Diary, change: dict[str, str], reason: str) -> None:
    body = {"id": "c1", "type": "web_hook", "address": "http://127.0.0.1:9/", **change}
    error = diary.refused("POST", diary.url("watch"), body)
    assert (error["code"], error["errors"][0]["reason"]) == (400, reason)


def test_a_channels_id_is_used_once(diary: Diary, listener: Listener) -> None:
    body = {"id": "c1", "type": "web_hook", "address": listener.address}
    diary.call("POST", diary.url("watch"), body)
    error = diary.refused("POST", diary.url("watch"), body)
    assert error["errors"][0]["reason"] == "channelIdNotUnique"


# ---- quotas and weather


def test_an_account_has_its_share_of_calls_a_minute(ws: LocalWorkspace, diary: Diary, teacher: Caller) -> None:
    ws.weather.calendar = 2
    diary.page()
    diary.page()
    expected = {
        "code": 403,
        "message": "Rate Limit Exceeded",
        "errors": [{"message": "Rate Limit Exceeded", "domain": "usageLimits", "reason": "rateLimitExceeded"}],
    }
    assert diary.refused("GET", diary.events) == expected
    assert Diary(teacher).page()["items"] == []
    ws.weather.calendar, ws.weather.calendar_project = None, 1
    diary.page()
    assert diary.refused("GET", diary.events) == {**expected, "code": 429}


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ({"status": 403}, 403, "Rate Limit Exceeded"),
        ({"status": 429}, 429, "Rate Limit Exceeded"),
        ({"status": 403, "reason": "quotaExceeded"}, 403, "Calendar usage limits exceeded."),
        ({"status": 403, "reason": "userRateLimitExceeded"}, 403, "User Rate Limit Exceeded"),
        ({"status": 410}, 410, "Sync token is no longer valid, a full sync is required."),
        ({"status": 412}, 412, "Precondition Failed"),
        ({"status": 503}, 503, "The service is currently unavailable."),
    ],
)
def test_faults_speak_calendars_language(
    ws: LocalWorkspace, diary: Diary, rule: dict[str, object], code: int, message: str
) -> None:
    ws.fail(**rule)  # type: ignore[arg-type]
    error = diary.refused("GET", diary.events)
    assert (error["code"], error["message"], error["errors"][0]["message"]) == (code, message, message)
    assert diary.page()["items"] == []


def test_a_change_that_was_applied_before_the_failure_is_there(ws: LocalWorkspace, diary: Diary) -> None:
    ws.fail(503, when="after", method="POST")
    with pytest.raises(RefusalError):
        diary.add(timed("16:20", "16:40", id="abc123"))
    assert diary.refused("POST", diary.events, timed("16:20", "16:40", id="abc123"))["code"] == 409
    assert diary.get("abc123")["summary"] == "Meeting"


# ---- state and seed


def test_calendars_and_mail_are_there_after_a_kill(tmp_path: Path) -> None:
    seed = {
        "accounts": [
            {"email": SENCO, "name": "Sally", "timeZone": "Europe/Paris", "aliases": ["send@school.example"]},
            {"email": TEACHER},
        ],
        "calendars": [
            {
                "id": "surgeries@group.calendar.google.com",
                "owner": SENCO,
                "summary": "Surgeries",
                "app": True,
                "rules": [{"role": "reader", "scope": {"type": "user", "value": TEACHER}}],
                "events": [timed("16:20", "16:40", "planted", id="planted1")],
            },
            {"id": SENCO, "owner": SENCO, "events": [timed("09:00", "10:00", "own", id="ovn01")]},
        ],
        "settings": {"calendar": 500},
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    arguments = ("--state", str(tmp_path / "state.db"), "--token", "T", "--seed", str(tmp_path / "seed.json"))

    def look(call: Caller) -> list[object]:
        surgeries, own = Diary(call, "surgeries@group.calendar.google.com"), Diary(call)
        base = "http://x"
        pages = json.loads(
            json.dumps([surgeries.page(showDeleted="true"), own.page(showDeleted="true")]).replace(
                f"http://{call.address[0]}:{call.address[1]}", base
            )
        )
        for page in pages:
            page.pop("etag")
            page.pop("nextSyncToken")  # it holds the moment at which it was given
        return [
            pages,
            call("GET", f"{BASE}/users/me/calendarList")["items"],
            call("GET", "/local/mail")["mails"],
            call("GET", "/gmail/v1/users/me/settings/sendAs"),
        ]

    process, base = launch(*arguments)
    try:
        call = Caller(base, "T")
        diary = Diary(call)
        assert diary.summaries() == ["own"]
        made = diary.add(timed("17:00", "17:20", "kept", attendees=[{"email": TEACHER}]), sendUpdates="all")
        diary.patch(made["id"], {"location": "Hall"})
        diary.delete("ovn01")
        _, token = diary.all()
        before = look(call)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    process, base = launch(*arguments)
    try:
        call = Caller(base, "T")
        assert look(call) == before
        diary = Diary(call)
        assert diary.all(syncToken=token)[0] == []
        diary.patch(made["id"], {"summary": "again"})
        assert [item["summary"] for item in diary.all(syncToken=token)[0]] == ["again"]
        assert diary.page()["timeZone"] == "Europe/Paris"
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_a_reset_empties_the_state_file_too(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with LocalWorkspace(path, [(SENCO, "Sally")]) as ws:
        Diary(Caller(ws.base_url, ws.token_for(SENCO))).add(timed("16:20", "16:40"))
        ws.reset()
    with LocalWorkspace(path) as ws:
        assert Diary(Caller(ws.base_url, ws.token_for(SENCO))).page()["items"] == []


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ({"accounts": [{"email": SENCO, "timeZone": "Mars"}]}, "accounts[0] has a timeZone"),
        ({"calendars": [{"owner": "nobody@x.test"}]}, "calendars[0] has the owner 'nobody@x.test'"),
        ({"accounts": [{"email": SENCO}], "calendars": [{"owner": SENCO, "timeZone": "Mars"}]}, "time zone 'Mars'"),
        ({"accounts": [{"email": SENCO}], "calendars": [{"owner": SENCO, "events": [{}]}]}, "Missing end time."),
        ({"accounts": [{"email": SENCO, "timeZone": 1}]}, "accounts[0] has a timeZone"),
        ({"accounts": [{"email": SENCO, "aliases": SENCO}]}, "accounts[0].aliases is not a list of addresses"),
        ({"calendars": SENCO}, "calendars is not a list of JSON objects"),
        ({"accounts": [{"email": SENCO}], "calendars": [{"owner": SENCO, "events": {}}]}, "events is not a list"),
        ({"accounts": [{"email": SENCO}], "calendars": [{"owner": SENCO, "events": [3]}]}, "calendars[0].events[0]"),
        (
            {"accounts": [{"email": SENCO}], "calendars": [{"owner": SENCO, "rules": [{"role": "king"}]}]},
            "calendars[0].rules[0] has the role 'king', not none, freeBusyReader",
        ),
        (
            {
                "accounts": [{"email": SENCO}],
                "calendars": [{"owner": SENCO, "rules": [{"role": "reader", "scope": 1}]}],
            },
            "calendars[0].rules[0].scope",
        ),
    ],
)
def test_a_seed_of_calendars_that_cannot_be_used_says_why(seed: dict[str, object], words: str) -> None:
    with pytest.raises(SeedError) as caught:
        plant(LocalWorkspace(), seed)
    assert words in str(caught.value)
