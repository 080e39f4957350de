"""Gmail: sending in every form, the sender rule, mailboxes, formats, searches and refusals."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from workspace_kit import SENCO, TEACHER, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace

MAIL = "/gmail/v1/users/me"
OUTSIDE = "mum@home.test"


def letter(to: str = OUTSIDE, subject: str = "Meeting", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Sally Senco <{SENCO}>"
    mail["To"] = to
    mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Dear parent,\nchoose a time: https://school.example/b/abc\n")
    mail.add_alternative("<p>Dear parent, <a href='https://school.example/b/abc'>choose</a></p>", subtype="html")
    return mail


def raw(mail: EmailMessage) -> dict[str, str]:
    return {"raw": base64.urlsafe_b64encode(bytes(mail)).decode()}


def headers_of(message: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in message["payload"]["headers"]}


def test_a_sent_mail_is_answered_with_its_id_thread_and_label(call: Caller) -> None:
    sent = call("POST", f"{MAIL}/messages/send", raw(letter()))
    assert sent == {"id": sent["id"], "threadId": sent["id"], "labelIds": ["SENT"]}
    assert len(sent["id"]) == 16
    message = call("GET", f"{MAIL}/messages/{sent['id']}")
    told = headers_of(message)
    assert (told["From"], told["To"], told["Subject"]) == (f"Sally Senco <{SENCO}>", OUTSIDE, "Meeting")
    assert (message["snippet"], message["internalDate"]) == (
        "Dear parent, choose a time: https://school.example/b/abc",
        "1795435200000",
    )
    assert told["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert told["Message-ID"].endswith("@mail.gmail.com>")


def test_mail_to_an_account_lands_in_its_inbox_without_the_blind_copies(call: Caller, teacher: Caller) -> None:
    sent = call("POST", f"{MAIL}/messages/send", raw(letter(TEACHER, Bcc=f"{OUTSIDE}, {SENCO}")))
    assert sent["labelIds"] == ["UNREAD", "SENT", "INBOX"]
    assert headers_of(call("GET", f"{MAIL}/messages/{sent['id']}"))["Bcc"] == f"{OUTSIDE}, {SENCO}"
    listed = teacher("GET", f"{MAIL}/messages")
    assert listed["resultSizeEstimate"] == 1
    message = teacher("GET", f"{MAIL}/messages/{listed['messages'][0]['id']}")
    assert (message["labelIds"], "Bcc" in headers_of(message)) == (["UNREAD", "INBOX"], False)


def test_the_sender_is_the_account_or_an_alias_of_it(call: Caller, ws: LocalWorkspace) -> None:
    for given, expected in (
        ("Head <head@school.example>", f"Head <{SENCO}>"),
        ("head@school.example", SENCO),
        ("Send <SEND@school.example>", "Send <SEND@school.example>"),
    ):
        ws.mail.add_aliases(SENCO, ["send@school.example"])
        mail = letter()
        mail.replace_header("From", given)
        sent = call("POST", f"{MAIL}/messages/send", raw(mail))
        assert headers_of(call("GET", f"{MAIL}/messages/{sent['id']}"))["From"] == expected
    aliases = call("GET", f"{MAIL}/settings/sendAs")["sendAs"]
    assert [item["sendAsEmail"] for item in aliases] == [SENCO, "send@school.example"]
    mail = EmailMessage()
    mail["To"] = "send@school.example"
    mail.set_content("to an alias of mine")
    assert call("POST", f"{MAIL}/messages/send", raw(mail))["labelIds"] == ["UNREAD", "SENT", "INBOX"]


def test_an_encoded_name_is_never_one_more_recipient(call: Caller, teacher: Caller) -> None:
    name = TEACHER.replace("@", "=40")
    text = f"To: =?utf-8?q?{name}=2C?= <{OUTSIDE}>\r\nSubject: x\r\n\r\nDear parent\r\n"
    call("POST", f"{MAIL}/messages/send", {"raw": base64.urlsafe_b64encode(text.encode()).decode()})
    assert teacher("GET", f"{MAIL}/messages") == {"resultSizeEstimate": 0}


def test_a_mail_may_come_as_media_alone_or_beside_its_metadata(call: Caller) -> None:
    url = f"/upload{MAIL}/messages/send"
    body = bytes(letter(subject="as media"))
    sent = call("POST", f"{url}?uploadType=media", body, **{"Content-Type": "message/rfc822"})
    assert headers_of(call("GET", f"{MAIL}/messages/{sent['id']}"))["Subject"] == "as media"
    related = (
        b"--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + body
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/related; boundary=b"}
    again = call("POST", f"{url}?uploadType=multipart", related, **headers)
    assert again["labelIds"] == ["SENT"]
    assert call.refused("POST", f"{url}?uploadType=pigeon", {})["message"] == "Invalid upload type."
    assert call.refused("PUT", f"{url}?uploadType=resumable&upload_id=none", None)["code"] == 404


def test_a_mail_sent_in_chunks_goes_once_whatever_answers_are_lost(call: Caller, teacher: Caller) -> None:
    body = bytes(letter(subject="in chunks"))
    call("POST", f"/upload{MAIL}/messages/send?uploadType=resumable", {}, **{"X-Upload-Content-Type": "message/rfc822"})
    assert call.last is not None
    place = "/" + call.last.headers["Location"].split("/", 3)[3]

    def chunk(content: bytes, span: str) -> Any:
        return call("PUT", place, content, **{"Content-Range": f"bytes {span}"})

    for span in ("0-59/*", "0-59/*"):  # the answer to the first was lost
        with pytest.raises(RefusalError) as more:
            chunk(body[:60], span)
        assert (more.value.status, call.last.headers["Range"]) == (308, "bytes=0-59")
    with pytest.raises(RefusalError) as strange:
        teacher("PUT", place, body[60:])
    assert strange.value.status == 404
    rest = f"60-{len(body) - 1}/{len(body)}"
    sent = chunk(body[60:], rest)
    assert chunk(body[60:], rest) == sent
    assert call("GET", f"{MAIL}/messages")["messages"] == [{"id": sent["id"], "threadId": sent["threadId"]}]
    assert headers_of(call("GET", f"{MAIL}/messages/{sent['id']}"))["Subject"] == "in chunks"


def test_each_format_shows_what_it_should(call: Caller) -> None:
    mail = letter()
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="invite.ics")
    sent = call("POST", f"{MAIL}/messages/send", raw(mail))
    url = f"{MAIL}/messages/{sent['id']}"
    full = call("GET", url)
    parts = full["payload"]["parts"]
    assert full["payload"]["mimeType"] == "multipart/mixed"
    assert [(part["partId"], part["mimeType"]) for part in parts] == [
        ("0", "multipart/alternative"),
        ("1", "text/calendar"),
    ]
    inner = parts[0]["parts"][0]
    assert base64.urlsafe_b64decode(inner["body"]["data"]).startswith(b"Dear parent,")
    assert (parts[1]["filename"], parts[1]["body"]["size"]) == ("invite.ics", 15)
    found = call("GET", f"{url}/attachments/{parts[1]['body']['attachmentId']}")
    assert (base64.urlsafe_b64decode(found["data"]), found["size"]) == (b"BEGIN:VCALENDAR", 15)
    minimal = call("GET", f"{url}?format=minimal")
    assert set(minimal) == {"id", "threadId", "labelIds", "snippet", "sizeEstimate", "historyId", "internalDate"}
    shown = call("GET", f"{url}?format=metadata&metadataHeaders=Subject&metadataHeaders=to")["payload"]
    assert [item["name"] for item in shown["headers"]] == ["To", "Subject"]
    text = base64.urlsafe_b64decode(call("GET", f"{url}?format=raw")["raw"])
    assert b"Subject: Meeting\r\n" in text
    assert minimal["sizeEstimate"] == len(text)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("", ["third", "second", "first"]),
        ("subject:second", ["second"]),
        (f"to:{TEACHER}", ["third"]),
        (f"from:{SENCO} -subject:third", ["second", "first"]),
        ("has:attachment", ["first"]),
        ("rfc822msgid:<one@school.example>", ["first"]),
        ('"choose a time"', ["third", "second", "first"]),
        ("in:sent is:unread", []),
        ("after:2026/11/23 before:2026-11-24", ["third", "second", "first"]),
        ("before:2026/11/23", []),
    ],
)
def test_searches(call: Caller, q: str, found: list[str]) -> None:
    first = letter(subject="first", Message_ID="<one@school.example>")
    first.add_attachment(b"x", maintype="text", subtype="plain", filename="x.txt")
    for mail in (first, letter(subject="second"), letter(TEACHER, subject="third")):
        call("POST", f"{MAIL}/messages/send", raw(mail))
    connection = call("GET", f"{MAIL}/messages?q={q.replace(' ', '%20').replace(chr(34), '%22')}")
    names = [
        headers_of(call("GET", f"{MAIL}/messages/{item['id']}"))["Subject"] for item in connection.get("messages", [])
    ]
    assert names == found


def test_lists_have_pages_and_labels(call: Caller) -> None:
    sent = [call("POST", f"{MAIL}/messages/send", raw(letter(subject=str(number))))["id"] for number in range(3)]
    first = call("GET", f"{MAIL}/messages?maxResults=2")
    assert [item["id"] for item in first["messages"]] == sent[:0:-1]
    rest = call("GET", f"{MAIL}/messages?maxResults=2&pageToken={first['nextPageToken']}")
    assert ([item["id"] for item in rest["messages"]], "nextPageToken" in rest) == ([sent[0]], False)
    assert call("GET", f"{MAIL}/messages?labelIds=INBOX") == {"resultSizeEstimate": 0}
    call("POST", f"{MAIL}/messages/{sent[0]}/trash")
    assert call("GET", f"{MAIL}/messages")["resultSizeEstimate"] == 2
    assert call("GET", f"{MAIL}/messages?q=in:trash")["resultSizeEstimate"] == 1
    call("POST", f"{MAIL}/messages/{sent[0]}/untrash")
    call("POST", f"{MAIL}/messages/{sent[0]}/modify", {"addLabelIds": ["STARRED"]})
    assert call("GET", f"{MAIL}/messages?labelIds=STARRED")["messages"][0]["id"] == sent[0]
    call("DELETE", f"{MAIL}/messages/{sent[0]}")
    assert call("GET", f"{MAIL}/profile") == {
        "emailAddress": SENCO,
        "messagesTotal": 2,
        "threadsTotal": 2,
        "historyId": call("GET", f"{MAIL}/profile")["historyId"],
    }
    assert "SENT" in [item["id"] for item in call("GET", f"{MAIL}/labels")["labels"]]


def test_an_answer_joins_the_thread(call: Caller, teacher: Caller) -> None:
    sent = call("POST", f"{MAIL}/messages/send", raw(letter(TEACHER, Message_ID="<one@school.example>")))
    received = teacher("GET", f"{MAIL}/messages")["messages"][0]
    answer = EmailMessage()
    answer["To"] = SENCO
    answer["In-Reply-To"] = "<one@school.example>"
    answer.set_content("yes")
    mine = teacher("POST", f"{MAIL}/messages/send", {**raw(answer), "threadId": received["threadId"]})
    assert mine["threadId"] == received["threadId"]
    inbox = call("GET", f"{MAIL}/messages?labelIds=INBOX")["messages"][0]
    assert inbox["threadId"] == sent["threadId"]


def error(status: int, message: str, reason: str, name: str) -> dict[str, Any]:
    return {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
        "status": name,
    }


def test_what_cannot_be_sent_is_refused_in_gmails_words(call: Caller, ws: LocalWorkspace) -> None:
    url = f"{MAIL}/messages/send"
    message = "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
    assert call.refused("POST", url, {}) == error(400, message, "invalidArgument", "INVALID_ARGUMENT")
    lonely = EmailMessage()
    lonely.set_content("to nobody")
    expected = error(400, "Recipient address required", "invalidArgument", "INVALID_ARGUMENT")
    assert call.refused("POST", url, raw(lonely)) == expected
    assert call.refused("POST", url, {"raw": "***"})["code"] == 400
    assert call.refused("POST", url, {"rawest": "x"})["message"].startswith("Invalid JSON payload received.")
    assert call.refused("POST", url, {**raw(letter()), "threadId": "abc"})["code"] == 404
    assert call.refused("GET", f"{MAIL}/messages/123abc") == error(
        404, "Requested entity was not found.", "notFound", "NOT_FOUND"
    )
    assert call.refused("GET", f"{MAIL}/messages/nothing")["message"] == "Invalid id value"
    other = call.refused("GET", f"/gmail/v1/users/{TEACHER}/profile")
    assert other == error(403, f"Delegation denied for {SENCO}", "forbidden", "PERMISSION_DENIED")
    assert call("GET", f"/gmail/v1/users/{SENCO}/profile")["messagesTotal"] == 0
    robot = "robot@school.iam.gserviceaccount.com"
    ws.service_account_key(robot)
    alone = Caller(ws.base_url, ws.token_for(robot)).refused("POST", url, raw(letter()))
    assert alone == error(400, "Precondition check failed.", "failedPrecondition", "FAILED_PRECONDITION")


def test_a_token_does_what_its_scopes_allow(call: Caller, ws: LocalWorkspace) -> None:
    auth = "https://www.googleapis.com/auth/gmail."

    def scoped(name: str) -> Caller:
        return Caller(ws.base_url, ws.tokens.issue(SENCO, 3600, frozenset((auth + name,))))

    sent = scoped("send")("POST", f"{MAIL}/messages/send", raw(letter()))
    assert scoped("send").refused("GET", f"{MAIL}/messages")["errors"][0]["reason"] == "insufficientPermissions"
    upload = f"/upload{MAIL}/messages/send?uploadType=media"
    assert scoped("readonly").refused("POST", upload)["errors"][0]["reason"] == "insufficientPermissions"
    url = f"{MAIL}/messages/{sent['id']}"
    assert scoped("metadata")("GET", f"{url}?format=metadata")["id"] == sent["id"]
    assert scoped("metadata").refused("GET", url)["message"] == "Metadata scope doesn't allow format FULL"
    assert scoped("metadata").refused("GET", f"{MAIL}/messages?q=x")["code"] == 403


def test_mail_has_a_quota(call: Caller, ws: LocalWorkspace) -> None:
    ws.weather.mail = 1
    call("GET", f"{MAIL}/profile")
    assert call.refused("GET", f"{MAIL}/profile")["errors"][0]["reason"] == "rateLimitExceeded"


# ---- what the outbox page reads


def test_the_outbox_shows_mail_and_calendars_notices_to_their_account_alone(call: Caller, teacher: Caller) -> None:
    call("POST", f"{MAIL}/messages/send", raw(letter(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=")))
    event = {
        "summary": "Review",
        "start": {"dateTime": "2026-12-08T16:20:00Z"},
        "end": {"dateTime": "2026-12-08T16:40:00Z"},
        "attendees": [{"email": TEACHER}],
    }
    call("POST", "/calendar/v3/calendars/primary/events?sendUpdates=all", event)
    listed = call("GET", "/local/mail")["mails"]
    assert [(item["subject"][:10], item["box"], item["byCalendar"]) for item in listed] == [
        ("Invitation", "out", True),
        ("Grüße", "out", False),
    ]
    assert call("GET", f"{MAIL}/messages")["resultSizeEstimate"] == 1
    read = call("GET", f"/local/mail/{listed[0]['id']}")
    assert [(item["name"], item["type"]) for item in read["attachments"]] == [("invite.ics", "text/calendar")]
    body = call("GET", f"/local/mail/{listed[0]['id']}/parts/{read['attachments'][0]['part']}")
    assert body.startswith(b"BEGIN:VCALENDAR")
    assert call.last is not None
    assert call.last.headers["Content-Disposition"] == "attachment; filename*=UTF-8''invite.ics"
    html = call("GET", f"/local/mail/{listed[0]['id']}/html")
    assert b'<base target="_blank">' in html
    policy = str(call.last.headers["Content-Security-Policy"])
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert teacher.refused("GET", f"/local/mail/{listed[0]['id']}")["code"] == 404
    assert call.refused("GET", f"/local/mail/{listed[0]['id']}/parts/9")["code"] == 404
    assert [item["box"] for item in teacher("GET", "/local/mail")["mails"]] == ["in"]
