"""What a school may set about reading: which school it is, its own headings, which source wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from sync.domain.errors import ConfigError
from sync.mis.headings import PROVISIONS, PUPILS, base_field, known_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KINDS: Final = ("ctf", "pupils")
"""The kinds of source that speak about pupils, as `Source.kind` names them."""

DEFAULT_PRECEDENCE: Final[Mapping[str, Sequence[str]]] = {
    "upn": ("ctf", "pupils"),
    "mis_id": ("pupils", "ctf"),
    "legal_surname": ("ctf", "pupils"),
    "legal_forename": ("ctf", "pupils"),
    "middle_names": ("ctf", "pupils"),
    "preferred_surname": ("ctf", "pupils"),
    "preferred_forename": ("ctf", "pupils"),
    "dob": ("ctf", "pupils"),
    "sex": ("ctf", "pupils"),
    "year_group": ("pupils", "ctf"),
    "registration_group": ("pupils", "ctf"),
    "status_history": ("ctf", "pupils"),
    "needs": ("ctf", "pupils"),
    "fsm": ("pupils", "ctf"),
    "pp": ("pupils", "ctf"),
    "eal": ("pupils", "ctf"),
    "looked_after": ("ctf", "pupils"),
    "attendance": ("pupils", "ctf"),
    "next_review": ("pupils", "ctf"),
    "contacts": ("ctf", "pupils"),
}
"""Which kind of source is believed first, field by field; the reasons are in docs/mis-files.md."""

_SETTINGS: Final = ("la", "estab", "aliases", "provision_aliases", "precedence")
_EXAMPLE: Final = {"la": "999", "estab": "1001"}
_LA_DIGITS: Final = 3
_ESTAB_DIGITS: Final = 4


@dataclass(frozen=True)
class ReadOptions:
    """How to read; every part has a default.

    Attributes:
        la: the school's local authority number, three digits; None checks nothing.
        estab: its establishment number, four digits; None checks nothing.
        aliases: field of a pupil report -> the school's own headings for it.
        precedence: field -> kinds of source, the most trusted first; fields left out keep the default.
        provision_aliases: field of a provision report -> the school's own headings for it.

    Raises:
        ConfigError: with every setting that cannot be used, when built.
    """

    la: str | None = None
    estab: str | None = None
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    precedence: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provision_aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [
            *_number("la", self.la, _LA_DIGITS),
            *_number("estab", self.estab, _ESTAB_DIGITS),
            *_unknown("aliases", self.aliases, PUPILS),
            *_unknown("provision_aliases", self.provision_aliases, PROVISIONS),
            *_bad_precedence(self.precedence),
        ]
        if problems:
            raise ConfigError(
                *problems,
                next_step="Correct the [mis] part of sensync.toml; docs/mis-files.md lists the fields.",
            )

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """The options in the `[mis]` table of a sensync.toml; settings not about reading are ignored."""
        return cls(**{name: settings[name] for name in _SETTINGS if name in settings})

    def ranking(self, name: str) -> Sequence[str]:
        """The kinds of source for one field, the most trusted first."""
        return self.precedence.get(name, DEFAULT_PRECEDENCE[name])


def _number(name: str, value: object, digits: int) -> Iterable[str]:
    if value is not None and not (
        isinstance(value, str) and len(value) == digits and value.isascii() and value.isdigit()
    ):
        yield f'mis.{name} must be {digits} digits in quotes, e.g. "{_EXAMPLE[name]}".'


def _unknown(name: str, aliases: object, kind: str) -> Iterable[str]:
    if not hasattr(aliases, "items"):
        yield f'mis.{name} must be a table of fields, each with a list of headings, e.g. dob = ["Born on"].'
        return
    for key, headings in aliases.items():
        if base_field(key) not in known_fields(kind):
            known = ", ".join(sorted(known_fields(kind)))
            yield f"mis.{name} names a field '{key}' that does not exist; known are: {known}."
        elif isinstance(headings, str) or not all(isinstance(one, str) for one in headings):
            yield f'mis.{name}.{key} must be a list of headings, e.g. ["Born on"].'


def _bad_precedence(precedence: object) -> Iterable[str]:
    if not hasattr(precedence, "items"):
        yield 'mis.precedence must be a table of fields with lists of kinds, e.g. fsm = ["ctf", "pupils"].'
        return
    for key, kinds in precedence.items():
        if key not in DEFAULT_PRECEDENCE:
            known = ", ".join(DEFAULT_PRECEDENCE)
            yield f"mis.precedence names a field '{key}' that does not exist; known are: {known}."
        elif isinstance(kinds, str) or sorted(kinds) != sorted(KINDS):
            yield f"mis.precedence.{key} must list each of {', '.join(KINDS)} once, the most trusted first."
