"""The lines of `sensync check` for what is switched on beside the workbook: calendar, busy times, letters.

Each is asked with a token for its own scopes alone, so that a permission that is missing fails its own line and names
itself, and in a way that changes nothing and sends nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import SensyncError
from sync.google import calendars, forms, mail
from sync.google.credentials import BUSY_SCOPES, CALENDAR_SCOPES, MAIL_SCOPES, SCOPES, SHARE_SCOPES
from sync.google.errors import GoogleNeedsPersonError
from sync.post.smtp import Post, server_of
from sync.service.check_line import CheckLine, failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.config import PostSettings, Settings
    from sync.google.door import Door

_SCOPE_REASONS = frozenset(
    {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "invalid_scope", "unauthorized_client"}
)


def look_at_features(settings: Settings, open_with: Callable[..., Door], *, google: bool) -> Iterator[CheckLine]:
    """One line for each feature that the configuration switches on; none for those that are off.

    Without `google` (it has let us down already, and a line says so) only the mail server is looked at.
    """

    def look(name: str, scopes: Sequence[str], found: str, ask: Callable[[Door], object]) -> CheckLine:
        try:
            with open_with(settings.google, scopes=scopes) as door:
                ask(door)
        except SensyncError as error:
            return _with_scopes(failed(name, error), error, scopes)
        return CheckLine(name, passed=True, found=found)

    if settings.post.by == "smtp":
        yield _look_at_smtp(settings.post)
    if not google:
        return
    calendar = settings.calendar
    if calendar.enabled:
        yield look("Calendar", CALENDAR_SCOPES, "a calendar can be made and found again", calendars.look)
        if calendar.is_shared:
            yield look("Calendar sharing", SHARE_SCOPES, "the calendar can be shared", calendars.look_at_sharing)
    if calendar.busy_times:
        now = datetime.now(UTC)
        yield look(
            "Busy times", BUSY_SCOPES, "can be asked for", lambda door: calendars.busy(door, (), now, now + _INSTANT)
        )
    if settings.concerns.enabled:
        yield look("Forms", SCOPES, "forms can be made and read", forms.look)
    if settings.post.by == "gmail":
        yield look("Letters", MAIL_SCOPES, "can be sent through Gmail", mail.look)


_INSTANT = timedelta(minutes=1)


def _with_scopes(line: CheckLine, error: SensyncError, scopes: Sequence[str]) -> CheckLine:
    """The line, with the very scopes to add where a permission is what is missing."""
    if not isinstance(error, GoogleNeedsPersonError) or error.reason not in _SCOPE_REASONS:
        return line
    repair = (
        f"Sign in again with `sensync setup` and tick every box; or add {' and '.join(scopes)} to the delegation of "
        "the service account (Admin console, Security, API controls)."
    )
    return CheckLine(line.name, passed=False, found=line.found, repair=repair)


def _look_at_smtp(post: PostSettings) -> CheckLine:
    try:
        with Post(server_of(post)) as opened:
            opened.look()
    except SensyncError as error:
        return failed("Letters", error)
    return CheckLine("Letters", passed=True, found="the mail server lets us in")
