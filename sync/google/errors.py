"""What can go wrong at the door, named by what the caller does next.

No text here holds a URL, a body or a value: Google's own sentences are passed on with what they quote taken
out, since a quoted value may be a child's name.
"""

from __future__ import annotations

import re

from sync.domain.errors import Exit, NeedsPersonError, SensyncError, TryAgainError

_LONGEST = 300
_QUOTED = re.compile(r'"[^"]*"?|“[^”]*”?')


def safe_message(message: str) -> str:
    """Google's sentence without anything that it quotes, without its further lines, at most 300 characters.

    `Invalid value at 'data.values' (type), "Anya"` keeps the path and loses the value.
    """
    first_line = message.strip().split("\n", 1)[0]
    return _QUOTED.sub("“…”", first_line)[:_LONGEST]


class GoogleBusyError(TryAgainError):
    """Google, or the way to it, did not let us in; nothing was done. `wait` is in seconds, if stated."""

    def __init__(self, *problems: str, next_step: str = "", wait: float | None = None) -> None:
        super().__init__(*problems, next_step=next_step)
        self.wait = wait


class OutcomeUnknownError(TryAgainError):
    """A write was sent and no sound answer came back: it may or may not have been done.

    The caller reads again and plans again; it never repeats the write blindly.
    """


class GoogleNeedsPersonError(NeedsPersonError):
    """Google refused, and only a person can mend why.

    Attributes:
        status: the HTTP status, None where Google's sign-in refused.
        reason: Google's word for it, such as `SERVICE_DISABLED` or `storageQuotaExceeded`.
    """

    def __init__(self, *problems: str, next_step: str, status: int | None, reason: str) -> None:
        super().__init__(*problems, next_step=next_step)
        self.status = status
        self.reason = reason


class GoogleRefusedRequestError(SensyncError):
    """Google understood the request and will not do it (400, 409, 410, 412 and the like); nothing was done.

    Attributes:
        status: the HTTP status.
        reason: Google's word for it, such as `INVALID_ARGUMENT`, `duplicate` or `fullSyncRequired`.
        google_message: Google's sentence, whole. It may quote a cell: never log or print it.
    """

    exit_code = Exit.TRY_AGAIN

    def __init__(self, service: str, *, status: int, reason: str, google_message: str) -> None:
        super().__init__(
            f"{service} refused the request ({status} {reason}): {safe_message(google_message)}",
            next_step="Run again: a tab or column may have changed meanwhile. If the same message returns, "
            "report it with the version of Sensync.",
        )
        self.status = status
        self.reason = reason
        self.google_message = google_message


class IdSpentError(TryAgainError):
    """The id of an event was used by one that cannot be brought back: make it with the id's next generation."""
