"""The endpoints of calendars, the calendar list and access rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import colours, tokens
from .access import ROLES, at_least, role_by_rules
from .bodies import merged, with_nulls
from .call import Call, list_etag, route
from .errors import access_level, bad_request, forbidden, full_sync_required, invalid, not_found, required
from .guests import is_guest_copy, spread
from .model import Calendar, Entry, new_calendar_id, primary_calendar, user_rule
from .notices import tell_shared
from .times import zone
from .watching import watch

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

_CALENDAR_FIELDS = ("summary", "description", "location", "timeZone", "labelProperties", "workingHours")
_ENTRY_FIELDS = (
    "colorId",
    "backgroundColor",
    "foregroundColor",
    "hidden",
    "selected",
    "summaryOverride",
    "defaultReminders",
    "notificationSettings",
)
CONFERENCES = {"allowedConferenceSolutionTypes": ["hangoutsMeet"]}
PAGE, MOST = 100, 250


def _etag(change: int) -> str:
    return f'"{change * 1_000_000 + 1_700_000_000_000_000}"'


# ---- calendars


def _resource(calendar: Calendar) -> Json:
    out: Json = {"kind": "calendar#calendar", "etag": _etag(calendar.change), "id": calendar.id}
    out |= {name: calendar.body[name] for name in _CALENDAR_FIELDS if calendar.body.get(name)}
    out["timeZone"] = calendar.zone
    out["conferenceProperties"] = CONFERENCES
    if not calendar.primary:
        out["dataOwner"] = calendar.owner
    return out


def _calendar_body(body: Json) -> Json:
    """What is stored of a Calendar resource.

    Raises:
        ApiError: 400 without a title, or with a zone that is none.
    """
    out = {name: body[name] for name in _CALENDAR_FIELDS if body.get(name)}
    if not out.get("summary"):
        raise required("Missing title.")
    if zone(out.setdefault("timeZone", "UTC")) is None:
        raise invalid("Invalid time zone.")
    return out


def calendar_get(call: Call) -> Json:
    """`calendars.get`."""
    return _resource(call.calendar("freeBusyReader"))


def calendar_insert(call: Call) -> Json:
    """`calendars.insert`: a secondary calendar, at once on the caller's list."""
    name, rule = user_rule(call.account, "owner", call.draft.change + 1)
    by_program = "authorization" in call.request.headers
    calendar = Calendar(
        new_calendar_id(), call.account, _calendar_body(call.body), {name: rule}, app_created=by_program
    )
    calendar = call.draft.put_calendar(calendar)
    primary_calendar(call.draft, call.account)
    call.draft.put_entry(_new_entry(call, calendar, {}))
    return _resource(calendar)


def _changed(call: Call, body: Json) -> Json:
    calendar = call.calendar("owner")
    call.check_match(_etag(calendar.change))
    return _resource(call.draft.put_calendar(replace(calendar, body=_calendar_body(body))))


def calendar_patch(call: Call) -> Json:
    """`calendars.patch`."""
    return _changed(call, merged(call.calendar("owner").body, with_nulls(call.request)))


def calendar_update(call: Call) -> Json:
    """`calendars.update`."""
    return _changed(call, call.body)


def _empty(call: Call, calendar: Calendar) -> None:
    for event in list(call.draft.events_of(calendar.id)):
        if not event.cancelled:
            gone = call.draft.put_event(replace(event, body={**event.body, "status": "cancelled"}))
            if not is_guest_copy(call.draft, event):
                spread(call.draft, gone, event, call.ws.accounts)


def calendar_delete(call: Call) -> None:
    """`calendars.delete` of a secondary calendar, with everything on it."""
    calendar = call.calendar("owner")
    call.check_match(_etag(calendar.change))
    if calendar.primary:
        raise forbidden("Cannot delete a primary calendar. Use calendars.clear instead.")
    _empty(call, calendar)
    call.draft.put_calendar(replace(calendar, deleted=True))
    for account in call.ws.accounts:
        entry = call.draft.entry(account, calendar.id)
        if entry is not None and not entry.deleted:
            call.draft.put_entry(replace(entry, deleted=True))


def calendar_clear(call: Call) -> None:
    """`calendars.clear` of a primary calendar."""
    calendar = call.calendar("owner")
    if not calendar.primary:
        raise invalid("Only primary calendars can be cleared.")
    _empty(call, calendar)


# ---- the calendar list


def _new_entry(call: Call, calendar: Calendar, body: Json) -> Entry:
    count = len(call.draft.entries_of(call.account))
    chosen = {name: body[name] for name in _ENTRY_FIELDS if name in body}
    chosen.setdefault("colorId", str(count % len(colours.CALENDAR) + 1))
    return Entry(call.account, calendar.id, {"selected": True, "defaultReminders": [], **chosen})


def _listed(call: Call, entry: Entry) -> Json:
    """A CalendarListEntry."""
    calendar = call.draft.calendar(entry.calendar)
    base: Json = {"kind": "calendar#calendarListEntry", "etag": _etag(entry.change), "id": entry.calendar}
    if calendar is None or entry.deleted:
        return {**base, "deleted": True}
    body = entry.body
    out = {
        **base,
        **{name: calendar.body[name] for name in ("summary", "description", "location") if calendar.body.get(name)},
    }
    out["timeZone"] = calendar.zone
    if body.get("summaryOverride"):
        out["summaryOverride"] = body["summaryOverride"]
    palette = colours.CALENDAR.get(body.get("colorId", ""), colours.CALENDAR["14"])
    out["colorId"] = body.get("colorId", "14")
    out["backgroundColor"] = body.get("backgroundColor", palette["background"])
    out["foregroundColor"] = body.get("foregroundColor", palette["foreground"])
    out |= {name: True for name in ("hidden", "selected") if body.get(name)}
    out["accessRole"] = role_by_rules(calendar, call.account)
    out["defaultReminders"] = body.get("defaultReminders", [])
    if body.get("notificationSettings"):
        out["notificationSettings"] = body["notificationSettings"]
    if calendar.id == call.account:
        out["primary"] = True
    out["conferenceProperties"] = CONFERENCES
    if not calendar.primary:
        out["dataOwner"] = calendar.owner
    return out


def _sync_since(call: Call, kind: str) -> int | None:
    """The change that a sync token goes on from; None without one."""
    text = call.request.param("syncToken")
    if not text:
        return None
    numbers = tokens.unpack(text, 2)
    if numbers is None or numbers[1] != tokens.fingerprint(kind, call.account):
        raise invalid("Invalid sync token value.", "syncToken")
    if numbers[0] < call.draft.tables.oldest_sync or numbers[0] > call.draft.change:
        raise full_sync_required()
    return numbers[0]


def _page(call: Call, kind: str, rows: list[tuple[int, Json]]) -> Json:
    """One page of rows, each with the number of its last change."""
    since, start = call.draft.change, 0
    text = call.request.param("pageToken")
    if text:
        told = tokens.read_page(text)
        if told is None or len(told) != 3 or told[0] != kind:
            raise invalid("Invalid page token value.", "pageToken")
        since, start = told[1], told[2]
    size = call.number("maxResults", PAGE, MOST)
    items = [item for _, item in rows[start : start + size]]
    out: Json = {"etag": list_etag(items, kind, call.account)}
    if start + size < len(rows):
        out["nextPageToken"] = tokens.page([kind, since, start + size])
    else:
        out["nextSyncToken"] = tokens.pack([since, tokens.fingerprint(kind, call.account)])
    return {**out, "items": items}


def entries_list(call: Call) -> Json:
    """`calendarList.list`."""
    primary_calendar(call.draft, call.account)
    since = _sync_since(call, "calendarList")
    least = call.request.param("minAccessRole")
    if since is not None and least:
        raise bad_request("Sync token cannot be used with other query restrictions.")
    deleted, hidden = call.request.flag("showDeleted"), call.request.flag("showHidden")
    rows = []
    for entry in call.draft.entries_of(call.account):
        calendar = call.draft.calendar(entry.calendar)
        gone = entry.deleted or calendar is None or role_by_rules(calendar, call.account) == "none"
        change = max(entry.change, calendar.change if calendar else 0)
        if since is not None:
            shown = change > since
        else:
            shown = (deleted or not gone) and (hidden or not entry.body.get("hidden"))
            if least and calendar is not None and not at_least(role_by_rules(calendar, call.account), least):
                shown = False
        if shown:
            rows.append((change, _listed(call, replace(entry, deleted=gone, change=change))))
    return {"kind": "calendar#calendarList", **_page(call, "calendarList", rows)}


def _entry(call: Call) -> Entry:
    calendar = call.known(call.args["calendar"])
    entry = None if calendar is None else call.draft.entry(call.account, calendar.id)
    if calendar is None or entry is None or entry.deleted or call.role(calendar) == "none":
        raise not_found()
    return entry


def entry_get(call: Call) -> Json:
    """`calendarList.get`."""
    return _listed(call, _entry(call))


def entry_insert(call: Call) -> Json:
    """`calendarList.insert` of a calendar that is shared with the caller."""
    name = call.body.get("id", "")
    if not name:
        raise required("Missing calendar id.")
    calendar = call.calendar("freeBusyReader", name)
    held = call.draft.entry(call.account, calendar.id)
    body = _entry_body(call, call.body)
    new = _new_entry(call, calendar, body) if held is None else replace(held, body={**held.body, **body}, deleted=False)
    return _listed(call, call.draft.put_entry(new))


def _entry_body(call: Call, body: Json) -> Json:
    out = {name: body[name] for name in _ENTRY_FIELDS if name in body}
    if not call.request.flag("colorRgbFormat"):
        out.pop("backgroundColor", None)
        out.pop("foregroundColor", None)
    if out.get("colorId", "1") not in colours.CALENDAR:
        raise invalid("Invalid color id value.")
    return out


def _entry_changed(call: Call, body: Json) -> Json:
    entry = _entry(call)
    call.check_match(_etag(entry.change))
    if body.get("hidden") and entry.calendar == call.account:
        raise forbidden("Cannot hide the primary calendar.", "cannotChangeOwnPrimarySubscription")
    return _listed(call, call.draft.put_entry(replace(entry, body=body)))


def entry_patch(call: Call) -> Json:
    """`calendarList.patch`."""
    asked = with_nulls(call.request)
    body = {**_entry_body(call, {name: value for name, value in asked.items() if value is not None})}
    cleared = {name: None for name, value in asked.items() if value is None}
    old = _entry(call).body
    if "colorId" in body:
        # A colour by id takes the place of one by hand.
        old = {name: value for name, value in old.items() if name not in ("backgroundColor", "foregroundColor")}
    return _entry_changed(call, merged(old, {**body, **cleared}))


def entry_update(call: Call) -> Json:
    """`calendarList.update`."""
    return _entry_changed(call, {"colorId": _entry(call).body.get("colorId", "14"), **_entry_body(call, call.body)})


def entry_delete(call: Call) -> None:
    """`calendarList.delete`."""
    entry = _entry(call)
    if entry.calendar == call.account:
        raise forbidden("Cannot unsubscribe from the primary calendar.", "cannotChangeOwnPrimarySubscription")
    call.draft.put_entry(replace(entry, deleted=True))


# ---- access rules


def _rule(name: str, rule: Json) -> Json:
    return {
        "kind": "calendar#aclRule",
        "etag": _etag(rule["change"]),
        "id": name,
        "scope": rule["scope"],
        "role": rule["role"],
    }


def _rule_of(body: Json) -> tuple[str, Json]:
    scope, role = body.get("scope", {}), body.get("role", "")
    kind = scope.get("type", "")
    if role not in ROLES:
        raise required("Missing role.") if not role else invalid("Invalid role value.")
    if kind not in ("default", "user", "group", "domain"):
        raise required("Missing scope.") if not kind else invalid("Invalid scope type.")
    value = str(scope.get("value", "")).strip()
    if kind == "default":
        return "default", {"role": role, "scope": {"type": "default"}}
    if not value or (kind != "domain" and "@" not in value):
        raise invalid("Invalid scope value.")
    return f"{kind}:{value}", {"role": role, "scope": {"type": kind, "value": value}}


def _put_rule(call: Call, calendar: Calendar, name: str, rule: Json) -> Json:
    if name == f"user:{calendar.owner}" and rule["role"] != "owner":
        raise forbidden("Cannot change the owner's access.", "cannotChangeOwnerAcl")
    new = {**rule, "change": call.draft.change + 1}
    call.draft.put_calendar(replace(calendar, rules={**calendar.rules, name: new}))
    return _rule(name, new)


def acl_list(call: Call) -> Json:
    """`acl.list`."""
    calendar = call.calendar("owner")
    since = _sync_since(call, f"acl {calendar.id}")
    deleted = call.request.flag("showDeleted") or since is not None
    rows = [
        (rule["change"], _rule(name, rule))
        for name, rule in calendar.rules.items()
        if (rule["role"] != "none" or deleted) and (since is None or rule["change"] > since)
    ]
    return {"kind": "calendar#acl", **_page(call, f"acl {calendar.id}", rows)}


def _held(call: Call, calendar: Calendar) -> Json:
    rule = calendar.rules.get(call.args["rule"])
    if rule is None or rule["role"] == "none":
        raise not_found()
    return rule


def acl_get(call: Call) -> Json:
    """`acl.get`."""
    return _rule(call.args["rule"], _held(call, call.calendar("owner")))


def acl_insert(call: Call) -> Json:
    """`acl.insert`; the one it is for is told by mail unless the request says no."""
    calendar = call.calendar("owner")
    name, rule = _rule_of(call.body)
    out = _put_rule(call, calendar, name, rule)
    if (
        rule["scope"]["type"] == "user"
        and rule["role"] != "none"
        and call.request.flag("sendNotifications", default=True)
    ):
        tell_shared(call.draft, calendar, rule["scope"]["value"], call.account, call.request.base_url)
    return out


def _acl_changed(call: Call, merge: Callable[[Json], Json]) -> Json:
    calendar = call.calendar("owner")
    held = _held(call, calendar)
    call.check_match(_etag(held["change"]))
    name, rule = _rule_of(merge({"role": held["role"], "scope": held["scope"]}))
    if name != call.args["rule"]:
        raise invalid("Cannot change the scope of an access rule.")
    return _put_rule(call, calendar, name, rule)


def acl_patch(call: Call) -> Json:
    """`acl.patch`."""
    return _acl_changed(call, lambda held: merged(held, with_nulls(call.request)))


def acl_update(call: Call) -> Json:
    """`acl.update`."""
    return _acl_changed(call, lambda held: {"scope": held["scope"], **call.body})


def acl_delete(call: Call) -> None:
    """`acl.delete`."""
    calendar = call.calendar("owner")
    _put_rule(call, calendar, call.args["rule"], {**_held(call, calendar), "role": "none"})


def transfer(call: Call) -> None:
    """`calendars.transferOwnership`: for administrators, whom the workspace does not have.

    Raises:
        ApiError: 403 always.
    """
    call.calendar("owner")
    raise access_level("administrator")


_CALENDARS = "/calendars"
_CALENDAR = _CALENDARS + "/(?P<calendar>[^/]+)"
_LIST = "/users/me/calendarList"
_ENTRY = _LIST + "/(?P<calendar>[^/]+)"
_ACL = _CALENDAR + "/acl"
_RULE = _ACL + "/(?P<rule>[^/]+)"

ROUTES = [
    route("POST", _CALENDARS, calendar_insert, "calendars.insert"),
    route("GET", _CALENDAR, calendar_get, "calendars.get"),
    route("PATCH", _CALENDAR, calendar_patch, "calendars.patch"),
    route("PUT", _CALENDAR, calendar_update, "calendars.update"),
    route("DELETE", _CALENDAR, calendar_delete, "calendars.delete"),
    route("POST", _CALENDAR + "/clear", calendar_clear, "calendars.clear"),
    route("POST", _CALENDAR + "/transferOwnership", transfer, "calendars.transferOwnership"),
    route("GET", _LIST, entries_list, "calendarList.list"),
    route("POST", _LIST, entry_insert, "calendarList.insert"),
    route("POST", _LIST + "/watch", watch("calendarList"), "calendarList.watch"),
    route("GET", _ENTRY, entry_get, "calendarList.get"),
    route("PATCH", _ENTRY, entry_patch, "calendarList.patch"),
    route("PUT", _ENTRY, entry_update, "calendarList.update"),
    route("DELETE", _ENTRY, entry_delete, "calendarList.delete"),
    route("GET", _ACL, acl_list, "acl.list"),
    route("POST", _ACL, acl_insert, "acl.insert"),
    route("POST", _ACL + "/watch", watch("acl"), "acl.watch"),
    route("GET", _RULE, acl_get, "acl.get"),
    route("PATCH", _RULE, acl_patch, "acl.patch"),
    route("PUT", _RULE, acl_update, "acl.update"),
    route("DELETE", _RULE, acl_delete, "acl.delete"),
]
