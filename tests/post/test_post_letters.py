from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.policy import SMTP
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from sync.post.errors import LetterRefusedError
from sync.post.invites import Invite, Method, as_ics, uid
from sync.post.letters import Letter, Link, Sender, as_bytes, as_html, as_text, compose

if TYPE_CHECKING:
    from email.message import EmailMessage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AT = datetime(2026, 12, 8, 16, 20, tzinfo=UTC)
SCHOOL = Sender("senco@school.example", "Hillcrest High School")
LETTER = Letter(
    "outbox-1",
    "mum@home.example",
    "Your meeting at school",
    (
        "Dear Mrs Kowalska,",
        "Tuesday 8 December, 4:20pm.",
        Link("See or change it", "https://school.example/m/abc?x=1&y=2"),
    ),
)
INVITE = Invite("B1", 0, AT, AT + timedelta(minutes=20), "Meeting at school", "Room 2")
HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
)


def made(letter: Letter = LETTER, sender: Sender = SCHOOL, **how: Any) -> EmailMessage:
    """The message as it is read at the other end."""
    composed = compose(letter, sender, now=NOW, **how)
    return email.message_from_bytes(as_bytes(composed), policy=SMTP)  # type: ignore[return-value]


def part(message: EmailMessage, kind: str) -> Any:
    (found,) = [each for each in message.walk() if each.get_content_type() == kind]
    content = found.get_content()
    return content.replace("\r\n", "\n") if isinstance(content, str) else content


def test_a_letter_has_these_headers_and_no_others() -> None:
    message = made()
    assert sorted(message.keys()) == sorted(HEADERS)
    assert {name: str(message[name]) for name in ("From", "To", "Subject", "Date", "Auto-Submitted")} == {
        "From": "Hillcrest High School <senco@school.example>",
        "To": "mum@home.example",
        "Subject": "Your meeting at school",
        "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
        "Auto-Submitted": "auto-generated",
    }


def test_the_same_letter_has_the_same_message_id_and_another_another() -> None:
    assert made()["Message-ID"] == made()["Message-ID"]
    assert made()["Message-ID"] != made(replace(LETTER, key="outbox-2"))["Message-ID"]
    assert "outbox" not in made()["Message-ID"]


def test_text_and_html_say_the_same() -> None:
    message = made()
    assert message.get_content_type() == "multipart/alternative"
    assert part(message, "text/plain") == (
        "Dear Mrs Kowalska,\n\nTuesday 8 December, 4:20pm.\n\nSee or change it:\nhttps://school.example/m/abc?x=1&y=2\n"
    )
    assert '<a href="https://school.example/m/abc?x=1&amp;y=2">See or change it</a>' in part(message, "text/html")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("pl", "ltr"), ("ur", "rtl"), ("ur-PK", "rtl")])
def test_the_html_says_its_language_and_direction(language: str, direction: str) -> None:
    text = part(made(replace(LETTER, language=language)), "text/html")
    assert f'<html lang="{language}" dir="{direction}">' in text


def test_letters_of_other_scripts_arrive_as_they_were_written() -> None:
    urdu = "\u0645\u0644\u0627\u0642\u0627\u062a"
    message = made(replace(LETTER, subject=urdu, paragraphs=(urdu * 40,)), Sender(SCHOOL.address, "Szko\u0142a"))
    assert str(message["Subject"]) == urdu
    assert message["From"].addresses[0].display_name == "Szko\u0142a"
    assert part(message, "text/plain") == f"{urdu * 40}\n"
    assert as_bytes(compose(LETTER, SCHOOL, now=NOW)).isascii()


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Anya's meeting", "its subject holds a person's name"),
        ("EHCP annual review", "its subject holds a word about a child's needs or status"),
        ("", "its subject is empty or too long"),
        ("x" * 151, "its subject is empty or too long"),
        ("=??Q?=0D=0ABcc:x@y.example", "the subject holds a line break or another character that cannot be seen"),
        ("Hello\r\nBcc: x@y.example", "the subject holds a line break or another character that cannot be seen"),
    ],
)
def test_a_subject_that_tells_or_injects_is_refused_without_repeating_it(subject: str, said: str) -> None:
    with pytest.raises(LetterRefusedError) as caught:
        made(replace(LETTER, subject=subject), names=("Anya Kowalska",))
    assert str(caught.value) == f"A letter was not sent: {said}."


@pytest.mark.parametrize(
    "to",
    [
        "",
        "mum",
        "mum@home",
        "mum@home.example, dad@home.example",
        "mum@home.example\nBcc: x@y.example",
        "Mum <mum@home.example>",
        "mum@@home.example",
        "m um@home.example",
        '"mum"@home.example',
        "mum@home..example",
        ".mum@home.example",
        "m\u00fcm@home.example",
        f"{'m' * 65}@home.example",
    ],
)
def test_an_address_that_is_none_or_two_is_refused_without_repeating_it(to: str) -> None:
    with pytest.raises(LetterRefusedError) as caught:
        made(replace(LETTER, to=to))
    assert str(caught.value) == "A letter was not sent: the address is not an e-mail address."


def test_a_link_that_is_not_of_the_web_is_refused() -> None:
    for url in ("javascript:alert(1)", "https://x y", "/relative", 'https://x"onclick="'):
        if url.startswith('https://x"'):
            assert "&quot;" in as_html(replace(LETTER, paragraphs=(Link("x", url),)))
            continue
        with pytest.raises(LetterRefusedError, match="not a web address"):
            as_text((Link("x", url),))


ANY = st.text(max_size=40)
EVIL = st.sampled_from(
    ["\r\nBcc: x@y.example", "\nSubject: x", "\r\n\r\n<b>", "\x00", "\u2028To: x", "=?utf-8?q?=0D=0ABcc:_x?="]
)
TYPED = st.one_of(ANY, st.tuples(ANY, EVIL, ANY).map("".join))


@given(subject=TYPED, to=TYPED, name=TYPED, reply=TYPED, body=TYPED, title=TYPED, place=TYPED)
@example("=?utf-8?q?=0D=0ABcc:_x@y.example?=", "a@b.example", "=?utf-8?q?=0ABcc:_x?=", "", "", "x", "")
def test_nothing_that_is_typed_adds_a_header(
    subject: str, to: str, name: str, reply: str, body: str, title: str, place: str
) -> None:
    for address in (to, "mum@home.example"):
        invite = replace(INVITE, title=title, place=place)
        letter = replace(LETTER, subject=subject, to=address, reply_to=reply, paragraphs=(body,), invite=invite)
        try:
            message = made(letter, Sender(SCHOOL.address, name))
        except LetterRefusedError:
            continue
        extra = ["Reply-To"] if reply else []
        assert sorted(message.keys()) == sorted([*HEADERS, *extra])
        assert [each.addr_spec for each in message["To"].addresses] == [letter.to.strip(" ")]
        assert len(message["From"].addresses) == 1
        assert str(message["Subject"]) == " ".join(subject.split())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


@given(TYPED, TYPED)
def test_nothing_that_is_typed_is_html(words: str, label: str) -> None:
    tags = Tags()
    tags.feed(as_html(replace(LETTER, paragraphs=(words, Link(label, "https://school.example/")))))
    assert [tag for tag in tags.seen if tag != "br"] == ["html", "head", "meta", "title", "body", "p", "p", "a"]


# The appointment


def event_of(content: bytes) -> Any:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_an_invitation_is_a_part_of_the_letter_and_a_file() -> None:
    message = made(replace(LETTER, invite=INVITE))
    kinds = [each.get_content_type() for each in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    calendar = next(each for each in message.walk() if each.get_content_type() == "text/calendar")
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert part(message, "text/calendar") == part(message, "application/ics").decode().replace("\r\n", "\n")


def test_the_appointment_says_what_a_calendar_needs() -> None:
    event = event_of(as_ics(INVITE, organiser="senco@school.example", attendee="mum@home.example", now=NOW))
    assert {name: str(event[name]) for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "STATUS", "CLASS")} == {
        "UID": uid("B1", "school.example"),
        "SEQUENCE": "0",
        "SUMMARY": "Meeting at school",
        "LOCATION": "Room 2",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
    }
    assert (event.decoded("DTSTART"), event.decoded("DTEND"), event.decoded("DTSTAMP")) == (
        AT,
        AT + timedelta(minutes=20),
        NOW,
    )
    assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:senco@school.example", "mailto:mum@home.example")


def test_a_change_and_a_cancellation_are_of_the_same_appointment() -> None:
    def of(invite: Invite) -> tuple[str, str, str, str]:
        content = as_ics(invite, organiser="senco@school.example", attendee="mum@home.example", now=NOW)
        event = event_of(content)
        return (
            str(Calendar.from_ical(content)["METHOD"]),
            str(event["UID"]),
            str(event["SEQUENCE"]),
            str(event["STATUS"]),
        )

    same = uid("B1", "school.example")
    moved = replace(INVITE, sequence=1, starts=AT + timedelta(hours=1), ends=AT + timedelta(hours=2))
    assert of(INVITE) == ("REQUEST", same, "0", "CONFIRMED")
    assert of(moved) == ("REQUEST", same, "1", "CONFIRMED")
    assert of(replace(moved, sequence=2, method=Method.CANCEL)) == ("CANCEL", same, "2", "CANCELLED")


def test_a_file_to_download_names_no_family() -> None:
    content = as_ics(replace(INVITE, method=Method.PUBLISH), organiser="senco@school.example", attendee="", now=NOW)
    assert "ATTENDEE" not in event_of(content)
    assert str(Calendar.from_ical(content)["METHOD"]) == "PUBLISH"


def test_an_appointment_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(LetterRefusedError, match="ends before it starts"):
        as_ics(replace(INVITE, ends=AT), organiser="s@s.example", attendee="m@h.example", now=NOW)


def test_a_title_that_names_a_child_is_refused() -> None:
    with pytest.raises(LetterRefusedError, match="title of the appointment holds a person's name"):
        made(replace(LETTER, invite=replace(INVITE, title="Anya")), names=("Anya",))


@given(TYPED)
def test_no_place_adds_a_line_to_the_appointment(place: str) -> None:
    plain = as_ics(replace(INVITE, place="x"), organiser="s@s.example", attendee="m@h.example", now=NOW)
    event = event_of(as_ics(replace(INVITE, place=place), organiser="s@s.example", attendee="m@h.example", now=NOW))
    assert set(event) | {"LOCATION"} == set(event_of(plain))
