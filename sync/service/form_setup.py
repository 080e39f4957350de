"""The forms for staff, kept: made once, brought to their templates, published, opened to those who may answer.

Every step can be cut off and done again. A form is found by what the store keeps, else by the stamp on its file; only
where neither knows one is a form made. What a person did is noticed and told, and not undone: a form that somebody
closed stays closed, one in the bin stays there, until `sensync form --open` or `--again`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sync import __version__
from sync.domain.concerns import FormKey
from sync.domain.errors import RefusedError, SensyncError, TryAgainError, UsageError
from sync.domain.families import Notice
from sync.domain.wording import counted
from sync.google import forms as google_forms
from sync.google.errors import GoogleRefusedRequestError, OutcomeUnknownError
from sync.plan.form import form_requests, publishing, questions_of
from sync.plan.form_ids import SECTION
from sync.plan.form_template import filled
from sync.service.form_words import NAMES, begun, gone, notice_key
from sync.service.staff_letters import dsl_of
from sync.service.templates import load_form_template
from sync.store import Forms, FormState, LeaseHeldError, Notices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.config import Settings
    from sync.google.door import Door
    from sync.google.forms import FormFile
    from sync.plan.form_template import FormTemplate
    from sync.store import KnownForm, Store, Workbook

_LOG = logging.getLogger(__name__)

_LEASE_SECONDS = 240
LOOKED = "forms"
"""The document of the store that says when both forms were last found open and as their templates, and which."""

_LET_IN = "forms.let_in"
"""The document of the store that says, by form, whom we let in: who is named no more is let out, if we did it."""

LOOK_EVERY = timedelta(days=1)
"""How often a sync looks at forms that nothing is known to have changed: requests are what a sync costs."""

_TRIES = 3
"""Of one change, where a person edits the form between our look and our write."""


@dataclass(frozen=True, slots=True)
class FormReport:
    """One form as it stands after a round.

    Attributes:
        form: as the store keeps it now.
        done: what was done, in words; empty where nothing was.
    """

    form: KnownForm
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for beside the usual.

    Attributes:
        answerers: look who may answer, give it to those who were added to the configuration, and take it from those
            to whom we gave it and who are not in it any more.
        opened: forms that were closed are to take answers again.
        again: a form that is gone is to be made again.
    """

    answerers: bool = False
    opened: bool = False
    again: bool = False


@dataclass(slots=True)
class _Round:
    """One form in the making."""

    template: FormTemplate
    file: FormFile
    form: dict[str, Any]
    fresh: bool
    done: list[str] = field(default_factory=list)


def keep_forms(
    store: Store,
    workbook: Workbook,
    settings: Settings,
    door: Door,
    now: Callable[[], datetime],
    wanted: Wanted = Wanted(),
) -> tuple[FormReport, ...]:
    """Makes the forms where there are none, and brings those that are there to their templates.

    Three requests find that all is as it should be; then a sync does not look again for a day (`tend_forms`). Does
    nothing where `[concerns]` is off.

    Raises:
        LeaseHeldError: another process is at it.
        RefusedError: Google did not take a form as it was told.
        SensyncError: as any call to Google or of the store does; the next round goes on from there.
    """
    if not settings.concerns.enabled:
        return ()
    templates = {key: form_template(settings, key) for key in FormKey}
    holder = f"sensync on {socket.gethostname()}, process {os.getpid()}"
    with store.lease(f"forms:{workbook.spreadsheet_id}", holder, _LEASE_SECONDS) as lease:
        files = google_forms.our_files(door, _owner(settings, workbook))
        keeper = _Keeper(store, workbook, settings, door, now, wanted, lease.fence)
        reports = []
        for key, template in templates.items():
            lease.renew()
            reports.append(keeper.keep(key, template, [file for file in files if file.which == key]))
        whole = all(each.form.state is FormState.OPEN for each in reports)
        looked = {"print": _print(templates.values()), "at": now().isoformat()} if whole else None
        store.commit(workbook.id, fence=lease.fence, run=None, documents={LOOKED: looked})
    return tuple(reports)


def _print(templates: Iterable[FormTemplate]) -> str:
    """Another for other templates or words of the school, and for another version, which may bring forms otherwise."""
    return hashlib.sha256(repr((__version__, *templates)).encode()).hexdigest()


def _still_good(store: Store, workbook: Workbook, settings: Settings, now: datetime) -> tuple[FormReport, ...]:
    """The forms as they were found less than a day ago, if nothing that is known here can have changed them since."""
    looked = store.document(workbook.id, LOOKED)
    if not looked or not timedelta() <= now - datetime.fromisoformat(looked["at"]) < LOOK_EVERY:
        return ()
    if looked["print"] != _print(form_template(settings, key) for key in FormKey):
        return ()
    known = Forms(store).all(workbook.id)
    # A sweep that does not find its form marks it.
    whole = all(key in known and known[key].state is FormState.OPEN for key in FormKey)
    return tuple(FormReport(known[key]) for key in FormKey) if whole else ()


def form_template(settings: Settings, key: FormKey) -> FormTemplate:
    """The template of a form with the school's words filled in.

    Raises:
        ConfigError: with every problem of the template file.
    """
    concerns = settings.concerns
    words = {
        "dsl": dsl_of(concerns) if concerns.dsl_name else "the designated safeguarding lead",
        "system": concerns.safeguarding_system or "the school's safeguarding system",
        "school": settings.school.name,
    }
    return filled(load_form_template(key, settings.workbook.templates_dir), words)


def _owner(settings: Settings, workbook: Workbook) -> str:
    return f"{settings.school.key} {workbook.spreadsheet_id}"


class _Keeper:
    """Keeps the forms of one workbook."""

    def __init__(
        self,
        store: Store,
        workbook: Workbook,
        settings: Settings,
        door: Door,
        now: Callable[[], datetime],
        wanted: Wanted,
        fence: int,
    ) -> None:
        self._store, self._fence = store, fence
        self._forms, self._notices = Forms(store), Notices(store)
        self._let_in: dict[str, Sequence[str]] = dict(store.document(workbook.id, _LET_IN) or {})
        self._workbook, self._settings, self._door, self._now, self._wanted = workbook, settings, door, now, wanted

    def keep(self, key: FormKey, template: FormTemplate, files: list[FormFile]) -> FormReport:
        known = self._forms.find(self._workbook.id, key)
        if known is not None:
            file = next((each for each in files if each.id == known.form_id), None)
            # A list of files may lag behind; only an answer about this one file says that it is gone.
            file = file or google_forms.file_of(self._door, known.form_id)
            if file is None or file.trashed:
                if not self._wanted.again:
                    return self._gone(known)
                known = None
            else:
                return self._bring(key, template, file, known, [])
        file = next((each for each in files if not each.trashed), None)
        done = []
        if file is None:
            file = self._make(template)
            done.append("made")
        return self._bring(key, template, file, known, done)

    def _make(self, template: FormTemplate) -> FormFile:
        stamp = google_forms.stamp_of(_owner(self._settings, self._workbook), template.key)
        folder = self._settings.google.folder_id or ""
        left = google_forms.empty_without_stamp(self._door, template.file)
        if left is not None:
            google_forms.put_stamp(self._door, left, stamp)
            return google_forms.FormFile(left, template.key, trashed=False, published=False)
        try:
            made = google_forms.make(self._door, template.title, template.file, stamp, folder)
        except OutcomeUnknownError:
            # It may be there all the same: stamped by us, or still without a stamp.
            found = google_forms.our_files(self._door, _owner(self._settings, self._workbook))
            file = next((each for each in found if each.which == template.key and not each.trashed), None)
            if file is not None:
                return file
            left = google_forms.empty_without_stamp(self._door, template.file)
            if left is None:
                raise
            google_forms.put_stamp(self._door, left, stamp)
            made = left
        _LOG.info("made %s", NAMES[template.key])
        return google_forms.FormFile(made, template.key, trashed=False, published=False)

    def _bring(
        self, key: FormKey, template: FormTemplate, file: FormFile, known: KnownForm | None, done: list[str]
    ) -> FormReport:
        """The form as its template says it, published the first time, and put on record."""
        fresh = known is None and not file.published
        form, changes = self._changed(template, file.id, fresh=fresh)
        if changes and not fresh:
            done.append(counted(changes, "change") + " made")
        questions = questions_of(template, form)
        missing = [item.key for item in template.items if item.type != SECTION and item.key not in questions]
        if missing:
            raise RefusedError(
                f"Google did not keep our ids of questions in {NAMES[key]}: {', '.join(missing)}.",
                next_step="Report it with the version of Sensync. No answer is lost.",
            )
        if known is None or self._wanted.answerers:
            done += self._let_answer(file.id)
        state = publishing(form)
        is_open = state.published and state.accepting
        if fresh or (self._wanted.opened and not is_open):
            google_forms.publish(self._door, file.id)
            done.append("published" if fresh else "opened again")
            is_open = True
        return FormReport(self._record(key, file.id, form, questions, known, is_open=is_open), tuple(done))

    def _changed(self, template: FormTemplate, form_id: str, *, fresh: bool) -> tuple[dict[str, Any], int]:
        """Brings a form to its template, and counts the changes."""
        for tries in range(1, _TRIES + 1):
            form = google_forms.read(self._door, form_id)
            requests = form_requests(template, form, fresh=fresh and not questions_of(template, form))
            if not requests:
                break
            try:
                form = google_forms.change(self._door, form_id, requests, str(form.get("revisionId", "")))
            except (OutcomeUnknownError, GoogleRefusedRequestError):
                # A person may have changed the form since we read it, or the change was made and its answer lost.
                if tries == _TRIES:
                    raise
                continue
            _LOG.info("%s: %s", NAMES[template.key], counted(len(requests), "change"))
            return form, len(requests)
        return form, 0

    def _let_answer(self, form_id: str) -> list[str]:
        who = self._settings.concerns.responders
        if not who:
            raise UsageError(
                "Nobody may answer the forms: [concerns] responders is empty.",
                next_step="Name the staff's domain or group in sensync.toml, [concerns] responders.",
            )
        # What is held waits in the form: the SENCO, who is told to read it there, has to be able to.
        readers = filter(None, [self._settings.concerns.senco_email])
        ours = self._let_in.get(form_id, ())
        note = partial(self._note_let_in, form_id)
        answerers = google_forms.let_answer(self._door, form_id, who, readers, ours, note)
        note(answerers.ours)
        done = [f"opened to {', '.join(answerers.given)}"] if answerers.given else []
        done += [f"responses shown to {', '.join(answerers.readers)}"] if answerers.readers else []
        done += [f"closed to {', '.join(answerers.taken)}"] if answerers.taken else []
        done += [f"still open to {', '.join(answerers.others)}, whom a person let in"] if answerers.others else []
        return [*done, "closed to everybody else who has the link"] if answerers.narrowed else done

    def _note_let_in(self, form_id: str, ours: Sequence[str]) -> None:
        """At once: what is after it may fail, and the next round takes for a person's what is not noted here."""
        if list(ours) == list(self._let_in.get(form_id, ())):
            return
        self._let_in[form_id] = list(ours)
        self._store.commit(self._workbook.id, fence=self._fence, run=None, documents={_LET_IN: self._let_in})

    def _record(
        self,
        key: FormKey,
        form_id: str,
        form: Mapping[str, Any],
        questions: Mapping[str, str],
        known: KnownForm | None,
        *,
        is_open: bool,
    ) -> KnownForm:
        uri = str(form["responderUri"])
        # A question that the template dropped is still answered in older responses.
        every = {**(known.questions if known and known.form_id == form_id else {}), **questions}
        if known is None or (known.form_id, known.responder_uri, dict(known.questions)) != (form_id, uri, every):
            known = self._forms.save(self._workbook.id, key, form_id, uri, every)
        if is_open:
            return self._seen(known, FormState.OPEN, "")
        what = (
            f"{begun(key)} takes no answers: somebody closed it or took it back from staff. To let staff "
            "answer again, open it in Google Forms or run `sensync form --open`."
        )
        return self._seen(known, FormState.CLOSED, what)

    def _gone(self, known: KnownForm) -> FormReport:
        return FormReport(self._seen(known, FormState.GONE, gone(known.key).what))

    def _seen(self, known: KnownForm, state: FormState, notice: str) -> KnownForm:
        name = notice_key(known.key)
        self._forms.mark(self._workbook.id, known.key, state)
        if notice:
            self._notices.put(self._workbook.id, [Notice(name, "Google Forms", notice)], self._now())
        elif known.state is not state:
            self._notices.withdraw(self._workbook.id, name)
        found = self._forms.find(self._workbook.id, known.key)
        return found or known


@dataclass(frozen=True, slots=True)
class Tended:
    """What a sync's round of the forms came to; `trouble` says in a sentence what kept it from its end."""

    reports: tuple[FormReport, ...] = ()
    trouble: str = ""


def tend_forms(store: Store, workbook: Workbook, settings: Settings, door: Door, now: Callable[[], datetime]) -> Tended:
    """`keep_forms` in a sync, which goes on without it; a person is told where one is needed.

    What was found open and as its template is looked at once a day, or as soon as template or settings change.
    """
    notices, name = Notices(store), "forms"
    try:
        if settings.concerns.enabled and (good := _still_good(store, workbook, settings, now())):
            return Tended(good)
        reports = keep_forms(store, workbook, settings, door, now)
    except LeaseHeldError:
        return Tended()
    except SensyncError as error:
        _LOG.warning("the forms could not be tended: %s", type(error).__name__)
        words = error.words
        if not isinstance(error, TryAgainError):
            notices.put(workbook.id, [Notice(name, "Google Forms", words)], now())
        return Tended(trouble=words)
    if reports:
        notices.withdraw(workbook.id, name)
    return Tended(reports)
