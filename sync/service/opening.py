"""Opens what a run works with, from the configuration."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sync.domain.response_clock import clock_of
from sync.google.credentials import BUSY_SCOPES, SCOPES, open_door, wanted_scopes
from sync.mis import ReadOptions, read
from sync.plan.guards import Limits
from sync.service.concern_cases import hours_of
from sync.service.desk import Desk
from sync.service.setup import Wish
from sync.service.templates import load_teachers_template, load_template
from sync.service.which import known_workbook
from sync.service.wordlists import load_given_names
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.config import ConcernSettings, Settings
    from sync.domain.records import MisData
    from sync.google.door import Door
    from sync.plan.casebook import Starter


@contextmanager
def open_desk(
    settings: Settings,
    *,
    progress: Callable[[str], None] | None = None,
    interactive: bool = False,
    adopt: bool = False,
) -> Iterator[Desk]:
    """The desk for one school; the store is closed afterwards.

    Args:
        settings: the configuration.
        progress: told in a few words what is being done.
        interactive: whether a person is there to sign in with a browser.
        adopt: whether the workbook that sensync.toml names may take the place of the store's.

    Raises:
        RefusedError: sensync.toml names another workbook than the store, and `adopt` is not given.
    """
    features = features_of(settings)
    template = load_template(settings.workbook.templates_dir, features)
    teachers = load_teachers_template(settings.workbook.templates_dir, features)
    store = Store(settings.store.url)
    door: Door | None = None
    try:
        store.migrate()
        if not adopt:
            known_workbook(store, settings)
        # A run needs the workbook and her busy times alone; whoever signs in is asked once for all that is switched on.
        busy = settings.calendar.editors if settings.calendar.busy_times else ()
        scopes = wanted_scopes(settings) if interactive else (*SCOPES, *(BUSY_SCOPES if busy else ()))
        door = open_door(settings.google, interactive=interactive, scopes=scopes)
        guards = settings.guards
        desk = Desk(
            door=door,
            store=store,
            template=template,
            teachers=teachers,
            school=settings.school.key,
            zone=settings.school.zone,
            calendars=busy,
            staff=settings.workbook.share_with_teachers,
            responders=settings.concerns.responders,
            concern_clock=_concern_clock(settings.concerns) if settings.concerns.enabled else None,
            given_names=load_given_names(settings.workbook.templates_dir),
            limits=replace(
                Limits(),
                leavers_share=guards.max_leavers_share,
                status_share=guards.max_status_changes_share,
                min_roll=guards.min_roll,
            ),
        )
        if progress:
            desk.progress = progress
            door.hooks.waiting.append(lambda why, seconds: progress(f"{why} Going on in {seconds:.0f} s"))
        yield desk
    finally:
        if door is not None:
            door.close()  # type: ignore[no-untyped-call]
        store.close()


def _concern_clock(concerns: ConcernSettings) -> Starter:
    return partial(clock_of, hours=hours_of(concerns))


def mis_reader(settings: Settings, desk: Desk) -> Callable[[], MisData]:
    """What reads the school's MIS files, as of the school's day."""
    options = read_options(settings)
    return lambda: read(settings.mis.paths, options, today=desk.wall_clock().date())


def read_options(settings: Settings) -> ReadOptions:
    """Whose files the readers expect, and how this school names things."""
    mis = settings.mis
    return ReadOptions(
        la=settings.school.la,
        estab=settings.school.estab,
        aliases=mis.aliases,
        provision_aliases=mis.provision_aliases,
        precedence=mis.precedence,
    )


def wish(settings: Settings, *, adopt: bool = False) -> Wish:
    """What the configuration says of the workbooks."""
    book = settings.workbook
    return Wish(
        title=book.title or "",
        locale=settings.school.locale,
        time_zone=settings.school.time_zone,
        spreadsheet_id=book.spreadsheet_id or "",
        teachers_spreadsheet_id=book.teachers_spreadsheet_id or "",
        folder_id=settings.google.folder_id or "",
        share_with=book.share_with,
        share_with_teachers=book.share_with_teachers,
        adopt=adopt,
    )


def features_of(settings: Settings) -> tuple[str, ...]:
    """What is switched on of what templates know (`sync.plan.template.FEATURES`)."""
    return ("concerns",) if settings.concerns.enabled else ()


def address(settings: Settings, spreadsheet_id: str) -> str:
    """Where a person opens a workbook."""
    return f"{settings.google.pages}/spreadsheets/d/{spreadsheet_id}/edit"
