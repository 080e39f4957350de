"""Letters through Gmail: `users.messages.send` of a ready RFC 822 message, with the scope `gmail.send` alone.

What Gmail does not give: it takes no idempotency key, it puts a Message-ID of its own in the place of ours (FlowCrypt's
issues 4269 and 4273 report it), and with `gmail.send` nobody may look into the mailbox. So when an answer is lost,
nobody can know whether the letter went; this module then raises `OutcomeUnknownError` and never sends twice by itself.
A caller that sends again takes the risk that a family gets a letter twice; SMTP keeps our Message-ID, and most mail
programs then show one.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.domain.errors import RefusedError
from sync.google.errors import GoogleNeedsPersonError, GoogleRefusedRequestError

if TYPE_CHECKING:
    from sync.google.door import Door

_LARGEST = 25 * 1024 * 1024
"""Bytes of a message that Gmail delivers."""

_PATIENCE = 30.0
"""Seconds for one letter with all its tries: others wait behind it, and the outbox tries again by itself."""

_NO_MAILBOX = frozenset({"failedPrecondition", "FAILED_PRECONDITION"})


@dataclass(frozen=True, slots=True)
class Sent:
    """Gmail's own ids of a letter that it took."""

    id: str
    thread: str


def send(door: Door, message: bytes) -> Sent:
    """Sends one letter from the mailbox of the door's account.

    Args:
        door: the door to Google.
        message: as `sync.post.letters.as_bytes` makes it. Gmail puts the account's own address into From where ours is
            neither it nor one of its aliases.

    Raises:
        OutcomeUnknownError: no sound answer came; the letter may have gone.
        GoogleBusyError: nothing was sent; try later.
        GoogleNeedsPersonError: scope, mailbox or daily limit.
        RefusedError: Gmail will not take this letter as it is.
    """
    if len(message) > _LARGEST:
        raise RefusedError("A letter is larger than Gmail takes (25 MB).", next_step="Leave attachments out.")
    try:
        body = {"raw": base64.urlsafe_b64encode(message).decode()}
        answer = door.call("POST", _send(door), body=body, deadline=_PATIENCE)
    except GoogleRefusedRequestError as error:
        raise _refused(door, error) from error
    return Sent(str(answer.get("id", "")), str(answer.get("threadId", "")))


def room(door: Door, *, keep: float = 0.0) -> int | None:
    """How many letters could be sent at once without waiting for our quota; None where none is set.

    Args:
        door: the door to Google.
        keep: the share of a minute's letters that is to stay free for others.
    """
    return door.room(_send(door), keep=keep)


def look(door: Door) -> None:
    """Whether letters could be sent, without sending any.

    An empty message is refused with 400 only after scope and API were found in order. That an account has a mailbox is
    not certain by this: the local workspace looks at the message first, and what Gmail does is not known to us.

    Raises:
        SensyncError: as `send` does.
    """
    try:
        door.call("POST", _send(door), body={"raw": ""}, repeatable=True)
    except GoogleRefusedRequestError as error:
        if error.status != HTTPStatus.BAD_REQUEST or error.reason in _NO_MAILBOX:
            raise _refused(door, error) from error


def _send(door: Door) -> str:
    return f"{door.endpoints.gmail}/users/me/messages/send"


def _refused(door: Door, error: GoogleRefusedRequestError) -> GoogleNeedsPersonError | RefusedError:
    if error.reason in _NO_MAILBOX:
        return GoogleNeedsPersonError(
            f"{door.account} has no mailbox in Gmail.",
            next_step='Set [google] subject to the school\'s mailbox, or send by SMTP ([post] by = "smtp").',
            status=error.status,
            reason=error.reason,
        )
    # Google's sentence is left out: it may quote the address of a parent.
    return RefusedError(
        f"Gmail refused a letter ({error.status} {error.reason}).",
        next_step="Look at the address that the letter is for; the rest of the letter is made by Sensync.",
    )
