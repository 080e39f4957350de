"""What the outbox page reads: every mail of the signed-in account, Calendar's own notices among them.

Gmail's API does not show what Calendar sends, so the page asks here. HTML is served to a frame without scripts and
without an origin; what a mail holds cannot act on the page or the workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from . import mime

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .state import Mailed

Json = dict[str, Any]
Args = dict[str, str]

MOST = 500
FRAME_HEADERS = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; form-action 'none'; base-uri 'self'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_BASE = (
    '<base target="_blank"><meta name="viewport" content="width=device-width">'
    "<style>body { font: 15px/1.45 system-ui, sans-serif; margin: 12px; overflow-wrap: anywhere }</style>"
)


def _found(ws: LocalWorkspace, request: Request, args: Args) -> Mailed:
    row = ws.mail.get(request.account, args["id"])
    if row is None:
        raise ApiError(404, "There is no such mail in this account. Go back to the list.", reason="notFound")
    return row


def _line(row: Mailed) -> Json:
    message = mime.parse(row.bytes)
    return {
        "id": row.id,
        "from": mime.words(message.get("From", "")),
        "to": ", ".join(mime.words(value) for value in message.get_all("To", [])),
        "subject": mime.words(message.get("Subject", "")),
        "snippet": mime.snippet(message),
        "date": row.date,
        "box": "in" if "INBOX" in row.labels else "out",
        "both": "SENT" in row.labels and "INBOX" in row.labels,
        "unread": "UNREAD" in row.labels,
        "byCalendar": row.by_calendar,
    }


def list_mail(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """GET /local/mail: the newest 500, in brief."""
    rows = [row for row in ws.mail.of(request.account, outbox=True) if "TRASH" not in row.labels]
    return Response(data={"mails": [_line(row) for row in rows[:MOST]], "total": len(rows)})


def read(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """GET /local/mail/{id}: headers, text, whether there is HTML, and the attachments."""
    row = _found(ws, request, args)
    message = mime.parse(row.bytes)
    shown = ("From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject", "Message-ID")
    headers = [{"name": name, "value": mime.words(value)} for name in shown for value in message.get_all(name, [])]
    files = [
        {"name": mime.filename(part), "type": part.get_content_type(), "size": len(mime.body_of(part)), "part": number}
        for number, part in mime.attachments(message)
    ]
    return Response(
        data={
            **_line(row),
            "headers": headers,
            "text": mime.first_text(message, "text/plain"),
            "html": bool(mime.first_text(message, "text/html")),
            "attachments": files,
        }
    )


def html(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """GET /local/mail/{id}/html: the mail's HTML for a frame; its links open beside the page."""
    text = mime.first_text(mime.parse(_found(ws, request, args).bytes), "text/html")
    return Response(
        body=(f"<!doctype html>{_BASE}" + text).encode(), content_type="text/html; charset=utf-8", headers=FRAME_HEADERS
    )


def attachment(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """GET /local/mail/{id}/parts/{part}: an attachment, always as a download."""
    message = mime.parse(_found(ws, request, args).bytes)
    for number, part in mime.attachments(message):
        if number == args["part"]:
            name = quote(mime.filename(part))
            headers = {**FRAME_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
            return Response(body=mime.body_of(part), content_type=part.get_content_type(), headers=headers)
    raise ApiError(404, "This mail has no such attachment.", reason="notFound")


_MAIL = "/local/mail/(?P<id>[0-9a-f]+)"

ROUTES = [
    Route("GET", "/local/mail", list_mail),
    Route("GET", _MAIL, read),
    Route("GET", _MAIL + "/html", html),
    Route("GET", _MAIL + r"/parts/(?P<part>[\d.]+)", attachment),
]
