"""Unique pupil numbers: how they are built, and the check-letter test.

Source of the rule: the DfE's own Multiplication Tables Check service (`admin/services/upn.service.js`),
re-implemented from its description and checked against its published examples.
"""

from __future__ import annotations

import re
from typing import Final

LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The 23 letters of the check-letter alphabet; I, O and S are left out because they look like digits."""

_LENGTH: Final = 13
_SHAPE: Final = re.compile(rf"[{LETTERS}]\d{{11}}[{LETTERS}\d]")


def normalise(text: str) -> str:
    """The UPN as it is stored: capitals, no spaces (`h 801200001001 ` -> `H801200001001`)."""
    return "".join(text.split()).upper()


def check_letter(number: str) -> str:
    """The check letter of the last twelve characters of a UPN.

    The sum of each character's value times its position (2 to 13), modulo 23, indexes `LETTERS`. A letter
    in the last place (a temporary UPN) has its own index in `LETTERS` as value.

    Args:
        number: twelve characters, e.g. `801200001001` or `20110001804V`.

    Raises:
        ValueError: `number` is not eleven digits followed by a digit or a letter of `LETTERS`.
    """
    if not _SHAPE.fullmatch("A" + number):
        raise ValueError("a UPN has eleven digits and then a digit or a letter after its check letter")
    values = (int(c) if c.isdigit() else LETTERS.index(c) for c in number)
    return LETTERS[sum(value * place for place, value in enumerate(values, start=2)) % len(LETTERS)]


def fault(upn: str) -> str | None:
    """Why a normalised text is not a valid UPN, as the end of a sentence; None when it is valid."""
    if len(upn) != _LENGTH:
        return f"has {len(upn)} characters where a UPN has {_LENGTH}"
    # `isascii`, because `\d` and `int` also take the digits of other scripts.
    if not upn.isascii() or not _SHAPE.fullmatch(upn):
        return "is not a letter, eleven digits and a digit (or, if temporary, a letter)"
    if check_letter(upn[1:]) != upn[0]:
        return f"fails the check-letter test (the letter should be {check_letter(upn[1:])})"
    return None


def is_valid(upn: str) -> bool:
    """Whether a normalised text is a UPN, permanent or temporary, with the right check letter."""
    return fault(upn) is None


def is_temporary(upn: str) -> bool:
    """Whether a valid UPN is a temporary one: its last character is a letter."""
    return is_valid(upn) and upn[-1] in LETTERS
