"""Reads the word lists that come with Sensync, or a school's own copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.errors import ConfigError
from sync.plan.given_names import GivenNames
from sync.plan.screen import Phrases
from sync.service.templates import load_toml

if TYPE_CHECKING:
    from pathlib import Path

_PHRASES = "safeguarding_phrases.toml"


def load_given_names(own: Path | None = None) -> GivenNames:
    """Which forenames belong together.

    Args:
        own: the school's folder of template files; a `nicknames.toml` there replaces ours.

    Raises:
        ConfigError: with every problem found in the file.
    """
    return GivenNames.of(load_toml("nicknames.toml", own))


def load_phrases(file: Path | None = None, own: Path | None = None) -> Phrases:
    """What the safeguarding screen looks for.

    Args:
        file: `[concerns] phrases`. One that is named and not there is an error: nobody may believe that it is used.
        own: the school's folder of template files, where a file of our name takes the place of ours as well.

    Raises:
        ConfigError: the file is not there, or with every problem found in it. There is no screening with half a list.
    """
    if file is None:
        return Phrases.of(load_toml(_PHRASES, own), _PHRASES)
    if not file.is_file():
        raise ConfigError(
            f"{file}: there is no such file; [concerns] phrases names it.",
            next_step="Correct the path, or leave it out for the phrases that come with Sensync.",
        )
    return Phrases.of(load_toml(file.name, file.parent), str(file))
