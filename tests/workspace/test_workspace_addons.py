"""Add-ons: deployments, the events that are posted with their tokens, files and scopes that people give."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.addons import AUTH, CLIENT, SCOPES, SERVICE, Addon, card, install, manifest, pushed, running, words
from workspace_kit import PARENT, SENCO, TEACHER, Book, Caller

from local_workspace import LocalWorkspace
from local_workspace.addons import asking
from local_workspace.main import SeedError, plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = {"host": "SHEETS"}


@pytest.fixture
def addon(ws: LocalWorkspace) -> Iterator[Addon]:
    with running(ws.base_url) as made:
        install(ws, made)
        yield made


def run(call: Caller, book: Book | None = None, kind: str = "home", **more: Any) -> dict[str, Any]:
    place = {"host": "SHEETS", "file": book.id} if book else {"host": "CALENDAR"}
    answer: dict[str, Any] = call("POST", "/addons/sensync/run", {**place, "kind": kind, **more})
    return answer


def test_an_addon_is_installed_read_listed_changed_and_deleted(ws: LocalWorkspace, call: Caller) -> None:
    body = {"manifest": manifest("http://127.0.0.1:9"), "clientId": CLIENT, "domain": "school.example"}
    made = call("PUT", "/local/addons/sensync", body)
    assert made == {"id": "sensync", **body, "serviceAccount": made["serviceAccount"]}
    assert made["serviceAccount"].endswith("@gcp-sa-gsuiteaddons.iam.gserviceaccount.com")
    assert call("GET", "/local/addons/sensync") == made
    assert call("GET", "/local/addons") == {"addons": [made]}
    changed = call("PUT", "/local/addons/sensync", {"manifest": manifest("http://127.0.0.1:8")})
    assert (changed["clientId"], changed["serviceAccount"]) == (CLIENT, made["serviceAccount"])
    assert call("DELETE", "/local/addons/sensync") == {}
    assert call("GET", "/local/addons") == {"addons": []}
    assert "lists those that are installed" in call.refused("GET", "/local/addons/sensync")["message"]


def test_only_the_main_account_installs(teacher: Caller) -> None:
    body = {"manifest": manifest("http://127.0.0.1:9")}
    assert teacher.refused("PUT", "/local/addons/sensync", body)["code"] == 403


def broken(path: str, value: Any) -> dict[str, Any]:
    """The manifest with one member set, or taken away where the value is None."""
    whole: dict[str, Any] = manifest("http://127.0.0.1:9")
    *way, last = path.split(".")
    at: Any = whole
    for name in way:
        at = at[int(name)] if name.isdecimal() else at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("addons", {}, 'Unknown name "addons"'),
        ("addOns.sheets.homePageTrigger", {}, "Unknown name \"homePageTrigger\" at 'add_ons.sheets'"),
        ("addOns.common.name", None, "addOns.common.name is required"),
        ("addOns.common.logoUrl", "logo.png", "logoUrl must begin with https://"),
        ("addOns.common.layoutProperties.primaryColor", "blue", "Write it as #1a5276"),
        ("addOns.common.homepageTrigger.runFunction", "onHome", "common.homepageTrigger.runFunction is required"),
        ("addOns.common.homepageTrigger.runFunction", "http://school.example/x", "begins with https://"),
        ("addOns.common.homepageTrigger", None, "has no homepage"),
        ("addOns.common.universalActions.0.openLink", "https://x.example", "one of openLink and runFunction"),
        ("addOns.sheets.onFileScopeGrantedTrigger", {}, "onFileScopeGrantedTrigger.runFunction is required"),
        ("addOns.sheets.linkPreviewTriggers.0.patterns", [], "patterns that each have a hostPattern"),
        ("addOns.calendar.currentEventAccess", "ALL", "add_ons.calendar.current_event_access"),
        ("addOns.httpOptions.authorizationHeader", "BEARER", "authorization_header"),
        ("oauthScopes", [], "needs oauthScopes"),
        ("oauthScopes", ["drive.file"], "which is no scope"),
        ("oauthScopes", [one for one in SCOPES if "linkpreview" not in one], "needs the scope"),
    ],
)
def test_a_manifest_that_google_would_refuse_is_refused(call: Caller, path: str, value: Any, told: str) -> None:
    error = call.refused("PUT", "/local/addons/sensync", {"manifest": broken(path, value)})
    assert (error["code"], told in error["message"], error["message"]) == (400, True, error["message"])


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("Sensync", {"manifest": manifest("http://127.0.0.1:9")}, "Use small letters"),
        ("sensync", {"manifest": manifest("http://127.0.0.1:9"), "hd": "x"}, "'hd' is none of them"),
        ("sensync", {"manifest": manifest("http://127.0.0.1:9"), "domain": 1}, "the others are texts"),
        ("sensync", {}, "A manifest is a JSON object"),
        ("sensync", {"manifest": []}, "A manifest is a JSON object"),
    ],
)
def test_an_addon_that_cannot_be_installed_says_why(call: Caller, name: str, body: dict[str, Any], told: str) -> None:
    assert told in call.refused("PUT", f"/local/addons/{name}", body)["message"]


def test_a_seed_installs_addons_and_leaves_those_there_are() -> None:
    with LocalWorkspace(accounts=[SENCO]) as fresh:
        entry = {"id": "sensync", "manifest": manifest("http://127.0.0.1:9"), "clientId": CLIENT}
        plant(fresh, {"addons": [entry]})
        plant(fresh, {"addons": [{**entry, "clientId": "another"}]})
        assert fresh.addons.installed["sensync"].client_id == CLIENT
        with pytest.raises(SeedError, match=r"^addons\[0\] cannot be installed: A manifest needs oauthScopes"):
            plant(fresh, {"addons": [{"id": "other", "manifest": {}}]})


def test_a_deployment_and_what_people_gave_outlast_the_workspace(tmp_path: Path) -> None:
    state = tmp_path / "ws.db"
    with LocalWorkspace(state, accounts=[SENCO]) as first:
        deployment = first.addons.install("sensync", manifest("http://127.0.0.1:9"), CLIENT, SERVICE, "")
        with first.lock:
            first.addons.agree(deployment, SENCO, scopes=SCOPES[:2], files=["abc"])
    with LocalWorkspace(state) as second:
        assert second.addons.installed == {"sensync": deployment}
        assert second.addons.scopes(deployment, SENCO) == SCOPES[:2]
        assert second.addons.has_file(deployment, SENCO, "abc")


def test_each_account_sees_the_addons_of_its_school(ws: LocalWorkspace, call: Caller, addon: Addon) -> None:
    assert call("GET", "/addons?host=SHEETS") == {
        "addons": [
            {
                "id": "sensync",
                "name": "SEN register",
                "colour": "#1a5276",
                "universalActions": [{"label": "Settings"}, {"label": "Help", "openLink": f"{addon.base}/help"}],
                "opensEvents": False,
                "granted": True,
                "previews": True,
            }
        ],
        "timeZone": "Europe/London",
    }
    assert call("GET", "/addons?host=CALENDAR")["addons"][0]["opensEvents"]
    parent = Caller(ws.base_url, ws.token_for(PARENT))
    assert parent("GET", "/addons?host=SHEETS")["addons"] == []
    assert parent.refused("POST", "/addons/sensync/run", {"host": "CALENDAR", "kind": "home"})["code"] == 404


def test_the_homepage_is_asked_as_google_asks_and_both_tokens_verify(call: Caller, book: Book, addon: Addon) -> None:
    outcome = run(call, book)
    assert outcome == {"kind": "render", "navigations": [{"pushCard": card(words("Hello"))}], "notes": []}
    assert addon.refused == []
    ((path, event),) = addon.events
    authorization = event.pop("authorizationEventObject")
    assert path == "/addon/home"
    assert event == {
        "commonEventObject": {
            "hostApp": "SHEETS",
            "platform": "WEB",
            "userLocale": "en-GB",
            "timeZone": {"id": "Europe/London", "offset": 0},
        },
        "sheets": {"addonHasFileScopePermission": False},
    }
    assert sorted(authorization) == ["authorizedScopes", "systemIdToken", "userIdToken", "userOAuthToken"]
    assert authorization["authorizedScopes"] == SCOPES
    system, user = addon.claims
    assert {name: system[name] for name in ("iss", "aud", "email", "email_verified")} == {
        "iss": "https://accounts.google.com",
        "aud": f"{addon.base}/addon/home",
        "email": SERVICE,
        "email_verified": True,
    }
    assert {name: user[name] for name in ("iss", "aud", "email", "email_verified", "hd")} == {
        "iss": "https://accounts.google.com",
        "aud": CLIENT,
        "email": SENCO,
        "email_verified": True,
        "hd": "school.example",
    }
    assert (len(user["sub"]), user["sub"].isdecimal()) == (21, True)


def test_the_access_token_has_the_scopes_that_were_agreed_to_alone(
    ws: LocalWorkspace, call: Caller, book: Book, addon: Addon
) -> None:
    run(call, book)
    token = addon.last["authorizationEventObject"]["userOAuthToken"]
    assert Caller(ws.base_url, token)("GET", f"/drive/v3/files/{book.id}")["id"] == book.id
    assert Caller(ws.base_url, token).refused("GET", "/calendar/v3/calendars/primary/events")["code"] == 403
    run(call, book)
    assert addon.last["authorizationEventObject"]["userOAuthToken"] == token


def test_a_button_sends_its_parameters_and_the_fields_of_its_card(call: Caller, book: Book, addon: Addon) -> None:
    inputs = {
        "need": {"stringInputs": {"value": ["SLCN"]}},
        "due": {"dateInput": {"msSinceEpoch": "1790000000000"}},
        "slot": {"dateTimeInput": {"msSinceEpoch": "1790000000000", "hasDate": True, "hasTime": True}},
        "at": {"timeInput": {"hours": 15, "minutes": 30}},
    }
    saved = {"renderActions": {"action": {"navigations": [{"pop": True}], "notification": {"text": "Saved"}}}}
    function = addon.on("/addon/act", {**saved, "stateChanged": True})
    outcome = run(call, book, "act", function=function, parameters={"do": "save"}, formInputs=inputs)
    assert outcome == {"kind": "render", "navigations": [{"pop": True}], "notification": "Saved", "notes": []}
    common = addon.last["commonEventObject"]
    assert (common["parameters"], common["formInputs"]) == ({"do": "save"}, inputs)
    assert addon.claims[0]["aud"] == f"{addon.base}/addon/act"


def test_a_file_is_named_once_its_account_gave_it(
    ws: LocalWorkspace, call: Caller, teacher: Caller, book: Book, addon: Addon
) -> None:
    ask = {"hostAppAction": {"editorAction": {"requestFileScopeForActiveDocument": {}}}}
    function = addon.on("/addon/act", {"renderActions": ask})
    assert run(call, book, "act", function=function)["fileScope"]
    assert addon.last["sheets"] == {"addonHasFileScopePermission": False}
    call("POST", "/addons/sensync/files", {"file": book.id})
    run(call, book, "granted")
    assert addon.events[-1][0] == "/addon/granted"
    assert addon.last["sheets"] == {"addonHasFileScopePermission": True, "id": book.id, "title": "Register"}
    other = Book(call, properties={"title": "Another"})
    run(call, other)
    assert addon.last["sheets"] == {"addonHasFileScopePermission": False}
    assert teacher.refused("POST", "/addons/sensync/files", {"file": book.id})["code"] == 403
    ws.share(book.id, {"type": "user", "role": "reader", "emailAddress": TEACHER})
    run(teacher, book)
    assert addon.last["sheets"] == {"addonHasFileScopePermission": False}


def test_what_was_not_agreed_to_is_asked_for_and_then_sent(
    ws: LocalWorkspace, call: Caller, book: Book, addon: Addon
) -> None:
    call("PUT", f"/local/addons/sensync/accounts/{SENCO}", {"scopes": [AUTH + "userinfo.email"], "files": [book.id]})
    addon.on("/addon/home", {"requestingGoogleScopes": {"allScopes": True}})
    assert run(call, book) == {"kind": "scopes", "scopes": SCOPES}
    assert "userLocale" not in addon.last["commonEventObject"]
    assert addon.last["sheets"] == {"addonHasFileScopePermission": False}
    assert addon.last["authorizationEventObject"]["authorizedScopes"] == [AUTH + "userinfo.email"]
    call("POST", "/addons/sensync/scopes", {"scopes": SCOPES})
    run(call, book)
    assert addon.last["authorizationEventObject"]["authorizedScopes"] == SCOPES
    assert addon.last["sheets"]["id"] == book.id
    call("PUT", f"/local/addons/sensync/accounts/{SENCO}", {"scopes": []})
    run(call, book)
    assert "userIdToken" not in addon.last["authorizationEventObject"]
    strange = call.refused("POST", "/addons/sensync/scopes", {"scopes": [AUTH + "drive"]})
    assert "some of the manifest's" in strange["message"]


def test_an_open_event_is_told_without_its_words(call: Caller, addon: Addon) -> None:
    body = {
        "summary": "Meeting, ref 7F3K",
        "start": {"dateTime": "2026-12-08T10:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2026-12-08T10:40:00", "timeZone": "Europe/London"},
        "attendees": [{"email": TEACHER}],
    }
    made = call("POST", "/calendar/v3/calendars/primary/events", body)
    run(call, kind="event", calendarId=SENCO, eventId=made["id"])
    assert addon.events[-1][0] == "/addon/event"
    assert addon.last["calendar"] == {
        "id": made["id"],
        "calendarId": SENCO,
        "organizer": {"email": SENCO},
        "attendees": [{"email": TEACHER, "responseStatus": "needsAction"}],
        "capabilities": {
            "canSeeAttendees": True,
            "canAddAttendees": False,
            "canSeeConferenceData": True,
            "canSetConferenceData": False,
            "canAddAttachments": False,
        },
    }
    run(call)
    assert addon.last["calendar"] == {}
    place = {"host": "CALENDAR", "kind": "event", "calendarId": SENCO, "eventId": "nothere"}
    assert call.refused("POST", "/addons/sensync/run", place)["code"] == 404


def test_anothers_event_is_not_told(ws: LocalWorkspace, call: Caller, teacher: Caller, addon: Addon) -> None:
    day = {"start": {"date": "2026-12-08"}, "end": {"date": "2026-12-09"}}
    made = call("POST", "/calendar/v3/calendars/primary/events", day)
    place = {"host": "CALENDAR", "kind": "event", "calendarId": SENCO, "eventId": made["id"]}
    assert teacher.refused("POST", "/addons/sensync/run", place)["code"] == 404
    assert addon.events == []


def test_a_link_that_fits_a_pattern_is_previewed(call: Caller, book: Book, addon: Addon) -> None:
    addon.on("/addon/preview", {"action": {"linkPreview": {"title": "Ref 7F3K", "previewCard": card(words("Open"))}}})
    url = "https://sensync.school.example/p/7F3K"
    assert run(call, book, "preview", url=url) == {
        "kind": "preview",
        "title": "Ref 7F3K",
        "hover": "Ref 7F3K",
        "card": card(words("Open")),
        "notes": [],
    }
    assert addon.last["sheets"]["matchedUrl"] == {"url": url}
    for other in ("https://school.example/p/7F3K", "https://sensync.school.example/pupils", "ftp://x", "https://[x"):
        assert run(call, book, "preview", url=other) == {"kind": "none"}


def test_an_autocompletion_gives_texts(call: Caller, book: Book, addon: Addon) -> None:
    function = addon.on("/addon/complete", {"autoComplete": {"items": [{"text": "Ada, 4B"}, {"text": "Ada, 6C"}]}})
    assert run(call, book, "complete", function=function) == {"kind": "suggestions", "items": ["Ada, 4B", "Ada, 6C"]}


def test_an_action_of_the_menu_is_run_by_its_place(call: Caller, book: Book, addon: Addon) -> None:
    run(call, book, "universal", index=0)
    assert addon.events[-1][0] == "/addon/settings"
    for index in (1, 2, -1):
        body = {**HERE, "file": book.id, "kind": "universal", "index": index}
        assert "no such action" in call.refused("POST", "/addons/sensync/run", body)["message"]


def test_an_addon_may_call_the_workspace_while_it_is_asked(
    ws: LocalWorkspace, call: Caller, book: Book, addon: Addon
) -> None:
    book.put("A1", [["seen"]])

    def home(event: dict[str, Any]) -> dict[str, Any]:
        mine = Caller(ws.base_url, event["authorizationEventObject"]["userOAuthToken"])
        return pushed(card(words(mine("GET", f"/v4/spreadsheets/{book.id}/values/A1")["values"][0][0])))

    addon.on("/addon/home", home)
    assert run(call, book)["navigations"] == [{"pushCard": card(words("seen"))}]


def failure(outcome: dict[str, Any]) -> str:
    assert outcome["kind"] == "failure"
    assert outcome["message"].startswith("There was a problem with this add-on.")
    return str(outcome["detail"])


def test_an_addon_that_is_not_there_or_far_away_is_a_failure(ws: LocalWorkspace, call: Caller, book: Book) -> None:
    ws.addons.install("sensync", manifest("http://127.0.0.1:9"), CLIENT, SERVICE, "")
    assert "did not answer" in failure(run(call, book))
    ws.addons.install("sensync", manifest("https://sensync.school.example"), CLIENT, SERVICE, "")
    assert "is another computer" in failure(run(call, book))


def test_an_answer_that_trickles_in_is_cut_off_in_time() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)
        except OSError:
            connection.close()

    threading.Thread(target=trickle, daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(asking.NoAnswerError, match=r"within 0\.3 seconds"):
        asking.ask(f"http://127.0.0.1:{listener.getsockname()[1]}/x", b"{}", {}, seconds=0.3)
    assert time.monotonic() - begun < 2
    listener.close()


@pytest.mark.parametrize(
    ("choice", "name"), [("SYSTEM_ID_TOKEN", "systemIdToken"), ("USER_ID_TOKEN", "userIdToken"), ("NONE", "")]
)
def test_which_token_the_header_carries_is_the_manifests_choice(
    ws: LocalWorkspace, call: Caller, book: Book, addon: Addon, choice: str, name: str
) -> None:
    options = {**manifest(addon.base)["addOns"], "httpOptions": {"authorizationHeader": choice}}
    install(ws, addon, addOns=options)
    run(call, book)
    assert addon.bearer == addon.last["authorizationEventObject"].get(name, "")


def test_a_run_that_makes_no_sense_is_refused(call: Caller, book: Book, addon: Addon) -> None:
    place = {"host": "SHEETS", "file": book.id}
    bodies = [
        {},
        {**place, "kind": "dance"},
        {**place, "kind": "act"},
        {**place, "kind": "act", "function": "save"},
        {**place, "kind": "act", "function": addon.base, "formInputs": {"a": {"text": "b"}}},
        {**place, "kind": "act", "function": addon.base, "parameters": {"a": {}}},
        {**place, "kind": "home", "strange": 1},
    ]
    assert [call.refused("POST", "/addons/sensync/run", body)["code"] for body in bodies] == [400] * len(bodies)
    assert call.refused("POST", "/addons/other/run", {**place, "kind": "home"})["code"] == 404
    assert call.refused("POST", "/addons/sensync/run", {**HERE, "file": "nothere", "kind": "home"})["code"] == 404
    assert addon.events == []


def test_summer_time_is_in_the_offset(ws: LocalWorkspace, call: Caller, book: Book, addon: Addon) -> None:
    was, ws.clock = ws.clock, lambda: dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    try:
        run(call, book)
    finally:
        ws.clock = was
    assert addon.last["commonEventObject"]["timeZone"] == {"id": "Europe/London", "offset": 3_600_000}
