from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from mis_builders import TODAY, ctf, ctf_pupil, only, read_ctf, said, temporary_upn, upn, write_text

from sync.domain.in_force import current_status
from sync.domain.records import Contact, Need, Pupil, School, Source, StatusSpell
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
<BasicDetails>
  <FormerUPN>{former}</FormerUPN><PreferredSurname>Hen</PreferredSurname><PreferredForename>Zo</PreferredForename>
  <MiddleNames>Ann May</MiddleNames><NCyearActual>7</NCyearActual>
  <Languages>
    <Type><LanguageType>H</LanguageType><Language>ENG</Language></Type>
    <Type><LanguageType>F</LanguageType><Language>POL</Language></Type>
  </Languages>
</BasicDetails>
<FSMhistory>
  <FSMinstance><FSMstartDate>2020-01-01</FSMstartDate><FSMendDate>2021-01-01</FSMendDate></FSMinstance>
  <FSMinstance><FSMstartDate>2024-09-02</FSMstartDate></FSMinstance>
</FSMhistory>
<LookedAfter><InCare>true</InCare></LookedAfter>
<SENhistory>
  <SEN><StartDate>2022-09-05</StartDate><SENprovision>K</SENprovision></SEN>
  <SEN><StartDate>2026-09-01</StartDate><SENprovision>E</SENprovision></SEN>
  <SENneeds>
    <SENneed><NeedStartDate>2022-09-05</NeedStartDate><SENtypeRank>1</SENtypeRank><SENtype>ASD</SENtype></SENneed>
    <SENneed><NeedEndDate>2023-07-20</NeedEndDate><SENtypeRank>2</SENtypeRank><SENtype>slcn</SENtype></SENneed>
  </SENneeds>
</SENhistory>
<Contacts>
  <Contact><Order>1</Order><Title>Ms</Title><Surname>Hen</Surname><Forename>Ann</Forename>
    <Relationship>PAM</Relationship><Responsibility>true</Responsibility>
    <Phones>
      <Phone><TelephoneType>H</TelephoneType><PhoneNo>01000 1</PhoneNo></Phone>
      <Phone><TelephoneType>M</TelephoneType><PhoneNo>07000 1</PhoneNo></Phone>
    </Phones><Email>ann@example.org</Email></Contact>
  <Contact><Order>2</Order><Surname>Doe</Surname><Responsibility>false</Responsibility></Contact>
</Contacts>
"""


def test_a_ctf_gives_everything_it_knows(tmp_path: Path) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1, WHOLE.format(former=temporary_upn(1))))
    assert data.pupils == (
        Pupil(
            upn=upn(1),
            former_upns=(temporary_upn(1),),
            legal_surname="HEN",
            legal_forename="ZOE",
            middle_names="Ann May",
            preferred_surname="Hen",
            preferred_forename="Zo",
            dob=date(2014, 11, 20),
            sex="F",
            year_group="7",
            status_history=(StatusSpell("K", date(2022, 9, 5)), StatusSpell("E", date(2026, 9, 1))),
            needs=(
                Need("ASD", 1, date(2022, 9, 5)),
                Need("SLCN", 2, None, date(2023, 7, 20)),
            ),
            fsm=True,
            eal=True,
            looked_after=True,
            contacts=(
                Contact(1, "Ms", "Ann", "Hen", "PAM", "ann@example.org", "07000 1", parental_responsibility=True),
                Contact(2, surname="Doe", parental_responsibility=False),
            ),
        ),
    )
    assert data.school == School("999", "1001", name="School of Mock")
    assert data.sources == (
        Source("a_ctf.xml", "ctf", datetime(2026, 1, 15, 9, tzinfo=UTC), records=1, full_roll=True),
    )
    assert data.provisions is None
    assert data.problems == ()


def test_a_status_dated_in_the_future_is_history_but_not_in_force(tmp_path: Path) -> None:
    pupil = only(read_ctf(tmp_path, ctf_pupil(1, WHOLE.format(former=""))))
    assert current_status(pupil.status_history, TODAY) == StatusSpell("K", date(2022, 9, 5))
    assert current_status(pupil.status_history, date(2026, 9, 1)) == StatusSpell("E", date(2026, 9, 1))


def test_a_pupil_without_a_sen_block_is_unknown_not_n(tmp_path: Path) -> None:
    pupil = only(read_ctf(tmp_path, ctf_pupil(1)))
    assert pupil == Pupil(upn(1), legal_surname="HEN", legal_forename="ZOE", dob=date(2014, 11, 20), sex="F")
    assert (pupil.status_history, pupil.needs, pupil.contacts, pupil.fsm) == (None, None, None, None)


@pytest.mark.parametrize("version", ["11.0", "17.0", "20.0", "25.0", "31.0"])
def test_any_version_is_read(tmp_path: Path, version: str) -> None:
    assert only(read_ctf(tmp_path, ctf_pupil(1), version=version)).upn == upn(1)


def test_gender_and_look_after_are_the_older_words(tmp_path: Path) -> None:
    older = ctf_pupil(1, "<LookAfter><InCare>false</InCare></LookAfter>").replace("Sex>", "Gender>")
    pupil = only(read_ctf(tmp_path, older, version="11.0"))
    assert (pupil.sex, pupil.looked_after) == ("F", False)


def test_an_admissions_transfer_file_is_read_but_is_no_roll(tmp_path: Path) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1), root="ATfile", block="ATFpupilData")
    assert only(data).upn == upn(1)
    assert data.sources[0].full_roll is False


def test_a_partial_ctf_is_no_roll(tmp_path: Path) -> None:
    assert read_ctf(tmp_path, ctf_pupil(1), qualifier="partial").sources[0].full_roll is False


def test_a_ctf_that_does_not_say_how_full_it_is_counts_as_full_with_a_warning(tmp_path: Path) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1), qualifier="")
    assert data.sources[0].full_roll is True
    assert said(data) == [(None, None, "does not say whether it is full or partial; it is taken as the full roll")]


def test_a_namespace_does_not_matter(tmp_path: Path) -> None:
    text = ctf(ctf_pupil(1)).replace("<CTfile>", "<CTfile xmlns='urn:of-some-tool'>")
    assert only(read([write_text(tmp_path / "a.xml", text)], ReadOptions(), today=TODAY)).upn == upn(1)


def test_comments_in_the_middle_of_a_text_are_passed_over(tmp_path: Path) -> None:
    pupil = only(read_ctf(tmp_path, ctf_pupil(1, surname="HE<!-- x -->N")))
    assert pupil.legal_surname == "HEN"


def test_names_inside_basic_details_are_understood_with_a_warning(tmp_path: Path) -> None:
    loose = (
        f"<Pupil><UPN>{upn(1)}</UPN><BasicDetails><Surname>HEN</Surname><Forename>ZOE</Forename>"
        "<DOB>2014-11-20</DOB></BasicDetails></Pupil>"
    )
    data = read_ctf(tmp_path, loose)
    assert (only(data).legal_surname, only(data).dob) == ("HEN", date(2014, 11, 20))
    assert said(data) == [
        (
            None,
            None,
            (
                "names stand inside BasicDetails, which is not the shape of a CTF; "
                "it was understood, but check these pupils"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("inner", "history", "needs"),
    [
        ("<SEN><SENprovision>K</SENprovision></SEN>", (StatusSpell("K"),), ()),
        (
            (
                "<SENstatus>E</SENstatus><SENprovision><SENprovisionInfo><SENtype>HI</SENtype>"
                "<SENtypeRank>1</SENtypeRank></SENprovisionInfo></SENprovision>"
            ),
            (StatusSpell("E"),),
            (Need("HI", 1),),
        ),
        (
            (
                "<SENhistory><SENstage><SENstageType>K</SENstageType>"
                "<SENstageStartDate>2024-01-08</SENstageStartDate></SENstage></SENhistory>"
            ),
            (StatusSpell("K", date(2024, 1, 8)),),
            (),
        ),
        (
            "<SENneeds><SENneed><SENtype>VI</SENtype></SENneed></SENneeds>",
            (),
            (Need("VI"),),
        ),
    ],
)
def test_loose_sen_shapes_are_understood_with_a_warning(
    tmp_path: Path, inner: str, history: tuple[StatusSpell, ...], needs: tuple[Need, ...]
) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1, inner))
    assert (only(data).status_history, only(data).needs) == (history, needs)
    assert all("not the shape of a CTF" in reason for _, _, reason in said(data))
    assert data.problems


def test_bad_values_are_listed_with_the_record_and_leave_the_pupil(tmp_path: Path) -> None:
    bad = ctf_pupil(
        2,
        "<SENhistory><SEN><StartDate>2022-02-30</StartDate><SENprovision>K2</SENprovision></SEN>"
        "<SEN><StartDate>2022-03-01</StartDate></SEN>"
        "<SENneeds><SENneed><SENtypeRank>0</SENtypeRank><SENtype>XYZ</SENtype></SENneed><SENneed/></SENneeds></SENhistory>",
    )
    data = read_ctf(tmp_path, ctf_pupil(1) + bad + "<Pupil><Surname>DOE</Surname></Pupil>")
    assert [pupil.upn for pupil in data.pupils] == [upn(1), upn(2)]
    assert data.pupils[1].status_history == (StatusSpell("K2"),)
    assert data.pupils[1].needs == (Need("XYZ"),)
    assert said(data) == [
        (2, "status_start", "'2022-02-30' is not a day of the calendar; the value is left out"),
        (2, "status", "a line of the SEN history has no status; it is left out"),
        (2, "need_rank", "'0' is not a rank from 1 to 99; the value is left out"),
        (2, "need", "a SEN need has no type; it is left out"),
        (2, "status", "'K2' is not a status that the DfE lists (CS096); kept as it is"),
        (2, "need", "'XYZ' is not a type of need that the DfE lists (CS071); kept as it is"),
        (3, "upn", "has no UPN; the pupil is left out"),
    ]


def test_the_time_of_the_header_is_the_schools_clock(tmp_path: Path) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1), when="2026-07-01T00:30:00")
    assert data.sources[0].as_of == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


def test_a_date_of_birth_in_the_future_is_left_out(tmp_path: Path) -> None:
    data = read_ctf(tmp_path, ctf_pupil(1).replace("2014-11-20", "2031-11-20"))
    assert only(data).dob is None
    assert said(data) == [(1, "dob", "20/11/2031 lies in the future; the value is left out")]


def test_two_thousand_pupils_are_two_thousand_records(tmp_path: Path) -> None:
    inner = WHOLE.format(former="")
    data = read_ctf(tmp_path, "".join(ctf_pupil(serial, inner) for serial in range(2000)))
    assert [pupil.upn for pupil in data.pupils] == [upn(serial) for serial in range(2000)]
    assert all(len(pupil.needs or ()) == 2 and len(pupil.contacts or ()) == 2 for pupil in data.pupils)
    assert data.problems == ()
