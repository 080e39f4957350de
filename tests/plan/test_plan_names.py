from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.errors import ConfigError
from sync.plan.given_names import BOTH_SHORT, SHORT, SPELLING, GivenNames
from sync.plan.names import BARE, PART, SECOND, forename_shapes, joined, sound, surname_shapes, words_of
from sync.service.wordlists import load_given_names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("O'Neill", ("oneill",)),
        ("O\u2019Rourke", ("orourke",)),
        ("Ellie-May", ("ellie", "may")),
        ("Łukasz  Żak", ("lukasz", "zak")),
        ("Ayşe Y\u0131ld\u0131z", ("ayse", "yildiz")),
        ("GROẞ", ("gross",)),
        ("王小明", ("王小明",)),
        ("St. Clair", ("st", "clair")),
        (" - ", ()),
    ],
)
def test_names_are_folded_to_their_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_the_signs_of_indian_scripts_stay_in_their_word() -> None:
    assert len(words_of("ਜਸਪ੍ਰੀਤ ਸੰਧੂ")) == 2


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(name: str) -> None:
    once = words_of(name)
    assert words_of(" ".join(once)) == once


def test_a_double_surname_may_be_written_by_half_or_turned() -> None:
    assert surname_shapes(("smith", "jones")) == {
        "smithjones": 0.0, "jonessmith": PART, "smith": PART, "jones": PART,
    }  # fmt: skip
    assert surname_shapes(("da", "silva")) == {"dasilva": 0.0, "silva": BARE}
    assert surname_shapes(("le",)) == {"le": 0.0}
    assert surname_shapes(()) == {}


def test_a_double_forename_may_be_written_by_part() -> None:
    assert forename_shapes(("john", "paul")) == {"johnpaul": 0.0, "john": PART, "paul": SECOND}
    assert joined(forename_shapes(("john", "paul")), {"john": 0.0}) == {"johnpaul": 0.0, "john": 0.0, "paul": SECOND}


@pytest.mark.parametrize(
    ("one", "other"),
    [("clark", "clarke"), ("phillips", "filips"), ("reece", "rees"), ("nicola", "nikola"), ("wright", "rite"),
     ("hussain", "husain"), ("jackson", "jakson")],
)  # fmt: skip
def test_words_that_sound_alike_have_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_other_names_have_another_sound() -> None:
    assert len({sound(each) for each in ("jane", "jade", "jack", "ella", "emma", "hall", "hill")}) == 7


GIVEN = GivenNames.of({"same": [["Sean", "Shaun"]], "short": {"Élodie": ["Elo", "Dee"]}})


def test_names_of_a_list_stand_for_each_other() -> None:
    assert dict(GIVEN.others("sean")) == {"shaun": SPELLING}
    assert dict(GIVEN.others("elodie")) == {"elo": SHORT, "dee": SHORT}
    assert dict(GIVEN.others("elo")) == {"elodie": SHORT, "dee": BOTH_SHORT}
    assert dict(GIVEN.others("sam")) == {}
    assert ("sean" in GIVEN, "sam" in GIVEN) == (True, False)


def test_the_lists_that_come_with_sensync_are_good() -> None:
    ours = load_given_names()
    assert ours.others("ben")["benjamin"] == SHORT
    assert ours.others("muhammad")["mohammed"] == SPELLING


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"samee": []}, "own.toml: 'samee' is not known; there are 'same' and 'short'."),
        ({"same": "Ann"}, "own.toml: 'same' must be a list of lists of names."),
        ({"same": [["Ann", 3]]}, "own.toml: list 1 of 'same' must be names, each between quotes."),
        ({"short": []}, "own.toml: [short] must give each full name a list of short forms."),
        ({"short": {"Ann": "Annie"}}, "own.toml: 'Ann' in [short] must be names, each between quotes."),
        ({"short": {"Ann": ["-"]}}, "own.toml: 'Ann' in [short] must be names, each between quotes."),
    ],
)
def test_a_mistake_in_the_lists_is_named(told: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        GivenNames.of(told, "own.toml")
    assert error.value.problems == (problem,)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("\N{MATHEMATICAL BOLD CAPITAL A}mara", "amara"),
        ("\N{LATIN SMALL LETTER N PRECEDED BY APOSTROPHE}ina", "nina"),
        ("O\N{ACUTE ACCENT}Neill", "oneill"),
        ("\N{MATHEMATICAL ITALIC CAPITAL ALPHA}", "\N{GREEK SMALL LETTER ALPHA}"),
    ],
)
def test_letters_that_are_a_capital_or_an_apostrophe_in_disguise_are_folded_at_once(name: str, word: str) -> None:
    assert words_of(name) == (word,)
