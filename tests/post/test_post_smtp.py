from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from mail_server import PASSWORD, MailServer

from sync.domain.errors import NeedsPersonError, SensyncError
from sync.post.errors import LetterRefusedError, PostBusyError, PostNeedsPersonError, PostUnknownError
from sync.post.letters import Letter, Sender, compose, message_id
from sync.post.smtp import Post, Server, read_password

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

# The server of these tests says so of itself where it stands in for one without TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PARENT = "mum@home.example"


def letter(key: str = "k", text: str = "See you on Tuesday.") -> EmailMessage:
    return compose(
        Letter(key, PARENT, "Your meeting at school", (text,)), Sender("senco@school.example", "Hillcrest"), now=NOW
    )


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_letter_goes_out_encrypted_and_signed_in(serve: Callable[..., MailServer], security: str) -> None:
    server = serve(security=security)
    with server.post() as post:
        post.send(letter(text=".a line that begins with a dot\nand \N{LATIN SMALL LETTER L WITH STROKE}"))
    ((sender, recipients, found),) = server.letters
    assert (sender, recipients) == ("senco@school.example", [PARENT])
    assert found["Message-ID"] == message_id("k", "school.example")
    body = found.get_body(("plain",))
    assert body is not None
    assert (
        body.get_content().replace("\r\n", "\n")
        == ".a line that begins with a dot\nand \N{LATIN SMALL LETTER L WITH STROKE}\n"
    )


def test_many_letters_go_over_one_connection(serve: Callable[..., MailServer]) -> None:
    server = serve()
    with server.post() as post:
        for number in range(5):
            post.send(letter(str(number)))
    assert len({found["Message-ID"] for _, _, found in server.letters}) == 5
    assert server.connections == 1


def test_a_relay_on_this_computer_needs_no_encryption_and_no_other_may_do_without(
    serve: Callable[..., MailServer],
) -> None:
    server = serve(security="none", auth=False)
    with server.post() as post:
        post.send(letter())
    assert len(server.letters) == 1
    with pytest.raises(PostNeedsPersonError, match="unencrypted"):
        Post(Server("mail.school.example", 25, "none"))


@pytest.mark.parametrize(
    ("at", "said", "kind", "words"),
    [
        ("MAIL", "451 busy", PostBusyError, "does not take the letter now (451)"),
        (
            "MAIL",
            "553 not yours mum@home.example",
            PostNeedsPersonError,
            "does not let us send from this address (553)",
        ),
        ("MAIL", "552 too large", LetterRefusedError, "larger than the mail server takes (552)"),
        ("RCPT", "450 greylisted", PostBusyError, "does not take the letter now (450)"),
        (
            "RCPT",
            "550 no such user mum@home.example",
            LetterRefusedError,
            "does not take a letter to this address (550)",
        ),
        ("DATA", "452 disk full", PostBusyError, "does not take the letter now (452)"),
        ("DATA", "554 spam from mum@home.example", LetterRefusedError, "refuses the letter (554)"),
        ("MAIL", "drop", PostBusyError, "broke off before the letter was sent"),
        ("RCPT", "drop", PostBusyError, "broke off before the letter was sent"),
        ("DATA", "drop", PostUnknownError, "it is not known whether it goes out"),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_next_and_the_next_letter_goes_out(
    serve: Callable[..., MailServer], at: str, said: str, kind: type[SensyncError], words: str
) -> None:
    server = serve(**{at: [said]})
    with server.post() as post:
        with pytest.raises(kind) as caught:
            post.send(letter("first"))
        assert words in str(caught.value)
        assert PARENT not in f"{caught.value}{caught.value.next_step}"
        post.send(letter("second"))
    assert [found["Message-ID"] for _, _, found in server.letters][-1] == message_id("second", "school.example")


def test_a_wrong_password_needs_a_person(serve: Callable[..., MailServer]) -> None:
    with (
        serve().post(password="wrong") as post,
        pytest.raises(PostNeedsPersonError, match=r"does not accept our user and password \(535\)") as caught,
    ):
        post.look()
    assert "wrong" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(serve: Callable[..., MailServer]) -> None:
    for security in ("starttls", "ssl"):
        with (
            serve(security=security).post(ca_file=None) as post,
            pytest.raises(PostNeedsPersonError, match="certificate is not one that this computer trusts"),
        ):
            post.look()


def test_a_server_without_encryption_is_not_given_the_password(serve: Callable[..., MailServer]) -> None:
    server = serve(security="none")
    with server.post(security="starttls") as post, pytest.raises(PostNeedsPersonError, match="offers no encryption"):
        post.look()
    with server.post(security="ssl") as post, pytest.raises(PostNeedsPersonError, match="does not speak TLS at once"):
        post.look()


def test_a_server_that_is_not_there_or_says_nothing_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with (
            Post(Server("127.0.0.1", port, timeout=0.2)) as post,
            pytest.raises(PostBusyError, match="cannot be reached"),
        ):
            post.send(letter())
    with Post(Server("127.0.0.1", port, timeout=0.2)) as post, pytest.raises(PostBusyError, match="cannot be reached"):
        post.look()


def test_a_server_that_is_full_at_the_door_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"421 too many connections\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        with Post(Server("127.0.0.1", port, timeout=2)) as post, pytest.raises(PostBusyError, match=r"\(421\)"):
            post.look()
        thread.join()


def test_the_password_comes_from_the_environment_or_its_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{PASSWORD}\n")
    assert read_password(file, {}) == PASSWORD
    assert read_password(file, {"SENSYNC_SMTP_PASSWORD": "other"}) == "other"
    assert PASSWORD not in repr(Server("h", password=PASSWORD))
    with pytest.raises(NeedsPersonError, match="There is no password"):
        read_password(None, {})
    with pytest.raises(NeedsPersonError, match="password_file"):
        read_password(tmp_path / "none", {})
