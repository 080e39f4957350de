"""The made-up school has the shares that were published, and the awkward cases that a real MIS has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from sync.domain.upn import is_temporary, is_valid
from sync.madeup import MadeUpSchool, make_school
from sync.madeup.calendar import academic_year, half_terms
from sync.madeup.needs import needs_on, status_on

if TYPE_CHECKING:
    from sync.domain.records import Pupil

TODAY = date(2026, 11, 23)
SIZES = (200, 420, 1050, 2000)


@pytest.fixture(scope="module")
def school() -> MadeUpSchool:
    return make_school(today=TODAY)


def by_status(school: MadeUpSchool) -> dict[str, list[Pupil]]:
    found = defaultdict(list)
    for pupil in school.pupils:
        found[status_on(pupil, school.today) or "unknown"].append(pupil)
    return found


def share(pupils: list[Pupil], flag: str) -> float:
    return sum(bool(getattr(pupil, flag)) for pupil in pupils) / len(pupils)


def test_the_same_seed_makes_the_same_school_twice() -> None:
    assert make_school(7, 300, today=TODAY) == make_school(7, 300, today=TODAY)


def test_another_seed_makes_another_school() -> None:
    assert make_school(7, 300, today=TODAY).pupils != make_school(8, 300, today=TODAY).pupils


def test_the_same_seed_makes_the_same_school_in_another_process_with_another_hash_seed() -> None:
    program = (
        "import hashlib; from datetime import date; from sync.madeup import later, make_school;"
        "s = make_school(3, 400, today=date(2026, 11, 23));"
        "print(hashlib.sha256(repr((s, later(s, 1, date(2026, 12, 7)))).encode()).hexdigest())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(answers) == 1


def test_a_school_of_1050_has_37_with_a_plan_and_148_at_sen_support(school: MadeUpSchool) -> None:
    counts = Counter(status_on(pupil, TODAY) for pupil in school.pupils)
    assert (counts["E"], counts["K"], len(school.pupils)) == (37, 148, 1050)


@pytest.mark.parametrize("size", SIZES)
def test_statuses_follow_the_published_shares_at_any_size(size: int) -> None:
    counts = Counter(status_on(pupil, TODAY) for pupil in make_school(2, size, today=TODAY).pupils)
    assert counts["E"] == pytest.approx(size * 37 / 1050, abs=0.5)
    assert counts["K"] == pytest.approx(size * 148 / 1050, abs=0.5)


@pytest.mark.parametrize("size", SIZES)
def test_free_meals_follow_the_published_shares_at_any_size(size: int) -> None:
    groups = by_status(make_school(2, size, today=TODAY))
    others = [*groups["N"], *groups["unknown"]]
    for pupils, published in ((groups["E"], 0.438), (groups["K"], 0.393), (others, 0.222)):
        assert share(pupils, "fsm") == pytest.approx(published, abs=0.5 / len(pupils) + 1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_boys_are_as_many_as_published_at_any_size(size: int) -> None:
    groups = by_status(make_school(2, size, today=TODAY))
    for code, published in (("E", 0.71), ("K", 0.61)):
        boys = sum(pupil.sex == "M" for pupil in groups[code]) / len(groups[code])
        assert boys == pytest.approx(published, abs=0.5 / len(groups[code]) + 1e-9)


def test_needs_at_sen_support_follow_the_mix_of_a_secondary(school: MadeUpSchool) -> None:
    primary = Counter(needs[0].code for pupil in by_status(school)["K"] if (needs := needs_on(pupil, TODAY)))
    # Of 148: SEMH 27 %, SPLD 24 %, MLD 14 %, SLCN 12 %, ASD 12 %; a few pupils have no need entered.
    assert [code for code, _ in primary.most_common(2)] == ["SEMH", "SPLD"]
    assert primary["SEMH"] == pytest.approx(40, abs=4)
    assert primary["SPLD"] == pytest.approx(36, abs=4)
    assert primary["MLD"] + primary["SLCN"] + primary["ASD"] == pytest.approx(57, abs=6)


def test_autism_is_the_commonest_need_with_a_plan(school: MadeUpSchool) -> None:
    primary = Counter(needs_on(pupil, TODAY)[0].code for pupil in by_status(school)["E"])
    assert primary.most_common(1) == [("ASD", 13)]


def test_everyone_with_free_meals_or_in_care_has_pupil_premium_and_some_others_have_it_too(
    school: MadeUpSchool,
) -> None:
    due = [pupil for pupil in school.pupils if pupil.fsm or pupil.looked_after]
    assert share(due, "pp") == 1.0
    assert sum(bool(pupil.pp) for pupil in school.pupils) > len(due)


def test_seven_in_a_thousand_are_looked_after_and_each_has_a_carer_and_a_social_worker(
    school: MadeUpSchool,
) -> None:
    looked_after = [pupil for pupil in school.pupils if pupil.looked_after]
    assert len(looked_after) == 7
    for pupil in looked_after:
        assert [c.relationship for c in pupil.contacts][:2] == ["FOM", "SWR"]
        assert [c.parental_responsibility for c in pupil.contacts][:2] == [False, True]


def test_attendance_is_lower_with_sen(school: MadeUpSchool) -> None:
    groups = by_status(school)
    mean = {code: sum(p.attendance for p in groups[code]) / len(groups[code]) for code in "EKN"}
    assert mean["N"] > mean["K"] + 2
    assert mean["N"] > mean["E"] + 2
    assert 91 < mean["N"] < 95
    assert all(0 <= pupil.attendance <= 100 for pupil in school.pupils)


def test_there_is_no_attendance_before_the_first_day_of_the_year() -> None:
    assert {pupil.attendance for pupil in make_school(1, 50, today=date(2026, 9, 1)).pupils} == {None}


@pytest.mark.parametrize("size", SIZES)
def test_every_upn_is_valid_and_nobody_shares_one(size: int) -> None:
    school = make_school(2, size, today=TODAY)
    upns = [upn for pupil in school.pupils for upn in (pupil.upn, *pupil.former_upns)]
    assert len(set(upns)) == len(upns)
    assert [upn for upn in upns if not is_valid(upn)] == []
    assert {upn[1:4] for upn in upns} == {"999"}


def test_some_upns_are_temporary_and_some_pupils_had_one_before(school: MadeUpSchool) -> None:
    temporary_now = [pupil for pupil in school.pupils if is_temporary(pupil.upn)]
    temporary_once = [p for p in school.pupils if any(is_temporary(upn) for upn in p.former_upns)]
    permanent_once = [p for p in school.pupils if any(not is_temporary(upn) for upn in p.former_upns)]
    assert (len(temporary_now), len(temporary_once), len(permanent_once)) == (4, 4, 4)


def test_admission_numbers_keep_their_zeros_and_are_unique(school: MadeUpSchool) -> None:
    numbers = [pupil.mis_id for pupil in school.pupils]
    assert numbers == [f"{number:06d}" for number in range(3801, 3801 + 1050)]


@pytest.mark.parametrize("surname", ["Null", "NA", "True"])
def test_a_pupil_has_a_surname_that_looks_like_no_value(school: MadeUpSchool, surname: str) -> None:
    assert [pupil.legal_surname for pupil in school.pupils].count(surname) >= 1


def test_names_carry_accents_apostrophes_hyphens_spaces_and_other_scripts(school: MadeUpSchool) -> None:
    surnames = {pupil.legal_surname for pupil in school.pupils}
    assert any(not name.isascii() and name[0].isascii() for name in surnames)
    assert any("'" in name for name in surnames)
    assert any("-" in name for name in surnames)
    assert any(" " in name for name in surnames)
    assert any("\u0400" <= name[0] <= "\u04ff" for name in surnames)
    assert any(name[0] > "\u4e00" for name in surnames)


def test_names_are_many(school: MadeUpSchool) -> None:
    assert len({pupil.legal_surname for pupil in school.pupils}) > 300
    assert len({pupil.legal_forename for pupil in school.pupils}) > 250


def test_namesakes_are_in_different_years(school: MadeUpSchool) -> None:
    years = defaultdict(list)
    for pupil in school.pupils:
        years[pupil.legal_forename, pupil.legal_surname].append(pupil.year_group)
    namesakes = [found for found in years.values() if len(found) > 1]
    assert any(len(set(found)) > 1 for found in namesakes)


def test_brothers_and_sisters_share_surname_and_contacts_and_are_ten_months_apart_or_twins(
    school: MadeUpSchool,
) -> None:
    families = defaultdict(list)
    for pupil in school.pupils:
        if pupil.contacts and not pupil.looked_after and pupil.contacts[0].email:
            families[pupil.contacts].append(pupil)
    several = [sorted(p.dob for p in children) for children in families.values() if len(children) > 1]
    assert len(several) > 60
    gaps = [(later - earlier).days for dobs in several for earlier, later in pairwise(dobs)]
    assert min(gap for gap in gaps if gap) >= 300
    assert 0 in gaps


def test_years_are_even_and_a_form_is_of_about_thirty(school: MadeUpSchool) -> None:
    assert Counter(p.year_group for p in school.pupils) == {str(year): 210 for year in range(7, 12)}
    forms = Counter(p.registration_group for p in school.pupils)
    assert len(forms) == 35
    assert set(forms.values()) == {30}
    assert {group[:-1] for group in forms} == {"7", "8", "9", "10", "11"}


def test_a_pupil_is_as_old_as_the_year_group(school: MadeUpSchool) -> None:
    for pupil in school.pupils:
        born = academic_year(pupil.dob)
        assert born == 2026 - int(pupil.year_group) - 5


def test_a_sixth_form_can_be_had() -> None:
    school = make_school(1, 700, today=TODAY, years=range(7, 14))
    assert {pupil.year_group for pupil in school.pupils} == {str(year) for year in range(7, 14)}


def test_a_few_pupils_have_no_sen_block_and_that_is_not_the_same_as_none(school: MadeUpSchool) -> None:
    unknown = [pupil for pupil in school.pupils if pupil.status_history is None]
    assert len(unknown) == 6
    assert {pupil.needs for pupil in unknown} == {None}


def test_histories_are_in_order_and_hold_old_codes_and_planned_changes(school: MadeUpSchool) -> None:
    histories = [pupil.status_history for pupil in school.pupils if pupil.status_history]
    for history in histories:
        starts = [spell.start for spell in history]
        assert starts == sorted(starts)
    codes = {spell.code for history in histories for spell in history}
    assert codes == {"A", "E", "K", "N", "P", "S"}
    planned = [spell.code for history in histories for spell in history if spell.start > TODAY]
    assert sorted(planned) == ["E", "E", "K", "N"]
    assert any([spell.code for spell in history] == ["K", "E"] for history in histories)


def test_some_needs_have_ended_and_several_share_a_pupil(school: MadeUpSchool) -> None:
    needs = [need for pupil in school.pupils for need in pupil.needs or ()]
    assert any(need.end and need.end < TODAY for need in needs)
    assert all(need.end is None or need.start is None or need.end >= need.start for need in needs)
    assert max(len(needs_on(pupil, TODAY)) for pupil in school.pupils) >= 3


def test_contacts_are_in_order_and_can_reach_nobody(school: MadeUpSchool) -> None:
    contacts = [contact for pupil in school.pupils for contact in pupil.contacts]
    for pupil in school.pupils:
        assert [c.order for c in pupil.contacts] == list(range(1, len(pupil.contacts) + 1))
    mails = {contact.email for contact in contacts}
    assert None in mails
    assert {mail.rsplit("@", 1)[1] for mail in mails if mail} == {"example.org", "example.com"}
    assert all(mail.isascii() for mail in mails if mail)
    phones = {contact.phone.replace(" ", "") for contact in contacts if contact.phone}
    drama = ("07700900", "+447700900", "01632960")
    assert [phone for phone in phones if not phone.startswith(drama)] == []


def test_separated_parents_and_unknown_responsibility_are_met(school: MadeUpSchool) -> None:
    contacts = [contact for pupil in school.pupils for contact in pupil.contacts]
    fathers = Counter(c.parental_responsibility for c in contacts if c.relationship == "PAF")
    assert set(fathers) == {True, False, None}
    assert any(not pupil.contacts for pupil in school.pupils)


def test_about_three_hundred_provisions_all_for_pupils_of_the_register(school: MadeUpSchool) -> None:
    assert len(school.provisions) == pytest.approx(300, abs=40)
    upns = {pupil.upn: status_on(pupil, TODAY) for pupil in school.pupils}
    assert {upns[provision.upn] for provision in school.provisions} == {"E", "K"}
    ids = [provision.mis_id for provision in school.provisions]
    assert len(set(ids)) == len(ids)


def test_some_pupils_of_the_register_have_no_provision_and_some_provisions_no_review(
    school: MadeUpSchool,
) -> None:
    have = {provision.upn for provision in school.provisions}
    register = [p for p in school.pupils if status_on(p, TODAY) in {"E", "K"}]
    without = [pupil for pupil in register if pupil.upn not in have]
    assert 5 <= len(without) <= 35
    assert any(provision.review is None for provision in school.provisions)


def test_provisions_lie_within_the_school_year_and_end_after_they_start(school: MadeUpSchool) -> None:
    first, last = half_terms(2026)[0].first, half_terms(2026)[-1].last
    for provision in school.provisions:
        assert first <= provision.start <= (provision.end or last) <= last
        assert provision.minutes >= 10
        assert provision.times_a_week >= 1
        assert provision.group_size >= 1
        assert provision.wave in {"targeted", "specialist"}


def test_only_provisions_that_have_ended_have_an_exit_measure(school: MadeUpSchool) -> None:
    measured = [provision for provision in school.provisions if provision.exit_measure]
    assert measured
    assert all(provision.end < TODAY for provision in measured)


@pytest.mark.parametrize("size", [1, 2, 5, 37])
def test_a_school_can_be_as_small_as_one_pupil(size: int) -> None:
    assert len(make_school(1, size, today=TODAY).pupils) == size


@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 9, 1), date(2027, 2, 28), date(2028, 2, 29)])
def test_a_school_can_be_made_on_any_day_of_the_year(day: date) -> None:
    school = make_school(1, 400, today=day)
    assert Counter(status_on(p, day) for p in school.pupils)["E"] == 14


def test_a_school_without_pupils_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pupil"):
        make_school(1, 0, today=TODAY)
