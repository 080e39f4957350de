"""The same made-up school some time on: what an MIS would have to tell a second sync."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from sync.domain.records import Need, Provision, Pupil, StatusSpell
from sync.domain.upn import is_temporary
from sync.madeup.calendar import academic_year
from sync.madeup.chance import quota, some, weekday_between
from sync.madeup.needs import needs_on, status_on
from sync.madeup.provision import make_provisions, measured_at_exit
from sync.madeup.school import SCHOOL, MadeUpSchool, make_school
from sync.madeup.upn import UpnIssuer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHARE_A_MONTH = 0.006
_ON_REGISTER = frozenset({"K", "E"})
_JOINERS_FROM, _MADE_PERMANENT_BY = "2901", "2902"
_NEW_UPN_FROM = frozenset({_JOINERS_FROM, _MADE_PERMANENT_BY, SCHOOL.estab})


def later(school: MadeUpSchool, seed: int, day: date) -> MadeUpSchool:
    """The school on a later day of the same school year.

    Some pupils have left (one of the register among them) and others joined; statuses, needs, registration
    groups, contacts' mail and attendance have moved; temporary UPNs have become permanent ones; provisions
    have ended and begun. Planned changes of status come into force by their dates. Everyone else is as
    before, and pupils keep their order.

    Args:
        school: the school as it was.
        seed: another seed, other events.
        day: the new day, after `school.today` and in the same school year.

    Raises:
        ValueError: the day is not later, or is in another school year (everyone would move up).
    """
    if day <= school.today or academic_year(day) != academic_year(school.today):
        raise ValueError(f"{day} is not a later day in the school year of {school.today}.")
    rng = Random(f"sensync later {seed} {day.toordinal()} {len(school.pupils)}")
    stayed = _without_leavers(rng, school, day)
    issuer = _issuer(school)
    _move_on(rng, stayed, issuer, school.today, day)
    pupils = (*stayed, *_joiners(rng, school, issuer, day))
    return MadeUpSchool(school.school, day, pupils, _provisions(rng, school, pupils, day))


def _issuer(school: MadeUpSchool) -> UpnIssuer:
    issuer = UpnIssuer(la=str(school.school.la))
    for pupil in school.pupils:
        for upn in (pupil.upn, *pupil.former_upns):
            if upn:
                issuer.taken(upn)
    return issuer


def _some_number(school: MadeUpSchool, day: date) -> int:
    months = (day - school.today).days / 30
    return max(2, quota(len(school.pupils), _SHARE_A_MONTH * months))


def _without_leavers(rng: Random, school: MadeUpSchool, day: date) -> list[Pupil]:
    """Those who stay. Whoever came by an earlier `later`, or has the newest provision, is among them.

    Else the next joiner or provision would be given a number that somebody had before.
    """
    count = min(_some_number(school, day), len(school.pupils) - 1)
    newest = max(school.provisions, key=lambda p: p.mis_id or "", default=None)
    free = [
        pupil
        for pupil in school.pupils
        if (pupil.upn or "")[4:8] not in _NEW_UPN_FROM and (newest is None or pupil.mis_id != newest.pupil_mis_id)
    ]
    register = [p.mis_id for p in free if status_on(p, school.today) in _ON_REGISTER]
    others = [p.mis_id for p in free if status_on(p, school.today) not in _ON_REGISTER]
    known = some(rng, register, max(1, count // 4))[:count]
    gone = {*known, *some(rng, others, count - len(known))}
    return [pupil for pupil in school.pupils if pupil.mis_id not in gone]


def _joiners(rng: Random, school: MadeUpSchool, issuer: UpnIssuer, day: date) -> list[Pupil]:
    """New pupils: another school of the same kind lends them, under UPNs and numbers that are free here.

    The first comes without a permanent UPN, and one from the register of the school before.
    """
    years = sorted({int(p.year_group or 0) for p in school.pupils})
    count = _some_number(school, day)
    lent = make_school(rng.randrange(1 << 30), 60, today=day, years=years).pupils
    register = [p for p in lent if status_on(p, day) in _ON_REGISTER]
    others = [p for p in lent if status_on(p, day) not in _ON_REGISTER]
    chosen = [*others[: count - 1], *register[:1]]
    last = max(int(p.mis_id or 0) for p in school.pupils)
    return [
        replace(
            pupil,
            upn=_joiners_upn(issuer, school, pupil, day, temporary=place == 0),
            mis_id=f"{last + place + 1:06d}",
            former_upns=(),
            registration_group=_smallest_group(school.pupils, pupil.year_group),
            attendance=None,
        )
        for place, pupil in enumerate(chosen)
    ]


def _joiners_upn(issuer: UpnIssuer, school: MadeUpSchool, pupil: Pupil, day: date, *, temporary: bool) -> str:
    if temporary:
        return issuer.temporary(str(school.school.estab), academic_year(day))
    return issuer.permanent(_JOINERS_FROM, academic_year(day) - int(pupil.year_group or 0))


def _smallest_group(pupils: Sequence[Pupil], year: str | None) -> str | None:
    groups = [p.registration_group or "" for p in pupils if p.year_group == year]
    return min(sorted(set(groups)), key=groups.count, default=None)


def _move_on(rng: Random, pupils: list[Pupil], issuer: UpnIssuer, before: date, day: date) -> None:
    """Changes the list in place; each kind of change falls on pupils of its own, and at least on one."""
    count = max(1, len(pupils) // 350)

    def change(wanted: Callable[[Pupil], bool], number: int, how: Callable[[Pupil], Pupil]) -> None:
        for i in some(rng, [i for i, pupil in enumerate(pupils) if wanted(pupil) and i not in touched], number):
            pupils[i] = how(pupils[i])
            touched.add(i)

    touched: set[int] = set()

    def to(code: str) -> Callable[[Pupil], Pupil]:
        return lambda pupil: _with_status(rng, pupil, code, before, day)

    def in_force(code: str) -> Callable[[Pupil], bool]:
        return lambda pupil: status_on(pupil, day) == code

    change(in_force("N"), 2 * count, to("K"))
    change(in_force("K"), count, to("E"))
    change(in_force("K"), count, to("N"))
    change(lambda pupil: bool(needs_on(pupil, day)), 2 * count, lambda pupil: _with_another_need(rng, pupil, day))
    change(lambda pupil: len(needs_on(pupil, day)) > 1, count, lambda pupil: _with_an_ended_need(pupil, day))
    change(
        lambda pupil: is_temporary(pupil.upn or "0"),
        len(pupils),
        lambda pupil: _with_permanent_upn(issuer, pupil),
    )
    change(lambda _: True, 2 * count, lambda pupil: _in_another_group(rng, pupil, pupils))
    change(lambda pupil: bool(pupil.contacts), count, _with_another_mail)
    for i, pupil in enumerate(pupils):
        # A week moves a year-to-date figure for about one pupil in three, to one decimal.
        if pupil.attendance is not None and rng.random() < 0.35:
            moved = pupil.attendance + rng.choice((-1.2, -0.6, -0.3, 0.1, 0.2, 0.3))
            pupils[i] = replace(pupil, attendance=round(min(100.0, max(0.0, moved)), 1))


def _with_status(rng: Random, pupil: Pupil, code: str, before: date, day: date) -> Pupil:
    start = max(weekday_between(rng, before + timedelta(days=1), day), before + timedelta(days=1))
    # What was planned for a later day is overtaken by the change.
    history = tuple(s for s in pupil.status_history or () if s.start is None or s.start < start)
    needs = tuple(pupil.needs or ())
    if code == "K":
        needs = (*needs, Need(rng.choice(("SEMH", "SPLD", "SLCN", "ASD")), 1, start))
    if code == "N":
        needs = tuple(need if need.end else replace(need, end=start) for need in needs)
    review = None if code == "N" else start + timedelta(days=84)
    return replace(pupil, status_history=(*history, StatusSpell(code, start)), needs=needs, next_review=review)


def _with_another_need(rng: Random, pupil: Pupil, day: date) -> Pupil:
    held = {need.code for need in pupil.needs or ()}
    code = rng.choice([code for code in ("SEMH", "SPLD", "SLCN", "MLD", "ASD", "HI") if code not in held])
    rank = len(needs_on(pupil, day)) + 1
    return replace(pupil, needs=(*(pupil.needs or ()), Need(code, rank, day)))


def _with_an_ended_need(pupil: Pupil, day: date) -> Pupil:
    """The first need ends, and those after it move up."""
    first, *rest = needs_on(pupil, day)
    ended = replace(first, end=day - timedelta(days=1))
    others = tuple(need for need in pupil.needs or () if need not in (first, *rest))
    return replace(
        pupil, needs=(*(replace(need, rank=rank) for rank, need in enumerate(rest, start=1)), ended, *others)
    )


def _with_permanent_upn(issuer: UpnIssuer, pupil: Pupil) -> Pupil:
    permanent = issuer.permanent(_MADE_PERMANENT_BY, int((pupil.upn or "")[8:10]))
    return replace(pupil, upn=permanent, former_upns=(*pupil.former_upns, str(pupil.upn)))


def _in_another_group(rng: Random, pupil: Pupil, pupils: Sequence[Pupil]) -> Pupil:
    groups = {p.registration_group or "" for p in pupils if p.year_group == pupil.year_group}
    others = sorted(groups - {pupil.registration_group or ""})
    return replace(pupil, registration_group=rng.choice(others)) if others else pupil


def _with_another_mail(pupil: Pupil) -> Pupil:
    first, *rest = pupil.contacts or ()
    return replace(pupil, contacts=(replace(first, email=f"family{pupil.mis_id}@example.org"), *rest))


def _provisions(rng: Random, school: MadeUpSchool, pupils: Sequence[Pupil], day: date) -> tuple[Provision, ...]:
    """Those of leavers go with them, those that have ended are measured, pupils new to K or E get some."""
    by_number = {pupil.mis_id: pupil for pupil in pupils}
    kept = [
        _on(rng, replace(provision, upn=by_number[provision.pupil_mis_id].upn), school.today, day)
        for provision in school.provisions
        if provision.pupil_mis_id in by_number
    ]
    on_register_before = {p.mis_id for p in school.pupils if status_on(p, school.today) in _ON_REGISTER}
    new = [pupil for pupil in pupils if pupil.mis_id not in on_register_before]
    last = max((int((p.mis_id or "PR0")[2:]) for p in school.provisions), default=0)
    begun = make_provisions(rng, new, day, first_number=last + 1)
    return (*kept, *begun)


def _on(rng: Random, provision: Provision, before: date, day: date) -> Provision:
    if provision.end is not None and before <= provision.end < day:
        return measured_at_exit(rng, provision)
    if provision.stage == "Plan" and provision.start is not None and provision.start <= day:
        return replace(provision, stage="Do")
    return provision
