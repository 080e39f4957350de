"""The endpoints that open and close channels."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from local_workspace.http.wire import ApiError

from .channels import check_address
from .errors import not_found, required
from .model import Channel

if TYPE_CHECKING:
    from .call import Action, Call

Json = dict[str, Any]

WEEK = 7 * 24 * 3600
"""How long a channel lives when the request does not say (documented: 604,800 s); a month is the most."""
MONTH = 30 * 24 * 3600


def watch(kind: str) -> Action:
    """The handler of `{kind}.watch`."""

    def handle(call: Call) -> Json:
        calendar = ""
        if "calendar" in call.args:
            calendar = call.calendar("owner" if kind == "acl" else "reader").id
        return _open(call, kind, calendar)

    return handle


def _bad(message: str, reason: str) -> ApiError:
    return ApiError(400, message, reason=reason)


def _open(call: Call, kind: str, calendar: str) -> Json:
    body = call.body
    for name in ("id", "type", "address"):
        if not body.get(name):
            raise required(f"Missing required field: {name}", name)
    if body["type"] not in ("web_hook", "webhook"):
        raise _bad(f"Unknown channel type: {body['type']}", "invalid")
    if len(body["id"]) > 64:
        raise _bad("Channel id must be at most 64 characters.", "invalid")
    held = call.draft.tables.channels.get(body["id"])
    if held is not None and held.expiration > call.draft.now:
        raise _bad(f"Channel id {body['id']} not unique", "channelIdNotUnique")
    check_address(body["address"])
    wanted = int(body.get("expiration") or 0)
    life = int(body.get("params", {}).get("ttl") or WEEK)
    longest = call.draft.now + MONTH * 1000
    expiration = min(wanted or call.draft.now + life * 1000, longest)
    if expiration <= call.draft.now:
        raise _bad("Channel expiration must be in the future.", "invalid")
    path = call.request.path.removesuffix("/watch")
    uri = f"{call.request.base_url}{path}?alt=json"
    resource_id = hashlib.sha256(f"{kind} {calendar} {call.account}".encode()).hexdigest()[:27]
    channel = Channel(
        body["id"],
        resource_id,
        uri,
        call.account,
        calendar,
        kind,
        body["address"],
        body.get("token", ""),
        expiration,
    )
    call.draft.channels[channel.id] = channel
    out = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": str(channel.expiration),
    }
    return {**out, "token": channel.token} if channel.token else out


def stop(call: Call) -> None:
    """`channels.stop`.

    Raises:
        ApiError: 404 for a channel that is not open, or that somebody else opened.
    """
    channel = call.draft.tables.channels.get(str(call.body.get("id", "")))
    wrong = channel is None or channel.resource_id != call.body.get("resourceId") or channel.account != call.account
    if channel is None or wrong:
        error = not_found()
        error.message = f"Channel '{call.body.get('id', '')}' not found for project"
        raise error
    call.draft.channels[channel.id] = None
