"""A real SMTP server (aiosmtpd) in this process, and what it was sent."""

from __future__ import annotations

import email
import socket
from dataclasses import dataclass, replace
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from sync.post.smtp import Post, Server

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage
    from pathlib import Path

USER, PASSWORD = "senco@school.example", "correct horse"


@dataclass(frozen=True)
class Certificate:
    context: ssl.SSLContext
    ca_file: Path


class MailServer:
    """A server on 127.0.0.1.

    Args:
        certificate: what it shows.
        security: `starttls`, `ssl` or `none`.
        auth: whether one must sign in.
        answers: what it says instead of taking it: to `MAIL`, `RCPT` or `DATA`, a line, each used up by one letter;
            "drop" breaks the connection.
    """

    def __init__(
        self, certificate: Certificate, security: str = "starttls", *, auth: bool = True, **answers: list[str]
    ) -> None:
        self.certificate = certificate
        self.security = security
        self.auth = auth
        self.answers = answers
        self.letters: list[tuple[str, list[str], EmailMessage]] = []
        self.connections = 0
        tls = certificate.context
        how: dict[str, Any] = {"auth_required": auth, "authenticator": self._sign_in}
        if security == "starttls":
            how |= {"tls_context": tls, "require_starttls": True}
        else:
            how |= {"auth_require_tls": False}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=0, ssl_context=tls if security == "ssl" else None, **how
        )
        # aiosmtpd knocks once to see whether it runs, and knows only a port that was chosen before.
        self._controller._trigger_server = self._knock  # type: ignore[method-assign]
        self._controller.start()
        self.port = self._controller.server.sockets[0].getsockname()[1]

    def _knock(self) -> None:
        with socket.create_connection(self._controller.server.sockets[0].getsockname(), timeout=5):
            pass

    def stop(self) -> None:
        self._controller.stop()

    def account(self, **change: Any) -> Server:
        """How to reach it."""
        base = Server(
            "127.0.0.1",
            self.port,
            self.security,  # type: ignore[arg-type]
            USER if self.auth else "",
            PASSWORD if self.auth else "",
            timeout=3,
            ca_file=self.certificate.ca_file,
        )
        return replace(base, **change)

    def post(self, **change: Any) -> Post:
        return Post(self.account(**change))

    def _sign_in(self, _server: Any, session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    def _answer(self, server: Any, to: str) -> str | None:
        waiting = self.answers.get(to, [])
        said = waiting.pop(0) if waiting else None
        if said == "drop":
            server.transport.abort()
        return said

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks for this name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += session.ssl is not None or self.security == "none"
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd looks for this name
        said = self._answer(server, "MAIL")
        if said:
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd looks for this name
        said = self._answer(server, "RCPT")
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd looks for this name
        said = self._answer(server, "DATA")
        if said and said != "drop":
            return said
        message = email.message_from_bytes(envelope.content, policy=SMTP)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, message))  # type: ignore[arg-type]
        return "250 OK"
