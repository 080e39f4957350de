"""The forms as they were last seen, and links that fill the concern form in, for whoever puts them where staff look."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.concerns import FormKey
from sync.domain.errors import UsageError
from sync.plan.form import class_link, pupil_link
from sync.plan.teachers import classes_of
from sync.service.form_setup import FormReport, Wanted, keep_forms
from sync.service.opening import open_desk
from sync.service.to_change import inert
from sync.service.which import known_workbook
from sync.store import Forms, FormState, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync.config import Settings
    from sync.store import KnownForm

COLUMNS = ("Class", "Link")


@dataclass(frozen=True, slots=True)
class ClassLink:
    """A class and the address of the concern form with that class filled in."""

    group: str
    url: str


@dataclass(frozen=True, slots=True)
class KnownForms:
    """What the store knows: the forms, and a link for each class of the last sync."""

    forms: tuple[KnownForm, ...]
    classes: tuple[ClassLink, ...]


def known_forms(settings: Settings) -> KnownForms:
    """The forms as they were last seen; Google is not called.

    Raises:
        UsageError: `[concerns]` is off, or nothing was made yet.
        RefusedError: sensync.toml names another workbook than the store.
    """
    _require_enabled(settings)
    with Store(settings.store.url) as store:
        store.migrate()
        workbook = known_workbook(store, settings)
        found = Forms(store).all(workbook.id) if workbook else {}
        if workbook is None or not found:
            raise UsageError("The forms are not made yet.", next_step="Run `sensync setup`.")
        form = found.get(FormKey.CONCERN)
        groups = classes_of(store.seen(workbook.id).rows.get("roll", {})) if form else []
    links = [ClassLink(group, class_link(form.responder_uri, form.questions, group)) for group in groups if form]
    return KnownForms(tuple(found[key] for key in FormKey if key in found), tuple(links))


def concern_link(store: Store, workbook_id: int, ref: str) -> str:
    """The concern form with a pupil filled in by reference; "" where it takes no answers, or was never made."""
    form = _open_form(store, workbook_id)
    return "" if form is None else pupil_link(form.responder_uri, form.questions, ref)


def takes_concerns(store: Store, workbook_id: int) -> bool:
    """Whether the concern form takes answers."""
    return _open_form(store, workbook_id) is not None


def _open_form(store: Store, workbook_id: int) -> KnownForm | None:
    form = Forms(store).find(workbook_id, FormKey.CONCERN)
    return form if form is not None and form.state is FormState.OPEN else None


def mend_forms(settings: Settings, wanted: Wanted, progress: Callable[[str], None]) -> tuple[FormReport, ...]:
    """Opens forms that were closed, or makes those again that are gone.

    Raises:
        UsageError: `[concerns]` is off, or there is no workbook yet.
        SensyncError: as `keep_forms` does.
    """
    _require_enabled(settings)
    with open_desk(settings, progress=progress) as desk:
        workbook = known_workbook(desk.store, settings)
        if workbook is None:
            raise UsageError("There is no workbook yet.", next_step="Run `sensync setup`.")
        progress("Looking at the forms")
        return keep_forms(desk.store, workbook, settings, desk.door, desk.now, wanted)


def as_csv(links: Iterable[ClassLink]) -> str:
    """The links as CSV; a class that would run as a formula is led in by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([inert(link.group), link.url] for link in links)
    return out.getvalue()


def _require_enabled(settings: Settings) -> None:
    if not settings.concerns.enabled:
        raise UsageError(
            "Teachers' concerns are switched off.", next_step="Set [concerns] enabled = true in sensync.toml."
        )
