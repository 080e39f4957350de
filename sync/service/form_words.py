"""What the forms for staff are called on Sync status, and what is said of one that is gone, wherever that is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.concerns import FormKey
from sync.domain.families import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final[Mapping[FormKey, str]] = {FormKey.CONCERN: "the concern form", FormKey.ROBIN: "the round robin's form"}


def begun(key: FormKey) -> str:
    """A form's name at the beginning of a sentence."""
    return NAMES[key][:1].upper() + NAMES[key][1:]


def notice_key(key: FormKey) -> str:
    """Under which the form's state is told; a newer notice takes the place of an older one."""
    return f"form:{key}"


def gone(key: FormKey) -> Notice:
    """The notice of a form that Google does not give any more."""
    return Notice(
        notice_key(key),
        "Google Forms",
        f"{begun(key)} is in the bin of Google Drive or deleted, or this account may not see it any more: staff cannot "
        "open its links, and nothing arrives. Take it out of the bin; only if that cannot be, run `sensync form "
        "--again`, which makes another with new links.",
    )
