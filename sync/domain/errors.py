"""Errors, named by what the reader has to do next.

Every error is a sentence: what happened, to which thing, and what to do. It never holds a pupil's name;
a pupil is named by reference or UPN.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line (documented in docs/commands.md)."""

    OK = 0
    TRY_AGAIN = 1
    USAGE = 2
    REFUSED = 7


class SensyncError(Exception):
    """Base of all errors that we raise on purpose.

    Attributes:
        exit_code: what the command line exits with.
        problems: every problem found, one sentence each; `str(error)` joins them.
        next_step: what the reader should do, a sentence, or "".
    """

    exit_code: Exit = Exit.USAGE

    def __init__(self, *problems: str, next_step: str = "") -> None:
        super().__init__(*problems)
        self.problems: tuple[str, ...] = problems
        self.next_step = next_step

    def __str__(self) -> str:
        return "\n".join(self.problems)

    @property
    def words(self) -> str:
        """What is wrong and what to do, in one line for a person."""
        return " ".join([*self.problems, self.next_step]).strip()


class ConfigError(SensyncError):
    """The configuration cannot be used; lists every problem at once."""


class UsageError(SensyncError):
    """The command was asked for something that cannot be."""


class InputError(SensyncError):
    """A file from the MIS cannot be used at all (empty, truncated, another school's, an attack)."""

    exit_code = Exit.REFUSED


class RefusedError(SensyncError):
    """A guard refused; nothing was written; a person must look."""

    exit_code = Exit.REFUSED


class TryAgainError(SensyncError):
    """It may work later (Google busy, the network gone, another run holds the lease)."""

    exit_code = Exit.TRY_AGAIN


class NeedsPersonError(SensyncError):
    """Trying again cannot help; a person must mend something (sharing, consent, a revoked credential)."""

    exit_code = Exit.USAGE
