"""Guards: reasons to change nothing until a person has looked.

Each gives a sentence, the next step, and (where going on can be right) the word for `sync --accept`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sync.plan.actions import Refusal
from sync.plan.cells import text
from sync.plan.families import with_known_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sync.domain.families import Adult
    from sync.domain.records import MisData
    from sync.plan.identity import Identified
    from sync.plan.mirror import Rows, Wanted
    from sync.plan.snapshot import Bound, Snapshot
    from sync.plan.template import Template

WORKBOOK_MARK = "sensync.workbook"
RUN_MARK = "sensync.run"
SEN = ("K", "E")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may change at once. Shares are of what was there; a small number is always allowed.

    Of contacts it is smaller: each one who goes loses the links that were given out, each who comes may book.
    """

    leavers_share: float = 0.1
    status_share: float = 0.5
    joiners_share: float = 0.5
    provisions_share: float = 0.5
    contacts_share: float = 0.1
    min_roll: int = 1
    small: int = 5
    few_contacts: int = 3


def structure(
    bound: Bound, template: Template, accepted: Collection[str], without: Collection[tuple[str, str]] = ()
) -> list[Refusal]:
    """Guards on the workbook itself: a copy, a tab or column that is gone, a header row that is gone."""
    found = marks(bound.snapshot)
    repair = "Undo it in the sheet (Ctrl+Z or version history), or run `sensync setup` to put it back"
    for key in bound.missing_tabs:
        title = template.tab(key).title
        found.append(Refusal("tab gone", f"The tab '{title}' is not in the workbook any more.", f"{repair}."))
    for tab_key, column in bound.missing_columns:
        declared = template.tab(tab_key).column(column)
        mine = declared.owner == "senco"
        if mine and ("columns" in accepted or (tab_key, column) in without):
            continue
        found.append(
            Refusal(
                "column gone",
                f"The column '{declared.header}' of the tab '{template.tab(tab_key).title}' is gone.",
                f"{repair} (with what was typed in it)." if mine else f"{repair}.",
                accept="columns" if mine else "",
            )
        )
    for key, tab in bound.tabs.items():
        if template.tab(key).columns and tab.header_row < 0 and template.tab(key).mode != "safety":
            found.append(Refusal("header gone", f"The header row of the tab '{tab.raw.title}' is gone.", f"{repair}."))
    return found


def marks(snapshot: Snapshot) -> list[Refusal]:
    """Whether the workbook's own mark says that it is the one that Sensync made, and not a copy."""
    mark = snapshot.metadata.get(WORKBOOK_MARK)
    if mark is None:
        return [
            Refusal(
                "not ours",
                "This spreadsheet was not made by Sensync, or its marks were removed.",
                "Check `spreadsheet_id`, or run `sensync setup` to make a workbook.",
            )
        ]
    told: Mapping[str, Any] = json.loads(mark[1])
    if told.get("id") not in (snapshot.spreadsheet_id, None):
        return [
            Refusal(
                "copied workbook",
                "This spreadsheet is a copy of the workbook that Sensync made; the first one is the real one.",
                "Use the first workbook. To make the copy the real one, run `sensync setup --adopt`.",
            )
        ]
    return []


def data(
    mis: MisData,
    who: Identified,
    before: Rows,
    want: Wanted,
    limits: Limits,
    accepted: Collection[str],
    provisions: Rows | None = None,
) -> list[Refusal]:
    """Guards on what the MIS says, against what it said before (`before` the roll, `provisions` the provisions)."""
    checks = (_empty, _no_sen, _leavers, _joiners, _statuses)
    refusals = [check(mis, who, before, want, limits) for check in checks]
    refusals.append(_provisions(provisions or {}, want, limits))
    return [
        replace(refusal, what=f"{refusal.what}{_read_from(mis)}")
        for refusal in refusals
        if refusal and not (refusal.accept and refusal.accept in accepted)
    ]


def _read_from(mis: MisData) -> str:
    """The files that a person has to look at."""
    names = [source.name for source in mis.sources if source.kind != "provisions"]
    return f" (Read from {', '.join(names)}.)" if names else ""


def _empty(mis: MisData, _who: Identified, _before: Rows, _want: Wanted, limits: Limits) -> Refusal | None:
    if len(mis.pupils) >= max(1, limits.min_roll):
        return None
    return Refusal(
        "empty roll",
        f"The MIS files hold {len(mis.pupils)} pupils; at least {max(1, limits.min_roll)} were expected.",
        "Make the export again, for the whole roll.",
    )


def _no_sen(mis: MisData, _who: Identified, before: Rows, _want: Wanted, _limits: Limits) -> Refusal | None:
    if any(p.status_history is not None for p in mis.pupils):
        return None
    if before and not any(text(r.get("status")) in SEN for r in before.values()):
        return None
    return Refusal(
        "no SEN information",
        "None of the MIS files says anything of SEN status: that means unknown, not 'no SEN'.",
        "Export again with the SEN history (CTF) or the SEN status column (report).",
        accept="no-sen",
    )


def _on_roll(rows: Rows) -> list[str]:
    return [ref for ref, row in rows.items() if text(row.get("on_roll")) == "Yes"]


def _leavers(_mis: MisData, _who: Identified, before: Rows, want: Wanted, limits: Limits) -> Refusal | None:
    there = _on_roll(before)
    gone = [ref for ref in there if text(want.roll.get(ref, {}).get("on_roll")) != "Yes"]
    if len(gone) <= max(limits.small, limits.leavers_share * len(there)):
        return None
    return Refusal(
        "roll shrank",
        f"{len(gone)} of {len(there)} pupils are missing from the MIS files.",
        "If the export was cut short, make it again. If they have really left, run `sensync sync --accept leavers`.",
        accept="leavers",
    )


def _joiners(_mis: MisData, who: Identified, before: Rows, _want: Wanted, limits: Limits) -> Refusal | None:
    there = _on_roll(before)
    if not before or len(who.new) <= max(limits.small, limits.joiners_share * len(there)):
        return None
    return Refusal(
        "many new pupils",
        f"{len(who.new)} pupils are new beside {len(there)} on the roll. Is this another school's file?",
        "If they have really joined, run `sensync sync --accept joiners`.",
        accept="joiners",
    )


def _statuses(_mis: MisData, _who: Identified, before: Rows, want: Wanted, limits: Limits) -> Refusal | None:
    sen = [ref for ref, row in before.items() if text(row.get("status")) in SEN]
    changed = [ref for ref in sen if text(want.roll[ref].get("status")) != text(before[ref].get("status"))]
    gained = [
        ref
        for ref, row in before.items()
        if text(row.get("status")) not in SEN and text(want.roll[ref].get("status")) in SEN
    ]
    if len(changed) + len(gained) <= max(limits.small, limits.status_share * len(sen)):
        return None
    others = f", and {len(gained)} without SEN would have it" if gained else ""
    return Refusal(
        "most statuses changed",
        f"{len(changed)} of {len(sen)} pupils with SEN would change status at once{others}.",
        "Look at the export. If it is right, run `sensync sync --accept statuses`.",
        accept="statuses",
    )


def _provisions(before: Rows, want: Wanted, limits: Limits) -> Refusal | None:
    if want.mis_provision is None:
        return None
    listed = [key for key, row in before.items() if text(row.get("in_mis")) == "Yes"]
    gone = [key for key in listed if text(want.mis_provision.get(key, {}).get("in_mis")) != "Yes"]
    if len(gone) <= max(limits.small, limits.provisions_share * len(listed)):
        return None
    return Refusal(
        "most provisions gone",
        f"{len(gone)} of {len(listed)} provisions are missing from the MIS files.",
        "If the report was cut short, make it again. If they have ended, run `sensync sync --accept provisions`.",
        accept="provisions",
    )


def contacts(
    told: Mapping[str, Sequence[Adult]],
    known: Mapping[str, Sequence[Adult]],
    roll: Rows,
    limits: Limits,
    accepted: Collection[str],
) -> list[Refusal]:
    """Guards on how many adults of pupils on the roll would go or come at once.

    The links of who goes would open no more. Of those who come only they count of whom the MIS does not say whether
    they have parental responsibility: an export without that column has everybody in it whom the others leave out.

    Args:
        told: the adults of each pupil of whom the MIS tells any, by reference.
        known: those of the last sync.
        roll: as it is wanted.
        limits: how many may go, and come.
        accepted: words of guards that a person lets pass this time.
    """
    if "contacts" in accepted:
        return []
    here = {ref: adults for ref, adults in known.items() if text(roll.get(ref, {}).get("on_roll")) == "Yes"}
    # Of all, as they will be stored: who has left may have kept a key from a brother or sister, and does so no more.
    now = {ref: adults for ref, adults in with_known_keys(told, known).items() if ref in here}
    there = sum(map(len, here.values()))
    before = {ref: {each.key for each in adults} for ref, adults in here.items()}
    gone = sum(len(before[ref] - {each.key for each in adults}) for ref, adults in now.items())
    new = sum(
        each.key not in before[ref] and each.responsible is None for ref, adults in now.items() for each in adults
    )
    most = max(limits.few_contacts, limits.contacts_share * there)
    refusals = []
    if gone > most:
        refusals.append(
            Refusal(
                "contacts gone",
                f"{gone} of {there} contacts who may book for a pupil are missing from the MIS files, or are other "
                "people there. Their links would open no more, and nobody would write to them.",
                "If the export was made without contacts, or without who has parental responsibility, make it again. "
                "If it is right, run `sensync sync --accept contacts`.",
                accept="contacts",
            )
        )
    if new > most:
        refusals.append(
            Refusal(
                "many new contacts",
                f"{new} contacts beside {there} are new to pupils whose contacts are known, and the MIS files do not "
                "say whether they have parental responsibility. They would be written to and could book.",
                "If the export was made without who has parental responsibility, make it again. If they may all book, "
                "run `sensync sync --accept contacts`.",
                accept="contacts",
            )
        )
    return refusals


def sentences(refusals: Sequence[Refusal]) -> list[str]:
    """The refusals as a person reads them."""
    return [f"{r.what} {r.next_step}" for r in refusals]
