"""The watch by which Google Forms tells our Pub/Sub topic of responses: made, renewed, made again when it was lost."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import SensyncError
from sync.domain.families import Notice
from sync.google import form_responses
from sync.store import Forms, Notices

if TYPE_CHECKING:
    from datetime import datetime

    from sync.google.door import Door
    from sync.google.form_responses import Watch
    from sync.store import KnownForm, Store

_LOG = logging.getLogger(__name__)

ACTIVE = "ACTIVE"
_RENEW_BEFORE = timedelta(days=6, hours=12)
"""A watch lasts seven days. Renewed daily, one that Forms suspended is mended within a day."""

_TRY_AGAIN = timedelta(hours=6)


def keep_watch(store: Store, workbook_id: int, door: Door, form: KnownForm, topic: str, now: datetime) -> None:
    """Sees that a form has a watch on it that goes to our topic and lasts; none where there is no topic any more.

    A watch is a convenience: without one a sweep finds the response. So what Google refuses is said in a notice, and
    tried again some hours later.
    """
    notices, key = Notices(store), f"form:{form.key}:watch"
    if (
        (form.watch_topic or "") == topic
        and form.watch_expires is not None
        and form.watch_expires - now > _RENEW_BEFORE
    ):
        return
    if notices.has(workbook_id, key, now - _TRY_AGAIN):
        return
    try:
        if not topic:
            _stop(store, workbook_id, door, form)
        else:
            watch = (_renewed(door, form) if form.watch_topic == topic else None) or _made(door, form.form_id, topic)
            Forms(store).watched(workbook_id, form.key, watch.id, watch.expires, topic)
    except SensyncError as error:
        _LOG.warning("no watch on the form %s: %s", form.key, type(error).__name__)
        what = f"Google cannot tell Sensync of responses at once, so they are found a little later. {error.words}"
        notices.put(workbook_id, [Notice(key, "Google Forms", what)], now)
    else:
        notices.withdraw(workbook_id, key)


def _stop(store: Store, workbook_id: int, door: Door, form: KnownForm) -> None:
    if form.watch_id is not None:
        form_responses.stop_watch(door, form.form_id, form.watch_id)
    Forms(store).watched(workbook_id, form.key, None, None, None)


def _renewed(door: Door, form: KnownForm) -> Watch | None:
    """The watch that we know of, renewed; None where it has ended, is none of ours any more, or stays suspended."""
    if form.watch_id is None:
        return None
    try:
        watch = form_responses.renew_watch(door, form.form_id, form.watch_id)
    except SensyncError:
        # What suspended it is still so, or Forms is busy: making another tells which.
        return None
    return watch if watch is not None and watch.state == ACTIVE else None


def _made(door: Door, form_id: str, topic: str) -> Watch:
    """A watch on a form: one that is there already, of which the answer was lost, or a new one."""
    for each in form_responses.watches(door, form_id):
        if each.topic == topic and each.state == ACTIVE:
            return form_responses.renew_watch(door, form_id, each.id) or form_responses.start_watch(
                door, form_id, topic
            )
        # One a form is allowed: what goes elsewhere, or nowhere, is in the way.
        form_responses.stop_watch(door, form_id, each.id)
    return form_responses.start_watch(door, form_id, topic)
