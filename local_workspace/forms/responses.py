"""`forms.responses`: the answers to a form, by id or in pages, all or since an instant."""

from __future__ import annotations

import base64
import binascii
import calendar
import datetime as dt
import json
import operator
import re
from typing import TYPE_CHECKING, Any

from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response, bad_request, whole

from .api import form_of
from .model import COLLECTED, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_workspace.workspace import LocalWorkspace

    from .model import Answered, Form

Json = dict[str, Any]
Args = dict[str, str]

MOST_PAGE = 5000
_FILTER = re.compile(
    r"\s*timestamp\s*(>=|>)\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z\s*",
)
_COMPARED: dict[str, Callable[[int, int], bool]] = {">": operator.gt, ">=": operator.ge}


def resource(form: Form, row: Answered, *, listed: bool = False) -> Json:
    """The FormResponse resource; in a list it does not name its form (documented)."""
    out: Json = {} if listed else {"formId": row.form}
    out |= {
        "responseId": row.id,
        "createTime": timestamp(row.created),
        "lastSubmittedTime": timestamp(row.submitted),
    }
    if row.email and form.settings["emailCollectionType"] in COLLECTED:
        out["respondentEmail"] = row.email
    answers = {
        name: {"questionId": name, "textAnswers": {"answers": [{"value": value} for value in values]}}
        for name, values in row.answers.items()
    }
    return {**out, "answers": answers} if answers else out


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.responses.get`."""
    form = form_of(ws, request, args["id"])
    row = ws.forms.answer(form.id, args["response"])
    if row is None:
        raise ApiError(404, "Requested entity was not found.")
    return Response(data=resource(form, row))


def list_responses(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`forms.responses.list`, what was sent first in front; the order is not documented."""
    form = form_of(ws, request, args["id"])
    text = request.param("filter")
    test = submitted_since(text)
    size = _page_size(request)
    after = _page_start(request.param("pageToken"), form.id, text)
    found = [row for row in ws.forms.answers(form.id) if test(row) and row.number > after]
    page = found[:size]
    out: Json = {}
    if page:
        out["responses"] = [resource(form, row, listed=True) for row in page]
    if len(found) > size:
        out["nextPageToken"] = _token(form.id, text, page[-1].number)
    return Response(data=out)


def submitted_since(text: str) -> Callable[[Answered], bool]:
    """What a filter asks of an answer, to the nanosecond.

    Raises:
        ApiError: 400 for any but the two filters that are documented.
    """
    if not text:
        return lambda _row: True
    match = _FILTER.fullmatch(text)
    try:
        moment = match and dt.datetime.fromisoformat(match[2] + "+00:00")
    except ValueError:
        moment = None
    if match is None or moment is None:
        raise ApiError(400, f"Invalid filter: '{text}'. It is 'timestamp > N' or 'timestamp >= N', N in RFC3339 UTC.")
    wanted = _nanoseconds(moment) + int((match[3] or "").ljust(9, "0"))
    compare = _COMPARED[match[1]]
    return lambda row: compare(_nanoseconds(row.submitted), wanted)


def _nanoseconds(moment: dt.datetime) -> int:
    return calendar.timegm(moment.astimezone(dt.UTC).timetuple()) * 10**9 + moment.microsecond * 1000


def _page_size(request: Request) -> int:
    text = request.param("pageSize") or "0"
    size = whole(text)
    if size is None:
        raise bad_request(f"Invalid value at 'page_size' (TYPE_INT32), \"{text}\"", "page_size")
    return min(size, MOST_PAGE) or MOST_PAGE


def _token(form_id: str, text: str, number: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([form_id, text, number]).encode()).decode()


def _page_start(token: str, form_id: str, text: str) -> int:
    """The number of the answer after which a page begins; an edit does not move one, so no page misses any.

    Raises:
        ApiError: 400 for a token that is none, or was given for another form or filter.
    """
    if not token:
        return 0
    try:
        named, filtered, number = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ApiError(400, "Invalid page token.") from error
    if (named, filtered) != (form_id, text) or not isinstance(number, int):
        raise ApiError(400, "The page token was given for another form or filter.")
    return number


_ALL = "/v1/forms/(?P<id>[^/:]+)/responses"

ROUTES = [
    Route("GET", _ALL, list_responses, "forms.forms.responses.list"),
    Route("GET", _ALL + "/(?P<response>[^/]+)", get, "forms.forms.responses.get"),
]
