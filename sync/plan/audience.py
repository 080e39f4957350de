"""Who may book a surgery: the words of the cell, and the pupils of the roll whom they mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sync.domain.meetings import Audience
from sync.plan.cells import Value, text
from sync.plan.guards import SEN
from sync.plan.identity import is_reference
from sync.plan.typed import CellError, words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync.plan.mirror import Row, Rows

HINT: Final = (
    "type 'on the register', years ('Year 7, 8'), 'EHC plans', 'SEN support', 'short of three', 'everyone', "
    "or pupils' references"
)

_SPLIT: Final = re.compile(r"\s*(?:[,;&+/\n]|\band\b|\bwith\b|\bor\b|\bin\b)\s*")
# A line picked from the roll, "Name (Class) · REF": the reference at its end is all that is used.
_PICKED: Final = re.compile(r"([^;\n\u00b7]*)\u00b7\s*(\w{5})(?=\s*(?:[,;\n]|$))")
_YEARS: Final = re.compile(r"(?:years?|yrs?|y)\s*(r|\d{1,2})(?:\s*(?:-|\u2013|to)\s*(\d{1,2}))?", re.ASCII)
_MORE_YEARS: Final = re.compile(r"(\d{1,2})(?:\s*(?:-|\u2013|to)\s*(\d{1,2}))?", re.ASCII)
_NURSERY: Final = re.compile(r"n(?:ursery)?\s*([12])", re.ASCII)
_REGISTER: Final = frozenset(
    {"register", "on the register", "on register", "the register", "sen register", "all on the register"}
)
_EVERYONE: Final = frozenset(
    {"everyone", "everybody", "all", "anyone", "anybody", "all pupils", "all families", "whole school"}
)
_STATUSES: Final = {
    "e": "E", "ehc plan": "E", "ehc plans": "E", "ehcp": "E", "ehcps": "E", "plans": "E", "with a plan": "E",
    "k": "K", "sen support": "K", "support": "K", "send support": "K",
}  # fmt: skip
_SHORT: Final = re.compile(r"short(?:\s+of\s+(?:three|3)(?:\s+meetings)?)?|not met(?:\s+three times)?")
_FILLER: Final = re.compile(r"(?:all )?(?:the )?\b(?:families|parents|pupils|children)\b(?: of| who are)?|\bonly\b")
_LAST_YEAR: Final = 14


def read_audience(value: Value) -> Audience:
    """What is typed under *Who may book*.

    Parts are joined by commas, semicolons, `and`, `or`: years widen each other, so do statuses; years, statuses and
    `short of three` narrow each other. Pupils' references stand alone: "Year 7 and this child" would be read in
    two ways. `everyone` means pupils who are not on the register too. Empty means on the register.

    Raises:
        CellError: with what to type instead. It repeats nothing of the cell, which may hold a name.
    """
    picked = _PICKED.findall(text(value))
    rest = _PICKED.sub("", text(value))
    refs = [ref for line, ref in picked if is_reference(ref) and _only_a_name(line)]
    years: list[str] = []
    statuses: list[str] = []
    everyone = register = short = after_years = False
    parts = [part for part in _SPLIT.split(rest.strip()) if part]
    for number, part in enumerate(parts, start=1):
        plain = words(part) if words(part) in _EVERYONE else _FILLER.sub("", words(part)).strip()
        if not plain:
            continue
        found = _years(plain, more=after_years)
        after_years = bool(found)
        if found:
            years += found
        elif is_reference(part.strip().upper()):
            refs.append(part.strip().upper())
        elif plain in _STATUSES:
            statuses.append(_STATUSES[plain])
        elif plain in _REGISTER:
            register = True
        elif plain in _EVERYONE:
            everyone = True
        elif _SHORT.fullmatch(plain):
            short = True
        else:
            which = "what is typed there" if len(parts) == 1 else f"part {number} of {len(parts)}"
            raise CellError(f"{which} is not something I know: {HINT}")
    if len(refs) < len(picked):
        raise CellError(f"a line from the roll must stand alone and end in a reference: {HINT}")
    if refs and (years or statuses or short or register or everyone):
        raise CellError("it names pupils by reference and describes others too: use one row for each")
    if everyone and (register or statuses):
        raise CellError("it says everyone and also narrows to the register: leave one of them out")
    return Audience(
        register=not (refs or everyone),
        years=frozenset(years),
        statuses=frozenset(statuses),
        refs=frozenset(refs),
        short=short,
    )


def _only_a_name(line: str) -> bool:
    """Whether what stands before a picked reference can be a name (`Surname, Forename (Class)`) and nothing else."""
    pieces = [words(piece) for piece in line.strip(" ,").split(",")]
    described = _years(pieces[0], more=False) or pieces[0] in _STATUSES.keys() | _REGISTER | _EVERYONE
    return len(pieces) <= 2 and not described and not _SHORT.fullmatch(pieces[0])  # noqa: PLR2004 - a comma at most


def _years(plain: str, *, more: bool) -> list[str]:
    """The years a part names: `year 7`, `y7-9`, `reception`; a bare number only after another year."""
    if plain in ("reception", "r"):
        return ["R"]
    if match := _NURSERY.fullmatch(plain):
        return [f"N{match[1]}"]
    match = _YEARS.fullmatch(plain) or (_MORE_YEARS.fullmatch(plain) if more else None)
    if not match:
        return []
    if match[1] == "r":
        return ["R"]
    first, last = int(match[1]), int(match[2] or match[1])
    return [str(year) for year in range(first, last + 1) if 1 <= year <= _LAST_YEAR] if last <= _LAST_YEAR else []


def may_book(audience: Audience, row: Row, *, on_register: bool, short: bool) -> bool:
    """Whether the family of one pupil may book.

    Args:
        audience: who may.
        row: the pupil's row of the MIS roll (`ref`, `year`, `status`, `on_roll`).
        on_register: whether the SENCO's register has the pupil; SEN support and EHC plans count as on it anyway.
        short: whether the family is short of three meetings this year.
    """
    status = text(row.get("status"))
    return (
        text(row.get("on_roll")) == "Yes"
        and (not audience.register or on_register or status in SEN)
        and (not audience.years or text(row.get("year")).upper() in audience.years)
        and (not audience.statuses or status in audience.statuses)
        and (not audience.refs or text(row.get("ref")) in audience.refs)
        and (not audience.short or short)
    )


def who_may_book(
    audience: Audience, roll: Rows, *, register: Collection[str], short: Collection[str]
) -> tuple[str, ...]:
    """The references of the pupils whose families may book, in the order of the roll.

    Args:
        audience: who may.
        roll: the MIS roll by reference; leavers may not book.
        register: the references on the SENCO's register, those she only monitors among them.
        short: the references of families short of three meetings.
    """
    return tuple(
        ref for ref, row in roll.items() if may_book(audience, row, on_register=ref in register, short=ref in short)
    )


def unknown(audience: Audience, roll: Mapping[str, Row]) -> tuple[str, ...]:
    """A sentence for each reference of the audience that no pupil on roll has."""
    return tuple(
        f"No pupil on roll has the reference {ref}: correct 'Who may book'."
        for ref in sorted(audience.refs)
        if ref not in roll or text(roll[ref].get("on_roll")) != "Yes"
    )


def say_audience(audience: Audience) -> str:
    """The audience in words, to be read back: `on the register, Year 7 or 8, short of three meetings`."""
    if audience.refs:
        return "pupils " + ", ".join(sorted(audience.refs))
    parts = ["on the register" if audience.register else "everyone"]
    if audience.years:
        order = sorted(audience.years, key=lambda year: (year.isdigit(), int(year) if year.isdigit() else 0, year))
        parts.append("Year " + " or ".join(order))
    if audience.statuses:
        parts.append(" or ".join({"E": "EHC plans", "K": "SEN support"}.get(s, s) for s in sorted(audience.statuses)))
    if audience.short:
        parts.append("short of three meetings")
    return ", ".join(parts)
