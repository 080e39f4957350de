"""Reads the word lists that come with Sensync, or a school's own copies of them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from sync.domain.errors import ConfigError
from sync.plan.given_names import GivenNames
from sync.plan.screen import Phrases
from sync.service.templates import load_toml

if TYPE_CHECKING:
    from pathlib import Path


def load_given_names(own: Path | None = None) -> GivenNames:
    """Which forenames belong together.

    Args:
        own: the school's folder of template files; a `nicknames.toml` there replaces ours.

    Raises:
        ConfigError: with every problem found in the file.
    """
    return GivenNames.of(load_toml("nicknames.toml", own))


def load_phrases(own: Path | None = None) -> Phrases:
    """What the safeguarding screen looks for.

    Args:
        own: the school's own file (`phrases` under [concerns]); None for the one that comes with Sensync.

    Raises:
        ConfigError: it cannot be read, or with every problem found in it. There is no screening with half a list.
    """
    if own is None:
        return Phrases.of(load_toml("safeguarding_phrases.toml", None))
    try:
        return Phrases.of(tomllib.loads(own.read_text(encoding="utf-8")), str(own))
    except OSError as error:
        raise ConfigError(
            f"{own}: it cannot be read: {error.strerror}.", next_step="Correct concerns.phrases."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{own}: it is not TOML: {error}.", next_step="Mend the file and try again.") from error
