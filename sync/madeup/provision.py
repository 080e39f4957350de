"""Who gets which provision this school year: about 300 lines for a school of 1,050."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sync.domain.records import Provision, Pupil
from sync.madeup.calendar import HalfTerm, academic_year, half_terms
from sync.madeup.catalogue import AREA_OF_NEED, SPECIALIST, TARGETED, Offer
from sync.madeup.chance import weekday_between
from sync.madeup.needs import needs_on, status_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

# How many provisions: with a plan nearly always several; at SEN support one in eleven has none, which is the
# gap that a SENCO looks for.
_HOW_MANY = {"E": ((0, 1, 2, 3, 4), (3, 10, 37, 35, 15)), "K": ((0, 1, 2, 3), (9, 44, 36, 11))}


def make_provisions(
    rng: Random, pupils: Sequence[Pupil], today: date, *, first_number: int = 1
) -> tuple[Provision, ...]:
    """Provisions of the school year that `today` is in, for the pupils who have a plan or SEN support.

    Ids count from `first_number`, so that a later call can go on where an earlier one ended.
    """
    terms = half_terms(academic_year(today))
    made = [
        _provision(rng, pupil, offer, terms, today)
        for pupil in pupils
        if (status := status_on(pupil, today)) in _HOW_MANY
        for offer in _offers(rng, pupil, str(status), today)
    ]
    return tuple(
        replace(provision, mis_id=f"PR{number:06d}") for number, provision in enumerate(made, start=first_number)
    )


def measured_at_exit(rng: Random, provision: Provision) -> Provision:
    """The provision when it has ended: with an exit measure, mostly better than at entry."""
    offer = next(offer for offer in (*TARGETED, *SPECIALIST) if offer.name == provision.name)
    return _ended(rng, provision, offer)


def _offers(rng: Random, pupil: Pupil, status: str, today: date) -> list[Offer]:
    counts, weights = _HOW_MANY[status]
    wanted = rng.choices(counts, weights=weights)[0]
    areas = [AREA_OF_NEED.get(need.code, "") for need in needs_on(pupil, today)]
    pool = (*SPECIALIST, *TARGETED) if status == "E" else (*TARGETED, *(TARGETED if wanted < 3 else SPECIALIST))
    fitting = list(dict.fromkeys(offer for offer in pool if offer.area in areas)) or list(TARGETED)
    return rng.sample(fitting, min(wanted, len(fitting)))


def _provision(rng: Random, pupil: Pupil, offer: Offer, terms: Sequence[HalfTerm], today: date) -> Provision:
    first, last = _span(rng, offer, terms, today)
    start = weekday_between(rng, terms[first].first, min(terms[first].last, terms[first].first + timedelta(days=10)))
    start = max(start, terms[first].first)
    # Without an end date the provision runs on: half of the specialist ones are entered so.
    open_ended = offer.wave == "specialist" and rng.random() < 0.5
    end = None if open_ended else terms[last].last
    entry = rng.randint(offer.measure.low, offer.measure.high)
    minutes = offer.minutes if rng.random() < 0.85 else offer.minutes + rng.choice((-5, 5, 10))
    size = max(1, offer.group + rng.choice((-1, 0, 0, 1))) if offer.group > 1 else 1
    weeks = sum(term.weeks for term in terms[first : last + 1])
    hours = minutes * offer.times * weeks / 60
    review = terms[last].last - timedelta(days=rng.randint(0, 18))
    provision = Provision(
        name=offer.name,
        upn=pupil.upn,
        pupil_mis_id=pupil.mis_id,
        wave=offer.wave,
        area=offer.area,
        delivered_by=offer.delivered_by,
        minutes=float(minutes),
        times_a_week=float(offer.times),
        group_size=float(size),
        start=start,
        end=end,
        entry_measure=offer.measure.text(entry),
        target=offer.measure.text(entry + offer.measure.gain),
        stage="Plan" if start > today else rng.choice(("Do", "Do", "Do", "Review")),
        # One in eight has no review date: the other gap that a SENCO looks for.
        review=review - timedelta(days=max(0, review.weekday() - 4)) if rng.random() < 0.87 else None,
        cost=round(hours * offer.pounds_an_hour / size, 2) if rng.random() < 0.4 else None,
    )
    return _ended(rng, provision, offer) if end is not None and end < today else provision


def _span(rng: Random, offer: Offer, terms: Sequence[HalfTerm], today: date) -> tuple[int, int]:
    """The half-terms, by number from 0, in which a provision runs: the most begun by now, some next."""
    begun = max((number for number, term in enumerate(terms) if term.first <= today), default=0)
    first = min(len(terms) - 1, begun + 1) if rng.random() < 0.08 else rng.randint(0, begun)
    length = rng.choice((2, 4, 6) if offer.wave == "specialist" else (1, 1, 2, 2, 3))
    return first, min(len(terms) - 1, first + length - 1)


def _ended(rng: Random, provision: Provision, offer: Offer) -> Provision:
    entry = _score(provision.entry_measure or "", offer)
    result = entry + round(offer.measure.gain * rng.choice((-0.1, 0.2, 0.5, 0.7, 0.9, 1.0, 1.2)))
    measured = offer.measure.text(max(0, result)) if rng.random() < 0.85 else None
    return replace(provision, exit_measure=measured, stage="Review")


def _score(text: str, offer: Offer) -> int:
    words = text.removeprefix(f"{offer.measure.label} ").split()
    numbers = [int(word.rstrip("ym")) for word in words]
    return numbers[0] * 12 + numbers[1] if offer.measure.as_age else numbers[0]
