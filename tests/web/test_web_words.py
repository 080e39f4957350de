from __future__ import annotations

from datetime import UTC, date, datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import LanguageAccept

from sync.web.words import LANGUAGES, choose_language, words

LONDON = ZoneInfo("Europe/London")
OTHERS = [code for code in LANGUAGES if code != "en"]


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_every_sentence_and_no_other(code: str) -> None:
    assert words(code).texts.keys() == words("en").texts.keys()
    assert words(code).patterns.keys() == words("en").patterns.keys()


@pytest.mark.parametrize("code", OTHERS)
def test_the_placeholders_of_every_sentence_agree(code: str) -> None:
    ours = {key: placeholders(text) for key, text in words(code).texts.items()}
    assert ours == {key: placeholders(text) for key, text in words("en").texts.items()}


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_was_left_in_english_or_empty(code: str) -> None:
    english = words("en").texts
    same = {key for key, text in words(code).texts.items() if text == english[key] or not text.strip()}
    assert same <= {"ways.comma", "page.error", "see.interpreter", "children.booked"}


def test_english_is_checked_and_the_others_are_not() -> None:
    assert {code: words(code).checked for code in LANGUAGES} == {code: code == "en" for code in LANGUAGES}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Tuesday 8 December, 4:20pm"),
        ("pl", "wtorek 8 grudnia, 16:20"),
        ("ro", "marți 8 decembrie, 16:20"),
        ("ur", "منگل 8 دسمبر، \N{LEFT-TO-RIGHT ISOLATE}4:20 PM\N{POP DIRECTIONAL ISOLATE}"),
        ("cy", "Dydd Mawrth 8 Rhagfyr, 16:20"),
    ],
)
def test_a_time_is_said_in_the_words_of_each_language(code: str, said: str) -> None:
    assert words(code).when(datetime(2026, 12, 8, 16, 20, tzinfo=UTC), LONDON) == said


def test_times_are_right_on_both_clock_change_sundays() -> None:
    english = words("en")
    assert english.when(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), LONDON) == "Sunday 25 October, 1:30am"
    assert english.when(datetime(2026, 10, 25, 9, 0, tzinfo=UTC), LONDON) == "Sunday 25 October, 9:00am"
    assert english.when(datetime(2027, 3, 28, 0, 59, tzinfo=UTC), LONDON) == "Sunday 28 March, 12:59am"
    assert english.when(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), LONDON) == "Sunday 28 March, 2:00am"
    assert english.day(date(2027, 3, 28)) == "Sunday 28 March"


def test_a_latin_name_is_kept_apart_in_a_line_from_right_to_left() -> None:
    assert "\N{FIRST STRONG ISOLATE}Amara\N{POP DIRECTIONAL ISOLATE}" in words("ur")("choose.lead", name="Amara")


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("ur", [("pl", 1)], "ur"),
        (None, [("pl-PL", 1), ("en", 0.5)], "pl"),
        ("xx", [("cy", 0.8), ("ro", 0.9)], "ro"),
        ("../en", [], "en"),
        (None, [("de", 1)], "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_browsers(
    asked: str | None, accepted: list[tuple[str, float]], chosen: str
) -> None:
    assert choose_language(asked, LanguageAccept(accepted)) == chosen
