"""The lines of `sensync check` for the hooks of the forms: whether each told of the newest response.

Nobody but Google and the form's script can try them, so what they did is looked at. What a hook loses, the next sweep
finds; that is why one that is silent is seen nowhere else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sync.clock import utc_now
from sync.domain.concerns import FormKey
from sync.domain.errors import SensyncError
from sync.domain.school_clock import say_instant
from sync.service.check_line import CheckLine, failed
from sync.service.concern_hooks import PUSH, SCRIPT, read_secret
from sync.service.forget import KEPT
from sync.service.form_words import NAMES
from sync.store import Concerns, Nudges, Robins, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.config import Settings

_WAYS: Final = {SCRIPT: "Form's script", PUSH: "Pub/Sub"}
_REPAIRS: Final = {
    SCRIPT: "If the script was put into the form before that, look at its executions (Extensions, Apps Script) and at "
    "addon/apps_script/README.md. If it is new, send the form once to try it. Until then the sweep finds responses.",
    PUSH: "If the subscription was there before that, look at its messages in Google Cloud and at "
    "docs/concerns-hooks.md. If it is new, send the form once to try it. Until then the sweep finds responses.",
}
_BEFORE: Final = timedelta(minutes=5)
"""How far the clocks of Google and of this machine may be apart."""


def look_at_hooks(settings: Settings, now: Callable[[], datetime] = utc_now) -> Iterator[CheckLine]:
    """One line for each hook that is configured and each form; none where concerns are off or before set-up."""
    if not settings.concerns.enabled:
        return
    try:
        ways = [SCRIPT] if read_secret(settings.concerns) else []
        ways += [PUSH] if settings.concerns.pubsub_audience else []
        if not ways:
            return
        with Store(settings.store.url) as store:
            workbook = store.workbook(settings.school.key)
            if workbook is not None:
                yield from (line for way in ways for line in _lines(store, workbook.id, way, now()))
    except SensyncError as error:
        yield failed("Hooks", error)


def _lines(store: Store, workbook_id: int, way: str, now: datetime) -> Iterator[CheckLine]:
    heard = Nudges(store).heard(workbook_id, way)
    sent = {
        FormKey.CONCERN: Concerns(store).last_sent(workbook_id),
        FormKey.ROBIN: Robins(store).last_sent(workbook_id),
    }
    for form, last in sent.items():
        # What was heard longer ago is forgotten.
        lately = last if last is not None and now - last < KEPT else None
        yield _line(f"{_WAYS[way]}, {NAMES[form]}", heard.get(form), lately, _REPAIRS[way])


def _line(name: str, heard: datetime | None, sent: datetime | None, repair: str) -> CheckLine:
    if sent is None:
        found = f"heard on {say_instant(heard)}" if heard else "no response came lately that it could tell of"
        return CheckLine(name, passed=True, found=found)
    if heard is None or heard < sent - _BEFORE:
        last = f"last heard on {say_instant(heard)}" if heard else "not heard"
        return CheckLine(name, passed=False, found=f"{last}; a response was sent on {say_instant(sent)}", repair=repair)
    return CheckLine(name, passed=True, found=f"heard on {say_instant(heard)}")
