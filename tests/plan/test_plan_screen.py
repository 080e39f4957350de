from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen_sentences import (
    BENIGN,
    HARMFUL,
    HIDDEN_BENIGN,
    HIDDEN_HARMFUL,
    LAST_BENIGN,
    LAST_HARMFUL,
    NEW_BENIGN,
    NEW_HARMFUL,
    sentences,
)

from sync.domain.errors import ConfigError
from sync.plan.screen import Phrases, screen
from sync.service.templates import load_toml
from sync.service.wordlists import load_phrases

OURS = load_phrases()


def hits(text: str, phrases: Phrases = OURS) -> tuple[str, ...]:
    return screen({"seen": (text,)}, phrases)


def one(phrase: str, harmless: tuple[str, ...] = (), **words: str) -> Phrases:
    return Phrases.of({"words": words, "group": {"g": {"phrases": [phrase], "harmless": list(harmless)}}})


def refused(told: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        Phrases.of(told, "own.toml")
    return error.value.problems


# --- how well the list that comes with Sensync does ------------------------------------------------------------


def test_every_sentence_that_a_person_must_see_is_held() -> None:
    assert [each for each in sentences(HARMFUL, NEW_HARMFUL, LAST_HARMFUL, HIDDEN_HARMFUL) if not hits(each)] == []


def test_of_harmless_sentences_about_learning_hardly_any_is_held() -> None:
    every = sentences(BENIGN, NEW_BENIGN, LAST_BENIGN, HIDDEN_BENIGN)
    held = [each for each in every if hits(each)]
    assert held == ["He raped up, I mean wrapped up, his model.", "She gets a beating heart before every test."]
    assert len(held) / len(every) < 0.01


def test_what_is_told_in_other_words_or_another_language_passes() -> None:
    passed = (
        "He draws a man with a big hand over a small boy, every day.",
        "Elle m'a dit que son père la frappe.",
        "Bounces from sofa to sofa, I think.",
        "Something about the weekend makes her go quiet.",
    )
    assert [each for each in passed if hits(each)] == []


# --- how phrases are understood --------------------------------------------------------------------------------


WIDE = "".join(chr(ord(each) + 0xFEE0) if each.isalpha() else each for each in "self harm")


@pytest.mark.parametrize(
    "text",
    ["self harm", "Self-Harm.", "SELF  HARM", "self\nharming", "s3lf h4rm", "self.harm", "sélf hârm", "selfharm",
     "s-e-l-f harm", "self\u200bharm", "s\u0435lf h\u0430rm", WIDE, "seeeelf harrrm"],
)  # fmt: skip
def test_case_signs_spacing_accents_and_figures_make_no_difference(text: str) -> None:
    assert hits(f"There was {text} again") == ("self_harm",)


def test_spaced_letters_are_read_as_a_word() -> None:
    assert hits("he wants to k i l l himself") == hits("he wants to kill himself") == ("suicide", "weapons")


def test_a_word_is_matched_whole() -> None:
    phrases = one("rape")
    assert [hits(text, phrases) for text in ("rape", "grape", "rapeseed", "drape it")] == [("g",), (), (), ()]


def test_a_plus_takes_the_regular_endings_and_no_other_word() -> None:
    kick, cry, like = one("kick+"), one("cry+"), one("take+")
    assert [hits(word, kick) for word in ("kick", "kicks", "kicked", "kicking", "kickback")] == [("g",)] * 4 + [()]
    assert [hits(word, cry) for word in ("cry", "cries", "cried", "crying")] == [("g",)] * 4
    assert [hits(word, like) for word in ("take", "takes", "taking", "taken")] == [("g",)] * 3 + [()]
    assert [hits(word, one("stab+")) for word in ("stabs", "stabbed", "stabbing", "stable")] == [("g",)] * 3 + [()]


def test_a_star_takes_every_ending() -> None:
    assert [hits(word, one("suicid*")) for word in ("suicide", "suicidal", "asuicide")] == [("g",), ("g",), ()]


def test_a_tilde_allows_one_wrong_letter_after_the_first() -> None:
    phrases = one("~suicide")
    words = ("suicide", "suicde", "suiccide", "siucide", "suixide", "suixxde", "quicide")
    assert [hits(word, phrases) for word in words] == [("g",)] * 5 + [()] * 2


def test_dots_stand_for_up_to_four_words() -> None:
    phrases = one("knife ... bag")
    texts = ("knife bag", "knife in his very big bag", "knife in his very big old bag")
    assert [hits(text, phrases) for text in texts] == [("g",), ("g",), ()]


def test_a_list_of_words_stands_for_each_of_them() -> None:
    assert [hits(text, one("<who> hits", who="mum|dad")) for text in ("mum hits", "dad hits", "he hits")] == [
        ("g",), ("g",), (),
    ]  # fmt: skip


def test_a_harmless_phrase_excuses_only_a_hit_wholly_within_it() -> None:
    phrases = one("hits ... him", ("hits the keyboard", "hits the ball at him"))
    texts = ("he hits the keyboard", "hits the ball at him", "he hits the keyboard by him", "hits the ball to him")
    assert [hits(text, phrases) for text in texts] == [(), (), ("g",), ("g",)]
    assert hits("he hits the keyboard and hits out", one("hits", ("hits the keyboard",))) == ("g",)


def test_a_long_phrase_is_seen_where_a_short_one_that_begins_alike_is_harmless() -> None:
    phrases = Phrases.of({"group": {"g": {"phrases": ["knife", "knife ... bag"], "harmless": ["a plastic knife"]}}})
    assert [hits(text, phrases) for text in ("a plastic knife", "a plastic knife in his bag")] == [(), ("g",)]


def test_the_longest_of_several_harmless_phrases_excuses() -> None:
    phrases = one("stabbing ... her", ("stabbing pain", "stabbing pain in her hand", "her hand"))
    assert [hits(text, phrases) for text in ("stabbing pain in her hand", "stabbing pain, her hand")] == [(), ("g",)]


def plain(phrase: str) -> str:
    """A harmless phrase of ours as somebody may write it: the first of each word's choices."""
    words = phrase.replace("<family>", "dad").replace("<self>", "herself").replace("<their>", "her")
    words = words.replace("<often>", "has").replace("...", "me")
    return " ".join(word.split("|")[0].strip("+*~") for word in words.split())


def test_no_harmless_phrase_of_ours_clears_a_sentence_that_a_person_must_see() -> None:
    told = load_toml("safeguarding_phrases.toml", None)
    harmless = [plain(each) for group in told["group"].values() for each in group.get("harmless", ())]
    every = (*sentences(HIDDEN_HARMFUL), *sentences(HARMFUL, NEW_HARMFUL, LAST_HARMFUL)[::10])
    around = [f"{each} {text} {each}" for each in harmless for text in every]
    assert len(harmless) > 40
    assert [text for text in around if not hits(text)] == []


def test_a_no_is_not_believed() -> None:
    assert hits("There is no sign of self-harm.") == ("self_harm",)


def test_every_answer_is_looked_at_and_groups_come_in_the_order_of_the_file() -> None:
    answers = {"tried": ("A seat at the front.",), "view": ("Says he carries a knife.",), "name": ("wants to die",)}
    assert screen(answers, OURS) == ("suicide", "weapons")


def test_no_answers_hold_nothing() -> None:
    assert screen({}, OURS) == ()
    assert screen({"seen": ("", " ")}, OURS) == ()


@given(st.text(max_size=200))
def test_any_text_is_screened_and_nothing_of_it_is_given_back(text: str) -> None:
    assert set(hits(text)) <= {group.key for group in OURS.groups}


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_stands_around_a_phrase_on_other_lines_cannot_hide_it(before: str, after: str) -> None:
    plain = "".join(each for each in before if each.isascii())
    assert "suicide" in hits(f"{plain}\n\nxx. She is suicidal.\n\n{after}")


@pytest.mark.parametrize("text", ["mum " * 10_000, "a " * 20_000, "hit by " * 6_000, "x" * 40_000, "k.i" * 15_000])
def test_a_flood_of_words_is_screened_in_a_moment(text: str) -> None:
    begin = time.process_time()
    hits(text)
    assert time.process_time() - begin < 5


# --- a school's own file ---------------------------------------------------------------------------------------


def test_a_file_without_phrases_is_refused() -> None:
    assert refused({}) == ("own.toml: it holds no phrases, so nothing would be screened.",)
    assert refused({"group": {"g": {"phrases": []}}}) == (
        "own.toml: [group.g] has no phrases; take the group out to stop looking for it.",
    )


def test_every_mistake_in_a_file_is_named() -> None:
    told = {
        "groups": {},
        "words": {"who": "Mum, Dad"},
        "group": {"g": {"phrases": ["Kick", "", "... kick", "kick <whom>", "~kick", 3, "kick"], "harmles": []},
                  "h": {"phrases": "kick"}},
    }  # fmt: skip
    assert refused(told) == (
        "own.toml: 'groups' is not known; there are [words] and [group.…].",
        "own.toml: [words], 'who': it must be words with | between them.",
        "own.toml: [group.g]: 'harmles' is not known.",
        (
            "own.toml: [group.g], phrases, number 1: a word is small letters, with |, + or * behind it or ~ before it "
            "as the top of the file says."
        ),
        "own.toml: [group.g], phrases, number 2: it must be words between quotes.",
        "own.toml: [group.g], phrases, number 3: it must not begin or end with '...'.",
        "own.toml: [group.g], phrases, number 4: there is no list <whom> under [words].",
        "own.toml: [group.g], phrases, number 5: ~ needs a word of at least 6 letters.",
        "own.toml: [group.g], phrases, number 6: it must be words between quotes.",
        "own.toml: [group.h]: 'phrases' must be a list of phrases.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["-" * 100_000, "1" * 100_000, "1-" * 50_000, "_" * 100_000, "a " * 50_000, "kill " * 20_000, "a." * 50_000]
)
def test_no_text_however_odd_keeps_the_screen_busy(text: str) -> None:
    begin = time.process_time()
    hits(text)
    assert time.process_time() - begin < 1.0
