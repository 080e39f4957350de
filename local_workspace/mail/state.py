"""The mailboxes of a workspace.

A mail that is sent stands in the sender's mailbox and in the inbox of each recipient who has an account here. Mail to
others goes no further: it can be read in the sender's outbox.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict, dataclass, replace
from email.utils import format_datetime, formataddr, getaddresses, make_msgid
from typing import TYPE_CHECKING, Any

from . import mime

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]

KINDS = ("mail", "alias")


@dataclass(frozen=True, slots=True)
class Mailed:
    """A message in one mailbox.

    Attributes:
        raw: the message in base64, for the state file's sake.
        date: when it was sent or came, in milliseconds since 1970.
        history: the number of its last change.
        by_calendar: whether Calendar sent it for the owner; Gmail shows no such mail among the sent ones, the outbox
            page does.
    """

    id: str
    thread: str
    owner: str
    labels: tuple[str, ...]
    raw: str
    date: int
    history: int
    by_calendar: bool = False

    @property
    def bytes(self) -> bytes:
        """The message."""
        return base64.b64decode(self.raw)


class Mail:
    """Everybody's mail. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self.messages: dict[str, dict[str, Mailed]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.history = 1000

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        rows = [Mailed(**{**body, "labels": tuple(body["labels"])}) for _, body in store.things("mail")]
        for row in sorted(rows, key=lambda row: row.history):
            self.messages.setdefault(row.owner, {})[row.id] = row
            self.history = max(self.history, row.history)
        for email, body in store.things("alias"):
            self.aliases[email] = tuple(body["aliases"])

    def reset(self) -> None:
        """Forget every message."""
        self.messages.clear()
        if self._ws.store is not None:
            self._ws.store.clear("mail")

    def add_aliases(self, email: str, aliases: list[str]) -> None:
        """Addresses that an account may send as."""
        self.aliases[email] = tuple(alias.lower() for alias in aliases)
        if self._ws.store is not None:
            self._ws.store.put("alias", email, {"aliases": list(self.aliases[email])})

    def of(self, email: str, *, outbox: bool = False) -> list[Mailed]:
        """Somebody's messages, the newest first; with `outbox` also what Calendar sent for them."""
        rows = [row for row in self.messages.get(email, {}).values() if outbox or not row.by_calendar]
        return sorted(rows, key=lambda row: (row.date, row.history), reverse=True)

    def get(self, email: str, message_id: str) -> Mailed | None:
        """One of somebody's messages."""
        return self.messages.get(email, {}).get(message_id)

    def keep(self, row: Mailed) -> Mailed:
        """Keep a message as changed now."""
        self.history += 1
        row = replace(row, history=self.history)
        self.messages.setdefault(row.owner, {})[row.id] = row
        if self._ws.store is not None:
            self._ws.store.put("mail", f"{row.owner}\n{row.id}", asdict(row))
        return row

    def drop(self, row: Mailed) -> None:
        """Delete a message for good."""
        self.messages.get(row.owner, {}).pop(row.id, None)
        if self._ws.store is not None:
            self._ws.store.drop("mail", f"{row.owner}\n{row.id}")

    def may_send_as(self, email: str) -> list[str]:
        """The addresses that an account may send as, its own first."""
        return [email, *self.aliases.get(email, ())]

    def _holder(self, address: str) -> str | None:
        """The account whose mailbox an address is."""
        for email in self._ws.accounts:
            if address in (email.lower(), *self.aliases.get(email, ())):
                return email
        return None

    def _thread(self, owner: str, message: Any, message_id: str) -> str:
        """The thread of the message that it answers, else one of its own."""
        named = f"{message.get('In-Reply-To', '')} {message.get('References', '')}".split()
        if named:
            for row in self.messages.get(owner, {}).values():
                if str(mime.parse(row.bytes).get("Message-ID", "")).strip() in named:
                    return row.thread
        return message_id

    def send(self, sender: str, raw: bytes, *, thread: str = "", by_calendar: bool = False) -> Mailed:
        """Send a message for an account.

        The sender must be the account or one of its aliases; another is replaced by the account, as Gmail does.
        """
        message = mime.parse(raw)
        self._put_straight(sender, message)
        recipients = mime.addresses(message, "To", "Cc", "Bcc")
        now = int(self._ws.now().timestamp() * 1000)
        message_id = f"{now:x}".rjust(11, "0")[-11:] + secrets.token_hex(3)[:5]
        own = thread or self._thread(sender, message, message_id)
        text = base64.b64encode(mime.serialised(message)).decode()
        labels: tuple[str, ...] = () if by_calendar else ("SENT",)
        holders = dict.fromkeys(holder for holder in map(self._holder, recipients) if holder)
        if sender in holders and not by_calendar:
            labels = ("UNREAD", "SENT", "INBOX")
            holders.pop(sender)
        sent = self.keep(Mailed(message_id, own, sender, labels, text, now, 0, by_calendar))
        del message["Bcc"]
        text = base64.b64encode(mime.serialised(message)).decode()
        for holder in holders:
            other = f"{now:x}".rjust(11, "0")[-11:] + secrets.token_hex(3)[:5]
            theirs = self._thread(holder, message, other)
            self.keep(Mailed(other, theirs, holder, ("UNREAD", "INBOX"), text, now, 0))
        return sent

    def _put_straight(self, sender: str, message: Any) -> None:
        """Give a message the headers that Gmail sets."""
        given = getaddresses([str(message.get("From", ""))])
        name, address = (mime.words(given[0][0]), given[0][1]) if given else ("", "")
        if address.lower() not in [own.lower() for own in self.may_send_as(sender)]:
            del message["From"]
            message["From"] = formataddr((name, sender)) if name else sender
        if not message.get("Date"):
            message["Date"] = format_datetime(self._ws.now())
        if not message.get("Message-ID"):
            message["Message-ID"] = make_msgid(domain="mail.gmail.com")
        if not message.get("MIME-Version"):
            message["MIME-Version"] = "1.0"
