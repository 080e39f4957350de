from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.plan.events import FREE_TITLE, event_id, event_title

# What Calendar takes: base32hex in small letters, 5 to 1024 characters.
ALLOWED = re.compile(r"[a-v0-9]{5,1024}")


def test_a_title_says_the_reference_and_nothing_else() -> None:
    assert (event_title("K7F3K"), FREE_TITLE) == ("Meeting \u2013 ref K7F3K", "Meeting \u2013 free")


@pytest.mark.parametrize("text", ["Adaeze Rooster", "", "K7F3", "k7f3k", "K7F3K EHCP"])
def test_a_title_is_never_made_of_anything_but_a_reference(text: str) -> None:
    with pytest.raises(ValueError, match=r"^An event's title may hold nothing but one of our references") as error:
        event_title(text)
    assert not text or text not in str(error.value)


def test_the_id_of_a_slots_event_never_changes_from_one_version_of_sensync_to_the_next() -> None:
    assert event_id("P-1-20261208T1600Z") == "h16jm87o3hlfit7oqq28f91i98vb1865ovebbr0e"
    assert event_id("P-1-20261208T1600Z", 1) == "2tsebfvc05pr69v8lahla6e8mgj8mbosd33ev8jq"


@given(st.text(), st.integers(0, 100))
def test_every_id_is_one_that_calendar_takes(key: str, generation: int) -> None:
    assert ALLOWED.fullmatch(event_id(key, generation))


@given(st.lists(st.tuples(st.text(), st.integers(0, 3)), unique=True))
def test_no_two_slots_or_generations_share_an_id(keys: list[tuple[str, int]]) -> None:
    assert len({event_id(*key) for key in keys}) == len(keys)
