"""The SEN part of a made-up pupil: needs and the history of the status, as in English secondaries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sync.domain.in_force import current_needs, current_status
from sync.domain.records import Need, Pupil, StatusSpell
from sync.madeup.chance import weekday_between

if TYPE_CHECKING:
    from random import Random

# Shares of pupils in a mainstream secondary, derived from DfE's totals of January 2026: about 3.5 % with
# an EHC plan, 14.1 % at SEN support. The mix by primary need is an assumption: no table by phase was found.
EHC_PLAN_SHARE = 37 / 1050
SEN_SUPPORT_SHARE = 148 / 1050
NEEDS_AT_SEN_SUPPORT = {
    "SEMH": 27.0,
    "SPLD": 24.0,
    "MLD": 14.0,
    "SLCN": 12.0,
    "ASD": 12.0,
    "HI": 2.5,
    "PD": 2.5,
    "OTH": 2.5,
    "VI": 1.5,
    "NSA": 1.5,
    "MSI": 0.5,
}
NEEDS_WITH_A_PLAN = {
    "ASD": 34.0,
    "SEMH": 20.0,
    "SLCN": 13.0,
    "MLD": 11.0,
    "SPLD": 6.0,
    "PD": 5.0,
    "HI": 3.0,
    "SLD": 3.0,
    "DS": 2.5,
    "VI": 1.5,
    "OTH": 1.0,
}
_OFTEN_TOGETHER = {
    "ASD": ("SEMH", "SLCN", "SPLD"),
    "SEMH": ("SPLD", "SLCN", "MLD", "ASD"),
    "SPLD": ("SEMH", "SLCN", "MLD"),
    "MLD": ("SLCN", "SEMH", "SPLD"),
    "SLCN": ("MLD", "ASD", "SEMH", "HI"),
    "DS": ("SLCN", "MLD", "HI"),
}


@dataclass(frozen=True, slots=True)
class SenRecord:
    """What the SEN screen of an MIS holds for one pupil."""

    history: tuple[StatusSpell, ...]
    needs: tuple[Need, ...]
    next_review: date | None = None


def status_on(pupil: Pupil, day: date) -> str | None:
    """The status code in force on a day; None where nothing is known."""
    spell = current_status(pupil.status_history, day)
    return spell.code if spell else None


def needs_on(pupil: Pupil, day: date) -> tuple[Need, ...]:
    """The needs in force on a day, in rank order; none where nothing is known."""
    return current_needs(pupil.needs, day) or ()


def with_a_plan(rng: Random, primary: str, dob: date, today: date) -> SenRecord:
    """A pupil with an EHC plan: most were at SEN support before."""
    first = _early(rng, dob, today - timedelta(days=400))
    issued = weekday_between(rng, first + timedelta(days=200), today - timedelta(days=20))
    way = rng.random()
    history: tuple[StatusSpell, ...]
    if way < 0.75:
        history = (StatusSpell("K", first), StatusSpell("E", issued))
    elif way < 0.86:
        history = (StatusSpell("E", first),)
    else:
        # Statements (S) became plans by 2018; an MIS still shows the old code in the history of the eldest.
        history = (StatusSpell("S", first), StatusSpell("E", issued))
    # A plan is reviewed within twelve months; the date in the MIS may have gone by without anyone moving it.
    review = weekday_between(rng, today - timedelta(days=25), today + timedelta(days=330))
    return SenRecord(history, _needs(rng, primary, first, today, more=(0.3, 0.45, 0.2, 0.05)), review)


def at_sen_support(rng: Random, primary: str, dob: date, today: date) -> SenRecord:
    """A pupil at SEN support, some with an earlier spell, or an older code, behind them."""
    first = _early(rng, dob, today - timedelta(days=40))
    later = weekday_between(rng, first + timedelta(days=20), today - timedelta(days=10))
    way = rng.random()
    history: tuple[StatusSpell, ...]
    if way < 0.7:
        history = (StatusSpell("K", first),)
    elif way < 0.9:
        history = (StatusSpell("N", first), StatusSpell("K", later))
    elif way < 0.96:
        back = weekday_between(rng, later + timedelta(days=5), today)
        history = (StatusSpell("K", first), StatusSpell("N", later), StatusSpell("K", back))
    else:
        history = (StatusSpell(rng.choice("AP"), first), StatusSpell("K", later))
    review = weekday_between(rng, today - timedelta(days=30), today + timedelta(days=120))
    if rng.random() < 0.02:
        return SenRecord(history, (), None)
    needs = _needs(rng, primary, first, today, more=(0.72, 0.23, 0.05, 0.0))
    return SenRecord(history, needs, review if rng.random() < 0.85 else None)


def without_sen(rng: Random, joined: date, dob: date, today: date) -> SenRecord:
    """A pupil with no SEN now; a few were on the register before, and their needs have an end."""
    if rng.random() >= 0.05:
        return SenRecord((StatusSpell("N", joined),), ())
    first = _early(rng, dob, today - timedelta(days=200))
    left = weekday_between(rng, first + timedelta(days=60), today - timedelta(days=30))
    code = rng.choice(list(NEEDS_AT_SEN_SUPPORT))
    before = "K" if rng.random() < 0.85 else rng.choice("AP")
    return SenRecord((StatusSpell(before, first), StatusSpell("N", left)), (Need(code, 1, first, left),))


def _early(rng: Random, dob: date, latest: date) -> date:
    """A day from the fourth birthday on, sooner rather than later: most needs are seen in primary school."""
    fourth = dob + timedelta(days=4 * 365 + 1)
    return weekday_between(rng, fourth, min(weekday_between(rng, fourth, latest), latest))


def _needs(
    rng: Random, primary: str, first: date, today: date, *, more: tuple[float, float, float, float]
) -> tuple[Need, ...]:
    others = [code for code in _OFTEN_TOGETHER.get(primary, ("SEMH", "SLCN", "MLD")) if code != primary]
    extra = rng.choices((0, 1, 2, 3), weights=more)[0]
    codes = (primary, *rng.sample(others, min(extra, len(others))))
    # One need in five has no start: older screens did not ask for it.
    current = [Need(code, rank, first if rng.random() < 0.8 else None) for rank, code in enumerate(codes, start=1)]
    if len(current) > 1 and rng.random() < 0.04:
        # Nothing in an MIS makes ranks unique.
        current[1] = Need(current[1].code, 1, current[1].start)
    if rng.random() < 0.1:
        ended = rng.choice([code for code in NEEDS_AT_SEN_SUPPORT if code not in codes])
        end = weekday_between(rng, first + timedelta(days=30), today - timedelta(days=5))
        current.append(Need(ended, 2, first, max(end, first)))
    return tuple(current)
