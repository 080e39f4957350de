"""google-api-python-client drives Calendar and Gmail as it drives Google: calls, pages, batches, uploads, etags."""

from __future__ import annotations

import base64
import io
import json
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from calendar_kit import timed
from google.oauth2.credentials import Credentials
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload
from workspace_kit import SENCO, TEACHER

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace


def service(ws: LocalWorkspace, name: str, version: str, account: str = SENCO) -> Any:
    document = json.loads(discovery_cache.get_static_doc(name, version))
    document["rootUrl"] = ws.base_url + "/"
    document.pop("mtlsRootUrl", None)
    return build_from_document(document, credentials=Credentials(ws.token_for(account)))  # type: ignore[no-untyped-call]


@pytest.fixture
def calendar(ws: LocalWorkspace) -> Any:
    return service(ws, "calendar", "v3")


def test_events_are_made_changed_and_listed_page_by_page(calendar: Any) -> None:
    events = calendar.events()
    for number in range(5):
        events.insert(calendarId="primary", body=timed(f"0{number}:00", f"0{number}:30", str(number))).execute()
    found, request = [], events.list(calendarId="primary", maxResults=2, singleEvents=True, orderBy="startTime")
    while request is not None:
        answer = request.execute()
        found += [item["summary"] for item in answer["items"]]
        request = events.list_next(request, answer)
    assert found == ["0", "1", "2", "3", "4"]


def test_a_lost_race_is_told_by_the_etag(calendar: Any) -> None:
    events = calendar.events()
    made = events.insert(calendarId="primary", body=timed("09:00", "10:00")).execute()
    first = events.patch(calendarId="primary", eventId=made["id"], body={"summary": "first"})
    first.headers["If-Match"] = made["etag"]
    first.execute()
    second = events.patch(calendarId="primary", eventId=made["id"], body={"summary": "second"})
    second.headers["If-Match"] = made["etag"]
    with pytest.raises(HttpError) as caught:
        second.execute()
    assert caught.value.resp.status == 412
    assert caught.value.error_details[0]["reason"] == "conditionNotMet"
    assert events.get(calendarId="primary", eventId=made["id"]).execute()["summary"] == "first"


def test_a_batch_answers_each_call_by_itself(calendar: Any) -> None:
    answers: dict[str, Any] = {}

    def keep(name: str, answer: Any, error: HttpError | None) -> None:
        answers[name] = error.resp.status if error else answer

    batch = calendar.new_batch_http_request(callback=keep)
    events = calendar.events()
    batch.add(events.insert(calendarId="primary", body=timed("09:00", "10:00", id="abc123")), request_id="a")
    batch.add(events.insert(calendarId="primary", body=timed("09:00", "10:00", id="abc123")), request_id="b")
    batch.add(events.delete(calendarId="primary", eventId="abc123"), request_id="c")
    batch.add(events.get(calendarId="primary", eventId="nothere"), request_id="d")
    batch.execute()
    assert (answers["a"]["id"], answers["b"], answers["c"], answers["d"]) == ("abc123", 409, "", 404)


def test_everything_else_has_a_way_through_the_client(calendar: Any) -> None:
    made = calendar.calendars().insert(body={"summary": "Surgeries"}).execute()
    name = made["id"]
    calendar.acl().insert(
        calendarId=name, body={"role": "reader", "scope": {"type": "user", "value": TEACHER}}
    ).execute()
    assert len(calendar.acl().list(calendarId=name).execute()["items"]) == 2
    calendar.calendarList().patch(calendarId=name, body={"colorId": "3"}).execute()
    body = {"timeMin": "2026-12-08T00:00:00Z", "timeMax": "2026-12-09T00:00:00Z", "items": [{"id": name}]}
    assert calendar.freebusy().query(body=body).execute()["calendars"][name]["busy"] == []
    event = calendar.events().insert(calendarId=name, body=timed("09:00", "10:00")).execute()
    moved = calendar.events().move(calendarId=name, eventId=event["id"], destination="primary").execute()
    assert moved["organizer"]["email"] == SENCO
    assert (
        calendar.events().instances(calendarId="primary", eventId=event["id"]).execute()["items"][0]["id"]
        == event["id"]
    )
    assert calendar.events().import_(calendarId="primary", body=timed("1:00", "2:00") | {"iCalUID": "x"}).uri
    calendar.calendars().delete(calendarId=name).execute()
    assert calendar.colors().get().execute()["kind"] == "calendar#colors"
    assert calendar.settings().get(setting="timezone").execute()["value"] == "Europe/London"


def test_mail_goes_out_as_raw_and_as_an_upload(ws: LocalWorkspace) -> None:
    gmail = service(ws, "gmail", "v1")
    mail = EmailMessage()
    mail["To"] = TEACHER
    mail["Subject"] = "Meeting"
    mail.set_content("Dear colleague")
    messages = gmail.users().messages()
    raw = {"raw": base64.urlsafe_b64encode(bytes(mail)).decode()}
    sent = messages.send(userId="me", body=raw).execute()
    assert sent["labelIds"] == ["SENT"]
    media = MediaIoBaseUpload(io.BytesIO(bytes(mail)), "message/rfc822")
    messages.send(userId="me", body={}, media_body=media).execute()
    messages.send(userId="me", media_body=media).execute()
    long = EmailMessage()
    long["To"] = SENCO
    long.set_content("x" * 70 + "\n" * 5000 + "y" * 600_000)
    chunks = MediaIoBaseUpload(io.BytesIO(bytes(long)), "message/rfc822", chunksize=256 * 1024, resumable=True)
    assert messages.send(userId="me", body={}, media_body=chunks).execute()["labelIds"] == ["UNREAD", "SENT", "INBOX"]
    theirs = service(ws, "gmail", "v1", TEACHER).users()
    assert theirs.getProfile(userId="me").execute()["messagesTotal"] == 3
    first = theirs.messages().list(userId="me").execute()["messages"][0]
    shown = theirs.messages().get(userId="me", id=first["id"], format="full").execute()
    assert base64.urlsafe_b64decode(shown["payload"]["body"]["data"]) == b"Dear colleague\r\n"
