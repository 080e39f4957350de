"""One call of the API: who calls, on which calendar, and the draft that becomes its effect."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_workspace.http import schema
from local_workspace.http.router import Route
from local_workspace.http.wire import Request, Response

from .access import at_least, narrowed, role_by_rules
from .errors import access_level, condition_not_met, invalid, not_found
from .model import Calendar, Draft, primary_calendar
from .times import zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Action = Callable[["Call"], Json | None]

PREFIX = "/calendar/v3"


@dataclass(slots=True)
class Call:
    """A call under way.

    Attributes:
        method: the id in the discovery document.
        draft: what the call changes.
    """

    ws: LocalWorkspace
    request: Request
    args: dict[str, str]
    method: str
    draft: Draft
    touched: list[tuple[str, str]] = field(default_factory=list)

    @property
    def account(self) -> str:
        """Who calls."""
        return self.request.account

    @property
    def body(self) -> Json:
        """The body, put straight by the discovery document."""
        body: Json = self.request.json()
        return body

    def calendar(self, need: str = "reader", calendar_id: str = "") -> Calendar:
        """The calendar of the path, or another, when the caller has a role on it that is enough.

        Raises:
            ApiError: 404 when it is not there or not shared with the caller, 403 when the role is too low.
        """
        calendar = self.known(calendar_id or self.args["calendar"])
        role = "none" if calendar is None else self.role(calendar)
        if calendar is None or role == "none":
            raise not_found()
        if not at_least(role, need):
            raise access_level(need)
        return calendar

    def known(self, calendar_id: str) -> Calendar | None:
        """A calendar by id, `primary` or an account's address; whoever calls."""
        name = self.account if calendar_id == "primary" else calendar_id
        name = next((email for email in self.ws.accounts if email.casefold() == name.casefold()), name)
        return primary_calendar(self.draft, name) if name in self.ws.accounts else self.draft.calendar(name)

    def role(self, calendar: Calendar) -> str:
        """The caller's role on a calendar under the scopes of the token."""
        role = role_by_rules(calendar, self.account)
        useful = frozenset(schema.calendar().methods[self.method].get("scopes", ()))
        return narrowed(calendar, role, self.request.scopes, useful)

    def answer_zone(self, calendar: Calendar) -> ZoneInfo:
        """The zone of the times in the answer.

        Raises:
            ApiError: 400 when the parameter names no zone.
        """
        name = self.request.param("timeZone") or calendar.zone
        found = zone(name)
        if found is None:
            raise invalid("Invalid time zone.", "timeZone")
        return found

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter that is a number; the schema has refused what is none."""
        return min(int(self.request.param(name) or default), most)

    def check_match(self, etag: str) -> None:
        """Refuse a change of another version than If-Match names.

        Raises:
            ApiError: 412.
        """
        wanted = self.request.headers.get("if-match")
        if wanted is not None and wanted.strip() not in ("*", etag):
            raise condition_not_met()


def list_etag(items: list[Json], *more: str) -> str:
    """The etag of a collection, like `"p32o8lfd2qbkt20g"` (recorded)."""
    told = "\n".join([*more, *[str(item.get("etag")) for item in items]])
    return f'"p3{zlib.crc32(told.encode()):08x}{zlib.adler32(told.encode()):08x}g"'


def route(http: str, pattern: str, action: Action, name: str) -> Route:
    """An endpoint: `action` works on a draft, which is committed when it returns."""
    method = f"calendar.{name}"

    def handle(ws: LocalWorkspace, request: Request, args: dict[str, str]) -> Response:
        call = Call(ws, request, args, method, ws.calendars.draft())
        data = action(call)
        ws.calendars.commit(call.draft)
        if data is None:
            return Response(204)
        etag = data.get("etag")
        if http == "GET" and etag and request.headers.get("if-none-match", "").strip() in ("*", etag):
            return Response(304, headers={"ETag": etag})
        return Response(data=data, headers={"ETag": etag} if etag else {})

    return Route(http, PREFIX + pattern, handle, method)
