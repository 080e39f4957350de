"""Letters through a real mail server, and the texts that a school may change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from post.mail_server import Certificate, MailServer
from support.delivery import SENCO, Office, read

from sync.domain.errors import ConfigError
from sync.domain.neutral import betrays
from sync.service.letters_out import load_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS = (Path(__file__).parents[2] / "sheets_templates" / "letters.toml").read_text("utf-8")


@pytest.fixture
def relay() -> Iterator[Callable[..., MailServer]]:
    """Starts a mail server on this computer that asks for no password and misbehaves as told."""
    started: list[MailServer] = []

    def start(**answers: list[str]) -> MailServer:
        nobody: Any = None
        started.append(MailServer(Certificate(nobody, Path()), security="none", auth=False, **answers))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def by_smtp(open_office: Callable[..., Office], server: MailServer, **changes: Any) -> Office:
    post = {"by": "smtp", "sender": SENCO, "host": "127.0.0.1", "port": server.port, "security": "none", **changes}
    office = open_office(post=post, calendar={"enabled": False})
    office.has()
    return office


def test_letters_go_through_the_schools_mail_server_over_one_connection(
    open_office: Callable[..., Office], relay: Callable[..., MailServer]
) -> None:
    server = relay()
    office = by_smtp(open_office, server)
    office.book()
    office.book("tue-1", "a2")
    assert office.deliver() == (7, 0, 0)
    assert [(sender, to) for sender, to, _ in server.letters] == [
        (SENCO, ["lomax@home.example"]),
        (SENCO, ["ostrowski@home.example"]),
    ]
    assert read(server.letters[0][2]).subject == "Your meeting is booked"
    assert server.connections == 1
    assert office.doors == []


def test_a_letter_that_the_server_swallowed_without_a_word_comes_again_as_the_same_letter(
    open_office: Callable[..., Office], relay: Callable[..., MailServer]
) -> None:
    server = relay(DATA=["drop"])
    office = by_smtp(open_office, server)
    office.book()
    assert office.deliver()[1:] == (1, 0)
    office.wait(minutes=1)
    assert office.deliver() == (1, 0, 0)
    ids = {str(message["Message-ID"]) for _, _, message in server.letters}
    assert (len(server.letters), len(ids)) == (2, 1)


def test_an_address_that_the_server_does_not_know_is_set_aside(
    open_office: Callable[..., Office], relay: Callable[..., MailServer]
) -> None:
    server = relay(RCPT=["550 no such user"])
    office = by_smtp(open_office, server)
    office.book()
    office.book("tue-1", "a2")
    assert office.deliver()[2] == 1
    assert [to for _, to, _ in server.letters] == [["ostrowski@home.example"]]
    (aside,) = office.outbox.set_aside()
    assert "Ask the family for their address" in office.notice(f"aside:{aside.id}")


def test_a_mail_server_that_is_down_is_tried_again_and_nothing_is_lost(
    open_office: Callable[..., Office], relay: Callable[..., MailServer]
) -> None:
    office = by_smtp(open_office, relay(), port=1)
    office.book()
    assert office.deliver()[1:] == (1, 0)
    office.wait(minutes=1)
    assert office.deliver() == (0, 1, 0)
    assert office.outbox.set_aside() == []
    assert office.noticed() == []


# Texts


def test_our_texts_tell_nothing_and_their_subjects_may_be_sent() -> None:
    texts = load_texts().all
    assert {key: betrays(text) for key, text in texts.items() if key.endswith(".subject") and betrays(text)} == {}
    telling = {"child", "son", "daughter", "pupil", "sen", "ehc", "needs"}
    assert [key for key, text in texts.items() if telling & {word.strip(".,:").lower() for word in text.split()}] == []


def test_a_schools_own_text_is_taken(tmp_path: Path) -> None:
    (tmp_path / "letters.toml").write_text(OURS.replace("Thank you. Your meeting is booked.", "It is booked."), "utf-8")
    assert load_texts(tmp_path)("booked.lead") == "It is booked."


def test_a_school_without_texts_of_its_own_has_ours(tmp_path: Path) -> None:
    assert load_texts(tmp_path).all == load_texts().all


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('sign = "{school}"', "", "letters.toml: there is no parts.sign."),
        ('sign = "{school}"', 'sign = "{school}"\nmore = "x"', "letters.toml: parts.more is not a text of ours."),
        ('sign = "{school}"', 'sign = "{child}"', "letters.toml: parts.sign may fill in {school} and nothing else."),
        ('sign = "{school}"', 'sign = "{school.x}"', "letters.toml: parts.sign may fill in {school} and nothing else."),
        ('sign = "{school}"', 'sign = "{school!r}"', "letters.toml: parts.sign may fill in {school} and nothing else."),
        ('sign = "{school}"', 'sign = "{school"', "letters.toml: parts.sign may fill in {school} and nothing else."),
        ('sign = "{school}"', "sign = 3", "letters.toml: [parts] sign is not a text."),
    ],
)
def test_what_a_schools_text_may_not_do_is_said(tmp_path: Path, before: str, after: str, said: str) -> None:
    (tmp_path / "letters.toml").write_text(OURS.replace(before, after), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_texts(tmp_path)
    assert str(caught.value) == said
