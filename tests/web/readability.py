"""How hard a text is to read: the Flesch-Kincaid grade, and from it a reading age.

Grade = 0.39 x words per sentence + 11.8 x syllables per word - 15.59 (Kincaid, Fishburne, Rogers and Chissom 1975,
"Derivation of new readability formulas"); a grade is a year of school in the United States, whose first pupils are six,
so the reading age is the grade plus five. Syllables are counted by their groups of vowels, which is right for nearly
all of our words. A library for this would bring a language toolkit that loads data.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^aeiouyl]|(?<=[aeiouy])l)e$|[^aeiouytd]ed$|(?<![cgsxz])(?<!ch)(?<!sh)es$")


def syllables(word: str) -> int:
    """How many syllables a word has, at least one."""
    groups = len(_VOWELS.findall(word))
    return max(1, groups - bool(_SILENT.search(word)))


def reading_age(text: str) -> float:
    """The age, in years, at which most children can read a text."""
    sentences = [words for part in _SENTENCE.split(text.lower()) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59 + 5
