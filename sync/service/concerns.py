"""From responses in Google Forms to concerns in the store: by a nudge of a hook, and by the sweep that needs none.

There is one way to read: list what was sent since the last reading, less an overlap, and take each response. Everything
on the way may happen twice or be cut off: taking is idempotent, and how far was read is noted last. Once a day all
responses are listed, which tells what was deleted.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sync.domain.concerns import Answers, FormKey, Screen, tells_of_harm
from sync.domain.errors import InputError, SensyncError, TryAgainError
from sync.domain.families import Notice
from sync.google import form_responses
from sync.google.errors import GoogleNeedsPersonError
from sync.log import where
from sync.plan.form import response_of
from sync.service.form_watch import keep_watch
from sync.service.form_words import begun, notice_key
from sync.service.form_words import gone as form_gone
from sync.store import OLD, Concerns, Forms, FormState, How, Notices, Nudges, Robins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.domain.concerns import Concern, Response
    from sync.google.door import Door
    from sync.plan.matching import Match
    from sync.store import Asked, KnownForm, Store

__all__ = ["ConcernDesk", "Judge", "Swept", "release_asked", "sweep", "work_nudges"]

_LOG = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""How much of what was read is read again: responses of one moment need not show in one order."""

LIST_EVERY = timedelta(days=1)
"""How often everything is listed, and form and watch are looked after."""

_LOOK_AGAIN = timedelta(seconds=20)
"""After which a nudge is worked a second time: Forms need not list a response at the instant it tells of it."""

_NO_REFERENCE = (
    "An answer came whose reference is none of ours, so it stands with no concern. Read it in the form; ask its sender "
    "for the reference, or to answer again with the link of the letter."
)
_LETTERS, _LONGEST_KEY = 5, 20
_FORMER_GONE = (
    "Another was made in its place, and the one before was deleted for good. Answers that came to it last may be lost: "
    "ask staff who sent a form and had no letter to send it again."
)
_FORMER_UNREAD = (
    "Another was made in its place, and the one before cannot be read any more. Answers that came to it last may be "
    "lost: ask staff who sent a form and had no letter to send it again. It is tried again every day."
)
_GONE_RESPONSE = "Its response was deleted in the form. The concern stays as it was; close it if it was a mistake."
_GONE_PART: Answers = {
    "works": ("(Not in the form any more, or about another concern: ask the teacher what it said.)",)
}
_GONE_UNREAD = (
    "Its response was deleted in the form before it was released, so nobody can read it any more. Ask the teacher what "
    "it said."
)


@dataclass(frozen=True, slots=True)
class Judge:
    """What is decided of a response before it is stored; both are pure.

    Attributes:
        match: whom it is about.
        screen: CLEAR, or HELD where the free text has a phrase of the safeguarding screen.
    """

    match: Callable[[Answers], Match]
    screen: Callable[[Answers], Screen]


@dataclass(slots=True)
class ConcernDesk:
    """What the reading of responses works with.

    Attributes:
        door: opens the door to Google, or gives the one that is open.
        judge: reads the roll and the phrases; asked only once there is something new.
        topic: of Pub/Sub, "" where Forms is to tell nobody.
    """

    store: Store
    workbook_id: int
    door: Callable[[], Door]
    judge: Callable[[], Judge]
    now: Callable[[], datetime]
    topic: str = ""
    _judge: Judge | None = field(default=None, init=False)

    def judged(self) -> Judge:
        """The judge, made once."""
        if self._judge is None:
            self._judge = self.judge()
        return self._judge


@dataclass(frozen=True, slots=True)
class Swept:
    """What reading led to: new concerns, new versions, alerts, answers of a round robin, releases; `trouble` if any."""

    new: int = 0
    edited: int = 0
    alerts: int = 0
    answers: int = 0
    released: int = 0
    trouble: str = ""

    def __add__(self, other: Swept) -> Swept:
        trouble = " ".join(dict.fromkeys(each for each in (self.trouble, other.trouble) if each))
        return Swept(
            self.new + other.new,
            self.edited + other.edited,
            self.alerts + other.alerts,
            self.answers + other.answers,
            self.released + other.released,
            trouble,
        )


def sweep(desk: ConcernDesk) -> Swept:
    """Reads what is new in every form of ours; once a day everything, and looks after form and watch.

    It raises nothing that Google causes, since a sync goes on without it: what kept it from reading is said in
    `trouble`, where a person is needed in a notice, and the next sweep begins where the last good one ended.
    """
    done = Swept()
    for form in Forms(desk.store).all(desk.workbook_id).values():
        done += _guarded(desk, form, lambda form=form: _sweep_form(desk, form))  # type: ignore[misc]
    for former in Forms(desk.store).former(desk.workbook_id):
        if former.listed_at is None or desk.now() - former.listed_at >= LIST_EVERY:
            done += _sweep_former(desk, former)
    return done + release_asked(desk)


def _sweep_former(desk: ConcernDesk, form: KnownForm) -> Swept:
    """Reads a form in whose place another was made: what was not read before, and what its senders edit or delete."""
    now, notice = desk.now(), f"form:{form.key}:former:{form.form_id}"
    try:
        listed, done = _read(desk, form, None)
    except TryAgainError as error:
        return Swept(trouble=error.words)
    except SensyncError as error:
        _LOG.warning("a former form %s could not be read: %s", form.key, type(error).__name__)
        if _is_not_found(error) and _is_lost(desk, form, notice):
            Forms(desk.store).forget_former(desk.workbook_id, form.form_id)
            return Swept()
        _put(desk, Notice(notice, begun(form.key), _FORMER_GONE if _is_not_found(error) else _FORMER_UNREAD))
        Forms(desk.store).former_listed(desk.workbook_id, form.form_id, now)
        return Swept()
    _note_unlisted(desk, form, listed, now)
    Forms(desk.store).former_listed(desk.workbook_id, form.form_id, now)
    Notices(desk.store).withdraw(desk.workbook_id, notice)
    return done


def _is_lost(desk: ConcernDesk, form: KnownForm, notice: str) -> bool:
    """Whether a former form that was not found is so for good: said before, and today's form is there.

    Where that is away too, we may have come with another account.
    """
    today = Forms(desk.store).find(desk.workbook_id, form.key)
    is_there = today is not None and today.state is not FormState.GONE
    return is_there and Notices(desk.store).has(desk.workbook_id, notice)


def work_nudges(desk: ConcernDesk) -> Swept:
    """Reads the forms that hooks told of, once each however many told; does nothing where none did.

    Raises nothing, as `sweep`; nudges of a form that could not be read are worked again.
    """
    nudges = Nudges(desk.store)
    waiting = nudges.take(desk.workbook_id, desk.now())
    if not waiting:
        return Swept()
    done, forms = Swept(), Forms(desk.store).all(desk.workbook_id)
    for key in dict.fromkeys(each.form for each in waiting):
        form, found = forms.get(key), Swept()
        if form is not None:
            found = _guarded(desk, form, lambda form=form: _read(desk, form, form.swept_to)[1])  # type: ignore[misc]
        now = desk.now()
        again = {each.id for each in waiting if each.form is key and (found.trouble or now - each.at < _LOOK_AGAIN)}
        nudges.later(again, now + _LOOK_AGAIN)
        nudges.done((each.id for each in waiting if each.form is key and each.id not in again), now)
        done += found
    return done


def release_asked(desk: ConcernDesk) -> Swept:
    """Reads the held responses that a person released from the form again, and stores their answers; raises nothing.

    One that was edited meanwhile is a new version, and is screened again: nobody has released that.
    """
    forms, done = Forms(desk.store).all(desk.workbook_id), Swept()
    asked, parts = Concerns(desk.store).to_release(desk.workbook_id), Robins(desk.store).to_release(desk.workbook_id)
    form, robin = forms.get(FormKey.CONCERN), forms.get(FormKey.ROBIN)
    if form is not None and asked:
        done += _guarded(desk, form, lambda: sum((_release(desk, form, *each) for each in asked), Swept()))
    if robin is not None and parts:
        done += _guarded(desk, robin, lambda: sum((_release_part(desk, robin, each) for each in parts), Swept()))
    return done


def _release(desk: ConcernDesk, form: KnownForm, concern: Concern, form_id: str) -> Swept:
    # Its own form: another may have been made since. Ids of questions are made from their keys, so all forms have them.
    form_id = form_id or form.form_id
    body = form_responses.one(desk.door(), form_id, concern.response)
    if body is None:
        _note_gone(desk, [concern])
        return Swept()
    response = response_of(FormKey.CONCERN, body, form.questions)
    if response.submitted != concern.submitted:
        return _take(desk, response, form_id)
    match = desk.judged().match(response.answers)
    released = Concerns(desk.store).release(desk.workbook_id, concern.key, response, match=match, now=desk.now())
    return Swept(released=int(released))


def _release_part(desk: ConcernDesk, form: KnownForm, part: Asked) -> Swept:
    """The answer of a colleague; what of it cannot be read any more is said in its place."""
    assert part.response is not None  # noqa: S101 - only answers are held, and so released
    assert part.submitted is not None  # noqa: S101 - as above
    form_id = part.form_id or form.form_id
    body, given = form_responses.one(desk.door(), form_id, part.response), _GONE_PART
    if body is not None:
        response = response_of(FormKey.ROBIN, body, form.questions)
        if response.submitted != part.submitted and _reference(response.answers) == part.concern:
            return _take(desk, response, form_id)
        if response.submitted == part.submitted:
            given = response.answers
    released = Robins(desk.store).release(desk.workbook_id, part.concern, part.teacher, part.submitted, given)
    return Swept(released=int(released))


def _sweep_form(desk: ConcernDesk, form: KnownForm) -> Swept:
    forms, now = Forms(desk.store), desk.now()
    whole = form.listed_at is None or form.swept_to is None or now - form.listed_at >= LIST_EVERY
    if not whole:
        _, done = _read(desk, form, form.swept_to)
        if (form.watch_topic or "") != desk.topic:
            # The settings were changed: that does not wait for the day's look.
            keep_watch(desk.store, desk.workbook_id, desk.door(), form, desk.topic, now)
        return done
    listed, done = _read(desk, form, None)
    _note_unlisted(desk, form, listed, now)
    forms.listed(desk.workbook_id, form.key, now)
    if desk.topic or form.watch_id is not None:
        keep_watch(desk.store, desk.workbook_id, desk.door(), form, desk.topic, now)
    return done


def _read(desk: ConcernDesk, form: KnownForm, since: datetime | None) -> tuple[set[str], Swept]:
    """Takes what was sent since an instant, less the overlap, or everything; gives the ids of all that was listed."""
    listed: set[str] = set()
    done, newest = Swept(), since
    start = None if since is None else since - OVERLAP
    for page in form_responses.pages(desk.door(), form.form_id, start):
        listed |= {str(each.get("responseId", "")) for each in page}
        responses = list(_readable(desk, form, page))
        if responses:
            done += _take_all(desk, form, responses)
        newest = max([*(each.submitted for each in responses), *([newest] if newest else [])], default=None)
    if newest is not None and not form.former:
        # Last, since the pages are in no order: a reading that was cut off is done again from where it began.
        Forms(desk.store).swept(desk.workbook_id, form.key, newest)
    return listed, done


def _take_all(desk: ConcernDesk, form: KnownForm, responses: Sequence[Response]) -> Swept:
    # Asked for each page: matching is dear, and what is known needs none.
    taken = (Concerns if form.key is FormKey.CONCERN else Robins)(desk.store)
    known = taken.known(desk.workbook_id, [each.id for each in responses])
    done, judge = Swept(), None
    for response in responses:
        if known.get(response.id, _LONG_AGO) >= response.submitted:
            continue
        # Outside of what is guarded: a list of phrases that cannot be used is no fault of the response.
        judge = judge or desk.judged()
        try:
            first = form.swept_to is None
            old = first and desk.now() - response.created > OLD
            done += _take(desk, response, form.form_id, reply=not old, first=first)
            if old:
                _put(desk, Notice(f"form:{form.key}:old", begun(form.key), _WITHOUT_REPLY))
        except SensyncError:
            # The store does not answer, or the like: that is not the response's fault either.
            raise
        except Exception as error:  # noqa: BLE001 - one that trips us must not keep the others from being read
            _LOG.error("a response to the form %s could not be taken: %s", form.key, where(error))
            _put(desk, Notice(f"response:{response.id[:100]}", begun(form.key), _NOT_TAKEN))
    return done


_WITHOUT_REPLY = (
    "When its responses were read for the first time, some were older than a week: they are concerns now, and no "
    "holding reply was sent for them."
)
_GONE_ANSWER = (
    "A colleague's answer to what you asked was deleted in the form. It stays beside the concern as it was; ask them "
    "whether it still holds."
)
_GONE_UNREAD_PART = (
    "A colleague's answer to what you asked was held, and then deleted in the form: Sensync never had its words. Ask "
    "them what it was about."
)
_NOT_TAKEN = (
    "A response could not be taken, so it stands nowhere but in the form: read it there. It is tried again every day; "
    "the log says what went wrong."
)


_LONG_AGO = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def _readable(desk: ConcernDesk, form: KnownForm, page: Iterable[Mapping[str, Any]]) -> Iterator[Response]:
    for body in page:
        try:
            yield response_of(form.key, body, form.questions)
        except InputError as error:
            # One that nobody can read must not keep the others from being read.
            key = f"response:{str(body.get('responseId', ''))[:100]}"
            _put(desk, Notice(key, begun(form.key), error.words))


def _take(desk: ConcernDesk, response: Response, form_id: str, *, reply: bool = True, first: bool = False) -> Swept:
    workbook_id, now = desk.workbook_id, desk.now()
    if response.form is FormKey.ROBIN:
        return _take_answer(desk, response, form_id, first=first)
    if tells_of_harm(response.answers):
        # Not even looked at: it says who, and nobody here is to know.
        how = Concerns(desk.store).take(workbook_id, response, match=None, screen=Screen.HELD, now=now, first=first)
        return Swept(alerts=int(how is How.HARM))
    judge = desk.judged()
    screen = judge.screen(response.answers)
    match = judge.match(response.answers) if screen is Screen.CLEAR else None
    how = Concerns(desk.store).take(
        workbook_id, response, match=match, screen=screen, now=now, reply=reply, first=first, form_id=form_id
    )
    new, edited = how is How.NEW, how is How.EDITED
    return Swept(new=int(new), edited=int(edited), alerts=int(screen is Screen.HELD and (new or edited)))


def _take_answer(desk: ConcernDesk, response: Response, form_id: str, *, first: bool = False) -> Swept:
    """An answer of a round robin is screened whatever reference it bears: its words were written all the same."""
    robins, about = Robins(desk.store), _reference(response.answers)
    screen = desk.judged().screen(response.answers)
    if Concerns(desk.store).find(desk.workbook_id, about) is not None:
        taken = robins.take(
            desk.workbook_id, about, response, screen=screen, now=desk.now(), first=first, form_id=form_id
        )
        return Swept(answers=int(taken))
    if not robins.stray(desk.workbook_id, response, screen=screen, now=desk.now(), first=first):
        return Swept()
    _put(desk, Notice(f"robin:{response.id}", begun(FormKey.ROBIN), _NO_REFERENCE))
    return Swept(alerts=int(screen is Screen.HELD))


def _reference(answers: Answers) -> str:
    """The concern's key as whoever typed it by hand meant it: without blanks, hyphens, case, or its first letter."""
    typed = re.sub(r"[^0-9A-Z]", "", "".join(answers.get("concern", ())).upper())
    return f"C-{typed[1:] if len(typed) == _LETTERS + 1 else typed}"[:_LONGEST_KEY]


def _note_unlisted(desk: ConcernDesk, form: KnownForm, listed: set[str], now: datetime) -> None:
    """Notes what was taken from a form and is not among all that it has, by a listing that began at `now`."""
    if form.key is FormKey.CONCERN:
        _note_gone(desk, Concerns(desk.store).unlisted(desk.workbook_id, form.form_id, listed, now))
        return
    robins = Robins(desk.store)
    for part in robins.unlisted(desk.workbook_id, form.form_id, listed, now - OVERLAP):
        key = f"concern:{part.concern}:gone:{part.teacher}"
        _put(desk, Notice(key, f"Concern {part.concern}", _GONE_UNREAD_PART if part.is_unread else _GONE_ANSWER))
        robins.gone(desk.workbook_id, part)


def _note_gone(desk: ConcernDesk, missing: Iterable[Concern]) -> None:
    """Remembers that these responses are not in the form any more, and tells the SENCO."""
    lost = {each.key: each.screen is Screen.HELD for each in missing}
    if not lost:
        return
    for key, held in lost.items():
        _put(desk, Notice(f"concern:{key}:gone", f"Concern {key}", _GONE_UNREAD if held else _GONE_RESPONSE))
    Concerns(desk.store).gone(desk.workbook_id, lost, desk.now())


def _guarded(desk: ConcernDesk, form: KnownForm, read: Callable[[], Swept]) -> Swept:
    """Reads one form; what goes wrong is told, and the other form is read all the same."""
    trouble, gone = f"form:{form.key}:unread", notice_key(form.key)
    try:
        done = read()
    except SensyncError as error:
        _LOG.warning("the form %s could not be read: %s", form.key, type(error).__name__)
        words = error.words
        if _is_not_found(error):
            Forms(desk.store).mark(desk.workbook_id, form.key, FormState.GONE)
            told = form_gone(form.key)
            words = told.what
            _put(desk, told)
        elif not isinstance(error, TryAgainError):
            _put(desk, Notice(trouble, begun(form.key), words))
        return Swept(trouble=words)
    if form.state is FormState.GONE:
        Forms(desk.store).mark(desk.workbook_id, form.key, FormState.OPEN)
        Notices(desk.store).withdraw(desk.workbook_id, gone)
    notices = Notices(desk.store)
    if notices.has(desk.workbook_id, trouble):
        notices.withdraw(desk.workbook_id, trouble)
    return done


def _is_not_found(error: SensyncError) -> bool:
    return isinstance(error, GoogleNeedsPersonError) and error.status == HTTPStatus.NOT_FOUND


def _put(desk: ConcernDesk, notice: Notice) -> None:
    Notices(desk.store).put(desk.workbook_id, [notice], desk.now())
