"""Conditional colours of a workbook that an earlier version made: which of ours are to be renewed. Pure.

A rule has no key of its own, and people add rules. One is taken for ours if it has our formula, or if it colours some
of our columns with our colour; a person's own colour or formula is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Rule = Mapping[str, Any]
_MOST_COLUMNS = 18_278
_CHANNELS = ("red", "green", "blue")


def renewed(sheet_id: int, wanted: Sequence[Rule], there: Sequence[Rule]) -> list[dict[str, Any]]:
    """Requests that give a tab the colour rules of the template; [] where it has them.

    Args:
        sheet_id: of the tab.
        wanted: the rules as they are made in a new tab, in their order.
        there: the tab's rules as Sheets gives them, in their order.
    """
    requests: list[dict[str, Any]] = []
    free = list(range(len(there)))
    found: list[int | None] = [None] * len(wanted)
    for like in (_same_formula, _same_colour):
        for number, rule in enumerate(wanted):
            if found[number] is None:
                found[number] = next((at for at in free if like(rule, there[at])), None)
                free = [at for at in free if at != found[number]]
    added = 0
    for rule, at in zip(wanted, found, strict=True):
        if at is None:
            # Behind those that are there: a person's own rule goes on coming first.
            requests.append({"addConditionalFormatRule": {"rule": rule, "index": len(there) + added}})
            added += 1
        elif not (_same_formula(rule, there[at]) and _begins(there[at]) == 0):
            requests.append({"updateConditionalFormatRule": {"sheetId": sheet_id, "index": at, "rule": rule}})
    return requests


def _formula(rule: Rule) -> str:
    condition = rule.get("booleanRule", {}).get("condition", {})
    values = condition.get("values") or [{}]
    return str(values[0].get("userEnteredValue", "")) if condition.get("type") == "CUSTOM_FORMULA" else ""


def _same_formula(one: Rule, two: Rule) -> bool:
    return _formula(one) == _formula(two)


def _same_colour(one: Rule, two: Rule) -> bool:
    return bool(_formula(two)) and _look(one) == _look(two) and bool(_columns(one) & _columns(two))


def _look(rule: Rule) -> tuple[Any, ...]:
    look = rule.get("booleanRule", {}).get("format", {})
    return _colour(look.get("backgroundColorStyle")), _colour(look.get("textFormat", {}).get("foregroundColorStyle"))


def _colour(style: Rule | None) -> tuple[float, ...]:
    """Red, green and blue, as exactly as Sheets keeps them; () for none."""
    # Sheets leaves out a channel that is 0.
    return tuple(round(style.get("rgbColor", {}).get(each, 0.0), 2) for each in _CHANNELS) if style else ()


def _columns(rule: Rule) -> set[int]:
    """The columns that a rule colours; a span without ends has every column that there can be."""
    return {
        n
        for span in rule["ranges"]
        for n in range(span.get("startColumnIndex", 0), span.get("endColumnIndex", _MOST_COLUMNS))
    }


def _begins(rule: Rule) -> int:
    return min((int(span.get("startRowIndex", 0)) for span in rule["ranges"]), default=0)
