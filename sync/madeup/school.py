"""Makes the school: the same seed, size and day give the same pupils, to the letter, on every machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from sync.domain.records import Provision, Pupil, School, StatusSpell
from sync.madeup.calendar import academic_year, half_terms
from sync.madeup.chance import quota, shuffled, some, spread, weekday_between
from sync.madeup.families import Family, in_care, make_family
from sync.madeup.names import AWKWARD_SURNAMES, OWN_SCRIPT_NAMES, SHORT_FORMS
from sync.madeup.needs import (
    EHC_PLAN_SHARE,
    NEEDS_AT_SEN_SUPPORT,
    NEEDS_WITH_A_PLAN,
    SEN_SUPPORT_SHARE,
    SenRecord,
    at_sen_support,
    with_a_plan,
    without_sen,
)
from sync.madeup.provision import make_provisions
from sync.madeup.upn import UpnIssuer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Local authority 999 exists only in test data (DfE's own mock school is in it).
SCHOOL = School(la="999", estab="4321", urn="999321", name="Aldermere School")

# January 2026, England: eligible for free school meals, by SEN status; boys among them (DfE, SEN in England).
FSM_SHARE = {"E": 0.438, "K": 0.393, "N": 0.222}
BOYS_SHARE = {"E": 0.71, "K": 0.61, "N": 0.48}
LOOKED_AFTER_SHARE = 0.007
_EVER_FSM_SHARE = 0.07
_FORM_SIZE = 30
_PUPILS_A_PRIMARY = 55


@dataclass(frozen=True, slots=True)
class MadeUpSchool:
    """A school on one day: everything that its MIS would say, and nothing true.

    `later` in `sync.madeup.events` gives the same school some time on.
    """

    school: School
    today: date
    pupils: tuple[Pupil, ...]
    provisions: tuple[Provision, ...]


@dataclass(frozen=True, slots=True)
class _Seat:
    """A place on the roll before the pupil in it has a name."""

    year: int
    dob: date
    family: Family


def make_school(
    seed: int = 1,
    pupils: int = 1050,
    *,
    today: date,
    years: Sequence[int] = range(7, 12),
) -> MadeUpSchool:
    """Makes an English secondary school.

    Args:
        seed: another seed, another school; the same seed, the same school.
        pupils: how many on roll, at least 1. 1,050 gives 37 with an EHC plan and 148 at SEN support.
        today: the day on which the MIS is read; statuses, needs and provisions lie around it.
        years: national-curriculum years, `range(7, 14)` with a sixth form.

    Returns:
        The pupils in the order of their admission numbers, and the provisions in the order of their ids.

    Raises:
        ValueError: fewer than one pupil, or no years.
    """
    if pupils < 1 or not years:
        raise ValueError("A made-up school needs at least one pupil and one year group.")
    rng = Random(f"sensync school {seed}")
    seats = _seats(rng, pupils, years, today)
    statuses = _statuses(rng, pupils)
    sexes = _sexes(rng, statuses)
    fsm = _eligible_for_meals(seats, statuses)
    ever = _next_in_hardship(seats, fsm, quota(pupils, _EVER_FSM_SHARE))
    looked_after = _looked_after(rng, statuses)
    primaries = _needs_by_pupil(rng, statuses)
    groups = _registration_groups(rng, [seat.year for seat in seats])
    issuer = UpnIssuer(la=str(SCHOOL.la))
    made = [
        _pupil(
            rng,
            seat,
            sex=sexes[i],
            sen=_sen(rng, statuses[i], primaries[i], seat, today),
            group=groups[i],
            fsm=i in fsm,
            pp=i in fsm or i in ever or i in looked_after,
            looked_after=i in looked_after,
            upn=_primary_upn(rng, issuer, seat, today, pupils // len(years)),
            today=today,
        )
        for i, seat in enumerate(seats)
    ]
    _name_the_awkward(rng, made, statuses)
    _give_temporary_upns(rng, made, issuer, today)
    _leave_some_unknown(rng, made, statuses)
    _plan_changes(rng, made, statuses, today)
    numbered = _numbered(rng, made)
    return MadeUpSchool(
        school=SCHOOL,
        today=today,
        pupils=numbered,
        provisions=make_provisions(rng, numbered, today),
    )


# --- who is in the school ---------------------------------------------------------------------------------


def _seats(rng: Random, count: int, years: Sequence[int], today: date) -> list[_Seat]:
    """Places by family: brothers and sisters lie in different years, or are twins."""
    wanted = shuffled(rng, [years[i % len(years)] for i in range(count)])
    seats: list[_Seat] = []
    while wanted:
        family = make_family(rng)
        children = rng.choices((1, 2, 3), weights=(79, 18, 3))[0]
        taken = sorted((wanted.pop() for _ in range(min(children, len(wanted)))), reverse=True)
        seats.extend(
            _Seat(year, dob, family)
            for year, dob in zip(taken, _birthdays(rng, taken, academic_year(today)), strict=True)
        )
    return shuffled(rng, seats)


def _birthdays(rng: Random, years: Iterable[int], school_year: int) -> list[date]:
    """One birthday a child, eldest first: twins share theirs, others are ten months apart or more."""
    found: list[date] = []
    before: tuple[int, int] | None = None
    for year in years:
        if before is not None and year == before[0]:
            into = before[1]
        elif before is not None and year == before[0] - 1:
            into = rng.randint(max(0, before[1] - 60), 364)
        else:
            into = rng.randint(0, 364)
        found.append(date(school_year - year - 5, 9, 1) + timedelta(days=into))
        before = (year, into)
    return found


def _statuses(rng: Random, count: int) -> list[str]:
    plans, support = quota(count, EHC_PLAN_SHARE), quota(count, SEN_SUPPORT_SHARE)
    return shuffled(rng, ["E"] * plans + ["K"] * support + ["N"] * (count - plans - support))


def _sexes(rng: Random, statuses: Sequence[str]) -> list[str]:
    sexes = ["F"] * len(statuses)
    for code, share in BOYS_SHARE.items():
        members = [i for i, status in enumerate(statuses) if status == code]
        for i in rng.sample(members, quota(len(members), share)):
            sexes[i] = "M"
    return sexes


def _eligible_for_meals(seats: Sequence[_Seat], statuses: Sequence[str]) -> set[int]:
    eligible: set[int] = set()
    for code, share in FSM_SHARE.items():
        members = [i for i, status in enumerate(statuses) if status == code]
        members.sort(key=lambda i: (-seats[i].family.hardship, i))
        eligible.update(members[: quota(len(members), share)])
    return eligible


def _next_in_hardship(seats: Sequence[_Seat], but: set[int], count: int) -> set[int]:
    rest = sorted((i for i in range(len(seats)) if i not in but), key=lambda i: (-seats[i].family.hardship, i))
    return set(rest[:count])


def _looked_after(rng: Random, statuses: Sequence[str]) -> set[int]:
    """About 0.7 % of the roll, half of them on the register (as in England, nearly)."""
    count = quota(len(statuses), LOOKED_AFTER_SHARE)
    register = [i for i, status in enumerate(statuses) if status != "N"]
    others = [i for i, status in enumerate(statuses) if status == "N"]
    return {*some(rng, register, count // 2), *some(rng, others, count - count // 2)}


def _needs_by_pupil(rng: Random, statuses: Sequence[str]) -> list[str]:
    pools = {
        code: shuffled(rng, spread(sum(status == code for status in statuses), mix))
        for code, mix in (("E", NEEDS_WITH_A_PLAN), ("K", NEEDS_AT_SEN_SUPPORT))
    }
    return [pools[status].pop() if status in pools else "" for status in statuses]


def _registration_groups(rng: Random, years: Sequence[int]) -> list[str]:
    """`7A`, `7B`, ... of about thirty, each year dealt out in turn; at most 26 a year."""
    groups = [""] * len(years)
    for year in sorted(set(years)):
        members = shuffled(rng, [i for i, y in enumerate(years) if y == year])
        forms = min(26, -(-len(members) // _FORM_SIZE))
        for place, i in enumerate(members):
            groups[i] = f"{year}{chr(ord('A') + place % forms)}"
    return groups


# --- one pupil --------------------------------------------------------------------------------------------


def _pupil(
    rng: Random,
    seat: _Seat,
    *,
    sex: str,
    sen: SenRecord,
    group: str,
    fsm: bool,
    pp: bool,
    looked_after: bool,
    upn: str,
    today: date,
) -> Pupil:
    heritage = seat.family.heritage
    given = heritage.girls if sex == "F" else heritage.boys
    forename, middle = rng.sample(given, 2)
    status = sen.history[-1].code
    return Pupil(
        upn=upn,
        legal_surname=seat.family.surname,
        legal_forename=forename,
        middle_names=middle if rng.random() < 0.55 else None,
        preferred_surname=rng.choice(heritage.surnames) if rng.random() < 0.01 else None,
        preferred_forename=_preferred(rng, forename, middle),
        dob=seat.dob,
        sex=sex,
        year_group=str(seat.year),
        registration_group=group,
        status_history=sen.history,
        needs=sen.needs,
        fsm=fsm,
        pp=pp,
        eal=seat.family.eal,
        looked_after=looked_after,
        attendance=attendance(rng, status, today=today),
        next_review=sen.next_review,
        contacts=in_care(rng, seat.family) if looked_after else seat.family.contacts,
    )


def _preferred(rng: Random, forename: str, middle: str) -> str | None:
    if forename in SHORT_FORMS and rng.random() < 0.6:
        return SHORT_FORMS[forename]
    return middle if rng.random() < 0.02 else None


def attendance(rng: Random, status: str, *, today: date) -> float | None:
    """Year to date, in per cent to one decimal; None on the first days of the year, before there is any."""
    if today <= half_terms(academic_year(today))[0].first:
        return None
    missed = {"E": 12.5, "K": 11.0}.get(status, 7.0)
    return round(max(4.0, 100.0 - rng.gammavariate(1.5, missed / 1.5)), 1)


def _sen(rng: Random, status: str, primary: str, seat: _Seat, today: date) -> SenRecord:
    if status == "E":
        return with_a_plan(rng, primary, seat.dob, today)
    if status == "K":
        return at_sen_support(rng, primary, seat.dob, today)
    joined = min(today, date(academic_year(today) - max(0, seat.year - 7), 9, 2))
    return without_sen(rng, joined, seat.dob, today)


def _primary_upn(rng: Random, issuer: UpnIssuer, seat: _Seat, today: date, in_year: int) -> str:
    """Issued by one of the feeder primaries in the year that the pupil began school."""
    feeders = max(8, in_year // _PUPILS_A_PRIMARY + 1)
    return issuer.permanent(f"{2001 + rng.randrange(feeders)}", academic_year(today) - seat.year)


def _numbered(rng: Random, pupils: list[Pupil]) -> tuple[Pupil, ...]:
    """Admission numbers, six digits with their zeros: the eldest came first."""
    order = shuffled(rng, pupils)
    order.sort(key=lambda pupil: -int(pupil.year_group or 0))
    return tuple(replace(pupil, mis_id=f"{number:06d}") for number, pupil in enumerate(order, start=3801))


# --- what makes an MIS an MIS -------------------------------------------------------------------------------


def _on_register(statuses: Sequence[str]) -> list[int]:
    return [i for i, status in enumerate(statuses) if status != "N"]


def _name_the_awkward(rng: Random, pupils: list[Pupil], statuses: Sequence[str]) -> None:
    """Surnames that look like no value, names in their own script, and namesakes in different years.

    The register and the rest of the roll are met in turn: a mistake with such a name must be seen in both.
    """
    register = shuffled(rng, _on_register(statuses))
    others = shuffled(rng, [i for i, status in enumerate(statuses) if status == "N"])
    places = [i for pair in zip(register, others, strict=False) for i in pair]
    for surname in AWKWARD_SURNAMES:
        if places:
            i = places.pop(0)
            pupils[i] = _renamed(pupils[i], surname, pupils[i].legal_forename, pupils[i].middle_names)
    for surname, forename, sex in OWN_SCRIPT_NAMES:
        i = next((i for i in places if pupils[i].sex == sex), -1)
        if i >= 0:
            places.remove(i)
            pupils[i] = _renamed(pupils[i], surname, forename, None)
    for i in places[: max(1, len(pupils) // 250)]:
        models = [p for p in pupils if p.sex == pupils[i].sex and p.year_group != pupils[i].year_group]
        if models:
            model = rng.choice(models)
            pupils[i] = _renamed(pupils[i], model.legal_surname, model.legal_forename, pupils[i].middle_names)


def _renamed(pupil: Pupil, surname: str | None, forename: str | None, middle: str | None) -> Pupil:
    contacts = tuple(
        replace(contact, surname=surname) if contact.surname == pupil.legal_surname else contact
        for contact in pupil.contacts or ()
    )
    return replace(
        pupil,
        legal_surname=surname,
        legal_forename=forename,
        middle_names=middle,
        preferred_surname=None,
        preferred_forename=None,
        contacts=contacts,
    )


def _give_temporary_upns(rng: Random, pupils: list[Pupil], issuer: UpnIssuer, today: date) -> None:
    """A few have a temporary UPN still, and a few had one, or another permanent one, before."""
    count = max(1, quota(len(pupils), 0.004))
    chosen = some(rng, range(len(pupils)), 3 * count)
    estab, year = str(SCHOOL.estab), academic_year(today)
    for i in chosen[:count]:
        pupils[i] = replace(pupils[i], upn=issuer.temporary(estab, year))
    for i in chosen[count : 2 * count]:
        pupils[i] = replace(pupils[i], former_upns=(issuer.temporary(estab, year - 1),))
    for i in chosen[2 * count :]:
        pupils[i] = replace(pupils[i], former_upns=(issuer.permanent("2999", year - 8),))


def _leave_some_unknown(rng: Random, pupils: list[Pupil], statuses: Sequence[str]) -> None:
    """A few pupils have no SEN block at all: unknown, which is not the same as none."""
    plain = [i for i, status in enumerate(statuses) if status == "N" and len(pupils[i].status_history or ()) == 1]
    for i in some(rng, plain, quota(len(pupils), 0.006)):
        pupils[i] = replace(pupils[i], status_history=None, needs=None)


def _plan_changes(rng: Random, pupils: list[Pupil], statuses: Sequence[str], today: date) -> None:
    """Changes that are in the MIS already but begin in some weeks."""
    ahead = {"K": ("E", "E", "N"), "N": ("K",)}
    for status, codes in ahead.items():
        members = [i for i, code in enumerate(statuses) if code == status and pupils[i].status_history is not None]
        for i, code in zip(some(rng, members, len(codes)), codes, strict=False):
            start = weekday_between(rng, today + timedelta(days=7), today + timedelta(days=60))
            history = (*(pupils[i].status_history or ()), StatusSpell(code, start))
            pupils[i] = replace(pupils[i], status_history=history)
