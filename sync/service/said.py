"""What a sync did, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.wording import counted

if TYPE_CHECKING:
    from sync.service.mirror import Report


def sentence(report: Report) -> str:
    """What a run did, in a sentence or two."""
    told = report.summary
    on_roll = (
        f"{counted(told.get('on_roll', 0), 'pupil')} on roll, {told.get('ehc_plans', 0)} with an EHC plan, "
        f"{told.get('sen_support', 0)} at SEN support."
    )
    if not report.wrote:
        return f"Nothing new. {on_roll}"
    parts = [
        f"{counted(told[name], thing)} {rest}"
        for name, thing, rest in (
            ("changes", "change", "in the MIS"),
            ("rows_added", "row", "added"),
            ("meetings_added", "meeting", "added"),
            ("concerns_added", "concern", "added"),
            ("rows_mended", "row", "mended"),
            ("typed_over", "word", "kept, typed over a look-up"),
        )
        if told.get(name)
    ]
    return f"Done: {', '.join(parts) or 'the workbook is up to date'}. {on_roll}"
