"""What the add-on asks of Sensync, and the one door through which its handlers go.

Reading is done from the store, at once. What is asked for is stored as a job under an idempotency key, and done in the
background (`sync.service.jobs`): a button that is pressed twice, or sent again, is one job.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sync.clock import utc_now
from sync.domain.errors import RefusedError, SensyncError
from sync.domain.school_clock import wall
from sync.domain.wording import counted
from sync.google import sheets
from sync.google.credentials import open_door
from sync.google.id_tokens import IdTokens
from sync.google.limits import Limits
from sync.plan.cells import from_json, serial
from sync.plan.facts import OWN, Facts
from sync.plan.own_act import Act
from sync.plan.snapshot import bind_tab
from sync.plan.template import sheet_id_of
from sync.service.addon_school import School, word
from sync.service.concern_cases import hours_of
from sync.service.concern_post import places_of
from sync.service.form_links import takes_concerns
from sync.service.invitations import invited_now
from sync.service.jobs import act_payload
from sync.service.opening import address, features_of
from sync.service.templates import load_template
from sync.service.which import known_workbook
from sync.store import JobKind, Jobs, JobState, Links, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from sync.config import Settings
    from sync.google.door import Door
    from sync.plan.template import Template
    from sync.store import Job, Workbook

_LOG = logging.getLogger(__name__)

_STUCK = 60.0
"""Seconds that a job may wait before it is said that nobody does any."""

_LOOK_LIMITS = Limits(connect=1.0, read=1.5, deadline=1.5)
"""Of the one question to Google that a card waits for: where a row stands now. Families' pages are served by the same
few threads, so it is short, and never asked twice at a time."""


@dataclass(frozen=True, slots=True)
class ParentLink:
    """A personal booking link of one adult, as good as a key."""

    adult: str = field(repr=False)
    url: str = field(repr=False)
    until: date


@dataclass(frozen=True, slots=True)
class Missing:
    """Something of the set-up that keeps the add-on from its work, and how to mend it."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Triage:
    """What the school's template says of concerns.

    Attributes:
        outcomes: the choices of *Outcome*.
        sends: those of *Send*.
        headers: of each question's column on *Concern inbox*, by the question's key.
        responses: where the form's responses are read; "" where there is no form.
    """

    outcomes: tuple[str, ...]
    sends: tuple[str, ...]
    headers: Mapping[str, str]
    responses: str


class AddonDesk:
    """The desk of one school.

    Args:
        settings: the configuration.
        store: migrated.
        workbook: the school's.
        claims: what a token claims, if Google signed it for this audience; None for any other.
        now: the clock, giving aware instants.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        workbook: Workbook,
        claims: Callable[[str, str], Mapping[str, Any] | None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self.claims = claims
        self._store = store
        self._workbook = workbook
        self._now = now
        self._jobs = Jobs(store)
        self._looking = threading.Lock()
        self._door: Door | None = None
        self._template: Template | None = None

    @property
    def base(self) -> str:
        """The public address of this server, without a slash at its end."""
        return self.settings.addon.base_url or self.settings.booking.address

    @property
    def spreadsheet_id(self) -> str:
        """Of the school's workbook."""
        return self._workbook.spreadsheet_id

    def visit(self) -> AbstractContextManager[None]:
        """Within it, the same thing is read once."""
        return self._store.looking()

    def school(self) -> School:
        """The school as it is now."""
        concerns = self.settings.concerns
        hours = hours_of(concerns) if concerns.enabled else None
        return School(self._store, self._workbook.id, self.settings.school.zone, self._now(), hours)

    # Links

    def tab_url(self, tab: str) -> str:
        """Where a person opens a tab of the workbook."""
        return f"{address(self.settings, self.spreadsheet_id)}#gid={sheet_id_of(tab)}"

    def row_url(self, tab: str, key: str) -> str:
        """Where a person opens a row. It is looked up now, since rows move; the tab where it is not found in time."""
        row = None
        if self._looking.acquire(blocking=False):
            try:
                row = self._row_now(tab, key)
            except SensyncError as error:
                _LOG.warning("a row could not be looked up: %s", type(error).__name__)
            finally:
                self._looking.release()
        return self.tab_url(tab) if row is None else f"{self.tab_url(tab)}&range={row + 1}:{row + 1}"

    def _row_now(self, tab: str, key: str) -> int | None:
        if self._door is None:
            self._door = open_door(self.settings.google, limits=_LOOK_LIMITS)
        raw = sheets.read_tab(self._door, self.spreadsheet_id, sheet_id_of(tab))
        if raw is None:
            return None
        headers = self._store.document(self._workbook.id, "headers") or {}
        bound = bind_tab(self._whole_template().tab(tab), raw, headers.get(tab, {}))
        if bound.tab.key_column.key not in bound.columns:
            return None
        facts = Facts(bound, {})
        return next((row for row in bound.data_rows if facts.key(row) == key), None)

    def _whole_template(self) -> Template:
        """The workbook's template, read once."""
        if self._template is None:
            self._template = load_template(self.settings.workbook.templates_dir, features_of(self.settings))
        return self._template

    def triage(self) -> Triage:
        """What the school's template says of concerns.

        Raises:
            ConfigError: a template file of the school's own cannot be read.
        """
        template = self._whole_template()
        hers, inbox = template.tab("concerns"), template.tab("concern_inbox")
        return Triage(
            outcomes=hers.column("outcome").options,
            sends=hers.column("send").options,
            headers={column.key: column.header for column in inbox.columns},
            responses=places_of(self.settings, self._store, self._workbook).responses,
        )

    def parent_links(self, ref: str) -> list[ParentLink]:
        """Makes a link for each adult of a pupil who may book now; links given out before go on opening."""
        now, links = self._now(), Links(self._store)
        found = []
        for each in invited_now(self._store, self._workbook.id, now):
            if each.ref != ref or not each.may_book_now:
                continue
            token = links.issue(self._workbook.id, each.adult.key, ref, each.until, now, purpose=each.purpose)
            url = f"{self.settings.booking.address}/b/{token}"
            last = wall(each.until - timedelta(microseconds=1))
            found.append(ParentLink(each.adult.name or "Adult", url, last.date()))
        return found

    def label(self, ref: str) -> str:
        """How a people's tab names a pupil, the reference at its end; "" for nobody on roll."""
        return word(self._store.row(self._workbook.id, "roll", ref) or {}, "label")

    def provisions(self, typed: str) -> list[str]:
        """The names of provisions, as the MIS and people spell them, that have what was typed in them."""
        rows = self._store.tab(self._workbook.id, "mis_provision").values()
        own = self._store.tab(self._workbook.id, "map").values()
        names = {word(row, "name") for row in rows} | {word(row, "provision") for row in own}
        wanted = typed.casefold().strip()
        return sorted((name for name in names if name and wanted in name.casefold()), key=str.casefold)

    # What is asked for

    def jobs(self) -> list[Job]:
        """The newest jobs, newest first."""
        return self._jobs.newest(self._workbook.id)

    def ask(self, kind: JobKind, who: str, once: str) -> Job:
        """Has a sync or a plan done; where one is waiting or at work, that one."""
        afoot = self._jobs.afoot(self._workbook.id, kind)
        if afoot:
            return afoot[-1]
        return self._jobs.put(self._workbook.id, kind, f"{kind.value}:{_once(who, once)}", self._now(), asked_by=who)

    def write(
        self, who: str, once: str, tab: str, key: str, cells: Mapping[str, Any], *, about: str, then_sync: bool = False
    ) -> Job:
        """Has cells of a row written in a person's name, provided that nobody else changes them meanwhile.

        Args:
            who: their address.
            once: from the card with the button: the same for the same press.
            tab: the key of a people's tab.
            key: of the row.
            cells: column -> text, number, date or None for blank.
            about: a pupil's reference, for the card that says what became of it; "" for none.
            then_sync: whether a sync is to follow.

        Returns:
            The job; one that has ended where all this is written already.
        """
        waiting, told = self._unwritten(who, tab, key), _told(cells)
        seen = self._store.row(self._workbook.id, tab, key) or {}
        act = Act(tab, key, told, {name: seen.get(name) for name in told}, who, _asked_before(waiting, told))
        return self._act(act, waiting, once, about, then_sync=then_sync)

    def add(
        self, who: str, once: str, tab: str, cells: Mapping[str, Any], *, about: str, then_sync: bool = False
    ) -> Job:
        """Has a row added to a tab in a person's name, one for each card and words; blank cells are left out.

        It returns what `write` returns.
        """
        told = {name: value for name, value in _told(cells).items() if value is not None}
        digest = hashlib.sha256(f"{self._workbook.salt}\0{tab}\0{_press(who, once, told)}".encode()).hexdigest()
        act = Act(tab, f"{OWN}{digest[:8]}", told, None, who)
        return self._act(act, self._unwritten(who, tab, act.key), once, about, then_sync=then_sync)

    def watch(self, who: str, once: str, ref: str, cells: Mapping[str, Any]) -> Job:
        """Has a pupil who is not on the register put there in a person's name, as if picked in its first empty row.

        It returns what `write` returns.
        """
        waiting, told = self._unwritten(who, "register", ref), _told(cells)
        own = _asked_before(waiting, told)
        # A blank means something only where there may be a word of theirs by then.
        kept = {name: value for name, value in told.items() if value is not None or name in own}
        return self._act(Act("register", ref, kept, None, who, own), waiting, once, ref, then_sync=True)

    def _unwritten(self, who: str, tab: str, key: str) -> list[Job]:
        """What a person asked for of a row and is not done yet, in the order asked."""
        acts = self._jobs.afoot(self._workbook.id, JobKind.ACT)
        return [job for job in acts if job.asked_by == who and (job.payload["tab"], job.payload["key"]) == (tab, key)]

    def _act(self, act: Act, waiting: Sequence[Job], once: str, about: str, *, then_sync: bool) -> Job:
        seen = self._store.row(self._workbook.id, act.tab, act.key)
        stands = seen is not None and (act.adds or all(act.meant(n, from_json(seen.get(n))) for n in act.cells))

        def anew(job: Job) -> bool:
            """Not so for the same press twice; but what has failed is tried again, and their last word is the last."""
            if any(each.id > job.id for each in waiting):
                return True
            return job.ended and not (stands and job.state is JobState.DONE)

        return self._jobs.put(
            self._workbook.id,
            JobKind.ACT,
            f"act:{act.tab}:{act.key}:{_press(act.who, once, act.cells)}",
            self._now(),
            asked_by=act.who,
            subject=about,
            payload=act_payload(act, then_sync=then_sync),
            anew=anew,
        )

    # The set-up

    def missing(self) -> list[Missing]:
        """What of the set-up is missing, as far as it can be seen at once."""
        found = []
        now = self._now()
        waiting = [job for job in self._jobs.newest(self._workbook.id) if not job.ended and job.attempts == 0]
        if any((now - job.asked_at).total_seconds() > _STUCK for job in waiting):
            found.append(
                Missing(
                    f"{counted(len(waiting), 'thing that was asked for waits', 'things that were asked for wait')}, "
                    "and nobody does them.",
                    "Your technician starts `sensync serve` (without --no-deliver).",
                )
            )
        gone = [path for path in self.settings.mis.paths if not path.exists()]
        if gone:
            found.append(
                Missing(
                    f"{counted(len(gone), 'place', 'places')} of the MIS's files cannot be found by this server.",
                    "Your technician looks at [mis] paths in sensync.toml, and runs `sensync check`.",
                )
            )
        if not self.settings.calendar.enabled:
            found.append(
                Missing(
                    "Meetings are not in Google Calendar.",
                    "If you want them there, your technician sets [calendar] enabled = true and runs `sensync setup`.",
                )
            )
        if self.settings.concerns.enabled and not takes_concerns(self._store, self._workbook.id):
            found.append(
                Missing(
                    "The form for teachers' concerns takes no answers.",
                    "Your technician runs `sensync form`, which says why and how to open it.",
                )
            )
        if self.settings.post.by == "none":
            found.append(
                Missing(
                    "Letters are not sent by mail.",
                    "If you want them sent, your technician fills in [post]; until then `sensync links` prints them.",
                )
            )
        return found


def _once(who: str, once: str) -> str:
    """Of one person's press; another person's has another key, whatever they send."""
    return hashlib.sha256(f"{who}\0{once}".encode()).hexdigest()[:32]


def _press(who: str, once: str, cells: Mapping[str, Any]) -> str:
    """Of one person's press with what is written: a second Save of a card with other words is another act."""
    return _once(who, once + json.dumps(cells, sort_keys=True))


def _asked_before(waiting: Iterable[Job], cells: Iterable[str]) -> dict[str, list[Any]]:
    """Of each cell what the same person asked to have in it; a row that they add has blanks beside it."""
    payloads = [job.payload for job in waiting]
    found = {
        name: [told["cells"].get(name) for told in payloads if name in told["cells"] or told["expected"] is None]
        for name in cells
    }
    return {name: words for name, words in found.items() if words}


def _told(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as the store keeps them: a date as the number that Sheets has for it, an empty text as blank."""
    return {name: serial(value) if hasattr(value, "year") else value or None for name, value in cells.items()}


def open_addon_desk(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> AddonDesk | None:
    """The desk of the school in the configuration, on its store; None where the add-on is off.

    Raises:
        ConfigError: the store cannot be used.
        RefusedError: there is no workbook yet, or sensync.toml names another one.
    """
    if not settings.addon.enabled:
        return None
    store = Store(settings.store.url, now=now)
    store.migrate()
    workbook = known_workbook(store, settings)
    if workbook is None:
        raise RefusedError(
            "There is no workbook yet, so the add-on has nothing to show.",
            next_step="Run `sensync setup`, then `sensync sync`.",
        )
    return AddonDesk(settings, store, workbook, IdTokens(settings.google.base_url).claims, now)
