"""The words of the pages: one TOML catalogue a language, and times in each language's own words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from babel.dates import format_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from werkzeug.datastructures import LanguageAccept

LANGUAGES = ("en", "pl", "ro", "ur", "cy")
"""In the order in which the pages offer them; the first is taken where nothing else is asked for."""

_TIMES = "times"
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True)
class Words:
    """One language. `texts` is flat: `section.key` to a sentence with `{placeholders}`.

    `checked` says whether a native speaker has read it; the page says so where none has.
    """

    code: str
    name: str
    direction: str
    locale: str
    checked: bool
    patterns: Mapping[str, str]
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence called `key`, with its placeholders filled in.

        Raises:
            KeyError: there is no such sentence, or a placeholder has no value.
        """
        if self.direction == "rtl":
            # A Latin name or a time is a run of its own, or the line's own direction would turn its parts around.
            values = {name: f"{_ISOLATE}{value}{_END}" for name, value in values.items()}
        return self.texts[key].format(**values)

    def when(self, instant: datetime, zone: tzinfo) -> str:
        """`Tuesday 8 December, 4:20pm`: an instant on the school's clock."""
        return self._say(instant.astimezone(zone), "when")

    def time(self, instant: datetime, zone: tzinfo) -> str:
        """`4:20pm`: an instant on the school's clock."""
        return self._say(instant.astimezone(zone), "time")

    def day(self, day: date) -> str:
        """`Tuesday 8 December`."""
        return self._say(day, "day")

    def _say(self, moment: date | datetime, pattern: str) -> str:
        # Babel would shift an aware moment to a zone of its own choosing; a wall-clock time it leaves as it is.
        wall = moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime.combine(moment, time.min)
        return _said(wall, self.patterns[pattern], self.locale)


@lru_cache(maxsize=4096)
def _said(wall: datetime, pattern: str, locale: str) -> str:
    """A time in words. Every page says the same few: asking Babel each time takes longer than the rest of the page."""
    return str(format_datetime(wall, pattern, locale=locale))


@cache
def words(code: str) -> Words:
    """The catalogue of a language.

    Raises:
        FileNotFoundError: we do not have that language.
    """
    raw: dict[str, Any] = tomllib.loads((files(__package__) / "catalogues" / f"{code}.toml").read_text("utf-8"))
    about = raw.pop("language")
    patterns = raw.pop(_TIMES)
    texts = {f"{section}.{key}": text for section, inner in raw.items() for key, text in inner.items()}
    return Words(code=code, patterns=patterns, texts=texts, **about)


def choose_language(asked: str | None, accepted: LanguageAccept) -> str:
    """The language asked for by name, else the best of what the browser accepts, else English."""
    if asked in LANGUAGES:
        return asked
    # In the browser's order, by language alone: "pl-PL, en;q=0.5" wishes for Polish.
    wished = (tag.partition("-")[0].lower() for tag, quality in accepted if quality > 0)
    return next((code for code in wished if code in LANGUAGES), LANGUAGES[0])
