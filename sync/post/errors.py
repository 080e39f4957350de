"""What can go wrong with a letter, named by what the caller does next.

No text here holds an address, a name or a server's sentence: servers repeat addresses and subjects.
"""

from __future__ import annotations

from sync.domain.errors import NeedsPersonError, RefusedError, TryAgainError


class PostBusyError(TryAgainError):
    """The mail server cannot be reached or said "later"; the letter was not taken."""


class PostUnknownError(TryAgainError):
    """The letter was sent and no answer came: it may or may not have been taken.

    Sent again it has the same Message-ID, by which most mail programs show one of two.
    """


class PostNeedsPersonError(NeedsPersonError):
    """The mail server refuses us: password, encryption, certificate or sender must be mended."""


class LetterRefusedError(RefusedError):
    """This letter cannot be sent as it is (an address that is none, a telling subject, refused for good).

    Attributes:
        code: the server's code, None where we refused ourselves.
    """

    def __init__(self, *problems: str, next_step: str = "", code: int | None = None) -> None:
        super().__init__(*problems, next_step=next_step)
        self.code = code
