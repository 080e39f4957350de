from __future__ import annotations

from collections import Counter
from datetime import date

from mis_builders import TODAY, samples

from sync.domain.in_force import current_needs, current_status
from sync.domain.records import Contact, Need, Severity, StatusSpell
from sync.mis import ReadOptions, read

OURS = ReadOptions(la="999", estab="1001")


def test_the_dfes_own_ctf() -> None:
    data = read([samples() / "ctf" / "9991001_CTF_9991001_001.xml"], OURS, today=TODAY)
    (pupil,) = data.pupils
    assert (pupil.upn, pupil.legal_surname, pupil.dob, pupil.sex) == (
        "R674123101121",
        "ROOSTER",
        date(2010, 11, 20),
        "M",
    )
    assert (pupil.status_history, pupil.needs) == (None, None)
    assert (data.school.name, data.school.urn, data.sources[0].full_roll) == (
        "School of Mock",
        "90875",
        False,
    )
    assert data.problems == ()


def test_the_ctf_with_sen() -> None:
    data = read([samples() / "ctf" / "synthetic_sen.xml"], OURS, today=TODAY)
    assert data.problems == ()
    first, second, third = data.pupils
    assert current_status(first.status_history, TODAY) == StatusSpell("E", date(2024, 3, 1))
    assert current_needs(first.needs, TODAY) == (Need("ASD", 1, date(2022, 9, 5)),)
    assert (first.fsm, first.eal, first.looked_after, first.year_group) == (True, False, False, "6")
    assert first.contacts == (
        Contact(1, "Ms", "Ann", "Rooster", "PAM", "ann@example.org", "07000 000001", parental_responsibility=True),
        Contact(2, None, "Sam", "Doe", "SWR", parental_responsibility=False),
    )
    assert (second.legal_forename, second.eal, second.looked_after, second.needs) == (
        "ZOË",
        True,
        True,
        (Need("DS", 1),),
    )
    assert (third.upn, third.status_history, third.needs) == ("C99910012500T", None, None)


def test_both_ctfs_in_one_folder() -> None:
    data = read([samples() / "ctf"], OURS, today=TODAY)
    assert [pupil.upn for pupil in data.pupils] == [
        "R674123101121",
        "Q999100125001",
        "E999100125002",
        "C99910012500T",
    ]


def test_the_roll_of_the_census_is_read_with_its_bad_upns_and_odd_codes_listed() -> None:
    data = read([samples() / "school_census" / "2025_spring_pupilonroll.csv"], ReadOptions(), today=TODAY)
    assert len(data.pupils) == 9498
    assert Counter(spell.code for p in data.pupils for spell in p.status_history or ()) == {
        "N": 995,
        "S": 941,
        "E": 929,
        "K": 907,
        "A": 480,
        "P": 473,
    }
    assert Counter(p.field for p in data.problems) == {"upn": 9498, "status": 3}
    assert {p.severity for p in data.problems} == {Severity.WARNING}
    assert (data.pupils[0].upn, data.pupils[0].dob, data.pupils[0].year_group) == (
        "21db2df8-fa0",
        date(2020, 4, 25),
        "1",
    )


def test_the_needs_and_meals_of_the_census_join_its_roll_by_their_id() -> None:
    data = read([samples() / "school_census"], ReadOptions(), today=TODAY)
    assert len(data.pupils) == 9498
    assert sum(len(p.needs or ()) for p in data.pupils) == 16954
    assert sum(p.fsm is not None for p in data.pupils) == 4744
    assert {source.name: (source.records, source.full_roll) for source in data.sources} == {
        "2025_spring_fsmperiod.csv": (4744, False),
        "2025_spring_pupilonroll.csv": (9498, True),
        "2025_spring_senneeds.csv": (3087, False),
    }
    first = next(p for p in data.pupils if p.mis_id == "003aa1bb-f6b")
    assert first.needs == (Need("73e987da", 2), Need("79a0128e", 1), Need("7c3607d5", 3))
