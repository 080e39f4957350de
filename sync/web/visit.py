"""One request to a booking page, after the guard at the door: whose link, which child, which language."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound, TooManyRequests

from sync.service.bookings import Rate, Shut
from sync.web.csrf import FIELD, field_value
from sync.web.words import LANGUAGES, choose_language, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, tzinfo

    from sync.domain.meetings import Slot, Where
    from sync.service.bookings import BookingDesk, Child, Invitation
    from sync.web.words import Words

_KEY = "sensync_booking"
_LONGEST_TOKEN = 200
_KEY_LENGTH = 16
_SEE_OTHER = 303
_NETWORK_V6 = 64
"""A household or a phone has a whole /64 of IPv6: a guesser could change the rest at will."""


@dataclass(frozen=True)
class Setting:
    """What the pages need to know of the school.

    `secure` says whether its public address is https, `domain` is of the mailbox that its letters come from.
    """

    desk: BookingDesk
    school: str
    contact: str
    zone: tzinfo
    secure: bool
    domain: str
    now: Callable[[], datetime]


def install(app: Any, setting: Setting) -> None:
    """Gives the application its setting."""
    app.extensions[_KEY] = setting


def setting() -> Setting:
    """The setting of the application at work."""
    found: Setting = current_app.extensions[_KEY]
    return found


def language() -> Words:
    """The words of this request."""
    return words(choose_language(request.args.get("lang"), request.accept_languages))


@dataclass(frozen=True)
class Visit:
    """A request that was let in."""

    token: str
    invitation: Invitation
    child: Child
    words: Words
    setting: Setting

    @property
    def root(self) -> str:
        """The path that all pages of this link begin with."""
        return url_for("booking.home", token=self.token)

    @property
    def others(self) -> str:
        """The address of the choice between the children."""
        spoken: dict[str, Any] = {"lang": self.words.code} if request.args.get("lang") else {}
        return url_for("booking.home", token=self.token, **spoken)

    def url(self, page: str, **values: Any) -> str:
        """The address of another page of this link, for the same child in the same language."""
        keep: dict[str, Any] = {"lang": self.words.code} if request.args.get("lang") else {}
        if len(self.invitation.children) > 1:
            keep["child"] = self.key(self.child)
        return url_for(f"booking.{page}", token=self.token, **(keep | values))

    def key(self, child: Child) -> str:
        """What addresses and forms call a child: a place in the list may be another child's a moment later."""
        return _key(self.setting.desk.secret, self.invitation, child)

    def ways(self, offered: Iterable[Where]) -> str:
        """The ways to meet, as a list in a sentence."""
        return self.words("ways.comma").join(self.words(f"ways.{way.value}") for way in offered)

    def about(self, key: str, **values: Any) -> str:
        """A sentence about the child, or the one in its place for a member of staff, who meets about no child."""
        if self.child.staff:
            return self.words(f"{key}_staff", **values)
        return self.words(key, name=self.name(self.child), **values)

    def name(self, child: Child) -> str:
        """What the page calls a child."""
        return child.first_name or self.words("page.child")

    def render(self, template: str, status: int = 200, **values: Any) -> tuple[str, int]:
        """A page, with what every page of a visit needs."""
        desk = self.setting.desk
        page = page_values(self.words)
        page |= {
            "visit": self,
            "child": self.child,
            "csrf": field_value(desk.secret, self.invitation.link),
        }
        page |= {"once": secrets.token_urlsafe(18), "csrf_field": FIELD}
        return render_template(f"booking/{template}.html", **page, **values), status


def _minutes(slot: Slot) -> int:
    return int((slot.ends - slot.starts).total_seconds() // 60)


def page_values(spoken: Words) -> dict[str, Any]:
    """What every page needs, also one that refuses."""
    here = setting()
    zone = here.zone
    return {
        "t": spoken,
        # Without url_for, which does not work for a request whose host was refused.
        "css": f"{request.script_root}/static/booking.css",
        "languages": [words(code) for code in LANGUAGES],
        "school": here.school,
        "contact": here.contact,
        "when": lambda instant: spoken.when(instant, zone),
        "minutes": _minutes,
        "clock": lambda instant: spoken.time(instant, zone),
        "here": {name: value for name, value in request.args.items() if name in {"slot", "child"}},
    }


def enter(token: str) -> Visit:
    """Lets a request in, or not. The same work is done for every link that does not open.

    Raises:
        NotFound: the link is unknown, old, expired or revoked.
        HTTPException: it opens no such child; a redirect to its first page (`start_again`).
        TooManyRequests: this link or this address has asked too often.
    """
    here = setting()
    address = _address_key(here.desk.secret)
    # A GET of a good link is only looked up: counting each page shown would make parents wait for one write lock.
    writes = request.method == "POST"
    asks = {Rate.ADDRESS: address, Rate.LINK: _hidden(here.desk.secret, "link", token)}
    invitation = here.desk.enter(token[:_LONGEST_TOKEN], {Rate.MISS: address, **asks}, asks if writes else ())
    if invitation is Shut.TOO_OFTEN:
        raise TooManyRequests
    if isinstance(invitation, Shut):
        here.desk.count({Rate.MISS: address} | ({Rate.ADDRESS: address} if writes else {}))
        raise NotFound
    asked = request.args.get("child")
    child = _child(here.desk.secret, invitation, asked) if asked is not None else invitation.children[0]
    if child is None:
        start_again(token)
    return Visit(token, invitation, child, language(), here)


def start_again(token: str) -> NoReturn:
    """Leads to the first page of a link, which says that it has to be begun anew.

    Raises:
        HTTPException: always; it is the redirect.
    """
    spoken: dict[str, Any] = {"lang": request.args["lang"]} if request.args.get("lang") in LANGUAGES else {}
    abort(redirect(url_for("booking.home", token=token, said="children", **spoken), _SEE_OTHER))


def _child(secret: bytes, invitation: Invitation, key: str) -> Child | None:
    """The child that an address or a form means; None where the link opens no such child any more, or never did."""
    sent = key.encode("utf-8", "surrogatepass")
    same = (each for each in invitation.children if hmac.compare_digest(_key(secret, invitation, each).encode(), sent))
    return next(same, None)


def _key(secret: bytes, invitation: Invitation, child: Child) -> str:
    return _hidden(secret, "child", f"{invitation.adult}:{child.ref}")[:_KEY_LENGTH]


def enter_again(visit: Visit) -> Visit:
    """The same visit, seen anew after something was tried; nothing is counted twice.

    Raises:
        NotFound: the link was revoked meanwhile.
    """
    invitation = visit.setting.desk.open(visit.token[:_LONGEST_TOKEN])
    child = next((each for each in invitation.children if each.ref == visit.child.ref), None) if invitation else None
    if invitation is None or child is None:
        raise NotFound
    return replace(visit, invitation=invitation, child=child)


def _address_key(secret: bytes) -> str:
    """Who asks, as something that can be counted and not read: addresses are personal data."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        who = "unknown"
    else:
        who = (
            str(ipaddress.ip_network((address, _NETWORK_V6), strict=False))
            if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None
            else str(getattr(address, "ipv4_mapped", None) or address)
        )
    return _hidden(secret, "address", who)


def _hidden(secret: bytes, kind: str, who: str) -> str:
    return hmac.digest(secret, f"{kind}:{who}".encode("utf-8", "surrogatepass"), "sha256").hex()
