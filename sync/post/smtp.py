"""Letters by SMTP, through the school's own mail server or its provider's.

Encryption is a must (STARTTLS, or TLS from the start), but for a relay on this very computer. Every refusal is sorted
by what the caller does next: later (4yz), a person is needed (sign-in, encryption, sender), or this letter never (5yz).
"""

from __future__ import annotations

import os
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from sync.domain.errors import NeedsPersonError
from sync.post.errors import LetterRefusedError, PostBusyError, PostNeedsPersonError, PostUnknownError
from sync.post.letters import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import EmailMessage
    from pathlib import Path

    from sync.config import PostSettings

PASSWORD_VARIABLE = "SENSYNC_SMTP_PASSWORD"  # noqa: S105 - the name of a variable, not a password

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_LATER = "Sensync tries again later by itself; if it stays so, look at [post] host and port, and at the mail server."


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `security`: `starttls` (port 587), `ssl` (465), or `none`, on this computer only.

    `timeout` is in seconds, for connecting and for each answer.
    """

    host: str
    port: int = 587
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    ca_file: Path | None = None


def read_password(file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """The password: from the environment, else from its file; its last line end is no part of it.

    Raises:
        NeedsPersonError: there is none, or the file cannot be read.
    """
    given = environment.get(PASSWORD_VARIABLE, "")
    if given or file is None:
        text = given
    else:
        try:
            text = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise NeedsPersonError(
                f"{file} ([post] password_file) cannot be read: {why}.",
                next_step="Correct the path in sensync.toml, or let this user read the file.",
            ) from error
    if not text:
        raise NeedsPersonError(
            "There is no password for the mail server.",
            next_step=f"Put it into {PASSWORD_VARIABLE}, or into the file that [post] password_file names.",
        )
    return text


def server_of(post: PostSettings) -> Server:
    """The mail server that `[post]` describes, with its password.

    Raises:
        NeedsPersonError: the password is missing.
    """
    return Server(
        host=post.host or "",
        port=post.port,
        security=post.security,
        user=post.user or "",
        password=read_password(post.password_file) if post.user else "",
        ca_file=post.ca_file,
    )


class Post:
    """A connection to a mail server, opened with the first letter and used for those that follow.

    Use it as a context manager. Not for several threads at once.

    Args:
        server: the server.
        context: for TLS; by default one that demands a certificate which this computer (or `ca_file`) trusts.
    """

    def __init__(self, server: Server, *, context: ssl.SSLContext | None = None) -> None:
        if server.security == "none" and server.host not in LOOPBACK:
            raise PostNeedsPersonError(
                "Letters would cross the network unencrypted.",
                next_step='Set [post] security to "starttls" or "ssl".',
            )
        self._server = server
        self._context = context
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Opens nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Says goodbye to the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def look(self) -> None:
        """Connects and signs in, and sends nothing.

        Raises:
            PostBusyError: the server cannot be reached.
            PostNeedsPersonError: it refuses us.
        """
        self._ready()

    def send(self, message: EmailMessage) -> None:
        """Sends one letter to the one address in its To.

        Raises:
            PostBusyError: the letter was not taken; later it may be.
            PostUnknownError: it was sent and no answer came.
            PostNeedsPersonError: the server refuses us, not this letter.
            LetterRefusedError: the server refuses this letter for good.
        """
        content = as_bytes(message)
        sender = message["From"].addresses[0].addr_spec
        recipient = message["To"].addresses[0].addr_spec
        connection = self._ready()
        try:
            self._command(
                lambda: connection.mail(sender, [f"size={len(content)}"] if _sized(connection) else []), "sender"
            )
            self._command(lambda: connection.rcpt(recipient), "recipient")
            self._deliver(connection, content)
        except (PostBusyError, PostUnknownError, PostNeedsPersonError, LetterRefusedError):
            # The next letter must not find half a dialogue.
            self._drop_if_broken()
            raise

    def _ready(self) -> smtplib.SMTP:
        """A connection that answers: the one there is, or a new one in its place."""
        if self._connection is not None:
            try:
                if self._connection.noop()[0] == _OK:
                    return self._connection
            except (OSError, smtplib.SMTPException):
                pass
            self._close()
        self._connection = self._open()
        return self._connection

    def _open(self) -> smtplib.SMTP:
        server = self._server
        secure = server.security != "none"
        try:
            context = self._context or ssl.create_default_context(cafile=server.ca_file) if secure else None
            if server.security == "ssl":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=server.timeout, context=context
                )
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        except ssl.SSLError as error:
            raise _bad_tls(error) from error
        except smtplib.SMTPResponseException as error:
            raise PostBusyError(f"The mail server does not let us in ({error.smtp_code}).", next_step=_LATER) from error
        except (OSError, smtplib.SMTPException) as error:
            raise PostBusyError("The mail server cannot be reached.", next_step=_LATER) from error
        try:
            connection.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                connection.starttls(context=context)
                connection.ehlo()
            if server.user:
                connection.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            connection.close()
            raise _not_let_in(error) from error
        return connection

    def _command(self, command: Callable[[], tuple[int, bytes]], what: Literal["sender", "recipient"]) -> None:
        try:
            code, _ = command()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise PostBusyError("The mail server broke off before the letter was sent.", next_step=_LATER) from error
        if code in _GOOD:
            return
        if code < _PERMANENT:
            raise PostBusyError(f"The mail server does not take the letter now ({code}).", next_step=_LATER)
        if code == _TOO_LARGE:
            raise LetterRefusedError("The letter is larger than the mail server takes (552).", code=code)
        if what == "sender" or code in _OUR_FAULT:
            raise PostNeedsPersonError(
                f"The mail server does not let us send from this address ({code}).",
                next_step="Look whether [post] sender may be used by the account in [post] user.",
            )
        raise LetterRefusedError(
            f"The mail server does not take a letter to this address ({code}).",
            next_step="Ask the family for their address and correct it in the MIS.",
            code=code,
        )

    def _deliver(self, connection: smtplib.SMTP, content: bytes) -> None:
        try:
            code, _ = connection.data(content)
        except smtplib.SMTPDataError as error:
            # The server did not say "go on": nothing of the letter was sent.
            code = error.smtp_code
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise PostUnknownError(
                "The mail server broke off while it took a letter; it is not known whether it goes out.",
                next_step="Sensync sends it once more with the same Message-ID.",
            ) from error
        if code == _OK:
            return
        if code < _PERMANENT:
            raise PostBusyError(f"The mail server does not take the letter now ({code}).", next_step=_LATER)
        raise LetterRefusedError(
            f"The mail server refuses the letter ({code}).",
            next_step="Ask whoever runs the mail server why; its log names the letter by its Message-ID.",
            code=code,
        )

    def _drop_if_broken(self) -> None:
        if self._connection is None:
            return
        try:
            if self._connection.rset()[0] == _OK:
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_OK = 250
_GOOD = frozenset({250, 251, 252})
_PERMANENT = 500
_TOO_LARGE = 552
_OUR_FAULT = frozenset({530, 535, 538})
_SIGN_IN_REFUSED = frozenset({530, 534, 535, 538})


def _sized(connection: smtplib.SMTP) -> bool:
    return connection.has_extn("size")


def _bad_tls(error: ssl.SSLError) -> PostNeedsPersonError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return PostNeedsPersonError(
            "The mail server's certificate is not one that this computer trusts.",
            next_step="Look whether [post] host is the name in the certificate; for a server with a certificate of the "
            "school's own, name its file in [post] ca_file.",
        )
    return PostNeedsPersonError(
        "The mail server does not speak TLS at once on this port.",
        next_step='Port 465 goes with [post] security = "ssl", port 587 with "starttls".',
    )


def _not_let_in(error: OSError | smtplib.SMTPException) -> PostBusyError | PostNeedsPersonError:
    """Why the dialogue before the first letter failed. The server's words are left out."""
    if isinstance(error, ssl.SSLError):
        return _bad_tls(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return PostNeedsPersonError(
            "The mail server offers no encryption (STARTTLS), or no way to sign in that we know.",
            next_step='Look at [post] port and security: 587 goes with "starttls", 465 with "ssl".',
        )
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
    if code in _SIGN_IN_REFUSED or (isinstance(error, smtplib.SMTPAuthenticationError) and code >= _PERMANENT):
        return PostNeedsPersonError(
            f"The mail server does not accept our user and password ({code}).",
            next_step="Correct [post] user and the password; many providers want an app password.",
        )
    if code >= _PERMANENT:
        return PostNeedsPersonError(
            f"The mail server refuses us ({code}).", next_step="Ask whoever runs it to let this computer send."
        )
    return PostBusyError("The mail server broke off before we could sign in.", next_step=_LATER)
