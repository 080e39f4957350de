"""What the door is allowed, what it counts, and who may look on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from requests.hooks import default_hooks

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often. Times in seconds; `None` for a rate means that nothing is held back.

    `deadline` is for one call with all its tries, its waits and the reading of its answer. It is over a
    minute, since a quota that is used up comes back within one. Calendar allows 600 calls a minute for one user of
    one project, every call of a batch counted (projects made since May 2026). Gmail counts in units and by the day
    as well; `mails_per_minute` is our own measure, far below it.
    """

    connect: float = 5.0
    read: float = 60.0
    deadline: float = 150.0
    first_wait: float = 1.0
    longest_wait: float = 32.0
    reads_per_minute: int | None = 60
    writes_per_minute: int | None = 60
    calendar_per_minute: int | None = 600
    mails_per_minute: int | None = 60


@dataclass(slots=True)
class Counter:
    """What went over the wire. Bytes are those of bodies as sent, that is compressed, and of every try.

    `requests` counts calls of APIs (each try counts), `sign_ins` those of the token endpoint beside them.
    """

    requests: int = 0
    reads: int = 0
    writes: int = 0
    retries: int = 0
    sign_ins: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class Hooks(dict[str, Any]):
    """Functions called around every try: `before(method, url)` and `after(method, url, status)`.

    `status` is None where no answer came. They serve tests that let people act between two requests. `waiting(why,
    seconds)` is called before a wait, so that a person can be told what takes so long. It is a dictionary as well
    because `requests` keeps its own hooks under this very attribute.
    """

    def __init__(self) -> None:
        super().__init__(default_hooks())
        self.before: list[Callable[[str, str], object]] = []
        self.after: list[Callable[[str, str, int | None], object]] = []
        self.waiting: list[Callable[[str, float], object]] = []
