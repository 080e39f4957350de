"""Reading the responses to a form of ours, and the watch by which Forms tells Pub/Sub of new ones (Forms API, v1).

A watch lasts seven days and is renewed before; it stops (SUSPENDED) when Forms may not deliver, and nothing says so
but the watch itself. What it would have told is found by listing, so a watch is a convenience.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sync.google.door import segment
from sync.google.errors import GoogleNeedsPersonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.google.door import Door

Json = dict[str, Any]

_PAGE = 1000
_EVENT = "RESPONSES"


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch as Forms has it: `state` is ACTIVE or SUSPENDED."""

    id: str
    topic: str
    expires: datetime
    state: str


def pages(door: Door, form_id: str, since: datetime | None = None) -> Iterator[list[Json]]:
    """Every response that was sent at `since` or later, as FormResponse resources, page by page; all without it.

    They come in no order that is documented, so nothing is known to have been read before the last page was.

    Raises:
        GoogleNeedsPersonError: with status 404 where the form is gone or not ours to see.
        SensyncError: as `Door.call` does.
    """
    params = [("pageSize", str(_PAGE))]
    if since is not None:
        params.append(("filter", f"timestamp >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"))
    page = ""
    while True:
        # The filter has to be the same for every page (documented).
        answer = door.call("GET", f"{_form(door, form_id)}/responses", params + ([("pageToken", page)] if page else []))
        yield list(answer.get("responses", ()))
        page = str(answer.get("nextPageToken", ""))
        if not page:
            return


def one(door: Door, form_id: str, response_id: str) -> Json | None:
    """One response as a FormResponse resource; None where the form has none such (or is itself gone)."""
    try:
        return door.call("GET", f"{_form(door, form_id)}/responses/{segment(response_id)}")
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def watches(door: Door, form_id: str) -> list[Watch]:
    """The watches of our project on the responses to a form."""
    answer = door.call("GET", f"{_form(door, form_id)}/watches")
    return [_watch(each) for each in answer.get("watches", ()) if each.get("eventType") == _EVENT]


def start_watch(door: Door, form_id: str, topic: str) -> Watch:
    """Asks Forms to tell a topic of new and edited responses, for seven days.

    Not repeatable: after an `OutcomeUnknownError` look with `watches`. One watch an account and form is allowed.

    Raises:
        GoogleNeedsPersonError: the topic is another project's.
        GoogleRefusedRequestError: Forms may not publish to the topic, or there is a watch already.
    """
    # 4 to 63 of a-z and hyphens (documented), so no digits.
    watch_id = "sensync-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(24))
    watch = {"target": {"topic": {"topicName": topic}}, "eventType": _EVENT}
    return _watch(door.call("POST", f"{_form(door, form_id)}/watches", body={"watch": watch, "watchId": watch_id}))


def renew_watch(door: Door, form_id: str, watch_id: str) -> Watch | None:
    """Seven more days for a watch, and a new beginning for a suspended one; None where it has ended.

    Raises:
        GoogleRefusedRequestError: what suspended it is still so.
    """
    try:
        url = f"{_form(door, form_id)}/watches/{segment(watch_id)}:renew"
        return _watch(door.call("POST", url, body={}, repeatable=True))
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def stop_watch(door: Door, form_id: str, watch_id: str) -> None:
    """Ends a watch; one that has ended is fine."""
    try:
        door.call("DELETE", f"{_form(door, form_id)}/watches/{segment(watch_id)}", repeatable=True)
    except GoogleNeedsPersonError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def _form(door: Door, form_id: str) -> str:
    return f"{door.endpoints.forms}/{segment(form_id)}"


def _watch(body: Mapping[str, Any]) -> Watch:
    topic = body.get("target", {}).get("topic", {}).get("topicName", "")
    # Up to nine digits of a second; fromisoformat drops what a datetime cannot hold.
    expires = datetime.fromisoformat(str(body["expireTime"]))
    return Watch(str(body["id"]), str(topic), expires, str(body.get("state", "")))
