"""Our formulas: from the template's words to text, for the columns as they stand today.

A template writes `{roll.name}` for a whole column of another tab, `{next_review}` for this row's cell of a column
of the same tab, `{key}` for this row's key, `{setting:code}` for a value in Settings, and
`{school_days:column}` for the school days up to a date of this row.

Every formula is the same in every row and says nothing of its own position, so a sort cannot break it: this row's
cell is `INDEX($X:$X, ROW())`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.plan.cells import Formula, column_letter, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.plan.template import Column, Tab

# Text can be joined with "" to make a blank stay blank; a number or a date must not become text.
_NUMERIC = ("date", "datetime", "number", "integer", "percent", "money")
REF_LENGTH = 5
ROW_COLUMN = "row"
"""The hidden column that finds this row's key in the machine tab once, so that every look-up is short and fast."""

WORD = re.compile(r"\{([a-z_0-9]+)(?:([.:])([a-z_0-9]+))?\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tab's columns are today: its title and sheet id, and each column key's index from 0."""

    title: str
    columns: Mapping[str, int]
    sheet_id: int = 0


class MissingColumnError(KeyError):
    """A formula needs a column that the workbook does not have now."""


def whole_column(places: Mapping[str, Place], tab: str, column: str) -> str:
    """`'MIS roll'!$C:$C` for a column of any tab."""
    try:
        place = places[tab]
        letter = column_letter(place.columns[column])
    except KeyError as missing:
        raise MissingColumnError(f"{tab}.{column}") from missing
    return f"{quoted(place.title)}!${letter}:${letter}"


def this_row(places: Mapping[str, Place], tab: str, column: str) -> str:
    """`INDEX($X:$X, ROW())`: this row's cell of a column of the formula's own tab."""
    try:
        letter = column_letter(places[tab].columns[column])
    except KeyError as missing:
        raise MissingColumnError(f"{tab}.{column}") from missing
    return f"INDEX(${letter}:${letter}, ROW())"


def row_key(places: Mapping[str, Place], tab: Tab) -> str:
    """This row's key. A pupil's key is the last five characters, so that a picked line of the roll works too."""
    cell = this_row(places, tab.key, tab.key_column.key)
    return f"RIGHT(TRIM({cell}), {REF_LENGTH})" if tab.identity == "pupil" else cell


def setting(places: Mapping[str, Place], code: str, column: str = "value") -> str:
    """A value of the Settings tab by its code; 0 if the row is gone."""
    values = whole_column(places, "settings", column)
    codes = whole_column(places, "settings", "code")
    return f'IFNA(INDEX({values}, MATCH("{code}", {codes}, 0)), 0)'


def school_days(places: Mapping[str, Place], tab: Tab, day: str, *, before: bool = False) -> str:
    """The days of the half terms in Settings up to a date of this row, or up to the day before it.

    The difference between two such sums, by seven, is the school weeks between two dates. Written with SUMIFS and
    COUNTIFS over whole columns: they pass over the header and over settings that are no half term.
    """
    starts = whole_column(places, "settings", "from")
    ends = whole_column(places, "settings", "to")
    d = this_row(places, tab.key, day) + ("-1" if before else "")
    over = f'{ends}, "<="&{d}, {starts}, ">0"'
    running = f'{starts}, "<="&{d}, {ends}, ">"&{d}'
    return (
        f"SUMIFS({ends}, {over})-SUMIFS({starts}, {over})+COUNTIFS({over})"
        f"+COUNTIFS({running})*({d}+1)-SUMIFS({starts}, {running})"
    )


def expand(template: str, places: Mapping[str, Place], tab: Tab) -> Formula:
    """The formula's text for the columns as they stand.

    Raises:
        MissingColumnError: a column that it names is not in the workbook now.
    """

    def replace(match: re.Match[str]) -> str:
        word, mark, second = match.groups()
        if mark is None:
            return row_key(places, tab) if word == "key" else this_row(places, tab.key, word)
        if mark == ".":
            return whole_column(places, word, second)
        if word == "setting":
            return setting(places, second)
        if word in ("setting_from", "setting_to"):
            return setting(places, second, word.removeprefix("setting_"))
        if word in ("school_days", "school_days_before"):
            return school_days(places, tab, second, before=word.endswith("before"))
        if word == "gid":
            return str(places[second].sheet_id)
        raise MissingColumnError(match.group(0))

    return Formula(WORD.sub(replace, template))


def column_formula(column: Column, tab: Tab, places: Mapping[str, Place]) -> Formula:
    """The formula that every row of a computed column holds."""
    if column.formula:
        return expand(column.formula, places, tab)
    source, field = column.lookup.split(".")
    found = f"INDEX({whole_column(places, source, field)}, {this_row(places, tab.key, ROW_COLUMN)})"
    if column.type in _NUMERIC:
        # A blank in the MIS must not turn into 0, which is a date in 1899.
        return Formula(f'=IFNA(IF({found}="", "", {found}), "")')
    return Formula(f'=IFNA({found}&"", "")')


def formulas_of(tab: Tab, places: Mapping[str, Place]) -> dict[str, Formula]:
    """The formula of each computed column of a tab that is in the workbook now, by column key.

    Where a formula speaks of a column that a person took away (and was asked about), it is left out: the sheet shows
    what it lacks, and putting it back could not help.
    """
    present = places[tab.key].columns
    found = {}
    for column in tab.columns:
        if column.computed and column.key in present:
            with suppress(MissingColumnError):
                found[column.key] = column_formula(column, tab, places)
    return found


# A whole column of any tab, or what is left of it once the column was deleted.
_COLUMN = re.compile(r"(?:(?:'(?:[^']|'')+'|[^\W\d]\w*)!)?(?:\$[A-Z]{1,3}:\$[A-Z]{1,3}|#REF!)")


def shape(formula: str) -> str:
    """A formula without its columns: equal for one of ours before and after columns moved or tabs were renamed."""
    return _COLUMN.sub("#", formula).replace(" ", "").upper()
