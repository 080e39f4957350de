"""Reads the word lists that come with Sensync, or a school's own copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.plan.given_names import GivenNames
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
