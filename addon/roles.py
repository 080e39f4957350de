"""Who may see and do what: one table. What a teacher sees is what the teachers' workbook says, and no more."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.config_addon import RoleSettings


class Role(StrEnum):
    """What somebody is at the school, for Sensync; NONE is everybody whom the configuration does not name."""

    SENCO = "senco"
    DEPUTY = "deputy"
    HEAD = "head"
    TEACHER = "teacher"
    NONE = "none"


class Right(StrEnum):
    """What a card may show (SEE_), or a button may do (DO_)."""

    SEE_PUPILS = "see pupils"
    """To find a pupil of the register, with year, class, status and strategies."""
    SEE_NEEDS = "see needs"
    SEE_PROVISION = "see provision"
    SEE_COSTS = "see costs"
    SEE_MEETINGS = "see meetings"
    SEE_NOTES = "see notes"
    """What the SENCO wrote for herself: outcomes, barriers, agencies, notes."""
    SEE_CONCERNS = "see concerns"
    """That there are concerns about a pupil, when they came and when they are due."""
    SEE_CONCERN_WORDS = "see concern words"
    """What a teacher wrote, who wrote it, and what was decided."""
    SEE_RUNS = "see runs"
    """How the last sync went, and what waits for a person."""
    DO_SYNC = "sync"
    DO_WRITE = "write"
    """To have Sensync write into a people's tab in one's own name."""
    DO_LINKS = "links"
    """To get a parent's personal link, which is as good as a key."""


_TEACHER: Final = frozenset({Right.SEE_PUPILS})
_HEAD: Final = _TEACHER | {
    Right.SEE_NEEDS,
    Right.SEE_PROVISION,
    Right.SEE_COSTS,
    Right.SEE_MEETINGS,
    Right.SEE_CONCERNS,
    Right.SEE_RUNS,
}

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.SENCO: frozenset(Right),
    Role.DEPUTY: frozenset(Right),
    Role.HEAD: _HEAD,
    Role.TEACHER: _TEACHER,
    Role.NONE: frozenset(),
}


def role_of(roles: RoleSettings, address: str) -> Role:
    """What somebody is, by their verified address; in several lists, the first of senco, deputy, head, teacher."""
    found = address.casefold()
    if found in roles.senco:
        return Role.SENCO
    if found in roles.deputy:
        return Role.DEPUTY
    if found in roles.head:
        return Role.HEAD
    if found in roles.teacher or f"@{found.rpartition('@')[2]}" in roles.teacher:
        return Role.TEACHER
    return Role.NONE


def may_write(roles: RoleSettings, address: str) -> bool:
    """Whether what somebody asked for may be written in their name."""
    return Right.DO_WRITE in RIGHTS[role_of(roles, address)]
