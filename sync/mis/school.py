"""Is a file from our school? Numbers of schools are read and compared here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.domain.errors import InputError
from sync.domain.records import School

if TYPE_CHECKING:
    from sync.mis.options import ReadOptions


def school_number(la: str, estab: str) -> School:
    """The LA and establishment numbers in one or two cells: `999` + `1001`, `9991001`, `999/1001`.

    Anything but digits of the right length is unknown: the DfE's own files say `XXX` and `XXXX` for "any".
    """
    if joined := re.fullmatch(r"(\d{3})\s*/?\s*(\d{4})", estab, re.ASCII):
        return School(la=joined[1], estab=joined[2])
    return School(
        la=la if re.fullmatch(r"\d{3}", la, re.ASCII) else None,
        estab=estab if re.fullmatch(r"\d{4}", estab, re.ASCII) else None,
    )


def is_ours(school: School, options: ReadOptions) -> bool | None:
    """Whether the school is the expected one; None when the file or the settings do not say."""
    pairs = [
        (theirs, ours)
        for theirs, ours in ((school.la, options.la), (school.estab, options.estab))
        if theirs is not None and ours is not None
    ]
    return all(theirs == ours for theirs, ours in pairs) if pairs else None


def wrong_school(name: str, school: School, options: ReadOptions, *, sent_to_us: bool = False) -> InputError:
    """The refusal of another school's file; the school's number is no personal data and is named."""
    theirs = f"{school.la or '???'}/{school.estab or '????'}"
    ours = f"{options.la or '???'}/{options.estab or '????'}"
    if sent_to_us:
        return InputError(
            f"{name}: is a transfer file that school {theirs} sent to yours ({ours}); it holds its "
            f"pupils, not your roll.",
            next_step="Import it into your MIS, then export a CTF of your own school.",
        )
    return InputError(
        f"{name}: is from school {theirs}, but this workbook is for school {ours}.",
        next_step="Take the file away from the folder, or correct la and estab in sensync.toml.",
    )
