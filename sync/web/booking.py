"""The parents' booking pages, one function a page. A GET never changes anything; a POST ends in a redirect.

`/b/<token>` shows the meeting, or the free times where there is none yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import BadRequest, NotFound

from sync.service.bookings import Outcome
from sync.web.csrf import give_cookie, is_ours
from sync.web.diary import calendar_file
from sync.web.forms import MOST, Filled, Problem, read_once, read_version, understand
from sync.web.headers import FOR_BACK
from sync.web.visit import Visit, enter, enter_again, start_again

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from sync.domain.meetings import Choice
    from sync.service.bookings import Day, Meeting, Offer

booking = Blueprint("booking", __name__, url_prefix="/b/<token>", static_folder=None)

_SEE_OTHER = 303
_BAD = 400
_UNPROCESSABLE = 422
_CONFLICT = 409
_FORM = "application/x-www-form-urlencoded"
_NOTICES = {each: f"see.{each}" for each in ("already", "stale", "closed")}
_CHANGED = {"children": "children.changed"}
_BESIDE = timedelta(minutes=15)
"""Two meetings with no more than this between them are one visit to the school."""

Page = tuple[str, int]


@booking.get("")
def home(token: str) -> Response:
    """The meeting; without one, the free times; with several children, first the choice of a child."""
    visit = enter(token)
    if len(visit.invitation.children) > 1 and "child" not in request.args:
        return _answer(visit, visit.render("children", notice=_CHANGED.get(request.args.get("said", ""), "")))
    if visit.child.meeting is None:
        return _answer(visit, _times(visit))
    return _answer(visit, _see(visit, visit.child.meeting))


@booking.get("/times")
def times(token: str) -> Response:
    """The free times; choosing another one keeps the one that is booked."""
    visit = enter(token)
    return _answer(visit, _times(visit))


@booking.get("/book")
def details(token: str) -> Response:
    """The form for the time that was chosen."""
    visit = enter(token)
    meeting = visit.child.meeting
    if not request.args.get("slot"):
        return _answer(visit, _times(visit, "errors.time", status=_UNPROCESSABLE))
    if meeting is not None and meeting.until is None:
        return _answer(visit, _see(visit, meeting))
    offer = visit.setting.desk.offer(visit.invitation, visit.child, request.args["slot"])
    if offer is None:
        return _answer(visit, _times(visit, "errors.taken", status=_CONFLICT))
    return _answer(visit, _details(visit, offer, _as_filled(meeting.choice if meeting else None)))


@booking.post("/book")
def book(token: str) -> AnyResponse:
    """Books the time, or moves the meeting to it."""
    visit = enter(token)
    sent = _sent(visit)
    meeting, slot = visit.child.meeting, request.form.get("slot", "")
    desk = visit.setting.desk
    offer = desk.offer(visit.invitation, visit.child, slot)
    if offer is None and meeting is not None and meeting.slot.key == slot:
        # The second of two clicks, arriving after the surgery closed.
        return _to(visit, "home")
    if offer is None:
        return _answer(visit, _times(visit, "errors.taken", status=_CONFLICT))
    filled = understand(request.form, offer.where)
    if sent is None:
        filled = Filled(filled.values, None, (Problem("book", "errors.again"),))
        return _answer(visit, _details(visit, offer, filled, status=_BAD))
    if filled.choice is None:
        return _answer(visit, _details(visit, offer, filled, status=_UNPROCESSABLE))
    if sent.version:
        outcome = desk.change(visit.invitation, visit.child, sent.version, slot, filled.choice)
    else:
        outcome = desk.claim(visit.invitation, visit.child, slot, filled.choice, sent.once)
    if outcome in {Outcome.TAKEN, Outcome.CLASH} or (outcome is Outcome.CLOSED and not sent.version):
        fresh = enter_again(visit)
        return _answer(fresh, _times(fresh, f"errors.{outcome.value}", status=_CONFLICT))
    return _to(visit, "home", **({} if outcome is Outcome.DONE else {"said": outcome.value}))


@booking.get("/cancel")
def ask_to_cancel(token: str) -> Response:
    """Asks once more before a meeting is given up."""
    visit = enter(token)
    meeting = visit.child.meeting
    if meeting is None or meeting.until is None:
        return _answer(visit, _times(visit) if meeting is None else _see(visit, meeting))
    return _answer(visit, visit.render("cancel", meeting=meeting))


@booking.post("/cancel")
def cancel(token: str) -> AnyResponse:
    """Gives the meeting up."""
    visit = enter(token)
    sent = _sent(visit)
    meeting = visit.child.meeting
    if sent is None:
        if meeting is None:
            return _to(visit, "home")
        problem = Problem("cancel", "errors.again")
        return _answer(visit, visit.render("cancel", _BAD, meeting=meeting, problems=[problem]))
    outcome = visit.setting.desk.cancel(visit.invitation, visit.child, sent.version)
    return _to(visit, "home", said="cancelled" if outcome is Outcome.DONE else outcome.value)


@booking.post("/waiting")
def wait(token: str) -> AnyResponse:
    """Puts the family on the waiting list of a full surgery."""
    visit = enter(token)
    sent = _sent(visit)
    if sent is None:
        return _answer(visit, _times(visit, "errors.again", status=_BAD))
    surgery = request.form.get("surgery", "")
    outcome = visit.setting.desk.join_waiting(visit.invitation, visit.child, surgery)
    if outcome is not Outcome.DONE:
        return _answer(visit, _times(visit, "errors.closed", status=_CONFLICT))
    return _to(visit, "times")


@booking.post("/waiting/leave")
def leave(token: str) -> AnyResponse:
    """Takes the family off a waiting list."""
    visit = enter(token)
    if _sent(visit) is None:
        return _answer(visit, _times(visit, "errors.again", status=_BAD))
    visit.setting.desk.leave_waiting(visit.invitation, visit.child, request.form.get("surgery", ""))
    return _to(visit, "times", said="left")


@booking.get("/meeting.ics")
def diary(token: str) -> Response:
    """The meeting as a calendar file."""
    visit = enter(token)
    if visit.child.meeting is None:
        raise NotFound
    here = visit.setting
    content = calendar_file(visit.child.meeting, here.school, visit.words, here.now(), here.domain)
    disposition = {"Content-Disposition": 'attachment; filename="meeting.ics"'}
    return Response(content, mimetype="text/calendar", headers=disposition)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A POST that came from a page of ours. `version` is that of the meeting on the page, 0 for none."""

    once: str
    version: int


def _sent(visit: Visit) -> _Sent | None:
    """What makes a POST one of ours; None where it cannot be told.

    Raises:
        BadRequest: it is not a form of the kind that browsers send for our pages.
        HTTPException: it is the form of another child; a redirect to the link's first page.
    """
    if request.mimetype != _FORM:
        raise BadRequest
    about = request.form.get("about")
    if about is not None and about != visit.key(visit.child):
        start_again(visit.token)
    once = read_once(request.form.get("once", ""))
    version = read_version(request.form.get("version", "0"))
    if once is None or version is None or about is None:
        return None
    if not is_ours(request, visit.setting.desk.secret, visit.invitation.link):
        return None
    return _Sent(once, version)


def _answer(visit: Visit, page: Page) -> Response:
    """A page with the link's cookie."""
    text, status = page
    response = Response(text, status=status, mimetype="text/html")
    here = visit.setting
    give_cookie(response, here.desk.secret, visit.invitation.link, path=visit.root, secure=here.secure)
    if request.method == "POST":
        response.headers["Cache-Control"] = FOR_BACK
    return response


def _to(visit: Visit, page: str, **values: Any) -> AnyResponse:
    return redirect(visit.url(page, **values), _SEE_OTHER)


def _see(visit: Visit, meeting: Meeting) -> Page:
    said = request.args.get("said", "")
    return visit.render("see", meeting=meeting, notice=(_NOTICES | _CHANGED).get(said, ""))


def _times(visit: Visit, problem: str = "", *, status: int = 200) -> Page:
    """The page of free times; with a problem, the sentence that is shown above them."""
    days = visit.setting.desk.offers(visit.invitation, visit.child)
    said = request.args.get("said", "")
    notice = ({"left": "choose.left"} | _CHANGED).get(said, "")
    if visit.child.meeting is None:
        notice = {"cancelled": "cancel.done", "already": "choose.already"}.get(said, notice)
    return visit.render(
        "times",
        status,
        free=[day for day in days if day.offers],
        full=[day for day in days if not day.offers],
        beside=_beside(visit, days),
        problems=[Problem("times", problem)] if problem else [],
        notice=notice,
    )


def _beside(visit: Visit, days: tuple[Day, ...]) -> dict[str, str]:
    """The slots that join on to a meeting about another child of this adult, each with that child's first name."""
    theirs = [
        (visit.name(child), child.meeting.slot)
        for child in visit.invitation.children
        if child.meeting is not None and child.ref != visit.child.ref
    ]
    found = {}
    for slot in (offer.slot for day in days for offer in day.offers):
        for name, other in theirs:
            gap = max(slot.starts - other.ends, other.starts - slot.ends)
            if timedelta(0) <= gap <= _BESIDE:
                found[slot.key] = name
    return found


def _details(visit: Visit, offer: Offer, filled: Filled, *, status: int = 200) -> Page:
    return visit.render(
        "details",
        status,
        offer=offer,
        values=filled.values,
        problems=filled.problems,
        wrong={problem.name: problem for problem in filled.problems},
        most=MOST,
        version=visit.child.meeting.version if visit.child.meeting else 0,
    )


def _as_filled(choice: Choice | None) -> Filled:
    """A form that shows what was said before."""
    values = {name: str(getattr(choice, name)) if choice else "" for name in (*MOST, "where")}
    return Filled(values, choice, ())
