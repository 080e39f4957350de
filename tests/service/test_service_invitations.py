from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.families import set_adults
from support.parents import NOW, School, open_school, surgery

from sync.domain.families import Adult
from sync.domain.meetings import Audience, Kind
from sync.service.invitations import invited_now, put_invitations
from sync.store import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)
ADULTS = [
    Adult("m", "B7F3K", "Mrs Lomax", "m@home.example", order=1),
    Adult("f", "B7F3K", "Mr Lomax", "f@home.example", order=2),
    Adult("m", "C2D4M", "Mrs Lomax", "m@home.example"),
    Adult("q", "D9K2P", "Ms Quillfeather"),
]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    opened = open_school(tmp_path)
    set_adults(opened.store, opened.workbook_id, ADULTS)
    yield opened
    opened.store.close()


def invite(school: School) -> int:
    found = invited_now(school.store, school.workbook_id, school.now)
    return put_invitations(school.store, school.workbook_id, found, school.now)


def letters(school: School, now: datetime = NOW) -> list[dict[str, Any]]:
    work = [each for each in Outbox(school.store).take(now, 100) if each.kind == "invite"]
    return [each.payload for each in work]


def who(school: School) -> list[tuple[str, str, str]]:
    return [(each.adult.key, each.ref, each.purpose) for each in invited_now(school.store, school.workbook_id, NOW)]


def test_those_who_may_book_are_invited_once_and_those_without_address_get_no_letter(school: School) -> None:
    school.has(surgery("tue", TUESDAY))
    assert who(school) == [
        ("m", "B7F3K", "surgery"),
        ("f", "B7F3K", "surgery"),
        ("m", "C2D4M", "surgery"),
        ("q", "D9K2P", "surgery"),
    ]
    assert [invite(school), invite(school)] == [3, 0]
    told = {"purpose": "surgery", "surgeries": ["tue"]}
    assert letters(school) == [
        {"adult": "m", "ref": "B7F3K", **told},
        {"adult": "f", "ref": "B7F3K", **told},
        {"adult": "m", "ref": "C2D4M", **told},
    ]


def test_an_edited_row_writes_to_nobody_and_a_new_one_to_each_once(school: School) -> None:
    first = surgery("tue", TUESDAY)
    school.has(first)
    invite(school)
    letters(school)
    school.has((replace(first[0], room="Room 9"), first[1]))
    assert invite(school) == 0
    school.has(first, surgery("wed", TUESDAY + timedelta(days=1)), surgery("thu", TUESDAY + timedelta(days=2)))
    assert invite(school) == 3


def test_who_has_booked_is_not_written_to(school: School) -> None:
    school.has(surgery("tue", TUESDAY))
    school.books(school.link("B7F3K", "m"), "tue-0")
    assert who(school) == [("f", "B7F3K", "surgery"), ("m", "C2D4M", "surgery"), ("q", "D9K2P", "surgery")]


def test_a_review_invites_its_family_alone_under_its_own_key(school: School) -> None:
    audience = Audience(register=False, refs=frozenset({"C2D4M"}))
    school.has(surgery("R-1", TUESDAY, kind=Kind.REVIEW, audience=audience))
    assert who(school) == [("m", "C2D4M", "R-1")]


def test_families_that_are_not_short_are_not_invited_to_what_is_for_those(school: School) -> None:
    school.has(surgery("tue", TUESDAY, audience=Audience(short=True)))
    assert len(who(school)) == 4
    school.remembers(short=["C2D4M"])
    assert who(school) == [("m", "C2D4M", "surgery")]


def test_a_letter_about_what_opens_later_is_due_when_it_opens(school: School) -> None:
    opens = NOW + timedelta(days=2)
    school.has(surgery("tue", TUESDAY, opens=opens))
    assert invite(school) == 3
    assert letters(school) == []
    assert len(letters(school, opens)) == 3
