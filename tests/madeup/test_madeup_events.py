"""The same school some time on."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from sync.domain.upn import is_temporary, is_valid
from sync.madeup import MadeUpSchool, later, make_school
from sync.madeup.needs import needs_on, status_on

if TYPE_CHECKING:
    from sync.domain.records import Pupil

TODAY = date(2026, 11, 23)
DAY = date(2027, 1, 18)


@pytest.fixture(scope="module")
def before() -> MadeUpSchool:
    return make_school(today=TODAY)


@pytest.fixture(scope="module")
def after(before: MadeUpSchool) -> MadeUpSchool:
    return later(before, 1, DAY)


def pairs(before: MadeUpSchool, after: MadeUpSchool) -> list[tuple[Pupil, Pupil]]:
    known = {pupil.mis_id: pupil for pupil in before.pupils}
    return [(known[pupil.mis_id], pupil) for pupil in after.pupils if pupil.mis_id in known]


def test_the_same_seed_gives_the_same_events(before: MadeUpSchool, after: MadeUpSchool) -> None:
    assert later(before, 1, DAY) == after
    assert later(before, 2, DAY) != after


def test_some_join_and_some_leave_and_most_stay(before: MadeUpSchool, after: MadeUpSchool) -> None:
    stayed = len(pairs(before, after))
    assert 5 <= len(before.pupils) - stayed <= 20
    assert 5 <= len(after.pupils) - stayed <= 20


def test_a_leaver_is_from_the_register_and_takes_the_provisions_along(
    before: MadeUpSchool, after: MadeUpSchool
) -> None:
    left = {p.mis_id for p in before.pupils} - {p.mis_id for p in after.pupils}
    statuses = {status_on(p, TODAY) for p in before.pupils if p.mis_id in left}
    assert statuses & {"K", "E"}
    assert [p for p in after.provisions if p.pupil_mis_id in left] == []


def test_a_joiner_is_on_the_register_and_another_has_a_temporary_upn(before: MadeUpSchool, after: MadeUpSchool) -> None:
    known = {p.mis_id for p in before.pupils}
    joined = [pupil for pupil in after.pupils if pupil.mis_id not in known]
    assert any(status_on(pupil, DAY) in {"K", "E"} for pupil in joined)
    assert sum(is_temporary(pupil.upn) for pupil in joined) == 1
    assert {pupil.attendance for pupil in joined} == {None}


def test_upns_stay_unique_and_valid(after: MadeUpSchool) -> None:
    upns = [upn for pupil in after.pupils for upn in (pupil.upn, *pupil.former_upns)]
    assert len(set(upns)) == len(upns)
    assert [upn for upn in upns if not is_valid(upn)] == []


def test_temporary_upns_become_permanent_and_are_remembered(before: MadeUpSchool, after: MadeUpSchool) -> None:
    changed = [(old, new) for old, new in pairs(before, after) if old.upn != new.upn]
    assert len(changed) >= 3
    for old, new in changed:
        assert is_temporary(old.upn)
        assert not is_temporary(new.upn)
        assert new.former_upns[-1] == old.upn


def test_statuses_change_in_every_direction_and_planned_changes_come_into_force(
    before: MadeUpSchool, after: MadeUpSchool
) -> None:
    moves = Counter((status_on(old, TODAY), status_on(new, DAY)) for old, new in pairs(before, after))
    assert moves["N", "K"] >= 5
    assert moves["K", "E"] >= 3
    assert moves["K", "N"] >= 3


def test_needs_registration_groups_mail_and_attendance_move(before: MadeUpSchool, after: MadeUpSchool) -> None:
    both = pairs(before, after)
    assert any(len(needs_on(new, DAY)) > len(needs_on(old, TODAY)) > 0 for old, new in both)
    assert any(len(needs_on(old, TODAY)) > len(needs_on(new, DAY)) > 0 for old, new in both)
    moved = [(old, new) for old, new in both if old.registration_group != new.registration_group]
    assert len(moved) == 4
    assert all(old.year_group == new.year_group for old, new in moved)
    assert any(old.contacts != new.contacts for old, new in both)
    share = sum(old.attendance != new.attendance for old, new in both) / len(both)
    assert share == pytest.approx(0.35, abs=0.06)


def test_provisions_that_ended_are_measured_and_new_ones_have_new_ids(
    before: MadeUpSchool, after: MadeUpSchool
) -> None:
    ended = [p for p in after.provisions if p.end and TODAY <= p.end < DAY]
    assert sum(p.exit_measure is not None for p in ended) > len(ended) / 2
    old = {p.mis_id for p in before.provisions}
    new = [p for p in after.provisions if p.mis_id not in old]
    assert new
    upns = {pupil.upn for pupil in after.pupils}
    assert {p.upn for p in after.provisions} <= upns
    ids = [p.mis_id for p in after.provisions]
    assert len(set(ids)) == len(ids)


def test_pupils_whom_nothing_happened_to_are_the_same_to_the_letter(before: MadeUpSchool, after: MadeUpSchool) -> None:
    same = [old for old, new in pairs(before, after) if old == new]
    assert len(same) > 600


@pytest.mark.parametrize("day", [TODAY, date(2026, 11, 1), date(2027, 9, 1)])
def test_a_day_that_is_not_later_in_the_same_school_year_is_refused(before: MadeUpSchool, day: date) -> None:
    with pytest.raises(ValueError, match="not a later day in the school year"):
        later(before, 1, day)


@pytest.mark.parametrize("size", [1, 2, 60, 1050])
def test_events_can_follow_events_and_no_number_is_given_twice(size: int) -> None:
    school = make_school(1, size, today=TODAY)
    owner: dict[str, str] = {}
    for day in (date(2026, 12, 1), DAY, date(2027, 3, 1), date(2027, 4, 30), date(2027, 7, 20)):
        school = later(school, 1, day)
        for pupil in school.pupils:
            born = str((pupil.mis_id, pupil.dob, pupil.legal_forename))
            for number in (str(pupil.mis_id), str(pupil.upn), *pupil.former_upns):
                assert owner.setdefault(number, born) == born
        for provision in school.provisions:
            assert owner.setdefault(str(provision.mis_id), str(provision.pupil_mis_id)) == provision.pupil_mis_id
