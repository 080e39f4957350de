"""A letter as an RFC 822 message: from the school's mailbox, with a neutral subject, as text and simple HTML. Pure.

Nothing that a person typed can add a header: every header goes through `email`'s structured headers, and what holds a
line break or another invisible character is refused before.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from sync.domain.neutral import betrays
from sync.post.errors import LetterRefusedError
from sync.post.invites import as_ics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.post.invites import Invite

_LONGEST_SUBJECT = 150
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})


@dataclass(frozen=True, slots=True)
class Link:
    """A paragraph that is a link: what it says, and where it leads (https, or http to this computer)."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Sender:
    """The school's mailbox, and the name that is shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one adult.

    Attributes:
        key: ours (the outbox row's); the same letter sent again has the same key, and so the same Message-ID.
        to: the adult's address; never two, so that no family sees another's.
        subject: neutral.
        paragraphs: of the body, in order; plain text, or a link.
        language: BCP 47, such as `en` or `ur`.
        invite: the appointment.
        reply_to: where answers go, if not to the sender.
    """

    key: str
    to: str
    subject: str
    paragraphs: tuple[str | Link, ...]
    language: str = "en"
    invite: Invite | None = None
    reply_to: str = ""


def compose(letter: Letter, sender: Sender, *, now: datetime, names: Iterable[str] = ()) -> EmailMessage:
    """The message, whole and ready to be sent.

    Args:
        letter: what is to be said, to whom.
        sender: the school.
        now: aware; the Date of the letter.
        names: of the pupils on the roll, none of which a subject or an appointment's title may hold.

    Raises:
        LetterRefusedError: an address is none, a subject or title tells too much, a link is none.
    """
    names = tuple(names)
    own, theirs = address_of(sender.address, "the school's mailbox"), address_of(letter.to, "the address")
    subject = _subject(letter.subject, names, "subject")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_line(sender.name, "the school's name"), own.username, own.domain)
    message["To"] = theirs
    if letter.reply_to:
        message["Reply-To"] = address_of(letter.reply_to, "the address for answers")
    message["Subject"] = subject
    message["Date"] = now.astimezone(UTC)
    message["Message-ID"] = message_id(letter.key, own.domain)
    # RFC 3834, section 5: no out-of-office answers to this one.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(letter.paragraphs), cte="quoted-printable")
    message.add_alternative(as_html(letter), subtype="html", cte="quoted-printable")
    if letter.invite is not None:
        _subject(letter.invite.title, names, "title of the appointment")
        _attach(message, letter.invite, own, theirs, now)
    # Last, because `email` takes a Content header for one of the first part's as soon as there are several.
    message["Content-Language"] = _language(letter.language)
    return message


def as_bytes(message: EmailMessage) -> bytes:
    """The message as it goes over the wire, with CR LF at the ends of its lines."""
    return message.as_bytes(policy=SMTP)


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a letter: the same for the same key, and telling nothing of it."""
    return f"<{hashlib.sha256(f'sensync letter{chr(0)}{key}'.encode()).hexdigest()[:40]}@{domain}>"


def address_of(text: str, what: str) -> Address:
    """An e-mail address, in the plain form that all mail servers take (RFC 5321's dot-string, ASCII).

    Raises:
        LetterRefusedError: it is none; the sentence does not repeat it.
    """
    found = _ADDRESS.fullmatch(text.strip(" "))
    if found is None or len(found["local"]) > 64 or len(found["domain"]) > 255:  # noqa: PLR2004 - RFC 5321, 4.5.3.1
        raise LetterRefusedError(
            f"A letter was not sent: {what} is not an e-mail address.",
            next_step="Correct it in the MIS (for a contact) or in sensync.toml (for the school).",
        )
    return Address("", found["local"], found["domain"])


def as_text(paragraphs: Iterable[str | Link]) -> str:
    """The body as plain text; a link stands on a line of its own, where mail programs find it."""
    parts = [
        f"{_body(each.label)}:\n{_url(each.url)}" if isinstance(each, Link) else _body(each) for each in paragraphs
    ]
    return "\n\n".join(parts) + "\n"


def as_html(letter: Letter) -> str:
    """The body as HTML without styles of other places, pictures or scripts: nothing is fetched when it is read."""
    language = _language(letter.language)
    direction = "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
    paragraphs = "\n".join(f"<p>{_html(each)}</p>" for each in letter.paragraphs)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction}">\n<head><meta charset="utf-8">'
        f"<title>{html.escape(letter.subject)}</title></head>\n"
        f'<body style="font-family: sans-serif; font-size: 1em; line-height: 1.5">\n{paragraphs}\n</body>\n</html>\n'
    )


def _html(paragraph: str | Link) -> str:
    if isinstance(paragraph, Link):
        return f'<a href="{html.escape(_url(paragraph.url))}">{html.escape(_body(paragraph.label))}</a>'
    return html.escape(_body(paragraph)).replace("\n", "<br>\n")


def _attach(message: EmailMessage, invite: Invite, own: Address, theirs: Address, now: datetime) -> None:
    """The appointment, as mail programs want it: as one more form of the body (RFC 6047), and as a file to open."""
    content = as_ics(invite, organiser=own.addr_spec, attendee=theirs.addr_spec, now=now)
    message.add_alternative(
        content.decode().replace("\r\n", "\n"),
        subtype="calendar",
        params={"method": str(invite.method)},
        cte="base64",
    )
    message.add_attachment(content, maintype="application", subtype="ics", filename="appointment.ics")


def _subject(text: str, names: Iterable[str], what: str) -> str:
    line = _line(text, f"the {what}")
    found = betrays(line, names)
    if found or not line or len(line) > _LONGEST_SUBJECT:
        raise LetterRefusedError(
            f"A letter was not sent: its {what} {f'holds {found}' if found else 'is empty or too long'}.",
            next_step="Write one that names nobody and no need, such as: Your meeting at school.",
        )
    return line


def _line(text: str, what: str) -> str:
    """A text for a header.

    Raises:
        LetterRefusedError: it holds a line break or another character that cannot be seen, written out or encoded.
    """
    # `email` decodes what looks like an encoded word (RFC 2047) when a header is set: "=??Q?=0D" would be a line break.
    if "=?" in text or any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text):
        raise LetterRefusedError(
            f"A letter was not sent: {what} holds a line break or another character that cannot be seen.",
            next_step="Type it anew.",
        )
    return " ".join(text.split())


def _body(text: str) -> str:
    """A paragraph with plain line ends, without half characters and control characters."""
    kept = (c for c in "\n".join(text.splitlines()) if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept)


def _url(url: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise LetterRefusedError("A letter was not sent: a link in it is not a web address.", next_step="Report this.")
    return url


def _language(tag: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
        raise LetterRefusedError(
            "A letter was not sent: its language is not a tag such as en.", next_step="Report this."
        )
    return tag
