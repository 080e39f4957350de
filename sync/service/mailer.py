"""The school's letter box: one letter at a time, by Gmail or by a mail server, opened only when there is a letter."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sync.domain.errors import SensyncError
from sync.google import mail
from sync.google.errors import OutcomeUnknownError
from sync.post.errors import PostUnknownError
from sync.post.letters import Sender, as_bytes, compose
from sync.post.smtp import Post, server_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync.config import PostSettings
    from sync.google.door import Door
    from sync.post.letters import Letter

PLENTY = 1000
"""More letters than one turn sends: nothing holds them back."""

LOST_ANSWERS = (OutcomeUnknownError, PostUnknownError)
"""A letter that may or may not have gone."""


class Mailer:
    """Sends letters as `[post]` says.

    Args:
        settings: the section; `by` is not `none`.
        door: gives the door to Google, for Gmail.
        post: opens a mail server; for tests.
    """

    def __init__(
        self, settings: PostSettings, door: Callable[[], Door], post: Callable[[], Post] | None = None
    ) -> None:
        self._settings = settings
        self._door = door
        self._open = post or (lambda: Post(server_of(settings)))
        self._post: Post | None = None

    def send(self, letter: Letter, names: tuple[str, ...], now: datetime) -> None:
        """Sends one letter.

        Args:
            letter: the letter.
            names: of the pupils on the roll, none of which its subject may hold.
            now: its date.

        Raises:
            SensyncError: as `sync.google.mail.send` and `sync.post.smtp.Post.send` do.
        """
        sender = Sender(self._settings.sender or "", self._settings.sender_name)
        message = compose(letter, sender, now=now, names=names)
        if self._settings.by == "gmail":
            mail.send(self._door(), as_bytes(message))
            return
        if self._post is None:
            self._post = self._open()
        self._post.send(message)

    def room(self, *, keep: float = 0.0) -> int:
        """How many letters could be sent at once, without waiting for a quota.

        Args:
            keep: the share of a minute's letters that is to stay free for others.
        """
        if self._settings.by != "gmail":
            return PLENTY
        try:
            left = mail.room(self._door(), keep=keep)
        except SensyncError:
            # Why there is no door is told with the letter for which it was wanted.
            return 1
        return PLENTY if left is None else left

    def close(self) -> None:
        """Says goodbye to the mail server; the next letter opens it again."""
        post, self._post = self._post, None
        if post is not None:
            with suppress(OSError):
                post.__exit__(None, None, None)
