"""Who may do what with a calendar, by its access rules and by the scopes of the token. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Calendar

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")
"""From the least to the most."""

AUTH = "https://www.googleapis.com/auth/"
_NARROW = {
    AUTH + "calendar.app.created": "app",
    AUTH + "calendar.events.owned": "owned",
    AUTH + "calendar.events.owned.readonly": "owned",
    AUTH + "calendar.events.public.readonly": "public",
    AUTH + "calendar.events.freebusy": "freebusy",
}
"""Scopes that reach only some calendars, or only a part of what is on them (documented)."""


def at_least(role: str, need: str) -> bool:
    """Whether a role is enough."""
    return ROLES.index(role) >= ROLES.index(need)


def role_by_rules(calendar: Calendar, account: str) -> str:
    """The highest role that the calendar's rules give an account."""
    domain = account.rpartition("@")[2].casefold()
    best = "none"
    for rule in calendar.rules.values():
        scope = rule["scope"]
        value = scope.get("value", "").casefold()
        meant = (
            scope["type"] == "default"
            or (scope["type"] == "user" and value == account.casefold())
            or (scope["type"] == "domain" and value == domain)
        )
        if meant and not at_least(best, rule["role"]):
            best = rule["role"]
    return best


def narrowed(calendar: Calendar, role: str, granted: frozenset[str] | None, useful: frozenset[str]) -> str:
    """What is left of a role under the scopes of a token.

    Args:
        calendar: the calendar asked for.
        role: by its rules.
        granted: the token's scopes; None for a token without limits.
        useful: the scopes that the method takes.
    """
    if granted is None:
        return role
    held = granted & useful
    if any(scope not in _NARROW for scope in held):
        return role
    best = "none"
    for scope in held:
        kind = _NARROW[scope]
        public = calendar.rules.get("default", {}).get("role", "none")
        given = {
            "app": role if calendar.app_created else "none",
            "owned": role if role == "owner" else "none",
            "public": "reader" if at_least(public, "reader") else "none",
            "freebusy": "freeBusyReader" if role != "none" else "none",
        }[kind]
        if not at_least(best, given):
            best = given
    return best
