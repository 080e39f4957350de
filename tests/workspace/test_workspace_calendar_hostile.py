"""No body that a caller of Calendar or Gmail mangles makes the server fail."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from calendar_kit import BASE, Diary, timed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_workspace_hostile import WEIRD, places
from workspace_kit import SENCO, TEACHER, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

EVENT = timed(
    "16:20",
    "16:40",
    "Review, ref 7F3K",
    attendees=[{"email": TEACHER, "optional": True}, {"email": "mum@home.test"}],
    reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 60}]},
    recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"],
    extendedProperties={"private": {"slot": "7"}, "shared": {"ref": "7F3K"}},
    organizer={"email": SENCO},
    source={"url": "https://school.example", "title": "x"},
    conferenceData={"createRequest": {"requestId": "1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
    attachments=[{"fileUrl": "https://school.example/a"}],
    transparency="opaque",
    colorId="3",
)
EVENT["start"]["timeZone"] = EVENT["end"]["timeZone"] = "Europe/London"
EVENTS = f"{BASE}/calendars/primary/events"
DAY = {"timeMin": "2026-12-08T00:00:00Z", "timeMax": "2026-12-09T00:00:00Z"}
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an event": ("POST", f"{EVENTS}?conferenceDataVersion=1&sendUpdates=all", EVENT),
    "an event changed": ("PATCH", f"{EVENTS}/series1?conferenceDataVersion=1&sendUpdates=all", EVENT),
    "an event replaced": ("PUT", f"{EVENTS}/series1?conferenceDataVersion=1&sendUpdates=all", EVENT),
    "an event imported": ("POST", f"{EVENTS}/import", {**EVENT, "iCalUID": "x@y", "sequence": 1}),
    "an event watched": ("POST", f"{EVENTS}/watch", {"id": "1", "type": "web_hook", "address": "http://127.0.0.1:9/"}),
    "a rule": (
        "POST",
        f"{BASE}/calendars/primary/acl",
        {"role": "reader", "scope": {"type": "user", "value": TEACHER}},
    ),
    "a calendar": ("POST", f"{BASE}/calendars", {"summary": "Surgeries", "timeZone": "Europe/London"}),
    "an entry of the list": (
        "PATCH",
        f"{BASE}/users/me/calendarList/primary",
        {"selected": True, "colorId": "3", "defaultReminders": [{"method": "popup", "minutes": 5}]},
    ),
    "busy times": ("POST", f"{BASE}/freeBusy", {**DAY, "items": [{"id": SENCO}], "timeZone": "Europe/London"}),
    "a mail": ("POST", "/gmail/v1/users/me/messages/send", {"raw": "VG86IGFAaG9tZS50ZXN0DQoNCng=", "threadId": ""}),
}


def outcome(call: Caller, method: str, path: str, body: Any = None) -> int:
    try:
        call(method, path, body)
    except RefusalError as refusal:
        return refusal.status
    return 200


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(CALLS)), data=st.data())
def test_a_mangled_body_is_carried_out_or_refused_and_never_fails(
    ws: LocalWorkspace, call: Caller, name: str, data: st.DataObject
) -> None:
    ws.reset()
    Diary(call).add({**EVENT, "id": "series1"})
    method, path, body = CALLS[name]
    mangled = copy.deepcopy(body)
    place = data.draw(st.sampled_from(places(mangled)))
    holder: Any = mangled
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = copy.deepcopy(data.draw(st.sampled_from(WEIRD)))
    assert outcome(call, method, path, mangled) < 500
    # What was kept can be read, through every way that shows it.
    for asked in (EVENTS, f"{EVENTS}?singleEvents=true", f"{BASE}/users/me/calendarList", "/local/mail"):
        assert outcome(call, "GET", asked) == 200


@pytest.mark.parametrize("scope", [1, [], "user", {"type": 3}, None])
def test_a_rule_whose_scope_is_none_is_refused(call: Caller, scope: Any) -> None:
    assert outcome(call, "POST", f"{BASE}/calendars/primary/acl", {"role": "reader", "scope": scope}) == 400
