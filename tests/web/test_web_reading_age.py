"""What families read is held to a reading age of about 11: the pages and the letters, in English."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from readability import reading_age, syllables

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES, LETTERS = ROOT / "sync/web/catalogues/en.toml", ROOT / "sheets_templates/letters.toml"
NOT_WORDS = frozenset({"language", "times"})
"""Tables of the catalogue that hold settings and not words."""

FILLED = {"name": "Sam", "ways": "in person or by phone", "place": "room 2", "title": "choose a time"}
DAY = "Tuesday 8 December"
WHEN = f"{DAY} at 4pm"
LONGEST = 20
"""Words in one sentence; the usual advice for plain English is 15 to 20."""


def texts(path: Path) -> dict[str, str]:
    """All texts of a file by their names, as they are read: what is in braces is filled in."""

    def walk(table: dict[str, object], before: str) -> Iterator[tuple[str, str]]:
        for key, held in table.items():
            if isinstance(held, dict):
                yield from walk(held, f"{before}{key}.")
            elif isinstance(held, str):
                yield f"{before}{key}", re.sub(r"\{(\w+)\}", lambda found: filled(found[1]), held)

    whole = tomllib.loads(path.read_text(encoding="utf-8"))
    return dict(walk({key: held for key, held in whole.items() if key not in NOT_WORDS}, ""))


def filled(name: str) -> str:
    return FILLED.get(name) or {"when": WHEN, "until": WHEN, "day": DAY}.get(name, "20")


def sentences(path: Path) -> list[str]:
    return [each for text in texts(path).values() for each in re.split(r"(?<=[.!?])\s+", text) if each.endswith(".")]


@pytest.mark.parametrize("path", [PAGES, LETTERS], ids=lambda path: path.stem)
def test_the_english_words_for_families_can_be_read_at_eleven(path: Path) -> None:
    # Labels and headings are short and would hide hard sentences, so the sentences are held to it by themselves too.
    assert reading_age("\n".join(texts(path).values())) <= 11
    assert reading_age("\n".join(sentences(path))) <= 11


@pytest.mark.parametrize("path", [PAGES, LETTERS], ids=lambda path: path.stem)
def test_no_sentence_for_families_is_long(path: Path) -> None:
    assert [each for each in sentences(path) if len(each.split()) > LONGEST] == []


@pytest.mark.parametrize("path", [PAGES, LETTERS], ids=lambda path: path.stem)
def test_no_text_for_families_is_much_harder_than_the_whole(path: Path) -> None:
    # One sentence is too little for the formula to be exact, so a year more is allowed; days and times are not ours.
    plain = {key: re.sub(rf"{WHEN}|{DAY}", "then", text) for key, text in texts(path).items()}
    assert {key: text for key, text in plain.items() if len(text.split()) >= 8 and reading_age(text) > 12} == {}


def test_hard_words_and_long_sentences_are_found() -> None:
    hard = (
        "Parents are respectfully requested to communicate their availability regarding the forthcoming consultation, "
        "notwithstanding any arrangements previously notified to the administrative department."
    )
    assert reading_age(hard) > 20
    assert reading_age("We will call you. Please tell us your number.") < 8


def test_syllables_are_counted_as_they_are_spoken() -> None:
    said = {"you": 1, "booked": 1, "time": 1, "changes": 2, "table": 2, "meeting": 2, "waiting": 2, "needed": 2,
            "cancelled": 2, "calendar": 3, "family": 3, "language": 2, "interpreter": 4, "message": 2}  # fmt: skip
    assert {word: syllables(word) for word in said} == said
