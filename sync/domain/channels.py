"""A channel on which Calendar tells of changes, as it is opened, kept and asked after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - whoever resolves the fields needs it at run time


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that is open, or was until `expires`.

    Of its token there is only the hash, so that who reads it cannot use it.
    """

    id: str
    resource_id: str
    token_hash: str = field(repr=False)
    expires: datetime
