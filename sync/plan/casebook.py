"""What a plan needs to know of teachers' concerns that neither the MIS nor the workbook says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sync.plan.given_names import NO_GIVEN_NAMES

if TYPE_CHECKING:
    from sync.domain.concerns import Answers, Concern, Feedback, Screen
    from sync.domain.response_clock import Clock
    from sync.domain.school_days import SchoolCalendar
    from sync.plan.given_names import GivenNames
    from sync.plan.matching import Match


class Edition(Protocol):
    """One version of a concern, as the store keeps it."""

    @property
    def version(self) -> int:
        """1 is the response as it was first taken."""

    @property
    def submitted(self) -> datetime:
        """When it was sent."""

    @property
    def screen(self) -> Screen:
        """HELD: there are no answers."""

    @property
    def answers(self) -> Answers:
        """By the question's key."""


class Part(Protocol):
    """One teacher's part in the round robin of a concern, as the store keeps it."""

    @property
    def teacher(self) -> str:
        """The address, casefolded."""

    @property
    def submitted(self) -> datetime | None:
        """When the newest answer was sent; None before there is one."""

    @property
    def screen(self) -> Screen:
        """HELD: the answers wait in the form."""

    @property
    def answers(self) -> Answers:
        """By the question's key."""


Starter = Callable[[datetime, "SchoolCalendar"], "Clock"]
"""Starts the clock of a concern that was received at an instant."""


@dataclass(frozen=True, slots=True)
class Casebook:
    """What is kept of concerns.

    Attributes:
        clock: reckons when each is due.
        concerns: all of them, the one that was received first in front.
        editions: of each concern that was edited, every version, the first in front; by the concern's key.
        feedback: the newest words that were to go back to the teacher, by the concern's key.
        robins: whom each round robin asked, and who answered unasked; by the concern's key.
        responders: who may answer the forms, as in `[concerns]`; nobody else is asked. Nothing here lets anybody be.
        families: addresses of families, folded: nobody of them is asked as a teacher.
        given: which forenames belong together: a short form is the child's name as well.
    """

    clock: Starter
    concerns: Sequence[Concern] = ()
    editions: Mapping[str, Sequence[Edition]] = field(default_factory=dict)
    feedback: Mapping[str, Feedback] = field(default_factory=dict)
    robins: Mapping[str, Sequence[Part]] = field(default_factory=dict)
    families: Collection[str] = ()
    given: GivenNames = NO_GIVEN_NAMES
    responders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What the SENCO decided on *Concerns* that the store has not taken over yet, by the concern's key.

    Attributes:
        linked: the pupil she chose.
        unlinked: concerns whose pupil she had chosen, and has taken back; how they match now is in `matched`.
        released: the version that is held and that she releases.
        parts: answers of a round robin that are held and that she releases: when each was sent, by the address.
        feedback: words that are to go to the teacher, each with her choice under *Send*.
        cleared: concerns whose *Send* she cleared since words were last taken from it.
        asked: addresses of teachers to ask, who were not asked before.
        matched: what waited for a pupil, matched again on the roll of this run; with the version that was matched.
        recalled: addresses that were asked before Sensync lost its memory: to be noted, and not written to.
    """

    linked: Mapping[str, str] = field(default_factory=dict)
    unlinked: tuple[str, ...] = ()
    released: Mapping[str, int] = field(default_factory=dict)
    feedback: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recalled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    matched: Mapping[str, tuple[Match, int]] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
