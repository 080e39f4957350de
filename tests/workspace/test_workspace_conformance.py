"""The watch over all answers of the test run sees each API, and sees what does not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calendar_kit import BASE, Diary, timed
from support.conformance import Conformance

from local_workspace.http.wire import Request, Response

if TYPE_CHECKING:
    from workspace_kit import Caller

    from local_workspace import LocalWorkspace


def test_answers_of_every_api_are_held_against_their_documents(call: Caller) -> None:
    watch = Conformance()
    with watch.watching():
        Diary(call).add(timed("16:20", "16:40"))
        call("GET", "/gmail/v1/users/me/profile")
        call("GET", "/drive/v3/about?fields=user")
        call("POST", "/v4/spreadsheets", {})
        call("GET", "/local/requests")
        call("POST", "/v1/forms", {"info": {"title": "Concern"}})
        call("PUT", "/v1/projects/sensync/topics/concerns", {})
    assert watch.seen == {
        "forms.forms.create": 1,
        "pubsub.projects.topics.create": 1,
        "calendar.events.insert": 1,
        "gmail.users.getProfile": 1,
        "drive.about.get": 1,
        "sheets.spreadsheets.create": 1,
    }
    assert watch.faults == []


def test_a_mail_sent_as_media_and_each_part_of_a_batch_are_looked_at(call: Caller, ws: LocalWorkspace) -> None:
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <{name}>\r\n\r\nGET {BASE}/colors HTTP/1.1\r\n\r\n\r\n"
        for name in "xy"
    )
    mail = {"Content-Type": "message/rfc822"}
    watch = Conformance()
    with watch.watching():
        call("POST", "/batch/calendar/v3", f"{parts}--b--".encode(), **{"Content-Type": "multipart/mixed; boundary=b"})
        call("POST", "/upload/gmail/v1/users/me/messages/send?uploadType=media", b"To: a@home.test\r\n\r\nx", **mail)
    assert watch.seen == {"calendar.colors.get": 2, "gmail.users.messages.send": 1}
    assert watch.faults == []
    assert len(ws.mail.of("senco@school.example")) == 1


def test_an_answer_that_does_not_agree_is_told() -> None:
    watch = Conformance()
    request = Request("GET", f"{BASE}/calendars/primary/events/abc12", {}, {}, b"")
    watch.check(request, Response(data={"summary": 1, "rain": True}))
    assert {fault.partition(":")[0] for fault in watch.faults} == {"calendar.events.get"}
    assert len(watch.faults) == 2
