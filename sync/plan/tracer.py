"""Formulas that can be found again, wherever a person moves them.

Sheets has no precondition: between our read and our write a person may sort rows or move a column, and the cell that
we write is then another. So what we put into a person's row carries a mark of its own, which moves with the cell:

    =IF("sensync 119868225.0.3"="", "", <what is to stand there>)

It shows what it holds, and it stays where the write really landed.
"""

from __future__ import annotations

import re

from sync.plan.cells import Formula, Value, blank, text

_HEAD = '=IF("sensync '
_TRACED = re.compile(r'=IF\("sensync ([0-9.]+)" *= *"", *"", *(.*)\)\Z', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"\Z')
_NUMBER = re.compile(r"-?[0-9][0-9.]*(?:E[-+]?[0-9]+)?\Z")


def traced(value: Value, mark: str) -> Formula:
    """A formula that shows `value`, or does what the formula `value` does, and carries the mark."""
    body = str(value)[1:] if isinstance(value, Formula) else _written(value)
    return Formula(f'{_HEAD}{mark}"="", "", {body})')


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return text(value)
    if isinstance(value, float | int):
        return repr(float(value)).upper()
    return '"' + ("" if blank(value) else str(value)).replace('"', '""') + '"'


def mark_of(value: Value) -> str:
    """The mark that a cell carries; "" if it carries none."""
    if isinstance(value, Formula) and value.startswith(_HEAD) and (found := _TRACED.match(value)):
        return found.group(1)
    return ""


def untraced(formula: str) -> str:
    """A formula without its mark."""
    found = _TRACED.match(formula) if formula.startswith(_HEAD) else None
    return "=" + found.group(2) if found else formula


def holds(value: Value) -> tuple[bool, Value]:
    """Whether a cell is a traced value (not a traced look-up), and the value."""
    found = _TRACED.match(value) if isinstance(value, Formula) else None
    body = found.group(2) if found else ""
    if quoted := _QUOTED.match(body):
        return True, quoted.group(1).replace('""', '"') or None
    if body in ("TRUE", "FALSE"):
        return True, body == "TRUE"
    if _NUMBER.match(body):
        return True, float(body)
    return False, None
