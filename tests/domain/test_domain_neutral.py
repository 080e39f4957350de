from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.domain.neutral import betrays, holds_name

LETTERS = st.characters(whitelist_categories=["Lu", "Ll", "Lo"], max_codepoint=0x2FFF)
NAMES = st.lists(st.text(LETTERS, min_size=2, max_size=12), min_size=1, max_size=3).map(" ".join)
AROUND = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFF), max_size=12).filter(
    lambda text: all(unicodedata.category(each)[0] not in "LM" for each in unicodedata.normalize("NFKD", text))
)


@given(NAMES, AROUND, AROUND)
def test_a_name_is_found_wherever_it_stands(name: str, before: str, after: str) -> None:
    assert holds_name(f"{before}{name}{after}", [name])
    if name.upper().casefold() == name.casefold():
        assert holds_name(f"{before}{name.upper()} {after}", [name])


@given(NAMES, AROUND)
@example("AA \N{LATIN CAPITAL LETTER L WITH MIDDLE DOT}A", " ")
def test_each_part_of_a_name_of_two_letters_or_more_is_found(name: str, around: str) -> None:
    for part in name.split():
        assert holds_name(f"{around} {part} {around}", [name])


def test_no_letter_of_any_script_parts_the_word_it_stands_in() -> None:
    letters = [each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(each)[0] == "L"]
    parting = [hex(ord(each)) for each in letters if not holds_name(f"the x{each}y room", [f"x{each}y Khan"])]
    assert parting == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Meeting with ANYA", ["Anya Kowalska"]),
        ("meeting-anya", ["Anya Kowalska"]),
        ("AnyaKowalska", ["Anya Kowalska"]),
        ("anya2", ["Anya"]),
        ("Anya's room", ["Anya"]),
        ("Zoë", ["Zoe"]),
        ("Zoe", ["Zoë"]),
        ("ONeill", ["O'Neill"]),
        ("O Neill", ["O'Neill"]),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neill", ["O'Neill"]),
        ("Jean Luc", ["Jean-Luc"]),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}nya", ["Anya"]),
        ("An\N{ZERO WIDTH SPACE}ya", ["Anya"]),
        ("Straße", ["STRASSE"]),
        ("Lukasz", ["\N{LATIN CAPITAL LETTER L WITH STROKE}ukasz"]),
    ],
)
def test_a_name_is_found_as_people_write_it(text: str, names: list[str]) -> None:
    assert betrays(text, names) == "a person's name"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EHCP review", "a word about a child's needs or status"),
        ("SENCO's office", "a word about a child's needs or status"),
        ("autism base", "a word about a child's needs or status"),
        ("ring 07700 900123", "a number as long as a telephone's"),
        ("mum@home.example", "an address"),
        ("https://meet.example/x", "an address"),
        ("Room 2\nAnya", "a character that cannot be seen"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}aynA", "a character that cannot be seen"),
        ("Room 2", ""),
        ("Room E, Cedar building", ""),
        ("Kanya hall", ""),
        ("Phone call", ""),
        ("", ""),
    ],
)
def test_a_text_is_said_to_hold_what_it_holds(text: str, found: str) -> None:
    assert betrays(text, ["Anya Kowalska", "E"] if "Anya" in text else ["Anya Kowalska"]) == found
